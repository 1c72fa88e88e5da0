/* staged.c - a database that gets its rows by files (--staging): a destination around another one.
 *
 * Appended rows go to Parquet files. Before anything looks at the tables, the files are published,
 * and the database is told to load each (sql/copy.h), inside its own transaction; then they are
 * removed. _sluice/staged/<pipeline> names those that are published: after a crash the next load
 * removes them. Keys and secrets are in the statements, so they are cut out of what fails. */
#include <stdlib.h>

#include <sluice/builder.h>

#include "files_destination.h"
#include "files_internal.h"

struct staged_table { /* the name that its files go by, and what it is */
  char *name, *dataset, *table;
  bool temporary;
  struct ArrowSchema columns; /* of the file under way */
};

struct staged {
  struct sl_destination base;
  struct sl_destination_ops ops; /* the inner one's, with a few of ours */
  struct sl_destination *inner;
  struct files_destination *files;
  struct sl_sql_context sql;
  struct sl_copy_store store;
  char *record; /* key of what is published */
  struct staged_table *tables;
  size_t n_tables, tables_capacity;
};

static struct staged *staged_of(struct sl_destination *base) {
  return (struct staged *)base;
}

/* ---- secrets ---- */

/* Statements are shortened in messages, so beginnings of a secret count too. */
static void cut_out(char *message, const char *secret) {
  enum { TELLING = 4 };
  for (char *at = message; secret != NULL && *at != '\0'; at++) {
    size_t n = 0;
    while (secret[n] != '\0' && at[n] == secret[n]) {
      n++;
    }
    if (n >= TELLING) {
      memset(at, '*', n);
    }
  }
}

static sl_status told(const struct staged *s, sl_status rc, struct sl_error *err) {
  if (rc != SL_OK && err != NULL) {
    cut_out(err->message, s->store.secret);
    cut_out(err->message, s->store.token);
  }
  return rc;
}

/* ---- files into tables ---- */

static const struct staged_table *table_of(const struct staged *s, const char *name) {
  for (size_t i = 0; i < s->n_tables; i++) {
    if (strcmp(s->tables[i].name, name) == 0) {
      return &s->tables[i];
    }
  }
  return NULL;
}

static sl_status load_file(struct staged *s, const struct files_file *file, struct sl_error *err) {
  const struct staged_table *t = table_of(s, file->table);
  struct sl_table_name name = { t->dataset, t->table, t->temporary };
  struct sl_buffer url = { 0 };
  struct sl_buffer http = { 0 };
  struct sl_statements sql = { 0 };
  size_t n = (size_t)t->columns.n_children;
  struct sl_sql_target *columns = sl_alloc_array(n, sizeof *columns);
  sl_status rc = columns == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", n)
                     : s->files->place->ops->locate(s->files->place, file->key, &url, &http, err);
  if (rc == SL_OK) {
    for (size_t i = 0; i < n; i++) {
      const struct ArrowSchema *c = t->columns.children[i];
      columns[i] = (struct sl_sql_target){ .name = c->name, .json = sl_schema_is_json(c) };
    }
    struct sl_copy_file copy = {
      .table = &name, .columns = columns, .n_columns = n, .url = url.data, .http = http.data
    };
    rc = sl_copy_write(&s->sql, &s->store, &copy, &sql, err);
  }
  int64_t taken = -1;
  if (rc == SL_OK) {
    rc = told(s, s->inner->ops->execute(s->inner, sql.items[0], &taken, err), err);
  }
  if (rc == SL_OK && taken >= 0 && taken != file->rows) {
    rc = sl_fail(err, SL_EDATA, "%s: %lld of %lld rows were loaded from %s", t->table,
                 (long long)taken, (long long)file->rows, url.data);
  }
  sl_statements_release(&sql);
  sl_buffer_release(&url);
  sl_buffer_release(&http);
  free(columns);
  return rc;
}

static sl_status remove_files(struct staged *s, struct sl_error *err) {
  const struct files_place_ops *ops = s->files->place->ops;
  sl_status rc = SL_OK;
  if (s->files->settings.keep_staged) {
    return rc;
  }
  for (size_t i = 0; rc == SL_OK && i < s->files->n_files; i++) {
    rc = ops->remove(s->files->place, s->files->files[i].key, err);
  }
  return rc == SL_OK ? ops->remove(s->files->place, s->record, err) : rc;
}

static void forget_files(struct files_destination *f) {
  for (size_t i = 0; i < f->n_files; i++) {
    free(f->files[i].table);
    free(f->files[i].key);
    free(f->files[i].token);
  }
  f->n_files = 0;
}

