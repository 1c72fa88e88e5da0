/* split.c - a table in parts of alike row counts, by ranges of the key that InnoDB stores it in.
 *
 * Beginning with the whole range, the part with the most rows is cut at the middle of its values
 * until all are small enough. The server estimates rows by two dives into the index, so a gap in
 * the values or a lone huge one costs a few more cuts and nothing else. Where all rows of a part
 * have one value, the next column of the key is cut. Each cut is at a value that exists, and
 * compared by the server in the column's own collation: every row is in exactly one part. */
#include "sources/mysql/split.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

enum {
  MOST_KEYS = 8,
  ROWS_OF_PART = 10000, /* what is smaller is not worth a statement of its own */
  BYTES_OF_PART = 4 << 20,
  PARTS_PER_READER = 4, /* and up to twice as many where estimates were wrong */
  MOST_CUTS = 400
};

struct key {
  char *name;
  enum maria_key_kind kind;
};

struct part {
  char *prefix;        /* "`a` = 1" for the key columns before this one; NULL = none */
  int key;             /* which column is cut */
  char *lower, *upper; /* bounds, >= and <; NULL = none */
  char *low, *high;    /* the least and the greatest value there is */
  int64_t rows;
  bool whole; /* cannot be cut */
};

struct splitter {
  struct maria_session *s;
  const struct sl_db_table *table;
  char *index;
  struct key keys[MOST_KEYS];
  int n_keys;
  struct part *parts;
  size_t n_parts, capacity;
};

static sl_status no_memory(struct sl_error *err) {
  return sl_fail(err, SL_ENOMEM, "out of memory cutting a table into parts");
}

static void part_release(struct part *p) {
  free(p->prefix);
  free(p->lower);
  free(p->upper);
  free(p->low);
  free(p->high);
  *p = (struct part){ 0 };
}

static void release(struct splitter *x) {
  for (size_t i = 0; i < x->n_parts; i++) {
    part_release(&x->parts[i]);
  }
  for (int i = 0; i < x->n_keys; i++) {
    free(x->keys[i].name);
  }
  free(x->parts);
  free(x->index);
}

/* ---- the key ---- */

static enum maria_key_kind kind_of(const char *type, const char *collation) {
  static const struct {
    const char *name;
    enum maria_key_kind kind;
  } kinds[] = {
    { "tinyint", MARIA_KEY_INTEGER },   { "smallint", MARIA_KEY_INTEGER },
    { "mediumint", MARIA_KEY_INTEGER }, { "int", MARIA_KEY_INTEGER },
    { "bigint", MARIA_KEY_INTEGER },    { "date", MARIA_KEY_TIME },
    { "datetime", MARIA_KEY_TIME },     { "timestamp", MARIA_KEY_TIME },
    { "char", MARIA_KEY_TEXT },         { "varchar", MARIA_KEY_TEXT },
    { "binary", MARIA_KEY_BINARY },     { "varbinary", MARIA_KEY_BINARY },
  };
  size_t length = collation == NULL ? 0 : strlen(collation);
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    if (strcmp(kinds[i].name, type) == 0) {
      bool binary = length > 4 && strcmp(collation + length - 4, "_bin") == 0;
      return kinds[i].kind == MARIA_KEY_TEXT && binary ? MARIA_KEY_TEXT_BINARY : kinds[i].kind;
    }
  }
  return MARIA_KEY_OTHER;
}

/* index, column, type, collation: the columns of the first index only. */
static sl_status add_key_column(void *arg, char **v, unsigned long *lengths, struct sl_error *err) {
  (void)lengths;
  struct splitter *x = arg;
  if (x->index == NULL) {
    x->index = strdup(v[0]);
  }
  if (x->index == NULL) {
    return no_memory(err);
  }
  if (strcmp(x->index, v[0]) != 0 || x->n_keys == MOST_KEYS) {
    return SL_OK;
  }
  x->keys[x->n_keys].name = strdup(v[1]);
  x->keys[x->n_keys].kind = kind_of(v[2], v[3]);
  return x->keys[x->n_keys++].name == NULL ? no_memory(err) : SL_OK;
}

