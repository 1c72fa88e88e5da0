/* writing.c - see writing.h. */
#include "contract/writing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "column/batch.h"
#include "column/read.h"
#include "contract/check_arrow.h"

/* ---- open and close ---- */

static sl_status prepare(struct opened_destination *out, const char *location, const char *folder,
                         const char **rest, struct sl_error *err) {
  const struct place_options *options = &out->place->options;
  out->location = place_expand(location, folder);
  sl_status rc = sl_destination_find(out->location, &out->ops, rest, err);
  if (rc == SL_OK) {
    out->settings = calloc(1, out->ops->settings_bytes + 1);
    rc = sl_options_set_defaults(out->ops->options, out->settings, err);
  }
  for (size_t i = 0; rc == SL_OK && i < PLACE_OPTIONS && options->pairs[i][0] != NULL; i++) {
    rc = sl_options_set(out->ops->options, out->settings, options->pairs[i][0],
                        options->pairs[i][1], err);
  }
  return rc;
}

sl_status destination_open(struct opened_destination *out, const struct destination_place *place,
                           const char *location, const char *folder, bool read_only,
                           struct sl_error *err) {
  const char *rest = NULL;
  *out = (struct opened_destination){ .place = place };
  sl_status rc = prepare(out, location, folder, &rest, err);
  if (rc == SL_OK) {
    char scheme[32];
    sl_location_scheme(out->location, rest, scheme);
    struct sl_destination_config config = { .location = rest,
                                            .scheme = scheme,
                                            .settings = out->settings,
                                            .memory_bytes = INT64_C(256) << 20,
                                            .threads = 2,
                                            .read_only = read_only };
    rc = out->ops->open(&out->d, &config, err);
  }
  if (rc != SL_OK) {
    destination_close(out);
    return rc;
  }
  return sl_sql_context_of(&out->sql, out->d, err);
}

void destination_close(struct opened_destination *opened) {
  if (opened->d != NULL) {
    opened->ops->close(opened->d);
  }
  free(opened->settings);
  free(opened->location);
  *opened = (struct opened_destination){ 0 };
}

sl_status destination_create(struct opened_destination *o, const struct sl_table_name *name,
                             const struct sl_table *table, struct sl_error *err) {
  struct sl_statements statements = { 0 };
  sl_status rc = SL_OK;
  if (!name->temporary) {
    rc = sl_sql_create_dataset(&o->sql, name->dataset, &statements, err);
  }
  if (rc == SL_OK) {
    rc = sl_sql_create_table(&o->sql, name, table, SIZE_MAX, &statements, err);
  }
  for (size_t i = 0; rc == SL_OK && i < statements.count; i++) {
    rc = o->ops->execute(o->d, statements.items[i], NULL, err);
  }
  sl_statements_release(&statements);
  return rc;
}

/* ---- answers ---- */

void answer_release(struct answer *answer) {
  for (size_t i = 0; i < answer->n_batches; i++) {
    answer->batches[i].release(&answer->batches[i]);
  }
  free(answer->batches);
  if (answer->schema.release != NULL) {
    answer->schema.release(&answer->schema);
  }
  *answer = (struct answer){ 0 };
}

static sl_status add_batch(struct answer *out, struct ArrowArray *batch, struct sl_error *err) {
  struct sl_buffer problem = { 0 };
  struct ArrowArray *grown = realloc(out->batches, (out->n_batches + 1) * sizeof *out->batches);
  if (grown == NULL) {
    abort();
  }
  check_arrow(&out->schema, batch, &problem);
  out->batches = grown;
  out->batches[out->n_batches++] = *batch;
  out->rows += batch->length;
  sl_status rc =
      problem.length > 0 ? sl_fail(err, SL_EINTERNAL, "the answer: %s", problem.data) : SL_OK;
  sl_buffer_release(&problem);
  return rc;
}

sl_status destination_ask(struct opened_destination *o, const char *sql, struct answer *out,
                          struct sl_error *err) {
  struct ArrowArrayStream stream = { 0 };
  *out = (struct answer){ 0 };
  sl_status rc = o->ops->query(o->d, sql, &stream, err);
  if (rc != SL_OK) {
    return rc;
  }
  if (stream.get_schema(&stream, &out->schema) != 0) {
    rc = sl_fail(err, SL_EDEST, "%s", stream.get_last_error(&stream));
  }
  while (rc == SL_OK) {
    struct ArrowArray batch = { 0 };
    if (stream.get_next(&stream, &batch) != 0) {
      rc = sl_fail(err, SL_EDEST, "%s", stream.get_last_error(&stream));
    } else if (batch.release == NULL) {
      break;
    } else {
      rc = add_batch(out, &batch, err);
    }
  }
  stream.release(&stream);
  return rc;
}

/* The batch that holds a row of the whole answer; *row becomes its row in there. */
static const struct ArrowArray *batch_of(const struct answer *answer, int64_t *row) {
  for (size_t i = 0; i < answer->n_batches; i++) {
    if (*row < answer->batches[i].length) {
      return &answer->batches[i];
    }
    *row -= answer->batches[i].length;
  }
  return NULL;
}

int64_t destination_count(struct opened_destination *o, const struct sl_table_name *name,
                          struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  struct answer answer;
  int64_t count = -1;
  sl_buffer_text(&sql, "SELECT count(*) FROM ");
  sl_sql_table(&o->sql, name, &sql);
  if (destination_ask(o, sql.data, &answer, err) == SL_OK && answer.rows == 1) {
    int64_t row = 0;
    const struct ArrowArray *batch = batch_of(&answer, &row);
    count = sl_array_read(answer.schema.children[0], batch->children[0], row).as.integer;
  }
  answer_release(&answer);
  sl_buffer_release(&sql);
  return count;
}

