#include "loop.h"

#include <errno.h>
#include <sys/epoll.h>

#include "os.h"

#define EVENTS 128

static int epoll = -1;

void loop_open(void) {
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) die(EXIT_SYSTEM, "epoll_create1");
}

bool loop_watch(struct watch *watch, uint32_t events) {
  if (watch->events == events || watch->fd < 0) return true;
  int change = events == 0 ? EPOLL_CTL_DEL : watch->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  struct epoll_event event = {.events = events, .data.ptr = watch};
  if (epoll_ctl(epoll, change, watch->fd, &event) < 0) return false;
  watch->events = events;
  return true;
}

void loop_turn(int timeout_ms) {
  struct epoll_event events[EVENTS];
  int count = epoll_wait(epoll, events, EVENTS, timeout_ms);
  if (count < 0 && errno != EINTR) die(EXIT_SYSTEM, "epoll_wait");
  for (int n = 0; n < count; n += 1) {
    struct watch *watch = events[n].data.ptr;
    /* An earlier event of this turn may have ended it. */
    if (watch->events != 0) watch->ready(watch, events[n].events);
  }
}
