/* sums.c - checksums in SQLite, which has no hash of its own: a function that it is given for them.
 * Types that SQLite does not have itself (decimals, times, truth values) are texts or numbers of
 * many forms in it, and have no sums. */
#include "base/hash.h"
#include "sources/sqlite/sqlite_internal.h"

static void hash_value(sqlite3_context *context, int n, sqlite3_value **values) {
  sqlite3_value *v = values[0];
  int64_t integer = 0;
  double real = 0;
  const void *bytes = NULL;
  size_t length = sizeof integer;
  (void)n;
  switch (SL_SQLITE(value_type)(v)) {
    case SQLITE_NULL: return; /* NULL */
    case SQLITE_INTEGER:
      integer = SL_SQLITE(value_int64)(v);
      bytes = &integer;
      break;
    case SQLITE_FLOAT:
      real = SL_SQLITE(value_double)(v);
      bytes = &real;
      break;
    default:
      bytes = SL_SQLITE(value_blob)(v);
      length = (size_t)SL_SQLITE(value_bytes)(v);
      break;
  }
  SL_SQLITE(result_int64)(context, (uint32_t)sl_hash64(bytes == NULL ? "" : bytes, length));
}

void sqlite_hash(struct sl_db_session *base, const struct sl_db_column *column,
                 struct sl_source_sum *sum, struct sl_buffer *out) {
  static const enum sl_sum_form forms[] = { [SQLITE_KIND_INT] = SL_SUM_INTEGER,
                                            [SQLITE_KIND_REAL] = SL_SUM_REAL,
                                            [SQLITE_KIND_TEXT] = SL_SUM_TEXT,
                                            [SQLITE_KIND_BLOB] = SL_SUM_TEXT };
  size_t kind = (size_t)column->type;
  (void)base;
  sum->form = kind < sizeof forms / sizeof forms[0] ? forms[kind] : SL_SUM_NONE;
  if (sum->form != SL_SUM_NONE) {
    sl_buffer_text(out, sum->form == SL_SUM_REAL ? "sluice_hash(CAST(" : "sluice_hash((");
    sl_db_quote(&sqlite_driver, column->name, out);
    sl_buffer_text(out, sum->form == SL_SUM_REAL ? " AS REAL))" : "))");
  }
}

sl_status sqlite_ask(struct sl_db_session *base, const char *sql, char **out,
                     struct sl_error *err) {
  struct sqlite_session *s = (struct sqlite_session *)base;
  int code =
      SL_SQLITE(create_function_v2)(s->db, "sluice_hash", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                    NULL, hash_value, NULL, NULL, NULL);
  if (code != SQLITE_OK) {
    return sqlite_fail(s, code, err, "preparing checksums");
  }
  return sqlite_run(s, sql, "asking for checksums", out, err);
}
