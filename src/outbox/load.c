/* load.c - a load in the outbox: its tables, its rows while they are written, how it becomes ready.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sluice/builder.h>

#include "base/files.h"
#include "base/memory.h"
#include "column/batch.h"
#include "outbox/outbox_internal.h"

sl_status sl_outbox_no_memory(struct sl_error *err) {
  return sl_fail(err, SL_ENOMEM, "out of memory for the outbox");
}

char *sl_outbox_path(const char *folder, const char *name, const char *more) {
  struct sl_buffer path = { 0 };
  sl_buffer_printf(&path, "%s/%s%s", folder, name, more);
  return sl_buffer_take(&path);
}

char *sl_outbox_rows_path(const struct sl_outbox_load *load, size_t table) {
  char name[32];
  snprintf(name, sizeof name, "%zu.rows", table);
  return sl_outbox_path(load->folder, name, "");
}

sl_status sl_outbox_sync_folder(const char *folder, struct sl_error *err) {
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  sl_status rc = SL_OK;
  if (fd < 0 || fsync(fd) != 0) {
    rc = sl_fail_errno(err, errno, "cannot write the folder %s", folder);
  }
  if (fd >= 0) {
    close(fd);
  }
  return rc;
}

sl_status sl_outbox_load_make(struct sl_outbox_load **out, char *folder, struct sl_error *err) {
  *out = folder == NULL ? NULL : sl_calloc_array(1, sizeof **out);
  if (*out == NULL) {
    free(folder);
    return sl_outbox_no_memory(err);
  }
  (*out)->folder = folder;
  (*out)->progress_fd = -1;
  pthread_mutex_init(&(*out)->lock, NULL);
  return SL_OK;
}

sl_status sl_outbox_load_new(struct sl_outbox_load **out, const char *folder,
                             const struct sl_store_load *load, struct sl_error *err) {
  sl_status rc =
      sl_outbox_load_make(out, sl_outbox_path(folder, SL_OUTBOX_NEW, load->load_id), err);
  if (rc != SL_OK) {
    return rc;
  }
  struct sl_outbox_load *made = *out;
  made->load_id = strdup(load->load_id);
  made->pipeline = strdup(load->pipeline);
  made->dataset = strdup(load->dataset);
  rc = made->load_id == NULL || made->pipeline == NULL || made->dataset == NULL
           ? sl_outbox_no_memory(err)
           : sl_folder_make(made->folder, err);
  if (rc != SL_OK) {
    sl_outbox_load_free(made);
    *out = NULL;
  }
  return rc;
}

static void table_release(struct sl_outbox_table *t) {
  if (t->fd >= 0) {
    close(t->fd);
  }
  sl_frames_close(&t->frames);
  if (t->schema.release != NULL) {
    t->schema.release(&t->schema);
  }
  for (size_t i = 0; i < t->n_columns; i++) {
    free(t->columns[i].name);
  }
  free(t->columns);
  free(t->name);
  free(t->parent);
  free(t->disposition);
  free(t->primary_key);
  free(t->accepted);
}

void sl_outbox_load_free(struct sl_outbox_load *load) {
  if (load == NULL) {
    return;
  }
  for (size_t i = 0; i < load->n_tables; i++) {
    table_release(&load->tables[i]);
  }
  for (size_t i = 0; i < load->n_rows; i++) {
    free(load->rows[i].name);
    free(load->rows[i].hash);
    free(load->rows[i].text);
  }
  if (load->progress_fd >= 0) {
    close(load->progress_fd);
  }
  pthread_mutex_destroy(&load->lock);
  free(load->tables);
  free(load->rows);
  free(load->folder);
  free(load->load_id);
  free(load->pipeline);
  free(load->dataset);
  free(load->content);
  free(load->receiver);
  free(load);
}

/* ---- writing ---- */

static struct sl_outbox_table *find_table(const struct sl_outbox_load *load, const char *name) {
  for (size_t i = 0; i < load->n_tables; i++) {
    if (strcmp(load->tables[i].name, name) == 0) {
      return &load->tables[i];
    }
  }
  return NULL;
}

