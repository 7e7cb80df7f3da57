/*
 * The last bytes of a stream, from the first that somebody still needs. Places are counted from the
 * start of the stream. Memory is taken when the first byte comes, and only as far as bytes reach.
 */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ring {
  unsigned char *bytes;
  /* A power of two. */
  size_t size;
  uint64_t head;
  uint64_t tail;
  /* The place that lies at the start of the memory. */
  uint64_t base;
};

size_t ring_room(const struct ring *ring);
/* Like read(2), with ENOBUFS when it is full. */
ssize_t ring_read(struct ring *ring, int fd);
/* Like write(2), of what is there. */
ssize_t ring_write(struct ring *ring, int fd);
/* Appends as much as there is room for. */
size_t ring_put(struct ring *ring, const void *bytes, size_t length);
/* Copies up to `max` bytes from a place that it still has. */
size_t ring_copy(const struct ring *ring, uint64_t from, void *to, size_t max);
/* Forgets what lies before a place. */
void ring_drop(struct ring *ring, uint64_t until);
void ring_close(struct ring *ring);

#endif
