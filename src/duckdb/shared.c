/* shared.c - see shared.h. */
#include "duckdb/shared.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "duckdb/feed.h"
#include "duckdb/scan.h"

struct instance {
  duckdb_database database;
  dev_t device;
  ino_t file;
  unsigned users;
  struct instance *next;
};
static struct instance *instances;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct instance *find(const char *path) {
  struct stat st;
  struct instance *i = stat(path, &st) == 0 ? instances : NULL;
  while (i != NULL && (i->device != st.st_dev || i->file != st.st_ino)) {
    i = i->next;
  }
  return i;
}

static sl_status register_functions(duckdb_database database, struct sl_error *err) {
  duckdb_connection connection = NULL;
  if (SL_DUCKDB(connect)(database, &connection) == DuckDBError) {
    return sl_fail(err, SL_EDEST, "DuckDB refuses a connection");
  }
  sl_status rc = sl_duckdb_feed_register(connection, err);
  if (rc == SL_OK) {
    rc = sl_duckdb_scan_register(connection, err);
  }
  SL_DUCKDB(disconnect)(&connection);
  return rc;
}

static sl_status open_first(const char *path, duckdb_config config, struct instance **out,
                            struct sl_error *err) {
  struct stat st;
  struct instance *i = calloc(1, sizeof *i);
  sl_status rc = i == NULL ? sl_fail(err, SL_ENOMEM, "out of memory opening %s", path)
                           : sl_duckdb_open(path, false, config, &i->database, err);
  if (rc == SL_OK) {
    rc = register_functions(i->database, err);
    if (rc == SL_OK && stat(path, &st) != 0) {
      rc = sl_fail(err, SL_EIO, "%s is gone again", path);
    }
    if (rc != SL_OK) {
      SL_DUCKDB(close)(&i->database);
    }
  }
  if (rc != SL_OK) {
    free(i);
    return rc;
  }
  i->device = st.st_dev;
  i->file = st.st_ino;
  i->next = instances;
  instances = *out = i;
  return SL_OK;
}

sl_status sl_duckdb_shared_open(const char *path, duckdb_config config, duckdb_database *out,
                                bool *first, struct sl_error *err) {
  pthread_mutex_lock(&lock);
  struct instance *i = find(path);
  *first = i == NULL;
  sl_status rc = i != NULL ? SL_OK : open_first(path, config, &i, err);
  if (rc == SL_OK) {
    i->users++;
    *out = i->database;
  }
  pthread_mutex_unlock(&lock);
  return rc;
}

bool sl_duckdb_shared_close(duckdb_database database) {
  pthread_mutex_lock(&lock);
  struct instance **at = &instances;
  while (*at != NULL && (*at)->database != database) {
    at = &(*at)->next;
  }
  struct instance *found = *at;
  if (found != NULL && --found->users == 0) {
    *at = found->next;
    SL_DUCKDB(close)(&found->database);
    free(found);
  }
  pthread_mutex_unlock(&lock);
  return found != NULL;
}
