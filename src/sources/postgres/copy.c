/* copy.c - a chunk of a table as a stream of rows: COPY (SELECT …) TO STDOUT (FORMAT binary). */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/time.h"
#include "sources/postgres/decode.h"
#include "sources/postgres/wire.h"

/* The end of the rows is less than what is waited for, so waits are short. */
enum { WAKE_BYTES = 64 << 10, FIRST_WAIT_MS = 4, WAIT_MS = 20, PATIENCE_MS = 3000 };
enum { SIGNATURE = 11, HEADER = 19 };
enum { SMALLEST_ROW = 64 << 10, LARGEST_ROW = 1 << 30 };

static void name_doing(const struct pg_session *s, char out[256]) {
  snprintf(out, 256, s->table->query != NULL ? "the query (--query)" : "reading table %s",
           s->table->name);
}

/* ---- begin ---- */

static sl_status make_batch(struct pg_session *s, struct sl_error *err) {
  sl_db_batch_free(s->batch);
  free(s->fields);
  s->fields = NULL;
  s->wire_bytes = 0;
  sl_status rc = sl_db_batch_new(&s->batch, s->table, s->config->settings, err);
  if (rc == SL_OK) {
    sl_db_batch_tell(s->batch, s->config);
  }
  if (rc == SL_OK && (s->fields = pg_fields_new(s->table, s->batch)) == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a batch of table %s", s->table->name);
  }
  return rc;
}

/* The leader's transaction must outlive a COPY that is stopped, so it has a savepoint before it. */
static void write_copy(struct pg_session *s, const struct sl_db_chunk *chunk,
                       struct sl_buffer *out) {
  if (s->leads) {
    sl_buffer_text(out, s->savepoint ? "RELEASE SAVEPOINT sluice;" : "");
    sl_buffer_text(out, "SAVEPOINT sluice;");
  }
  sl_buffer_text(out, "COPY (");
  sl_db_select(&pg_driver, s->table, chunk, out);
  sl_buffer_text(out, "\n) TO STDOUT (FORMAT binary)");
}

/* The results up to the one that says that rows follow. */
static sl_status await_copy(struct pg_session *s, const char *doing, struct sl_error *err) {
  for (;;) {
    PGresult *result = PG(getResult)(s->conn);
    ExecStatusType status = PG(resultStatus)(result);
    if (status == PGRES_COPY_OUT) {
      PG(clear)(result);
      return SL_OK;
    }
    if (result == NULL || status != PGRES_COMMAND_OK) {
      sl_status rc = pg_fail(s, result, doing, err);
      while ((result = PG(getResult)(s->conn)) != NULL) {
        PG(clear)(result);
      }
      return rc;
    }
    PG(clear)(result);
  }
}

/* How much must have come before the kernel wakes this thread: the server sends 8 KB at a time, and
 * waking up for each costs both of them more than the rows do. */
