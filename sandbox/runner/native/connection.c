#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#include "command.h"
#include "loop.h"
#include "os.h"
#include "wire.h"

#define OUT_BYTES (256 * 1024)
#define IN_BYTES (128 * 1024)
/* An answer with its text: while there is less room, nothing more is read from the client. */
#define ANSWER_BYTES 1024
/* Fewer bytes of output than this wait for more room, unless they are all there is. */
#define WORTHWHILE_BYTES 4096
#define PIPE_BYTES (1024 * 1024)

struct connection {
  struct connection *next;
  struct watch control;
  struct watch input;
  struct watch output;
  bool greeted;
  bool gone;
  unsigned char *in;
  size_t in_size;
  size_t in_start;
  size_t in_end;
  unsigned char *out;
  size_t out_start;
  size_t out_end;
};

struct connection *connections;

/* --- towards the client --- */

static size_t out_room(const struct connection *connection) {
  return OUT_BYTES - (connection->out_end - connection->out_start);
}

static void make_room(struct connection *connection, size_t length) {
  if (OUT_BYTES - connection->out_end >= length) return;
  size_t left = connection->out_end - connection->out_start;
  memmove(connection->out, connection->out + connection->out_start, left);
  connection->out_start = 0;
  connection->out_end = left;
}

/* Room for a frame whose payload the caller fills in; there must be enough. */
static unsigned char *begin_frame(struct connection *connection, struct header header) {
  make_room(connection, sizeof header + header.length);
  unsigned char *at = connection->out + connection->out_end;
  memcpy(at, &header, sizeof header);
  connection->out_end += sizeof header + header.length;
  return at + sizeof header;
}

static bool tell(struct connection *connection, struct header header, const void *payload) {
  if (out_room(connection) < sizeof header + header.length) return false;
  memcpy(begin_frame(connection, header), payload, header.length);
  return true;
}

static bool tell_started(struct connection *connection, struct command *command) {
  if (!command->start_told) {
    struct header header = {.type = STARTED, .id = command->id};
    command->start_told = tell(connection, header, "");
  }
  if (command->start_told && !command->adopt_told) {
    uint64_t places[] = {
        command->outputs[0].sent,
        command->outputs[1].sent,
        command->input.ring.tail,
    };
    struct header header = {.type = ADOPTED, .id = command->id, .length = sizeof places};
    command->adopt_told = tell(connection, header, places);
  }
  return command->adopt_told;
}

static void tell_input(struct connection *connection, struct command *command) {
  struct input *input = &command->input;
  bool all_taken = input->ring.head == input->ring.tail;
  bool worthwhile = all_taken || input->ring.head - input->told >= INPUT_WINDOW / 4;
  bool news = input->ring.head != input->told && worthwhile;
  if (!news && input->closed == input->closed_told) return;
  struct {
    uint64_t taken;
    uint32_t closed;
  } __attribute__((packed)) payload = {input->ring.head, input->closed};
  struct header header = {.type = INPUT_ACK, .id = command->id, .length = sizeof payload};
  if (!tell(connection, header, &payload)) return;
  input->told = payload.taken;
  input->closed_told = payload.closed != 0;
}

/* One frame at most, so that commands take turns. */
static bool tell_output(struct connection *connection, struct command *command, unsigned n) {
  struct output *output = &command->outputs[n];
  size_t there = (size_t)(output->ring.tail - output->sent);
  struct header header = {.type = OUTPUT, .stream = (uint8_t)n, .id = command->id};
  if (there > 0) {
    size_t room = out_room(connection);
    if (room < sizeof header + (there < WORTHWHILE_BYTES ? there : WORTHWHILE_BYTES)) return false;
    size_t length = room - sizeof header;
    if (length > there) length = there;
    if (length > MAX_OUTPUT_PAYLOAD) length = MAX_OUTPUT_PAYLOAD;
    header.length = (uint32_t)length;
    ring_copy(&output->ring, output->sent, begin_frame(connection, header), length);
    output->sent += length;
    return true;
  }
  if (!output->ended || output->end_told) return false;
  header.type = OUTPUT_END;
  output->end_told = tell(connection, header, "");
  return output->end_told;
}

