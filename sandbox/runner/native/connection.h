/*
 * One client of the daemon: the two pipes of a `docker exec`, handed over by `connect`. What it is
 * told is worked out from the state of its commands whenever there is room, so that nothing queues up
 * however slowly it reads.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

extern struct connection *connections;

/* Takes over the descriptors. `control` is the socket to `connect`, which lives as long as this. */
void connection_open(int control, int input, int output);
/* Tells each client what there is to tell, and frees those that have gone. */
void connections_serve(void);

#endif
