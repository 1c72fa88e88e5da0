/* sql.c - names, literals, types and statement lists. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/time.h"
#include "schema/detect.h"
#include "sql/dialect.h"

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

sl_status sl_sql_context_of(struct sl_sql_context *out, const struct sl_destination *destination,
                            struct sl_error *err) {
  const struct sl_destination_ops *ops = destination->ops;
  const struct sl_capabilities *capabilities =
      ops->capabilities_of == NULL ? &ops->capabilities : ops->capabilities_of(destination);
  const char *name = capabilities->dialect;
  *out = (struct sl_sql_context){ .dialect = name == NULL ? NULL : sl_dialect_find(name),
                                  .capabilities = capabilities,
                                  .catalog = destination->catalog };
  return out->dialect != NULL || ops->store != NULL
             ? SL_OK
             : sl_fail(err, SL_EUNSUPPORTED, "there is no SQL dialect '%s'",
                       name == NULL ? "" : name);
}

enum sl_type sl_sql_stored_as(const struct sl_sql_context *sql, enum sl_type type) {
  enum sl_type other = sql->dialect->stored_as[type];
  return other == SL_TYPE_NONE ? type : other;
}

static char folded(enum sl_fold fold, char c) {
  return fold == SL_FOLD_UPPER && c >= 'a' && c <= 'z'   ? (char)(c - 'a' + 'A')
         : fold == SL_FOLD_LOWER && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a')
                                                         : c;
}

void sl_sql_stored_name(const struct sl_sql_context *sql, const char *name, struct sl_buffer *out) {
  for (const char *c = name; *c != '\0'; c++) {
    if (sql->dialect->plain_names && (unsigned char)*c < ' ') {
      sl_buffer_text(out, "_dlt_"); /* names of the engine's own, as SL_ROOT_ROW */
    } else {
      sl_buffer_char(out, folded(sql->dialect->fold, *c));
    }
  }
}

void sl_sql_identifier(const struct sl_sql_context *sql, const char *name, struct sl_buffer *out) {
  const struct sl_dialect *d = sql->dialect;
  char close = d->identifier_close == '\0' ? d->identifier_quote : d->identifier_close;
  sl_buffer_char(out, d->identifier_quote);
  for (const char *c = name; *c != '\0'; c++) {
    if (d->plain_names && (unsigned char)*c < ' ') { /* names of the engine's own, as SL_ROOT_ROW */
      sl_buffer_text(out, "_dlt_");
      continue;
    }
    if (d->backslash_names && (*c == close || *c == '\\')) {
      sl_buffer_char(out, '\\');
    } else if (*c == close) {
      sl_buffer_char(out, close);
    }
    sl_buffer_char(out, folded(d->fold, *c));
  }
  sl_buffer_char(out, close);
}

/* It would hide the dataset's table of the same name. */
static void name_in_dataset(const struct sl_sql_context *sql, const struct sl_table_name *name,
                            struct sl_buffer *out) {
  char own[40];
  snprintf(own, sizeof own, "_dlt_stage_%016" PRIx64, sl_hash64(name->table, strlen(name->table)));
  if (name->dataset != NULL) {
    sl_sql_identifier(sql, name->dataset, out);
    sl_buffer_char(out, '.');
  }
  sl_sql_identifier(sql, own, out);
}

void sl_sql_table(const struct sl_sql_context *sql, const struct sl_table_name *name,
                  struct sl_buffer *out) {
  const struct sl_dialect *d = sql->dialect;
  if (name->temporary && d->temporary_in_dataset) {
    name_in_dataset(sql, name, out);
    return;
  }
  if (!name->temporary) {
    if (sql->catalog != NULL) {
      sl_sql_identifier(sql, sql->catalog, out);
      sl_buffer_char(out, '.');
    }
    sl_sql_identifier(sql, name->dataset, out);
    sl_buffer_char(out, '.');
    sl_sql_identifier(sql, name->table, out);
    return;
  }
  if (d->temporary_schema != NULL) {
    sl_buffer_printf(out, "%s.", d->temporary_schema);
  }
  if (d->temporary_prefix == NULL) {
    sl_sql_identifier(sql, name->table, out);
    return;
  }
  struct sl_buffer prefixed = { 0 };
  sl_buffer_printf(&prefixed, "%s%s", d->temporary_prefix, name->table);
  sl_sql_identifier(sql, prefixed.data == NULL ? "" : prefixed.data, out);
  out->failed = out->failed || prefixed.failed;
  sl_buffer_release(&prefixed);
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

static void write_bool(const struct sl_sql_context *sql, bool value, struct sl_buffer *out) {
  const char *literal = value ? sql->dialect->true_literal : sql->dialect->false_literal;
  sl_buffer_text(out, literal != NULL ? literal : value ? "TRUE" : "FALSE");
}

static void write_json(const struct sl_sql_context *sql, struct sl_text text,
                       struct sl_buffer *out) {
  const struct sl_dialect *d = sql->dialect;
  sl_buffer_text(out, d->json_prefix == NULL ? "" : d->json_prefix);
  sl_sql_text_literal(sql, text.data, text.length, out);
  sl_buffer_text(out, d->json_suffix == NULL ? "" : d->json_suffix);
}

void sl_sql_literal(const struct sl_sql_context *sql, const struct sl_value *v,
                    struct sl_buffer *out) {
  char text[64];
  bool is_time = v->type == SL_TYPE_TIMESTAMP || v->type == SL_TYPE_DATE || v->type == SL_TYPE_TIME;
  if (is_time && sql->dialect->time_literal != NULL) {
    sql->dialect->time_literal(v, out);
    return;
  }
  switch (v->type) {
    case SL_TYPE_NONE: sl_buffer_text(out, "NULL"); break;
    case SL_TYPE_BIGINT: sl_buffer_printf(out, "%" PRId64, v->as.integer); break;
    case SL_TYPE_DOUBLE: write_double(v->as.real, out); break;
    case SL_TYPE_BOOL: write_bool(sql, v->as.boolean, out); break;
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
    case SL_TYPE_JSON: write_json(sql, v->as.text, out); break;
    default: sl_sql_text_literal(sql, v->as.text.data, v->as.text.length, out); break;
  }
}

sl_status sl_sql_type(const struct sl_sql_context *sql, const struct sl_column *column,
                      struct sl_buffer *out, struct sl_error *err) {
  if (sl_dialect_registered_type(sql, column, out) ||
      (sql->dialect->type != NULL && sql->dialect->type(sql, column, out))) {
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
