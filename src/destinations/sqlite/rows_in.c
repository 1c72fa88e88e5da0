/* rows_in.c - a batch into a table: one prepared INSERT, its parameters bound from Arrow's buffers.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "column/read.h"
#include "sqlite_internal.h"

struct appending {
  struct sqlite_destination *d;
  const struct sl_table_name *name;
  const struct ArrowSchema *schema;
  const struct ArrowArray *array;
  struct sqlite_writer *writers; /* one for each column of the batch */
  sqlite3_stmt *insert;
  char doing[160];
};

static void write_columns(const struct appending *a, struct sl_buffer *sql) {
  for (int64_t i = 0; i < a->schema->n_children; i++) {
    sl_buffer_text(sql, i == 0 ? "" : ", ");
    sl_sql_identifier(&a->d->sql, a->schema->children[i]->name, sql);
  }
}

/* The declared types of the columns, by a query that is not run. */
static sl_status match_columns(struct appending *a, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sqlite3_stmt *statement = NULL;
  sl_buffer_text(&sql, "SELECT ");
  write_columns(a, &sql);
  sl_buffer_text(&sql, " FROM ");
  sl_sql_table(&a->d->sql, a->name, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_dest_prepare(a->d, sql.data, a->doing, &statement, err);
  }
  for (int i = 0; rc == SL_OK && i < (int)a->schema->n_children; i++) {
    struct sqlite_writer *w = &a->writers[i];
    const struct ArrowSchema *column = a->schema->children[i];
    const char *declared = SL_SQLITE(column_decltype)(statement, i);
    *w = (struct sqlite_writer){ .array = a->array->children[i],
                                 .name = column->name,
                                 .parameter = i + 1 };
    if (!sqlite_writer_init(w, declared, column->format)) {
      rc = sl_fail(err, SL_EDEST,
                   "column %s of table %s is declared as '%s', and values of the kind '%s' would "
                   "not stay the same in it; was it altered by hand?",
                   column->name, a->name->table, declared == NULL ? "" : declared, column->format);
    }
  }
  SL_SQLITE(finalize)(statement);
  sl_buffer_release(&sql);
  return rc;
}

static sl_status prepare_insert(struct appending *a, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_text(&sql, "INSERT INTO ");
  sl_sql_table(&a->d->sql, a->name, &sql);
  sl_buffer_text(&sql, " (");
  write_columns(a, &sql);
  sl_buffer_text(&sql, ") VALUES (");
  for (int64_t i = 0; i < a->schema->n_children; i++) {
    sl_buffer_text(&sql, i == 0 ? "?" : ", ?");
  }
  sl_buffer_char(&sql, ')');
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_dest_prepare(a->d, sql.data, a->doing, &a->insert, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

static sl_status write_row(struct appending *a, int64_t row, struct sl_error *err) {
  int code = SQLITE_OK;
  for (int64_t i = 0; i < a->schema->n_children; i++) {
    struct sqlite_writer *w = &a->writers[i];
    code = sl_array_is_null(w->array, row) ? SL_SQLITE(bind_null)(a->insert, w->parameter)
                                           : w->bind(w, a->insert, row);
    if (__builtin_expect(code != SQLITE_OK, 0)) {
      return code == SQLITE_WRITER_REFUSES ? sqlite_writer_refuse(w, row, a->name->table, err)
                                           : sqlite_dest_fail(a->d, code, a->doing, err);
    }
  }
  code = SL_SQLITE(step)(a->insert);
  if (code != SQLITE_DONE) {
    return sqlite_dest_fail(a->d, code, a->doing, err);
  }
  SL_SQLITE(reset)(a->insert);
  return SL_OK;
}

sl_status sqlite_dest_append(struct sl_destination *base, const struct sl_table_name *name,
                             const struct ArrowSchema *schema, struct ArrowArray *array,
                             struct sl_error *err) {
  struct appending a = {
    .d = (struct sqlite_destination *)base, .name = name, .schema = schema, .array = array
  };
  bool found = true;
  snprintf(a.doing, sizeof a.doing, "writing table %.120s", name->table);
  a.writers = sl_calloc_array((size_t)schema->n_children + 1, sizeof *a.writers);
  sl_status rc = a.writers == NULL ? sl_fail(err, SL_ENOMEM, "out of memory %s", a.doing) : SL_OK;
  if (rc == SL_OK && !name->temporary) {
    rc = sqlite_dataset_use(a.d, name->dataset, &found, err);
  }
  if (rc == SL_OK && array->length > 0) {
    rc = match_columns(&a, err);
  }
  if (rc == SL_OK && array->length > 0) {
    rc = prepare_insert(&a, err);
  }
  for (int64_t row = 0; rc == SL_OK && row < array->length; row++) {
    rc = write_row(&a, row + array->offset, err);
  }
  SL_SQLITE(finalize)(a.insert);
  free(a.writers);
  if (rc == SL_OK) {
    array->release(array);
  }
  return rc;
}
