#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os.h"
#include "wire.h"

#define MAX_COMMANDS 1024
/* So many that are over can still be asked how they ended. */
#define MAX_OVER 64
#define CANNOT_RUN 126
#define NOT_FOUND 127

struct command *commands;
static char *start_folder;

void commands_open(void) {
  start_folder = getcwd(NULL, 0);
  if (start_folder == NULL) start_folder = strdup("/");
  if (start_folder == NULL || chdir("/") < 0) die(EXIT_SYSTEM, "chdir");
}

struct command *command_find(uint64_t id) {
  struct command *command = commands;
  while (command != NULL && command->id != id) command = command->next;
  return command;
}

/* --- its streams --- */

static void end_output(struct output *output) {
  loop_watch(&output->pipe, 0);
  close_fd(&output->pipe.fd);
  output->ended = true;
}

static void end_input(struct input *input) {
  loop_watch(&input->pipe, 0);
  close_fd(&input->pipe.fd);
  ring_drop(&input->ring, input->ring.tail);
  ring_close(&input->ring);
  input->closed = true;
}

static void output_ready(struct watch *watch, uint32_t events) {
  (void)events;
  struct output *output = OWNER_OF(watch, struct output, pipe);
  static char thrown_away[64 * 1024];
  ssize_t got = output->command->abandoned ? read(watch->fd, thrown_away, sizeof thrown_away)
                                              : ring_read(&output->ring, watch->fd);
  if (got > 0) {
    if (ring_room(&output->ring) == 0) loop_watch(watch, 0);
  } else if (got < 0 && errno == ENOBUFS) {
    loop_watch(watch, 0);
  } else if (got == 0 || !is_transient(errno)) {
    end_output(output);
  }
}

static void input_ready(struct watch *watch, uint32_t events) {
  struct input *input = OWNER_OF(watch, struct input, pipe);
  bool nobody_reads = (events & EPOLLERR) != 0;
  if (!nobody_reads && ring_write(&input->ring, watch->fd) < 0) nobody_reads = !is_transient(errno);
  bool written = input->ring.head == input->ring.tail;
  if (nobody_reads || (written && input->closing)) end_input(input);
  /* With nothing to write, only a pipe that its reader has closed is told of, and once. */
  else loop_watch(watch, written ? EPOLLET : EPOLLOUT);
}

/* --- starting --- */

static void close_pipes(int pipes[3][2]) {
  for (int n = 0; n < 3; n += 1) {
    close_fd(&pipes[n][0]);
    close_fd(&pipes[n][1]);
  }
}

static bool open_pipes(int pipes[3][2]) {
  for (int n = 0; n < 3; n += 1) {
    if (pipe2(pipes[n], O_CLOEXEC) < 0) {
      close_pipes(pipes);
      return false;
    }
  }
  set_nonblocking(pipes[0][1]);
  set_nonblocking(pipes[1][0]);
  set_nonblocking(pipes[2][0]);
  return true;
}

static noreturn void give_up(const char *what, const char *name, int code) {
  dprintf(STDERR_FILENO, "sbench: cannot %s %s: %s\n", what, name, strerror(errno));
  _exit(code);
}

/* In the child: never comes back. */
static noreturn void become(const struct command_line *line, int pipes[3][2], pid_t daemon) {
  setsid();
  dup2(pipes[0][0], STDIN_FILENO);
  dup2(pipes[1][1], STDOUT_FILENO);
  dup2(pipes[2][1], STDERR_FILENO);
  for (int number = 1; number < NSIG; number += 1) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  /* Whoever ends the daemon ends what only the daemon could have told of. */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != daemon) _exit(CANNOT_RUN);
  const char *folder = *line->folder == '\0' ? start_folder : line->folder;
  if (chdir(folder) < 0) give_up("enter", folder, CANNOT_RUN);
  for (char **variable = line->variables; *variable != NULL; variable += 1) putenv(*variable);
  execvp(line->words[0], line->words);
  give_up("run", line->words[0], errno == ENOENT || errno == ENOTDIR ? NOT_FOUND : CANNOT_RUN);
}

static void watch_pipes(struct command *command, int pipes[3][2]) {
  command->input.pipe = (struct watch){.fd = pipes[0][1], .ready = input_ready};
  pipes[0][1] = -1;
  for (int n = 0; n < 2; n += 1) {
    command->outputs[n].pipe = (struct watch){.fd = pipes[n + 1][0], .ready = output_ready};
    pipes[n + 1][0] = -1;
    if (!loop_watch(&command->outputs[n].pipe, EPOLLIN)) end_output(&command->outputs[n]);
  }
  if (!loop_watch(&command->input.pipe, EPOLLET)) end_input(&command->input);
}

/* It never ran: its words and its end are ours. */
static void end_unstarted(struct command *command, const char *name, int reason) {
  char text[256];
  int length = snprintf(text, sizeof text, "sbench: cannot run %.128s: %s\n", name, strerror(reason));
  ring_put(&command->outputs[1].ring, text, (size_t)length);
  command->outputs[1].own_end = command->outputs[1].ring.tail;
  command->outputs[0].ended = command->outputs[1].ended = true;
  command->input.closed = true;
  command->ended = true;
  command->exit_code = CANNOT_RUN;
}

