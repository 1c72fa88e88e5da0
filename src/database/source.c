/* source.c - a database as a source: opened, started on a table, cancelled, closed. See catalog.c
 * for what it has, reading.c for its rows. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/redact.h"
#include "database/cursor_value.h"
#include "database/source_internal.h"

/* ---- open and close ---- */

/* Takes a reader's session from where a cancel would find it, then ends it. */
static void stop_reader(struct database *d, int i) {
  pthread_mutex_lock(&d->lock);
  struct reader r = d->readers[i];
  d->readers[i] = (struct reader){ 0 };
  pthread_mutex_unlock(&d->lock);
  if (r.session != NULL && r.chunk != NULL) {
    d->driver->finish(r.session);
  }
  if (r.session != NULL && i > 0 && d->n_team == 0) {
    d->driver->close(r.session);
  }
}

void sl_db_stop_reading(struct database *d) {
  for (int i = 0; i < d->n_readers; i++) {
    stop_reader(d, i);
  }
  d->n_readers = 0;
  d->next_chunk = 0;
  d->n_returned = 0;
  d->table = NULL;
  sl_db_chunks_release(&d->chunks);
  free(d->finished);
  free(d->mark);
  d->finished = NULL;
  d->mark = NULL;
  d->pausing = false;
  sl_db_window_release(&d->window);
}

void sl_db_source_close(struct sl_source *base) {
  struct database *d = (struct database *)base;
  sl_db_stop_reading(d);
  for (int i = 1; i < d->n_team; i++) {
    d->driver->close(d->team[i]);
  }
  if (d->leader != NULL) {
    d->driver->close(d->leader);
  }
  sl_db_tables_release(&d->tables);
  pthread_mutex_destroy(&d->lock);
  pthread_cond_destroy(&d->changed);
  free(d->location);
  free(d->scheme);
  free(d->globs);
  free(d->disposition);
  free(d->keys);
  free(d);
}

static sl_status check_settings(const struct sl_db_driver *driver, const struct sl_db_settings *s,
                                const char *globs, struct sl_error *err) {
  if (s->query != NULL && driver->query_on_table &&
      (globs == NULL || strpbrk(globs, ",*?[") != NULL)) {
    return sl_fail(err, SL_EUSAGE, "--query needs --table with the one name that it is about");
  }
  if (s->query != NULL && globs != NULL && !driver->query_on_table) {
    return sl_fail(err, SL_EUSAGE, "--query and --table exclude each other");
  }
  static const char *const needing[] = { "--initial-value", "--end-value", "--lag" };
  const char *given[] = { s->initial_value, s->end_value, s->lag };
  for (size_t i = 0; s->cursor == NULL && i < 3; i++) {
    if (given[i] != NULL) {
      return sl_fail(err, SL_EUSAGE, "%s needs --cursor: the column it is about", needing[i]);
    }
  }
  if (s->lag != NULL && !sl_cursor_lag_is_number(s->lag)) {
    return sl_fail(err, SL_EUSAGE,
                   "--lag '%s' is no number: seconds for times, days for dates, else as the cursor",
                   s->lag);
  }
  return SL_OK;
}

static char *copy(const char *text, bool *failed) {
  char *out = text == NULL ? NULL : strdup(text);
  *failed = *failed || (text != NULL && out == NULL);
  return out;
}

/* What messages call the database: its URL without secrets. */
static bool describe_place(struct database *d) {
  struct sl_buffer url = { 0 };
  struct sl_buffer place = { 0 };
  sl_buffer_printf(&url, "%s:%s", d->scheme, d->location);
  if (!url.failed) { /* redacted as a whole: "//user:secret@host" alone is not seen to be a URL */
    sl_redact_location(&place, url.data);
  }
  snprintf(d->where, sizeof d->where, "%s", place.data == NULL ? "" : place.data);
  bool good = !url.failed && !place.failed;
  sl_buffer_release(&url);
  sl_buffer_release(&place);
  return good;
}

