/* real.c - what tables are like in the destination, and what they need; see ddl.h. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <sluice/builder.h>

#include "pipeline/ddl.h"
#include "schema/arrow_format.h"

void sl_real_release(struct sl_real *real) {
  for (size_t i = 0; i < real->n_tables; i++) {
    struct sl_real_table *table = real->tables[i];
    sl_map_release(&table->columns);
    if (table->schema.release != NULL) {
      table->schema.release(&table->schema);
    }
    free(table);
  }
  free(real->tables);
  sl_map_release(&real->index);
  *real = (struct sl_real){ 0 };
}

/* A name as the destination compares names. */
static sl_status fold(const struct sl_real *real, const char *name, struct sl_buffer *out,
                      struct sl_error *err) {
  sl_buffer_reset(out);
  sl_buffer_text(out, name);
  if (!out->failed && !real->sql->capabilities->has_case_sensitive_identifiers) {
    for (size_t i = 0; i < out->length; i++) {
      out->data[i] = (char)tolower((unsigned char)out->data[i]);
    }
  }
  return sl_buffer_check(out, err);
}

static sl_status remember_column(const struct sl_real *real, struct sl_real_table *table,
                                 const char *name, int32_t value, struct sl_error *err) {
  struct sl_buffer key = { 0 };
  sl_status rc = fold(real, name, &key, err);
  if (rc == SL_OK) {
    rc = sl_map_set(&table->columns, key.data, key.length, value, err);
  }
  sl_buffer_release(&key);
  return rc;
}

static sl_status look(struct sl_real *real, const char *name, struct sl_real_table *table,
                      struct sl_error *err) {
  struct sl_table_name qualified = { .dataset = real->dataset, .table = name };
  sl_status rc =
      real->destination->ops->describe(real->destination, &qualified, &table->schema, err);
  table->exists = rc == SL_OK && table->schema.release != NULL;
  table->existed = table->exists;
  for (int64_t i = 0; table->exists && rc == SL_OK && i < table->schema.n_children; i++) {
    rc = remember_column(real, table, table->schema.children[i]->name, (int32_t)i, err);
  }
  return rc;
}

const struct sl_real_table *sl_real_known(const struct sl_real *real, const char *table) {
  int32_t at = sl_map_get(&real->index, table, strlen(table));
  return at < 0 ? NULL : real->tables[at];
}

sl_status sl_real_table(struct sl_real *real, const char *name, struct sl_real_table **out,
                        struct sl_error *err) {
  int32_t at = sl_map_get(&real->index, name, strlen(name));
  if (at >= 0) {
    *out = real->tables[at];
    return SL_OK;
  }
  sl_status rc =
      sl_grow(&real->tables, &real->capacity, real->n_tables + 1, sizeof *real->tables, err);
  struct sl_real_table *table = rc == SL_OK ? calloc(1, sizeof *table) : NULL;
  if (rc == SL_OK && table == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for table %s", name);
  }
  if (rc != SL_OK) {
    return rc;
  }
  real->tables[real->n_tables++] = table;
  rc = look(real, name, table, err);
  if (rc == SL_OK) {
    rc = sl_map_set(&real->index, name, strlen(name), (int32_t)real->n_tables - 1, err);
  }
  *out = table;
  return rc;
}

/* ---- types ---- */

static bool parse_decimal(const char *format, int *precision, int *scale) {
  return sscanf(format, "d:%9d,%9d", precision, scale) == 2;
}

/* True when a column of the format `there` holds every value of ours, or the destination finds
 * those that it does not (out of range) and refuses them. */
static bool can_hold(const struct ArrowSchema *there, enum sl_type type, const char *ours) {
  const char *format = there->format;
  int precision;
  int scale;
  int wanted_precision;
  int wanted_scale;
  if (there->dictionary != NULL) {
    return false;
  }
  switch (type) {
    case SL_TYPE_TEXT: return strchr("uU", format[0]) != NULL && !sl_schema_is_json(there);
    case SL_TYPE_JSON: return strchr("uU", format[0]) != NULL;
    case SL_TYPE_BINARY: return strchr("zZ", format[0]) != NULL;
    case SL_TYPE_BIGINT:
      return (format[1] == '\0' && strchr("csilCSIL", format[0]) != NULL) ||
             parse_decimal(format, &precision, &scale);
    case SL_TYPE_TIMESTAMP: /* seconds and milliseconds would be cut off */
      return strncmp(format, "tsu", 3) == 0 || strncmp(format, "tsn", 3) == 0;
    case SL_TYPE_DECIMAL:
    case SL_TYPE_WEI:
      return parse_decimal(format, &precision, &scale) &&
             parse_decimal(ours, &wanted_precision, &wanted_scale) && scale == wanted_scale;
    default: return strcmp(format, ours) == 0;
  }
}

/* "decimal(10,2)": what a user would say to get values that fit the column; "" = nothing does. */
static void name_type(const struct ArrowSchema *there, char out[48]) {
  static const struct {
    const char *formats, *type;
  } types[] = { { "csilCSIL", "bigint" },
                { "uU", "text" },
                { "zZ", "binary" },
                { "g", "double" },
                { "b", "bool" } };
  const char *format = there->format;
  int precision;
  int scale;
  out[0] = '\0';
  if (there->dictionary != NULL) {
    return;
  }
  if (parse_decimal(format, &precision, &scale)) {
    snprintf(out, 48, "decimal(%d,%d)", precision, scale);
  } else if (strcmp(format, "tdD") == 0 || strcmp(format, "ttu") == 0) {
    snprintf(out, 48, "%s", format[1] == 'd' ? "date" : "time");
  } else if (strncmp(format, "tsu", 3) == 0) {
    snprintf(out, 48, "timestamp%s", format[4] == '\0' ? ":naive" : "");
  }
  for (size_t i = 0; format[1] == '\0' && i < sizeof types / sizeof types[0]; i++) {
    if (strchr(types[i].formats, format[0]) != NULL) {
      snprintf(out, 48, "%s", sl_schema_is_json(there) ? "json" : types[i].type);
    }
  }
}

