/* sink.h - what all sinks share: destinations that are given batches of rows and answer each.
 *
 * A load is written to the outbox and delivered at its commit; see outbox.h. A sink's own part is
 * `deliver`; who answers batch by batch gives sl_send_ops to sl_sink_send_all, which knows order,
 * parallelism, retries and pace. The functions of sl_destination_ops and sl_store_ops are here. */
#ifndef SL_OUTBOX_SINK_H
#define SL_OUTBOX_SINK_H

#include <stdatomic.h>

#include <sluice/destination.h>
#include <sluice/sink.h>

#include "outbox/outbox.h"

struct sl_sink_settings { /* first member of a sink's settings; see SL_SINK_OPTIONS */
  int64_t batch_rows, parallel, retries;
  const char *order, *format, *decimals;
  bool dlt_columns, omit_nulls, give_up;
};

struct sl_sink;
struct sl_sink_ops {
  /* Delivers the batches of `load` that are not accepted yet, and marks them (sl_outbox_accept).
   * SL_OK: all of them are. */
  sl_status (*deliver)(struct sl_sink *sink, struct sl_outbox_load *load, struct sl_error *err);
  void (*cancel)(struct sl_sink *sink);  /* any thread; NULL = sl_sink_cancelled is enough */
  void (*release)(struct sl_sink *sink); /* what the sink added to the structure; NULL = nothing */
};

struct sl_sink { /* first member of each sink's own structure */
  struct sl_destination base;
  const struct sl_sink_ops *sink_ops;
  struct sl_sink_settings settings;
  char *shown;              /* where the rows go, for messages: no secrets in it */
  char *state_dir, *folder; /* folder: of this receiver and dataset; NULL without a state_dir */
  bool read_only;
  void (*warn)(void *arg, const char *message);
  void *warn_arg;
  struct sl_outbox_memory *memory;
  struct sl_outbox_load *load; /* of the load that runs */
  _Atomic bool cancelled;
  pthread_mutex_t lock; /* of `woken`: who waits, waits here */
  pthread_cond_t woken;
};

/* Fills `sink`, which is all-zero and whose memory ends with close; on failure it is freed, too.
 * shown: also what tells this receiver from others, so that undelivered rows find their way. */
sl_status sl_sink_open(struct sl_sink *sink, const struct sl_destination_ops *ops,
                       const struct sl_sink_ops *sink_ops,
                       const struct sl_destination_config *config, const char *shown,
                       struct sl_error *err);
bool sl_sink_cancelled(const struct sl_sink *sink);
/* Waits; false when it was cancelled meanwhile. Any thread. */
bool sl_sink_wait(struct sl_sink *sink, int64_t milliseconds);
/* How long to wait before attempt `attempt` + 2: twice as long each time, between half and all of
 * that, since many senders must not come at once. asked_ms: what the receiver wants, -1 = nothing.
 */
int64_t sl_sink_backoff(int64_t attempt, int64_t asked_ms, uint64_t *seed);
sl_status sl_sink_stopped(const struct sl_sink *sink, struct sl_error *err); /* SL_ECANCELLED */

/* ---- batch by batch ---- */

struct sl_send_result {
  int64_t wait_ms; /* with RETRY: what the receiver asks for; -1 = nothing */
};

struct sl_send_ops {
  /* What one sending thread needs; *state may stay NULL. */
  sl_status (*open)(struct sl_sink *sink, const struct sl_outbox_load *load, void **state,
                    struct sl_error *err);
  /* Sends one batch. RETRY and REFUSED set err. */
  enum sl_sink_answer (*send)(struct sl_sink *sink, void *state,
                              const struct sl_outbox_batch *batch, struct sl_send_result *result,
                              struct sl_error *err);
  void (*close)(void *state);
  int64_t nanos_between; /* two batches begin at least this far apart; 0 = as fast as it goes */
};
sl_status sl_sink_send_all(struct sl_sink *sink, struct sl_outbox_load *load,
                           const struct sl_send_ops *ops, struct sl_error *err);

/* ---- the functions of the connector ---- */

extern const struct sl_store_ops sl_sink_store;
sl_status sl_sink_append(struct sl_destination *d, const struct sl_table_name *name,
                         const struct ArrowSchema *schema, struct ArrowArray *array,
                         struct sl_error *err);
