/* csv_dialect.c - see csv_dialect.h. */
#include "csv_dialect.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLE_BYTES = 64 << 10, SAMPLE_RECORDS = 500 };

static const char delimiters[] = "\t|;,^~\x1F\x01"; /* the rarer in texts the earlier */

/* "\t" and "tab" as users write them; "none". */
static void set_delimiter(struct csv_dialect *d, const char *given) {
  if (strcmp(given, "\\t") == 0 || strcmp(given, "tab") == 0) {
    given = "\t";
  } else if (strcmp(given, "none") == 0) {
    given = "";
  }
  d->delimiter_length = (uint8_t)strlen(given);
  memcpy(d->delimiter, given, d->delimiter_length);
}

static sl_status check_character(const char *option, const char *text, struct sl_error *err) {
  if (text != NULL && (strlen(text) > 1 || text[0] == '\n' || text[0] == '\r' || text[0] < 0)) {
    return sl_fail(err, SL_EUSAGE, "--%s '%s': one ASCII character, or '' for none", option, text);
  }
  return SL_OK;
}

sl_status csv_options_check(const struct csv_options *o, struct sl_error *err) {
  sl_status rc = check_character("quote", o->quote, err);
  if (rc == SL_OK) {
    rc = check_character("escape", o->escape, err);
  }
  const char *d = o->delimiter;
  if (rc == SL_OK && d != NULL &&
      (d[0] == '\0' || strlen(d) > CSV_LONGEST_DELIMITER || strpbrk(d, "\r\n") != NULL ||
       (o->quote != NULL && o->quote[0] != '\0' && strchr(d, o->quote[0]) != NULL))) {
    rc = sl_fail(err, SL_EUSAGE,
                 "--delimiter '%s': 1 to %d characters, neither the quote nor the end of a line; "
                 "'none' for one column",
                 d, CSV_LONGEST_DELIMITER);
  }
  return rc;
}

struct reading { /* a sample read in one way */
  struct csv_dialect dialect;
  size_t records, clean; /* clean: with the usual number of fields */
  size_t usual, first;   /* fields of most records, of the first one */
  size_t quoted;         /* fields in quotes */
  size_t order;          /* of the delimiter */
};

struct sample {
  const char *data;
  size_t size;
  bool last;
  size_t *counts; /* room for the number of fields of each record */
};

static void choose_usual(const struct sample *s, struct reading *r) {
  for (size_t i = 0; i < r->records; i++) {
    size_t same = 0;
    for (size_t j = 0; j < r->records; j++) {
      same += s->counts[j] == s->counts[i];
    }
    if (s->counts[i] > 0 && same > r->clean) {
      r->clean = same;
      r->usual = s->counts[i];
    }
    if (same * 2 > r->records) {
      return; /* no other number can be more usual */
    }
  }
}

/* Reads the sample in the dialect of *r. */
static void read_sample(const struct sample *s, struct reading *r) {
  enum { LOOKED_AT = 256 }; /* fields of a record */
  struct csv_field fields[LOOKED_AT];
  struct csv_record record = { .fields = fields, .capacity = LOOKED_AT };
  size_t at = 0;
  while (at < s->size && r->records < SAMPLE_RECORDS &&
         csv_record_read(&r->dialect, s->data, s->size, s->last, at, &record)) {
    at = record.next;
    if (csv_record_blank(&record)) {
      continue;
    }
    bool good = record.problem == CSV_GOOD;
    r->first = r->records == 0 ? record.n : r->first;
    s->counts[r->records++] = good ? record.n : 0;
    for (size_t i = 0; good && i < record.n && i < LOOKED_AT; i++) {
      r->quoted += (record.fields[i].start & CSV_QUOTED) != 0;
    }
  }
  choose_usual(s, r);
}

/* a is the better reading. */
static bool is_better(const struct reading *a, const struct reading *b) {
  uint64_t left = (uint64_t)a->clean * b->records;
  uint64_t right = (uint64_t)b->clean * a->records;
  if (left != right) {
    return left > right;
  }
  if (a->order < b->order) {
    return a->usual + 1 >= b->usual;
  }
  if (a->order > b->order) {
    return a->usual > b->usual + 1;
  }
  if (a->usual != b->usual) {
    return a->usual > b->usual;
  }
  if (a->dialect.quote == '\'' && a->dialect.quote != b->dialect.quote) {
    return b->quoted == 0 && a->quoted * 2 >= a->records;
  }
  return a->quoted > b->quoted;
}

/* Delimiter, with all ways of quoting that the options leave and the sample shows. */
static void try_quotes(const struct csv_options *o, const struct sample *s,
                       const struct csv_dialect *base, size_t order, struct reading *best) {
  const char *quotes = o->quote != NULL ? o->quote : "\"'";
  size_t n_quotes = o->quote != NULL ? 1 : 2;
  for (size_t q = 0; q < n_quotes; q++) {
    char quote = quotes[q];
    if (o->quote == NULL && quote == '\'' && memchr(s->data, quote, s->size) == NULL) {
      continue;
    }
    char escaped[2] = { '\\', quote };
    bool backslashes = quote != 0 && memmem(s->data, s->size, escaped, 2) != NULL;
    char blank[2] = { ' ', quote };
    bool blanks = quote != 0 && memmem(s->data, s->size, blank, 2) != NULL &&
                  !(base->delimiter_length == 1 && base->delimiter[0] == ' ');
    for (unsigned way = 0; way < 4; way++) {
      bool escape = (way & 1) != 0;
      bool spaces = (way & 2) != 0;
      if ((spaces && !blanks) || (escape && (o->escape != NULL || !backslashes))) {
        continue;
      }
      struct reading r = { .dialect = *base, .order = order };
      r.dialect.quote = quote;
      r.dialect.escape = (char)(o->escape != NULL ? o->escape[0] : escape ? '\\' : 0);
      if (r.dialect.escape == quote) {
        r.dialect.escape = 0; /* doubling is always understood */
      }
      r.dialect.spaces = spaces;
      read_sample(s, &r);
      if (best->records == 0 || is_better(&r, best)) {
        *best = r;
      }
    }
  }
}

