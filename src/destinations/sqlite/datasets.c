/* datasets.c - a file for each dataset, as dlt has them: attached when it is first named.
 *
 * One load writes one file: rows, schema and state of a dataset are in the same one, and temporary
 * tables are nobody else's. So a commit is a commit of one file, which SQLite makes atomic in every
 * journal mode; it would not be for several files in WAL mode. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time.h"
#include "sqlite/claims.h"
#include "sqlite_internal.h"

static struct sqlite_dataset *find(const struct sqlite_destination *d, const char *name) {
  for (size_t i = 0; i < d->n_datasets; i++) {
    if (strcasecmp(d->datasets[i].name, name) == 0) {
      return &d->datasets[i];
    }
  }
  return NULL;
}

/* `path` is taken, also on failure. */
static sl_status add(struct sqlite_destination *d, const char *name, char *path,
                     struct sl_error *err) {
  sl_status rc = sl_grow(&d->datasets, &d->capacity, d->n_datasets + 1, sizeof *d->datasets, err);
  char *copy = rc == SL_OK ? strdup(name) : NULL;
  if (copy == NULL) {
    free(path);
    return rc != SL_OK ? rc : sl_fail(err, SL_ENOMEM, "out of memory for dataset %s", name);
  }
  d->datasets[d->n_datasets++] = (struct sqlite_dataset){ .name = copy, .path = path };
  return SL_OK;
}

/* PRAGMA "name".text */
static sl_status pragma(struct sqlite_destination *d, const char *name, const char *text,
                        const char *doing, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_text(&sql, "PRAGMA ");
  sl_sql_identifier(&d->sql, name, &sql);
  sl_buffer_printf(&sql, ".%s", text);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_dest_run(d, sql.data, doing, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

static sl_status set_up(struct sqlite_destination *d, const char *name, struct sl_error *err) {
  char text[64];
  snprintf(text, sizeof text, "cache_size = -%lld", (long long)d->cache_kib);
  return pragma(d, name, text, "setting up the cache", err);
}

sl_status sqlite_datasets_add_main(struct sqlite_destination *d, struct sl_error *err) {
  char *path = d->path == NULL ? NULL : strdup(d->path);
  sl_status rc = d->path != NULL && path == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for the name of a SQLite file")
                     : add(d, "main", path, err);
  return rc == SL_OK ? set_up(d, "main", err) : rc;
}

static sl_status attach(struct sqlite_destination *d, const char *name, char *path,
                        struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  char doing[300];
  snprintf(doing, sizeof doing, "attaching %.280s", path == NULL ? "a dataset in memory" : path);
  sl_buffer_text(&sql, "ATTACH ");
  const char *file = path == NULL ? ":memory:" : path;
  sl_sql_text_literal(&d->sql, file, strlen(file), &sql);
  sl_buffer_text(&sql, " AS ");
  sl_sql_identifier(&d->sql, name, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_dest_run(d, sql.data, doing, err);
  }
  sl_buffer_release(&sql);
  if (rc != SL_OK) {
    free(path);
    return rc;
  }
  rc = add(d, name, path, err);
  return rc == SL_OK ? set_up(d, name, err) : rc;
}

/* Attaches what is not. create: a file that is not there is made. */
static sl_status need(struct sqlite_destination *d, const char *name, bool create, bool *found,
                      struct sl_error *err) {
  *found = find(d, name) != NULL;
  if (*found) {
    return SL_OK;
  }
  if (strchr(name, '/') != NULL || name[0] == '\0' || strcasecmp(name, "temp") == 0) {
    return sl_fail(err, SL_EUSAGE,
                   "sqlite: a dataset cannot be called '%s'; choose another with --dataset", name);
  }
  char *path = d->path == NULL ? NULL : sqlite_dataset_path(d->path, name);
  if (d->path != NULL && path == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the name of a SQLite file");
  }
  if (!create && (path == NULL || access(path, F_OK) != 0)) {
    free(path);
    return SL_OK;
  }
  *found = true;
  return attach(d, name, path, err);
}

/* SQLite does not wait for other connections when it switches the mode, whatever the busy timeout:
 * so it is not switched where it is right, and tried again where others are in the file. */
static sl_status switch_journal(struct sqlite_destination *d, const char *mode, const char *doing,
                                struct sl_error *err) {
  const struct timespec pause = { 0, 20 * 1000000L };
  int64_t end = sl_monotonic_nanos() + d->settings.busy_timeout * 1000000000;
  char sql[64];
  snprintf(sql, sizeof sql, "PRAGMA journal_mode = %s", mode);
  for (;;) {
    bool is = false;
    sl_status rc = sqlite_dest_is(d, "PRAGMA journal_mode", doing, mode, &is, err);
    if (rc == SL_OK && !is) {
      rc = sqlite_dest_run(d, sql, doing, err);
    }
    if (rc != SL_EBUSY || sl_monotonic_nanos() >= end) {
      return rc;
    }
    nanosleep(&pause, NULL);
  }
}

/* The journal mode that the user wants, by a connection of its own: it cannot be changed within a
 * transaction. */
static sl_status set_journal(struct sqlite_destination *d, const struct sqlite_dataset *dataset,
                             struct sl_error *err) {
  static const char doing[] = "setting the journal mode";
  struct sqlite_destination other = { .path = dataset->path, .settings = d->settings };
  if (dataset->path == NULL || strcmp(d->settings.journal, "keep") == 0) {
    return SL_OK;
  }
  int code = SL_SQLITE(open_v2)(dataset->path, &other.db, SQLITE_OPEN_READWRITE, NULL);
  sl_status rc = code == SQLITE_OK ? SL_OK : sqlite_dest_fail(&other, code, doing, err);
  if (rc == SL_OK) {
    SL_SQLITE(busy_timeout)(other.db, (int)(d->settings.busy_timeout * 1000));
    rc = switch_journal(&other, d->settings.journal, doing, err);
  }
  SL_SQLITE(close_v2)(other.db);
  return rc;
}

static sl_status claim(struct sqlite_destination *d, const struct sqlite_dataset *dataset,
                       struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  bool wal = false;
  sl_buffer_text(&sql, "PRAGMA ");
  sl_sql_identifier(&d->sql, dataset->name, &sql);
  sl_buffer_text(&sql, ".journal_mode");
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sqlite_dest_is(d, sql.data, "looking at the journal mode", "wal", &wal, err);
  }
  sl_buffer_release(&sql);
  return rc == SL_OK ? sqlite_claim(dataset->path, SQLITE_WRITES, wal, err) : rc;
}

/* Takes the write lock now, when nothing has been read: a transaction that reads first and wants to
 * write later may find that somebody else did. The pragma begins to write and writes nothing. */
static sl_status lock(struct sqlite_destination *d, const char *name, struct sl_error *err) {
  struct sqlite_dataset *dataset = find(d, name);
  if (d->read_only || !d->in_transaction || dataset == NULL || dataset->locked) {
    return SL_OK;
  }
  sl_status rc = set_journal(d, dataset, err);
  if (rc == SL_OK) {
    rc = pragma(d, name, "incremental_vacuum(1)", "beginning to write", err);
  }
  dataset->locked = rc == SL_OK;
  if (rc == SL_OK && dataset->path != NULL) {
    rc = claim(d, dataset, err);
  }
  return rc;
}

/* In a transaction that may write, a file that is not there is made at once: of two loads that make
 * a dataset at the same time the second one waits, and then finds it. */
sl_status sqlite_dataset_use(struct sqlite_destination *d, const char *name, bool *found,
                             struct sl_error *err) {
  sl_status rc = need(d, name, d->in_transaction && !d->read_only, found, err);
  return rc == SL_OK && *found ? lock(d, name, err) : rc;
}

sl_status sqlite_dataset_create(struct sqlite_destination *d, const char *name,
                                struct sl_error *err) {
  bool found;
  sl_status rc = need(d, name, !d->read_only, &found, err);
  if (rc == SL_OK && !found) {
    rc = sl_fail(err, SL_ENOTFOUND, "there is no dataset %s, and the database is only read", name);
  }
  return rc == SL_OK ? lock(d, name, err) : rc;
}

sl_status sqlite_dataset_drop(struct sqlite_destination *d, const char *name,
                              struct sl_error *err) {
  static const char *const endings[] = { "", "-journal", "-wal", "-shm" };
  if (d->in_transaction || d->read_only || find(d, name) != NULL || strchr(name, '/') != NULL) {
    return sl_fail(err, SL_EDEST, "sqlite: dataset %s cannot be dropped while it is in use", name);
  }
  char *path = d->path == NULL ? NULL : sqlite_dataset_path(d->path, name);
  if (d->path != NULL && path == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the name of a SQLite file");
  }
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && path != NULL && i < sizeof endings / sizeof endings[0]; i++) {
    char file[4096];
    snprintf(file, sizeof file, "%s%s", path, endings[i]);
    if (unlink(file) != 0 && errno != ENOENT) {
      rc = sl_fail_errno(err, errno, "deleting %s", file);
    }
  }
  free(path);
  return rc;
}

