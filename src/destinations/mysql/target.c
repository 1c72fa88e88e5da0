/* target.c - the columns of tables, as the server tells them.
 *
 * They are asked for with SELECT … LIMIT 0: it knows temporary tables, which the information schema
 * does not, and MariaDB's JSON. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "column/batch.h"
#include "mysql_destination.h"
#include "mysql_internal.h"
#include "sql/sql.h"

enum {
  BINARY_CHARSET = 63,
  TYPE_JSON = 245,
  NO_TABLE = 1146,
  NO_DATABASE = 1049,
  MOST_DIGITS = 38
};

void my_quote(const char *name, struct sl_buffer *out) {
  sl_buffer_char(out, '`');
  for (const char *c = name; *c != '\0'; c++) {
    sl_buffer_text(out, *c == '`' ? "`" : "");
    sl_buffer_char(out, *c);
  }
  sl_buffer_char(out, '`');
}

void my_qualified(const struct sl_table_name *name, struct sl_buffer *out) {
  struct sl_sql_context sql = { .dialect = sl_dialect_find("mysql"),
                                .capabilities = &sl_mysql_destination.capabilities };
  sl_sql_table(&sql, name, out);
}

static void release(struct my_destination *d, struct my_target *t) {
  my_target_drop_waiting(d, t);
  for (size_t i = 0; i < t->n_columns; i++) {
    free(t->columns[i].name);
  }
  free(t->columns);
  free(t->fields);
  free(t->waiting);
  free(t->qualified);
  free(t);
}

void my_targets_forget(struct my_destination *d) {
  for (size_t i = 0; i < d->n_targets; i++) {
    release(d, d->targets[i]);
  }
  d->n_targets = 0;
}

/* ---- kinds and formats ---- */

static bool is_unsigned(const MYSQL_FIELD *field) {
  return (field->flags & UNSIGNED_FLAG) != 0;
}

bool my_is_json(const MYSQL_FIELD *field) {
  MARIADB_CONST_STRING name = { NULL, 0 };
  return (int)field->type == TYPE_JSON ||
         (SL_MARIADB(field_attr)(&name, field, MARIADB_FIELD_ATTR_FORMAT_NAME) == 0 &&
          name.str != NULL && name.length == 4 && memcmp(name.str, "json", 4) == 0);
}

enum my_kind my_kind_of(const MYSQL_FIELD *field) {
  switch ((int)field->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR: return MY_INTEGER;
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL: return MY_DECIMAL;
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE: return MY_REAL;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE: return MY_DATE;
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_TIME2: return MY_TIME;
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_DATETIME2:
    case MYSQL_TYPE_TIMESTAMP:
    case MYSQL_TYPE_TIMESTAMP2: return MY_DATETIME;
    case TYPE_JSON: return MY_TEXT;
    case MYSQL_TYPE_TINY_BLOB:
    case MYSQL_TYPE_MEDIUM_BLOB:
    case MYSQL_TYPE_LONG_BLOB:
    case MYSQL_TYPE_BLOB:
    case MYSQL_TYPE_VAR_STRING:
    case MYSQL_TYPE_VARCHAR:
    case MYSQL_TYPE_STRING: return field->charsetnr == BINARY_CHARSET ? MY_BINARY : MY_TEXT;
    default: return MY_OTHER;
  }
}

static void decimal_format(const MYSQL_FIELD *field, char out[32]) {
  unsigned long marks = (field->decimals > 0 ? 1UL : 0UL) + (is_unsigned(field) ? 0UL : 1UL);
  unsigned long digits = field->length > marks ? field->length - marks : 1;
  if (digits <= MOST_DIGITS && field->decimals <= digits) {
    snprintf(out, 32, "d:%lu,%u", digits, field->decimals);
  }
}

void my_format_of(const MYSQL_FIELD *field, bool stored, char out[32]) {
  bool integer_zone = field->type == MYSQL_TYPE_TIMESTAMP || field->type == MYSQL_TYPE_TIMESTAMP2;
  snprintf(out, 32, "u");
  switch (my_kind_of(field)) {
    case MY_INTEGER:
      snprintf(out, 32, "%s",
               field->type == MYSQL_TYPE_LONGLONG && is_unsigned(field)         ? "d:20,0"
               : stored && field->type == MYSQL_TYPE_TINY && field->length == 1 ? "b"
                                                                                : "l");
      break;
    case MY_DECIMAL: decimal_format(field, out); break;
    case MY_REAL:
      snprintf(out, 32, "%s", stored && field->type == MYSQL_TYPE_FLOAT ? "f" : "g");
      break;
    case MY_BINARY: snprintf(out, 32, "z"); break;
    case MY_DATE: snprintf(out, 32, "tdD"); break;
    case MY_TIME: snprintf(out, 32, "ttu"); break;
    case MY_DATETIME: snprintf(out, 32, "tsu:%s", integer_zone ? "UTC" : ""); break;
    default: break;
  }
}