/* A delimiter that the files are likely to have been written with. */
static bool is_likely(const struct reading *r) {
  return r->usual >= 2 && r->first >= 2 &&
         (r->clean * 10 >= r->records * 9 || (r->first == r->usual && r->clean * 2 >= r->records));
}

/* One field in the first line, and a table with a header after it. */
static sl_status check_title(const struct sample *s, const struct reading *r,
                             struct sl_error *err) {
  if (r->first != 1 || r->usual < 2 || r->records < 4 || (r->clean + 1) * 10 < r->records * 9) {
    return SL_OK;
  }
  struct csv_head title = { 0 };
  bool table = false;
  sl_status rc = csv_head_read(&r->dialect, s->data, s->size, 0, &title, err);
  if (rc == SL_OK) {
    rc = csv_head_is_header(&r->dialect, s->data, s->size, s->last, title.next, true, &table, err);
  }
  csv_head_release(&title);
  if (rc == SL_OK && table) {
    rc = sl_fail(err, SL_EDATA,
                 "the first line has one field, the lines after it have %zu: pass a title by with "
                 "--skip-lines 1, or read each line as one text with --delimiter none",
                 r->usual);
  }
  return rc;
}

/* Chooses delimiter and quotes. */
static sl_status choose(const struct csv_options *o, const struct sample *s,
                        struct csv_dialect *out, struct sl_error *err) {
  struct csv_dialect base = *out;
  struct reading best = { 0 };
  struct reading title = { 0 };
  if (o->delimiter != NULL || o->tab) {
    set_delimiter(&base, o->delimiter != NULL ? o->delimiter : "\t");
    try_quotes(o, s, &base, 0, &best);
    *out = best.dialect;
    out->columns = best.usual;
    return SL_OK;
  }
  base.delimiter_length = 1;
  for (size_t i = 0; delimiters[i] != '\0'; i++) {
    struct reading r = { 0 };
    base.delimiter[0] = delimiters[i];
    if (memchr(s->data, delimiters[i], s->size) == NULL ||
        (o->quote != NULL && o->quote[0] == delimiters[i])) {
      continue;
    }
    try_quotes(o, s, &base, i, &r);
    if (is_likely(&r) && (best.records == 0 || is_better(&r, &best))) {
      best = r;
    } else if (title.records == 0 || is_better(&r, &title)) {
      title = r;
    }
  }
  if (best.records > 0) {
    *out = best.dialect;
    out->columns = best.usual;
    return SL_OK;
  }
  base.delimiter_length = 0;
  base.delimiter[0] = '\0';
  try_quotes(o, s, &base, 0, &best);
  *out = best.dialect;
  return check_title(s, &title, err);
}

sl_status csv_dialect_detect(const struct csv_options *o, const char *sample, size_t size,
                             bool last, struct csv_dialect *out, struct sl_error *err) {
  struct sample s = { .data = sample, .size = SAMPLE_BYTES };
  while (s.size < size && memchr(sample, '\n', s.size) == NULL) {
    s.size *= 4; /* long lines */
  }
  s.last = last && s.size >= size;
  s.size = s.size < size ? s.size : size;
  *out = (struct csv_dialect){ .newline = '\n' };
  if (memchr(sample, '\n', size) == NULL && memchr(sample, '\r', size) != NULL) {
    out->newline = '\r';
  }
  s.counts = sl_alloc_array(SAMPLE_RECORDS, sizeof *s.counts);
  sl_status rc = s.counts == NULL ? sl_fail(err, SL_ENOMEM, "out of memory detecting the dialect")
                                  : choose(o, &s, out, err);
  out->header = o->header != NULL && strcmp(o->header, "yes") == 0;
  if (rc == SL_OK && o->header == NULL) {
    rc = csv_head_is_header(out, sample, s.size, s.last, 0, false, &out->header, err);
  }
  free(s.counts);
  return rc;
}

static void describe_character(struct sl_buffer *out, const char *what, const char *c, size_t n) {
  sl_buffer_printf(out, "%s ", what);
  if (n == 1 && (c[0] == '\t' || (unsigned char)c[0] < ' ')) {
    sl_buffer_printf(out, c[0] == '\t' ? "tab" : "0x%02x", (unsigned)c[0]);
  } else {
    sl_buffer_printf(out, "'%.*s'", (int)n, c);
  }
}

void csv_dialect_describe(const struct csv_dialect *d, struct sl_buffer *out) {
  if (d->delimiter_length == 0) {
    sl_buffer_text(out, "one column");
  } else {
    describe_character(out, "delimiter", d->delimiter, d->delimiter_length);
  }
  if (d->quote == 0) {
    sl_buffer_text(out, ", no quotes");
  } else if (d->quote != '"') {
    describe_character(out, ", quote", &d->quote, 1);
  }
  if (d->escape != 0) {
    describe_character(out, ", escape", &d->escape, 1);
  }
  sl_buffer_text(out, d->header ? ", header" : ", no header");
}
