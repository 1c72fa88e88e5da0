/* files.c - the main file and those attached to it.
 *
 * A WAL database in a folder where nothing can be written needs its -shm file. Where that is
 * missing, nobody has the database open, and it is read without locks, its index of the -wal in
 * memory; that nobody began to write meanwhile is checked when reading ends. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "sources/sqlite/sqlite_internal.h"
#include "sqlite/claims.h"

static sl_status add_file(struct sqlite_group *g, const char *name, size_t name_length,
                          const char *location, struct sl_error *err) {
  struct sqlite_file *grown = realloc(g->files, (g->n_files + 1) * sizeof *grown);
  if (grown == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a SQLite file");
  }
  g->files = grown;
  struct sqlite_file *f = &grown[g->n_files];
  *f = (struct sqlite_file){ .name = strndup(name, name_length) };
  sl_status rc = f->name == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a SQLite file")
                                 : sqlite_location_find(location, &f->location, err);
  if (rc != SL_OK) {
    free(f->name);
    sqlite_location_release(&f->location);
    return rc;
  }
  g->n_files++;
  return SL_OK;
}

/* name=path,name=path */
static sl_status add_attached(struct sqlite_group *g, const char *list, struct sl_error *err) {
  sl_status rc = SL_OK;
  while (rc == SL_OK && list != NULL && *list != '\0') {
    size_t length = strcspn(list, ",");
    size_t equals = strcspn(list, "=");
    char *path = equals + 1 < length ? strndup(list + equals + 1, length - equals - 1) : NULL;
    bool reserved = (equals == 4 && strncasecmp(list, "main", 4) == 0) ||
                    (equals == 4 && strncasecmp(list, "temp", 4) == 0);
    if (equals == 0 || path == NULL) {
      rc = sl_fail(err, SL_EUSAGE, "--attach %.*s: write name=path, several separated by commas",
                   (int)length, list);
    } else if (reserved) {
      rc = sl_fail(err, SL_EUSAGE, "--attach: %.4s is a name that SQLite itself uses", list);
    } else {
      rc = add_file(g, list, equals, path, err);
      if (rc != SL_OK) {
        sl_error_add_context(err, "--attach %.*s", (int)equals, list);
      }
    }
    free(path);
    list += length + (list[length] == ',');
  }
  return rc;
}

void sqlite_group_free(struct sqlite_group *g) {
  for (size_t i = 0; i < g->n_files; i++) {
    if (g->files[i].claimed) {
      sqlite_unclaim(g->files[i].location.path, SQLITE_READS);
    }
    free(g->files[i].name);
    sqlite_location_release(&g->files[i].location);
  }
  pthread_mutex_destroy(&g->lock);
  free(g->files);
  free(g->pool);
  free(g);
}

sl_status sqlite_group_new(struct sqlite_group **out, const struct sl_db_config *config,
                           struct sl_error *err) {
  struct sqlite_group *g = calloc(1, sizeof *g);
  *out = g;
  if (g == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a SQLite connection");
  }
  pthread_mutex_init(&g->lock, NULL);
  sl_status rc = add_file(g, "main", 4, config->location, err);
  if (rc == SL_OK) {
    rc = add_attached(g, sqlite_settings_of(config)->attach, err);
  }
  if (rc != SL_OK) {
    sqlite_group_free(g);
    *out = NULL;
  }
  return rc;
}

/* ---- files that are read without locks ---- */

static bool beside(const struct sqlite_file *f, const char *suffix, struct stat *out) {
  char path[4200];
  snprintf(path, sizeof path, "%s%s", f->location.path, suffix);
  return stat(path, out) == 0;
}

static void take_fingerprint(const struct sqlite_file *f, int64_t out[8]) {
  struct stat s;
  memset(out, 0, 8 * sizeof *out);
  if (stat(f->location.path, &s) == 0) {
    out[0] = (int64_t)s.st_ino;
    out[1] = s.st_size;
    out[2] = s.st_mtim.tv_sec * INT64_C(1000000000) + s.st_mtim.tv_nsec;
  }
  if (beside(f, "-wal", &s)) {
    out[3] = 1;
    out[4] = s.st_size;
    out[5] = s.st_mtim.tv_sec * INT64_C(1000000000) + s.st_mtim.tv_nsec;
  }
  out[6] = beside(f, "-shm", &s);
  out[7] = beside(f, "-journal", &s);
}

sl_status sqlite_check_unchanged(const struct sqlite_session *s, struct sl_error *err) {
  for (size_t i = 0; i < s->group->n_files; i++) {
    const struct sqlite_file *f = &s->group->files[i];
    int64_t now[8];
    take_fingerprint(f, now);
    if (f->unlocked && memcmp(now, f->fingerprint, sizeof now) != 0) {
      return sl_fail(err, SL_EDATA,
                     "sqlite: %s was written while it was read; its folder cannot be written, so "
                     "no lock could prevent that. Load again when nobody writes",
                     f->location.path);
    }
  }
  return SL_OK;
}

/* True when the file is in WAL mode, nobody has it open, and its folder takes no new file. */
static bool needs_no_locks(const struct sqlite_file *f) {
  unsigned char head[20] = { 0 };
  struct stat status;
  FILE *file = fopen(f->location.path, "rb");
  bool read = file != NULL && fread(head, 1, sizeof head, file) == sizeof head;
  if (file != NULL) {
    fclose(file);
  }
  return read && head[18] == 2 && head[19] == 2 && !beside(f, "-shm", &status) &&
         !f->location.immutable && !f->location.nolock && f->location.vfs == NULL;
}

int64_t sqlite_group_bytes(const struct sqlite_group *g) {
  int64_t bytes = 0;
  for (size_t i = 0; i < g->n_files; i++) {
    struct stat s;
    bytes += stat(g->files[i].location.path, &s) == 0 ? s.st_size : 0;
    bytes += beside(&g->files[i], "-wal", &s) ? s.st_size : 0;
  }
  return bytes;
}

bool sqlite_group_without_locks(struct sqlite_group *g) {
  bool any = false;
  for (size_t i = 0; i < g->n_files; i++) {
    struct sqlite_file *f = &g->files[i];
    struct stat status;
    if (needs_no_locks(f)) {
      f->unlocked = true;
      f->location.immutable = !beside(f, "-wal", &status);
      take_fingerprint(f, f->fingerprint);
      any = true;
    }
  }
  return any;
}
