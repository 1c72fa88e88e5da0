/* trace.c - trace.json: writing it and showing it.
 *
 * A run: {"load_id", "pipeline", "dataset", "source", "destination", "sluice" (version),
 * "started_at" (ISO, UTC), "seconds", "outcome" ("loaded" or "failed"), "schema" {"name",
 * "version_hash"}, "bytes", "documents", "rows", "rejected", "steps", "tables" [{"name", "rows",
 * "bytes", "inserted", "updated", "deleted", "new_columns"}], "error" {"code", "vendor", "message",
 * "retryable"} or null}. What is not known is null.
 *
 * "steps" are those of dlt's trace, under its names: {"step", "started_at", "finished_at",
 * "step_exception" (text or null), "<step>_info": {"table_metrics": [{"table_name", "items_count",
 * "file_size"}]}}. Ours overlap. extract counts records and bytes of the source by root table,
 * normalize and load rows and their bytes in Arrow's layout by table. */
#include "pipeline/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "base/real.h"
#include "base/redact.h"
#include "base/time.h"
#include "pipeline/state_json.h"
#include "schema/json_text.h"

enum { MOST_RUNS = 20 };

static void print_key(struct sl_buffer *out, const char *name) {
  if (out->length > 0 && out->data[out->length - 1] != '{') {
    sl_buffer_char(out, ',');
  }
  sl_buffer_printf(out, "\"%s\":", name);
}

static void print_safe(struct sl_buffer *out, const char *name, const char *text,
                       void (*redact)(struct sl_buffer *, const char *)) {
  print_key(out, name);
  if (text == NULL) {
    sl_buffer_text(out, "null");
    return;
  }
  struct sl_buffer safe = { 0 };
  redact(&safe, text);
  sl_json_string(out, safe.data == NULL ? "" : safe.data, safe.length);
  sl_buffer_release_part(&safe, out);
}

static void print_text(struct sl_buffer *out, const char *name, const char *text) {
  print_safe(out, name, text, sl_redact);
}

static void print_number(struct sl_buffer *out, const char *name, int64_t number) {
  print_key(out, name);
  if (number < 0) {
    sl_buffer_text(out, "null");
  } else {
    sl_buffer_printf(out, "%" PRId64, number);
  }
}

static void print_millis(struct sl_buffer *out, double seconds) {
  char text[SL_REAL_CHARS];
  sl_real_print_fixed(text, seconds, 3);
  sl_buffer_text(out, text);
}

static void print_seconds(struct sl_buffer *out, double seconds) {
  print_key(out, "seconds");
  print_millis(out, seconds);
}

static void print_time(struct sl_buffer *out, const char *name, int64_t micros) {
  char text[40];
  sl_timestamp_print(text, micros, true);
  print_text(out, name, text);
}

static void print_metrics(struct sl_buffer *out, const struct sl_trace_step *step) {
  struct sl_buffer name = { 0 };
  sl_buffer_printf(&name, "%s_info", step->name);
  print_key(out, name.failed ? "info" : name.data);
  sl_buffer_release(&name);
  sl_buffer_text(out, "{\"table_metrics\":[");
  for (size_t i = 0; i < step->n_metrics; i++) {
    sl_buffer_text(out, i == 0 ? "{" : ",{");
    print_text(out, "table_name", step->metrics[i].table);
    print_number(out, "items_count", step->metrics[i].items);
    print_number(out, "file_size", step->metrics[i].bytes);
    sl_buffer_char(out, '}');
  }
  sl_buffer_text(out, "]}");
}

static void print_steps(struct sl_buffer *out, const struct sl_trace_run *run) {
  print_key(out, "steps");
  sl_buffer_char(out, '[');
  for (size_t i = 0; i < run->n_steps; i++) {
    const struct sl_trace_step *step = &run->steps[i];
    sl_buffer_text(out, i == 0 ? "{" : ",{");
    print_text(out, "step", step->name);
    print_time(out, "started_at", step->started_micros);
    print_time(out, "finished_at", step->finished_micros);
    print_text(out, "step_exception", step->error);
    print_metrics(out, step);
    sl_buffer_char(out, '}');
  }
  sl_buffer_char(out, ']');
}

