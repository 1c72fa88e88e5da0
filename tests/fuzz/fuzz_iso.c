/* fuzz_iso.c - any bytes as a date: nothing behind the end is read, results lie in range, and what
 * is printed reads back. */
#include <stdlib.h>

#include "base/time.h"

#define REQUIRE(condition)     \
  do {                         \
    if (!(condition)) abort(); \
  } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_back(const char *text, size_t length, const struct sl_iso *want) {
  struct sl_iso again;
  REQUIRE(sl_iso_parse((struct sl_text){ text, length }, &again));
  REQUIRE(again.kind == want->kind && again.micros == want->micros && again.days == want->days);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  /* A block of exactly this size, so that the sanitizer sees a read too far. */
  char *copy = malloc(size == 0 ? 1 : size);
  REQUIRE(copy != NULL);
  if (size > 0) {
    memcpy(copy, data, size);
  }
  struct sl_iso iso;
  char text[40];
  bool found = sl_iso_parse((struct sl_text){ copy, size }, &iso);
  REQUIRE(found == (iso.kind != SL_ISO_NONE));
  switch (iso.kind) {
    case SL_ISO_NONE: REQUIRE(iso.micros == 0 && iso.days == 0 && !iso.has_zone); break;
    case SL_ISO_DATE:
      REQUIRE(iso.days >= -719162 && iso.days <= 2932896);
      read_back(text, sl_date_print(text, iso.days), &iso);
      break;
    case SL_ISO_TIME:
      REQUIRE(iso.micros >= 0 && iso.micros < SL_MICROS_PER_DAY);
      read_back(text, sl_time_print(text, iso.micros), &iso);
      break;
    case SL_ISO_TIMESTAMP:
      REQUIRE(iso.micros >= -719162 * SL_MICROS_PER_DAY &&
              iso.micros < 2932897 * SL_MICROS_PER_DAY);
      iso.days = 0;
      read_back(text, sl_timestamp_print(text, iso.micros, iso.has_zone), &iso);
      break;
  }
  free(copy);
  return 0;
}
