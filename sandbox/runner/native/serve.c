#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "command.h"
#include "connection.h"
#include "loop.h"
#include "os.h"

/*
 * Only what was started from outside of the sandbox may give orders: its parent is no process that
 * the sandbox knows of. What an agent starts has a parent inside, whoever it runs as.
 */
static bool comes_from_outside(pid_t pid) {
  char path[64];
  char text[512];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return false;
  text[length] = '\0';
  /* The name is in brackets and may hold any. */
  const char *after_name = strrchr(text, ')');
  int parent = -1;
  return after_name != NULL && sscanf(after_name, ") %*c %d", &parent) == 1 && parent == 0;
}

static bool is_trusted(int peer) {
  struct ucred who;
  socklen_t length = sizeof who;
  if (getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &who, &length) < 0) return false;
  return who.uid == geteuid() && who.pid > 0 && comes_from_outside(who.pid);
}

/* The two descriptors that `connect` sends with its only message. */
static bool receive_pipes(int peer, int pipes[2]) {
  struct timeval patience = {.tv_sec = 2};
  setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char byte;
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(2 * sizeof(int))];
  } control;
  struct iovec piece = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {.msg_iov = &piece,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  if (recvmsg(peer, &message, MSG_CMSG_CLOEXEC) != 1) return false;
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  if (rights == NULL || rights->cmsg_type != SCM_RIGHTS ||
      rights->cmsg_len != CMSG_LEN(2 * sizeof(int)))
    return false;
  memcpy(pipes, CMSG_DATA(rights), 2 * sizeof(int));
  return true;
}

static void listener_ready(struct watch *watch, uint32_t events) {
  (void)events;
  int peer = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC);
  if (peer < 0) return;
  int pipes[2];
  if (is_trusted(peer) && receive_pipes(peer, pipes)) connection_open(peer, pipes[0], pipes[1]);
  else close(peer);
}

static void child_ready(struct watch *watch, uint32_t events) {
  (void)events;
  struct signalfd_siginfo ignored[8];
  while (read(watch->fd, ignored, sizeof ignored) > 0) continue;
  commands_reap();
}

static struct watch watch_children(void) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  int fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) die(EXIT_SYSTEM, "signalfd");
  return (struct watch){.fd = fd, .ready = child_ready};
}

noreturn void serve(int listener, int lease_seconds) {
  /* Nobody reads its memory or takes its descriptors, not even what runs as the same user. */
  prctl(PR_SET_DUMPABLE, 0);
  signal(SIGPIPE, SIG_IGN);
  set_nonblocking(listener);
  fcntl(listener, F_SETFD, FD_CLOEXEC);
  commands_open();
  loop_open();
  struct watch incoming = {.fd = listener, .ready = listener_ready};
  struct watch children = watch_children();
  if (!loop_watch(&incoming, EPOLLIN) || !loop_watch(&children, EPOLLIN))
    die(EXIT_SYSTEM, "epoll_ctl");
  int64_t alone_since = now_ms();
  for (;;) {
    int64_t left_ms = alone_since + lease_seconds * INT64_C(1000) - now_ms();
    if (connections == NULL && left_ms <= 0) {
      commands_kill_all();
      exit(0);
    }
    loop_turn(connections == NULL ? (int)left_ms + 1 : -1);
    connections_serve();
    commands_trim();
    if (connections != NULL) alone_since = now_ms();
  }
}
