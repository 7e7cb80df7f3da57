#include "ring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

size_t ring_room(const struct ring *ring) { return ring->size - (size_t)(ring->tail - ring->head); }

static bool ensure_memory(struct ring *ring) {
  if (ring->bytes != NULL) return true;
  void *memory =
      mmap(NULL, ring->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  ring->bytes = memory;
  return true;
}

/* The at most two pieces of memory that hold `length` bytes from a place on. */
static int pieces_at(const struct ring *ring, uint64_t from, size_t length, struct iovec *pieces) {
  size_t at = (size_t)(from - ring->base) & (ring->size - 1);
  size_t first = length < ring->size - at ? length : ring->size - at;
  pieces[0] = (struct iovec){.iov_base = ring->bytes + at, .iov_len = first};
  pieces[1] = (struct iovec){.iov_base = ring->bytes, .iov_len = length - first};
  return length > first ? 2 : 1;
}

ssize_t ring_read(struct ring *ring, int fd) {
  size_t room = ring_room(ring);
  if (room == 0 || !ensure_memory(ring)) {
    errno = ENOBUFS;
    return -1;
  }
  struct iovec pieces[2];
  ssize_t got = readv(fd, pieces, pieces_at(ring, ring->tail, room, pieces));
  if (got > 0) ring->tail += (uint64_t)got;
  return got;
}

ssize_t ring_write(struct ring *ring, int fd) {
  size_t length = (size_t)(ring->tail - ring->head);
  if (length == 0) return 0;
  struct iovec pieces[2];
  ssize_t put = writev(fd, pieces, pieces_at(ring, ring->head, length, pieces));
  if (put > 0) ring_drop(ring, ring->head + (uint64_t)put);
  return put;
}

size_t ring_put(struct ring *ring, const void *bytes, size_t length) {
  size_t room = ring_room(ring);
  if (length > room) length = room;
  if (length == 0 || !ensure_memory(ring)) return 0;
  struct iovec pieces[2];
  pieces_at(ring, ring->tail, length, pieces);
  memcpy(pieces[0].iov_base, bytes, pieces[0].iov_len);
  memcpy(pieces[1].iov_base, (const char *)bytes + pieces[0].iov_len, pieces[1].iov_len);
  ring->tail += length;
  return length;
}

size_t ring_copy(const struct ring *ring, uint64_t from, void *to, size_t max) {
  size_t length = (size_t)(ring->tail - from);
  if (length > max) length = max;
  if (length == 0) return 0;
  struct iovec pieces[2];
  pieces_at(ring, from, length, pieces);
  memcpy(to, pieces[0].iov_base, pieces[0].iov_len);
  memcpy((char *)to + pieces[0].iov_len, pieces[1].iov_base, pieces[1].iov_len);
  return length;
}

void ring_drop(struct ring *ring, uint64_t until) {
  ring->head = until;
  /* Small outputs then stay within the first pages. */
  if (ring->head == ring->tail) ring->base = ring->tail;
}

void ring_close(struct ring *ring) {
  if (ring->bytes != NULL) munmap(ring->bytes, ring->size);
  ring->bytes = NULL;
}
