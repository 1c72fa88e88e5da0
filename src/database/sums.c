/* sums.c - checksums of a table's columns, by the database's own SQL: one query, one row, whose
 * values are joined to one text. */
#include <stdlib.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "database/source_internal.h"

/* SELECT count(h1) || ',' || coalesce(sum(h1), 0) || ',' || … FROM … */
static void write_query(struct database *d, struct sl_source_sums *out, struct sl_buffer *sql) {
  const struct sl_db_table *table = d->summed;
  struct sl_buffer hash = { 0 };
  sl_buffer_printf(sql, "SELECT %s", d->driver->join_open);
  for (size_t i = 0; i < table->n_columns; i++) {
    struct sl_source_sum *sum = &out->columns[out->n++];
    sum->column = table->columns[i].name;
    sl_buffer_reset(&hash);
    if (!table->columns[i].json) {
      d->driver->hash(d->leader, &table->columns[i], sum, &hash);
    }
    if (sum->form != SL_SUM_NONE && !hash.failed) {
      sl_buffer_printf(sql, "count(%s)%s','%scoalesce(sum(%s), 0)%s','%s", hash.data,
                       d->driver->join, d->driver->join, hash.data, d->driver->join,
                       d->driver->join);
    }
    sql->failed = sql->failed || hash.failed;
  }
  sl_buffer_printf(sql, "'.'%s FROM ", d->driver->join_close);
  sl_db_from(d->leader->driver, table, sql);
  if (d->config.settings->where != NULL) {
    sl_buffer_printf(sql, " WHERE %s\n", d->config.settings->where);
  }
  sl_buffer_release(&hash);
}

/* The next number of the text; sums are larger than 64 bits, of which the lower ones count. */
static bool next_number(const char **at, uint64_t *out) {
  struct sl_decimal d;
  size_t n = strcspn(*at, ",");
  if ((*at)[n] != ',' || !sl_decimal_parse((struct sl_text){ *at, n }, &d) || d.scale != 0) {
    return false;
  }
  *at += n + 1;
  *out = (uint64_t)d.coefficient;
  return true;
}

static sl_status take_numbers(const struct database *d, const char *text,
                              const struct sl_source_sums *sums, struct sl_error *err) {
  const char *at = text == NULL ? "" : text;
  for (size_t i = 0; i < sums->n; i++) {
    struct sl_source_sum *sum = &sums->columns[i];
    uint64_t values = 0;
    if (sum->form != SL_SUM_NONE && !(next_number(&at, &values) && next_number(&at, &sum->sum))) {
      return sl_fail(err, SL_ESOURCE,
                     "table %s: %s answered the query for checksums with something else; use "
                     "--verify in place of --verify-source",
                     d->summed->name, d->where);
    }
    sum->values = (int64_t)values;
  }
  return SL_OK;
}

sl_status sl_db_source_sums(struct sl_source *base, struct sl_source_sums *out,
                            struct sl_error *err) {
  struct database *d = (struct database *)base;
  struct sl_buffer sql = { 0 };
  char *text = NULL;
  *out = (struct sl_source_sums){ .hash = d->driver->hashes };
  if (d->summed == NULL) {
    out->why = "it is read by a cursor";
    return SL_OK;
  }
  out->columns = sl_calloc_array(d->summed->n_columns + 1, sizeof *out->columns);
  sl_status rc =
      out->columns != NULL ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory for checksums");
  if (rc == SL_OK) {
    write_query(d, out, &sql);
    rc = sl_buffer_check(&sql, err);
  }
  if (rc == SL_OK) {
    rc = d->driver->ask(d->leader, sql.data, &text, err);
    rc = rc == SL_OK
             ? take_numbers(d, text, out, err)
             : sl_error_add_context(err, "asking for checksums of table %s", d->summed->name);
  }
  if (rc != SL_OK) {
    free(out->columns);
    *out = (struct sl_source_sums){ 0 };
  }
  free(text);
  sl_buffer_release(&sql);
  return rc;
}
