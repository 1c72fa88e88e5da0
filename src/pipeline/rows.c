/* rows.c - pushing own rows: a source whose blocks come from the caller.
 *
 * The load runs on its own thread and reads from this source; pushes wait while more than
 * `limit` bytes are queued. */
#include <pthread.h>
#include <stdlib.h>

#include <sluice/engine.h>
#include <sluice/source.h>

#include "base/memory.h"
#include "base/text.h"
#include "pipeline/whole.h"

struct pushed { /* one block on its way */
  struct pushed *next;
  struct sl_block block;
  int64_t bytes;
};

struct rows_source {
  struct sl_source base;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  struct pushed *first, *last;
  int64_t bytes, limit;
  bool finished; /* no more pushes */
  bool stopped;  /* the load ended or was cancelled: pushes fail */
};

struct sl_rows {
  struct rows_source source;
  struct sl_load_settings settings;
  unsigned cancel_mark;
  pthread_t thread;
  struct sl_summary summary;
  sl_status status;
  struct sl_error error;
};

static sl_status rows_discover(struct sl_source *source, struct sl_catalog *out,
                               struct sl_error *err) {
  (void)source;
  out->tables = sl_calloc_array(1, sizeof *out->tables);
  char *name = strdup("rows");
  if (out->tables == NULL || name == NULL) {
    free(name);
    return sl_fail(err, SL_ENOMEM, "out of memory for the catalog");
  }
  out->n_tables = 1;
  out->tables[0] = (struct sl_source_table){ .name = name, .rows = -1, .bytes = -1 };
  return SL_OK;
}

static sl_status rows_start(struct sl_source *source, struct sl_source_table *table,
                            const char *state_json, struct sl_error *err) {
  (void)source, (void)table, (void)state_json, (void)err;
  return SL_OK;
}

static sl_status rows_claim(struct sl_source *base, struct sl_block *out, bool *end,
                            struct sl_error *err) {
  struct rows_source *s = (struct rows_source *)base;
  pthread_mutex_lock(&s->lock);
  while (s->first == NULL && !s->finished && !s->stopped) {
    pthread_cond_wait(&s->changed, &s->lock);
  }
  sl_status rc = s->stopped ? sl_fail(err, SL_ECANCELLED, "the load was given up") : SL_OK;
  struct pushed *item = rc == SL_OK ? s->first : NULL;
  *end = item == NULL;
  if (item != NULL) {
    s->first = item->next;
    s->bytes -= item->bytes;
    *out = item->block;
    free(item);
    pthread_cond_broadcast(&s->changed);
  }
  pthread_mutex_unlock(&s->lock);
  return rc;
}

static void rows_cancel(struct sl_source *base) {
  struct rows_source *s = (struct rows_source *)base;
  pthread_mutex_lock(&s->lock);
  s->stopped = true;
  pthread_cond_broadcast(&s->changed);
  pthread_mutex_unlock(&s->lock);
}

static const struct sl_option no_options[] = { { .name = NULL } };

static const struct sl_source_ops rows_ops = {
  .struct_size = sizeof(struct sl_source_ops),
  .name = "rows",
  .options = no_options,
  .ordered = true,
  .help = "Rows pushed by the program itself.",
  .discover = rows_discover,
  .start = rows_start,
  .claim = rows_claim,
  .cancel = rows_cancel,
  .close = rows_cancel,
};

static void *rows_main(void *arg) {
  struct sl_rows *rows = arg;
  rows->status = sl_run_whole(&rows->settings, &rows->source.base, rows->cancel_mark,
                              &rows->summary, &rows->error);
  rows_cancel(&rows->source.base); /* wakes a push that waits */
  return NULL;
}

sl_status sl_rows_open(struct sl_rows **out, const struct sl_load_settings *settings,
                       struct sl_error *err) {
  *out = NULL;
  if (settings->destination == NULL || settings->as == NULL) {
    return sl_fail(err, SL_EUSAGE, "pushing rows needs a destination and a table name (as)");
  }
  struct sl_rows *rows = sl_calloc_array(1, sizeof *rows);
  if (rows == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a load");
  }
  rows->settings = *settings;
  rows->cancel_mark = sl_cancel_mark();
  rows->source.base.ops = &rows_ops;
  rows->source.limit = settings->memory / 16;
  pthread_mutex_init(&rows->source.lock, NULL);
  pthread_cond_init(&rows->source.changed, NULL);
  int problem = pthread_create(&rows->thread, NULL, rows_main, rows);
  if (problem != 0) {
    free(rows);
    return sl_fail_errno(err, problem, "starting the load's thread");
  }
  *out = rows;
  return SL_OK;
}

