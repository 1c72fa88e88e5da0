/* Rows to a function of the program: what it is given, what its answers do. */
#include <sluice/sink.h>

#include "base/text.h"
#include "unit/library/load_folder.h"

struct receiver {
  struct sl_buffer rows; /* of accepted batches, as JSON lines */
  char keys[64][40];
  int calls, retry_at, refuse_at; /* number of a call, from 1 on; 0 = never */
};

static enum sl_sink_answer receive(const struct sl_sink_batch *batch, void *arg,
                                   struct sl_error *err) {
  struct receiver *r = arg;
  char *json = NULL;
  size_t length = 0;
  snprintf(r->keys[r->calls % 64], sizeof r->keys[0], "%s", batch->key);
  r->calls++;
  CHECK_STR("table", batch->table, "items");
  CHECK_STR("disposition", batch->write_disposition, "merge");
  CHECK_STR("primary key", batch->primary_key, "id");
  CHECK_INT("rows", batch->array->length, batch->number < batch->batches ? 10 : 5);
  CHECK_INT("first row", batch->first_row, (batch->number - 1) * 10);
  CHECK_INT("rows of the table", batch->table_rows, 25);
  if (r->calls == r->retry_at) {
    return SL_SINK_RETRY; /* without a reason */
  }
  if (r->calls == r->refuse_at) {
    sl_fail(err, SL_EDATA, "customer 11 is closed");
    return SL_SINK_REFUSED;
  }
  if (CHECK_OK(sl_sink_json(batch, 1, &json, &length, err), err)) {
    CHECK_INT("length", strlen(json), length);
    sl_buffer_append(&r->rows, json, length);
  }
  free(json);
  return SL_SINK_ACCEPTED;
}

static sl_status load(struct load_folder *f, struct receiver *r, struct sl_error *err) {
  const struct sl_sink_callback callback = {
    .name = "test", .send = receive, .arg = r, .batch_rows = 10
  };
  CHECK_OK(sl_sink_register(&callback, err), err);
  f->settings.destination = "callback:test";
  f->settings.write_disposition = "merge";
  f->settings.primary_key = "id";
  return sl_load(&f->settings, NULL, err);
}

static void write_rows(const struct load_folder *f, struct sl_buffer *want) {
  for (int i = 0; i < 25; i++) {
    sl_buffer_printf(want, "{\"id\":%d,\"tags\":[%d,null]}\n", i, i);
  }
  load_folder_write(f, want->data);
}

TEST(all_rows_in_batches) {
  struct load_folder f;
  struct receiver r = { .retry_at = 2 };
  struct sl_buffer want = { 0 };
  struct sl_error err = { 0 };
  load_folder_init(&f);
  write_rows(&f, &want);
  CHECK_OK(load(&f, &r, &err), &err);
  CHECK_INT("one was asked for twice", r.calls, 4);
  CHECK_STR("with its key", r.keys[1], r.keys[2]);
  CHECK_STR("rows", r.rows.data, want.data);
  sl_buffer_release(&want);
  sl_buffer_release(&r.rows);
  load_folder_release(&f);
}

TEST(a_refused_load_is_continued) {
  struct load_folder f;
  struct receiver r = { .refuse_at = 2 };
  struct sl_buffer want = { 0 };
  struct sl_error err = { 0 };
  load_folder_init(&f);
  write_rows(&f, &want);
  CHECK_FAILS(load(&f, &r, &err), SL_EDATA, &err);
  CHECK_STR(
      "message", err.message,
      "batch 2 of table items (rows 11 to 20) was refused by callback:test: customer 11 is "
      "closed; 1 of 3 batches are delivered, the next load of this pipeline goes on from there");
  CHECK(!err.retryable);
  load_folder_write(&f, "");
  CHECK_OK(load(&f, &r, &err), &err);
  CHECK_INT("calls", r.calls, 4);
  CHECK_STR("with its key", r.keys[1], r.keys[2]);
  CHECK_STR("rows", r.rows.data, want.data);
  sl_buffer_release(&want);
  sl_buffer_release(&r.rows);
  load_folder_release(&f);
}

TEST(names_of_functions) {
  struct load_folder f;
  struct sl_error err = { 0 };
  const struct sl_sink_callback nothing = { .name = "test" };
  const struct sl_sink_callback nameless = { .send = receive };
  load_folder_init(&f);
  load_folder_write(&f, "{}");
  CHECK_FAILS(sl_sink_register(&nothing, &err), SL_EUSAGE, &err);
  CHECK_FAILS(sl_sink_register(&nameless, &err), SL_EUSAGE, &err);
  sl_sink_unregister("test");
  sl_sink_unregister("test");
  f.settings.destination = "callback:test";
  CHECK_FAILS(sl_load(&f.settings, NULL, &err), SL_EUSAGE, &err);
  CHECK(strstr(err.message, "register it with sl_sink_register") != NULL);
  load_folder_release(&f);
}
