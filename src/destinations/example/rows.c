/* rows.c - Arrow batches into INSERT statements, and stored columns back into Arrow formats: the
 * two places where the types of Arrow and those of the database meet. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "column/batch.h"
#include "column/read.h"
#include "example_internal.h"

/* ---- append ---- */

static void write_value(struct example_destination *d, const struct ArrowSchema *schema,
                        const struct ArrowArray *array, int64_t row, struct sl_buffer *out) {
  struct sl_read_value v = sl_array_read(schema, array, row);
  struct sl_value value = { .type = SL_TYPE_NONE }; /* NULL */
  switch (v.kind) {
    case SL_READ_BOOL: value = (struct sl_value){ SL_TYPE_BOOL, .as.boolean = v.as.boolean }; break;
    case SL_READ_INT64:
      value = (struct sl_value){ SL_TYPE_BIGINT, .as.integer = v.as.integer };
      break;
    case SL_READ_DOUBLE: value = (struct sl_value){ SL_TYPE_DOUBLE, .as.real = v.as.real }; break;
    case SL_READ_TEXT: value = (struct sl_value){ SL_TYPE_TEXT, .as.text = v.as.text }; break;
    case SL_READ_BINARY: value = (struct sl_value){ SL_TYPE_BINARY, .as.text = v.as.text }; break;
    case SL_READ_DECIMAL:
      value = (struct sl_value){ SL_TYPE_DECIMAL, .as.decimal = v.as.decimal };
      break;
    case SL_READ_DATE: value = (struct sl_value){ SL_TYPE_DATE, .as.integer = v.as.integer }; break;
    case SL_READ_TIME: value = (struct sl_value){ SL_TYPE_TIME, .as.integer = v.as.integer }; break;
    case SL_READ_TIMESTAMP:
      value = (struct sl_value){ SL_TYPE_TIMESTAMP, .as.integer = v.as.integer };
      break;
    default: break; /* the normalizer hands out no other kinds */
  }
  sl_sql_literal(&d->sql, &value, out);
}

static void write_row(struct example_destination *d, const struct ArrowSchema *schema,
                      const struct ArrowArray *array, int64_t row, struct sl_buffer *out) {
  for (int64_t c = 0; c < schema->n_children; c++) {
    sl_buffer_char(out, c == 0 ? '(' : ',');
    write_value(d, schema->children[c], array->children[c], row + array->offset, out);
  }
  sl_buffer_char(out, ')');
}

/* Columns are matched by name: those of the batch are listed, the database makes the others NULL
 * and refuses the ones it does not have. */
static void write_head(struct example_destination *d, const struct sl_table_name *name,
                       const struct ArrowSchema *schema, struct sl_buffer *out) {
  sl_buffer_reset(out);
  sl_buffer_text(out, "INSERT INTO ");
  sl_sql_table(&d->sql, name, out);
  for (int64_t c = 0; c < schema->n_children; c++) {
    sl_buffer_text(out, c == 0 ? " (" : ", ");
    sl_sql_identifier(&d->sql, schema->children[c]->name, out);
  }
  sl_buffer_text(out, ") VALUES ");
}

sl_status example_append(struct sl_destination *base, const struct sl_table_name *name,
                         const struct ArrowSchema *schema, struct ArrowArray *array,
                         struct sl_error *err) {
  struct example_destination *d = (struct example_destination *)base;
  /* Half of the longest query: the row that crosses the line still fits. */
  size_t most = (size_t)d->base.ops->capabilities.max_query_length / 2;
  struct sl_buffer sql = { 0 };
  sl_status rc = SL_OK;
  for (int64_t row = 0; rc == SL_OK && row < array->length;) {
    write_head(d, name, schema, &sql);
    int64_t first = row;
    while (row < array->length && row - first < d->settings.insert_rows && sql.length < most) {
      sl_buffer_text(&sql, row == first ? "" : ",");
      write_row(d, schema, array, row++, &sql);
    }
    rc = sl_buffer_check(&sql, err);
    if (rc == SL_OK) {
      rc = example_run(d, sql.data, NULL, err);
    }
  }
  sl_buffer_release(&sql);
  if (rc == SL_OK) { /* moved: it is ours, and not needed any more */
    array->release(array);
  } else {
    sl_error_add_context(err, "writing rows of %s", name->table);
  }
  return rc;
}

/* ---- describe ---- */

/* "DECIMAL(18,4)" -> "d:18,4". Types that Sluice never creates are shown as text: rows for them are
 * refused by the database, in words of its own. */