static void print_tables(struct sl_buffer *out, const struct sl_trace_run *run) {
  print_key(out, "tables");
  sl_buffer_char(out, '[');
  for (size_t i = 0; i < run->n_tables; i++) {
    const struct sl_trace_table *t = &run->tables[i];
    sl_buffer_text(out, i == 0 ? "{" : ",{");
    print_text(out, "name", t->name);
    print_number(out, "rows", t->rows);
    print_number(out, "bytes", t->bytes);
    print_number(out, "inserted", t->inserted);
    print_number(out, "updated", t->updated);
    print_number(out, "deleted", t->deleted);
    print_number(out, "new_columns", t->new_columns);
    sl_buffer_char(out, '}');
  }
  sl_buffer_char(out, ']');
}

static void print_error(struct sl_buffer *out, const struct sl_error *error) {
  print_key(out, "error");
  if (error == NULL) {
    sl_buffer_text(out, "null");
    return;
  }
  sl_buffer_char(out, '{');
  print_text(out, "code", sl_status_name(error->code));
  print_text(out, "vendor", error->vendor);
  print_text(out, "message", error->message);
  print_key(out, "retryable");
  sl_buffer_text(out, error->retryable ? "true}" : "false}");
}

static void print_run(struct sl_buffer *out, const struct sl_trace_run *run) {
  sl_buffer_char(out, '{');
  print_text(out, "load_id", run->load_id);
  print_text(out, "pipeline", run->pipeline);
  print_text(out, "dataset", run->dataset);
  print_safe(out, "source", run->source, sl_redact_location);
  print_safe(out, "destination", run->destination, sl_redact_location);
  print_text(out, "sluice", run->version);
  print_time(out, "started_at", run->started_micros);
  print_seconds(out, run->seconds);
  print_text(out, "outcome", run->error == NULL ? "loaded" : "failed");
  print_key(out, "schema");
  sl_buffer_char(out, '{');
  print_text(out, "name", run->schema_name);
  print_text(out, "version_hash", run->schema_hash);
  sl_buffer_char(out, '}');
  print_number(out, "bytes", run->bytes);
  print_number(out, "documents", run->documents);
  print_number(out, "rows", run->rows);
  print_number(out, "rejected", run->rejected);
  print_steps(out, run);
  print_tables(out, run);
  if (run->certificate != NULL) {
    print_key(out, "certificate");
    sl_buffer_text(out, run->certificate);
  }
  print_error(out, run->error);
  sl_buffer_char(out, '}');
}

/* The runs that the file has, at most MOST_RUNS - 1 of the newest. */
static sl_status print_old_runs(struct sl_buffer *out, yyjson_doc *old, struct sl_error *err) {
  yyjson_val *runs = yyjson_obj_get(yyjson_doc_get_root(old), "runs");
  size_t n = yyjson_arr_size(runs);
  size_t i;
  size_t most;
  yyjson_val *run;
  yyjson_arr_foreach(runs, i, most, run) {
    char *text = i + MOST_RUNS > n ? yyjson_val_write(run, 0, NULL) : NULL;
    if (i + MOST_RUNS > n && text == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for " SL_TRACE_FILE);
    }
    if (text != NULL) {
      sl_buffer_printf(out, "%s,\n", text);
    }
    free(text);
  }
  return sl_buffer_check(out, err);
}

