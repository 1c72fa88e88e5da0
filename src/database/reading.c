/* reading.c - blocks of one table from several connections at once.
 *
 * A block is "the next rows of one reader". Filling chooses a reader that nobody else fills from,
 * reads from its connection, and goes on to the next chunk when one has ended. So chunks of very
 * different sizes keep all connections busy, and memory is one block for each of them. A reader
 * that loses its connection resumes its chunk over a new one; where none is to be had, the leader
 * takes the chunk over. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "database/documents.h"
#include "database/rejects.h"
#include "database/source_internal.h"

enum { MOST_TRIES = 3, FIRST_PAUSE_MICROS = 200000 };

/* A claim is a right to the next rows of any reader: which one, `fill` chooses, where to wait for a
 * free one holds up nobody else. Where there is only one its rows come in the order of the claims,
 * which number them. */
sl_status sl_db_source_claim(struct sl_source *base, struct sl_block *out, bool *end,
                             struct sl_error *err) {
  struct database *d = (struct database *)base;
  *end = true;
  pthread_mutex_lock(&d->lock);
  for (int i = 0; i < d->n_readers; i++) {
    const struct reader *r = &d->readers[i];
    bool idle = d->pausing && r->chunk == NULL && !r->busy && d->n_returned == 0;
    *end = *end && (r->done || idle);
  }
  pthread_mutex_unlock(&d->lock);
  if (d->cancelled) {
    return sl_db_stopped(d, err);
  }
  *out = (struct sl_block){ .kind = SL_BLOCK_BATCH, .first_record = -1 };
  if (!*end) {
    out->byte_offset = d->claimed++; /* means nothing in a batch; `fill` takes it back */
  }
  return SL_OK;
}

/* True when all blocks that were claimed before this one are filled; under the lock. */
static bool is_next(const struct database *d, int64_t number) {
  return d->n_readers > 1 || d->filled == number;
}

