/* real.c - see real.h. */
#include "base/real.h"

#include <locale.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t c_locale; /* lives as long as the process */

static void make_locale(void) {
  c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

double sl_real_parse(const char *text, const char **end) {
  char *stop = NULL;
  pthread_once(&once, make_locale);
  double value = c_locale == (locale_t)0 ? strtod(text, &stop) : strtod_l(text, &stop, c_locale);
  if (end != NULL) {
    *end = stop;
  }
  return value;
}

static void print(char out[SL_REAL_CHARS], bool fixed, int digits, double value) {
  pthread_once(&once, make_locale);
  /* Without the C locale (no memory at the first call) that of the thread has to do. */
  locale_t before = c_locale == (locale_t)0 ? (locale_t)0 : uselocale(c_locale);
  if (fixed) {
    snprintf(out, SL_REAL_CHARS, "%.*f", digits, value);
  } else {
    snprintf(out, SL_REAL_CHARS, "%.*g", digits, value);
  }
  if (before != (locale_t)0) {
    uselocale(before);
  }
}

void sl_real_print(char out[SL_REAL_CHARS], double value) {
  for (int digits = 15; digits <= 17; digits++) {
    print(out, false, digits, value);
    if (sl_real_parse(out, NULL) == value) {
      break;
    }
  }
}

void sl_real_print_fixed(char out[SL_REAL_CHARS], double value, int decimals) {
  print(out, true, decimals, value);
}
