/* exec_destination.c - see exec_destination.h. A program is started once for a load, or for each
 * table of it; it exits with 0 when it has everything, and may say "ok N" for the batches so far.
 */
#include "destinations/exec/exec_destination.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "exec_internal.h"

/* Tables from `first` on, one or all, with their batches. */
static struct exec_span span_of(const struct sl_outbox_load *load, size_t first, size_t tables) {
  struct exec_span span = { .first_table = first, .tables = tables };
  for (size_t i = first; i < first + tables; i++) {
    span.batches += load->tables[i].n_batches;
    span.accepted += load->tables[i].n_accepted;
  }
  return span;
}

/* Runs the program until it has all, or fails in a way that time does not heal. Retries count from
 * the last progress on. */
static sl_status deliver_span(struct exec_sink *sink, struct sl_outbox_load *load, size_t first,
                              size_t tables, struct sl_error *err) {
  uint64_t seed = sl_random_seed();
  int64_t attempt = 0;
  int64_t before = -1;
  for (;;) {
    struct exec_span span = span_of(load, first, tables);
    bool again = false;
    if (span.accepted == span.batches) {
      return SL_OK;
    }
    attempt = span.accepted > before ? 0 : attempt + 1;
    before = span.accepted;
    if (sl_sink_cancelled(&sink->base)) {
      return sl_sink_stopped(&sink->base, err);
    }
    sl_status rc = exec_run(sink, load, &span, &again, err);
    bool progress = span_of(load, first, tables).accepted > before;
    if (rc != SL_OK && (!again || (attempt >= sink->base.settings.retries && !progress))) {
      if (err != NULL) {
        err->retryable = again;
      }
      return rc;
    }
    if (rc != SL_OK &&
        !sl_sink_wait(&sink->base, sl_sink_backoff(progress ? 0 : attempt, -1, &seed))) {
      return sl_sink_stopped(&sink->base, err);
    }
  }
}

static sl_status exec_deliver(struct sl_sink *base, struct sl_outbox_load *load,
                              struct sl_error *err) {
  struct exec_sink *sink = (struct exec_sink *)base;
  size_t filled = 0;
  for (size_t i = 0; i < load->n_tables; i++) {
    filled += load->tables[i].n_batches > 0;
  }
  if (filled > 1 && !sink->per_table && !sink->batch_lines &&
      sl_encoding_of(&base->settings) == SL_ENCODE_JSON_LINES) {
    return sl_fail(err, SL_EUSAGE,
                   "the load has rows of %zu tables, and JSON lines do not tell them apart: add "
                   "--exec-start table, --exec-batches or --sink-format arrow",
                   filled);
  }
  if (!sink->per_table) {
    return deliver_span(sink, load, 0, load->n_tables, err);
  }
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < load->n_tables; i++) {
    rc = deliver_span(sink, load, i, 1, err);
  }
  return rc;
}

static void exec_release(struct sl_sink *sink) {
  sl_texts_free(((struct exec_sink *)sink)->argv);
}

static sl_status exec_open(struct sl_destination **out, const struct sl_destination_config *config,
                           struct sl_error *err) {
  static const struct sl_sink_ops ops = { .deliver = exec_deliver, .release = exec_release };
  const struct exec_settings *settings = config->settings;
  struct sl_buffer shown = { 0 };
  char **argv = NULL;
  sl_status rc = exec_split(config->location, &argv, err);
  if (rc == SL_OK) {
    rc = exec_program_find(argv[0], err);
  }
  if (rc != SL_OK) {
    sl_texts_free(argv);
    return rc;
  }
  struct exec_sink *sink = sl_calloc_array(1, sizeof *sink);
  sl_buffer_printf(&shown, "exec:%s", config->location);
  if (sink == NULL || shown.failed) {
    sl_texts_free(argv);
    free(sink);
    sl_buffer_release(&shown);
    return sl_fail(err, SL_ENOMEM, "out of memory for exec:%s", config->location);
  }
  sink->argv = argv;
  sink->per_table = strcmp(settings->start, "table") == 0;
  sink->batch_lines = settings->batches;
  rc = sl_sink_open(&sink->base, &sl_exec_destination, &ops, config, shown.data, err);
  sl_buffer_release(&shown);
  if (rc == SL_OK) {
    *out = &sink->base.base;
  }
  return rc;
}

static const struct sl_option options[] = {
  SL_SINK_OPTIONS(struct exec_settings),
  SL_SINK_OPTIONS_FORMAT(struct exec_settings, "jsonl|arrow", "jsonl"),
  SL_SINK_OPTION_RETRIES(struct exec_settings),
  { .name = "exec-start",
    .kind = SL_OPTION_CHOICE,
    .value_name = "WHEN",
    .choices = "load|table",
    .default_text = "load",
    .group = "Sink",
    .help = "The program is started once for the load, or for each table.",
    .offset = offsetof(struct exec_settings, start) },
  { .name = "exec-batches",
    .kind = SL_OPTION_FLAG,
    .group = "Sink",
    .help = "JSON lines: a line before each batch tells its table, number and key.",
    .offset = offsetof(struct exec_settings, batches) },
  { .name = NULL },
};

static const char *const schemes[] = { "exec", NULL };
static const char *const extensions[] = { NULL };

const struct sl_destination_ops sl_exec_destination = {
  .struct_size = sizeof(struct sl_destination_ops),
  .name = "exec",
  .schemes = schemes,
  .extensions = extensions,
  .options = options,
  .settings_bytes = sizeof(struct exec_settings),
  .capabilities = SL_SINK_CAPABILITIES,
  .help = "A program that reads rows from its standard input: exec:program arguments.",
  .open = exec_open,
  SL_SINK_FUNCTIONS,
};
