/*
 * A command of the daemon: the leader of a session and process group of its own, with a pipe for each
 * of its three streams. It does not know who is connected; a connection reads and moves its state.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "loop.h"
#include "ring.h"

struct connection;

struct output {
  struct watch pipe;
  struct command *command;
  /* From the first byte that was not acknowledged. */
  struct ring ring;
  /* How far the owner has been sent it. */
  uint64_t sent;
  /* Where the stream stood when the command itself ended: its own words lie before. */
  uint64_t own_end;
  bool ended;
  bool end_told;
};

struct input {
  struct watch pipe;
  struct ring ring;
  /* The client will write no more: the pipe is closed once what is here has gone. */
  bool closing;
  bool closed;
  uint64_t told;
  bool closed_told;
};

struct command {
  struct command *next;
  uint64_t id;
  pid_t pid;
  /* Reaped already; the group may live on in its children. */
  bool ended;
  bool group_lives;
  int exit_code;
  int exit_signal;
  /* Output is thrown away as it comes. */
  bool abandoned;

  struct connection *owner;
  bool start_told;
  bool adopt_told;
  bool end_told;

  struct input input;
  struct output outputs[2];
};

/* What a START frame says; the strings are the frame's. */
struct command_line {
  const char *folder;
  char **words;
  char **variables;
};

extern struct command *commands;

/* Remembers where the daemon was started, which is where commands run if nothing else is said. */
void commands_open(void);
/*
 * Starts a command. One that cannot be started ends at once, as a shell would have it: with the
 * reason on standard error and exit code 126 or 127. NULL with the reason in `*why` if there are too
 * many commands, or memory has run out.
 */
struct command *command_start(uint64_t id, const struct command_line *line, const char **why);
struct command *command_find(uint64_t id);
void command_signal(struct command *command, int number);
void command_abandon(struct command *command);
/* A client needs bytes before this place no more. False for a place that cannot be. */
bool command_acknowledge(struct command *command, unsigned stream, uint64_t until);
/* Input from the client. False if it is more than the window allows. */
bool command_input(struct command *command, const void *bytes, size_t length);
void command_input_end(struct command *command);
/* Takes in whose end was signalled. */
void commands_reap(void);
/* Forgets the oldest of those that are over and told. */
void commands_trim(void);
void commands_kill_all(void);

#endif