sl_status sl_sink_flush(struct sl_destination *d, struct sl_error *err);
sl_status sl_sink_commit(struct sl_destination *d, struct sl_error *err);
void sl_sink_rollback(struct sl_destination *d);
void sl_sink_cancel(struct sl_destination *d);
void sl_sink_close(struct sl_destination *d);

/* clang-format off */
#define SL_SINK_FUNCTIONS                                                                          \
  .store = &sl_sink_store, .append = sl_sink_append, .flush = sl_sink_flush,                       \
  .commit = sl_sink_commit, .rollback = sl_sink_rollback, .cancel = sl_sink_cancel,                \
  .close = sl_sink_close

#define SL_SINK_EVERY (UINT32_MAX - 1) /* strategy: whoever takes the rows is told which one */
#define SL_SINK_CAPABILITIES                                                                       \
  { .has_case_sensitive_identifiers = true, .decimal_precision = 38, .decimal_scale = 9,           \
    .wei_precision = 38, .timestamp_precision = 6, .max_timestamp_precision = 6,                   \
    /* all: whoever takes the rows is told */ .merge_strategies = UINT32_MAX - 1, .replace_strategies = UINT32_MAX - 1,                              \
    .max_parallel_load_jobs = 1, .naming_convention = "direct", .keeps_nested = true }

#define SL_SINK_OPTION(type, member) .group = "Sink", .offset = offsetof(type, sink) + offsetof(struct sl_sink_settings, member)
#define SL_SINK_OPTIONS(type)                                                                      \
  { .name = "sink-batch", .kind = SL_OPTION_INTEGER, .value_name = "N", .default_text = "1000",    \
    .minimum = 1, .maximum = 10000000,                                                             \
    .help = "Rows of one batch, at most.", SL_SINK_OPTION(type, batch_rows) },                     \
  { .name = "sink-dlt-columns", .kind = SL_OPTION_FLAG,                                            \
    .help = "Columns and tables that begin with _dlt are sent, too.",                              \
    SL_SINK_OPTION(type, dlt_columns) },                                                           \
  { .name = "sink-give-up", .kind = SL_OPTION_FLAG,                                                \
    .help = "Gives up what an earlier load could not deliver, instead of sending it first.",       \
    SL_SINK_OPTION(type, give_up) }
#define SL_SINK_OPTIONS_FORMAT(type, formats, first)                                               \
  { .name = "sink-format", .kind = SL_OPTION_CHOICE, .value_name = "FORMAT", .choices = formats,   \
    .default_text = first,                                                                         \
    .help = "How rows are written: JSON lines, a JSON array for each batch, an Arrow IPC stream.", \
    SL_SINK_OPTION(type, format) },                                                                \
  { .name = "sink-decimals", .kind = SL_OPTION_CHOICE, .value_name = "HOW",                        \
    .choices = "text|number", .default_text = "text",                                              \
    .help = "Decimals in JSON: \"12.50\", which every reader keeps exact, or 12.50.",              \
    SL_SINK_OPTION(type, decimals) },                                                              \
  { .name = "sink-omit-nulls", .kind = SL_OPTION_FLAG,                                             \
    .help = "JSON objects leave null values out.", SL_SINK_OPTION(type, omit_nulls) }
#define SL_SINK_OPTIONS_SENDING(type)                                                              \
  { .name = "sink-parallel", .kind = SL_OPTION_INTEGER, .value_name = "N", .default_text = "1",    \
    .minimum = 1, .maximum = 256,                                                                  \
    .help = "Batches that are on their way at once.", SL_SINK_OPTION(type, parallel) },            \
  { .name = "sink-order", .kind = SL_OPTION_CHOICE, .value_name = "ORDER",                         \
    .choices = "load|table|none", .default_text = "table",                                         \
    .help = "What comes one after the other: all batches, those of a table, none.",                \
    SL_SINK_OPTION(type, order) },                                                                 \
  SL_SINK_OPTION_RETRIES(type)
#define SL_SINK_OPTION_RETRIES(type)                                                               \
  { .name = "sink-retries", .kind = SL_OPTION_INTEGER, .value_name = "N", .default_text = "8",     \
    .minimum = 0, .maximum = 1000000,                                                              \
    .help = "How often a batch is sent again that the receiver could not take.",                   \
    SL_SINK_OPTION(type, retries) }
/* clang-format on */

#endif