/* ---- asking ---- */

static sl_status ask_columns(struct my_destination *d, const char *qualified, MYSQL_RES **out,
                             struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_printf(&sql, "SELECT * FROM %s LIMIT 0", qualified);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK && SL_MYSQL(real_query)(d->mysql, sql.data, sql.length) != 0) {
    rc = my_fail(d, "looking at a table", err);
  }
  if (rc == SL_OK) {
    *out = SL_MYSQL(store_result)(d->mysql);
    rc = *out == NULL ? my_fail(d, "looking at a table", err) : SL_OK;
  }
  sl_buffer_release(&sql);
  return rc;
}

static sl_status read_columns(struct my_destination *d, struct my_target *t, struct sl_error *err) {
  MYSQL_RES *result;
  sl_status rc = ask_columns(d, t->qualified, &result, err);
  if (rc != SL_OK) {
    return rc;
  }
  unsigned n = SL_MYSQL(num_fields)(result);
  const MYSQL_FIELD *fields = SL_MYSQL(fetch_fields)(result);
  t->columns = sl_calloc_array(n, sizeof *t->columns);
  rc = t->columns == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %u columns", n) : SL_OK;
  for (unsigned i = 0; rc == SL_OK && i < n; i++) {
    struct my_column *c = &t->columns[t->n_columns++];
    *c = (struct my_column){ .name = strdup(fields[i].name), .kind = my_kind_of(&fields[i]) };
    rc = c->name == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a column") : SL_OK;
  }
  SL_MYSQL(free_result)(result);
  return rc;
}

sl_status my_target_get(struct my_destination *d, const struct sl_table_name *name,
                        struct my_target **out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  my_qualified(name, &text);
  char *qualified = sl_buffer_take(&text);
  if (qualified == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the name of table %s", name->table);
  }
  for (size_t i = 0; i < d->n_targets; i++) {
    if (strcmp(d->targets[i]->qualified, qualified) == 0) {
      free(qualified);
      *out = d->targets[i];
      return SL_OK;
    }
  }
  struct my_target *target = calloc(1, sizeof *target);
  if (target == NULL) {
    free(qualified);
    return sl_fail(err, SL_ENOMEM, "out of memory for table %s", name->table);
  }
  target->qualified = qualified;
  sl_status rc =
      sl_grow(&d->targets, &d->targets_capacity, d->n_targets + 1, sizeof *d->targets, err);
  if (rc == SL_OK) {
    rc = read_columns(d, target, err);
  }
  if (rc != SL_OK) {
    release(d, target);
    return rc;
  }
  d->targets[d->n_targets++] = target;
  *out = target;
  return SL_OK;
}

static sl_status build_schema(MYSQL_RES *result, struct ArrowSchema *out, struct sl_error *err) {
  unsigned n = SL_MYSQL(num_fields)(result);
  const MYSQL_FIELD *from = SL_MYSQL(fetch_fields)(result);
  struct sl_field *fields = sl_calloc_array(n, sizeof *fields);
  char(*formats)[32] = sl_calloc_array(n, sizeof *formats);
  sl_status rc = fields == NULL || formats == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for %u columns", n)
                     : SL_OK;
  for (unsigned i = 0; rc == SL_OK && i < n; i++) {
    my_format_of(&from[i], true, formats[i]);
    fields[i] = (struct sl_field){ .name = from[i].name,
                                   .format = formats[i],
                                   .nullable = (from[i].flags & NOT_NULL_FLAG) == 0 };
  }
  if (rc == SL_OK) {
    rc = sl_schema_struct(out, fields, n, err);
  }
  for (unsigned i = 0; rc == SL_OK && i < n; i++) {
    if (my_is_json(&from[i])) {
      sl_schema_mark_json(out->children[i]);
    }
  }
  free(fields);
  free(formats);
  return rc;
}

sl_status my_dest_describe(struct sl_destination *base, const struct sl_table_name *name,
                           struct ArrowSchema *out, struct sl_error *err) {
  struct my_destination *d = (struct my_destination *)base;
  struct sl_buffer text = { 0 };
  MYSQL_RES *result;
  *out = (struct ArrowSchema){ 0 };
  my_qualified(name, &text);
  sl_status rc = sl_buffer_check(&text, err);
  if (rc == SL_OK) {
    rc = my_dest_flush(base, err);
  }
  if (rc == SL_OK) {
    rc = ask_columns(d, text.data, &result, err);
    if (rc == SL_OK) {
      rc = build_schema(result, out, err);
      SL_MYSQL(free_result)(result);
    } else {
      unsigned number = SL_MYSQL(errno)(d->mysql);
      rc = number == NO_TABLE || number == NO_DATABASE ? SL_OK : rc;
    }
  }
  sl_buffer_release(&text);
  return rc;
}
