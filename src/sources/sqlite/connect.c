/* connect.c - connections that see one state of the files.
 *
 * The leader begins a read transaction, and readers for the other threads are made right after it.
 * Whether a commit slipped in between is asked of a connection that holds no transaction: PRAGMA
 * data_version changes with every commit of others. If it stayed the same, all see the same rows,
 * in rollback mode and in WAL mode; if not, all begin again; after some tries one connection reads
 * alone. (sqlite3_snapshot_open would do it directly, but distributions build without it.)
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <yyjson.h>

#include "base/memory.h"
#include "base/time.h"
#include "sources/sqlite/sqlite_internal.h"
#include "sqlite/claims.h"

enum { MOST_BEGINS = 20, PROGRESS_STEPS = 20000 };
static const int64_t worth_parallel = 1 << 20; /* bytes of all files */

/* ---- one connection ---- */

static int progress(void *arg) {
  struct sqlite_session *s = arg;
  if (s->deadline != 0 && sl_monotonic_nanos() > s->deadline) {
    s->timed_out = true;
    return 1;
  }
  return atomic_load(&s->cancelled);
}

static enum sqlite_number_times number_times(const char *word) {
  return strcmp(word, "seconds") == 0        ? NUMBERS_SECONDS
         : strcmp(word, "milliseconds") == 0 ? NUMBERS_MILLISECONDS
         : strcmp(word, "julian") == 0       ? NUMBERS_JULIAN
                                             : NUMBERS_KEEP;
}

static void session_free(struct sqlite_session *s) {
  if (s->db != NULL) {
    sqlite_finish(&s->base);
    SL_SQLITE(close_v2)(s->db);
  }
  yyjson_alc_dyn_free(s->json_memory);
  free(s);
}

static sl_status attach(struct sqlite_session *s, const struct sqlite_file *f,
                        struct sl_error *err) {
  struct sl_buffer uri = { 0 };
  struct sl_buffer sql = { 0 };
  char doing[300];
  snprintf(doing, sizeof doing, "attaching %s", f->location.path);
  sqlite_location_uri(&f->location, f->unlocked, &uri);
  sl_buffer_text(&sql, "ATTACH ");
  sl_db_quote_text(uri.data == NULL ? "" : uri.data, &sql);
  sl_buffer_text(&sql, " AS ");
  sl_db_quote(&sqlite_driver, f->name, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_run(s, sql.data, doing, NULL, err);
  }
  sl_buffer_release(&uri);
  sl_buffer_release(&sql);
  return rc;
}

/* Opens the files; nothing is read yet. */
static sl_status session_open(struct sqlite_session **out, struct sqlite_group *group,
                              const struct sl_db_config *config, struct sl_error *err) {
  struct sqlite_session *s = calloc(1, sizeof *s);
  struct sl_buffer uri = { 0 };
  *out = NULL;
  if (s == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a SQLite connection");
  }
  s->base.driver = &sqlite_driver;
  s->config = config;
  s->group = group;
  s->number_times = number_times(sqlite_settings_of(config)->number_times);
  const struct sqlite_file *main_file = &group->files[0];
  char doing[300];
  snprintf(doing, sizeof doing, "opening %s", main_file->location.path);
  sqlite_location_uri(&main_file->location, main_file->unlocked, &uri);
  sl_status rc = sl_buffer_check(&uri, err);
  if (rc == SL_OK) {
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
    int code = SL_SQLITE(open_v2)(uri.data, &s->db, flags, NULL);
    rc = code == SQLITE_OK ? SL_OK : sqlite_fail(s, code, err, doing);
  }
  if (rc == SL_OK) {
    SL_SQLITE(busy_timeout)(s->db, (int)(sqlite_settings_of(config)->busy_timeout * 1000));
    SL_SQLITE(progress_handler)(s->db, PROGRESS_STEPS, progress, s);
    SL_SQLITE(db_config)(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    rc = sqlite_run(s, "PRAGMA query_only = 1", doing, NULL, err);
  }
  for (size_t i = 1; rc == SL_OK && i < group->n_files; i++) {
    rc = attach(s, &group->files[i], err);
  }
  for (size_t i = 0; rc == SL_OK && i < group->n_files; i++) {
    if (group->files[i].unlocked) { /* keeps the index of the -wal in memory */
      rc = sqlite_run(s, "PRAGMA locking_mode = exclusive", doing, NULL, err);
    }
  }
  sl_buffer_release(&uri);
  if (rc != SL_OK) {
    session_free(s);
    return rc;
  }
  *out = s;
  return SL_OK;
}

/* Reads the data version of every file: what a transaction begins with. */
static sl_status read_versions(struct sqlite_session *s, int64_t *out, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < s->group->n_files; i++) {
    struct sl_buffer sql = { 0 };
    bool is_null;
    char doing[300];
    snprintf(doing, sizeof doing, "opening %s", s->group->files[i].location.path);
    sl_buffer_text(&sql, "PRAGMA ");
    sl_db_quote(&sqlite_driver, s->group->files[i].name, &sql);
    sl_buffer_text(&sql, ".data_version");
    rc = sl_buffer_check(&sql, err);
    if (rc == SL_OK) {
      rc = sqlite_run_integer(s, sql.data, doing, &out[i], &is_null, err);
    }
    sl_buffer_release(&sql);
  }
  return rc;
}