static sl_status read_trace(const struct sl_workdir *dir, yyjson_doc **out, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  *out = NULL;
  sl_status rc = sl_workdir_read(dir, SL_TRACE_FILE, &text, err);
  if (rc == SL_OK && text.length > 0) {
    *out = yyjson_read(text.data, text.length, 0);
  }
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_trace_append(const struct sl_workdir *dir, const struct sl_trace_run *run,
                          struct sl_error *err) {
  struct sl_buffer json = { 0 };
  yyjson_doc *old = NULL;
  sl_status rc = read_trace(dir, &old, err);
  if (rc == SL_ENOTFOUND) {
    rc = SL_OK;
  }
  sl_buffer_text(&json, "{\"version\":2,\"runs\":[\n");
  if (rc == SL_OK) {
    rc = print_old_runs(&json, old, err);
  }
  if (rc == SL_OK) {
    print_run(&json, run);
    sl_buffer_text(&json, "\n]}\n");
    rc = sl_buffer_check(&json, err);
  }
  if (rc == SL_OK) {
    rc = sl_workdir_write(dir, SL_TRACE_FILE, json.data, json.length, err);
  }
  yyjson_doc_free(old);
  sl_buffer_release(&json);
  return rc;
}

static const char *text_of(yyjson_val *object, const char *name) {
  const char *text = yyjson_get_str(yyjson_obj_get(object, name));
  return text == NULL ? "-" : text;
}

static void show_count(struct sl_buffer *out, yyjson_val *object, const char *name) {
  char text[32] = "-";
  yyjson_val *value = yyjson_obj_get(object, name);
  if (yyjson_is_int(value)) {
    sl_format_count(text, yyjson_get_sint(value));
  }
  sl_buffer_printf(out, "  %12s", text);
}

static void show_tables(struct sl_buffer *out, yyjson_val *tables) {
  size_t i;
  size_t n;
  yyjson_val *table;
  if (yyjson_arr_size(tables) == 0) {
    return;
  }
  sl_buffer_printf(out, "\n%-32s  %12s  %12s  %12s  %12s  %12s\n", "table", "rows", "inserted",
                   "updated", "deleted", "new columns");
  yyjson_arr_foreach(tables, i, n, table) {
    static const char *const counts[] = { "rows", "inserted", "updated", "deleted", "new_columns" };
    sl_buffer_printf(out, "%-32s", text_of(table, "name"));
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
      show_count(out, table, counts[c]);
    }
    sl_buffer_char(out, '\n');
  }
}

static int64_t time_of(yyjson_val *object, const char *name) {
  struct sl_iso iso = { 0 };
  return sl_iso_parse(sl_text_of(text_of(object, name)), &iso) && iso.kind == SL_ISO_TIMESTAMP
             ? iso.micros
             : 0;
}

/* "  extract    COMPLETED in 0.071 s: 2 records, 71 B" */
static void show_step(struct sl_buffer *out, yyjson_val *step) {
  struct sl_buffer info = { 0 };
  const char *name = text_of(step, "step");
  size_t i;
  size_t n;
  yyjson_val *metric;
  int64_t items = 0;
  int64_t bytes = 0;
  sl_buffer_printf(&info, "%s_info", name);
  yyjson_val *metrics =
      yyjson_obj_get(yyjson_obj_get(step, info.failed ? "" : info.data), "table_metrics");
  sl_buffer_release(&info);
  yyjson_arr_foreach(metrics, i, n, metric) {
    items += yyjson_get_sint(yyjson_obj_get(metric, "items_count"));
    bytes += yyjson_get_sint(yyjson_obj_get(metric, "file_size"));
  }
  bool failed = yyjson_is_str(yyjson_obj_get(step, "step_exception"));
  sl_buffer_printf(out, "  %-10s %s in ", name, failed ? "FAILED" : "COMPLETED");
  print_millis(out, (double)(time_of(step, "finished_at") - time_of(step, "started_at")) / 1e6);
  sl_buffer_text(out, " s");
  if (yyjson_arr_size(metrics) > 0) {
    char count[32];
    char size[32];
    sl_format_count(count, items);
    sl_format_bytes(size, bytes);
    sl_buffer_printf(out, ": %s %s, %s", count, strcmp(name, "extract") == 0 ? "records" : "rows",
                     size);
  }
  sl_buffer_char(out, '\n');
}

