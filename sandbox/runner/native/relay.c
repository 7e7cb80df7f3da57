#include "relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop.h"
#include "os.h"

#define WAIT_MS 60000
#define RETRY_MS 50
#define BACKLOG 1024
#define PIECE_BYTES (64 * 1024)

/* One end of a pair, and what was read from the other end and could not be written here yet. */
struct side {
  struct watch watch;
  struct pair *pair;
  unsigned char *late;
  size_t late_start;
  size_t late_end;
  /* The other end has said its last word; told to this one once `late` is written. */
  bool input_over;
  bool shut;
};

struct pair {
  struct pair *next;
  struct side client;
  struct side server;
  int64_t accepted_ms;
  bool connected;
  bool gone;
};

static struct pair *pairs;
static struct sockaddr_un target;
static struct watch incoming;
static bool waits_for_descriptors;

static struct side *other(struct side *side) {
  return side == &side->pair->client ? &side->pair->server : &side->pair->client;
}

static void set_watches(struct pair *pair) {
  struct side *sides[] = {&pair->client, &pair->server};
  for (int n = 0; n < 2; n += 1) {
    struct side *side = sides[n];
    bool reads = !other(side)->input_over && other(side)->late == NULL;
    uint32_t events = (reads ? EPOLLIN : 0u) | (side->late != NULL ? EPOLLOUT : 0u);
    if (!loop_watch(&side->watch, events)) pair->gone = true;
  }
}

/* False when the rest must wait. */
static bool write_late(struct side *side) {
  while (side->late_start < side->late_end) {
    ssize_t put = send(side->watch.fd, side->late + side->late_start,
                       side->late_end - side->late_start, MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      if (!is_transient(errno)) side->pair->gone = true;
      return false;
    }
    side->late_start += (size_t)put;
  }
  free(side->late);
  side->late = NULL;
  return true;
}

static void pass_on(struct side *to, const unsigned char *bytes, size_t length) {
  ssize_t put = send(to->watch.fd, bytes, length, MSG_NOSIGNAL);
  if (put < 0 && !is_transient(errno)) to->pair->gone = true;
  size_t written = put < 0 ? 0 : (size_t)put;
  if (to->pair->gone || written == length) return;
  to->late = malloc(length - written);
  if (to->late == NULL) {
    to->pair->gone = true;
    return;
  }
  memcpy(to->late, bytes + written, length - written);
  to->late_start = 0;
  to->late_end = length - written;
}

static void read_side(struct side *from) {
  static unsigned char piece[PIECE_BYTES];
  ssize_t got = recv(from->watch.fd, piece, sizeof piece, 0);
  if (got > 0) pass_on(other(from), piece, (size_t)got);
  else if (got == 0) other(from)->input_over = true;
  else if (!is_transient(errno)) from->pair->gone = true;
}

static void finish(struct side *side) {
  if (!side->input_over || side->shut || side->late != NULL) return;
  shutdown(side->watch.fd, SHUT_WR);
  side->shut = true;
}

static void side_ready(struct watch *watch, uint32_t events) {
  struct side *side = OWNER_OF(watch, struct side, watch);
  struct pair *pair = side->pair;
  if (!pair->connected) {
    /* The client has gone while it waited; that it has sent its request is no news. */
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) pair->gone = true;
    return;
  }
  if ((events & EPOLLOUT) != 0 && side->late != NULL) write_late(side);
  bool reads = !other(side)->input_over && other(side)->late == NULL;
  if (!pair->gone && reads && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read_side(side);
  finish(&pair->client);
  finish(&pair->server);
  if (pair->client.shut && pair->server.shut) pair->gone = true;
  if (!pair->gone) set_watches(pair);
}

static void try_to_connect(struct pair *pair) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  if (connect(fd, (struct sockaddr *)&target, sizeof target) < 0) {
    close(fd);
    return;
  }
  pair->server.watch.fd = fd;
  pair->connected = true;
  set_watches(pair);
}

static void accept_one(struct watch *watch, uint32_t events) {
  (void)events;
  int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) {
    /* Until some connection ends; the queue waits in the kernel. */
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
      waits_for_descriptors = true;
      loop_watch(watch, 0);
    }
    return;
  }
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct pair *pair = calloc(1, sizeof *pair);
  if (pair == NULL) {
    close(fd);
    return;
  }
  pair->client = (struct side){.watch = {.fd = fd, .ready = side_ready}, .pair = pair};
  pair->server = (struct side){.watch = {.fd = -1, .ready = side_ready}, .pair = pair};
  pair->accepted_ms = now_ms();
  pair->next = pairs;
  pairs = pair;
  try_to_connect(pair);
  /* Edge-triggered: told once of each change, since nothing is read until there is a listener. */
  if (!pair->connected && !loop_watch(&pair->client.watch, EPOLLET)) pair->gone = true;
}

static void free_pair(struct pair *pair) {
  struct side *sides[] = {&pair->client, &pair->server};
  for (int n = 0; n < 2; n += 1) {
    loop_watch(&sides[n]->watch, 0);
    close_fd(&sides[n]->watch.fd);
    free(sides[n]->late);
  }
  free(pair);
}

/* Tries again for those that wait, frees what is over, and says whether any still waits. */
static bool tend_pairs(bool is_time_to_retry) {
  bool waiting = false;
  for (struct pair **link = &pairs; *link != NULL;) {
    struct pair *pair = *link;
    if (!pair->connected && !pair->gone) {
      if (is_time_to_retry) try_to_connect(pair);
      if (!pair->connected && now_ms() - pair->accepted_ms > WAIT_MS) pair->gone = true;
      waiting = waiting || !pair->connected;
    }
    if (!pair->gone) {
      link = &pair->next;
      continue;
    }
    *link = pair->next;
    free_pair(pair);
    if (waits_for_descriptors) waits_for_descriptors = !loop_watch(&incoming, EPOLLIN);
  }
  return waiting;
}

static int listen_at(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) die(EXIT_SYSTEM, "socket");
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) die(EXIT_SYSTEM, "bind");
  if (listen(fd, BACKLOG) < 0) die(EXIT_SYSTEM, "listen");
  return fd;
}

noreturn void relay(int port, const char *socket_path) {
  signal(SIGPIPE, SIG_IGN);
  target.sun_family = AF_UNIX;
  if (strlen(socket_path) >= sizeof target.sun_path) {
    errno = ENAMETOOLONG;
    die(EXIT_USAGE, socket_path);
  }
  strcpy(target.sun_path, socket_path);
  loop_open();
  incoming = (struct watch){.fd = listen_at(port), .ready = accept_one};
  if (!loop_watch(&incoming, EPOLLIN)) die(EXIT_SYSTEM, "epoll_ctl");
  int64_t retried_ms = now_ms();
  bool waiting = false;
  for (;;) {
    loop_turn(waiting ? RETRY_MS : -1);
    bool is_time_to_retry = now_ms() - retried_ms >= RETRY_MS;
    if (is_time_to_retry) retried_ms = now_ms();
    waiting = tend_pairs(is_time_to_retry);
  }
}
