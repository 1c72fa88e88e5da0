/* load_rows.c - loads a program's own rows with libsluice: JSON text in, tables out.
 *
 * Build: cc load_rows.c $(pkg-config --cflags --libs sluice) -o load_rows
 * Run:   ./load_rows shop.duckdb */
#include <stdio.h>
#include <string.h>

#include <sluice/engine.h>

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: load_rows DATABASE.duckdb\n");
    return 2;
  }
  struct sl_load_settings settings;
  sl_load_settings_init(&settings);
  settings.destination = argv[1];
  settings.as = "orders";
  settings.pipeline = "shop";
  settings.write_disposition = "merge";
  settings.primary_key = "id";

  struct sl_error err = { 0 };
  struct sl_rows *rows = NULL;
  sl_status rc = sl_rows_open(&rows, &settings, &err);
  for (int i = 1; rc == SL_OK && i <= 1000; i++) {
    char json[256];
    int n = snprintf(json, sizeof json,
                     "{\"id\": %d, \"customer\": {\"name\": \"C-%d\"}, \"lines\": "
                     "[{\"sku\": \"A\", \"qty\": %d}, {\"sku\": \"B\", \"qty\": 1}]}",
                     i, i % 7, i % 5 + 1);
    rc = sl_rows_push_json(rows, json, (size_t)n, &err);
  }
  struct sl_summary summary = { 0 };
  if (rows != NULL) {
    rc = sl_rows_commit(rows, &summary, &err); /* its error is the one that matters */
  }
  if (rc != SL_OK) {
    fprintf(stderr, "load_rows: %s\n", err.message);
    return 1;
  }
  printf("%lld rows in %zu tables, load %s\n", (long long)summary.rows, summary.n_tables,
         summary.load_id);
  sl_summary_release(&summary);
  return 0;
}