static int32_t find_column(const struct sl_outbox_table *table, const char *name) {
  for (size_t i = 0; i < table->n_columns; i++) {
    if (strcmp(table->columns[i].name, name) == 0) {
      return (int32_t)i;
    }
  }
  return -1;
}

sl_status sl_outbox_add_table(struct sl_outbox_load *load, const char *name,
                              struct sl_outbox_table **out, struct sl_error *err) {
  sl_status rc =
      sl_grow(&load->tables, &load->tables_capacity, load->n_tables + 1, sizeof *load->tables, err);
  char *copy = rc == SL_OK ? strdup(name) : NULL;
  if (copy == NULL) {
    return sl_outbox_no_memory(err);
  }
  *out = &load->tables[load->n_tables++];
  **out = (struct sl_outbox_table){ .name = copy, .fd = -1 };
  return SL_OK;
}

sl_status sl_outbox_add_column(struct sl_outbox_table *table, const char *name,
                               struct sl_outbox_column **out, struct sl_error *err) {
  sl_status rc = sl_grow(&table->columns, &table->columns_capacity, table->n_columns + 1,
                         sizeof *table->columns, err);
  char *copy = rc == SL_OK ? strdup(name) : NULL;
  if (copy == NULL) {
    return sl_outbox_no_memory(err);
  }
  *out = &table->columns[table->n_columns++];
  **out = (struct sl_outbox_column){ .name = copy };
  return SL_OK;
}

sl_status sl_outbox_add_row(struct sl_outbox_load *load, enum sl_store_kind kind, const char *name,
                            const char *hash, const char *text, struct sl_error *err) {
  sl_status rc =
      sl_grow(&load->rows, &load->rows_capacity, load->n_rows + 1, sizeof *load->rows, err);
  if (rc != SL_OK) {
    return rc;
  }
  struct sl_outbox_row *row = &load->rows[load->n_rows++];
  *row = (struct sl_outbox_row){ .kind = kind,
                                 .name = strdup(name == NULL ? "" : name),
                                 .hash = strdup(hash == NULL ? "" : hash),
                                 .text = strdup(text == NULL ? "" : text) };
  return row->name == NULL || row->hash == NULL || row->text == NULL ? sl_outbox_no_memory(err)
                                                                     : SL_OK;
}

sl_status sl_outbox_put(struct sl_outbox_load *load, enum sl_store_kind kind,
                        const struct sl_store_row *row, struct sl_error *err) {
  return sl_outbox_add_row(load, kind, row->name, row->hash, row->text, err);
}

static sl_status replace_text(char **text, const char *with, struct sl_error *err) {
  free(*text);
  *text = with == NULL ? NULL : strdup(with);
  return with != NULL && *text == NULL ? sl_outbox_no_memory(err) : SL_OK;
}

/* Small integers travel as 64-bit ones: values only grow. */
static const char *outer_format(const char *format) {
  return strcmp(format, "i") == 0 || strcmp(format, "s") == 0 ? "l" : format;
}

sl_status sl_outbox_define(struct sl_outbox_load *load, const struct sl_store_table *given,
                           bool dlt_columns, struct sl_error *err) {
  struct sl_outbox_table *table = find_table(load, given->name);
  sl_status rc = table == NULL ? sl_outbox_add_table(load, given->name, &table, err) : SL_OK;
  if (rc == SL_OK) {
    rc = replace_text(&table->parent, given->parent, err);
  }
  if (rc == SL_OK) {
    rc = replace_text(&table->disposition, given->disposition, err);
  }
  if (rc == SL_OK) {
    rc = replace_text(&table->primary_key, given->primary_key, err);
  }
  for (int64_t i = 0; rc == SL_OK && i < given->columns->n_children; i++) {
    const struct ArrowSchema *c = given->columns->children[i];
    int32_t at = find_column(table, c->name);
    struct sl_outbox_column *column = at < 0 ? NULL : &table->columns[at];
    if (!dlt_columns && strncmp(c->name, "_dlt", 4) == 0) {
      continue;
    }
    if (column == NULL) {
      rc = sl_outbox_add_column(table, c->name, &column, err);
    }
    if (rc == SL_OK) {
      column->nullable = (c->flags & ARROW_FLAG_NULLABLE) != 0;
      column->json = sl_schema_is_json(c);
      snprintf(column->format, sizeof column->format, "%s", outer_format(c->format));
    }
  }
  return rc;
}

