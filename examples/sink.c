/* sink.c - reverse ETL with libsluice: rows of any source to a function of the program, in batches.
 *
 * The function would call a web service's client here; it prints. A load that is stopped in between
 * goes on after the last accepted batch when it is run again.
 *
 * Build: cc sink.c $(pkg-config --cflags --libs sluice) -o sink
 * Run:   ./sink orders.csv */
#include <stdio.h>
#include <stdlib.h>

#include <sluice/engine.h>
#include <sluice/sink.h>

struct crm { /* what the function needs: a connection, a token, … */
  long long customers;
};

static enum sl_sink_answer send_batch(const struct sl_sink_batch *batch, void *arg,
                                      struct sl_error *err) {
  struct crm *crm = arg;
  char *json = NULL;
  size_t length = 0;
  if (sl_sink_json(batch, 0, &json, &length, err) != SL_OK) {
    return SL_SINK_RETRY; /* no memory now */
  }
  /* POST json with batch->key as its idempotency key. A full receiver: SL_SINK_RETRY. One that will
   * never take these rows: sl_fail(err, SL_EDATA, "what it said"), SL_SINK_REFUSED. */
  printf("%s %s: batch %lld of %lld, %lld rows, %zu bytes of JSON\n", batch->write_disposition,
         batch->table, (long long)batch->number, (long long)batch->batches,
         (long long)batch->array->length, length);
  crm->customers += batch->array->length;
  free(json);
  return SL_SINK_ACCEPTED;
}

int main(int argc, char **argv) {
  struct crm crm = { 0 };
  const struct sl_sink_callback callback = {
    .name = "crm", .send = send_batch, .arg = &crm, .batch_rows = 100
  };
  struct sl_load_settings settings;
  struct sl_error err = { 0 };
  if (argc != 2) {
    fprintf(stderr, "usage: sink SOURCE\n");
    return 2;
  }
  sl_load_settings_init(&settings);
  settings.source = argv[1];
  settings.destination = "callback:crm";
  settings.pipeline = "to_crm";
  sl_status rc = sl_sink_register(&callback, &err);
  if (rc == SL_OK) {
    rc = sl_load(&settings, NULL, &err);
  }
  if (rc != SL_OK) {
    fprintf(stderr, "sink: %s\n", err.message);
    return 1;
  }
  printf("%lld rows delivered\n", crm.customers);
  return 0;
}
