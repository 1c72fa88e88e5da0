/* source.c - a database as a source: catalog, and blocks from several connections at once.
 *
 * A block is "the next rows of one reader". Filling chooses a reader that nobody else fills from,
 * reads from its connection, and goes on to the next chunk when one has ended. So chunks of very
 * different sizes keep all connections busy, and memory is one block for each of them. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/redact.h"
#include "column/batch.h"
#include "database/documents.h"
#include "database/select.h"
#include "database/window.h"

enum { MOST_READERS = 64, MOST_TRIES = 3 };

struct reader {
  struct sl_db_session *session; /* readers[0] uses the leader's */
  const struct sl_db_chunk *chunk;
  bool busy, done;
  int64_t delivered; /* rows of the chunk so far */
};

struct database {
  struct sl_source base;
  const struct sl_db_driver *driver;
  struct sl_db_config config;
  bool expands; /* JSON columns become columns and child tables */
  char *location, *scheme, *globs, *disposition, *keys;
  char where[160]; /* what messages call it: the location without secrets */

  struct sl_db_session *leader;
  struct sl_db_session *team[MOST_READERS]; /* [0] is the leader; only where drivers open it */
  int n_team;
  struct sl_db_tables tables;
  const struct sl_db_table *table; /* being read */
  struct sl_db_window window;
  struct sl_db_chunks chunks;

  pthread_mutex_t lock; /* guards what follows */
  pthread_cond_t changed;
  size_t next_chunk;
  const struct sl_db_chunk *returned[MOST_READERS]; /* by readers that could not begin them */
  int n_returned;
  struct reader readers[MOST_READERS];
  int n_readers;
  atomic_bool cancelled;
};

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

static void stop_reading(struct database *d) {
  for (int i = 0; i < d->n_readers; i++) {
    stop_reader(d, i);
  }
  d->n_readers = 0;
  d->next_chunk = 0;
  d->n_returned = 0;
  d->table = NULL;
  sl_db_chunks_release(&d->chunks);
  sl_db_window_release(&d->window);
}