/* The primary key, else a unique index without NULLs: InnoDB keeps the rows in its order. */
static sl_status find_key(struct splitter *x, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_text(&sql,
                 "SELECT s.index_name, s.column_name, c.data_type, c.collation_name FROM "
                 "information_schema.statistics s JOIN information_schema.columns c ON "
                 "c.table_schema = s.table_schema AND c.table_name = s.table_name AND "
                 "c.column_name = s.column_name WHERE s.non_unique = 0 AND s.index_type = 'BTREE' "
                 "AND s.table_schema = ");
  maria_quote_text(x->table->schema, strlen(x->table->schema), &sql);
  sl_buffer_text(&sql, " AND s.table_name = ");
  maria_quote_text(x->table->name, strlen(x->table->name), &sql);
  sl_buffer_text(&sql,
                 " AND s.index_name NOT IN (SELECT index_name FROM information_schema.statistics n "
                 "WHERE n.table_schema = s.table_schema AND n.table_name = s.table_name AND "
                 "(n.nullable = 'YES' OR n.sub_part IS NOT NULL)) "
                 "ORDER BY s.index_name <> 'PRIMARY', s.index_name, s.seq_in_index");
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = maria_query(x->s, sql.data, add_key_column, x, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

/* ---- conditions ---- */

static void append_and(struct sl_buffer *out) {
  if (out->length > 0) {
    sl_buffer_text(out, " AND ");
  }
}

static void append_comparison(const struct splitter *x, int key, const char *comparison,
                              const char *value, struct sl_buffer *out) {
  append_and(out);
  sl_db_quote(&maria_driver, x->keys[key].name, out);
  sl_buffer_text(out, comparison);
  switch (x->keys[key].kind) {
    case MARIA_KEY_INTEGER: sl_buffer_text(out, value); break;
    case MARIA_KEY_BINARY: sl_buffer_printf(out, "X'%s'", value); break;
    default: maria_quote_text(value, strlen(value), out); break;
  }
}

static void append_bounds(const struct splitter *x, const struct part *p, struct sl_buffer *out) {
  if (p->prefix != NULL) {
    append_and(out);
    sl_buffer_text(out, p->prefix);
  }
  if (p->lower != NULL) {
    append_comparison(x, p->key, " >= ", p->lower, out);
  }
  if (p->upper != NULL) {
    append_comparison(x, p->key, " < ", p->upper, out);
  }
}

/* min or max of the column that is cut. */
static void append_extreme(const struct splitter *x, const struct part *p, const char *function,
                           const struct sl_buffer *condition, struct sl_buffer *out) {
  bool binary = x->keys[p->key].kind == MARIA_KEY_BINARY;
  sl_buffer_printf(out, "SELECT %s%s(", binary ? "HEX(" : "", function);
  sl_db_quote(&maria_driver, x->keys[p->key].name, out);
  sl_buffer_printf(out, ")%s FROM ", binary ? ")" : "");
  sl_db_from(&maria_driver, x->table, out);
  if (condition->length > 0) {
    sl_buffer_printf(out, " WHERE %s", condition->data);
  }
}

static sl_status ask_extreme(struct splitter *x, const struct part *p, const char *function,
                             const struct sl_buffer *condition, char **out, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  *out = NULL;
  append_extreme(x, p, function, condition, &sql);
  sl_status rc = condition->failed ? no_memory(err) : sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = maria_value(x->s, sql.data, out, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

/* ---- estimates ---- */

struct plan {
  int column; /* where EXPLAIN puts the number of rows */
  int64_t rows;
};

static sl_status take_plan(void *arg, char **v, unsigned long *lengths, struct sl_error *err) {
  (void)lengths;
  (void)err;
  struct plan *plan = arg;
  plan->rows += v[plan->column] == NULL ? 0 : strtoll(v[plan->column], NULL, 10);
  return SL_OK;
}

/* Rows under a condition, as the optimizer counts them. by_key: by the key's index alone. */
static sl_status estimate(struct splitter *x, const char *condition, bool by_key, int64_t *rows,
                          struct sl_error *err) {
  enum { ROWS_IN_MARIADB = 8, ROWS_IN_MYSQL = 9 };
  struct plan plan = { x->s->mariadb ? ROWS_IN_MARIADB : ROWS_IN_MYSQL, 0 };
  struct sl_buffer sql = { 0 };
  sl_buffer_printf(
      &sql, "EXPLAIN %sSELECT * FROM ",
      x->s->mariadb ? "" : "FORMAT=TRADITIONAL "); /* MySQL can be set to another one */
  sl_db_from(&maria_driver, x->table, &sql);
  if (by_key) {
    sl_buffer_text(&sql, " FORCE INDEX (");
    sl_db_quote(&maria_driver, x->index, &sql);
    sl_buffer_char(&sql, ')');
  }
  if (condition != NULL) {
    sl_buffer_printf(&sql, " WHERE %s", condition);
  }
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = maria_query(x->s, sql.data, take_plan, &plan, err);
  }
  sl_buffer_release(&sql);
  *rows = plan.rows;
  return rc;
}

static sl_status estimate_part(struct splitter *x, struct part *p, struct sl_error *err) {
  struct sl_buffer condition = { 0 };
  append_bounds(x, p, &condition);
  sl_status rc = sl_buffer_check(&condition, err);
  if (rc == SL_OK) {
    rc = estimate(x, condition.data, true, &p->rows, err);
  }
  sl_buffer_release(&condition);
  return rc;
}

/* ---- cutting ---- */

/* All rows of the part have one value in this column: goes on with the next one. */
static sl_status descend(struct splitter *x, struct part *p, struct sl_error *err) {
  struct sl_buffer prefix = { 0 };
  if (p->key + 1 >= x->n_keys || x->keys[p->key + 1].kind == MARIA_KEY_OTHER) {
    p->whole = true;
    return SL_OK;
  }
  if (p->prefix != NULL) {
    sl_buffer_text(&prefix, p->prefix);
  }
  append_comparison(x, p->key, " = ", p->low, &prefix);
  struct part below = { .key = p->key + 1, .rows = p->rows };
  below.prefix = sl_buffer_take(&prefix);
  if (below.prefix == NULL) {
    return no_memory(err);
  }
  part_release(p);
  *p = below;
  struct sl_buffer condition = { 0 };
  sl_buffer_text(&condition, p->prefix);
  sl_status rc = ask_extreme(x, p, "min", &condition, &p->low, err);
  if (rc == SL_OK) {
    rc = ask_extreme(x, p, "max", &condition, &p->high, err);
  }
  p->whole = p->low == NULL || p->high == NULL;
  sl_buffer_release(&condition);
  return rc;
}

/* Cuts before `from`, the least value of the upper part; `to`: the greatest of the lower one. Both
 * are taken. */
static sl_status cut_at(struct splitter *x, size_t i, char *from, char *to, struct sl_error *err) {
  struct part upper = { .key = x->parts[i].key, .low = from };
  sl_status rc = sl_grow(&x->parts, &x->capacity, x->n_parts + 1, sizeof *x->parts, err);
  if (rc != SL_OK) {
    free(from);
    free(to);
    return rc;
  }
  struct part *lower = &x->parts[i];
  char *bound = strdup(from);
  upper.lower = strdup(from);
  upper.prefix = lower->prefix == NULL ? NULL : strdup(lower->prefix);
  upper.upper = lower->upper;
  upper.high = lower->high;
  lower->upper = bound;
  lower->high = to;
  memmove(&x->parts[i + 2], &x->parts[i + 1], (x->n_parts - i - 1) * sizeof *x->parts);
  x->parts[i + 1] = upper; /* parts stay in the order of the key */
  x->n_parts++;
  if (bound == NULL || upper.lower == NULL || (lower->prefix != NULL && upper.prefix == NULL)) {
    return no_memory(err);
  }
  rc = estimate_part(x, lower, err);
  return rc == SL_OK ? estimate_part(x, &x->parts[i + 1], err) : rc;
}

/* Cuts one part in two, or makes its range smaller when one half is empty. */
static sl_status cut(struct splitter *x, size_t i, struct sl_error *err) {
  struct part *p = &x->parts[i];
  struct sl_buffer middle = { 0 };
  struct sl_buffer below = { 0 };
  struct sl_buffer above = { 0 };
  char *to = NULL;
  char *from = NULL;
  if (strcmp(p->low, p->high) == 0) {
    return descend(x, p, err);
  }
  p->whole = !maria_key_middle(x->keys[p->key].kind, p->low, p->high, &middle) || middle.failed;
  if (p->whole) {
    sl_buffer_release(&middle);
    return SL_OK;
  }
  append_bounds(x, p, &below);
  append_bounds(x, p, &above);
  append_comparison(x, p->key, " < ", middle.data, &below);
  append_comparison(x, p->key, " >= ", middle.data, &above);
  sl_status rc = ask_extreme(x, p, "max", &below, &to, err);
  if (rc == SL_OK) {
    rc = ask_extreme(x, p, "min", &above, &from, err);
  }
  sl_buffer_release(&middle);
  sl_buffer_release(&below);
  sl_buffer_release(&above);
  if (rc == SL_OK && to != NULL && from != NULL) {
    return cut_at(x, i, from, to, err);
  }
  char **end = to == NULL ? &p->low : &p->high;
  char *value = to == NULL ? from : to;
  p->whole = value == NULL || strcmp(*end, value) == 0; /* no progress */
  if (rc == SL_OK && value != NULL) {
    free(*end);
    *end = value;
  } else {
    free(to);
    free(from);
  }
  return rc;
}

static sl_status cut_all(struct splitter *x, int64_t rows, size_t wanted, struct sl_error *err) {
  int64_t enough = rows / (int64_t)wanted * 5 / 4;
  sl_status rc = SL_OK;
  for (int cuts = 0; rc == SL_OK && cuts < MOST_CUTS && x->n_parts < 2 * wanted; cuts++) {
    size_t largest = SIZE_MAX;
    for (size_t i = 0; i < x->n_parts; i++) {
      const struct part *p = &x->parts[i];
      if (!p->whole && p->rows > enough &&
          (largest == SIZE_MAX || p->rows > x->parts[largest].rows)) {
        largest = i;
      }
    }
    if (largest == SIZE_MAX) {
      break;
    }
    rc = cut(x, largest, err);
  }
  return rc;
}

/* ---- the whole ---- */

static sl_status begin(struct splitter *x, int64_t rows, struct sl_error *err) {
  struct sl_buffer all = { 0 };
  sl_status rc = sl_grow(&x->parts, &x->capacity, 1, sizeof *x->parts, err);
  if (rc != SL_OK) {
    return rc;
  }
  x->parts[0] = (struct part){ .rows = rows };
  x->n_parts = 1;
  rc = ask_extreme(x, &x->parts[0], "min", &all, &x->parts[0].low, err);
  if (rc == SL_OK) {
    rc = ask_extreme(x, &x->parts[0], "max", &all, &x->parts[0].high, err);
  }
  x->parts[0].whole = x->parts[0].low == NULL || x->parts[0].high == NULL;
  return rc;
}

static sl_status add_chunks(struct splitter *x, const char *condition, struct sl_db_chunks *out,
                            struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < x->n_parts; i++) {
    struct sl_buffer bounds = { 0 };
    if (condition != NULL) {
      sl_buffer_printf(&bounds, "(%s\n)", condition); /* it may end in a comment */
    }
    append_bounds(x, &x->parts[i], &bounds);
    rc = sl_buffer_check(&bounds, err);
    if (rc == SL_OK) {
      rc = sl_db_chunks_add(out, bounds.length == 0 ? NULL : bounds.data, err);
    }
    sl_buffer_release(&bounds);
  }
  return rc;
}

/* How many parts are worth it; 1 = the table is not cut. */
static sl_status count_parts(struct splitter *x, const char *condition, int wanted, size_t *parts,
                             int64_t *rows, struct sl_error *err) {
  int64_t selected;
  *parts = 1;
  sl_status rc = estimate(x, NULL, true, rows, err);
  if (rc == SL_OK && condition != NULL) {
    rc = estimate(x, condition, false, &selected, err);
    if (rc == SL_OK && selected < 2 * ROWS_OF_PART) {
      return rc; /* an index finds the few rows */
    }
  }
  int64_t by_rows = *rows / ROWS_OF_PART;
  int64_t by_bytes = x->table->bytes / BYTES_OF_PART;
  int64_t most = (int64_t)wanted * PARTS_PER_READER;
  int64_t n = by_rows > by_bytes ? by_rows : by_bytes;
  n = n > most ? most : n;
  *parts = n < 2 || *rows < 2 ? 1 : (size_t)n;
  return rc;
}

sl_status maria_split(struct sl_db_session *base, const struct sl_db_table *table,
                      const char *condition, int wanted, struct sl_db_chunks *out,
                      struct sl_error *err) {
  struct splitter x = { .s = (struct maria_session *)base, .table = table };
  size_t parts = 1;
  int64_t rows = 0;
  if (table->query != NULL || table->view || table->detail[MARIA_ENGINE] == 0) {
    return sl_db_chunks_add(out, condition, err);
  }
  sl_status rc = find_key(&x, err);
  bool has_key = x.n_keys > 0 && x.keys[0].kind != MARIA_KEY_OTHER;
  if (rc == SL_OK && has_key) {
    rc = count_parts(&x, condition, wanted, &parts, &rows, err);
  }
  if (rc == SL_OK && parts > 1) {
    rc = begin(&x, rows, err);
    if (rc == SL_OK) {
      rc = cut_all(&x, rows, parts, err);
    }
  }
  if (rc == SL_OK) {
    rc =
        x.n_parts > 1 ? add_chunks(&x, condition, out, err) : sl_db_chunks_add(out, condition, err);
  }
  release(&x);
  if (rc != SL_OK) {
    sl_error_add_context(err, "table %s", table->name);
  }
  return rc;
}