sl_status sl_db_source_open(struct sl_source **out, const struct sl_source_ops *ops,
                            const struct sl_db_driver *driver,
                            const struct sl_source_config *config,
                            const struct sl_db_settings *common, struct sl_error *err) {
  enum { LARGEST_BLOCK = 1 << 20, SMALLEST_BLOCK = 128 << 10 };
  *out = NULL;
  sl_status rc = check_settings(driver, common, config->tables, err);
  struct database *d = rc == SL_OK ? calloc(1, sizeof *d) : NULL;
  bool has_scheme = config->scheme != NULL && config->scheme[0] != '\0';
  bool failed = false;
  if (rc != SL_OK || d == NULL) {
    return rc != SL_OK ? rc : sl_fail(err, SL_ENOMEM, "out of memory for a source");
  }
  d->base.ops = ops;
  d->driver = driver;
  d->expands = config->max_nesting > 0;
  d->resumes = config->resumes;
  pthread_mutex_init(&d->lock, NULL);
  pthread_cond_init(&d->changed, NULL);
  d->location = copy(config->location, &failed);
  d->globs = copy(config->tables, &failed);
  d->scheme = copy(has_scheme ? config->scheme : driver->name, &failed);
  d->disposition = copy(config->write_disposition, &failed);
  d->keys = copy(config->primary_key, &failed);
  failed = failed || !describe_place(d);
  int threads = config->threads < 1 ? 1 : config->threads;
  int64_t block = config->memory_bytes / (4 * (int64_t)threads);
  d->config = (struct sl_db_config){
    .location = d->location,
    .scheme = d->scheme,
    .settings = common,
    .own = config->settings,
    .threads = threads > MOST_READERS ? MOST_READERS : threads,
    .block_bytes = block > LARGEST_BLOCK    ? LARGEST_BLOCK
                   : block < SMALLEST_BLOCK ? SMALLEST_BLOCK
                                            : block,
    .batch_rows = common->batch_rows,
    .keep_rejects = config->keep_rejects,
    .warn = config->warn,
    .warn_arg = config->warn_arg,
  };
  if (failed) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a source");
  }
  if (rc != SL_OK) {
    sl_db_source_close(&d->base);
    return rc;
  }
  *out = &d->base;
  return SL_OK;
}

sl_status sl_db_stopped(const struct database *d, struct sl_error *err) {
  return sl_fail(err, SL_ECANCELLED, "reading %s was stopped", d->where);
}

sl_status sl_db_connect_leader(struct database *d, struct sl_error *err) {
  struct sl_db_session *leader = NULL;
  if (d->leader != NULL) {
    return SL_OK;
  }
  sl_status rc = d->driver->connect(&d->config, NULL, &leader, err);
  pthread_mutex_lock(&d->lock); /* a cancel looks at it */
  d->leader = leader;
  pthread_mutex_unlock(&d->lock);
  return rc;
}

/* ---- start ---- */

static const struct sl_db_table *find_table(const struct database *d, const char *name) {
  for (size_t i = 0; i < d->tables.count; i++) {
    const struct sl_db_table *t = &d->tables.items[i];
    size_t schema = t->schema == NULL ? 0 : strlen(t->schema);
    if ((schema == 0 && strcmp(t->name, name) == 0) ||
        (schema > 0 && strncmp(name, t->schema, schema) == 0 && name[schema] == '.' &&
         strcmp(name + schema + 1, t->name) == 0)) {
      return t;
    }
  }
  return NULL;
}

/* How many connections may read; opens them where all must be opened at once. A load that reads
 * what is new since the last one is small: it has no need of more than the leader. */
static sl_status count_readers(struct database *d, bool small, int *wanted, struct sl_error *err) {
  int most = d->leader->most_readers;
  *wanted = most > 0 && most < d->config.threads ? most : d->config.threads;
  if (d->driver->open_team == NULL) {
    return SL_OK;
  }
  if (d->n_team == 0) {
    int n = 0;
    sl_status rc =
        d->driver->open_team(d->leader, &d->tables, small ? 1 : *wanted, d->team, &n, err);
    if (rc != SL_OK) {
      return rc;
    }
    d->n_team = n;
  }
  *wanted = d->n_team;
  return SL_OK;
}

/* A table that is large is cut even for one reader: a load goes on between two parts. */
static bool is_large(const struct sl_db_table *table) {
  enum { BYTES = 256 << 20, ROWS = 2000000 };
  return table->bytes >= BYTES || table->rows >= ROWS;
}

