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
  *out =
      (struct sl_sql_context){ .dialect = name == NULL ? NULL : sl_dialect_find(name),
                               .capabilities = capabilities,
                               .catalog = destination->catalog,
                               .session =
                                   ops->session_of == NULL ? NULL : ops->session_of(destination) };
  return out->dialect != NULL || ops->store != NULL
             ? SL_OK
             : sl_fail(err, SL_EUNSUPPORTED, "there is no SQL dialect '%s'",
                       name == NULL ? "" : name);
}

enum sl_type sl_sql_stored_as(const struct sl_sql_context *sql, const struct sl_column *column) {
  const struct sl_dialect *d = sql->dialect;
  enum sl_type other = d->stored_as[column->type];
  int precision, scale;
  sl_dialect_decimal(sql, column, &precision, &scale);
  if (column->type == SL_TYPE_DECIMAL && d->most_digits > 0 && precision > d->most_digits) {
    return SL_TYPE_TEXT;
  }
  return other == SL_TYPE_NONE ? column->type : other;
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

/* A staged table under the dataset's table's name would hide that one. Where all sessions see it,
 * its name tells whose it is; 31 bytes, which every database allows. */
static void own_name(const struct sl_sql_context *sql, const char *table, char own[40]) {
  uint64_t hash = sl_hash64(table, strlen(table));
  if (sql->session == NULL) {
    snprintf(own, 40, "_dlt_stage_%016" PRIx64, hash);
  } else {
    snprintf(own, 40, "_dlt_%.12s_%012" PRIx64, sql->session, hash >> 16);
  }
}

/* "dataset___table"; one that is too long ends with a hash of the whole. */
static void joined_name(const struct sl_sql_context *sql, const struct sl_table_name *name,
                        struct sl_buffer *out) {
  enum { TAG = 9 }; /* "_0123abcd" */
  size_t most = sql->capabilities->max_identifier_length;
  bool plain = strcmp(name->dataset, "main") == 0;
  sl_buffer_printf(out, "%s%s%s", plain ? "" : name->dataset, plain ? "" : "___", name->table);
  if (!out->failed && most > TAG && out->length > most) {
    unsigned tag = (unsigned)sl_hash64(out->data, out->length);
    out->length = sl_utf8_cut(out->data, out->length, most - TAG);
    sl_buffer_printf(out, "_%08x", tag);
  }
}

/* The name of a table without what qualifies it, not yet folded. */
static void table_name(const struct sl_sql_context *sql, const struct sl_table_name *name,
                       struct sl_buffer *out) {
  const struct sl_dialect *d = sql->dialect;
  char own[40];
  if (!name->temporary && d->dataset_in_name) {
    joined_name(sql, name, out);
  } else if (name->temporary && d->temporary_in_dataset) {
    own_name(sql, name->table, own);
    sl_buffer_text(out, own);
  } else {
    const char *prefix = name->temporary ? d->temporary_prefix : NULL;
    sl_buffer_printf(out, "%s%s", prefix == NULL ? "" : prefix, name->table);
  }
}

void sl_sql_stored_table(const struct sl_sql_context *sql, const struct sl_table_name *name,
                         struct sl_buffer *out) {
  struct sl_buffer plain = { 0 };
  table_name(sql, name, &plain);
  sl_sql_stored_name(sql, plain.data == NULL ? "" : plain.data, out);
  sl_buffer_release_part(&plain, out);
}

void sl_sql_table(const struct sl_sql_context *sql, const struct sl_table_name *name,
                  struct sl_buffer *out) {
  const struct sl_dialect *d = sql->dialect;
  bool beside = !name->temporary || d->temporary_in_dataset;
  if (!name->temporary && !d->dataset_in_name && sql->catalog != NULL) {
    sl_sql_identifier(sql, sql->catalog, out);
    sl_buffer_char(out, '.');
  }
  if (beside && !d->dataset_in_name && name->dataset != NULL) {
    sl_sql_identifier(sql, name->dataset, out);
    sl_buffer_char(out, '.');
  } else if (!beside && d->temporary_schema != NULL) {
    sl_buffer_printf(out, "%s.", d->temporary_schema);
  }
  struct sl_buffer plain = { 0 };
  table_name(sql, name, &plain);
  sl_sql_identifier(sql, plain.data == NULL ? "" : plain.data, out);
  sl_buffer_release_part(&plain, out);
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
    case SL_TYPE_WEI:
      sl_decimal_print(text, v->as.decimal);
      if (sql->dialect->decimal_literal != NULL) {
        sql->dialect->decimal_literal(text, out);
      } else {
        sl_buffer_text(out, text);
      }
      break;
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