static sl_status publish(struct staged *s, struct sl_error *err) {
  const struct files_place_ops *ops = s->files->place->ops;
  struct sl_buffer keys = { 0 };
  for (size_t i = 0; i < s->files->n_files; i++) {
    sl_buffer_printf(&keys, "%s\n", s->files->files[i].key);
  }
  sl_status rc = sl_buffer_check(&keys, err);
  if (rc == SL_OK && !s->files->settings.keep_staged) {
    rc = ops->put(s->files->place, s->record, keys.data, keys.length, err);
  }
  for (size_t i = 0; rc == SL_OK && i < s->files->n_files; i++) {
    rc = ops->publish(s->files->place, s->files->files[i].key, s->files->files[i].token, err);
  }
  sl_buffer_release(&keys);
  return rc;
}

/* All rows that wait in files go into their tables. */
static sl_status load_files(struct staged *s, struct sl_error *err) {
  sl_status rc = files_flush(&s->files->base, err);
  if (rc != SL_OK || s->files->n_files == 0) {
    return rc;
  }
  rc = publish(s, err);
  for (size_t i = 0; rc == SL_OK && i < s->files->n_files; i++) {
    rc = load_file(s, &s->files->files[i], err);
  }
  sl_status removed = remove_files(s, rc == SL_OK ? err : NULL);
  forget_files(s->files);
  return rc == SL_OK ? removed : rc;
}

/* What a load that was killed had published. */
static sl_status remove_leftovers(struct staged *s, struct sl_error *err) {
  const struct files_place_ops *ops = s->files->place->ops;
  struct sl_buffer keys = { 0 };
  bool found = false;
  sl_status rc = ops->get(s->files->place, s->record, &keys, &found, err);
  char *line = rc == SL_OK && found && keys.length > 0 ? keys.data : NULL;
  while (rc == SL_OK && line != NULL && line[0] != '\0') {
    char *end = strchr(line, '\n');
    if (end != NULL) {
      *end = '\0';
    }
    rc = ops->remove(s->files->place, line, err);
    line = end == NULL ? NULL : end + 1;
  }
  if (rc == SL_OK && found) {
    rc = ops->remove(s->files->place, s->record, err);
  }
  sl_buffer_release(&keys);
  return rc;
}

/* ---- rows into files ---- */

static const struct ArrowSchema *child_of(const struct ArrowSchema *columns, const char *name) {
  for (int64_t i = 0; columns->release != NULL && i < columns->n_children; i++) {
    if (strcmp(columns->children[i]->name, name) == 0) {
      return columns->children[i];
    }
  }
  return NULL;
}

static bool fits(const struct ArrowSchema *columns, const struct ArrowSchema *batch) {
  bool all = columns->release != NULL;
  for (int64_t i = 0; all && i < batch->n_children; i++) {
    const struct ArrowSchema *c = child_of(columns, batch->children[i]->name);
    all = c != NULL && strcmp(c->format, batch->children[i]->format) == 0;
  }
  return all;
}

/* The columns of both, as the batch has them. */
static sl_status unite(const struct ArrowSchema *columns, const struct ArrowSchema *batch,
                       struct ArrowSchema *out, struct sl_error *err) {
  int64_t old = columns->release == NULL ? 0 : columns->n_children;
  struct sl_field *fields = sl_alloc_array((size_t)(old + batch->n_children), sizeof *fields);
  size_t n = 0;
  if (fields == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for columns");
  }
  for (int64_t i = 0; i < old; i++) {
    const struct ArrowSchema *c = columns->children[i];
    if (child_of(batch, c->name) == NULL) {
      fields[n++] = (struct sl_field){ .name = c->name, .format = c->format, .nullable = true };
    }
  }
  for (int64_t i = 0; i < batch->n_children; i++) {
    const struct ArrowSchema *c = batch->children[i];
    fields[n++] = (struct sl_field){ .name = c->name, .format = c->format, .nullable = true };
  }
  sl_status rc = sl_schema_struct(out, fields, n, err);
  for (int64_t i = 0; rc == SL_OK && i < out->n_children; i++) {
    const struct ArrowSchema *now = child_of(batch, out->children[i]->name);
    const struct ArrowSchema *before = child_of(columns, out->children[i]->name);
    if ((now != NULL && sl_schema_is_json(now)) || (before != NULL && sl_schema_is_json(before))) {
      sl_schema_mark_json(out->children[i]);
    }
  }
  free(fields);
  return rc;
}

/* Sees to it that the file under way has the batch's columns. Those that are written already have
 * the old ones. */
