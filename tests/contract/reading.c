/* reading.c - see reading.h. */
#include "contract/reading.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

#include "column/batch.h"
#include "contract/check_arrow.h"

/* ---- open and close ---- */

static sl_status apply(const struct sl_source_ops *ops, void *settings,
                       const struct place_options *options, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < PLACE_OPTIONS && options->pairs[i][0] != NULL; i++) {
    rc = sl_options_set(ops->options, settings, options->pairs[i][0], options->pairs[i][1], err);
  }
  return rc;
}

sl_status source_open(struct opened_source *out, const struct source_place *place,
                      const char *location, const struct open_options *options,
                      struct sl_error *err) {
  static const struct open_options none;
  const char *rest = NULL;
  options = options == NULL ? &none : options;
  *out = (struct opened_source){ .location = place_expand(location, place_folder()) };
  sl_status rc = sl_source_find(out->location, &out->ops, &rest, err);
  if (rc == SL_OK) {
    out->settings = calloc(1, out->ops->settings_bytes + 1);
    rc = sl_options_set_defaults(out->ops->options, out->settings, err);
  }
  if (rc == SL_OK) {
    rc = apply(out->ops, out->settings, &place->options, err);
  }
  if (rc == SL_OK) {
    rc = apply(out->ops, out->settings, &options->more, err);
  }
  if (rc == SL_OK) {
    struct sl_source_config config = {
      .location = rest,
      .settings = out->settings,
      .memory_bytes = options->memory_bytes == 0 ? CONTRACT_MEMORY : options->memory_bytes,
      .threads = options->threads == 0 ? 1 : options->threads,
    };
    rc = out->ops->open(&out->source, &config, err);
  }
  if (rc != SL_OK) {
    source_close(out);
  }
  return rc;
}

void source_close(struct opened_source *opened) {
  if (opened->source != NULL) {
    opened->ops->close(opened->source);
  }
  free(opened->settings);
  free(opened->location);
  sl_catalog_release(&opened->catalog);
  *opened = (struct opened_source){ 0 };
}

sl_status source_start(struct opened_source *opened, size_t table, const char *state_json,
                       struct sl_error *err) {
  sl_status rc = opened->catalog.tables != NULL
                     ? SL_OK
                     : opened->ops->discover(opened->source, &opened->catalog, err);
  if (rc == SL_OK && table >= opened->catalog.n_tables) {
    rc = sl_fail(err, SL_EINTERNAL, "the catalog has no table");
  }
  return rc == SL_OK
             ? opened->ops->start(opened->source, &opened->catalog.tables[table], state_json, err)
             : rc;
}

/* ---- blocks into rows ---- */

struct block_rows {
  char **items;
  size_t count, capacity;
};

struct reader { /* what the threads share; `lock` guards all of it */
  const struct opened_source *opened;
  bool keep_rows;
  pthread_mutex_t lock;
  bool ended;
  struct block_rows *blocks;
  size_t n_blocks, capacity;
  size_t rejects;
  int64_t largest;
  size_t count;
  char *columns;
  struct sl_buffer problem;
  sl_status status;
  struct sl_error error;
};

static void add_row(struct block_rows *rows, const char *text, size_t length) {
  struct sl_error err;
  if (sl_grow(&rows->items, &rows->capacity, rows->count + 1, sizeof *rows->items, &err) != SL_OK) {
    abort(); /* a test without memory has nothing to say */
  }
  struct sl_buffer copy = { 0 };
  sl_buffer_append(&copy, text, length);
  rows->items[rows->count++] = sl_buffer_take(&copy);
}

static void add_document(struct block_rows *rows, const char *text, size_t length,
                         struct sl_buffer *problem) {
  yyjson_doc *doc = yyjson_read(text, length, 0);
  if (doc == NULL && problem->length == 0) {
    sl_buffer_printf(problem, "a document is not JSON: %.*s", (int)(length < 80 ? length : 80),
                     text);
  }
  yyjson_doc_free(doc);
  add_row(rows, text, length);
}

static bool is_blank(const char *at, const char *stop) {
  while (at < stop && (*at == ' ' || *at == '\t' || *at == '\r')) {
    at++;
  }
  return at == stop;
}

