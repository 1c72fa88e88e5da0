/* source_places.c - the places of the built-in sources that need no server, and those that
 * environment variables give: SLUICE_CONTRACT_SOURCE_<NAME>=location and friends. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "contract/places.h"

/* ---- files ---- */

struct made_file {
  const char *name, *format; /* as DuckDB's COPY wants it */
};

static const struct made_file files[] = {
  { "small.jsonl", "json" },
  { "small.jsonl.gz", "json" },
  { "small.jsonl.zst", "json" },
  { "small.json", "json, ARRAY true" },
  { "small.csv", "csv, HEADER true" },
  { "small.csv.gz", "csv, HEADER true" },
  { "small.tsv", "csv, HEADER true, DELIM '\t'" },
  { "small.parquet", "parquet" },
  { "many/1.jsonl", "json" },
  { "many_csv/1.csv", "csv, HEADER true" },
  { "cut.jsonl.gz", "json" },
  { "cut.json", "json, ARRAY true" },
  { "cut.parquet", "parquet" },
};

static const struct made_file large_files[] = {
  { "large.jsonl", "json" },
  { "large.jsonl.gz", "json" },
  { "large.json", "json, ARRAY true" },
  { "large.csv", "csv, HEADER true" },
  { "large.parquet", "parquet" },
};

enum { SMALL_ROWS = 20000, LARGE_ROWS = 1000000, MORE_ROWS = 500 };

/* Rows [from, to) of many types. DuckDB writes them: through the destination, as any caller would.
 */
static sl_status make_file(const struct made_file *file, int from, int to, const char *folder,
                           struct sl_error *err) {
  const struct sl_destination_ops *ops = NULL;
  const char *rest = NULL;
  struct sl_destination *d = NULL;
  struct sl_buffer sql = { 0 };
  sl_buffer_printf(&sql,
                   "COPY (SELECT i AS id, 'row ' || i AS name, CASE WHEN i %% 7 = 0 THEN NULL ELSE "
                   "i * 0.25 END AS weight, i %% 2 = 0 AS even, DATE '2024-01-01' + (i %% "
                   "900)::INTEGER AS day, TIMESTAMP '2024-01-01 00:00:00' + to_seconds(i) AS at, "
                   "repeat('text ', (i %% 30)::INTEGER) AS filling FROM range(%d, %d) r(i)) "
                   "TO '%s/%s' (FORMAT %s)",
                   from, to, folder, file->name, file->format);
  sl_status rc = sl_destination_find("duckdb::memory:", &ops, &rest, err);
  void *settings = rc == SL_OK ? calloc(1, ops->settings_bytes) : NULL;
  if (rc == SL_OK) {
    struct sl_destination_config config = { .location = rest, .settings = settings, .threads = 2 };
    rc = ops->open(&d, &config, err);
  }
  if (rc == SL_OK) {
    rc = ops->execute(d, sql.data, NULL, err);
    ops->close(d);
  }
  free(settings);
  sl_buffer_release(&sql);
  return rc;
}

static void path_of(char out[4096], const char *folder, const char *name) {
  snprintf(out, 4096, "%s/%s", folder, name);
}

static bool write_file(const char *folder, const char *name, const char *text) {
  char path[4096];
  path_of(path, folder, name);
  FILE *file = fopen(path, "w");
  bool good = file != NULL && fputs(text, file) >= 0;
  return file != NULL && fclose(file) == 0 && good;
}

/* A pipe whose other end is open and silent, until the program ends. */
static bool silent_pipe(const char *folder, const char *name) {
  char path[4096];
  path_of(path, folder, name);
  return mkfifo(path, 0600) == 0 && open(path, O_RDWR | O_CLOEXEC) >= 0;
}

static bool more_jsonl(const struct source_place *place, const char *folder) {
  static const struct made_file file = { "many/2.jsonl", "json" };
  struct sl_error err;
  (void)place;
  return make_file(&file, SMALL_ROWS, SMALL_ROWS + MORE_ROWS, folder, &err) == SL_OK;
}

