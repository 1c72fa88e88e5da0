/* dialect_parts.c - what several dialects share. */
#include "base/time.h"
#include "sql/dialect.h"

void sl_dialect_quote(const char *text, size_t length, bool backslash, struct sl_buffer *out) {
  sl_buffer_char(out, '\'');
  for (size_t i = 0; i < length; i++) {
    if (text[i] == '\'') {
      sl_buffer_text(out, backslash ? "\\'" : "''");
    } else if (text[i] == '\\' && backslash) {
      sl_buffer_text(out, "\\\\");
    } else if (text[i] != '\0') {
      sl_buffer_char(out, text[i]);
    }
  }
  sl_buffer_char(out, '\'');
}

void sl_dialect_quote_doubling(const char *text, size_t length, struct sl_buffer *out) {
  sl_dialect_quote(text, length, false, out);
}

void sl_dialect_quote_escaping(const char *text, size_t length, struct sl_buffer *out) {
  sl_dialect_quote(text, length, true, out);
}

void sl_dialect_quote_statement(struct sl_buffer *statement, struct sl_buffer *out) {
  sl_dialect_quote(statement->data == NULL ? "" : statement->data, statement->length, false, out);
  sl_buffer_release_part(statement, out);
}

void sl_dialect_quote_pieces(const char *text, size_t length,
                             const struct sl_dialect_pieces *pieces, struct sl_buffer *out) {
  if (length <= pieces->most) {
    sl_dialect_quote(text, length, false, out);
    return;
  }
  for (size_t at = 0; at < length;) {
    size_t n = length - at < pieces->most ? length - at : pieces->most;
    while (n < length - at && n > 1 && ((unsigned char)text[at + n] & 0xC0) == 0x80) {
      n--; /* not within a character */
    }
    sl_buffer_text(out, at == 0 ? pieces->open : pieces->between);
    sl_dialect_quote(text + at, n, false, out);
    at += n;
  }
  sl_buffer_text(out, pieces->close);
}

void sl_dialect_quote_nul(const char *text, size_t length, const char *nul, struct sl_buffer *out) {
  bool has_nul = memchr(text, '\0', length) != NULL;
  sl_buffer_text(out, has_nul ? "(" : "");
  for (size_t at = 0; at <= length;) {
    const char *end = memchr(text + at, '\0', length - at);
    size_t n = end == NULL ? length - at : (size_t)(end - text) - at;
    sl_dialect_quote(text + at, n, false, out);
    sl_buffer_text(out, end == NULL ? "" : nul);
    at += n + 1;
  }
  sl_buffer_text(out, has_nul ? ")" : "");
}

void sl_dialect_decimal(const struct sl_sql_context *sql, const struct sl_column *c, int *precision,
                        int *scale) {
  const struct sl_capabilities *caps = sql->capabilities;
  bool wei = c->type == SL_TYPE_WEI;
  bool stated = !wei && c->precision >= 0;
  *precision = stated ? c->precision : wei ? caps->wei_precision : caps->decimal_precision;
  *scale = stated ? (c->scale >= 0 ? c->scale : 0) : wei ? caps->wei_scale : caps->decimal_scale;
}

size_t sl_dialect_hinted(const struct sl_sql_context *sql, const struct sl_table *table,
                         uint32_t hints, struct sl_buffer *out) {
  size_t n = 0;
  for (size_t i = 0; i < table->n_columns; i++) {
    if ((table->columns[i]->hints & hints) != 0 && table->columns[i]->type != SL_TYPE_NONE) {
      sl_buffer_text(out, n++ == 0 ? "" : ", ");
      sl_sql_identifier(sql, table->columns[i]->name, out);
    }
  }
  return n;
}

size_t sl_dialect_hinted_option(const struct sl_sql_context *sql, const struct sl_table *table,
                                uint32_t hints, const char *before, const char *after,
                                struct sl_buffer *out) {
  struct sl_buffer columns = { 0 };
  size_t n = sl_dialect_hinted(sql, table, hints, &columns);
  if (n > 0) {
    sl_buffer_printf(out, "%s%s%s", before, columns.data == NULL ? "" : columns.data, after);
  }
  sl_buffer_release_part(&columns, out);
  return n;
}

void sl_dialect_integer(const struct sl_column *c, const char *const names[5],
                        struct sl_buffer *out) {
  int32_t bits = c->precision < 0 ? 64 : c->precision;
  sl_buffer_text(out, bits <= 8    ? names[0]
                      : bits <= 16 ? names[1]
                      : bits <= 32 ? names[2]
                      : bits <= 64 ? names[3]
                                   : names[4]);
}

int sl_dialect_fraction(const struct sl_column *c, int most) {
  int digits = c->precision < 0 ? 6 : c->precision;
  return digits < most ? digits : most;
}

void sl_dialect_moment(const struct sl_value *v, struct sl_buffer *out) {
  char text[40];
  if (v->type == SL_TYPE_DATE) {
    sl_date_print(text, (int32_t)v->as.integer);
  } else if (v->type == SL_TYPE_TIME) {
    sl_time_print(text, v->as.integer);
  } else {
    int64_t micros = v->as.integer % SL_MICROS_PER_SECOND;
    micros += micros < 0 ? SL_MICROS_PER_SECOND : 0;
    sl_timestamp_print(text, v->as.integer - micros, false);
    text[10] = ' ';
    sl_buffer_printf(out, "%s.%06d", text, (int)micros);
    return;
  }
  sl_buffer_text(out, text);
}

void sl_dialect_quote_moment(const struct sl_value *v, struct sl_buffer *out) {
  sl_buffer_char(out, '\'');
  sl_dialect_moment(v, out);
  sl_buffer_char(out, '\'');
}

void sl_dialect_typed_moment(const struct sl_value *v, const char *timestamp, const char *time,
                             const char *zone, struct sl_buffer *out) {
  const char *type = v->type == SL_TYPE_DATE ? "DATE" : v->type == SL_TYPE_TIME ? time : timestamp;
  sl_buffer_printf(out, "%s%s'", type == NULL ? "" : type, type == NULL ? "" : " ");
  sl_dialect_moment(v, out);
  sl_buffer_printf(out, "%s'", v->type == SL_TYPE_TIMESTAMP && v->zoned ? zone : "");
}

void sl_dialect_no_dataset(const struct sl_sql_context *sql, const char *dataset,
                           struct sl_buffer *out) {
  (void)sql, (void)dataset, (void)out;
}

void sl_dialect_create_database(const struct sl_sql_context *sql, const char *dataset,
                                struct sl_buffer *out) {
  sl_buffer_text(out, "CREATE DATABASE IF NOT EXISTS ");
  sl_sql_identifier(sql, dataset, out);
}

bool sl_dialect_compares(const struct sl_column *c) {
  static const char *const names[] = { "load_id",       "schema_name",  "version_hash",
                                       "pipeline_name", "_dlt_load_id", "schema_version_hash" };
  const uint32_t keys = SL_HINT_PRIMARY_KEY | SL_HINT_MERGE_KEY | SL_HINT_UNIQUE | SL_HINT_ROW_KEY |
                        SL_HINT_PARENT_KEY | SL_HINT_ROOT_KEY;
  bool compares = (c->hints & keys) != 0 || c->dedup_sort != SL_DEDUP_NONE;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) { /* of the _dlt_ tables */
    compares = compares || strcmp(c->name, names[i]) == 0;
  }
  return compares;
}