static void take_documents(const struct sl_block *block, struct block_rows *rows,
                           struct sl_buffer *problem) {
  static const char zeros[SL_BLOCK_PADDING];
  if (block->data == NULL && block->size > 0) {
    sl_buffer_text(problem, "a filled block of documents has no data");
    return;
  }
  if (block->data != NULL && memcmp(block->data + block->size, zeros, sizeof zeros) != 0) {
    sl_buffer_text(problem, "the bytes behind a block's data are not zero");
  }
  for (size_t i = 0; block->spans != NULL && i < block->n_spans; i++) {
    struct sl_span span = block->spans[i];
    if ((size_t)span.offset + span.length > block->size) {
      sl_buffer_text(problem, "a span reaches over the end of its block");
      return;
    }
    add_document(rows, block->data + span.offset, span.length, problem);
  }
  const char *end = block->data + block->size;
  for (const char *at = block->data; block->spans == NULL && at < end;) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    const char *stop = newline == NULL ? end : newline;
    if (!is_blank(at, stop)) {
      add_document(rows, at, (size_t)(stop - at), problem);
    }
    at = stop + 1;
  }
}

char *schema_lines(const struct ArrowSchema *schema) {
  struct sl_buffer out = { 0 };
  for (int64_t i = 0; i < schema->n_children; i++) {
    const struct ArrowSchema *child = schema->children[i];
    sl_buffer_printf(&out, "%s %s%s\n", child->name, child->format,
                     sl_schema_is_json(child) ? " json" : "");
  }
  return sl_buffer_take(&out);
}

static void take_batch(struct reader *r, const struct sl_block *block, struct block_rows *rows,
                       struct sl_buffer *problem) {
  check_arrow(&block->schema, &block->array, problem);
  if (problem->length > 0) {
    return;
  }
  char *columns = schema_lines(&block->schema);
  pthread_mutex_lock(&r->lock);
  if (r->columns == NULL) {
    r->columns = columns;
    columns = NULL;
  } else if (strcmp(r->columns, columns) != 0) {
    sl_buffer_printf(problem, "two batches of one table have not the same columns:\n%sand\n%s",
                     r->columns, columns);
  }
  pthread_mutex_unlock(&r->lock);
  free(columns);
  struct sl_buffer text = { 0 };
  for (int64_t row = 0; row < block->array.length; row++) {
    sl_buffer_reset(&text);
    sl_array_print_json(&block->schema, &block->array, row, &text);
    add_row(rows, text.data, text.length);
  }
  sl_buffer_release(&text);
}

static void take_rejects(const struct sl_block *block, struct sl_buffer *problem) {
  for (size_t i = 0; i < block->n_rejects; i++) {
    const struct sl_source_reject *reject = &block->rejects[i];
    if (reject->reason == NULL || reject->reason[0] == '\0' || reject->origin == NULL) {
      sl_buffer_text(problem, "a rejected row without reason or origin");
    }
  }
}

static void take_block(struct reader *r, const struct sl_block *block, struct block_rows *rows,
                       struct sl_buffer *problem) {
  if (block->release == NULL) {
    sl_buffer_text(problem, "a filled block has no release");
  } else if (block->origin == NULL) {
    sl_buffer_text(problem, "a block has no origin");
  } else if (block->kind == SL_BLOCK_DOCUMENTS) {
    take_documents(block, rows, problem);
  } else if (block->kind == SL_BLOCK_BATCH) {
    take_batch(r, block, rows, problem);
  } else {
    take_rejects(block, problem);
  }
}

/* ---- the threads ---- */

static void fail(struct reader *r, sl_status rc, const struct sl_error *err) {
  pthread_mutex_lock(&r->lock);
  if (r->status == SL_OK) {
    r->status = rc;
    r->error = *err;
  }
  r->ended = true;
  pthread_mutex_unlock(&r->lock);
}

/* Claims under the lock, as the engine does. False: the end, or a failure. */
static bool claim(struct reader *r, struct sl_block *block, size_t *number) {
  const struct opened_source *o = r->opened;
  bool end = false;
  struct sl_error err = { 0 };
  sl_status rc = SL_OK;
  pthread_mutex_lock(&r->lock);
  bool over = r->ended;
  if (!over) {
    rc = o->ops->claim(o->source, block, &end, &err);
    over = rc != SL_OK || end;
    r->ended = over;
  }
  if (!over) {
    if (sl_grow(&r->blocks, &r->capacity, r->n_blocks + 1, sizeof *r->blocks, &err) != SL_OK) {
      abort();
    }
    r->blocks[r->n_blocks] = (struct block_rows){ 0 };
    *number = r->n_blocks++;
  }
  pthread_mutex_unlock(&r->lock);
  if (rc != SL_OK) {
    fail(r, rc, &err);
  }
  return !over;
}

