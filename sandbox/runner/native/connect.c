#include "connect.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os.h"

#define TRIES 3

static int open_socket(void) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die(EXIT_SYSTEM, "socket");
  return fd;
}

/* A daemon of its own session whose parent is the sandbox's first process. */
static void start_daemon(int listener, const char *lease_seconds) {
  pid_t pid = fork();
  if (pid < 0) die(EXIT_SYSTEM, "fork");
  if (pid > 0) return;
  setsid();
  if (fork() != 0) _exit(0);
  signal(SIGHUP, SIG_DFL);
  int nothing = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd += 1) {
    if (nothing < 0 || dup2(nothing, fd) < 0) _exit(EXIT_SYSTEM);
  }
  if (dup2(listener, 3) < 0) _exit(EXIT_SYSTEM);
  if (listener == 3) fcntl(3, F_SETFD, 0);
  execl("/proc/self/exe", "sbench-runner", "serve", "3", lease_seconds, (char *)NULL);
  _exit(EXIT_SYSTEM);
}

static int reach_daemon(const char *name, const char *lease_seconds) {
  char own_name[128];
  snprintf(own_name, sizeof own_name, "%.64s-%u", name, geteuid());
  struct sockaddr_un address;
  socklen_t length = abstract_address(own_name, &address);
  for (int n = 0; n < TRIES; n += 1) {
    int peer = open_socket();
    if (connect(peer, (struct sockaddr *)&address, length) == 0) return peer;
    close(peer);
    /* Whoever binds the name first starts the daemon; callers queue up at the socket until it runs. */
    int listener = open_socket();
    if (bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 16) == 0) {
      start_daemon(listener, lease_seconds);
    }
    close(listener);
  }
  die(EXIT_SYSTEM, "connect");
}

static bool is_own(int peer) {
  struct ucred who;
  socklen_t length = sizeof who;
  return getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0 && who.uid == geteuid();
}

static void send_pipes(int peer) {
  int pipes[2] = {STDIN_FILENO, STDOUT_FILENO};
  char byte = 0;
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof pipes)];
  } control;
  memset(&control, 0, sizeof control);
  struct iovec piece = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {.msg_iov = &piece,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof pipes);
  memcpy(CMSG_DATA(rights), pipes, sizeof pipes);
  if (sendmsg(peer, &message, MSG_NOSIGNAL) != 1) die(EXIT_SYSTEM, "sendmsg");
}

noreturn void connect_to(const char *name, const char *lease_seconds) {
  int peer = reach_daemon(name, lease_seconds);
  if (!is_own(peer)) {
    fputs("sbench-runner: another user holds the runner's socket\n", stderr);
    exit(EXIT_FOREIGN);
  }
  send_pipes(peer);
  /* The daemon alone holds them now, so that their ends are noticed. */
  close(STDIN_FILENO);
  close(STDOUT_FILENO);
  char byte;
  while (read(peer, &byte, 1) < 0 && errno == EINTR) continue;
  exit(0);
}