static sl_status write_all(int fd, const struct sl_buffer *bytes, struct sl_error *err) {
  for (size_t at = 0; at < bytes->length;) {
    ssize_t n = write(fd, bytes->data + at, bytes->length - at);
    if (n < 0 && errno != EINTR) {
      return sl_fail_errno(err, errno, "cannot write the outbox");
    }
    at += n > 0 ? (size_t)n : 0;
  }
  return SL_OK;
}

static sl_status open_rows(struct sl_outbox_load *load, struct sl_outbox_table *table,
                           struct sl_error *err) {
  if (table->fd >= 0) {
    return SL_OK;
  }
  char *path = sl_outbox_rows_path(load, (size_t)(table - load->tables));
  if (path == NULL) {
    return sl_outbox_no_memory(err);
  }
  table->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  sl_status rc = table->fd < 0 ? sl_fail_errno(err, errno, "cannot write %s", path) : SL_OK;
  free(path);
  return rc;
}

sl_status sl_outbox_append(struct sl_outbox_load *load, const char *name,
                           const struct ArrowSchema *schema, const struct ArrowArray *array,
                           struct sl_error *err) {
  struct sl_outbox_table *table = find_table(load, name);
  if (table == NULL) {
    return sl_fail(err, SL_ENOTFOUND, "no table %s", name);
  }
  if (array->length == 0) {
    return SL_OK;
  }
  struct sl_buffer bytes = { 0 };
  int32_t *positions = sl_alloc_array((size_t)schema->n_children, sizeof *positions);
  sl_status rc = positions == NULL ? sl_outbox_no_memory(err) : open_rows(load, table, err);
  for (int64_t i = 0; rc == SL_OK && i < schema->n_children; i++) {
    positions[i] = find_column(table, schema->children[i]->name);
  }
  if (rc == SL_OK) {
    rc = sl_frame_append(&bytes, schema, array, positions, err);
  }
  if (rc == SL_OK) {
    rc = write_all(table->fd, &bytes, err);
    table->rows += array->length;
  }
  free(positions);
  sl_buffer_release(&bytes);
  return rc;
}

/* ---- ready ---- */

static sl_status sync_rows(struct sl_outbox_load *load, struct sl_error *err) {
  for (size_t i = 0; i < load->n_tables; i++) {
    struct sl_outbox_table *t = &load->tables[i];
    if (t->fd >= 0) {
      bool failed = fdatasync(t->fd) != 0;
      int problem = errno;
      close(t->fd);
      t->fd = -1;
      if (failed) {
        return sl_fail_errno(err, problem, "cannot write the rows of %s to disk", t->name);
      }
    }
  }
  return SL_OK;
}

static sl_status rename_ready(struct sl_outbox_load *load, struct sl_error *err) {
  size_t before = strlen(load->folder) - strlen(load->load_id) - strlen(SL_OUTBOX_NEW) - 1;
  char *parent = strndup(load->folder, before);
  char *ready = parent == NULL ? NULL : sl_outbox_path(parent, SL_OUTBOX_READY, load->load_id);
  sl_status rc = ready == NULL ? sl_outbox_no_memory(err) : SL_OK;
  if (rc == SL_OK && rename(load->folder, ready) != 0) {
    rc = sl_fail_errno(err, errno, "cannot rename %s", load->folder);
  }
  if (rc == SL_OK) {
    free(load->folder);
    load->folder = ready;
    ready = NULL;
    rc = sl_outbox_sync_folder(parent, err);
  }
  free(ready);
  free(parent);
  return rc;
}

