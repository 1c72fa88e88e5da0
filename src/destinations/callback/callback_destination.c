/* callback_destination.c - see callback_destination.h. */
#include "destinations/callback/callback_destination.h"

#include <stdlib.h>

#include "base/memory.h"
#include "outbox/encode.h"

struct callback_settings {
  struct sl_sink_settings sink;
};

struct callback_sink {
  struct sl_sink base;
  struct sl_sink_callback callback; /* a copy; its name is not ours */
};

/* ---- the functions that are known ---- */

struct known {
  struct known *next;
  struct sl_sink_callback callback; /* name: malloc'ed */
};
static pthread_mutex_t known_lock = PTHREAD_MUTEX_INITIALIZER;
static struct known *known_first;

sl_status sl_sink_register(const struct sl_sink_callback *callback, struct sl_error *err) {
  if (callback->name == NULL || callback->name[0] == '\0' || callback->send == NULL) {
    return sl_fail(err, SL_EUSAGE, "a callback needs a name and a function");
  }
  struct known *k = malloc(sizeof *k);
  char *name = strdup(callback->name);
  if (k == NULL || name == NULL) {
    free(k);
    free(name);
    return sl_fail(err, SL_ENOMEM, "out of memory for the callback %s", callback->name);
  }
  sl_sink_unregister(name);
  pthread_mutex_lock(&known_lock);
  *k = (struct known){ known_first, *callback };
  k->callback.name = name;
  known_first = k;
  pthread_mutex_unlock(&known_lock);
  return SL_OK;
}

void sl_sink_unregister(const char *name) {
  pthread_mutex_lock(&known_lock);
  for (struct known **at = &known_first; *at != NULL; at = &(*at)->next) {
    if (strcmp((*at)->callback.name, name) == 0) {
      struct known *gone = *at;
      *at = gone->next;
      free((char *)(uintptr_t)gone->callback.name);
      free(gone);
      break;
    }
  }
  pthread_mutex_unlock(&known_lock);
}

static bool find(const char *name, struct sl_sink_callback *out) {
  bool found = false;
  pthread_mutex_lock(&known_lock);
  for (const struct known *k = known_first; k != NULL && !found; k = k->next) {
    found = strcmp(k->callback.name, name) == 0;
    *out = found ? k->callback : *out;
  }
  pthread_mutex_unlock(&known_lock);
  return found;
}

sl_status sl_sink_json(const struct sl_sink_batch *batch, int lines, char **json, size_t *length,
                       struct sl_error *err) {
  struct sl_buffer out = { 0 };
  sl_status rc = sl_encode_json(batch->schema, batch->array, lines != 0, false, false, &out, err);
  *json = NULL;
  *length = out.length;
  if (rc == SL_OK && (*json = sl_buffer_take(&out)) == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a batch as JSON");
  }
  sl_buffer_release(&out);
  return rc;
}

/* ---- sending ---- */

static enum sl_sink_answer callback_send(struct sl_sink *base, void *state,
                                         const struct sl_outbox_batch *b,
                                         struct sl_send_result *result, struct sl_error *err) {
  const struct callback_sink *sink = (const struct callback_sink *)base;
  const struct sl_sink_batch batch = {
    .table = b->table->name,
    .parent = b->table->parent,
    .write_disposition = b->table->disposition,
    .primary_key = b->table->primary_key,
    .schema = &b->table->schema,
    .array = &b->array,
    .number = b->number + 1,
    .batches = b->table->n_batches,
    .first_row = b->first_row,
    .table_rows = b->table->rows,
    .load_id = b->load->load_id,
    .pipeline = b->load->pipeline,
    .dataset = b->load->dataset,
    .key = b->key,
  };
  (void)state;
  (void)result;
  enum sl_sink_answer answer = sink->callback.send(&batch, sink->callback.arg, err);
  if (answer != SL_SINK_ACCEPTED && err->message[0] == '\0') {
    sl_fail(err, SL_EDEST, "the function gave no reason");
  }
  return answer;
}

static sl_status callback_deliver(struct sl_sink *sink, struct sl_outbox_load *load,
                                  struct sl_error *err) {
  static const struct sl_send_ops send = { .send = callback_send };
  return sl_sink_send_all(sink, load, &send, err);
}

static sl_status callback_open(struct sl_destination **out,
                               const struct sl_destination_config *config, struct sl_error *err) {
  static const struct sl_sink_ops ops = { .deliver = callback_deliver };
  static const char *const orders[] = { NULL, "load", "table", "none" };
  struct sl_sink_callback callback = { 0 };
  struct sl_buffer shown = { 0 };
  if (!find(config->location, &callback)) {
    return sl_fail(err, SL_EUSAGE,
                   "callback:%s: this program has no function of that name; register it with "
                   "sl_sink_register",
                   config->location);
  }
  struct callback_sink *sink = sl_calloc_array(1, sizeof *sink);
  sl_buffer_printf(&shown, "callback:%s", config->location);
  if (sink == NULL || shown.failed) {
    free(sink);
    sl_buffer_release(&shown);
    return sl_fail(err, SL_ENOMEM, "out of memory for callback:%s", config->location);
  }
  sink->callback = callback;
  sl_status rc = sl_sink_open(&sink->base, &sl_callback_destination, &ops, config, shown.data, err);
  sl_buffer_release(&shown);
  if (rc != SL_OK) {
    return rc;
  }
  struct sl_sink_settings *s = &sink->base.settings;
  s->batch_rows = callback.batch_rows > 0 ? callback.batch_rows : s->batch_rows;
  s->parallel = callback.parallel > 0 ? callback.parallel : s->parallel;
  s->order = callback.order != SL_SINK_ORDER_OPTION ? orders[callback.order] : s->order;
  *out = &sink->base.base;
  return SL_OK;
}

static const struct sl_option options[] = {
  SL_SINK_OPTIONS(struct callback_settings),
  SL_SINK_OPTIONS_SENDING(struct callback_settings),
  { .name = NULL },
};

static const char *const schemes[] = { "callback", NULL };
static const char *const extensions[] = { NULL };

const struct sl_destination_ops sl_callback_destination = {
  .struct_size = sizeof(struct sl_destination_ops),
  .name = "callback",
  .schemes = schemes,
  .extensions = extensions,
  .options = options,
  .settings_bytes = sizeof(struct callback_settings),
  .capabilities = SL_SINK_CAPABILITIES,
  .help = "A function of the program that uses the library; see sluice/sink.h.",
  .open = callback_open,
  SL_SINK_FUNCTIONS,
};
