/* real.c - see real.h. */
#include "base/real.h"

#include <locale.h>
#include <pthread.h>
#include <stddef.h>
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
