#ifndef CONNECT_H
#define CONNECT_H

#include <stdnoreturn.h>

/*
 * Hands its standard input and output to this user's daemon, which it starts if there is none, and
 * lives as long as the daemon keeps them.
 */
noreturn void connect_to(const char *name, const char *lease_seconds);

#endif
