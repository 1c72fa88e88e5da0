/* split.c - parts of a table that are read in parallel: ranges of its pages (ctid).
 *
 * Pages need no statistics, no key and no even distribution of anything. Where many pages hold few
 * rows, or rows are wide in one place, there are more parts than readers. Tables that are made of
 * others (partitions, INHERITS) are cut table by table. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sources/postgres/session.h"

enum {
  FEWEST_PAGES = 256, /* 2 MB: below, another part costs more than it gains */
  MOST_PAGES = 32768, /* 256 MB: what a lost connection makes us read again */
  TID_RANGE_SCAN = 140000
};

struct member { /* a table whose pages are cut */
  int64_t pages;
  const char *schema, *name; /* NULL = the table itself */
};

static sl_status add_from(struct sl_db_chunks *out, const struct member *m, struct sl_error *err) {
  struct sl_buffer from = { 0 };
  if (m->name == NULL) {
    return SL_OK;
  }
  sl_buffer_text(&from, "ONLY ");
  sl_db_quote(&pg_driver, m->schema, &from);
  sl_buffer_char(&from, '.');
  sl_db_quote(&pg_driver, m->name, &from);
  out->items[out->count - 1].from = sl_buffer_take(&from);
  return out->items[out->count - 1].from == NULL
             ? sl_fail(err, SL_ENOMEM, "out of memory for parts")
             : SL_OK;
}

/* Pages [first, last); last < 0: to the end. */
static sl_status add_range(const char *condition, const struct member *m, int64_t first,
                           int64_t last, struct sl_db_chunks *out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  if (first > 0 || last >= 0) {
    sl_buffer_printf(&text, "ctid >= '(%" PRId64 ",0)'::tid", first);
  }
  if (last >= 0) {
    sl_buffer_printf(&text, " AND ctid < '(%" PRId64 ",0)'::tid", last);
  }
  if (condition != NULL) {
    sl_buffer_printf(&text, "%s(%s\n)", text.length > 0 ? " AND " : "", condition);
  }
  sl_status rc = sl_buffer_check(&text, err);
  if (rc == SL_OK) {
    rc = sl_db_chunks_add(out, text.data, err);
  }
  sl_buffer_release(&text);
  return rc == SL_OK ? add_from(out, m, err) : rc;
}

static sl_status add_pages(const char *condition, const struct member *m, int64_t step,
                           struct sl_db_chunks *out, struct sl_error *err) {
  int64_t first = 0;
  sl_status rc = SL_OK;
  while (rc == SL_OK && m->pages - first >= 2 * step) {
    rc = add_range(condition, m, first, first + step, out, err);
    first += step;
  }
  return rc == SL_OK ? add_range(condition, m, first, -1, out, err) : rc;
}

/* ---- what the server knows ---- */

static const char select_members[] =
    "WITH RECURSIVE m(oid) AS (SELECT %" PRId64
    "::oid UNION SELECT i.inhrelid "
    "FROM pg_catalog.pg_inherits i JOIN m ON i.inhparent = m.oid%s) "
    "SELECT n.nspname, c.relname, c.relkind IN ('r', 'm'), "
    "has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') "
    "AND (c.relkind <> 'r' OR NOT pg_catalog.row_security_active(c.oid)), "
    "CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_relation_size(c.oid) / "
    "current_setting('block_size')::bigint ELSE 0 END, "
    "c.relfilenode = 0 OR pg_catalog.pg_relation_filenode(c.oid) = c.relfilenode "
    "FROM m JOIN pg_catalog.pg_class c ON c.oid = m.oid "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind <> 'p' "
    "ORDER BY 5 DESC, 1, 2";