static void show_certificate(struct sl_buffer *out, yyjson_val *tables) {
  size_t i;
  size_t n;
  yyjson_val *table;
  sl_buffer_printf(out, "\n%-32s  %12s  %12s  %12s  %s\n", "verified", "in source", "rows",
                   "compared", "row checksum");
  yyjson_arr_foreach(tables, i, n, table) {
    yyjson_val *reason = yyjson_obj_get(table, "reason");
    sl_buffer_printf(out, "%-32s", text_of(table, "name"));
    show_count(out, table, "source_rows");
    show_count(out, table, "rows");
    sl_buffer_printf(out, "  %12s  %s%s%s\n", text_of(table, "compared"),
                     text_of(table, "row_checksum"), reason == NULL ? "" : "  ",
                     reason == NULL ? "" : yyjson_get_str(reason));
  }
}

static void show_run(struct sl_buffer *out, yyjson_val *run) {
  static const char *const texts[][2] = {
    { "pipeline", "pipeline" }, { "load id", "load_id" },         { "dataset", "dataset" },
    { "source", "source" },     { "destination", "destination" }, { "started", "started_at" },
    { "outcome", "outcome" }
  };
  size_t i;
  size_t n;
  yyjson_val *step;
  for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    sl_buffer_printf(out, "%-12s %s\n", texts[i][0], text_of(run, texts[i][1]));
  }
  sl_buffer_printf(out, "%-12s ", "took");
  print_millis(out, yyjson_get_num(yyjson_obj_get(run, "seconds")));
  sl_buffer_text(out, " s\n");
  yyjson_arr_foreach(yyjson_obj_get(run, "steps"), i, n, step) {
    show_step(out, step);
  }
  show_tables(out, yyjson_obj_get(run, "tables"));
  yyjson_val *certificate = yyjson_obj_get(run, "certificate");
  if (yyjson_is_obj(certificate)) {
    show_certificate(out, yyjson_obj_get(certificate, "tables"));
  }
  yyjson_val *error = yyjson_obj_get(run, "error");
  if (yyjson_is_obj(error)) {
    sl_buffer_printf(out, "\nerror (%s): %s\n", text_of(error, "code"), text_of(error, "message"));
  }
}

sl_status sl_trace_destination(const struct sl_workdir *dir, struct sl_buffer *out,
                               struct sl_error *err) {
  yyjson_doc *doc = NULL;
  sl_status rc = read_trace(dir, &doc, err);
  yyjson_val *run = yyjson_arr_get_last(yyjson_obj_get(yyjson_doc_get_root(doc), "runs"));
  if (rc == SL_OK && run != NULL) {
    sl_buffer_text(out, text_of(run, "destination"));
  }
  yyjson_doc_free(doc);
  return rc == SL_ENOTFOUND ? SL_OK : rc == SL_OK ? sl_buffer_check(out, err) : rc;
}

sl_status sl_trace_print(const struct sl_workdir *dir, struct sl_buffer *out,
                         struct sl_error *err) {
  yyjson_doc *doc = NULL;
  sl_status rc = read_trace(dir, &doc, err);
  yyjson_val *run = yyjson_arr_get_last(yyjson_obj_get(yyjson_doc_get_root(doc), "runs"));
  if (rc == SL_ENOTFOUND || (rc == SL_OK && run == NULL)) {
    rc = sl_fail(err, SL_ENOTFOUND, "pipeline %s has no trace: no load of Sluice ended here so far",
                 dir->name);
  }
  if (rc == SL_OK) {
    show_run(out, run);
    rc = sl_buffer_check(out, err);
  }
  yyjson_doc_free(doc);
  return rc;
}
