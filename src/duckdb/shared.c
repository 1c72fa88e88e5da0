/* shared.c - see shared.h. */
#include "duckdb/shared.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "duckdb/feed.h"
#include "duckdb/query.h"
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

/* 'text' or "text" with the quotes doubled. */
static void put_quoted(struct sl_buffer *out, char quote, const char *text) {
  sl_buffer_char(out, quote);
  for (; *text != '\0'; text++) {
    if (*text == quote) {
      sl_buffer_char(out, quote);
    }
    sl_buffer_char(out, *text);
  }
  sl_buffer_char(out, quote);
}

/* The name under which DuckDB has the file: that of the file, without its ending. */
static void put_catalog(struct sl_buffer *out, const char *path) {
  const char *slash = strrchr(path, '/');
  char *name = strdup(slash == NULL ? path : slash + 1);
  if (name != NULL) {
    char *dot = strrchr(name, '.');
    if (dot != NULL && dot != name) {
      *dot = '\0';
    }
    put_quoted(out, '"', name);
  }
  free(name);
}

/* COPY FROM DATABASE is several statements to DuckDB, which cannot be prepared. */
static sl_status run_whole(duckdb_connection connection, const char *sql, struct sl_error *err) {
  duckdb_result result;
  bool failed = SL_DUCKDB(query)(connection, sql, &result) == DuckDBError;
  sl_status rc = failed ? sl_duckdb_fail(err, SL_DUCKDB(result_error)(&result),
                                         SL_DUCKDB(result_error_type)(&result))
                        : SL_OK;
  SL_DUCKDB(destroy_result)(&result);
  return rc;
}

static sl_status copy_database(duckdb_connection connection, const char *path, const char *to,
                               struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_buffer_text(&sql, "ATTACH ");
  put_quoted(&sql, '\'', to);
  sl_buffer_text(&sql, " AS ");
  put_quoted(&sql, '"', to); /* a name that nobody else has */
  sl_status rc = sl_duckdb_run(connection, sql.data, NULL, err);
  if (rc == SL_OK) {
    sl_buffer_reset(&sql);
    sl_buffer_text(&sql, "COPY FROM DATABASE ");
    put_catalog(&sql, path);
    sl_buffer_text(&sql, " TO ");
    put_quoted(&sql, '"', to);
    rc = run_whole(connection, sql.data, err);
    sl_buffer_reset(&sql);
    sl_buffer_text(&sql, "DETACH ");
    put_quoted(&sql, '"', to);
    sl_status detached = sl_duckdb_run(connection, sql.data, NULL, rc == SL_OK ? err : NULL);
    rc = rc == SL_OK ? detached : rc;
  }
  sl_buffer_release(&sql);
  return rc;
}

sl_status sl_duckdb_shared_copy(const char *path, const char *to, struct sl_error *err) {
  duckdb_connection connection = NULL;
  pthread_mutex_lock(&lock);
  struct instance *i = find(path);
  if (i != NULL) {
    i->users++; /* stays open meanwhile */
  }
  pthread_mutex_unlock(&lock);
  if (i == NULL) {
    return sl_fail(err, SL_ENOTFOUND, "%s is not open here", path);
  }
  sl_status rc = SL_DUCKDB(connect)(i->database, &connection) == DuckDBError
                     ? sl_fail(err, SL_EDEST, "DuckDB refuses a connection")
                     : copy_database(connection, path, to, err);
  if (connection != NULL) {
    SL_DUCKDB(disconnect)(&connection);
  }
  sl_duckdb_shared_close(i->database);
  return rc;
}