sl_status sl_outbox_seal(struct sl_outbox_load *load, struct sl_error *err) {
  struct sl_buffer manifest = { 0 };
  char *path = sl_outbox_path(load->folder, SL_OUTBOX_PACKAGE, "");
  sl_status rc = path == NULL ? sl_outbox_no_memory(err) : sync_rows(load, err);
  if (rc == SL_OK) {
    rc = sl_outbox_manifest_write(load, &manifest, err);
  }
  if (rc == SL_OK) {
    rc = sl_file_write_private(path, manifest.data, manifest.length, true, err);
  }
  if (rc == SL_OK) {
    rc = sl_outbox_sync_folder(load->folder, err);
  }
  if (rc == SL_OK) {
    rc = rename_ready(load, err);
  }
  free(path);
  sl_buffer_release(&manifest);
  return rc == SL_OK ? sl_outbox_load_prepare(load, err) : rc;
}

/* ---- reading ---- */

static sl_status make_schema(struct sl_outbox_table *t, struct sl_error *err) {
  struct sl_field *fields = sl_alloc_array(t->n_columns, sizeof *fields);
  if (fields == NULL) {
    return sl_outbox_no_memory(err);
  }
  for (size_t i = 0; i < t->n_columns; i++) {
    const struct sl_outbox_column *c = &t->columns[i];
    fields[i] = (struct sl_field){ c->name, c->format, c->nullable };
  }
  sl_status rc = sl_schema_struct(&t->schema, fields, t->n_columns, err);
  for (size_t i = 0; rc == SL_OK && i < t->n_columns; i++) {
    if (t->columns[i].json) {
      sl_schema_mark_json(t->schema.children[i]);
    }
  }
  free(fields);
  return rc;
}

static sl_status map_rows(struct sl_outbox_load *load, size_t table, struct sl_error *err) {
  struct sl_outbox_table *t = &load->tables[table];
  if (t->rows == 0) {
    return SL_OK;
  }
  char *path = sl_outbox_rows_path(load, table);
  sl_status rc = path == NULL ? sl_outbox_no_memory(err) : sl_frames_open(&t->frames, path, err);
  if (rc == SL_OK && t->frames.rows != t->rows) {
    rc = sl_fail(err, SL_EDATA, "%s has %lld rows, and its package tells of %lld", path,
                 (long long)t->frames.rows, (long long)t->rows);
  }
  free(path);
  return rc;
}

sl_status sl_outbox_load_prepare(struct sl_outbox_load *load, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < load->n_tables; i++) {
    struct sl_outbox_table *t = &load->tables[i];
    t->n_batches = (t->rows + load->batch_rows - 1) / load->batch_rows;
    t->accepted = sl_calloc_array((size_t)t->n_batches, 1);
    rc = t->accepted == NULL ? sl_outbox_no_memory(err) : make_schema(t, err);
    if (rc == SL_OK) {
      rc = map_rows(load, i, err);
    }
  }
  return rc == SL_OK ? sl_outbox_accepted_open(load, err) : rc;
}

sl_status sl_outbox_load_open(struct sl_outbox_load **out, const char *folder, const char *load_id,
                              struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_status rc = sl_outbox_load_make(out, sl_outbox_path(folder, SL_OUTBOX_READY, load_id), err);
  if (rc != SL_OK) {
    return rc;
  }
  char *path = sl_outbox_path((*out)->folder, SL_OUTBOX_PACKAGE, "");
  rc = path == NULL ? sl_outbox_no_memory(err) : sl_file_read(path, &text, err);
  if (rc == SL_OK) {
    rc = sl_outbox_manifest_read(*out, &text, err);
  }
  if (rc == SL_OK) {
    rc = sl_outbox_load_prepare(*out, err);
  }
  if (rc != SL_OK) {
    sl_error_add_context(err, "the undelivered load in %s", (*out)->folder);
    sl_outbox_load_free(*out);
    *out = NULL;
  }
  free(path);
  sl_buffer_release(&text);
  return rc;
}

int64_t sl_outbox_batches(const struct sl_outbox_load *load) {
  int64_t n = 0;
  for (size_t i = 0; i < load->n_tables; i++) {
    n += load->tables[i].n_batches;
  }
  return n;
}