static void keep(struct reader *r, size_t number, struct block_rows *rows,
                 const struct sl_block *block, const struct sl_buffer *problem) {
  int64_t bytes = (int64_t)block->size;
  if (block->kind == SL_BLOCK_BATCH) {
    bytes = block->array.length * block->array.n_children * 8;
  }
  pthread_mutex_lock(&r->lock);
  r->blocks[number] = *rows;
  r->count += rows->count;
  r->rejects += block->kind == SL_BLOCK_REJECTS ? block->n_rejects : 0;
  r->largest = bytes > r->largest ? bytes : r->largest;
  if (problem->length > 0 && r->problem.length == 0) {
    sl_buffer_append(&r->problem, problem->data, problem->length);
  }
  pthread_mutex_unlock(&r->lock);
}

static void *read_blocks(void *arg) {
  struct reader *r = arg;
  const struct opened_source *o = r->opened;
  for (;;) {
    struct sl_block block = { 0 };
    struct block_rows rows = { 0 };
    struct sl_buffer problem = { 0 };
    struct sl_error err = { 0 };
    size_t number = 0;
    if (!claim(r, &block, &number)) {
      return NULL;
    }
    sl_status rc = o->ops->fill == NULL ? SL_OK : o->ops->fill(o->source, &block, &err);
    if (rc == SL_OK && block.kind == SL_BLOCK_BATCH && block.n_rejects > 0) {
      /* What the engine does, which knows the line. */
      rc = sl_fail(&err, SL_EDATA, "%s: %s", block.rejects[0].origin, block.rejects[0].reason);
    }
    if (rc != SL_OK) {
      fail(r, rc, &err);
    } else if (r->keep_rows) {
      take_block(r, &block, &rows, &problem);
    }
    keep(r, number, &rows, &block, &problem);
    sl_buffer_release(&problem);
    if (block.release != NULL) {
      block.release(&block);
    }
  }
}

static void join_blocks(struct reader *r, struct rows *out) {
  *out = (struct rows){ .blocks = r->n_blocks,
                        .rejects = r->rejects,
                        .largest_block = r->largest,
                        .columns = r->columns,
                        .problem = r->problem.length > 0 ? sl_buffer_take(&r->problem) : NULL };
  out->items = sl_calloc_array(r->count, sizeof *out->items);
  for (size_t b = 0; b < r->n_blocks; b++) {
    for (size_t i = 0; i < r->blocks[b].count; i++) {
      out->items[out->count++] = r->blocks[b].items[i];
    }
    free(r->blocks[b].items);
  }
  free(r->blocks);
  sl_buffer_release(&r->problem);
}

sl_status source_read(const struct opened_source *opened, int threads, bool keep_rows,
                      struct rows *out, struct sl_error *err) {
  enum { MOST = 16 };
  pthread_t ids[MOST];
  struct reader r = { .opened = opened, .keep_rows = keep_rows };
  pthread_mutex_init(&r.lock, NULL);
  int started = 0;
  while (started < threads && started < MOST &&
         pthread_create(&ids[started], NULL, read_blocks, &r) == 0) {
    started++;
  }
  for (int i = 0; i < started; i++) {
    pthread_join(ids[i], NULL);
  }
  pthread_mutex_destroy(&r.lock);
  join_blocks(&r, out);
  if (r.status != SL_OK) {
    *err = r.error;
  }
  return r.status;
}

void rows_release(struct rows *rows) {
  for (size_t i = 0; i < rows->count; i++) {
    free(rows->items[i]);
  }
  free(rows->items);
  free(rows->columns);
  free(rows->problem);
  *rows = (struct rows){ 0 };
}

static int compare_texts(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

char *rows_differ(const struct rows *got, const struct rows *want, bool in_order) {
  struct sl_buffer out = { 0 };
  if (!in_order) {
    qsort(got->items, got->count, sizeof *got->items, compare_texts);
    qsort(want->items, want->count, sizeof *want->items, compare_texts);
  }
  size_t i = 0;
  while (i < got->count && i < want->count && strcmp(got->items[i], want->items[i]) == 0) {
    i++;
  }
  if (i == got->count && i == want->count) {
    return NULL;
  }
  sl_buffer_printf(&out, "%zu rows and %zu rows; row %zu is\n  %s\nand\n  %s", got->count,
                   want->count, i, i < got->count ? got->items[i] : "(none)",
                   i < want->count ? want->items[i] : "(none)");
  return sl_buffer_take(&out);
}