static int count_commands(void) {
  int count = 0;
  for (struct command *command = commands; command != NULL; command = command->next) count += 1;
  return count;
}

struct command *command_start(uint64_t id, const struct command_line *line, const char **why) {
  *why = "the sandbox runs as many commands as it can";
  if (count_commands() >= MAX_COMMANDS) return NULL;
  struct command *command = calloc(1, sizeof *command);
  *why = "memory has run out";
  if (command == NULL) return NULL;
  command->id = id;
  command->input.pipe.fd = command->outputs[0].pipe.fd = command->outputs[1].pipe.fd = -1;
  command->input.ring.size = INPUT_WINDOW;
  command->outputs[0].ring.size = command->outputs[1].ring.size = OUTPUT_WINDOW;
  command->outputs[0].command = command->outputs[1].command = command;
  command->next = commands;
  commands = command;

  int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
  if (!open_pipes(pipes)) {
    end_unstarted(command, line->words[0], errno);
    return command;
  }
  pid_t daemon = getpid();
  pid_t pid = fork();
  if (pid == 0) become(line, pipes, daemon);
  if (pid < 0) {
    end_unstarted(command, line->words[0], errno);
  } else {
    command->pid = pid;
    command->group_lives = true;
    watch_pipes(command, pipes);
  }
  close_pipes(pipes);
  return command;
}

/* --- what a client asks of it --- */

void command_signal(struct command *command, int number) {
  if (!command->group_lives) return;
  if (kill(-command->pid, number) == 0 || errno != ESRCH) return;
  /* A child that was forked just now may not have called setsid yet. */
  if (!command->ended) kill(command->pid, number);
  else command->group_lives = false;
}

void command_abandon(struct command *command) {
  if (command->abandoned) return;
  command->abandoned = true;
  for (int n = 0; n < 2; n += 1) {
    struct output *output = &command->outputs[n];
    ring_drop(&output->ring, output->ring.tail);
    ring_close(&output->ring);
    output->sent = output->ring.tail;
    if (!output->ended && !loop_watch(&output->pipe, EPOLLIN)) end_output(output);
  }
}

bool command_acknowledge(struct command *command, unsigned stream, uint64_t until) {
  if (stream > 1) return false;
  struct output *output = &command->outputs[stream];
  if (command->abandoned || until <= output->ring.head) return true;
  if (until > output->sent) return false;
  ring_drop(&output->ring, until);
  if (!output->ended && !loop_watch(&output->pipe, EPOLLIN)) end_output(output);
  return true;
}

bool command_input(struct command *command, const void *bytes, size_t length) {
  struct input *input = &command->input;
  if (input->closed || input->closing) {
    /* For nobody; counted, so that the writer is not held up. */
    input->ring.head += length;
    input->ring.tail += length;
    return true;
  }
  if (ring_room(&input->ring) < length) return false;
  if (ring_put(&input->ring, bytes, length) < length) {
    end_input(input);
    return true;
  }
  input_ready(&input->pipe, 0);
  return true;
}

void command_input_end(struct command *command) {
  struct input *input = &command->input;
  if (input->closed) return;
  input->closing = true;
  if (input->ring.head == input->ring.tail) end_input(input);
}

/* --- its end --- */

static void note_end(struct command *command, int status) {
  command->ended = true;
  command->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  command->exit_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  /* Its number stays taken as long as the group has members; afterwards it may be another's. */
  command->group_lives = kill(-command->pid, 0) == 0 || errno == EPERM;
  for (int n = 0; n < 2; n += 1) {
    struct output *output = &command->outputs[n];
    int in_pipe = 0;
    if (!output->ended) ioctl(output->pipe.fd, FIONREAD, &in_pipe);
    output->own_end = output->ring.tail + (uint64_t)in_pipe;
  }
}

void commands_reap(void) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    for (struct command *command = commands; command != NULL; command = command->next) {
      if (command->pid == pid && !command->ended) note_end(command, status);
    }
  }
}

static bool is_over(const struct command *command) {
  if (!command->ended) return false;
  for (int n = 0; n < 2; n += 1) {
    const struct output *output = &command->outputs[n];
    if (!output->ended || output->ring.head != output->ring.tail) return false;
  }
  return command->owner == NULL || command->end_told;
}

static void forget(struct command *command) {
  end_input(&command->input);
  for (int n = 0; n < 2; n += 1) ring_close(&command->outputs[n].ring);
  free(command);
}

void commands_trim(void) {
  int over = 0;
  for (struct command **link = &commands; *link != NULL;) {
    struct command *command = *link;
    if (is_over(command)) {
      for (int n = 0; n < 2; n += 1) ring_close(&command->outputs[n].ring);
      over += 1;
    }
    if (over > MAX_OVER && is_over(command)) {
      *link = command->next;
      forget(command);
    } else {
      link = &command->next;
    }
  }
}

void commands_kill_all(void) {
  for (struct command *command = commands; command != NULL; command = command->next) {
    command_signal(command, SIGKILL);
  }
}
