/* unchanged.c - whether rows that a load has read are still the same, told without reading them.
 *
 * A row version never changes; an update makes another one, with the transaction's number in xmin.
 * So the rows of a range of pages are those of an earlier snapshot if each is of a transaction that
 * this snapshot saw and there are as many as then, and if the table was not rewritten, which moves
 * rows and keeps their xmin. The functions are those that every server since 8.3 has. */
#include <inttypes.h>
#include <stdlib.h>

#include "sources/postgres/session.h"

/* "<snapshot>/<files of the table and of those that it is made of>". */
sl_status pg_mark(struct sl_db_session *base, const struct sl_db_table *table, char **out,
                  struct sl_error *err) {
  static const char select[] =
      "WITH RECURSIVE m(oid) AS (SELECT %" PRId64
      "::oid UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN m ON i.inhparent = m.oid) "
      "SELECT pg_catalog.txid_current_snapshot()::text || '/' || coalesce((SELECT "
      "string_agg(oid::text || ':' || coalesce(pg_catalog.pg_relation_filenode(oid)::text, ''), "
      "',' "
      "ORDER BY oid) FROM m), '')";
  struct pg_session *s = (struct pg_session *)base;
  struct sl_buffer sql = { 0 };
  PGresult *rows = NULL;
  *out = NULL;
  if (table->query != NULL || strchr("rp", (int)table->detail[PG_RELKIND]) == NULL) {
    return SL_OK; /* a view has no xmin */
  }
  sl_buffer_printf(&sql, select, table->detail[PG_OID]);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = pg_run(s, sql.data, "asking for the snapshot", &rows, err);
  }
  if (rc == SL_OK && (*out = strdup(pg_value(rows, 0, 0))) == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a snapshot");
  }
  PG(clear)(rows);
  sl_buffer_release(&sql);
  return rc;
}

/* xmin has 32 bits of a transaction's number: the rest is that of the youngest one, or one less. */
static void write_question(const struct sl_db_table *table, const struct sl_db_chunk *chunk,
                           const char *snapshot, size_t length, struct sl_buffer *out) {
  sl_buffer_text(out,
                 "WITH now AS MATERIALIZED (SELECT pg_catalog.txid_snapshot_xmax("
                 "pg_catalog.txid_current_snapshot()) AS last), was AS MATERIALIZED (SELECT '");
  sl_buffer_append(out, snapshot, length);
  sl_buffer_text(out,
                 "'::txid_snapshot AS seen) SELECT count(*), count(*) FILTER (WHERE NOT "
                 "pg_catalog.txid_visible_in_snapshot(CASE WHEN x.id >= x.last THEN "
                 "greatest(x.id - 4294967296, 3) ELSE x.id END, x.seen)) FROM (SELECT "
                 "((now.last >> 32) << 32) + t.id AS id, now.last, was.seen FROM (SELECT "
                 "xmin::text::bigint AS id FROM ");
  if (chunk->from != NULL) {
    sl_buffer_text(out, chunk->from);
  } else {
    sl_db_from(&pg_driver, table, out);
  }
  if (chunk->condition != NULL) {
    sl_buffer_printf(out, " WHERE %s\n", chunk->condition);
  }
  sl_buffer_text(out, ") t, now, was) x");
}

sl_status pg_unchanged(struct sl_db_session *base, const struct sl_db_table *table,
                       const char *mark, const struct sl_db_chunk *chunk, int64_t rows, bool *same,
                       struct sl_error *err) {
  struct pg_session *s = (struct pg_session *)base;
  struct sl_buffer sql = { 0 };
  PGresult *answer = NULL;
  char *now = NULL;
  size_t length = strcspn(mark, "/");
  *same = false;
  sl_status rc = pg_mark(base, table, &now, err);
  bool rewritten = now == NULL || strcmp(now + strcspn(now, "/"), mark + length) != 0;
  free(now);
  if (rc != SL_OK || rewritten || strspn(mark, "0123456789:,") != length) {
    return rc;
  }
  write_question(table, chunk, mark, length, &sql);
  rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = pg_run(s, sql.data, "looking for changes since the last load", &answer, err);
  }
  *same = rc == SL_OK && pg_integer(answer, 0, 0) == rows && pg_integer(answer, 0, 1) == 0;
  PG(clear)(answer);
  sl_buffer_release(&sql);
  return rc;
}
