/* test_bottleneck.c - which part of a load the others wait for. */
#include "pipeline/stream.h"
#include "unit/test.h"

TEST(who_is_waited_for) {
  static const struct {
    int64_t extracting, normalizing, loading, starving; /* milliseconds */
    const char *name;
  } cases[] = {
    { 10, 10, 5, 5, NULL },           /* too early to tell */
    { 900, 50, 0, 900, NULL },        /* nothing was loaded yet */
    { 100, 100, 900, 100, "load" },   /* the loader never rests */
    { 900, 50, 100, 900, "extract" }, /* it rests, since rows come slowly */
    { 50, 900, 100, 900, "normalize" },
    { 1900, 800, 500, 500, "extract" }, /* several workers: more than there was time */
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_counters c = { .extracting = cases[i].extracting * 1000000,
                             .normalizing = cases[i].normalizing * 1000000,
                             .loading = cases[i].loading * 1000000,
                             .starving = cases[i].starving * 1000000 };
    CHECK_STR("case", sl_counters_bottleneck(&c), cases[i].name);
  }
}
