/* stream.h - extract, normalize and load of one root table as one overlapped stream.
 *
 * Workers claim blocks in order, fill and normalize them in parallel, and pass a turnstile in block
 * order, where the schema grows and DDL is written. One loader thread hands the finished work,
 * still in order, to the sink. The first error in block order wins; everything stops then. */
#ifndef SL_PIPELINE_STREAM_H
#define SL_PIPELINE_STREAM_H

#include <stdatomic.h>

#include <sluice/source.h>

#include "pipeline/queue.h"

struct sl_counters { /* for progress, read by any thread */
  _Atomic int64_t bytes, documents, rows, rejected;
  /* Nanoseconds: of all workers together, of the loader, and that it had nothing to do. */
  _Atomic int64_t extracting, normalizing, loading, starving;
};
/* "extract", "normalize" or "load": which one the others wait for; NULL = there was too little. */
const char *sl_counters_bottleneck(const struct sl_counters *counters);

/* When the overlapping parts of streams began and ended: UTC micros, 0 = not yet. */
struct sl_stream_times {
  int64_t extract_started, extract_finished;
  int64_t normalize_started, normalize_finished;
  int64_t load_started, load_finished;
  const char *failed; /* "extract", "normalize", "load": where the failure was; NULL = nowhere */
};

struct sl_stream_options {
  struct sl_source *source; /* already started on its table */
  struct sl_normalizer *normalizer;
  int workers; /* >= 1; 1 when limit > 0 or the source is not ordered */
  int64_t queue_bytes;
  int64_t limit;       /* root rows to read; 0 = all */
  int64_t read_before; /* so many of them were read by the load that this one continues */
  /* Of a load that continues: number of its next block, line of its origin that the block begins
   * with (0 = not known). */
  int64_t first_block, first_line;
  bool sum; /* work->sums are wanted by write */
  struct sl_counters *counters;
  struct sl_stream_times *times; /* widened by this stream; read it when the stream has ended */
  /* In the turnstile, right after the schema grew: adds the DDL for work->normalized.changes. */
  sl_status (*make_ddl)(void *arg, struct sl_work *work, struct sl_error *err);
  /* On the loader thread, in block order: executes the DDL and appends the batches. */
  sl_status (*write)(void *arg, struct sl_work *work, struct sl_error *err);
  /* On the loader thread, after write: true asks for a checkpoint. NULL = never. */
  bool (*due)(void *arg);
  /* On the loader thread, when every block that was claimed is written and no other is under way:
   * next_block and next_line as above. */
  sl_status (*checkpoint)(void *arg, int64_t next_block, int64_t next_line, struct sl_error *err);
  void *arg;
  /* On the calling thread about five times a second; false asks to stop (SL_ECANCELLED). */
  bool (*tick)(void *arg);
};

sl_status sl_stream_run(const struct sl_stream_options *options, struct sl_error *err);

#endif
