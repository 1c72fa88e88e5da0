/* csv_window.h - 64 bytes of a CSV text at once: which of them matter. Private to csv_scan.c and
 * csv_index.c.
 *
 * Bit i of a mask stands for byte base + i. Bytes before `at` have been dealt with. */
#ifndef SL_SOURCES_CSV_WINDOW_H
#define SL_SOURCES_CSV_WINDOW_H

#include "csv_split.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

enum { CSV_WINDOW = 64 };

struct csv_needles { /* what to look for; a byte that is not looked for is given as '\n' */
  char delimiter, newline, quote, escape;
  bool has_quote, has_escape, has_delimiter;
};

struct csv_window {
  const char *data;
  size_t size, base;
  uint64_t delimiter, newline, quote; /* quote: also escapes */
  uint64_t odd;                       /* NUL and bytes beyond ASCII */
  uint64_t left;                      /* bits that have not been dealt with */
  size_t odd_end;                     /* behind the last odd byte before the window */
};

static inline struct csv_needles csv_needles_of(const struct csv_dialect *d) {
  bool escape = d->quote != 0 && d->escape != 0 && d->escape != d->quote;
  return (struct csv_needles){
    .delimiter = d->delimiter_length == 0 ? '\n' : d->delimiter[0],
    .newline = d->newline,
    .quote = d->quote == 0 ? '\n' : d->quote,
    .escape = escape ? d->escape : '\n',
    .has_delimiter = d->delimiter_length > 0,
    .has_quote = d->quote != 0,
    .has_escape = escape,
  };
}

#if defined(__SSE2__)
static inline uint64_t csv_equal_mask(const __m128i v[4], char c) {
  __m128i needle = _mm_set1_epi8(c);
  uint64_t mask = 0;
  for (unsigned i = 0; i < 4; i++) {
    mask |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v[i], needle)) << (i * 16);
  }
  return mask;
}

static inline uint64_t csv_odd_mask(const __m128i v[4]) { /* signed: 0 and below */
  __m128i one = _mm_set1_epi8(1);
  uint64_t mask = 0;
  for (unsigned i = 0; i < 4; i++) {
    mask |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpgt_epi8(one, v[i])) << (i * 16);
  }
  return mask;
}

static inline void csv_window_load(struct csv_window *w, const struct csv_needles *n) {
  __m128i v[4];
  for (unsigned i = 0; i < 4; i++) {
    v[i] = _mm_loadu_si128((const __m128i *)(const void *)(w->data + w->base + i * 16));
  }
  w->newline = csv_equal_mask(v, n->newline);
  w->delimiter = n->has_delimiter ? csv_equal_mask(v, n->delimiter) : 0;
  w->quote = n->has_quote ? csv_equal_mask(v, n->quote) : 0;
  if (n->has_escape) {
    w->quote |= csv_equal_mask(v, n->escape);
  }
  w->odd = csv_odd_mask(v);
  w->left = ~UINT64_C(0);
}
#else
static inline void csv_window_load(struct csv_window *w, const struct csv_needles *n) {
  w->newline = w->delimiter = w->quote = w->odd = 0;
  for (unsigned i = 0; i < CSV_WINDOW; i++) {
    char c = w->data[w->base + i];
    bool quote = (n->has_quote && c == n->quote) || (n->has_escape && c == n->escape);
    w->newline |= (uint64_t)(c == n->newline) << i;
    w->delimiter |= (uint64_t)(n->has_delimiter && c == n->delimiter) << i;
    w->quote |= (uint64_t)quote << i;
    w->odd |= (uint64_t)((signed char)c <= 0) << i;
  }
  w->left = ~UINT64_C(0);
}
#endif

/* The first window, at `at` < size. */
static inline void csv_window_begin(struct csv_window *w, const struct csv_needles *n,
                                    const char *data, size_t size, size_t at) {
  *w = (struct csv_window){ .data = data, .size = size, .base = at };
  csv_window_load(w, n);
}

/* False at the end of the text. */
static inline bool csv_window_next(struct csv_window *w, const struct csv_needles *n) {
  if (w->odd != 0) {
    w->odd_end = w->base + CSV_WINDOW - (size_t)__builtin_clzll(w->odd);
  }
  w->base += CSV_WINDOW;
  if (w->base >= w->size) {
    w->newline = w->delimiter = w->quote = w->odd = w->left = 0;
    return false;
  }
  csv_window_load(w, n);
  return true;
}

/* Leaves the bytes before `at` behind; `at` is at most two windows away. */
static inline void csv_window_seek(struct csv_window *w, const struct csv_needles *n, size_t at) {
  while (at - w->base >= CSV_WINDOW) {
    if (!csv_window_next(w, n)) {
      return;
    }
  }
  w->left = ~UINT64_C(0) << (at - w->base);
}

/* Behind the last odd byte before `at`, or behind a later one that the window has passed. */
static inline size_t csv_window_odd_end(const struct csv_window *w, size_t at) {
  size_t here = at < w->base ? 0 : at - w->base;
  uint64_t odd = here >= CSV_WINDOW ? w->odd : w->odd & ~(~UINT64_C(0) << here);
  return odd == 0 ? w->odd_end : w->base + CSV_WINDOW - (size_t)__builtin_clzll(odd);
}

#endif