static void format_of(const char *type, char out[32]) {
  static const char *const plain[][2] = {
    { "BIGINT", "l" },       { "INTEGER", "i" },      { "SMALLINT", "s" },
    { "TINYINT", "c" },      { "DOUBLE", "g" },       { "BOOLEAN", "b" },
    { "BLOB", "z" },         { "DATE", "tdD" },       { "TIME", "ttu" },
    { "TIMESTAMP", "tsu:" }, { "HUGEINT", "d:38,0" }, { "TIMESTAMP WITH TIME ZONE", "tsu:UTC" },
  };
  snprintf(out, 32, "u");
  if (strncasecmp(type, "DECIMAL(", 8) == 0) {
    snprintf(out, 32, "d:%.*s", (int)strcspn(type + 8, ")"), type + 8);
  }
  for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
    if (strcasecmp(type, plain[i][0]) == 0) {
      snprintf(out, 32, "%s", plain[i][1]);
    }
  }
}

struct stored_columns { /* what the database says of a table */
  struct sl_arena texts;
  struct sl_field *fields;
  size_t count, capacity;
  uint64_t *json; /* one for each field: 1 = JSON */
  size_t json_capacity;
};

/* One row of information_schema.columns: name, type, 'YES' or 'NO'. */
static sl_status add_column(struct stored_columns *s, const struct ArrowSchema *schema,
                            const struct ArrowArray *array, int64_t row, struct sl_error *err) {
  struct sl_text texts[3];
  char format[32];
  for (int i = 0; i < 3; i++) {
    texts[i] = sl_array_read(schema->children[i], array->children[i], row).as.text;
  }
  const char *name = sl_arena_copy(&s->texts, texts[0].data, texts[0].length);
  const char *type = sl_arena_copy(&s->texts, texts[1].data, texts[1].length);
  if (name == NULL || type == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for columns");
  }
  format_of(type, format);
  const char *kept = sl_arena_copy(&s->texts, format, strlen(format));
  sl_status rc = sl_grow(&s->fields, &s->capacity, s->count + 1, sizeof *s->fields, err);
  if (rc == SL_OK) {
    rc = sl_grow(&s->json, &s->json_capacity, s->count + 1, sizeof *s->json, err);
  }
  if (rc == SL_OK && kept == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for columns");
  }
  if (rc == SL_OK) {
    s->json[s->count] = strcasecmp(type, "JSON") == 0;
    s->fields[s->count++] =
        (struct sl_field){ name, kept, sl_text_equal(texts[2], SL_TEXT_LITERAL("YES")) };
  }
  return rc;
}

static sl_status read_columns(struct example_destination *d, const char *sql,
                              struct stored_columns *s, struct sl_error *err) {
  struct ArrowArrayStream stream = { 0 };
  struct ArrowSchema schema = { 0 };
  sl_status rc = sl_duckdb_query(d->connection, sql, &stream, err);
  if (rc != SL_OK) {
    return rc;
  }
  bool good = stream.get_schema(&stream, &schema) == 0;
  while (good && rc == SL_OK) {
    struct ArrowArray array = { 0 };
    good = stream.get_next(&stream, &array) == 0;
    if (!good || array.release == NULL) { /* a failure, or the end */
      break;
    }
    for (int64_t row = 0; rc == SL_OK && row < array.length; row++) {
      rc = add_column(s, &schema, &array, row, err);
    }
    array.release(&array);
  }
  if (!good) {
    rc = sl_fail(err, SL_EDEST, "%s", stream.get_last_error(&stream));
  }
  if (schema.release != NULL) {
    schema.release(&schema);
  }
  stream.release(&stream);
  return rc;
}

static void write_lookup(struct example_destination *d, const struct sl_table_name *name,
                         struct sl_buffer *sql) {
  const char *where[][2] = { { "table_catalog", name->temporary ? "temp" : d->catalog },
                             { "table_schema", name->temporary ? "main" : name->dataset },
                             { "table_name", name->table } };
  sl_buffer_text(sql, "SELECT column_name, data_type, is_nullable FROM information_schema.columns");
  for (size_t i = 0; i < sizeof where / sizeof where[0]; i++) {
    sl_buffer_printf(sql, "%s lower(%s) = lower(", i == 0 ? " WHERE" : " AND", where[i][0]);
    sl_sql_text_literal(&d->sql, where[i][1], strlen(where[i][1]), sql);
    sl_buffer_char(sql, ')');
  }
  sl_buffer_text(sql, " ORDER BY ordinal_position");
}

/* No such table is no error: out->release stays NULL. */
sl_status example_describe(struct sl_destination *base, const struct sl_table_name *name,
                           struct ArrowSchema *out, struct sl_error *err) {
  struct example_destination *d = (struct example_destination *)base;
  struct stored_columns stored = { 0 };
  struct sl_buffer sql = { 0 };
  *out = (struct ArrowSchema){ 0 };
  write_lookup(d, name, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = read_columns(d, sql.data, &stored, err);
  }
  if (rc == SL_OK && stored.count > 0) {
    rc = sl_schema_struct(out, stored.fields, stored.count, err);
  }
  for (size_t i = 0; rc == SL_OK && i < stored.count; i++) {
    if (stored.json[i] != 0) {
      sl_schema_mark_json(out->children[i]);
    }
  }
  sl_buffer_release(&sql);
  free(stored.fields);
  free(stored.json);
  sl_arena_release(&stored.texts);
  return rc;
}
