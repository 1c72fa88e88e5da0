/* sums.c - checksums by the server's own hash functions, which it has since version 11. */
#include "sources/postgres/types.h"

static bool knows_text(const struct pg_session *s) {
  const char *encoding = PG(parameterStatus)(s->conn, "server_encoding");
  return encoding != NULL && (strcmp(encoding, "UTF8") == 0 || strcmp(encoding, "SQL_ASCII") == 0);
}

/* As the server prints it; a cast to text takes the spaces from the end of a char(n). */
static void put_text(const struct sl_db_column *c, const char *value, struct sl_buffer *out) {
  bool plain = strcmp(c->type_name, "text") == 0 ||
               strncmp(c->type_name, "character varying", strlen("character varying")) == 0;
  if (plain) {
    sl_buffer_printf(out, "hashtextextended(%s COLLATE \"C\", 0)", value);
  } else {
    sl_buffer_printf(out,
                     "hashtextextended(CASE WHEN %s IS NOT NULL THEN format('%%s', %s) END COLLATE "
                     "\"C\", 0)",
                     value, value);
  }
}

static void put_number(const struct sl_db_column *c, const char *value, int version,
                       struct sl_source_sum *sum, struct sl_buffer *out) {
  if (c->unbounded && version < 130000) {
    return; /* no trim_scale */
  }
  sum->form = SL_SUM_DECIMAL;
  sum->scale = c->unbounded ? 0 : (int32_t)c->detail;
  sl_buffer_printf(out, "hashtextextended(%s(%s)::text COLLATE \"C\", 0)",
                   c->unbounded ? "trim_scale" : "", value);
}

static void put_hash(const struct pg_session *s, const struct sl_db_column *c, const char *value,
                     struct sl_source_sum *sum, struct sl_buffer *out) {
  switch ((enum pg_kind)c->type) {
    case PG_BOOL:
      sum->form = SL_SUM_INTEGER;
      sl_buffer_printf(out, "hashint8extended(%s::int, 0)", value);
      break;
    case PG_INT2:
    case PG_INT4:
    case PG_INT8:
      sum->form = SL_SUM_INTEGER;
      sl_buffer_printf(out, "hashint8extended(%s, 0)", value);
      break;
    case PG_UINT4:
      sum->form = SL_SUM_INTEGER;
      sl_buffer_printf(out, "hashint8extended(%s::text::int8, 0)", value);
      break;
    case PG_FLOAT4: /* becomes the double that is printed as it is */
      sum->form = SL_SUM_REAL;
      sl_buffer_printf(out, "hashfloat8extended(%s::text::float8, 0)", value);
      break;
    case PG_FLOAT8:
      sum->form = SL_SUM_REAL;
      sl_buffer_printf(out, "hashfloat8extended(%s, 0)", value);
      break;
    case PG_NUMERIC: put_number(c, value, s->version, sum, out); break;
    case PG_DATE: /* infinite ones cannot be subtracted, and are no dates in the destination */
      sum->form = SL_SUM_DATE;
      sl_buffer_printf(
          out, "hashint8extended(CASE WHEN isfinite(%s) THEN %s - DATE '1970-01-01' END, 0)", value,
          value);
      break;
    case PG_TIME:
      sum->form = SL_SUM_TIME;
      sl_buffer_printf(out, "hashint8extended((extract(epoch FROM %s) * 1000000)::int8, 0)", value);
      break;
    case PG_TIMESTAMP:
      sum->form = SL_SUM_MOMENT;
      sl_buffer_printf(out, "timestamp_hash_extended(%s%s, 0)", value,
                       strcmp(c->format, "tsu:UTC") == 0 ? " AT TIME ZONE 'UTC'" : "");
      break;
    case PG_BYTES:
      if (strcmp(c->format, "z") == 0) {
        sum->form = SL_SUM_HEX;
        sl_buffer_printf(out, "hashtextextended(encode(%s, 'hex') COLLATE \"C\", 0)", value);
        break;
      }
      sum->form = knows_text(s) ? SL_SUM_TEXT : SL_SUM_NONE;
      put_text(c, value, out);
      break;
    case PG_UUID:
    case PG_INET:
      sum->form = SL_SUM_TEXT;
      put_text(c, value, out);
      break;
    case PG_JSONB: break;
  }
}

void pg_hash(struct sl_db_session *base, const struct sl_db_column *column,
             struct sl_source_sum *sum, struct sl_buffer *out) {
  const struct pg_session *s = (const struct pg_session *)base;
  struct sl_buffer name = { 0 };
  if (s->version < 110000) {
    return;
  }
  sl_db_quote(&pg_driver, column->name, &name);
  if (!name.failed) {
    put_hash(s, column, column->expression != NULL ? column->expression : name.data, sum, out);
  }
  out->failed = out->failed || name.failed;
  sl_buffer_release(&name);
}

sl_status pg_ask(struct sl_db_session *base, const char *sql, char **out, struct sl_error *err) {
  PGresult *rows = NULL;
  *out = NULL;
  sl_status rc = pg_run((struct pg_session *)base, sql, "asking for a value", &rows, err);
  if (rc == SL_OK && PG(ntuples)(rows) > 0 && !PG(getisnull)(rows, 0, 0) &&
      (*out = strdup(pg_value(rows, 0, 0))) == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a value");
  }
  PG(clear)(rows);
  return rc;
}
