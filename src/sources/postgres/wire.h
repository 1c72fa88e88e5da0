/* wire.h - numbers in network order. */
#ifndef SL_SOURCES_POSTGRES_WIRE_H
#define SL_SOURCES_POSTGRES_WIRE_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t pg_be16(const unsigned char *p) {
  uint16_t v;
  memcpy(&v, p, sizeof v);
  return be16toh(v);
}
static inline uint32_t pg_be32(const unsigned char *p) {
  uint32_t v;
  memcpy(&v, p, sizeof v);
  return be32toh(v);
}
static inline uint64_t pg_be64(const unsigned char *p) {
  uint64_t v;
  memcpy(&v, p, sizeof v);
  return be64toh(v);
}

#endif
