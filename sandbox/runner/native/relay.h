#ifndef RELAY_H
#define RELAY_H

#include <stdnoreturn.h>

/*
 * Passes each connection to 127.0.0.1:port on to a Unix socket. While nobody listens there, as when
 * a worker is being restarted, a connection waits for up to a minute.
 */
noreturn void relay(int port, const char *socket_path);

#endif
