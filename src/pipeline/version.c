/* version.c - the version of Sluice. */
#include <sluice/engine.h>

#ifndef SLUICE_VERSION
#define SLUICE_VERSION "0.1.0"
#endif

const char *sl_version(void) {
  return SLUICE_VERSION;
}
