/*
 * What travels between the worker and a daemon: a hello each way, then frames of sixteen bytes of
 * header and a payload. Whole numbers are little-endian, as both kinds of processor have them.
 *
 * The daemon's hello is the magic and eight bytes that name this daemon, so that a client that comes
 * back can tell whether its commands are still there. The client's hello is the magic alone.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the wire format is written for little-endian processors"
#endif

#define MAGIC "SBRUN01\n"
#define MAGIC_BYTES 8

/* A command may be held up by this much output that nobody has acknowledged, of each stream. */
#define OUTPUT_WINDOW (1024 * 1024)
/* As much may be written to a command that does not read. */
#define INPUT_WINDOW (256 * 1024)
/* The longest payload in either direction: a command's words and environment must fit. */
#define MAX_PAYLOAD (4 * 1024 * 1024)
#define MAX_OUTPUT_PAYLOAD (64 * 1024)

struct header {
  uint32_t length;
  uint8_t type;
  /* 0 standard output, 1 standard error. */
  uint8_t stream;
  uint16_t zero;
  uint64_t id;
};

_Static_assert(sizeof(struct header) == 16, "a header has sixteen bytes");

enum frame_type {
  /* From the client. */
  START = 1,     /* u32 words, u32 variables, then strings ended by NUL: folder, words, variables */
  INPUT = 2,     /* bytes for its standard input */
  INPUT_END = 3,
  ACK = 4,       /* u64: so many bytes of the stream need not be kept any more */
  KILL = 5,      /* u32 signal, to the process group */
  ABANDON = 6,   /* no more output is wanted */
  ADOPT = 7,     /* u64 places to go on from: standard output, standard error; or nothing */

  /* From the daemon. */
  STARTED = 64,
  REFUSED = 65,    /* text */
  OUTPUT = 66,     /* bytes */
  OUTPUT_END = 67,
  ENDED = 68,      /* i32 exit code or -1, i32 signal or 0 */
  INPUT_ACK = 69,  /* u64 bytes taken, u32 1 if it reads no more */
  ADOPTED = 70,    /* u64 places of the next byte of: standard output, standard error, input */
  UNKNOWN = 71,    /* no such command to adopt */
  TAKEN = 72,      /* another connection has adopted it */
};

#endif