static sl_status begin(struct sqlite_session *s, struct sl_error *err) {
  int64_t *versions = sl_calloc_array(s->group->n_files, sizeof *versions);
  sl_status rc = versions == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a SQLite connection")
                                  : sqlite_run(s, "BEGIN", "beginning to read", NULL, err);
  if (rc == SL_OK) {
    rc = read_versions(s, versions, err);
  }
  free(versions);
  return rc;
}

/* ---- the leader ---- */

static void drop_pool(struct sqlite_group *g) {
  for (size_t i = 0; i < g->n_pool; i++) {
    session_free(g->pool[i]);
  }
  g->n_pool = 0;
  g->n_readers = 0;
}

/* Fills the pool with readers, each in a transaction of its own. */
static sl_status make_readers(struct sqlite_session *leader, struct sl_error *err) {
  struct sqlite_group *g = leader->group;
  size_t wanted = (size_t)(leader->config->threads - 1);
  sl_status rc = SL_OK;
  free(g->pool);
  g->pool = sl_calloc_array(wanted + 1, sizeof(struct sqlite_session *));
  if (g->pool == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for SQLite connections");
  }
  while (rc == SL_OK && g->n_pool < wanted) {
    rc = session_open(&g->pool[g->n_pool], g, leader->config, err);
    if (rc == SL_OK) {
      rc = begin(g->pool[g->n_pool++], err);
    }
  }
  g->n_readers = g->n_pool;
  return rc;
}

/* Begins all transactions; *same = false when somebody committed meanwhile. */
static sl_status begin_all(struct sqlite_session *leader, struct sqlite_session *watch,
                           int64_t *versions, bool *same, struct sl_error *err) {
  size_t n = leader->group->n_files;
  int64_t *before = versions;
  int64_t *after = versions + n;
  sl_status rc = read_versions(watch, before, err);
  if (rc == SL_OK) {
    rc = begin(leader, err);
  }
  if (rc == SL_OK) {
    rc = make_readers(leader, err);
  }
  if (rc == SL_OK) {
    rc = read_versions(watch, after, err);
  }
  *same = rc == SL_OK && memcmp(before, after, n * sizeof *before) == 0;
  return rc;
}

static sl_status begin_together(struct sqlite_session *leader, struct sl_error *err) {
  int64_t *versions = sl_calloc_array(leader->group->n_files * 2, sizeof *versions);
  struct sqlite_session *watch = NULL;
  bool same = false;
  sl_status rc = versions == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a SQLite connection")
                                  : session_open(&watch, leader->group, leader->config, err);
  for (int tries = 0; rc == SL_OK && !same && tries < MOST_BEGINS; tries++) {
    if (tries > 0) {
      drop_pool(leader->group);
      rc = sqlite_run(leader, "COMMIT", "beginning to read", NULL, err);
      usleep((useconds_t)(1000 * tries));
    }
    rc = rc == SL_OK ? begin_all(leader, watch, versions, &same, err) : rc;
  }
  if (!same) { /* commits without a pause: one connection reads alone */
    drop_pool(leader->group);
  }
  if (watch != NULL) {
    session_free(watch);
  }
  free(versions);
  return rc;
}

