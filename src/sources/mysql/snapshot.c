/* snapshot.c - several connections that see the same moment.
 *
 * Neither server lets a connection join the snapshot of another one, so all are opened before the
 * first row is read, and their snapshots are taken while nobody can write: under FLUSH TABLES WITH
 * READ LOCK, or where the user lacks the right RELOAD, LOCK TABLES ... READ. The lock is held for
 * some milliseconds, and not waited for longer than LOCK_SECONDS. Where there is no lock to be had,
 * one connection reads. */
#include <stdio.h>
#include <stdlib.h>

#include "sources/mysql/internal.h"

enum { LOCK_SECONDS = 5, PART_SECONDS = 20, LARGE_ROWS = 20000, LARGE_BYTES = 8 << 20 };

static sl_status begin_snapshot(struct maria_session *s, struct sl_error *err) {
  sl_status rc = maria_execute(s, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", err);
  if (rc ==
      SL_OK) { /* going back to it lets go of the tables read since, but not of the snapshot */
    rc = maria_execute(s, "SAVEPOINT sluice", err);
  }
  s->in_snapshot = rc == SL_OK;
  if (rc != SL_OK) {
    sl_error_add_context(err, "starting a snapshot");
  }
  return rc;
}

/* Only tables that are large are read in parts. */
static bool is_worth_it(const struct sl_db_tables *tables) {
  for (size_t i = 0; i < tables->count; i++) {
    const struct sl_db_table *t = &tables->items[i];
    if (t->query == NULL && !t->view && t->detail[MARIA_ENGINE] != 0 &&
        (t->rows >= LARGE_ROWS || t->bytes >= LARGE_BYTES)) {
      return true;
    }
  }
  return false;
}

static void warn(const struct maria_session *s, const char *message) {
  if (s->config->warn != NULL) {
    s->config->warn(s->config->warn_arg, message);
  }
}

static void close_others(struct sl_db_session **team, int *n) {
  for (int i = 1; i < *n; i++) {
    maria_close(team[i]);
    team[i] = NULL;
  }
  *n = 1;
}

/* The server may allow fewer connections than are wanted: then those it allows read. */
static void connect_others(struct maria_session *leader, int wanted, struct sl_db_session **team,
                           int *n) {
  struct sl_error ignored;
  while (*n < wanted && maria_connect(leader->config, NULL, &team[*n], &ignored) == SL_OK) {
    ((struct maria_session *)team[*n])->follower = true;
    *n += 1;
  }
}

static sl_status lock_tables(struct maria_session *locker, const struct sl_db_tables *tables,
                             struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  for (size_t i = 0; i < tables->count; i++) {
    sl_buffer_text(&sql, i == 0 ? "LOCK TABLES " : ", ");
    sl_db_from(&maria_driver, &tables->items[i], &sql);
    sl_buffer_text(&sql, " READ");
  }
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = maria_execute(locker, sql.data, err);
  }
  sl_buffer_release(&sql);
  return rc;
}

static sl_status limit_wait(struct maria_session *s, int seconds, struct sl_error *err) {
  char sql[60];
  snprintf(sql, sizeof sql, "SET SESSION lock_wait_timeout = %d", seconds);
  return maria_execute(s, sql, err);
}

/* A session that holds up writers until it is closed; NULL = none may. */
static struct sl_db_session *open_lock(struct maria_session *leader,
                                       const struct sl_db_tables *tables, struct sl_error *err) {
  struct sl_db_session *base = NULL;
  sl_status rc = maria_connect(leader->config, NULL, &base, err);
  struct maria_session *locker = (struct maria_session *)base;
  if (rc == SL_OK) {
    rc = limit_wait(locker, LOCK_SECONDS, err);
  }
  if (rc == SL_OK) {
    rc = maria_execute(locker, "FLUSH TABLES WITH READ LOCK", err);
  }
  if (rc != SL_OK && locker != NULL) {
    rc = lock_tables(locker, tables, err);
  }
  if (rc != SL_OK && base != NULL) {
    maria_close(base);
  }
  return rc == SL_OK ? base : NULL;
}

/* An ALTER may wait for the table that one connection reads, while another one waits behind it and
 * the first for its turn: nobody would ever go on, so none of several waits for long. */
static sl_status begin_all(struct sl_db_session **team, int n, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (int i = 0; rc == SL_OK && i < n; i++) {
    struct maria_session *s = (struct maria_session *)team[i];
    rc = n > 1 ? limit_wait(s, PART_SECONDS, err) : SL_OK;
    if (rc == SL_OK) {
      rc = begin_snapshot(s, err);
    }
  }
  return rc;
}

static sl_status begin_shared(struct maria_session *leader, const struct sl_db_tables *tables,
                              struct sl_db_session **team, int *n, struct sl_error *err) {
  struct sl_error why;
  struct sl_buffer message = { 0 };
  struct sl_db_session *lock = open_lock(leader, tables, &why);
  if (lock != NULL) {
    sl_status rc = begin_all(team, *n, err);
    maria_close(lock); /* ends the lock */
    return rc;
  }
  close_others(team, n);
  sl_buffer_printf(
      &message,
      "one connection reads everything, because no lock could be had under which several see the "
      "same moment (%s). For parallel reading GRANT RELOAD ON *.*, or LOCK TABLES on the database, "
      "to this user, or choose --snapshot loose; with --parallel 1 nothing is said",
      why.message);
  warn(leader, message.data == NULL ? "" : message.data);
  sl_buffer_release(&message);
  return begin_all(team, 1, err);
}

sl_status maria_open_team(struct sl_db_session *leader, const struct sl_db_tables *tables,
                          int wanted, struct sl_db_session **team, int *n, struct sl_error *err) {
  struct maria_session *s = (struct maria_session *)leader;
  const struct maria_settings *settings = s->config->own;
  bool loose = strcmp(settings->snapshot, "loose") == 0;
  team[0] = leader;
  *n = 1;
  if (wanted > 1 && is_worth_it(tables)) {
    connect_others(s, wanted, team, n);
  }
  if (*n > 1 && !loose) {
    return begin_shared(s, tables, team, n, err);
  }
  if (*n > 1) {
    warn(s,
         "--snapshot loose: the connections see the data at slightly different moments; rows "
         "that are moved between parts meanwhile may come twice or not at all");
  }
  return begin_all(team, *n, err);
}