/* A reader that nobody is filling from; NULL = all are done, or the reading was cancelled. */
static struct reader *take_reader(struct database *d, int64_t number) {
  struct reader *free_one = NULL;
  bool left = true;
  pthread_mutex_lock(&d->lock);
  while (free_one == NULL && left && !d->cancelled) {
    left = false;
    for (int i = 0; free_one == NULL && i < d->n_readers; i++) {
      struct reader *r = &d->readers[i];
      left = left || !r->done;
      free_one = r->done || r->busy || !is_next(d, number) ? NULL : r;
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

/* ---- chunks ---- */

/* False: no chunk is left, the reader is done. */
static bool take_chunk(struct database *d, struct reader *r) {
  struct returned_chunk next = { 0 };
  pthread_mutex_lock(&d->lock);
  if (d->n_returned > 0) {
    next = d->returned[--d->n_returned];
  }
  while (d->next_chunk < d->chunks.count && d->finished[d->next_chunk] >= 0) {
    d->next_chunk++; /* by an earlier load */
  }
  if (next.chunk == NULL && d->next_chunk < d->chunks.count && !d->pausing) {
    next.chunk = &d->chunks.items[d->next_chunk++];
  }
  r->chunk = next.chunk;
  r->delivered = next.delivered;
  r->done = r->chunk == NULL && d->next_chunk == d->chunks.count;
  r->reading = false;
  pthread_mutex_unlock(&d->lock);
  return r->chunk != NULL;
}

static void finish_chunk(struct database *d, struct reader *r) {
  pthread_mutex_lock(&d->lock);
  d->finished[r->chunk - d->chunks.items] = r->delivered;
  r->chunk = NULL;
  pthread_mutex_unlock(&d->lock);
}

/* The leader reads on where this reader could not: its connection was not to be had, or the table
 * lets no new session in, because somebody waits to ALTER it. */
static void return_chunk(struct database *d, struct reader *r) {
  pthread_mutex_lock(&d->lock);
  d->returned[d->n_returned++] = (struct returned_chunk){ r->chunk, r->delivered };
  d->readers[0].done = false;
  r->chunk = NULL;
  r->done = true;
  pthread_mutex_unlock(&d->lock);
}

static void warn_of_fewer(struct database *d, const struct sl_error *why) {
  char message[1200];
  snprintf(message, sizeof message, "table %s is read over fewer connections than asked for: %s",
           d->table->name, why->message);
  if (d->config.warn != NULL) {
    d->config.warn(d->config.warn_arg, message);
  }
}

/* ---- sessions ---- */

/* The session is published under the lock, because cancel looks at it. */
static sl_status connect_reader(struct database *d, struct reader *r, struct sl_error *err) {
  struct sl_db_session *session = NULL;
  sl_status rc = d->driver->connect(&d->config, d->leader, &session, err);
  pthread_mutex_lock(&d->lock);
  r->session = session;
  pthread_mutex_unlock(&d->lock);
  return rc;
}

static void drop_session(struct database *d, struct reader *r) {
  pthread_mutex_lock(&d->lock);
  struct sl_db_session *lost = r->session;
  r->session = NULL;
  r->reading = false;
  pthread_mutex_unlock(&d->lock);
  if (lost != NULL) {
    d->driver->close(lost);
  }
}

/* A session that is not the leader's can be replaced: a new one shares the leader's snapshot. */
static bool is_replaceable(const struct database *d, const struct reader *r) {
  return r != &d->readers[0] && d->n_team == 0 && !d->cancelled;
}

/* ---- rows ---- */

/* The next block; what an earlier session has delivered of the chunk is left out. */
static sl_status next_new(struct database *d, struct reader *r, struct sl_block *out, bool *end,
                          struct sl_error *err) {
  for (;;) {
    sl_status rc = d->driver->next(r->session, out, end, err);
    if (rc != SL_OK || r->known == 0) {
      return rc;
    }
    if (*end) {
      return sl_fail(err, SL_ESOURCE,
                     "table %s: rows that were read before a connection was lost did not come "
                     "again; run the load again",
                     d->table->name);
    }
    int64_t rows = sl_db_block_read(out);
    int64_t known = r->known;
    r->known = rows <= known ? known - rows : 0;
    if (rows > known) {
      return sl_db_block_skip(out, known, err);
    }
    out->release(out);
  }
}

/* Reads on in the reader's chunk, which is opened where it is not. */
static sl_status read_on(struct database *d, struct reader *r, struct sl_block *out, bool *end,
                         struct sl_error *err) {
  sl_status rc = r->session == NULL ? connect_reader(d, r, err) : SL_OK;
  if (rc == SL_OK && !r->reading) {
    rc = d->driver->open(r->session, d->table, r->chunk, err);
    r->reading = rc == SL_OK;
    r->known = r->delivered;
  }
  return rc == SL_OK ? next_new(d, r, out, end, err) : rc;
}

/* After a lost connection: the same chunk again, over a new one. */
static sl_status read_next(struct database *d, struct reader *r, struct sl_block *out, bool *end,
                           struct sl_error *err) {
  sl_status rc = read_on(d, r, out, end, err);
  struct sl_error first = *err;
  for (int tries = 0; rc != SL_OK && err->retryable && d->driver->resumable &&
                      is_replaceable(d, r) && tries < MOST_TRIES;
       tries++) {
    usleep((useconds_t)(FIRST_PAUSE_MICROS << tries));
    drop_session(d, r);
    rc = read_on(d, r, out, end, err);
  }
  if (rc != SL_OK && first.code != SL_OK && r->session == NULL) {
    *err = first; /* what broke the connection says more than why it did not come back */
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
    bool end = false;
    struct sl_error problem = { 0 };
    if (d->cancelled) {
      return sl_db_stopped(d, err);
    }
    if (r->chunk == NULL && !take_chunk(d, r)) {
      return SL_OK;
    }
    sl_status rc = read_next(d, r, out, &end, &problem);
    if (rc != SL_OK && is_replaceable(d, r) && (r->session == NULL || rc == SL_EBUSY)) {
      warn_of_fewer(d, &problem);
      return_chunk(d, r);
      return SL_OK;
    }
    if (rc != SL_OK) {
      if (err != NULL) {
        *err = problem;
      }
      return d->cancelled ? sl_db_stopped(d, err) : rc;
    }
    if (end) {
      d->driver->finish(r->session);
      finish_chunk(d, r);
      continue;
    }
    r->delivered += sl_db_block_read(out);
    rc = sl_db_window_filter(&d->window, r->chunk, out, err);
    if (rc == SL_OK && sl_db_block_read(out) > 0) {
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
  struct reader *r = take_reader(d, block->byte_offset);
  struct sl_block filled = { 0 };
  if (d->cancelled && r == NULL) {
    return sl_db_stopped(d, err);
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
  d->filled++;
  r->done = r->done || rc != SL_OK;
  pthread_cond_broadcast(&d->changed);
  pthread_mutex_unlock(&d->lock);
  return rc;
}
