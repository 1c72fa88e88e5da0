/* files_destination.c - files as a destination: opening, the life of a load, capabilities.
 *
 * The layout of a dataset is that of dlt's filesystem destination, so that either of the two can go
 * on where the other one stopped; commit.c says how a load becomes visible as a whole. */
#include "files_destination.h"

#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "base/hash.h"
#include "base/time.h"
#include "bucket.h"

static struct files_destination *files_of(struct sl_destination *base) {
  return (struct files_destination *)base;
}

sl_status files_keep(char **out, const char *text, struct sl_error *err) {
  char *copy = strdup(text);
  if (copy == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a text");
  }
  free(*out);
  *out = copy;
  return SL_OK;
}

static void free_put(struct files_put *put) {
  free(put->key);
  free(put->text);
  *put = (struct files_put){ 0 };
}

void files_forget_files(struct files_destination *d) {
  for (size_t i = 0; i < d->n_files; i++) {
    free(d->files[i].table);
    free(d->files[i].key);
    free(d->files[i].token);
  }
  d->n_files = 0;
}

/* What belongs to one load. */
static void forget(struct files_destination *d) {
  files_tables_release(d);
  files_forget_files(d);
  for (size_t i = 0; i < d->n_puts; i++) {
    free_put(&d->puts[i]);
  }
  d->n_puts = 0;
  files_names_release(&d->replaced);
  files_names_release(&d->roots);
  files_names_release(&d->copy_from);
  files_names_release(&d->copy_to);
  free_put(&d->record);
  yyjson_mut_doc_free(d->kept);
  d->kept = NULL;
  d->generations = 0;
  files_names_release(&d->removed);
  free(d->state.text);
  d->state = (struct files_state){ 0 };
  free_put(&d->marker);
}

static void files_close(struct sl_destination *base) {
  struct files_destination *d = files_of(base);
  d->base.ops->rollback(base);
  free(d->files);
  free(d->puts);
  free(d->dataset);
  free(d->pipeline);
  free(d->schema);
  free(d->load_id);
  files_duckdb_close(d->kind.duckdb);
  if (d->place != NULL) {
    d->place->ops->close(d->place);
  }
  free(d);
}

static void files_rollback(struct sl_destination *base) {
  struct files_destination *d = files_of(base);
  struct sl_error ignored;
  bool begun = d->begun;
  forget(d);
  d->begun = false;
  if (begun && !d->read_only && !d->unfinished &&
      !d->pending) { /* what cannot be removed now is removed by the next load */
    sl_status rc = d->place->ops->clean(d->place, &ignored);
    (void)rc;
  }
}

static sl_status choose_format(struct files_destination *d, struct sl_error *err) {
  const char *format = d->settings.file_format;
  const char *packing = d->settings.file_compression;
  bool parquet = strcmp(format, "parquet") == 0;
  d->kind.format = parquet ? FILES_PARQUET : strcmp(format, "csv") == 0 ? FILES_CSV : FILES_JSONL;
  d->kind.packing = strcmp(packing, "none") == 0     ? FILES_PLAIN
                    : strcmp(packing, "gzip") == 0   ? FILES_GZIP
                    : strcmp(packing, "zstd") == 0   ? FILES_ZSTD
                    : strcmp(packing, "snappy") == 0 ? FILES_SNAPPY
                    : parquet                        ? FILES_SNAPPY
                                                     : FILES_GZIP;
  return parquet || d->kind.packing != FILES_SNAPPY
             ? SL_OK
             : sl_fail(err, SL_EUSAGE, "--file-compression snappy is for Parquet only");
}

static sl_status choose_layout(struct files_destination *d, struct sl_error *err) {
  struct sl_iso now;
  const char *given = d->settings.current_datetime;
  d->layout =
      (struct files_layout){ .text = d->settings.layout, .extra = d->settings.extra_placeholders };
  if (given != NULL) {
    if (!sl_iso_parse(sl_text_of(given), &now) || now.kind == SL_ISO_TIME) {
      return sl_fail(err, SL_EUSAGE, "--current-datetime '%s' is no ISO date or timestamp", given);
    }
    d->now_micros = now.kind == SL_ISO_DATE ? now.days * SL_MICROS_PER_DAY : now.micros;
  }
  return files_layout_check(&d->layout, err);
}

static sl_status open_place(struct files_destination *d, const char *scheme, const char *location,
                            struct sl_error *err) {
  if (strcmp(scheme, "az") == 0) {
    return files_azure_open(&d->place, location, &d->settings, err);
  }
  if (strcmp(scheme, "s3") == 0 || strcmp(scheme, "gs") == 0) {
    return files_s3_open(&d->place, scheme, location, &d->settings, err);
  }
  return files_local_open(&d->place, location, err);
}