static sl_status widen(struct staged *s, struct staged_table *t, const struct ArrowSchema *batch,
                       struct sl_error *err) {
  struct ArrowSchema columns = { 0 };
  if (fits(&t->columns, batch)) {
    return SL_OK;
  }
  sl_status rc = t->columns.release == NULL ? SL_OK : load_files(s, err);
  rc = rc == SL_OK ? unite(&t->columns, batch, &columns, err) : rc;
  if (rc == SL_OK) {
    if (t->columns.release != NULL) {
      t->columns.release(&t->columns);
    }
    t->columns = columns;
    rc = files_define(&s->files->base,
                      &(struct sl_store_table){ .name = t->name, .columns = &t->columns }, err);
  }
  return rc;
}

static sl_status add_table(struct staged *s, const char *file, const struct sl_table_name *name,
                           struct sl_error *err) {
  sl_status rc = sl_grow(&s->tables, &s->tables_capacity, s->n_tables + 1, sizeof *s->tables, err);
  if (rc != SL_OK) {
    return rc;
  }
  struct staged_table t = { .name = strdup(file),
                            .dataset = name->dataset == NULL ? NULL : strdup(name->dataset),
                            .table = strdup(name->table),
                            .temporary = name->temporary };
  s->tables[s->n_tables++] = t;
  return t.name == NULL || t.table == NULL || (name->dataset != NULL && t.dataset == NULL)
             ? sl_fail(err, SL_ENOMEM, "out of memory for table %s", name->table)
             : SL_OK;
}

static sl_status staged_append(struct sl_destination *base, const struct sl_table_name *name,
                               const struct ArrowSchema *schema, struct ArrowArray *array,
                               struct sl_error *err) {
  struct staged *s = staged_of(base);
  struct sl_buffer file = { 0 };
  sl_buffer_printf(&file, "%s%s", name->table, name->temporary ? ".new" : "");
  sl_status rc = sl_buffer_check(&file, err);
  const struct staged_table *t = rc == SL_OK ? table_of(s, file.data) : NULL;
  if (rc == SL_OK && t == NULL) {
    rc = add_table(s, file.data, name, err);
    t = rc == SL_OK ? &s->tables[s->n_tables - 1] : NULL;
  }
  if (rc == SL_OK) {
    rc = widen(s, &s->tables[t - s->tables], schema, err);
  }
  if (rc == SL_OK) {
    rc = files_append(&s->files->base, &(struct sl_table_name){ .table = file.data }, schema, array,
                      err);
  }
  sl_buffer_release(&file);
  return rc;
}

/* ---- the rest is the inner one's ---- */

/* Rows in files know their columns by name, so a new table or column does not concern them. */
static bool is_shape(const struct staged *s, const char *sql) {
  return (strncmp(sql, "CREATE TABLE ", 13) == 0 || strncmp(sql, "ALTER TABLE ", 12) == 0 ||
          sl_sql_creates_temporary(&s->sql, sql)) &&
         strstr(sql, " AS SELECT ") == NULL && strstr(sql, ") AS ") == NULL;
}

static sl_status staged_execute(struct sl_destination *base, const char *sql, int64_t *affected,
                                struct sl_error *err) {
  struct staged *s = staged_of(base);
  sl_status rc = is_shape(s, sql) ? SL_OK : load_files(s, err);
  return rc == SL_OK ? s->inner->ops->execute(s->inner, sql, affected, err) : rc;
}

static sl_status staged_query(struct sl_destination *base, const char *sql,
                              struct ArrowArrayStream *out, struct sl_error *err) {
  struct staged *s = staged_of(base);
  sl_status rc = load_files(s, err);
  return rc == SL_OK ? s->inner->ops->query(s->inner, sql, out, err) : rc;
}

static sl_status staged_describe(struct sl_destination *base, const struct sl_table_name *name,
                                 struct ArrowSchema *out, struct sl_error *err) {
  struct staged *s = staged_of(base);
  return s->inner->ops->describe(s->inner, name, out, err);
}

static sl_status staged_flush(struct sl_destination *base, struct sl_error *err) {
  struct staged *s = staged_of(base);
  sl_status rc = load_files(s, err);
  return rc == SL_OK ? s->inner->ops->flush(s->inner, err) : rc;
}

static sl_status staged_begin(struct sl_destination *base, struct sl_error *err) {
  struct staged *s = staged_of(base);
  sl_status rc = load_files(s, err);
  return rc == SL_OK ? s->inner->ops->begin(s->inner, err) : rc;
}

static sl_status staged_commit(struct sl_destination *base, struct sl_error *err) {
  struct staged *s = staged_of(base);
  sl_status rc = load_files(s, err);
  return rc == SL_OK ? s->inner->ops->commit(s->inner, err) : rc;
}