/*
 * Its end is told after what it printed itself. Where the client does not read that, the end is told
 * all the same: whoever waits for it first and reads then would wait for ever.
 */
static bool may_tell_end(const struct command *command) {
  for (int n = 0; n < 2; n += 1) {
    const struct output *output = &command->outputs[n];
    bool full = ring_room(&output->ring) == 0;
    if (!command->abandoned && !output->ended && output->ring.tail < output->own_end && !full)
      return false;
    if (output->sent < output->ring.tail && output->sent < output->own_end) return false;
  }
  return true;
}

static bool tell_about(struct connection *connection, struct command *command) {
  if (!tell_started(connection, command)) return false;
  tell_input(connection, command);
  bool more = tell_output(connection, command, 0);
  more = tell_output(connection, command, 1) || more;
  if (command->ended && !command->end_told && may_tell_end(command)) {
    int32_t end[] = {command->exit_code, command->exit_signal};
    struct header header = {.type = ENDED, .id = command->id, .length = sizeof end};
    command->end_told = tell(connection, header, end);
  }
  return more;
}

/* False when the pipe is full or broken. */
static bool flush(struct connection *connection) {
  while (connection->out_start < connection->out_end) {
    ssize_t put = write(connection->output.fd, connection->out + connection->out_start,
                        connection->out_end - connection->out_start);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      if (!is_transient(errno)) connection->gone = true;
      return false;
    }
    connection->out_start += (size_t)put;
  }
  connection->out_start = connection->out_end = 0;
  return true;
}

/* --- from the client --- */

static void answer(struct connection *connection, uint8_t type, uint64_t id, const char *text) {
  struct header header = {.type = type, .id = id, .length = (uint32_t)strlen(text)};
  /* Reading stops before there is no room; for what another connection is told, there may be none. */
  if (!tell(connection, header, text)) connection->gone = true;
}

/* Takes the strings of a START apart; they must be exactly as many as it says. */
static bool parse_start(char *payload, uint32_t length, struct command_line *line) {
  uint32_t counts[2];
  if (length < sizeof counts + 1 || payload[length - 1] != '\0') return false;
  memcpy(counts, payload, sizeof counts);
  uint64_t expected = (uint64_t)counts[0] + counts[1] + 1;
  if (counts[0] == 0 || expected > length) return false;
  char **strings = calloc((size_t)expected + 2, sizeof *strings);
  if (strings == NULL) return false;
  line->words = strings;
  line->variables = strings + counts[0] + 1;
  char *end = payload + length;
  char *at = payload + sizeof counts;
  line->folder = at;
  at += strlen(at) + 1;
  for (uint32_t n = 0; n < counts[0] + counts[1]; n += 1) {
    if (at >= end) {
      free(strings);
      return false;
    }
    (n < counts[0] ? line->words : line->variables - counts[0])[n] = at;
    at += strlen(at) + 1;
  }
  if (at == end) return true;
  free(strings);
  return false;
}

static bool adopt(struct connection *connection, const struct header *header, const void *payload) {
  uint64_t id = header->id;
  /* A process that knows nothing of the command goes on from what was acknowledged. */
  uint64_t places[2] = {0, 0};
  if (header->length == sizeof places) memcpy(places, payload, sizeof places);
  else if (header->length != 0) return false;
  struct command *command = command_find(id);
  if (command == NULL) {
    answer(connection, UNKNOWN, id, "");
    return true;
  }
  if (command->owner != NULL && command->owner != connection) answer(command->owner, TAKEN, id, "");
  command->owner = connection;
  command->start_told = true;
  command->adopt_told = command->end_told = false;
  command->input.told = command->input.ring.head;
  command->input.closed_told = false;
  for (int n = 0; n < 2; n += 1) {
    struct output *output = &command->outputs[n];
    bool has_place = places[n] > output->ring.head && places[n] <= output->ring.tail;
    output->sent = has_place ? places[n] : output->ring.head;
    output->end_told = false;
  }
  return true;
}