/* "no such table: a.b.c" may be the table b.c of a, or c of a.b. */
sl_status sqlite_dataset_of_message(struct sqlite_destination *d, const char *message,
                                    bool *attached, struct sl_error *err) {
  static const char *const beginnings[] = { "no such table: ", "unknown database " };
  char name[512];
  sl_status rc = SL_OK;
  *attached = false;
  for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
    size_t length = strlen(beginnings[i]);
    if (strncmp(message, beginnings[i], length) != 0) {
      continue;
    }
    const char *rest = message + length + (i == 1 && message[length] == '"');
    size_t end = strlen(rest) - (rest > message + length && rest[strlen(rest) - 1] == '"');
    for (size_t at = 1; rc == SL_OK && !*attached && at <= end; at++) {
      bool boundary = at == end ? i == 1 : rest[at] == '.';
      if (boundary && at < sizeof name) {
        snprintf(name, sizeof name, "%.*s", (int)at, rest);
        bool usable = find(d, name) == NULL && strchr(name, '/') == NULL;
        rc = usable ? need(d, name, false, attached, err) : SL_OK;
      }
    }
  }
  return rc;
}

void sqlite_datasets_unlock(struct sqlite_destination *d) {
  for (size_t i = 0; i < d->n_datasets; i++) {
    if (d->datasets[i].locked && d->datasets[i].path != NULL) {
      sqlite_unclaim(d->datasets[i].path, SQLITE_WRITES);
    }
    d->datasets[i].locked = false;
  }
}

void sqlite_datasets_release(struct sqlite_destination *d) {
  sqlite_datasets_unlock(d);
  for (size_t i = 0; i < d->n_datasets; i++) {
    free(d->datasets[i].name);
    free(d->datasets[i].path);
  }
  free(d->datasets);
}