static void wake_up_for(const struct pg_session *s, int bytes) {
  (void)setsockopt(PG(socket)(s->conn), SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

sl_status pg_open(struct sl_db_session *base, const struct sl_db_table *table,
                  const struct sl_db_chunk *chunk, struct sl_error *err) {
  struct pg_session *s = (struct pg_session *)base;
  struct sl_buffer sql = { 0 };
  char doing[256];
  s->table = table;
  name_doing(s, doing);
  sl_status rc = make_batch(s, err);
  if (rc == SL_OK) {
    write_copy(s, chunk, &sql);
    rc = sl_buffer_check(&sql, err);
  }
  if (rc == SL_OK) {
    rc = PG(sendQuery)(s->conn, sql.data) == 1 ? await_copy(s, doing, err)
                                               : pg_fail(s, NULL, doing, err);
  }
  sl_buffer_release(&sql);
  if (rc == SL_OK) {
    s->savepoint = s->leads;
    s->copying = true;
    s->began = false;
    wake_up_for(s, WAKE_BYTES);
    int64_t kind = table->detail[PG_RELKIND];
    s->repeatable = table->query == NULL && (kind == 'r' || kind == 'm' || chunk->from != NULL);
  }
  return rc;
}

/* ---- rows ---- */

/* Waits until much has come, or a moment; *stopping: when cancel was seen, 0 before. Nothing is
 * waited for longer than a moment then. */
static sl_status await_rows(struct pg_session *s, int wait_ms, int64_t *stopping,
                            struct sl_error *err) {
  char doing[256];
  struct pollfd fd = { .fd = PG(socket)(s->conn), .events = POLLIN };
  int ready = poll(&fd, 1, wait_ms);
  if (ready < 0 && errno != EINTR) {
    name_doing(s, doing);
    return sl_fail_errno(err, errno, "%s: waiting for the server", doing);
  }
  if (ready <= 0 && atomic_load(&s->stopped)) {
    int64_t now = sl_monotonic_nanos();
    *stopping = *stopping == 0 ? now : *stopping;
    if (now - *stopping >= PATIENCE_MS * INT64_C(1000000)) {
      name_doing(s, doing);
      return sl_fail(err, SL_ECANCELLED, "%s was stopped", doing);
    }
  }
  return SL_OK;
}

/* Takes what the server has sent, which may be nothing. */
static sl_status receive(struct pg_session *s, struct sl_error *err) {
  char doing[256];
  if (PG(consumeInput)(s->conn) == 1) {
    return SL_OK;
  }
  name_doing(s, doing);
  return pg_fail(s, NULL, doing, err);
}

/* True when all fields of a row are there. The header of the stream comes with the first row. */
static bool is_complete(const struct pg_session *s, size_t length) {
  const unsigned char *at = (const unsigned char *)s->row + (s->began ? 0 : HEADER);
  const unsigned char *end = (const unsigned char *)s->row + length;
  int fields = end - at < 2 ? 0 : pg_be16(at);
  at += 2;
  for (int i = 0; fields != UINT16_MAX && i < fields && end - at >= 4; i++) {
    int32_t size = (int32_t)pg_be32(at);
    at += 4 + (size > 0 ? (ptrdiff_t)size : 0);
    if (i + 1 == fields) {
      return end >= at;
    }
  }
  return fields == 0 || fields == UINT16_MAX;
}

static sl_status grow_row(struct pg_session *s, struct sl_error *err) {
  size_t wanted = s->row_capacity == 0 ? SMALLEST_ROW : 2 * s->row_capacity;
  char *grown = wanted > LARGEST_ROW ? NULL : realloc(s->row, wanted);
  if (grown == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a row of table %s with more than %zu bytes",
                   s->table->name, s->row_capacity);
  }
  s->row = grown;
  s->row_capacity = wanted;
  return SL_OK;
}

/* One row into s->row; *length -1: no more. PQgetlineAsync copies a message where PQgetCopyData
 * would allocate memory for each; a message is a row, or as much of it as there is room. */
static sl_status next_row(struct pg_session *s, int *length, struct sl_error *err) {
  size_t have = 0;
  int64_t stopping = 0;
  for (int tries = 0;; tries++) {
    sl_status rc = SL_OK;
    int room = (int)(s->row_capacity - have);
    int got = room == 0 ? 0 : PG(getlineAsync)(s->conn, s->row + have, room);
    if (got < 0) {
      *length = -1;
      return SL_OK;
    }
    have += (size_t)got;
    if (got > 0 && (got < room || is_complete(s, have))) {
      *length = (int)have;
      return SL_OK;
    }
    rc = got == room ? grow_row(s, err) : SL_OK;
    if (rc == SL_OK && got < room) { /* often more is there already */
      rc = tries == 0 ? SL_OK : await_rows(s, tries < 8 ? FIRST_WAIT_MS : WAIT_MS, &stopping, err);
      rc = rc == SL_OK ? receive(s, err) : rc;
    }
    if (rc != SL_OK) {
      return rc;
    }
  }
}

/* The rows were sent: what the server says of it. */
static sl_status end_copy(struct pg_session *s, struct sl_error *err) {
  char doing[256];
  PGresult *result;
  sl_status rc = SL_OK;
  name_doing(s, doing);
  s->copying = false;
  wake_up_for(s, 1);
  while ((result = PG(getResult)(s->conn)) != NULL) {
    if (rc == SL_OK && PG(resultStatus)(result) != PGRES_COMMAND_OK) {
      rc = pg_fail(s, result, doing, err);
    } else {
      PG(clear)(result);
    }
  }
  return rc;
}

static sl_status decode(struct pg_session *s, const unsigned char *at, size_t length,
                        struct sl_error *err) {
  const unsigned char *end = at + length;
  if (!s->began) {
    if (length < HEADER || memcmp(at, "PGCOPY\n\377\r\n", SIGNATURE) != 0 ||
        pg_be32(at + SIGNATURE + 4) > length - HEADER) {
      return sl_fail(err, SL_ESOURCE,
                     "table %s: the server does not answer in COPY's binary format; is it "
                     "PostgreSQL?",
                     s->table->name);
    }
    at += HEADER + pg_be32(at + SIGNATURE + 4);
    s->began = true;
  }
  if (end - at < 2 || pg_be16(at) == UINT16_MAX) {
    return SL_OK; /* the trailer */
  }
  if (pg_be16(at) != s->table->n_columns) {
    return sl_fail(err, SL_ESOURCE, "table %s: the server sent %d columns instead of %zu",
                   s->table->name, pg_be16(at), s->table->n_columns);
  }
  return pg_decode_row(s, at + 2, end, err);
}

sl_status pg_next(struct sl_db_session *base, struct sl_block *out, bool *end,
                  struct sl_error *err) {
  struct pg_session *s = (struct pg_session *)base;
  sl_status rc = SL_OK;
  while (rc == SL_OK && s->copying && sl_db_batch_rows(s->batch) < s->config->batch_rows &&
         s->wire_bytes < s->config->block_bytes) {
    int length;
    rc = next_row(s, &length, err);
    if (rc == SL_OK && length < 0) {
      rc = end_copy(s, err);
    } else if (rc == SL_OK) {
      rc = decode(s, (const unsigned char *)s->row, (size_t)length, err);
      s->wire_bytes += length;
    }
  }
  if (rc != SL_OK) {
    if (err != NULL && !s->repeatable) {
      err->retryable = false;
    }
    return rc;
  }
  *end = sl_db_batch_rows(s->batch) == 0;
  if (!*end) {
    rc = sl_db_batch_finish(s->batch, s->wire_bytes, out, err);
    s->wire_bytes = 0;
  }
  return rc;
}

/* ---- end ---- */

/* A COPY that is not wanted any more: cancelled on the server and read away. Only the leader goes
 * on after it; other connections are closed. */
void pg_finish(struct sl_db_session *base) {
  struct pg_session *s = (struct pg_session *)base;
  char message[256];
  if (!s->copying) {
    return;
  }
  s->copying = false;
  wake_up_for(s, 1);
  if (!s->leads || atomic_load(&s->stopped) || PG(status)(s->conn) != CONNECTION_OK) {
    return;
  }
  (void)PG(cancel)(s->cancel, message, sizeof message);
  PGresult *result;
  while ((result = PG(getResult)(s->conn)) != NULL && PG(status)(s->conn) == CONNECTION_OK) {
    char *row = NULL;
    while (PG(resultStatus)(result) == PGRES_COPY_OUT && PG(getCopyData)(s->conn, &row, 0) > 0) {
      PG(freemem)(row);
    }
    PG(clear)(result);
  }
  (void)pg_run(s, "ROLLBACK TO SAVEPOINT sluice", "ending a table", NULL, NULL);
}