sl_status sl_db_begin_table(struct database *d, const struct sl_source_table *table,
                            const char *state_json, struct sl_db_window_request *request,
                            struct sl_error *err) {
  sl_db_stop_reading(d);
  const struct sl_db_table *found = find_table(d, table->name);
  if (found == NULL) {
    return sl_fail(err, SL_ENOTFOUND, "%s has no table %s among those discovered", d->where,
                   table->name);
  }
  const char *disposition = d->disposition != NULL ? d->disposition : table->write_disposition;
  bool merging = disposition != NULL && strcmp(disposition, "merge") == 0;
  *request = (struct sl_db_window_request){
    .settings = d->config.settings,
    .driver = d->driver,
    .session = d->leader,
    .table = found,
    .column = sl_db_cursor_of(d, found),
    .state_json = state_json,
    .merging = merging && found->n_primary_key > 0,
  };
  bool sorted = request->column != NULL && strcmp(d->config.settings->row_order, "none") != 0;
  bool small = sorted || (request->column != NULL && state_json != NULL);
  d->table = found;
  sl_status rc = count_readers(d, small, &d->wanted, err);
  d->wanted = sorted ? 1 : d->wanted;
  request->wanted = d->wanted < 2 && d->resumes && is_large(found) ? 2 : d->wanted;
  return rc;
}

sl_status sl_db_begin_reading(struct database *d, struct sl_source_table *table, sl_status rc,
                              struct sl_error *err) {
  if (rc == SL_OK && d->finished == NULL) {
    d->finished = sl_alloc_array(d->chunks.count, sizeof *d->finished);
    rc = d->finished == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for parts") : SL_OK;
    for (size_t i = 0; rc == SL_OK && i < d->chunks.count; i++) {
      d->finished[i] = -1;
    }
  }
  if (rc != SL_OK) {
    return d->cancelled ? sl_db_stopped(d, err) : rc;
  }
  if (d->window.start != NULL || d->window.stateless) {
    table->rows = -1; /* only a part is read */
  }
  d->n_readers = d->wanted;
  if ((size_t)d->n_readers > d->chunks.count) {
    d->n_readers = d->chunks.count == 0 ? 1 : (int)d->chunks.count;
  }
  d->claimed = d->filled = 0;
  d->readers[0].session = d->leader;
  for (int i = 1; i < d->n_team && i < d->n_readers; i++) {
    d->readers[i].session = d->team[i];
  }
  return SL_OK;
}

sl_status sl_db_source_start(struct sl_source *base, struct sl_source_table *table,
                             const char *state_json, struct sl_error *err) {
  struct database *d = (struct database *)base;
  struct sl_db_window_request request;
  sl_status rc = sl_db_begin_table(d, table, state_json, &request, err);
  if (rc == SL_OK) {
    rc = sl_db_window_open(&d->window, &request, &d->chunks, err);
  }
  return sl_db_begin_reading(d, table, rc, err);
}

sl_status sl_db_source_state(struct sl_source *base, char **out_json, struct sl_error *err) {
  return sl_db_window_state(&((struct database *)base)->window, out_json, err);
}

sl_status sl_db_source_count(struct sl_source *base, int64_t *rows, struct sl_error *err) {
  struct database *d = (struct database *)base;
  const struct sl_db_table *table = d->table;
  char *text = NULL;
  *rows = -1;
  d->summed = d->window.column == NULL ? table : NULL;
  if (table == NULL ||
      d->window.column != NULL) { /* rows at its borders are left out by what they hold */
    return SL_OK;
  }
  sl_db_stop_reading(d);
  sl_status rc =
      d->driver->scalar(d->leader, table, "count", NULL, d->config.settings->where, &text, err);
  if (rc == SL_OK && text != NULL) {
    *rows = strtoll(text, NULL, 10);
  }
  free(text);
  return rc;
}

void sl_db_source_cancel(struct sl_source *base) {
  struct database *d = (struct database *)base;
  pthread_mutex_lock(&d->lock);
  d->cancelled = true;
  if (d->leader != NULL) {
    d->driver->cancel(d->leader);
  }
  for (int i = 1; i < d->n_readers; i++) {
    if (d->readers[i].session != NULL) {
      d->driver->cancel(d->readers[i].session);
    }
  }
  pthread_cond_broadcast(&d->changed);
  pthread_mutex_unlock(&d->lock);
}