void sl_db_source_close(struct sl_source *base) {
  struct database *d = (struct database *)base;
  stop_reading(d);
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
    sl_redact(&place, url.data);
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
  enum { LARGEST_BLOCK = 4 << 20, SMALLEST_BLOCK = 128 << 10 };
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

static sl_status stopped(const struct database *d, struct sl_error *err) {
  return sl_fail(err, SL_ECANCELLED, "reading %s was stopped", d->where);
}

static sl_status connect_leader(struct database *d, struct sl_error *err) {
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

/* ---- catalog ---- */

static sl_status list_query(struct database *d, struct sl_error *err) {
  struct sl_db_table *table;
  bool named = d->driver->query_on_table;
  sl_status rc = sl_db_tables_add(&d->tables, named ? d->config.settings->schema : NULL,
                                  named ? d->globs : "query", &table, err);
  if (rc == SL_OK) {
    table->query = strdup(d->config.settings->query);
    rc = table->query == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a query") : SL_OK;
  }
  return rc == SL_OK ? sl_db_select_tables(&d->tables, NULL, d->config.settings, d->where, err)
                     : rc;
}

static sl_status list_tables(struct database *d, struct sl_error *err) {
  sl_db_tables_release(&d->tables);
  if (d->config.settings->query != NULL) {
    return list_query(d, err);
  }
  sl_status rc = d->driver->list(d->leader, d->config.settings->schema, &d->tables, err);
  return rc == SL_OK ? sl_db_select_tables(&d->tables, d->globs, d->config.settings, d->where, err)
                     : rc;
}

/* The keys that the user names stand in for those of the database. */
static sl_status apply_keys(struct database *d, struct sl_db_table *table, struct sl_error *err) {
  if (d->keys == NULL) {
    return SL_OK;
  }
  for (size_t i = 0; i < table->n_primary_key; i++) {
    free(table->primary_key[i]);
  }
  table->n_primary_key = 0;
  sl_status rc = SL_OK;
  for (const char *at = d->keys; rc == SL_OK && *at != '\0';) {
    size_t length = strcspn(at, ",");
    char name[512];
    const char *start = at + strspn(at, " ");
    snprintf(name, sizeof name, "%.*s", (int)(at + length - start), start);
    rc = sl_db_table_add_key(table, name, err);
    at += length + (at[length] == ',');
  }
  return rc;
}

static const struct sl_db_column *cursor_of(const struct database *d,
                                            const struct sl_db_table *table) {
  const char *cursor = d->config.settings->cursor;
  return cursor == NULL ? NULL : sl_db_find_column(table, cursor);
}

static sl_status describe_table(struct database *d, struct sl_db_table *table,
                                struct sl_error *err) {
  bool known = d->driver->describe_all != NULL && table->query == NULL;
  sl_status rc = known ? SL_OK : d->driver->describe(d->leader, table, err);
  if (rc == SL_OK && !table->documents) {
    rc = sl_db_select_columns(table, &d->config, d->tables.count == 1, err);
  }
  if (rc == SL_OK) {
    rc = apply_keys(d, table, err);
  }
  const char *cursor = d->config.settings->cursor;
  if (rc == SL_OK && cursor != NULL && cursor_of(d, table) == NULL) {
    if (table->documents) { /* any member may be the cursor; it is compared as it is stored */
      struct sl_db_column *column;
      rc = sl_db_table_add_column(table, cursor, "document member", "u", true, &column, err);
    } else if (d->tables.count == 1) {
      rc = sl_db_no_column(table, cursor, err);
    }
  }
  return rc;
}

static char *join_keys(const struct sl_db_table *table) {
  struct sl_buffer text = { 0 };
  for (size_t i = 0; i < table->n_primary_key; i++) {
    sl_buffer_printf(&text, "%s%s", i == 0 ? "" : ",", table->primary_key[i]);
  }
  return sl_buffer_take(&text);
}

static sl_status declare_columns(const struct database *d, const struct sl_db_table *table,
                                 struct ArrowSchema *out, struct sl_error *err) {
  bool with_sizes = strcmp(d->config.settings->reflection, "full_with_precision") == 0;
  struct sl_field *fields = sl_calloc_array(table->n_columns, sizeof *fields);
  size_t n = 0;
  if (fields == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", table->n_columns);
  }
  for (size_t i = 0; i < table->n_columns; i++) {
    const struct sl_db_column *c = &table->columns[i];
    bool sized = c->format[1] == '\0' && strchr("si", c->format[0]) != NULL;
    if (!(c->json && d->expands)) { /* what is in the JSON decides, when it is read */
      fields[n++] = (struct sl_field){ .name = c->name,
                                       .format = sized && !with_sizes ? "l" : c->format,
                                       .nullable = c->nullable };
    }
  }
  sl_status rc = sl_schema_struct(out, fields, n, err);
  for (size_t i = 0; rc == SL_OK && !d->expands && i < table->n_columns; i++) {
    if (table->columns[i].json) {
      sl_schema_mark_json(out->children[i]);
    }
  }
  free(fields);
  return rc;
}

static const char *disposition_of(const struct database *d, const struct sl_db_table *table) {
  if (cursor_of(d, table) == NULL) {
    return "replace";
  }
  return table->n_primary_key > 0 ? "merge" : "append";
}

static sl_status fill_catalog(struct database *d, const struct sl_db_table *table,
                              struct sl_source_table *out, struct sl_error *err) {
  const char *reflection = d->config.settings->reflection;
  struct sl_buffer name = { 0 };
  struct sl_buffer about = { 0 };
  sl_buffer_printf(&name, "%s%s%s", table->schema == NULL ? "" : table->schema,
                   table->schema == NULL ? "" : ".", table->name);
  sl_buffer_printf(&about, "%s %s", table->view ? "view" : "table", name.data);
  *out = (struct sl_source_table){
    .name = sl_buffer_take(&name),
    .target = strdup(table->target),
    .description = sl_buffer_take(&about),
    .rows = table->rows,
    .bytes = -1, /* bytes on the server's disk say little about bytes on the wire */
    .estimate = table->estimate,
    .documents = table->documents,
    .declared = !table->documents && strcmp(reflection, "minimal") != 0,
    .primary_key = table->n_primary_key == 0 ? NULL : join_keys(table),
    .write_disposition = disposition_of(d, table),
  };
  if (out->name == NULL || out->target == NULL || out->description == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the catalog");
  }
  return table->documents ? SL_OK : declare_columns(d, table, &out->schema, err);
}

struct named { /* tables that one warning is about */
  struct sl_buffer text;
  size_t count;
};

static void name_table(struct named *n, const char *table) {
  enum { MOST_NAMED = 5 };
  if (n->count < MOST_NAMED) {
    sl_buffer_printf(&n->text, "%s%s", n->count == 0 ? "" : ", ", table);
  } else if (n->count == MOST_NAMED) {
    sl_buffer_text(&n->text, ", …");
  }
  n->count++;
}

static void warn_of(const struct database *d, struct named *n, const char *before,
                    const char *after) {
  sl_buffer_printf(&n->text, ": %s %s, %s", before, d->config.settings->cursor, after);
  if (n->count > 0 && !n->text.failed) {
    d->config.warn(d->config.warn_arg, n->text.data);
  }
  sl_buffer_release(&n->text);
}

/* What a user should know of the cursor's tables, one warning each. */
static void warn_of_cursor(struct database *d) {
  const char *cursor = d->config.settings->cursor;
  struct named whole = { 0 };
  struct named slow = { 0 };
  if (cursor == NULL || d->config.warn == NULL) {
    return;
  }
  for (size_t i = 0; i < d->tables.count; i++) {
    const struct sl_db_table *table = &d->tables.items[i];
    if (cursor_of(d, table) == NULL) {
      name_table(&whole, table->name);
    } else if (table->query == NULL && d->driver->has_index != NULL &&
               !d->driver->has_index(d->leader, table, cursor)) {
      name_table(&slow, table->name);
    }
  }
  warn_of(d, &whole, "no column", "so loaded whole and replaced");
  warn_of(d, &slow, "no index begins with the cursor",
          "so each load reads the whole table on the server");
}

sl_status sl_db_source_discover(struct sl_source *base, struct sl_catalog *out,
                                struct sl_error *err) {
  struct database *d = (struct database *)base;
  stop_reading(d);
  sl_status rc = connect_leader(d, err);
  if (rc == SL_OK) {
    rc = list_tables(d, err);
  }
  if (rc == SL_OK && d->driver->describe_all != NULL && d->config.settings->query == NULL) {
    rc = d->driver->describe_all(d->leader, &d->tables, err);
  }
  if (rc == SL_OK) {
    out->tables = sl_calloc_array(d->tables.count, sizeof *out->tables);
    rc = out->tables == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for the catalog") : SL_OK;
  }
  for (size_t i = 0; rc == SL_OK && i < d->tables.count; i++) {
    rc = d->cancelled ? stopped(d, err) : describe_table(d, &d->tables.items[i], err);
    if (rc == SL_OK) {
      rc = fill_catalog(d, &d->tables.items[i], &out->tables[out->n_tables++], err);
    }
  }
  if (rc == SL_OK) {
    warn_of_cursor(d);
  }
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

sl_status sl_db_source_start(struct sl_source *base, struct sl_source_table *table,
                             const char *state_json, struct sl_error *err) {
  struct database *d = (struct database *)base;
  stop_reading(d);
  const struct sl_db_table *found = find_table(d, table->name);
  if (found == NULL) {
    return sl_fail(err, SL_ENOTFOUND, "%s has no table %s among those discovered", d->where,
                   table->name);
  }
  const char *disposition = d->disposition != NULL ? d->disposition : table->write_disposition;
  bool merging = disposition != NULL && strcmp(disposition, "merge") == 0;
  struct sl_db_window_request request = {
    .settings = d->config.settings,
    .driver = d->driver,
    .session = d->leader,
    .table = found,
    .column = cursor_of(d, found),
    .state_json = state_json,
    .merging = merging && found->n_primary_key > 0,
  };
  bool sorted = request.column != NULL && strcmp(d->config.settings->row_order, "none") != 0;
  bool small = sorted || (request.column != NULL && state_json != NULL);
  sl_status rc = count_readers(d, small, &request.wanted, err);
  if (rc == SL_OK) {
    rc = sl_db_window_open(&d->window, &request, &d->chunks, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  if (d->window.start != NULL || d->window.stateless) {
    table->rows = -1; /* only a part is read */
  }
  d->table = found;
  d->n_readers = sorted ? 1 : request.wanted;
  if ((size_t)d->n_readers > d->chunks.count) {
    d->n_readers = d->chunks.count == 0 ? 1 : (int)d->chunks.count;
  }
  d->readers[0].session = d->leader;
  for (int i = 1; i < d->n_team && i < d->n_readers; i++) {
    d->readers[i].session = d->team[i];
  }
  return SL_OK;
}

/* ---- reading ---- */

/* A claim is a right to the next rows of any reader: which one, `fill` chooses, where to wait for a
 * free one holds up nobody else. */
sl_status sl_db_source_claim(struct sl_source *base, struct sl_block *out, bool *end,
                             struct sl_error *err) {
  struct database *d = (struct database *)base;
  *end = true;
  pthread_mutex_lock(&d->lock);
  for (int i = 0; i < d->n_readers; i++) {
    *end = *end && d->readers[i].done;
  }
  pthread_mutex_unlock(&d->lock);
  if (d->cancelled) {
    return stopped(d, err);
  }
  *out = (struct sl_block){ .kind = SL_BLOCK_BATCH, .first_record = -1 };
  return SL_OK;
}

/* A reader that nobody is filling from; NULL = all are done, or the reading was cancelled. */
static struct reader *take_reader(struct database *d) {
  struct reader *free_one = NULL;
  bool left = true;
  pthread_mutex_lock(&d->lock);
  while (free_one == NULL && left && !d->cancelled) {
    left = false;
    for (int i = 0; free_one == NULL && i < d->n_readers; i++) {
      struct reader *r = &d->readers[i];
      left = left || !r->done;
      free_one = r->done || r->busy ? NULL : r;
    }
    if (free_one == NULL && left) {
      pthread_cond_wait(&d->changed, &d->lock);
    }
  }
  if (free_one != NULL) {
    free_one->busy = true;
  }
  pthread_mutex_unlock(&d->lock);
  return free_one;
}

/* False: no chunk is left, the reader is done. */
static bool take_chunk(struct database *d, struct reader *r) {
  pthread_mutex_lock(&d->lock);
  if (d->n_returned > 0) {
    r->chunk = d->returned[--d->n_returned];
  } else {
    r->chunk = d->next_chunk < d->chunks.count ? &d->chunks.items[d->next_chunk++] : NULL;
  }
  r->done = r->chunk == NULL;
  r->delivered = 0;
  pthread_mutex_unlock(&d->lock);
  return r->chunk != NULL;
}

/* A table that somebody waits to ALTER lets no new session in, while the leader's lock holds: the
 * leader reads the chunk then. */
static void return_chunk(struct database *d, struct reader *r) {
  pthread_mutex_lock(&d->lock);
  d->returned[d->n_returned++] = r->chunk;
  d->readers[0].done = false;
  r->chunk = NULL;
  r->done = true;
  pthread_mutex_unlock(&d->lock);
}

/* The session is published under the lock, because cancel looks at it. */
static sl_status connect_reader(struct database *d, struct reader *r, struct sl_error *err) {
  struct sl_db_session *session = NULL;
  sl_status rc = d->driver->connect(&d->config, d->leader, &session, err);
  pthread_mutex_lock(&d->lock);
  r->session = session;
  pthread_mutex_unlock(&d->lock);
  return rc;
}

static sl_status open_chunk(struct database *d, struct reader *r, struct sl_error *err) {
  sl_status rc = r->session == NULL ? connect_reader(d, r, err) : SL_OK;
  return rc == SL_OK ? d->driver->open(r->session, d->table, r->chunk, err) : rc;
}

/* Leaves out the first `known` rows of what a chunk delivers a second time. */
static sl_status skip_rows(struct database *d, struct reader *r, struct sl_block *out, bool *end,
                           struct sl_error *err) {
  int64_t known = r->delivered;
  sl_status rc = SL_OK;
  while (rc == SL_OK && known > 0) {
    rc = d->driver->next(r->session, out, end, err);
    if (rc == SL_OK && *end) {
      rc = sl_fail(err, SL_ESOURCE,
                   "table %s: rows that were read before a connection was lost did not come again; "
                   "run the load again",
                   d->table->name);
    }
    if (rc != SL_OK) {
      return rc;
    }
    int64_t rows = sl_db_block_rows(out);
    if (rows <= known) {
      out->release(out);
      known -= rows;
      continue;
    }
    bool *keep = sl_calloc_array((size_t)rows, sizeof *keep);
    if (keep == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory reading table %s", d->table->name);
    }
    for (int64_t i = known; i < rows; i++) {
      keep[i] = true;
    }
    rc = sl_db_block_keep(out, keep, err);
    free(keep);
    return rc;
  }
  return rc == SL_OK ? d->driver->next(r->session, out, end, err) : rc;
}

/* After a lost connection: the same chunk again, over a new one that shares the leader's snapshot.
 */
static sl_status resume(struct database *d, struct reader *r, struct sl_block *out, bool *end,
                        struct sl_error *err) {
  struct sl_db_session *lost = r->session;
  if (!d->driver->resumable || lost == d->leader || d->cancelled) {
    return err->code;
  }
  pthread_mutex_lock(&d->lock);
  r->session = NULL;
  pthread_mutex_unlock(&d->lock);
  if (lost != NULL) { /* it was there at the first try */
    d->driver->close(lost);
  }
  sl_status rc = open_chunk(d, r, err);
  return rc == SL_OK ? skip_rows(d, r, out, end, err) : rc;
}

static sl_status read_next(struct database *d, struct reader *r, struct sl_block *out, bool *end,
                           struct sl_error *err) {
  struct sl_error first;
  sl_status rc = d->driver->next(r->session, out, end, err);
  bool again = d->driver->resumable;
  for (int tries = 0; again && rc != SL_OK && err->retryable && tries < MOST_TRIES; tries++) {
    first = *err;
    usleep((useconds_t)(200000 << tries));
    rc = resume(d, r, out, end, err);
    if (rc != SL_OK && !d->cancelled) {
      *err = first; /* what broke the connection says more than why it did not come back */
    }
  }
  return rc;
}

static bool has_json(const struct sl_db_table *table) {
  for (size_t i = 0; i < table->n_columns; i++) {
    if (table->columns[i].json) {
      return true;
    }
  }
  return false;
}

static sl_status expand(const struct sl_db_table *table, struct sl_block *block,
                        struct sl_error *err) {
  sl_status rc = sl_db_block_to_documents(table, block, err);
  if (rc != SL_OK) {
    block->release(block);
  }
  return rc;
}

/* Blocks until one has rows or the chunks are used up. */
static sl_status fill_from(struct database *d, struct reader *r, struct sl_block *out,
                           struct sl_error *err) {
  for (;;) {
    if (d->cancelled) {
      return stopped(d, err);
    }
    sl_status rc = SL_OK;
    if (r->chunk == NULL) {
      if (!take_chunk(d, r)) {
        return SL_OK;
      }
      rc = open_chunk(d, r, err);
      if (rc == SL_EBUSY && r != &d->readers[0]) {
        return_chunk(d, r);
        return SL_OK;
      }
    }
    bool end = false;
    if (rc == SL_OK) {
      rc = read_next(d, r, out, &end, err);
    }
    if (rc != SL_OK) {
      return d->cancelled ? stopped(d, err) : rc;
    }
    if (end) {
      d->driver->finish(r->session);
      r->chunk = NULL;
      continue;
    }
    r->delivered += sl_db_block_rows(out);
    rc = sl_db_window_filter(&d->window, r->chunk, out, err);
    if (rc == SL_OK && sl_db_block_rows(out) > 0) {
      return d->expands && has_json(d->table) && out->kind == SL_BLOCK_BATCH
                 ? expand(d->table, out, err)
                 : SL_OK;
    }
    out->release(out);
    if (rc != SL_OK) {
      return rc;
    }
  }
}

static void empty_release(struct sl_block *block) {
  free(block->data);
  block->release = NULL;
}

/* A block without rows: the reader had none left. */
static sl_status make_empty(struct sl_block *out, struct sl_error *err) {
  *out = (struct sl_block){ .kind = SL_BLOCK_DOCUMENTS,
                            .data = calloc(1, SL_BLOCK_PADDING),
                            .origin = "",
                            .first_record = -1,
                            .release = empty_release };
  return out->data == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a block") : SL_OK;
}

sl_status sl_db_source_fill(struct sl_source *base, struct sl_block *block, struct sl_error *err) {
  struct database *d = (struct database *)base;
  struct reader *r = take_reader(d);
  struct sl_block filled = { 0 };
  if (d->cancelled && r == NULL) {
    return stopped(d, err);
  }
  sl_status rc = r == NULL ? SL_OK : fill_from(d, r, &filled, err);
  if (rc == SL_OK && filled.release == NULL) {
    rc = make_empty(&filled, err);
  }
  if (rc == SL_OK) {
    *block = filled;
  }
  if (r == NULL) {
    return rc;
  }
  pthread_mutex_lock(&d->lock);
  r->busy = false;
  r->done = r->done || rc != SL_OK;
  pthread_cond_broadcast(&d->changed);
  pthread_mutex_unlock(&d->lock);
  return rc;
}

sl_status sl_db_source_state(struct sl_source *base, char **out_json, struct sl_error *err) {
  return sl_db_window_state(&((struct database *)base)->window, out_json, err);
}

void sl_db_source_cancel(struct sl_source *base) {
  struct database *d = (struct database *)base;
  pthread_mutex_lock(&d->lock);
  bool first = !d->cancelled;
  d->cancelled = true;
  if (first && d->leader != NULL) {
    d->driver->cancel(d->leader);
  }
  for (int i = 1; first && i < d->n_readers; i++) {
    if (d->readers[i].session != NULL) {
      d->driver->cancel(d->readers[i].session);
    }
  }
  pthread_cond_broadcast(&d->changed);
  pthread_mutex_unlock(&d->lock);
}