static bool more_csv(const struct source_place *place, const char *folder) {
  static const struct made_file file = { "many_csv/2.csv", "csv, HEADER true" };
  struct sl_error err;
  (void)place;
  return make_file(&file, SMALL_ROWS, SMALL_ROWS + MORE_ROWS, folder, &err) == SL_OK;
}

static bool nothing_to_do(const struct source_place *place, const char *folder) {
  (void)place;
  (void)folder;
  return true;
}

/* ---- the table ---- */

static const struct source_place built_in[] = {
  { .source = "example",
    .label = "example: columns",
    .location = "example:orders?rows=20000&block-rows=1000",
    .missing = "example:invoices",
    .broken = "example:orders?fail-at=500",
    .refused = "example:orders?rows=many",
    .secret = "example:orders?fail-at=500&token=" CONTRACT_SECRET,
    .slow = "example:orders?wait-ms=600000",
    .large = "example:orders?rows=2000000",
    .only_new = { { { "only-new", "yes" } } },
    .grow = nothing_to_do,
    .grown = "example:orders?rows=20500&block-rows=1000",
    .grown_rows = 500 },
  { .source = "example",
    .label = "example: documents",
    .location = "example:customers?rows=200000&block-rows=1000",
    .missing = "example:invoices?rows=1",
    .broken = "example:customers?fail-at=1&rows=50",
    .refused = "example:customers?no-such-option=1",
    .secret = "example:nothing?token=" CONTRACT_SECRET,
    .slow = "example:customers?wait-ms=600000",
    .large = "example:customers?rows=4000000",
    .only_new = { { { "only-new", "yes" } } },
    .grow = nothing_to_do,
    .grown = "example:customers?rows=200010&block-rows=1000",
    .grown_rows = 1 },
  { .source = "file",
    .label = "file: jsonl",
    .location = "{}/small.jsonl",
    .missing = "{}/nothing.jsonl",
    .slow = "{}/silent.jsonl",
    .large = "{}/large.jsonl" },
  { .source = "file",
    .label = "file: jsonl.gz",
    .location = "file:{}/small.jsonl.gz",
    .missing = "{}/nothing*.jsonl.gz",
    .broken = "{}/cut.jsonl.gz",
    .large = "{}/large.jsonl.gz" },
  { .source = "file", .label = "file: jsonl.zst", .location = "{}/small.jsonl.zst" },
  { .source = "file",
    .label = "file: json",
    .location = "{}/small.json",
    .broken = "{}/cut.json",
    .slow = "{}/silent.json",
    .large = "{}/large.json" },
  { .source = "file",
    .label = "file: csv",
    .location = "{}/small.csv",
    .missing = "{}/nothing.csv",
    .broken = "{}/binary.csv",
    .large = "{}/large.csv" },
  { .source = "file", .label = "file: csv.gz", .location = "{}/small.csv.gz" },
  { .source = "file", .label = "file: tsv", .location = "{}/small.tsv" },
  { .source = "file",
    .label = "file: parquet",
    .location = "{}/small.parquet",
    .missing = "{}/nothing.parquet",
    .broken = "{}/cut.parquet",
    .large = "{}/large.parquet" },
  { .source = "file",
    .label = "file: new jsonl files",
    .location = "{}/many/*.jsonl",
    .only_new = { { { "incremental-files", "yes" } } },
    .grow = more_jsonl,
    .grown_rows = MORE_ROWS },
  { .source = "file",
    .label = "file: new csv files",
    .location = "{}/many_csv",
    .only_new = { { { "incremental-files", "yes" } } },
    .grow = more_csv,
    .grown_rows = MORE_ROWS },
};
enum { BUILT_IN = sizeof built_in / sizeof built_in[0] };

