/* sink.c - a load from begin to commit in the outbox; see sink.h. */
#include "outbox/sink.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/files.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/redact.h"
#include "outbox/outbox_internal.h"

static struct sl_sink *sink_of(struct sl_destination *d) {
  return (struct sl_sink *)d;
}

sl_status sl_sink_open(struct sl_sink *sink, const struct sl_destination_ops *ops,
                       const struct sl_sink_ops *sink_ops,
                       const struct sl_destination_config *config, const char *shown,
                       struct sl_error *err) {
  pthread_condattr_t monotonic;
  sink->base.ops = ops;
  sink->sink_ops = sink_ops;
  sink->settings = *(const struct sl_sink_settings *)config->settings;
  sink->read_only = config->read_only;
  sink->warn = config->warn;
  sink->warn_arg = config->warn_arg;
  pthread_mutex_init(&sink->lock, NULL);
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&sink->woken, &monotonic);
  pthread_condattr_destroy(&monotonic);
  sink->shown = sl_redact_copy(shown);
  sink->state_dir = config->state_dir == NULL ? NULL : strdup(config->state_dir);
  if (sink->shown == NULL || (config->state_dir != NULL && sink->state_dir == NULL)) {
    sl_sink_close(&sink->base);
    return sl_outbox_no_memory(err);
  }
  return SL_OK;
}

bool sl_sink_cancelled(const struct sl_sink *sink) {
  return atomic_load(&sink->cancelled);
}

sl_status sl_sink_stopped(const struct sl_sink *sink, struct sl_error *err) {
  return sl_fail(err, SL_ECANCELLED, "stopped: not all rows were delivered to %s", sink->shown);
}

bool sl_sink_wait(struct sl_sink *sink, int64_t milliseconds) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += milliseconds / 1000;
  until.tv_nsec += milliseconds % 1000 * 1000000;
  if (until.tv_nsec >= 1000000000L) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000L;
  }
  pthread_mutex_lock(&sink->lock);
  while (!sl_sink_cancelled(sink) &&
         pthread_cond_timedwait(&sink->woken, &sink->lock, &until) == 0) {
  }
  pthread_mutex_unlock(&sink->lock);
  return !sl_sink_cancelled(sink);
}

/* ---- what an earlier load left ---- */

/* Each receiver and dataset has a folder of its own. */
static sl_status choose_folder(struct sl_sink *sink, const char *dataset, struct sl_error *err) {
  struct sl_buffer identity = { 0 };
  struct sl_buffer path = { 0 };
  sl_buffer_printf(&identity, "%s\n%s\n%s", sink->base.ops->name, sink->shown, dataset);
  if (!identity.failed) {
    sl_buffer_printf(&path, "%s/%016llx", sink->state_dir,
                     (unsigned long long)sl_hash64(identity.data, identity.length));
  }
  sl_buffer_release(&identity);
  free(sink->folder);
  sink->folder = sl_buffer_take(&path);
  return sink->folder == NULL ? sl_outbox_no_memory(err) : SL_OK;
}

static void content_of(const struct sl_sink *sink, struct sl_buffer *out) {
  const struct sl_sink_settings *s = &sink->settings;
  sl_buffer_printf(out, "format=%s decimals=%s nulls=%s", s->format == NULL ? "" : s->format,
                   s->decimals == NULL ? "" : s->decimals, s->omit_nulls ? "omitted" : "kept");
}

/* Batches must stay what they were, or the receiver could not tell that it has them. */
static sl_status check_content(const struct sl_sink *sink, const struct sl_outbox_load *load,
                               struct sl_error *err) {
  struct sl_buffer content = { 0 };
  content_of(sink, &content);
  sl_status rc = sl_buffer_check(&content, err);
  if (rc == SL_OK && strcmp(content.data, load->content) != 0) {
    rc =
        sl_fail(err, SL_EUSAGE,
                "load %s to %s was begun with other options (%s; now %s) and is not delivered yet: "
                "give those options again, or give that load up with --sink-give-up",
                load->load_id, sink->shown, load->content, content.data);
  }
  sl_buffer_release(&content);
  return rc;
}

static void tell(const struct sl_sink *sink, const char *format, ...) SL_PRINTF(2, 3);
static void tell(const struct sl_sink *sink, const char *format, ...) {
  char message[512];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  if (sink->warn != NULL) {
    sink->warn(sink->warn_arg, message);
  }
}