static sl_status files_open(struct sl_destination **out, const struct sl_destination_config *config,
                            struct sl_error *err) {
  struct files_destination *d = calloc(1, sizeof *d);
  if (d == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %s", config->location);
  }
  d->base.ops = &sl_files_destination;
  d->settings = *(const struct files_settings *)config->settings;
  d->read_only = config->read_only;
  d->kind.threads = config->threads > 0 ? config->threads : 1;
  d->kind.memory = config->memory_bytes > 0 ? config->memory_bytes : INT64_C(512) << 20;
  d->kind.row_group_rows = d->settings.row_group_rows;
  sl_status rc = choose_format(d, err);
  if (rc == SL_OK) {
    rc = choose_layout(d, err);
  }
  if (rc == SL_OK) {
    rc = open_place(d, config->scheme == NULL ? "" : config->scheme, config->location, err);
  }
  if (rc != SL_OK) {
    files_close(&d->base);
    return rc;
  }
  *out = &d->base;
  return SL_OK;
}

static sl_status files_begin(struct sl_destination *base, const struct sl_store_load *load,
                             struct sl_error *err) {
  struct files_destination *d = files_of(base);
  if (d->begun) {
    return sl_fail(err, SL_EINTERNAL, "a load is under way already");
  }
  sl_status rc = files_keep(&d->dataset, load->dataset, err);
  rc = rc == SL_OK ? files_keep(&d->pipeline, load->pipeline, err) : rc;
  rc = rc == SL_OK ? files_keep(&d->schema, load->schema, err) : rc;
  rc = rc == SL_OK ? files_keep(&d->load_id, load->load_id, err) : rc;
  d->started_micros = load->started_micros;
  d->n_ids = 0;
  snprintf(d->file_prefix, sizeof d->file_prefix, "%06x", (unsigned)(sl_random_seed() & 0xffffff));
  if (rc == SL_OK) {
    rc = d->place->ops->begin(d->place, d->dataset, d->pipeline, d->read_only, err);
  }
  if (rc == SL_OK && !d->read_only) {
    rc = files_recover(d, err);
  }
  d->begun = rc == SL_OK;
  d->pending = false;
  return rc;
}

static sl_status files_replace(struct sl_destination *base, const char *const *tables, size_t n,
                               struct sl_error *err) {
  struct files_destination *d = files_of(base);
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    rc = files_names_add(&d->replaced, tables[i], strlen(tables[i]), err);
    rc = rc == SL_OK ? files_names_add(&d->roots, tables[0], strlen(tables[0]), err) : rc;
  }
  return rc;
}

static sl_status files_drop(struct sl_destination *base, const char *const *tables, size_t n,
                            struct sl_error *err) {
  struct files_destination *d = files_of(base);
  sl_status rc = files_replace(base, tables, n, err);
  rc = rc == SL_OK ? files_list_schema(d, d->schema, &d->removed, err) : rc;
  return rc == SL_OK ? files_generations_drop(d, err) : rc;
}

static void files_cancel(struct sl_destination *base) {
  struct files_destination *d = files_of(base);
  d->place->ops->cancel(d->place);
}

static const char *const schemes[] = { "file", "s3", "gs", "az", NULL };
static const char *const extensions[] = { "/", NULL };

static const struct sl_store_ops store = {
  .struct_size = sizeof(struct sl_store_ops),
  .begin = files_begin,
  .get = files_get,
  .define = files_define,
  .replace = files_replace,
  .put = files_put_row,
  .drop = files_drop,
  .keep = files_keep_generations,
  .generations = files_list_generations,
  .last = files_last_load,
  .undo = files_undo,
};

const struct sl_destination_ops sl_files_destination = {
  .struct_size = sizeof(struct sl_destination_ops),
  .name = "filesystem", /* as dlt calls it, in the state that both read */
  .schemes = schemes,
  .extensions = extensions,
  .options = files_options,
  .settings_bytes = sizeof(struct files_settings),
  .capabilities = { .has_case_sensitive_identifiers = true,
                    .decimal_precision = 38,
                    .decimal_scale = 9,
                    .wei_precision = 38,
                    .timestamp_precision = 6,
                    .max_timestamp_precision = 6,
                    .supports_transactions = true,
                    .max_parallel_load_jobs = 1 },
  .help =
      "Parquet, JSON lines or CSV files: folder/, file:FOLDER, s3://, gs:// or az://bucket/path.",
  .open = files_open,
  .commit = files_commit,
  .rollback = files_rollback,
  .append = files_append,
  .flush = files_flush,
  .cancel = files_cancel,
  .close = files_close,
  .store = &store,
  .stage = files_stage,
  .checkpoint = files_checkpoint,
  .unfinished = files_find_unfinished,
  .settle = files_settle_unfinished,
};
