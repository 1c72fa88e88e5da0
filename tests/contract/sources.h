/* sources.h - what the test programs for sources have in common. Included once in each. */
#ifndef SL_TESTS_CONTRACT_SOURCES_H
#define SL_TESTS_CONTRACT_SOURCES_H

#include <stdlib.h>

#include "contract/reading.h"
#include "unit/test.h"

static const struct source_place *places;
static size_t n_places;

/* Makes what the places need, once. */
static bool prepare(void) {
  static bool done, good;
  char problem[1024] = "";
  if (!done) {
    done = true;
    places = source_places(&n_places);
    good = source_places_prepare(place_folder(), problem);
    CHECK_CASE(problem, good);
  }
  return CHECK_CASE("a place to be tested at", good && n_places > 0);
}

#define EACH_PLACE(p)                                            \
  for (const struct source_place *p = prepare() ? places : NULL; \
       p != NULL && p < places + n_places; p++)

/* Opens a place and starts its first table. False: told, and nothing is open. */
__attribute__((unused)) static bool open_and_start(struct opened_source *o,
                                                   const struct source_place *p,
                                                   const char *location,
                                                   const struct open_options *options,
                                                   const char *state_json) {
  struct sl_error err = { 0 };
  sl_status rc = source_open(o, p, location, options, &err);
  if (rc == SL_OK) rc = source_start(o, 0, state_json, &err);
  if (CHECK_CASE(p->label, rc == SL_OK)) return true;
  printf("  %s\n", err.message);
  source_close(o);
  return false;
}

/* All rows of the first table; *state (may be NULL) is the caller's. False: told. */
__attribute__((unused)) static bool read_all(const struct source_place *p, const char *location,
                                             const struct open_options *options, int threads,
                                             const char *state_json, struct rows *out,
                                             char **state) {
  struct opened_source o;
  struct sl_error err = { 0 };
  *out = (struct rows){ 0 };
  if (!open_and_start(&o, p, location, options, state_json)) return false;
  sl_status rc = source_read(&o, threads, true, out, &err);
  bool good = CHECK_CASE(p->label, rc == SL_OK) && CHECK_STR(p->label, out->problem, NULL);
  if (rc != SL_OK) printf("  %s\n", err.message);
  if (good && state != NULL) good = CHECK_OK(o.ops->state(o.source, state, &err), &err);
  source_close(&o);
  return good;
}

#endif