static sl_status deliver(struct sl_sink *sink, struct sl_outbox_load *load, struct sl_error *err) {
  struct sl_error own;
  err = err == NULL ? &own : err;
  sl_status rc = sink->sink_ops->deliver(sink, load, err);
  if (rc != SL_OK) {
    size_t used = strlen(err->message);
    snprintf(
        err->message + used, sizeof err->message - used,
        "; %lld of %lld batches are delivered, the next load of this pipeline goes on from there",
        (long long)sl_outbox_accepted(load), (long long)sl_outbox_batches(load));
    return rc;
  }
  return sl_outbox_finish(sink->folder, &sink->memory, load, err);
}

static sl_status deliver_pending(struct sl_sink *sink, const char *load_id, struct sl_error *err) {
  struct sl_outbox_load *load = NULL;
  sl_status rc = sl_outbox_load_open(&load, sink->folder, load_id, err);
  if (rc == SL_OK) {
    rc = check_content(sink, load, err);
  }
  int64_t total = rc == SL_OK ? sl_outbox_batches(load) : 0;
  int64_t left = rc == SL_OK ? total - sl_outbox_accepted(load) : 0;
  if (rc == SL_OK) {
    rc = deliver(sink, load, err);
    if (rc != SL_OK) {
      sl_error_add_context(err, "going on with load %s", load_id);
    }
  }
  if (rc == SL_OK) {
    tell(sink, "load %s was delivered first: the %lld of its %lld batches that %s had not accepted",
         load_id, (long long)left, (long long)total, sink->shown);
  }
  sl_outbox_load_free(load);
  return rc;
}

static sl_status give_up(struct sl_sink *sink, const char *load_id, struct sl_error *err) {
  struct sl_outbox_load *load = NULL;
  struct sl_error ignored;
  char *path = sl_outbox_path(sink->folder, SL_OUTBOX_READY, load_id);
  int64_t total = 0;
  int64_t accepted = 0;
  if (sl_outbox_load_open(&load, sink->folder, load_id, &ignored) == SL_OK) {
    total = sl_outbox_batches(load); /* a damaged one can be given up, too */
    accepted = sl_outbox_accepted(load);
  }
  sl_outbox_load_free(load);
  sl_status rc = path == NULL ? sl_outbox_no_memory(err) : sl_folder_delete(path, err);
  if (rc == SL_OK) {
    tell(sink, "load %s was given up: %lld of its %lld batches had reached %s", load_id,
         (long long)accepted, (long long)total, sink->shown);
  }
  free(path);
  return rc;
}

/* A changed URL or command is another receiver: what waits for the old one must not be forgotten.
 */
static sl_status warn_of_others(const struct sl_sink *sink, struct sl_error *err) {
  struct sl_buffer lines = { 0 };
  sl_status rc = sl_outbox_others(sink->folder, &lines, err);
  char *line = rc == SL_OK ? lines.data : NULL;
  while (line != NULL && *line != '\0') {
    char *end = strchr(line, '\n');
    *end = '\0';
    tell(sink, "%s", line);
    line = end + 1;
  }
  sl_buffer_release(&lines);
  return rc;
}

static sl_status settle_pending(struct sl_sink *sink, struct sl_error *err) {
  char *pending = NULL;
  sl_status rc = sl_outbox_pending(sink->folder, sink->memory, sink->read_only, &pending, err);
  if (rc == SL_OK && pending != NULL && !sink->read_only) {
    rc = sink->settings.give_up ? give_up(sink, pending, err) : deliver_pending(sink, pending, err);
  }
  if (rc == SL_OK && !sink->read_only) {
    rc = warn_of_others(sink, err);
  }
  free(pending);
  return rc;
}

/* ---- the functions of the connector ---- */

static sl_status sink_begin(struct sl_destination *d, const struct sl_store_load *load,
                            struct sl_error *err) {
  struct sl_sink *sink = sink_of(d);
  if (sink->state_dir == NULL) {
    return SL_OK; /* a plan: nothing is known, nothing is kept */
  }
  sl_status rc = choose_folder(sink, load->dataset, err);
  if (rc == SL_OK && !sink->read_only) {
    rc = sl_folder_make(sink->folder, err);
  }
  if (rc == SL_OK) {
    rc = sl_outbox_memory_read(&sink->memory, sink->folder, err);
  }
  if (rc == SL_OK) {
    rc = settle_pending(sink, err);
  }
  if (rc == SL_OK && !sink->read_only) {
    rc = sl_outbox_load_new(&sink->load, sink->folder, load, err);
  }
  return rc;
}

