/* One epoll loop, and the file descriptors that it watches. */
#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>
#include <stdint.h>

/* Embedded in whatever owns the descriptor. It must live until the end of the turn in which it ends. */
struct watch {
  int fd;
  uint32_t events;
  void (*ready)(struct watch *watch, uint32_t events);
};

#define OWNER_OF(watch, type, member) ((type *)((char *)(watch) - offsetof(type, member)))

void loop_open(void);
/*
 * Events to be told of; 0 takes the descriptor out of the set, since epoll tells of a hang-up even
 * where nothing was asked for.
 */
bool loop_watch(struct watch *watch, uint32_t events);
/* Waits once, for ever if `timeout_ms` is negative, and calls what is ready. */
void loop_turn(int timeout_ms);

#endif