static bool start(struct connection *connection, uint64_t id, char *payload, uint32_t length) {
  /* Asked again, because the connection broke before the answer came. */
  const struct header again = {.id = id};
  if (command_find(id) != NULL) return adopt(connection, &again, NULL);
  struct command_line line;
  if (!parse_start(payload, length, &line)) return false;
  const char *why;
  struct command *command = command_start(id, &line, &why);
  free(line.words);
  if (command == NULL) {
    answer(connection, REFUSED, id, why);
  } else {
    command->owner = connection;
    command->adopt_told = true;
  }
  return true;
}

/* False for what no client of ours would send. */
static bool obey(struct connection *connection, const struct header *header, unsigned char *payload) {
  uint64_t id = header->id;
  if (header->type == START) return start(connection, id, (char *)payload, header->length);
  if (header->type == ADOPT) return adopt(connection, header, payload);
  struct command *command = command_find(id);
  /* It may have been adopted by another connection, or be over and forgotten. */
  if (command == NULL || command->owner != connection) return true;
  uint64_t until;
  uint32_t number;
  switch (header->type) {
    case INPUT:
      return command_input(command, payload, header->length);
    case INPUT_END:
      command_input_end(command);
      return true;
    case ACK:
      if (header->length != sizeof until) return false;
      memcpy(&until, payload, sizeof until);
      return command_acknowledge(command, header->stream, until);
    case KILL:
      if (header->length != sizeof number) return false;
      memcpy(&number, payload, sizeof number);
      if (number == 0 || number >= NSIG) return false;
      command_signal(command, (int)number);
      return true;
    case ABANDON:
      command_abandon(command);
      return true;
    default:
      return false;
  }
}

/* Makes room for a frame of that many bytes at the place where reading goes on. */
static bool fit_frame(struct connection *connection, size_t length) {
  size_t left = connection->in_end - connection->in_start;
  memmove(connection->in, connection->in + connection->in_start, left);
  connection->in_start = 0;
  connection->in_end = left;
  size_t wanted = length > IN_BYTES ? length : IN_BYTES;
  if (wanted <= connection->in_size && (wanted > IN_BYTES || connection->in_size == IN_BYTES))
    return true;
  if (left > wanted) return true;
  unsigned char *grown = realloc(connection->in, wanted);
  if (grown == NULL) return wanted <= connection->in_size;
  connection->in = grown;
  connection->in_size = wanted;
  return true;
}

static bool greet(struct connection *connection) {
  if (connection->in_end - connection->in_start < MAGIC_BYTES) return true;
  if (memcmp(connection->in + connection->in_start, MAGIC, MAGIC_BYTES) != 0) return false;
  connection->in_start += MAGIC_BYTES;
  connection->greeted = true;
  return true;
}

/* Obeys every frame that is whole, as long as answers have room. */
static void take_frames(struct connection *connection) {
  if (!connection->greeted && !greet(connection)) connection->gone = true;
  while (connection->greeted && !connection->gone && out_room(connection) >= ANSWER_BYTES) {
    size_t there = connection->in_end - connection->in_start;
    struct header header;
    if (there < sizeof header) {
      if (!fit_frame(connection, sizeof header)) connection->gone = true;
      return;
    }
    memcpy(&header, connection->in + connection->in_start, sizeof header);
    size_t length = sizeof header + header.length;
    if (header.length > MAX_PAYLOAD || header.zero != 0) {
      connection->gone = true;
      return;
    }
    if (there < length) {
      if (!fit_frame(connection, length)) connection->gone = true;
      return;
    }
    unsigned char *payload = connection->in + connection->in_start + sizeof header;
    connection->in_start += length;
    if (!obey(connection, &header, payload)) connection->gone = true;
  }
}

