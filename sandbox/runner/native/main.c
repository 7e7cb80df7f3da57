/*
 * The runner: what Systems-Bench puts into a sandbox to run commands there, see wire.h. It is one
 * static program, so that it needs nothing of the image that it runs in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connect.h"
#include "os.h"
#include "relay.h"
#include "serve.h"

static int number(const char *text, long max) {
  char *end;
  long value = strtol(text, &end, 10);
  if (*end == '\0' && end != text && value >= 0 && value <= max) return (int)value;
  fprintf(stderr, "sbench-runner: %s is not a number up to %ld\n", text, max);
  exit(EXIT_USAGE);
}

int main(int count, char **words) {
  const char *part = count == 4 ? words[1] : "";
  if (strcmp(part, "connect") == 0) connect_to(words[2], words[3]);
  if (strcmp(part, "serve") == 0) serve(number(words[2], 1024), number(words[3], 1000000));
  if (strcmp(part, "relay") == 0) relay(number(words[2], 65535), words[3]);
  fputs("usage: sbench-runner connect NAME LEASE_SECONDS\n"
        "       sbench-runner serve LISTENER LEASE_SECONDS\n"
        "       sbench-runner relay PORT SOCKET\n",
        stderr);
  return EXIT_USAGE;
}
