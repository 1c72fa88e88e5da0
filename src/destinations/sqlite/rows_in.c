/* rows_in.c - a batch into a table: one prepared INSERT, its parameters bound from Arrow's buffers.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "column/read.h"
#include "sqlite_internal.h"

enum { GROUP_ROWS = 16, GROUPS_WORTH_IT = 4, MOST_PARAMETERS = 32766 };

struct appending {
  struct sqlite_destination *d;
  const struct sl_table_name *name;
  const struct ArrowSchema *schema;
  const struct ArrowArray *array;
  struct sqlite_writer *writers; /* `group` times one for each column of the batch */
  int64_t group;                 /* rows of a statement */
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

/* The other rows of a group have the same columns, and parameters of their own. */
static void repeat_writers(struct appending *a) {
  int64_t n = a->schema->n_children;
  for (int64_t i = n; i < a->group * n; i++) {
    a->writers[i] = a->writers[i % n];
    a->writers[i].parameter = (int)i + 1;
  }
}

static sl_status prepare_insert(struct appending *a, int64_t rows, sqlite3_stmt **out,
                                struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_text(&sql, "INSERT INTO ");
  sl_sql_table(&a->d->sql, a->name, &sql);
  sl_buffer_text(&sql, " (");
  write_columns(a, &sql);
  sl_buffer_text(&sql, ") VALUES ");
  for (int64_t row = 0; row < rows; row++) {
    sl_buffer_text(&sql, row == 0 ? "(" : ", (");
    for (int64_t i = 0; i < a->schema->n_children; i++) {
      sl_buffer_text(&sql, i == 0 ? "?" : ", ?");
    }
    sl_buffer_char(&sql, ')');
  }
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_dest_prepare(a->d, sql.data, a->doing, out, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

static sl_status bind_row(struct appending *a, sqlite3_stmt *insert, struct sqlite_writer *writers,
                          int64_t row, struct sl_error *err) {
  for (int64_t i = 0; i < a->schema->n_children; i++) {
    struct sqlite_writer *w = &writers[i];
    int code = sl_array_is_null(w->array, row) ? SL_SQLITE(bind_null)(insert, w->parameter)
                                               : w->bind(w, insert, row);
    if (__builtin_expect(code != SQLITE_OK, 0)) {
      return code == SQLITE_WRITER_REFUSES ? sqlite_writer_refuse(w, row, a->name->table, err)
                                           : sqlite_dest_fail(a->d, code, a->doing, err);
    }
  }
  return SL_OK;
}

/* Rows [*row, to) in statements of `rows` rows, as far as they fill them; advances *row. */
static sl_status write_rows(struct appending *a, int64_t rows, int64_t *row, int64_t to,
                            struct sl_error *err) {
  sqlite3_stmt *insert = NULL;
  sl_status rc = *row + rows <= to ? prepare_insert(a, rows, &insert, err) : SL_OK;
  while (rc == SL_OK && *row + rows <= to) {
    for (int64_t i = 0; rc == SL_OK && i < rows; i++) {
      rc = bind_row(a, insert, a->writers + i * a->schema->n_children, (*row)++, err);
    }
    int code = rc == SL_OK ? SL_SQLITE(step)(insert) : SQLITE_DONE;
    if (code != SQLITE_DONE) {
      rc = sqlite_dest_fail(a->d, code, a->doing, err);
    }
    SL_SQLITE(reset)(insert);
  }
  SL_SQLITE(finalize)(insert);
  return rc;
}

static sl_status write_batch(struct appending *a, struct sl_error *err) {
  int64_t n = a->schema->n_children > 0 ? a->schema->n_children : 1;
  int64_t row = a->array->offset;
  int64_t to = row + a->array->length;
  bool many = a->array->length >= GROUPS_WORTH_IT * GROUP_ROWS && n * GROUP_ROWS <= MOST_PARAMETERS;
  a->group = many ? GROUP_ROWS : 1;
  a->writers = sl_calloc_array((size_t)(n * a->group), sizeof *a->writers);
  sl_status rc = a->writers == NULL ? sl_fail(err, SL_ENOMEM, "out of memory %s", a->doing)
                                    : match_columns(a, err);
  if (rc == SL_OK) {
    repeat_writers(a);
    rc = write_rows(a, a->group, &row, to, err);
  }
  return rc == SL_OK ? write_rows(a, 1, &row, to, err) : rc;
}

sl_status sqlite_dest_append(struct sl_destination *base, const struct sl_table_name *name,
                             const struct ArrowSchema *schema, struct ArrowArray *array,
                             struct sl_error *err) {
  struct appending a = {
    .d = (struct sqlite_destination *)base, .name = name, .schema = schema, .array = array
  };
  bool found = true;
  snprintf(a.doing, sizeof a.doing, "writing table %.120s", name->table);
  sl_status rc = name->temporary ? SL_OK : sqlite_dataset_use(a.d, name->dataset, &found, err);
  if (rc == SL_OK && array->length > 0) {
    rc = write_batch(&a, err);
  }
  free(a.writers);
  if (rc == SL_OK) {
    array->release(array);
  }
  return rc;
}
