/* The few calls of the system that every part of the runner needs. */
#ifndef OS_H
#define OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

/* Exit codes of the runner itself. */
enum { EXIT_USAGE = 64, EXIT_SYSTEM = 71, EXIT_FOREIGN = 77 };

/* Says what failed and errno's text on standard error, and exits. */
noreturn void die(int code, const char *what);

void close_fd(int *fd);
void set_nonblocking(int fd);
int64_t now_ms(void);

/* The address of an abstract socket, which lives in the network namespace and on no disk. */
socklen_t abstract_address(const char *name, struct sockaddr_un *address);

/* Whether the call would have blocked or was interrupted: to be tried again later. */
bool is_transient(int error);

#endif