static bool files_are_needed(void) {
  size_t n;
  const struct source_place *all = source_places(&n);
  for (size_t i = 0; i < n; i++) {
    if (strstr(all[i].location, "{}") != NULL) {
      return true;
    }
  }
  return false;
}

/* A file that ends in the middle. */
static bool cut_file(const char *folder, const char *name) {
  char path[4096];
  struct stat info;
  path_of(path, folder, name);
  return stat(path, &info) == 0 && truncate(path, info.st_size * 2 / 3) == 0;
}

static bool make_folder(const char *folder, const char *name) {
  char path[4096];
  path_of(path, folder, name);
  return mkdir(path, 0700) == 0;
}

bool source_places_prepare(const char *folder, char problem[1024]) {
  struct sl_error err = { .message = "a file could not be made" };
  if (!files_are_needed()) {
    return true;
  }
  bool good = make_folder(folder, "many") && make_folder(folder, "many_csv");
  for (size_t i = 0; good && i < sizeof files / sizeof files[0]; i++) {
    good = make_file(&files[i], 0, SMALL_ROWS, folder, &err) == SL_OK &&
           (strncmp(files[i].name, "cut.", 4) != 0 || cut_file(folder, files[i].name));
  }
  good = good && silent_pipe(folder, "silent.jsonl") && silent_pipe(folder, "silent.json") &&
         silent_pipe(folder, "silent.csv") &&
         write_file(folder, "binary.csv", "a,b\n1,\xFF\xFE\n2,\"open\n3,4\n");
  snprintf(problem, 1024, "%s", good ? "" : err.message);
  return good;
}

bool source_places_prepare_large(const char *folder, char problem[1024]) {
  struct sl_error err = { 0 };
  bool good = true;
  for (size_t i = 0; good && files_are_needed() && i < sizeof large_files / sizeof large_files[0];
       i++) {
    good = make_file(&large_files[i], 0, LARGE_ROWS, folder, &err) == SL_OK;
  }
  snprintf(problem, 1024, "%s", good ? "" : err.message);
  return good;
}

/* ---- places from the environment ---- */

static const char *variable(const char *source, const char *ending) {
  return place_variable("SLUICE_CONTRACT_SOURCE_", source, ending);
}

static bool run_grow_command(const struct source_place *place, const char *folder) {
  (void)folder;
  return place_shell(place->grow_command);
}

static struct source_place place_from_environment(const struct sl_source_ops *ops) {
  const char *n = ops->name;
  const char *rows = variable(n, "_GROWN_ROWS");
  return (struct source_place){
    .source = n,
    .label = n,
    .location = variable(n, ""),
    .options = place_options_of(variable(n, "_OPTIONS")),
    .missing = variable(n, "_MISSING"),
    .broken = variable(n, "_BROKEN"),
    .refused = variable(n, "_REFUSED"),
    .secret = variable(n, "_SECRET"),
    .slow = variable(n, "_SLOW"),
    .large = variable(n, "_LARGE"),
    .only_new = place_options_of(variable(n, "_ONLY_NEW")),
    .grow = variable(n, "_GROW") == NULL ? NULL : run_grow_command,
    .grow_command = variable(n, "_GROW"),
    .grown = variable(n, "_GROWN"),
    .grown_rows = rows == NULL ? 0 : strtoll(rows, NULL, 10),
  };
}

const struct source_place *source_places(size_t *n) {
  enum { MOST = 64 };
  static struct source_place places[MOST];
  static size_t count;
  static bool ready;
  for (size_t i = 0; !ready && i < BUILT_IN; i++) {
    places[count] = built_in[i];
    count += place_selected(built_in[i].label);
  }
  for (size_t i = 0; !ready && sl_source_at(i) != NULL; i++) {
    struct source_place place = place_from_environment(sl_source_at(i));
    places[count] = place;
    count += place.location != NULL && place_selected(place.label) && count < MOST - 1;
  }
  ready = true;
  *n = count;
  return places;
}