static sl_status sink_get(struct sl_destination *d, enum sl_store_kind kind, const char *name,
                          const char *key, char **text, struct sl_error *err) {
  struct sl_sink *sink = sink_of(d);
  *text = NULL;
  return sink->memory == NULL ? SL_OK
                              : sl_outbox_memory_get(sink->memory, kind, name, key, text, err);
}

static bool is_left_out(const struct sl_sink *sink, const char *table) {
  return sink->load == NULL || (!sink->settings.dlt_columns && strncmp(table, "_dlt", 4) == 0);
}

static sl_status sink_define(struct sl_destination *d, const struct sl_store_table *table,
                             struct sl_error *err) {
  struct sl_sink *sink = sink_of(d);
  return is_left_out(sink, table->name)
             ? SL_OK
             : sl_outbox_define(sink->load, table, sink->settings.dlt_columns, err);
}

/* Whoever takes the rows is told the disposition with them. */
static sl_status sink_replace(struct sl_destination *d, const char *const *tables, size_t n,
                              struct sl_error *err) {
  (void)d;
  (void)tables;
  (void)n;
  (void)err;
  return SL_OK;
}

static sl_status sink_put(struct sl_destination *d, enum sl_store_kind kind,
                          const struct sl_store_row *row, struct sl_error *err) {
  struct sl_sink *sink = sink_of(d);
  return sink->load == NULL ? SL_OK : sl_outbox_put(sink->load, kind, row, err);
}

sl_status sl_sink_append(struct sl_destination *d, const struct sl_table_name *name,
                         const struct ArrowSchema *schema, struct ArrowArray *array,
                         struct sl_error *err) {
  struct sl_sink *sink = sink_of(d);
  sl_status rc = is_left_out(sink, name->table)
                     ? SL_OK
                     : sl_outbox_append(sink->load, name->table, schema, array, err);
  if (rc == SL_OK) {
    array->release(array);
  }
  return rc;
}

sl_status sl_sink_flush(struct sl_destination *d, struct sl_error *err) {
  (void)d;
  (void)err;
  return SL_OK; /* rows leave with the commit */
}

sl_status sl_sink_commit(struct sl_destination *d, struct sl_error *err) {
  struct sl_sink *sink = sink_of(d);
  struct sl_buffer content = { 0 };
  if (sink->load == NULL) {
    return SL_OK;
  }
  content_of(sink, &content);
  sink->load->batch_rows = sink->settings.batch_rows;
  sink->load->content = sl_buffer_take(&content);
  sink->load->receiver = strdup(sink->shown);
  sl_status rc = sink->load->content == NULL || sink->load->receiver == NULL
                     ? sl_outbox_no_memory(err)
                     : sl_outbox_seal(sink->load, err);
  if (rc == SL_OK) {
    rc = deliver(sink, sink->load, err);
  }
  sl_outbox_load_free(sink->load);
  sink->load = NULL;
  return rc;
}

void sl_sink_rollback(struct sl_destination *d) {
  struct sl_sink *sink = sink_of(d);
  if (sink->load != NULL) { /* a folder that stays is removed by the next load */
    struct sl_error ignored;
    sl_status rc = sl_folder_delete(sink->load->folder, &ignored);
    (void)rc;
    sl_outbox_load_free(sink->load);
    sink->load = NULL;
  }
}

void sl_sink_cancel(struct sl_destination *d) {
  struct sl_sink *sink = sink_of(d);
  pthread_mutex_lock(&sink->lock);
  atomic_store(&sink->cancelled, true);
  pthread_cond_broadcast(&sink->woken);
  pthread_mutex_unlock(&sink->lock);
  if (sink->sink_ops->cancel != NULL) {
    sink->sink_ops->cancel(sink);
  }
}

void sl_sink_close(struct sl_destination *d) {
  struct sl_sink *sink = sink_of(d);
  sl_sink_rollback(d);
  if (sink->sink_ops->release != NULL) {
    sink->sink_ops->release(sink);
  }
  sl_outbox_memory_free(sink->memory);
  pthread_cond_destroy(&sink->woken);
  pthread_mutex_destroy(&sink->lock);
  free(sink->shown);
  free(sink->state_dir);
  free(sink->folder);
  free(sink);
}

const struct sl_store_ops sl_sink_store = {
  .struct_size = sizeof(struct sl_store_ops),
  .begin = sink_begin,
  .get = sink_get,
  .define = sink_define,
  .replace = sink_replace,
  .put = sink_put,
};
