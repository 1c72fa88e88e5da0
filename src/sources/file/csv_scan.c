/* csv_scan.c - where the last complete record of a text ends: what claiming needs, some gigabytes a
 * second.
 *
 * Outside quotes a newline ends a record. A quote opens a quoted text when a field begins there,
 * which what stands before it tells. After the closing quote the text must go on as csv_split.h
 * says; else the record is its first line and the scan goes back to that line's end. */
#include "csv_window.h"

enum step { STEP_ON, STEP_STOP };

/* A quote at p outside quotes stands where a field begins. */
static bool opens(const struct csv_dialect *d, const char *data, size_t record, size_t p) {
  while (d->spaces && p > record && data[p - 1] == ' ') {
    p--;
  }
  return p == record || (d->delimiter_length == 1 && data[p - 1] == d->delimiter[0]);
}

void csv_scan_break(const struct csv_dialect *d, struct csv_scan *s, const char *data,
                    size_t size) {
  const char *newline = memchr(data + s->complete, d->newline, size - s->complete);
  s->quoted = false;
  s->bad = newline == NULL;
  s->at = s->bad ? size : (size_t)(newline - data) + 1;
  s->complete = s->bad ? s->complete : s->at;
}

/* What follows the closing quote at p. */
static enum step close_quote(const struct csv_dialect *d, struct csv_scan *s, const char *data,
                             size_t size, size_t p) {
  size_t at = p + 1;
  while (d->spaces && at < size && data[at] == ' ') {
    at++;
  }
  if (size - at < 2) { /* \r\n is the longest that decides */
    s->at = p;
    return STEP_STOP;
  }
  bool field = d->delimiter_length == 1 && data[at] == d->delimiter[0];
  bool carriage_return = d->newline == '\n' && data[at] == '\r' && data[at + 1] == '\n';
  if (!field && !carriage_return && data[at] != d->newline) {
    csv_scan_break(d, s, data, size);
    return s->bad ? STEP_STOP : STEP_ON;
  }
  s->quoted = false;
  s->at = at;
  return STEP_ON;
}

/* Within quotes, at a quote or escape. */
static enum step quoted_step(const struct csv_dialect *d, struct csv_scan *s, const char *data,
                             size_t size, size_t p) {
  if (p + 1 >= size) {
    s->at = p;
    return STEP_STOP;
  }
  if (data[p] != d->quote || data[p + 1] == d->quote) {
    s->at = p + 2;
    return STEP_ON;
  }
  return close_quote(d, s, data, size, p);
}

/* From s->at to `size`, or to where the next bytes decide. */
static void scan_windows(const struct csv_dialect *d, struct csv_scan *s, const char *data,
                         size_t size) {
  struct csv_needles needles = csv_needles_of(d);
  needles.has_delimiter = false;
  struct csv_window w;
  csv_window_begin(&w, &needles, data, size, s->at);
  for (;;) {
    uint64_t bits = (s->quoted ? w.quote : w.newline | w.quote) & w.left;
    if (bits == 0) {
      if (!csv_window_next(&w, &needles)) {
        s->at = size;
        return;
      }
      continue;
    }
    size_t p = w.base + (size_t)__builtin_ctzll(bits);
    if (p >= size) {
      s->at = size;
      return;
    }
    s->at = p + 1;
    if (s->quoted) {
      if (quoted_step(d, s, data, size, p) == STEP_STOP) {
        return;
      }
    } else if (data[p] == d->newline) {
      s->complete = p + 1;
    } else if (data[p] == d->quote) {
      s->quoted = opens(d, data, s->complete, p);
    }
    if (s->at < w.base) { /* gone back */
      csv_window_begin(&w, &needles, data, size, s->at);
    } else {
      csv_window_seek(&w, &needles, s->at);
    }
  }
}

/* Long delimiters may overlap themselves, so that what stands before a quote does not tell whether
 * a field begins: record by record. */
static void scan_records(const struct csv_dialect *d, struct csv_scan *s, const char *data,
                         size_t size) {
  struct csv_record record = { 0 };
  while (s->complete < size && csv_record_read(d, data, size, false, s->complete, &record)) {
    s->complete = record.next;
  }
  s->at = size;
}

void csv_scan(const struct csv_dialect *d, struct csv_scan *s, const char *data, size_t size) {
  if (d->delimiter_length > 1) {
    scan_records(d, s, data, size);
    return;
  }
  if (s->bad) {
    const char *newline = memchr(data + s->at, d->newline, size - s->at);
    if (newline == NULL) {
      s->at = size;
      return;
    }
    s->bad = false;
    s->at = s->complete = (size_t)(newline - data) + 1;
  }
  if (s->at < size) {
    scan_windows(d, s, data, size);
  }
}