/* Takes the block; fails when the load has ended (its error comes with the commit). */
static sl_status push(struct sl_rows *rows, struct sl_block *block, int64_t bytes,
                      struct sl_error *err) {
  struct rows_source *s = &rows->source;
  struct pushed *item = malloc(sizeof *item);
  if (item == NULL) {
    block->release(block);
    return sl_fail(err, SL_ENOMEM, "out of memory for a block");
  }
  *item = (struct pushed){ .block = *block, .bytes = bytes };
  pthread_mutex_lock(&s->lock);
  while (!s->stopped && s->first != NULL && s->bytes + bytes > s->limit) {
    pthread_cond_wait(&s->changed, &s->lock);
  }
  bool taken = !s->stopped;
  if (taken) {
    if (s->first == NULL) {
      s->first = item;
    } else {
      s->last->next = item;
    }
    s->last = item;
    s->bytes += bytes;
    pthread_cond_broadcast(&s->changed);
  }
  pthread_mutex_unlock(&s->lock);
  if (!taken) {
    item->block.release(&item->block);
    free(item);
    return sl_fail(err, SL_ECANCELLED, "the load has failed; sl_rows_commit tells why");
  }
  return SL_OK;
}

sl_status sl_rows_push_json(struct sl_rows *rows, const char *json, size_t length,
                            struct sl_error *err) {
  struct sl_block block = { .kind = SL_BLOCK_DOCUMENTS,
                            .origin = "rows",
                            .first_record = -1,
                            .size = length,
                            .source_bytes = (int64_t)length,
                            .release = sl_block_release_documents };
  if (length > SIZE_MAX - SL_BLOCK_PADDING ||
      (block.data = malloc(length + SL_BLOCK_PADDING)) == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu bytes of JSON", length);
  }
  memcpy(block.data, json, length);
  memset(block.data + length, 0, SL_BLOCK_PADDING);
  return push(rows, &block, (int64_t)length, err);
}

sl_status sl_rows_push_arrow(struct sl_rows *rows, struct ArrowSchema *schema,
                             struct ArrowArray *array, struct sl_error *err) {
  struct sl_block block = { .kind = SL_BLOCK_BATCH,
                            .origin = "rows",
                            .first_record = -1,
                            .schema = *schema,
                            .array = *array,
                            .release = sl_block_release_batch };
  int64_t bytes = array->length * array->n_children * 16;
  block.source_bytes = bytes;
  schema->release = NULL;
  array->release = NULL;
  return push(rows, &block, bytes, err);
}

/* Ends the thread and frees the handle. */
static sl_status rows_end(struct sl_rows *rows, struct sl_summary *summary, struct sl_error *err) {
  pthread_join(rows->thread, NULL);
  sl_status rc = rows->status;
  if (rc != SL_OK && err != NULL) {
    *err = rows->error;
  }
  if (rc == SL_OK && summary != NULL) {
    *summary = rows->summary;
  } else {
    sl_summary_release(&rows->summary);
  }
  while (rows->source.first != NULL) {
    struct pushed *next = rows->source.first->next;
    rows->source.first->block.release(&rows->source.first->block);
    free(rows->source.first);
    rows->source.first = next;
  }
  pthread_cond_destroy(&rows->source.changed);
  pthread_mutex_destroy(&rows->source.lock);
  free(rows);
  return rc;
}

sl_status sl_rows_commit(struct sl_rows *rows, struct sl_summary *summary, struct sl_error *err) {
  pthread_mutex_lock(&rows->source.lock);
  rows->source.finished = true;
  pthread_cond_broadcast(&rows->source.changed);
  pthread_mutex_unlock(&rows->source.lock);
  return rows_end(rows, summary, err);
}

void sl_rows_abort(struct sl_rows *rows) {
  if (rows != NULL) {
    rows_cancel(&rows->source.base);
    (void)rows_end(rows, NULL, NULL);
  }
}
