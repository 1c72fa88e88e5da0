/* sql.c - names, literals, types and statement lists. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/time.h"
#include "schema/detect.h"
#include "sql/dialect.h"

static const struct sl_dialect *const dialects[] = { &sl_dialect_duckdb, &sl_dialect_postgres };

const struct sl_dialect *sl_dialect_find(const char *name) {
  for (size_t i = 0; i < sizeof dialects / sizeof dialects[0]; i++) {
    if (strcmp(dialects[i]->name, name) == 0) {
      return dialects[i];
    }
  }
  return NULL;
}

sl_status sl_statements_add(struct sl_statements *s, struct sl_buffer *text, struct sl_error *err) {
  sl_status rc = sl_buffer_check(text, err);
  if (rc == SL_OK) {
    rc = sl_grow(&s->items, &s->capacity, s->count + 1, sizeof *s->items, err);
  }
  char *copy = rc == SL_OK ? strndup(text->data == NULL ? "" : text->data, text->length) : NULL;
  if (rc == SL_OK && copy == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a statement");
  }
  if (rc == SL_OK) {
    s->items[s->count++] = copy;
  }
  sl_buffer_reset(text);
  return rc;
}

void sl_statements_release(struct sl_statements *s) {
  for (size_t i = 0; i < s->count; i++) {
    free(s->items[i]);
  }
  free(s->items);
  *s = (struct sl_statements){ 0 };
}

void sl_sql_identifier(const struct sl_sql_context *sql, const char *name, struct sl_buffer *out) {
  char quote = sql->dialect->identifier_quote;
  sl_buffer_char(out, quote);
  for (const char *c = name; *c != '\0'; c++) {
    if (*c == quote) {
      sl_buffer_char(out, quote);
    }
    sl_buffer_char(out, *c);
  }
  sl_buffer_char(out, quote);
}

void sl_sql_table(const struct sl_sql_context *sql, const struct sl_table_name *name,
                  struct sl_buffer *out) {
  if (name->temporary) {
    sl_buffer_text(out, sql->dialect->temporary_schema);
  } else {
    if (sql->catalog != NULL) {
      sl_sql_identifier(sql, sql->catalog, out);
      sl_buffer_char(out, '.');
    }
    sl_sql_identifier(sql, name->dataset, out);
  }
  sl_buffer_char(out, '.');
  sl_sql_identifier(sql, name->table, out);
}

void sl_sql_text_literal(const struct sl_sql_context *sql, const char *text, size_t length,
                         struct sl_buffer *out) {
  sql->dialect->text_literal(text, length, out);
}

/* With an exponent, since databases take 0.1 for a decimal; what is no number goes as text. */
static void write_double(double value, struct sl_buffer *out) {
  if (!isfinite(value)) {
    sl_buffer_text(out, isnan(value) ? "'NaN'" : value < 0 ? "'-Infinity'" : "'Infinity'");
    return;
  }
  size_t from = out->length;
  sl_print_double(value, out);
  bool exponent = out->data != NULL && strchr(out->data + from, 'e') != NULL;
  sl_buffer_text(out, exponent ? "" : "e0");
}

void sl_sql_literal(const struct sl_sql_context *sql, const struct sl_value *v,
                    struct sl_buffer *out) {
  char text[64];
  switch (v->type) {
    case SL_TYPE_NONE: sl_buffer_text(out, "NULL"); break;
    case SL_TYPE_BIGINT: sl_buffer_printf(out, "%" PRId64, v->as.integer); break;
    case SL_TYPE_DOUBLE: write_double(v->as.real, out); break;
    case SL_TYPE_BOOL: sl_buffer_text(out, v->as.boolean ? "TRUE" : "FALSE"); break;
    case SL_TYPE_DECIMAL:
    case SL_TYPE_WEI: sl_buffer_append(out, text, sl_decimal_print(text, v->as.decimal)); break;
    case SL_TYPE_TIMESTAMP:
      sl_timestamp_print(text, v->as.integer, true);
      sl_buffer_printf(out, "'%s'", text);
      break;
    case SL_TYPE_DATE:
      sl_date_print(text, (int32_t)v->as.integer);
      sl_buffer_printf(out, "'%s'", text);
      break;
    case SL_TYPE_TIME:
      sl_time_print(text, v->as.integer);
      sl_buffer_printf(out, "'%s'", text);
      break;
    case SL_TYPE_BINARY:
      sl_buffer_text(out, sql->dialect->bytes_prefix);
      for (size_t i = 0; i < v->as.text.length; i++) {
        sl_buffer_printf(out, "%02x", (unsigned char)v->as.text.data[i]);
      }
      sl_buffer_text(out, sql->dialect->bytes_suffix);
      break;
    default: sl_sql_text_literal(sql, v->as.text.data, v->as.text.length, out); break;
  }
}

sl_status sl_sql_type(const struct sl_sql_context *sql, const struct sl_column *column,
                      struct sl_buffer *out, struct sl_error *err) {
  if (sql->dialect->type != NULL && sql->dialect->type(sql, column, out)) {
    return sl_buffer_check(out, err);
  }
  const char *name = sql->dialect->types[column->type];
  if (name == NULL) {
    return sl_fail(err, SL_EUNSUPPORTED, "column %s: %s has no type for %s", column->name,
                   sql->dialect->name, sl_type_name(column->type));
  }
  sl_buffer_text(out, name);
  return sl_buffer_check(out, err);
}
