/* tables.c - the tables of a load: their columns, and the file that each is written to. */
#include <stdio.h>
#include <stdlib.h>

#include <sluice/builder.h>

#include "files_internal.h"

static struct files_table *find(const struct files_destination *d, const char *name) {
  for (size_t i = 0; i < d->n_tables; i++) {
    if (strcmp(d->tables[i]->name, name) == 0) {
      return d->tables[i];
    }
  }
  return NULL;
}

static sl_status add_table(struct files_destination *d, const char *name, struct files_table **out,
                           struct sl_error *err) {
  sl_status rc = sl_grow(&d->tables, &d->tables_capacity, d->n_tables + 1, sizeof *d->tables, err);
  struct files_table *table = rc == SL_OK ? calloc(1, sizeof *table) : NULL;
  if (rc == SL_OK && (table == NULL || (table->name = strdup(name)) == NULL)) {
    free(table);
    return sl_fail(err, SL_ENOMEM, "out of memory for table %s", name);
  }
  if (rc == SL_OK) {
    d->tables[d->n_tables++] = table;
    *out = table;
  }
  return rc;
}

static bool same_columns(const struct ArrowSchema *a, const struct ArrowSchema *b) {
  bool same = a->release != NULL && a->n_children == b->n_children;
  for (int64_t i = 0; same && i < a->n_children; i++) {
    same = strcmp(a->children[i]->name, b->children[i]->name) == 0 &&
           strcmp(a->children[i]->format, b->children[i]->format) == 0;
  }
  return same;
}

static sl_status copy_columns(const struct ArrowSchema *from, struct ArrowSchema *out,
                              struct sl_error *err) {
  size_t n = (size_t)from->n_children;
  struct sl_field *fields = sl_alloc_array(n, sizeof *fields);
  if (fields == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", n);
  }
  for (size_t i = 0; i < n; i++) {
    const struct ArrowSchema *c = from->children[i];
    fields[i] = (struct sl_field){ .name = c->name, .format = c->format, .nullable = true };
  }
  sl_status rc = sl_schema_struct(out, fields, n, err);
  free(fields);
  return rc;
}

sl_status files_add_file(struct files_destination *d, const char *table, const char *key,
                         const char *token, int64_t rows, struct sl_error *err) {
  sl_status rc = sl_grow(&d->files, &d->files_capacity, d->n_files + 1, sizeof *d->files, err);
  if (rc == SL_OK) {
    struct files_file file = {
      .table = strdup(table), .key = strdup(key), .token = strdup(token), .rows = rows
    };
    d->files[d->n_files++] = file;
    if (file.table == NULL || file.key == NULL || file.token == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for a file of table %s", table);
    }
  }
  return rc;
}

/* The file of a table is whole: closed, and staged at the place. */
static sl_status end_file(struct files_destination *d, struct files_table *t,
                          struct sl_error *err) {
  struct files_layout layout = d->layout;
  struct files_path path = { .schema = d->schema,
                             .table = t->name,
                             .load_id = d->load_id,
                             .file_id = t->file_id,
                             .ext = files_extension(&d->kind),
                             .started_micros = d->started_micros,
                             .now_micros = d->now_micros != 0 ? d->now_micros : d->started_micros };
  struct sl_buffer key = { 0 };
  struct sl_buffer token = { 0 };
  if (t->writer == NULL) {
    return SL_OK;
  }
  sl_status rc = files_writer_close(t->writer, err);
  t->writer = NULL;
  if (rc == SL_OK) {
    rc = files_layout_path(&layout, &path, &key, err);
  }
  if (rc == SL_OK) {
    rc = d->place->ops->stage(d->place, t->path, key.data, &token, err);
  }
  if (rc == SL_OK) {
    rc = files_add_file(d, t->name, key.data, token.data, t->rows, err);
  }
  t->rows = 0;
  sl_buffer_release(&key);
  sl_buffer_release(&token);
  return rc;
}

static sl_status begin_file(struct files_destination *d, struct files_table *t,
                            struct sl_error *err) {
  struct sl_buffer path = { 0 };
  char id[24];
  snprintf(id, sizeof id, "%s%04x", d->file_prefix, d->n_ids++);
  sl_status rc = files_keep(&t->file_id, id, err);
  if (rc == SL_OK) {
    rc = d->place->ops->scratch(d->place, id, &path, err);
  }
  if (rc == SL_OK) {
    rc = files_keep(&t->path, path.data, err);
  }
  if (rc == SL_OK) {
    rc = files_writer_open(&t->writer, &d->kind, t->path, &t->columns, t->name, err);
  }
  sl_buffer_release(&path);
  return rc;
}

sl_status files_define(struct sl_destination *base, const struct sl_store_table *table,
                       struct sl_error *err) {
  struct files_destination *d = (struct files_destination *)base;
  struct files_table *t = find(d, table->name);
  struct ArrowSchema columns = { 0 };
  sl_status rc = t == NULL ? add_table(d, table->name, &t, err) : SL_OK;
  if (rc != SL_OK || same_columns(&t->columns, table->columns)) {
    return rc;
  }
  rc = end_file(d, t, err); /* it has the columns of before */
  if (rc == SL_OK) {
    rc = copy_columns(table->columns, &columns, err);
  }
  if (rc == SL_OK) {
    if (t->columns.release != NULL) {
      t->columns.release(&t->columns);
    }
    t->columns = columns;
  }
  return rc;
}

sl_status files_append(struct sl_destination *base, const struct sl_table_name *name,
                       const struct ArrowSchema *schema, struct ArrowArray *array,
                       struct sl_error *err) {
  struct files_destination *d = (struct files_destination *)base;
  struct files_table *t = find(d, name->table);
  int64_t rows = array->length;
  if (t == NULL) {
    return sl_fail(err, SL_ENOTFOUND, "there is no table %s", name->table);
  }
  if (rows == 0) {
    array->release(array);
    return SL_OK;
  }
  sl_status rc = t->writer == NULL ? begin_file(d, t, err) : SL_OK;
  if (rc == SL_OK) {
    rc = files_writer_write(t->writer, schema, array, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  t->rows += rows;
  bool full = (d->settings.file_rows > 0 && t->rows >= d->settings.file_rows) ||
              (d->settings.file_size > 0 && files_writer_bytes(t->writer) >= d->settings.file_size);
  return full ? end_file(d, t, err) : SL_OK;
}

sl_status files_flush(struct sl_destination *base, struct sl_error *err) {
  struct files_destination *d = (struct files_destination *)base;
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < d->n_tables; i++) {
    rc = end_file(d, d->tables[i], err);
  }
  return rc;
}

void files_tables_release(struct files_destination *d) {
  for (size_t i = 0; i < d->n_tables; i++) {
    struct files_table *t = d->tables[i];
    files_writer_abandon(t->writer);
    if (t->columns.release != NULL) {
      t->columns.release(&t->columns);
    }
    free(t->name);
    free(t->path);
    free(t->file_id);
    free(t);
  }
  free(d->tables);
  d->tables = NULL;
  d->n_tables = d->tables_capacity = 0;
}