static sl_status begin_reading(struct sqlite_session *leader, struct sl_error *err) {
  bool parallel =
      leader->config->threads > 1 && sqlite_group_bytes(leader->group) >= worth_parallel;
  return parallel ? begin_together(leader, err) : begin(leader, err);
}

static sl_status claim(struct sqlite_session *leader, struct sqlite_file *f, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  char *mode = NULL;
  sl_buffer_text(&sql, "PRAGMA ");
  sl_db_quote(&sqlite_driver, f->name, &sql);
  sl_buffer_text(&sql, ".journal_mode");
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_run(leader, sql.data, "beginning to read", &mode, err);
  }
  if (rc == SL_OK) {
    bool wal = mode != NULL && strcmp(mode, "wal") == 0;
    rc = sqlite_claim(f->location.path, SQLITE_READS, wal, err);
    f->claimed = rc == SL_OK;
  }
  free(mode);
  sl_buffer_release(&sql);
  return rc;
}

static sl_status open_leader(struct sqlite_session **out, struct sqlite_group *group,
                             const struct sl_db_config *config, struct sl_error *err) {
  sl_status rc = session_open(out, group, config, err);
  if (rc == SL_OK) {
    rc = begin_reading(*out, err);
  }
  for (size_t i = 0; rc == SL_OK && i < group->n_files; i++) {
    rc = group->files[i].claimed ? SL_OK : claim(*out, &group->files[i], err);
  }
  if (rc != SL_OK && *out != NULL) {
    drop_pool(group);
    session_free(*out);
    *out = NULL;
  }
  return rc;
}

static sl_status connect_leader(const struct sl_db_config *config, struct sqlite_session **out,
                                struct sl_error *err) {
  struct sqlite_group *group = NULL;
  sl_status rc = sl_sqlite_load(err);
  if (rc == SL_OK) {
    rc = sqlite_group_new(&group, config, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  struct sl_error first;
  rc = open_leader(out, group, config, &first);
  bool refused = rc == SL_EIO || rc == SL_ESOURCE;
  if (refused && sqlite_group_without_locks(group)) {
    rc = open_leader(out, group, config, &first);
  }
  if (rc != SL_OK) {
    if (err != NULL) {
      *err = first;
    }
    sqlite_group_free(group);
    return rc;
  }
  (*out)->leads = true;
  (*out)->base.most_readers = 1 + (int)group->n_readers;
  return SL_OK;
}

sl_status sqlite_connect(const struct sl_db_config *config, struct sl_db_session *leader,
                         struct sl_db_session **out, struct sl_error *err) {
  struct sqlite_session *s = NULL;
  sl_status rc = SL_OK;
  *out = NULL;
  if (leader == NULL) {
    rc = connect_leader(config, &s, err);
  } else {
    struct sqlite_group *g = ((struct sqlite_session *)leader)->group;
    pthread_mutex_lock(&g->lock);
    s = g->n_pool > 0 ? g->pool[--g->n_pool] : NULL;
    pthread_mutex_unlock(&g->lock);
    rc = s != NULL ? SL_OK
                   : sl_fail(err, SL_EINTERNAL, "sqlite: more readers than there are connections");
  }
  *out = s == NULL ? NULL : &s->base;
  return rc;
}

void sqlite_cancel(struct sl_db_session *base) {
  struct sqlite_session *s = (struct sqlite_session *)base;
  atomic_store(&s->cancelled, true);
  SL_SQLITE(interrupt)(s->db);
}

/* A reader goes back into the pool: its snapshot cannot be had a second time. */
void sqlite_close(struct sl_db_session *base) {
  struct sqlite_session *s = (struct sqlite_session *)base;
  struct sqlite_group *g = s->group;
  if (s->leads) {
    drop_pool(g);
    session_free(s);
    sqlite_group_free(g);
    return;
  }
  sqlite_finish(base);
  pthread_mutex_lock(&g->lock);
  g->pool[g->n_pool++] = s;
  pthread_mutex_unlock(&g->lock);
}
