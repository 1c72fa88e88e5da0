/* comma_locale.h - a locale with decimal commas, on machines that have none installed.
 *
 * glibc's compiled form of LC_NUMERIC is small enough to be written here: a magic number, the count
 * of fields, where each begins, and the fields. */
#ifndef SLUICE_TESTS_UNIT_COMMA_LOCALE_H
#define SLUICE_TESTS_UNIT_COMMA_LOCALE_H

#include <locale.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/test.h"

struct comma_locale_file {
  uint32_t magic, n_fields, offsets[6];
  char point[4], thousands[4], grouping[4];
  uint32_t wide_point, wide_thousands;
  char codeset[8];
};

/* Sets LC_NUMERIC for this process; a failed check when that did not work. */
static inline bool comma_locale_set(void) {
  enum { NUMERIC_MAGIC = 0x20031115 ^ LC_NUMERIC };
  const struct comma_locale_file file = {
    .magic = NUMERIC_MAGIC,
    .n_fields = 6,
    .offsets = { offsetof(struct comma_locale_file, point),
                 offsetof(struct comma_locale_file, thousands),
                 offsetof(struct comma_locale_file, grouping),
                 offsetof(struct comma_locale_file, wide_point),
                 offsetof(struct comma_locale_file, wide_thousands),
                 offsetof(struct comma_locale_file, codeset) },
    .point = ",",
    .thousands = ".",
    .grouping = { 3, 3 },
    .wide_point = ',',
    .wide_thousands = '.',
    .codeset = "UTF-8",
  };
  char folder[] = "/tmp/sluice-locale-XXXXXX";
  char below[64];
  char path[96];
  char text[16];
  if (!CHECK(mkdtemp(folder) != NULL)) {
    return false;
  }
  snprintf(below, sizeof below, "%s/comma.UTF-8", folder);
  snprintf(path, sizeof path, "%s/LC_NUMERIC", below);
  FILE *f = mkdir(below, 0700) == 0 ? fopen(path, "wb") : NULL;
  bool written = f != NULL && fwrite(&file, sizeof file, 1, f) == 1;
  if (f != NULL) {
    fclose(f);
  }
  setenv("LOCPATH", folder, 1);
  bool set = CHECK(written && setlocale(LC_NUMERIC, "comma.UTF-8") != NULL);
  unlink(path);
  rmdir(below);
  rmdir(folder);
  snprintf(text, sizeof text, "%.1f", 2.5);
  CHECK_STR("the locale has commas", text, "2,5");
  return set;
}

static inline void comma_locale_unset(void) {
  setlocale(LC_NUMERIC, "C");
}

#endif
