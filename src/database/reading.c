/* reading.c - blocks from several connections at once.
 *
 * A block is "the next rows of one reader". Filling chooses a reader that nobody else fills from,
 * reads from its connection, and goes on to the next chunk when one has ended. So chunks of very
 * different sizes keep all connections busy, and memory is one block for each of them. */
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "database/documents.h"
#include "database/source_internal.h"

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
    return sl_db_stopped(d, err);
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
      return sl_db_stopped(d, err);
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
      return d->cancelled ? sl_db_stopped(d, err) : rc;
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
  r->done = r->done || rc != SL_OK;
  pthread_cond_broadcast(&d->changed);
  pthread_mutex_unlock(&d->lock);
  return rc;
}