static void staged_rollback(struct sl_destination *base) {
  struct staged *s = staged_of(base);
  for (size_t i = 0; i < s->n_tables; i++) {
    free(s->tables[i].name);
    free(s->tables[i].dataset);
    free(s->tables[i].table);
    if (s->tables[i].columns.release != NULL) {
      s->tables[i].columns.release(&s->tables[i].columns);
    }
  }
  s->n_tables = 0;
  s->files->base.ops->rollback(&s->files->base);
  s->inner->ops->rollback(s->inner);
}

static void staged_cancel(struct sl_destination *base) {
  struct staged *s = staged_of(base);
  s->files->base.ops->cancel(&s->files->base);
  s->inner->ops->cancel(s->inner);
}

static const struct sl_capabilities *staged_capabilities(const struct sl_destination *base) {
  return ((const struct staged *)base)->sql.capabilities;
}

static const char *staged_session(const struct sl_destination *base) {
  const struct sl_destination *inner = ((const struct staged *)base)->inner;
  return inner->ops->session_of(inner);
}

static sl_status staged_scan(struct sl_destination *base, const char *sql, sl_take_rows take,
                             void *arg, struct sl_error *err) {
  struct staged *s = staged_of(base);
  sl_status rc = load_files(s, err);
  return rc == SL_OK ? s->inner->ops->scan(s->inner, sql, take, arg, err) : rc;
}

static void staged_close(struct sl_destination *base) {
  struct staged *s = staged_of(base);
  staged_rollback(base);
  s->files->base.ops->close(&s->files->base);
  s->inner->ops->close(s->inner);
  free(s->tables);
  free(s->record);
  free(s);
}

/* ---- opening ---- */

static sl_status prepare(struct staged *s, struct sl_error *err) {
  struct sl_statements sql = { 0 };
  s->files->place->ops->describe(s->files->place, &s->store);
  s->store.role = s->files->settings.reader_role;
  sl_status rc = sl_copy_check(&s->sql, &s->store, err);
  if (rc == SL_OK && s->files->kind.format != FILES_PARQUET) {
    rc = sl_fail(err, SL_EUSAGE, "staged files are Parquet: leave out --file-format");
  }
  rc = rc == SL_OK ? sl_copy_prepare(&s->sql, &s->store, &sql, err) : rc;
  for (size_t i = 0; rc == SL_OK && i < sql.count; i++) {
    rc = told(s, s->inner->ops->execute(s->inner, sql.items[i], NULL, err), err);
  }
  sl_statements_release(&sql);
  return rc;
}

static sl_status open_files(struct staged *s, const struct sl_destination_config *config,
                            const struct sl_store_load *load, struct sl_error *err) {
  struct sl_destination *files = NULL;
  struct sl_buffer record = { 0 };
  sl_status rc = sl_files_destination.open(&files, config, err);
  s->files = (struct files_destination *)files;
  rc = rc == SL_OK ? prepare(s, err) : rc;
  rc = rc == SL_OK ? sl_files_destination.store->begin(files, load, err) : rc;
  if (rc == SL_OK) {
    sl_buffer_printf(&record, "_sluice/staged/%s", load->pipeline);
    s->record = sl_buffer_take(&record);
    rc = s->record == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a name")
                           : remove_leftovers(s, err);
  }
  return rc;
}

sl_status files_stage(struct sl_destination **inner, const struct sl_destination_config *config,
                      const struct sl_store_load *load, struct sl_error *err) {
  struct staged *s = calloc(1, sizeof *s);
  if (s == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %s", config->location);
  }
  s->inner = *inner;
  s->ops = *s->inner->ops;
  s->ops.append = staged_append;
  s->ops.execute = staged_execute;
  s->ops.query = staged_query;
  s->ops.describe = staged_describe;
  s->ops.flush = staged_flush;
  s->ops.begin = staged_begin;
  s->ops.commit = staged_commit;
  s->ops.rollback = staged_rollback;
  s->ops.cancel = staged_cancel;
  s->ops.close = staged_close;
  s->ops.capabilities_of = staged_capabilities;
  s->ops.session_of = s->ops.session_of == NULL ? NULL : staged_session;
  s->ops.scan = s->ops.scan == NULL ? NULL : staged_scan;
  s->base = (struct sl_destination){ .ops = &s->ops, .catalog = s->inner->catalog };
  sl_status rc = sl_sql_context_of(&s->sql, s->inner, err);
  rc = rc == SL_OK ? open_files(s, config, load, err) : rc;
  if (rc == SL_OK) {
    *inner = &s->base;
    return SL_OK;
  }
  if (s->files != NULL) {
    s->files->base.ops->close(&s->files->base);
  }
  free(s->record);
  free(s);
  return rc;
}