static sl_status check_type(const struct sl_real *real, const struct sl_ddl_step *step,
                            const struct sl_column *column, const struct ArrowSchema *there,
                            struct sl_error *err) {
  const struct sl_capabilities *caps = real->sql->capabilities;
  struct sl_buffer ours = { 0 };
  char format[32];
  char type[48];
  sl_arrow_format(column, caps->decimal_precision, caps->decimal_scale, format);
  if (can_hold(there, column->type, format) ||
      can_hold(there, sl_sql_stored_as(real->sql, column), format)) {
    return SL_OK;
  }
  sl_status rc = sl_sql_type(real->sql, column, &ours, err);
  name_type(there, type);
  if (rc == SL_OK) {
    rc = sl_fail(err, SL_EDEST,
                 "table %s is there already, and its column %s is of another type than the rows "
                 "have (%s). Load under another name (--as) or into "
                 "another dataset, change the column%s%s%s%s",
                 step->table->name, column->name, ours.data,
                 type[0] == '\0' ? "" : ", or say its type: --columns ",
                 type[0] == '\0' ? "" : column->name, type[0] == '\0' ? "" : ":", type);
  }
  sl_buffer_release(&ours);
  return rc;
}

/* ---- steps ---- */

static sl_status add_missing(struct sl_real *real, struct sl_real_table *table,
                             const struct sl_ddl_step *step, bool check, struct sl_statements *out,
                             struct sl_error *err) {
  struct sl_table_name name = { .dataset = real->dataset, .table = step->table->name };
  const struct sl_column **missing = sl_alloc_array(step->n_columns, sizeof *missing);
  struct sl_buffer key = { 0 };
  size_t n = 0;
  sl_status rc = missing == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for columns") : SL_OK;
  for (size_t i = 0; rc == SL_OK && i < step->n_columns; i++) {
    const struct sl_column *column = &step->columns[i];
    rc = fold(real, column->name, &key, err);
    int32_t at = rc == SL_OK ? sl_map_get(&table->columns, key.data, key.length) : -1;
    bool found = table->schema.release != NULL && at >= 0 && at < table->schema.n_children;
    if (rc == SL_OK && at < 0) {
      missing[n++] = column;
      if (table->existed && (column->hints & SL_HINT_ROW_KEY) != 0) {
        table->keyless = column->name;
      }
      rc = remember_column(real, table, column->name, INT32_MAX, err);
    } else if (rc == SL_OK && check && found) {
      rc = check_type(real, step, column, table->schema.children[at], err);
    }
  }
  if (rc == SL_OK && n > 0) {
    rc = sl_sql_add_columns(real->sql, &name, missing, n, out, err);
    rc = rc == SL_OK ? sl_sql_comment(real->sql, &name, NULL, missing, n, out, err) : rc;
    table->added += (int64_t)n;
  }
  free(missing);
  sl_buffer_release(&key);
  return rc;
}

static sl_status keep(struct sl_statements *out, const char *statement, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_buffer_text(&text, statement);
  sl_status rc = sl_statements_add(out, &text, err);
  sl_buffer_release(&text);
  return rc;
}

static sl_status settle_table(struct sl_real *real, const struct sl_ddl_step *step,
                              struct sl_statements *out, struct sl_error *err) {
  struct sl_real_table *table;
  sl_status rc = sl_real_table(real, step->table->name, &table, err);
  if (rc != SL_OK || step->statement == NULL || table->exists) {
    return rc == SL_OK ? add_missing(real, table, step, true, out, err) : rc;
  }
  struct sl_table_name name = { .dataset = real->dataset, .table = step->table->name };
  table->exists = true;
  rc = keep(out, step->statement, err);
  if (rc == SL_OK) {
    rc = sl_sql_comment(real->sql, &name, step->table->description, NULL, 0, out, err);
  }
  for (size_t i = 0; rc == SL_OK && i < step->n_columns; i++) {
    const struct sl_column *column = &step->columns[i];
    rc = remember_column(real, table, column->name, INT32_MAX, err);
    rc = rc == SL_OK ? sl_sql_comment(real->sql, &name, NULL, &column, 1, out, err) : rc;
  }
  return rc;
}

sl_status sl_real_settle(struct sl_real *real, const struct sl_ddl *ddl, struct sl_statements *out,
                         struct sl_statements *staging, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < ddl->count; i++) {
    const struct sl_ddl_step *step = &ddl->steps[i];
    rc = step->table == NULL ? keep(step->staging ? staging : out, step->statement, err)
                             : settle_table(real, step, out, err);
  }
  return rc;
}

sl_status sl_real_update(struct sl_real *real, const struct sl_table *table,
                         struct sl_statements *out, struct sl_error *err) {
  struct sl_real_table *found;
  struct sl_ddl ddl = { 0 };
  sl_status rc = sl_real_table(real, table->name, &found, err);
  if (rc == SL_OK && found->exists) {
    rc = sl_ddl_add(&ddl, table, (const struct sl_column *const *)table->columns, table->n_columns,
                    err);
    if (rc == SL_OK) {
      rc = add_missing(real, found, &ddl.steps[0], false, out, err);
    }
  }
  sl_ddl_release(&ddl);
  return rc;
}