char *select_all(const struct opened_destination *o, const struct sl_table *table) {
  struct sl_buffer sql = { 0 };
  struct sl_table_name name = writing_name(table);
  for (size_t i = 0; i < table->n_columns; i++) {
    sl_buffer_text(&sql, i == 0 ? "SELECT " : ", ");
    sl_sql_identifier(&o->sql, table->columns[i]->name, &sql);
  }
  sl_buffer_text(&sql, " FROM ");
  sl_sql_table(&o->sql, &name, &sql);
  sl_buffer_text(&sql, " ORDER BY ");
  sl_sql_identifier(&o->sql, "id", &sql);
  return sl_buffer_take(&sql);
}

/* ---- comparing ---- */

static bool same_decimal(struct sl_decimal a, struct sl_decimal b) {
  return (a.scale == b.scale || sl_decimal_rescale(&a, b.scale)) && a.coefficient == b.coefficient;
}

/* Equal, however the database spells the type: BOOL may come back as 0 and 1, an integer as a
 * decimal. */
static bool same_value(const struct sl_read_value *want, const struct sl_read_value *got,
                       bool zones) {
  if (want->kind == SL_READ_BOOL && got->kind == SL_READ_INT64) {
    return got->as.integer == want->as.boolean;
  }
  if (want->kind == SL_READ_INT64 && got->kind == SL_READ_DECIMAL) {
    return same_decimal(got->as.decimal, (struct sl_decimal){ want->as.integer, 0 });
  }
  if (want->kind == SL_READ_DECIMAL && got->kind == SL_READ_TEXT) { /* described as text, too */
    struct sl_decimal printed;
    return sl_decimal_parse(got->as.text, &printed) && same_decimal(want->as.decimal, printed);
  }
  if (want->kind != got->kind) {
    return false;
  }
  switch (want->kind) {
    case SL_READ_NULL: return true;
    case SL_READ_BOOL: return want->as.boolean == got->as.boolean;
    case SL_READ_DOUBLE: /* bit for bit, all NaN being one */
      return memcmp(&want->as.real, &got->as.real, sizeof(double)) == 0 ||
             (want->as.real != want->as.real && got->as.real != got->as.real);
    case SL_READ_TEXT:
    case SL_READ_BINARY: return sl_text_equal(want->as.text, got->as.text);
    case SL_READ_DECIMAL: return same_decimal(want->as.decimal, got->as.decimal);
    case SL_READ_TIMESTAMP:
      return want->as.integer == got->as.integer &&
             (want->zoned == got->zoned || (!zones && want->zoned));
    default: return want->as.integer == got->as.integer;
  }
}

/* A database may print a document its own way: other blanks, members in another order. */
static bool same_json(const struct sl_read_value *want, const struct sl_read_value *got) {
  if (want->kind != SL_READ_TEXT || got->kind != SL_READ_TEXT) {
    return same_value(want, got, true);
  }
  yyjson_doc *a = yyjson_read(want->as.text.data, want->as.text.length, 0);
  yyjson_doc *b = yyjson_read(got->as.text.data, got->as.text.length, 0);
  bool same =
      a != NULL && b != NULL && yyjson_equals(yyjson_doc_get_root(a), yyjson_doc_get_root(b));
  yyjson_doc_free(a);
  yyjson_doc_free(b);
  return same;
}

static char *describe_difference(const struct sl_column *column, int64_t row,
                                 const struct ArrowSchema *want_schema,
                                 const struct ArrowArray *want,
                                 const struct ArrowSchema *got_schema, const struct ArrowArray *got,
                                 int64_t want_row, int64_t got_row) {
  struct sl_buffer text = { 0 };
  sl_buffer_printf(&text, "row %lld, column %s: wrote %s ", (long long)row, column->name,
                   want_schema == NULL ? "NULL" : want_schema->format);
  if (want_schema != NULL) {
    sl_array_print_json(want_schema, want, want_row, &text);
  }
  sl_buffer_printf(&text, ", read %s ", got_schema->format);
  sl_array_print_json(got_schema, got, got_row, &text);
  return sl_buffer_take(&text);
}

char *answer_differs(const struct answer *got, int64_t at, const struct written *want,
                     uint64_t without, bool zones) {
  for (int64_t row = 0; row < want->rows; row++) {
    int64_t inside = at + row;
    const struct ArrowArray *batch = batch_of(got, &inside);
    if (batch == NULL) {
      return strdup("rows are missing");
    }
    for (size_t c = 0; c < want->table->n_columns; c++) {
      const struct ArrowSchema *got_schema = got->schema.children[c];
      struct sl_read_value stored =
          sl_array_read(got_schema, batch->children[c], inside + batch->offset);
      bool absent = (without >> c & 1) != 0;
      struct sl_read_value wrote = { .kind = SL_READ_NULL };
      if (!absent) {
        wrote = sl_array_read(want->schema.children[c], &want->columns[c], row);
      }
      bool json = want->table->columns[c]->type == SL_TYPE_JSON;
      if (!(json ? same_json(&wrote, &stored) : same_value(&wrote, &stored, zones))) {
        return describe_difference(want->table->columns[c], at + row,
                                   absent ? NULL : want->schema.children[c], &want->columns[c],
                                   got_schema, batch->children[c], row, inside);
      }
    }
  }
  return NULL;
}
