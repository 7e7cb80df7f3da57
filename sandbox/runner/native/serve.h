#ifndef SERVE_H
#define SERVE_H

#include <stdnoreturn.h>

/*
 * The daemon of one user in one sandbox. Ends everything that it started when no client has been
 * connected for `lease_seconds`.
 */
noreturn void serve(int listener, int lease_seconds);

#endif
