/* split.c - a table in ranges of rowids that several connections read at once.
 *
 * Rowids may have gaps of any size, so ranges of equal width may hold very different numbers of
 * rows. Each range is therefore cut to the rowids that exist in it, and the widest is halved until
 * there are enough: a gap is found by a few look-ups in the b-tree, and dense parts are what is
 * left to halve. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sources/sqlite/sqlite_internal.h"

enum { ROWS_WORTH_A_CHUNK = 20000, MOST_RANGES = 512 };

struct range {
  int64_t first, last; /* both exist */
};

struct splitting {
  struct sqlite_session *session;
  const struct sl_db_table *table;
  const char *condition;
  const char *key; /* what is compared: rowid, or a quoted column */
  struct range ranges[MOST_RANGES];
  size_t count;
  char doing[300];
};

/* min or max of the key under a bound. *none: no row there. */
static sl_status edge(struct splitting *s, const char *function, const char *bound, int64_t at,
                      int64_t *out, bool *none, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_printf(&sql, "SELECT %s(%s) FROM ", function, s->key);
  sl_db_from(&sqlite_driver, s->table, &sql);
  if (bound != NULL) {
    sl_buffer_printf(&sql, " WHERE %s %s %" PRId64, s->key, bound, at);
  }
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_run_integer(s->session, sql.data, s->doing, out, none, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

/* The whole table's range; *none also when the keys are no integers. */
static sl_status whole(struct splitting *s, bool *none, struct sl_error *err) {
  struct range *r = &s->ranges[0];
  sl_status rc = edge(s, "min", NULL, 0, &r->first, none, err);
  if (rc == SL_OK && !*none) {
    rc = edge(s, "max", NULL, 0, &r->last, none, err);
  }
  s->count = 1;
  return rc;
}

static uint64_t width(struct range r) {
  return (uint64_t)r.last - (uint64_t)r.first;
}

/* Halves the widest range. *done: it is not worth it any more. */
static sl_status halve(struct splitting *s, bool *done, struct sl_error *err) {
  size_t widest = 0;
  for (size_t i = 1; i < s->count; i++) {
    widest = width(s->ranges[i]) > width(s->ranges[widest]) ? i : widest;
  }
  struct range r = s->ranges[widest];
  *done = width(r) < 2 * (uint64_t)ROWS_WORTH_A_CHUNK;
  if (*done) {
    return SL_OK;
  }
  int64_t middle = (int64_t)((uint64_t)r.first + width(r) / 2);
  struct range low = { r.first, 0 };
  struct range high = { 0, r.last };
  bool none = true;
  sl_status rc = edge(s, "max", "<=", middle, &low.last, &none, err);
  *done = none;
  if (rc == SL_OK && !none) {
    rc = edge(s, "min", ">", middle, &high.first, &none, err);
  }
  if (rc == SL_OK && !none) {
    s->ranges[widest] = low;
    s->ranges[s->count++] = high;
  }
  return rc;
}

/* True when SQLite would go through the whole table for the condition, or through a range of
 * rowids: then ranges cost nothing. By an index every range would go through all of its hits. */
static sl_status by_scan(struct splitting *s, bool *scan, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sqlite3_stmt *statement = NULL;
  bool row = true;
  *scan = true;
  sl_buffer_text(&sql, "EXPLAIN QUERY PLAN SELECT * FROM ");
  sl_db_from(&sqlite_driver, s->table, &sql);
  sl_buffer_printf(&sql, " WHERE %s", s->condition);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_prepare(s->session, sql.data, s->doing, &statement, err);
  }
  while (rc == SL_OK && row) {
    rc = sqlite_step(s->session, statement, s->doing, &row, err);
    if (rc == SL_OK && row) {
      const char *plan = (const char *)SL_SQLITE(column_text)(statement, 3);
      bool search = plan != NULL && strncmp(plan, "SEARCH", 6) == 0;
      *scan = *scan && (!search || strstr(plan, "INTEGER PRIMARY KEY") != NULL);
    }
  }
  SL_SQLITE(finalize)(statement);
  sl_buffer_release(&sql);
  return rc;
}

static int by_first(const void *a, const void *b) {
  int64_t x = ((const struct range *)a)->first;
  int64_t y = ((const struct range *)b)->first;
  return (x > y) - (x < y);
}

/* Ranges are half open, so that keys that are no integers fall into one as well. */
static sl_status add_ranges(struct splitting *s, struct sl_db_chunks *out, struct sl_error *err) {
  sl_status rc = SL_OK;
  qsort(s->ranges, s->count, sizeof s->ranges[0], by_first);
  for (size_t i = 0; rc == SL_OK && i < s->count; i++) {
    struct sl_buffer text = { 0 };
    if (s->condition != NULL) {
      sl_buffer_printf(&text, "(%s\n)", s->condition); /* it may end in a comment */
    }
    if (i > 0) {
      sl_buffer_printf(&text, "%s%s >= %" PRId64, text.length > 0 ? " AND " : "", s->key,
                       s->ranges[i].first);
    }
    if (i + 1 < s->count) {
      sl_buffer_printf(&text, "%s%s < %" PRId64, text.length > 0 ? " AND " : "", s->key,
                       s->ranges[i + 1].first);
    }
    rc = sl_buffer_check(&text, err);
    if (rc == SL_OK) {
      rc = sl_db_chunks_add(out, text.data, err);
    }
    sl_buffer_release(&text);
  }
  return rc;
}

static sl_status cut(struct splitting *s, int wanted, struct sl_error *err) {
  bool none = false;
  bool done = false;
  sl_status rc = SL_OK;
  if (s->condition != NULL) {
    bool scan;
    rc = by_scan(s, &scan, err);
    done = !scan;
  }
  if (rc == SL_OK && !done) {
    rc = whole(s, &none, err);
    done = none;
  }
  size_t most = (size_t)wanted * 8 < MOST_RANGES ? (size_t)wanted * 8 : MOST_RANGES;
  while (rc == SL_OK && !done && s->count < most) {
    rc = halve(s, &done, err);
  }
  return rc;
}

/* What ranges are made of. Empty: nothing that could be cut. */
static sl_status choose_key(struct splitting *s, struct sl_buffer *out, struct sl_error *err) {
  static const char *const names[] = { "rowid", "_rowid_", "oid" };
  const struct sl_db_table *table = s->table;
  sqlite3_stmt *statement;
  bool row = false;
  if (table->query != NULL || table->detail[DETAIL_SPLIT] == SPLIT_NEVER) {
    return SL_OK;
  }
  if (table->detail[DETAIL_SPLIT] == SPLIT_ROWID) {
    sl_buffer_text(out, names[table->detail[DETAIL_ROWID_NAME]]);
    return sl_buffer_check(out, err);
  }
  /* Not table->primary_key: that may be what the user named. */
  sl_status rc =
      sqlite_prepare(s->session, "SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE pk = 1",
                     s->doing, &statement, err);
  if (rc == SL_OK) {
    const char *schema = table->schema == NULL ? "main" : table->schema;
    SL_SQLITE(bind_text)(statement, 1, table->name, -1, SQLITE_STATIC);
    SL_SQLITE(bind_text)(statement, 2, schema, -1, SQLITE_STATIC);
    rc = sqlite_step(s->session, statement, s->doing, &row, err);
  }
  if (rc == SL_OK && row) {
    sl_db_quote(&sqlite_driver, sqlite_text_at(statement, 0), out);
    rc = sl_buffer_check(out, err);
  }
  SL_SQLITE(finalize)(statement);
  return rc;
}

sl_status sqlite_split(struct sl_db_session *base, const struct sl_db_table *table,
                       const char *condition, int wanted, struct sl_db_chunks *out,
                       struct sl_error *err) {
  struct splitting *s = calloc(1, sizeof *s);
  struct sl_buffer key = { 0 };
  if (s == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the ranges of table %s", table->name);
  }
  s->session = (struct sqlite_session *)base;
  s->table = table;
  s->condition = condition;
  s->count = 1;
  snprintf(s->doing, sizeof s->doing, "table %.200s", table->name);
  sl_status rc = choose_key(s, &key, err);
  s->key = key.data;
  if (rc == SL_OK && key.length > 0) {
    rc = cut(s, wanted, err);
  }
  if (rc == SL_OK) {
    rc = s->count == 1 ? sl_db_chunks_add(out, condition, err) : add_ranges(s, out, err);
  }
  sl_buffer_release(&key);
  free(s);
  return rc;
}