static sl_status read_members(struct pg_session *s, const struct sl_db_table *table,
                              PGresult **rows, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  char doing[256];
  snprintf(doing, sizeof doing, "looking at table %s", table->name);
  if (pg_is_lockable(table)) {
    sl_buffer_text(&sql, "LOCK TABLE ");
    sl_db_from(&pg_driver, table, &sql);
    sl_buffer_text(&sql, " IN ACCESS SHARE MODE;");
  }
  sl_buffer_printf(&sql, select_members, table->detail[PG_OID],
                   s->version >= 140000 ? " WHERE NOT i.inhdetachpending" : "");
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = pg_run(s, sql.data, doing, rows, err);
  }
  for (int row = 0; rc == SL_OK && row < PG(ntuples)(*rows); row++) {
    if (!pg_is_true(*rows, row, 5)) {
      rc =
          sl_fail(err, SL_ESOURCE,
                  "table %s.%s was emptied or rewritten (TRUNCATE, ALTER TABLE, VACUUM FULL) after "
                  "this load had begun; run the load again",
                  pg_value(*rows, row, 0), pg_value(*rows, row, 1));
    }
  }
  sl_buffer_release(&sql);
  return rc;
}

/* True when the server would read the whole table for the condition: then parts pay. With an index
 * it would go through the index once for each part. */
static sl_status reads_all(struct pg_session *s, const struct sl_db_table *table,
                           const char *condition, bool *all, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  PGresult *plan = NULL;
  *all = true;
  if (condition == NULL) {
    return SL_OK;
  }
  sl_buffer_text(&sql, "EXPLAIN SELECT * FROM ");
  sl_db_from(&pg_driver, table, &sql);
  sl_buffer_printf(&sql, " WHERE %s", condition);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = pg_run(s, sql.data, "asking how a condition will be looked up", &plan, err);
  }
  for (int row = 0; row < PG(ntuples)(plan); row++) {
    const char *line = pg_value(plan, row, 0);
    *all = *all && strstr(line, "Index") == NULL && strstr(line, "Bitmap") == NULL &&
           strstr(line, "Tid") == NULL;
  }
  PG(clear)(plan);
  sl_buffer_release(&sql);
  return rc;
}

/* ---- the parts ---- */

static sl_status add_members(const PGresult *rows, bool itself, const char *condition, int wanted,
                             struct sl_db_chunks *out, struct sl_error *err) {
  int64_t pages = 0;
  for (int row = 0; row < PG(ntuples)(rows); row++) {
    pages += pg_integer(rows, row, 4);
  }
  int64_t step = pages / ((int64_t)wanted * 8);
  step = step < FEWEST_PAGES ? FEWEST_PAGES : step > MOST_PAGES ? MOST_PAGES : step;
  if (pages < 2 * FEWEST_PAGES) {
    return sl_db_chunks_add(out, condition, err);
  }
  sl_status rc = SL_OK;
  for (int row = 0; rc == SL_OK && row < PG(ntuples)(rows); row++) {
    struct member m = { .pages = pg_integer(rows, row, 4) };
    if (!itself) {
      m.schema = pg_value(rows, row, 0);
      m.name = pg_value(rows, row, 1);
    }
    rc = add_pages(condition, &m, step, out, err);
  }
  return rc;
}

sl_status pg_split(struct sl_db_session *base, const struct sl_db_table *table,
                   const char *condition, int wanted, struct sl_db_chunks *out,
                   struct sl_error *err) {
  struct pg_session *s = (struct pg_session *)base;
  PGresult *rows = NULL;
  bool all = false;
  bool has_pages = table->query == NULL && strchr("rmp", (int)table->detail[PG_RELKIND]) != NULL;
  if (!has_pages || s->version < TID_RANGE_SCAN) {
    return sl_db_chunks_add(out, condition, err);
  }
  sl_status rc = read_members(s, table, &rows, err);
  if (rc == SL_OK) {
    rc = reads_all(s, table, condition, &all, err);
  }
  bool cut = rc == SL_OK && all && s->snapshot[0] != '\0' && !table->detail[PG_POLICIES];
  int count = rc == SL_OK ? PG(ntuples)(rows) : 0;
  bool itself = count == 1 && table->detail[PG_RELKIND] != 'p';
  for (int row = 0; row < count && !itself; row++) {
    cut = cut && pg_is_true(rows, row, 3); /* asked by name, a partition has rights of its own */
  }
  if (rc == SL_OK) {
    rc = cut && wanted > 1 ? add_members(rows, itself, condition, wanted, out, err)
                           : sl_db_chunks_add(out, condition, err);
  }
  PG(clear)(rows);
  return rc;
}