static void input_ready(struct watch *watch, uint32_t events) {
  (void)events;
  struct connection *connection = OWNER_OF(watch, struct connection, input);
  /* Whole frames can fill it when answers had no room; reading nothing would look like its end. */
  if (connection->in_end == connection->in_size) take_frames(connection);
  if (connection->in_end == connection->in_size) return;
  ssize_t got = read(watch->fd, connection->in + connection->in_end,
                     connection->in_size - connection->in_end);
  if (got > 0) {
    connection->in_end += (size_t)got;
    take_frames(connection);
  } else if (got == 0 || !is_transient(errno)) {
    connection->gone = true;
  }
}

static void output_ready(struct watch *watch, uint32_t events) {
  if ((events & EPOLLERR) != 0) OWNER_OF(watch, struct connection, output)->gone = true;
}

static void control_ready(struct watch *watch, uint32_t events) {
  (void)events;
  OWNER_OF(watch, struct connection, control)->gone = true;
}

/* --- its life --- */

static void free_connection(struct connection *connection) {
  loop_watch(&connection->control, 0);
  loop_watch(&connection->input, 0);
  loop_watch(&connection->output, 0);
  close_fd(&connection->control.fd);
  close_fd(&connection->input.fd);
  close_fd(&connection->output.fd);
  free(connection->in);
  free(connection->out);
  free(connection);
}

/* The same for every client of this daemon, and another for the next daemon. */
static void say_hello(struct connection *connection) {
  static uint64_t name;
  if (name == 0 && getrandom(&name, sizeof name, 0) != sizeof name) name = (uint64_t)now_ms();
  memcpy(connection->out, MAGIC, MAGIC_BYTES);
  memcpy(connection->out + MAGIC_BYTES, &name, sizeof name);
  connection->out_end = MAGIC_BYTES + sizeof name;
}

void connection_open(int control, int input, int output) {
  struct connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL) {
    close(control);
    close(input);
    close(output);
    return;
  }
  connection->control = (struct watch){.fd = control, .ready = control_ready};
  connection->input = (struct watch){.fd = input, .ready = input_ready};
  connection->output = (struct watch){.fd = output, .ready = output_ready};
  connection->in = malloc(IN_BYTES);
  connection->in_size = IN_BYTES;
  connection->out = malloc(OUT_BYTES);
  set_nonblocking(input);
  set_nonblocking(output);
  /* Fewer turns for much output; where it is refused, the pipe stays as it is. */
  fcntl(output, F_SETPIPE_SZ, PIPE_BYTES);
  bool watched = connection->in != NULL && connection->out != NULL &&
                 loop_watch(&connection->control, EPOLLIN) &&
                 loop_watch(&connection->input, EPOLLIN) &&
                 loop_watch(&connection->output, EPOLLET);
  if (!watched) {
    free_connection(connection);
    return;
  }
  say_hello(connection);
  connection->next = connections;
  connections = connection;
}

static void serve(struct connection *connection) {
  do {
    take_frames(connection);
    bool more = true;
    while (more && out_room(connection) >= WORTHWHILE_BYTES) {
      more = false;
      for (struct command *command = commands; command != NULL; command = command->next) {
        if (command->owner == connection && tell_about(connection, command)) more = true;
      }
    }
    if (connection->out_start == connection->out_end) break;
  } while (flush(connection));
  bool waits = connection->out_start < connection->out_end;
  bool reads = out_room(connection) >= ANSWER_BYTES;
  if (!loop_watch(&connection->output, waits ? EPOLLOUT : EPOLLET) ||
      !loop_watch(&connection->input, reads ? EPOLLIN : 0))
    connection->gone = true;
}

void connections_serve(void) {
  for (struct connection *connection = connections; connection != NULL;
       connection = connection->next) {
    if (!connection->gone) serve(connection);
  }
  for (struct connection **link = &connections; *link != NULL;) {
    struct connection *connection = *link;
    if (!connection->gone) {
      link = &connection->next;
      continue;
    }
    for (struct command *command = commands; command != NULL; command = command->next) {
      if (command->owner == connection) command->owner = NULL;
    }
    *link = connection->next;
    free_connection(connection);
  }
}
