/* file_source.c - the file source's table of functions, its options, and the way from file to file.
 */
#include "file_source.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "file_internal.h"

static bool is_csv(const struct file_source *s) {
  enum file_format f = s->files.count == 0 ? FILE_UNKNOWN : s->files.items[0].format;
  return f == FILE_CSV || f == FILE_TSV;
}

static bool is_tabular(const struct file_source *s) {
  return is_csv(s) || (s->files.count > 0 && s->files.items[0].format == FILE_PARQUET);
}

/* Makes every file of the location one to be read. */
static sl_status take_all_files(struct file_source *s, struct sl_error *err) {
  sl_status rc = sl_grow(&s->files.items, &s->files.capacity, s->listed.count + 1,
                         sizeof *s->files.items, err);
  if (rc == SL_OK) {
    s->files.count = s->listed.count;
    memcpy(s->files.items, s->listed.items, s->listed.count * sizeof *s->listed.items);
  }
  return rc;
}

/* One load is one table, so its files must be of one family. */
static sl_status check_formats(const struct file_source *s, struct sl_error *err) {
  for (size_t i = 0; i < s->files.count; i++) {
    enum file_format f = s->files.items[i].format;
    bool tabular = f == FILE_CSV || f == FILE_TSV || f == FILE_PARQUET;
    if (tabular != is_tabular(s) || (tabular && f != s->files.items[0].format)) {
      return sl_fail(err, SL_EUSAGE, "%s is %s, but %s is %s: load them one after the other",
                     s->files.items[0].path, file_format_name(s->files.items[0].format),
                     s->files.items[i].path, file_format_name(f));
    }
  }
  return SL_OK;
}

static void file_close(struct sl_source *base) {
  struct file_source *s = (struct file_source *)base;
  byte_stream_close(s->stream);
  tabular_close(s->tabular);
  csv_close(s->csv);
  file_forget_input(s);
  file_list_release(&s->listed);
  free(s->files.items);
  free(s->carry);
  free(s->location);
  free(s->state_json);
  file_spares_release(&s->spares);
  free(s);
}

static sl_status file_open(struct sl_source **out, const struct sl_source_config *config,
                           struct sl_error *err) {
  enum { LARGEST_BLOCK = 4 << 20, SMALLEST_BLOCK = 256 << 10 };
  *out = NULL;
  struct file_source *s = calloc(1, sizeof *s);
  if (s == NULL || (s->location = strdup(config->location)) == NULL) {
    free(s);
    return sl_fail(err, SL_ENOMEM, "out of memory opening %s", config->location);
  }
  s->base.ops = &sl_file_source;
  s->settings = *(const struct file_settings *)config->settings;
  if (s->settings.column_types == NULL) {
    s->settings.column_types = config->columns;
  }
  s->keep_rejects = config->keep_rejects;
  s->threads = config->threads;
  s->memory_bytes = config->memory_bytes;
  s->opened_micros = sl_now_micros();
  int64_t block = config->memory_bytes / (8 * (config->threads > 0 ? config->threads : 1));
  s->block_bytes = block > LARGEST_BLOCK    ? LARGEST_BLOCK
                   : block < SMALLEST_BLOCK ? SMALLEST_BLOCK
                                            : block;
  const char *size = getenv("SLUICE_TEST_BLOCK_BYTES"); /* lets tests put borders anywhere */
  if (size != NULL && strtoll(size, NULL, 10) > 0) {
    s->block_bytes = strtoll(size, NULL, 10);
  }
  file_spares_init(&s->spares, (size_t)s->block_bytes + SMALLEST_BLOCK);
  enum file_format format =
      s->settings.format == NULL ? FILE_UNKNOWN : file_format_from_name(s->settings.format);
  sl_status rc = file_list_expand(&s->listed, config->location, format, err);
  if (rc == SL_OK) {
    rc = file_keep_input(s, config->keep_dir, err);
  }
  if (rc == SL_OK) {
    rc = take_all_files(s, err);
  }
  if (rc == SL_OK) {
    rc = check_formats(s, err);
  }
  if (rc != SL_OK) {
    file_close(&s->base);
    return rc;
  }
  *out = &s->base;
  return SL_OK;
}

static sl_status describe_files(const struct file_source *s, struct sl_source_table *out,
                                struct sl_error *err) {
  struct sl_buffer text = { 0 };
  const char *format = s->files.count == 0 ? "no" : file_format_name(s->files.items[0].format);
  sl_buffer_printf(&text, "%zu %s file%s", s->files.count, format, s->files.count == 1 ? "" : "s");
  out->description = sl_buffer_take(&text);
  return out->description == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a description")
                                  : SL_OK;
}

static int64_t total_bytes(const struct file_source *s) {
  int64_t bytes = 0;
  for (size_t i = 0; i < s->files.count; i++) {
    int64_t size = s->files.items[i].size;
    bytes = size < 0 || bytes < 0 ? -1 : bytes + size;
  }
  return bytes;
}

static sl_status file_discover(struct sl_source *base, struct sl_catalog *out,
                               struct sl_error *err) {
  struct file_source *s = (struct file_source *)base;
  out->tables = sl_calloc_array(1, sizeof *out->tables);
  char target[256];
  char *name = strdup(s->location);
  if (out->tables == NULL || name == NULL) {
    free(name);
    return sl_fail(err, SL_ENOMEM, "out of memory for the catalog");
  }
  out->n_tables = 1;
  struct sl_source_table *table = &out->tables[0];
  *table = (struct sl_source_table){
    .name = name, .rows = -1, .bytes = total_bytes(s), .documents = !is_tabular(s)
  };
  sl_status rc = describe_files(s, table, err);
  if (rc == SL_OK && file_default_name(s->location, target, NULL) == SL_OK &&
      (table->target = strdup(target)) == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for the catalog");
  }
  if (rc != SL_OK || !is_tabular(s)) {
    return rc;
  }
  return is_csv(s) ? csv_discover(s, table, err) : tabular_discover(s, table, err);
}

/* A reader that has begun, or knows other files than are to be read now, cannot be used again. */
static sl_status open_reader(struct file_source *s, const char *known, struct sl_error *err) {
  if (s->files.count == 0 || !is_tabular(s)) {
    return SL_OK;
  }
  if (s->started || s->files.count < s->listed.count) {
    tabular_close(s->tabular);
    csv_close(s->csv);
    s->tabular = NULL;
    s->csv = NULL;
  }
  if (is_csv(s)) {
    return csv_begin(s, known, err);
  }
  return s->tabular == NULL ? tabular_open(s, err) : SL_OK;
}

static sl_status find_files(struct file_source *s, const struct sl_source_table *table,
                            const char *state_json, struct sl_error *err) {
  if (strcmp(table->name, s->location) != 0) {
    return sl_fail(err, SL_ENOTFOUND, "%s has no table '%s': its only table is called as it is",
                   s->location, table->name);
  }
  s->at = 0;
  s->offset = 0;
  s->skip_to = 0;
  s->open = false;
  byte_stream_close(s->stream);
  s->stream = NULL;
  free(s->state_json);
  s->state_json = state_json == NULL ? NULL : strdup(state_json);
  if (state_json != NULL && s->state_json == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the state of %s", s->location);
  }
  sl_status rc = take_all_files(s, err);
  return rc == SL_OK ? file_skip_unchanged(s, err) : rc;
}

static sl_status begin_reading(struct file_source *s, struct sl_source_table *table,
                               struct sl_error *err) {
  table->bytes = total_bytes(s);
  sl_status rc = open_reader(s, table->known, err);
  s->started = true;
  return rc;
}

static sl_status file_start(struct sl_source *base, struct sl_source_table *table,
                            const char *state_json, struct sl_error *err) {
  struct file_source *s = (struct file_source *)base;
  sl_status rc = find_files(s, table, state_json, err);
  return rc == SL_OK ? begin_reading(s, table, err) : rc;
}

static sl_status go_to(struct file_source *s, const struct file_place *place,
                       struct sl_error *err) {
  if (s->files.count > 0 && is_tabular(s)) {
    return is_csv(s) ? csv_skip(s, place->at, place->offset, err)
                     : tabular_skip(s, place->offset, err);
  }
  s->at = place->at;
  bool range = s->at < s->files.count && file_is_range(&s->files.items[s->at]);
  *(range ? &s->offset : &s->skip_to) = place->offset;
  return SL_OK;
}

static sl_status file_resume(struct sl_source *base, struct sl_source_table *table,
                             const char *state_json, const char *position_json, bool *changed,
                             char why[256], struct sl_error *err) {
  struct file_source *s = (struct file_source *)base;
  struct file_place place;
  sl_status rc = find_files(s, table, state_json, err);
  if (rc == SL_OK) {
    rc = file_place_read(s, position_json, &place, changed, err);
  }
  if (rc == SL_OK && *changed) {
    snprintf(why, 256, "the files that were read are not as they were");
    return SL_OK;
  }
  if (rc == SL_OK) {
    rc = begin_reading(s, table, err);
  }
  return rc == SL_OK ? go_to(s, &place, err) : rc;
}

static sl_status file_tell(struct sl_source *base, char **out_json, struct sl_error *err) {
  const struct file_source *s = (struct file_source *)base;
  struct file_place place = { .at = s->at };
  if (s->files.count > 0 && is_csv(s)) {
    csv_position(s, &place.at, &place.offset);
  } else if (s->files.count > 0 && is_tabular(s)) {
    place = (struct file_place){ s->files.count - 1, tabular_rows(s) };
  } else if (s->at < s->files.count) {
    place.offset = file_is_range(&s->files.items[s->at]) ? s->offset
                   : s->open                             ? s->plain_offset
                                                         : 0;
  }
  return file_position(s, &place, out_json, err);
}

static sl_status claim_from(struct file_source *s, struct sl_block *out, bool *end,
                            struct sl_error *err) {
  const struct file_item *item = &s->files.items[s->at];
  if (file_is_range(item)) {
    return file_claim_range(s, out, end, err);
  }
  sl_status rc = SL_OK;
  for (bool again = true; rc == SL_OK && again;) {
    rc = item->format == FILE_JSON ? file_claim_records(s, out, end, err)
                                   : file_claim_lines(s, out, end, err);
    again = rc == SL_OK && !*end && file_skip_known(s, out);
  }
  return rc;
}

static sl_status file_claim(struct sl_source *base, struct sl_block *out, bool *end,
                            struct sl_error *err) {
  struct file_source *s = (struct file_source *)base;
  if (atomic_load(&s->cancelled)) {
    return sl_fail(err, SL_ECANCELLED, "reading %s was stopped", s->location);
  }
  if (s->files.count > 0 && is_tabular(s)) {
    return is_csv(s) ? csv_claim(s, out, end, err) : tabular_claim(s, out, end, err);
  }
  *end = true;
  while (s->at < s->files.count) {
    sl_status rc = claim_from(s, out, end, err);
    if (rc != SL_OK || !*end) {
      return rc;
    }
    s->at++;
    s->offset = 0;
    s->skip_to = 0;
    s->open = false;
  }
  return SL_OK;
}

static sl_status file_fill(struct sl_source *base, struct sl_block *block, struct sl_error *err) {
  struct file_source *s = (struct file_source *)base;
  if (is_csv(s)) {
    return csv_fill(s, block, err);
  }
  bool claimed_only = block->kind == SL_BLOCK_DOCUMENTS && block->data == NULL;
  sl_status rc = claimed_only ? file_fill_range(s, block, err) : SL_OK;
  if (rc == SL_OK && s->settings.file_columns && block->kind == SL_BLOCK_DOCUMENTS) {
    rc = file_columns_add(s, block, err);
    if (rc != SL_OK) {
      block->release(block);
    }
  }
  return rc;
}

static sl_status file_remember(struct sl_source *base, char **out_json, struct sl_error *err) {
  return file_state((struct file_source *)base, out_json, err);
}

static sl_status file_keep(struct sl_source *base, char **out_path, struct sl_error *err) {
  return file_kept_input((struct file_source *)base, out_path, err);
}

static void file_cancel(struct sl_source *base) {
  atomic_store(&((struct file_source *)base)->cancelled, true);
}

#define SETTING(member) .offset = offsetof(struct file_settings, member)

static const struct sl_option options[] = {
  { .name = "format",
    .kind = SL_OPTION_CHOICE,
    .value_name = "NAME",
    .group = "Files",
    .choices = "jsonl|ndjson|json|csv|tsv|parquet",
    .help = "Format of the files; default: by their names, else by their content.",
    SETTING(format) },
  { .name = "records-path",
    .kind = SL_OPTION_TEXT,
    .value_name = "A.B",
    .group = "Files",
    .help = "JSON files: the member that holds the list of records.",
    SETTING(records_path) },
  { .name = "delimiter",
    .kind = SL_OPTION_TEXT,
    .value_name = "CHAR",
    .group = "Files",
    .help = "CSV: what separates columns (tab, or none for lines that are one text); default: "
            "detected.",
    SETTING(delimiter) },
  { .name = "quote",
    .kind = SL_OPTION_TEXT,
    .value_name = "CHAR",
    .group = "Files",
    .help = "CSV: what surrounds texts; default: detected.",
    SETTING(quote) },
  { .name = "escape",
    .kind = SL_OPTION_TEXT,
    .value_name = "CHAR",
    .group = "Files",
    .help = "CSV: what escapes a quote within quotes, beside doubling it; default: detected.",
    SETTING(escape) },
  { .name = "header",
    .kind = SL_OPTION_CHOICE,
    .value_name = "yes|no",
    .group = "Files",
    .choices = "yes|no",
    .help = "CSV: whether the first line has the names; default: detected.",
    SETTING(header) },
  { .name = "nulls",
    .kind = SL_OPTION_TEXT,
    .value_name = "TEXT",
    .group = "Files",
    .help = "CSV: the text that means NULL; default: an empty unquoted field.",
    SETTING(nulls) },
  { .name = "skip-lines",
    .kind = SL_OPTION_INTEGER,
    .value_name = "N",
    .group = "Files",
    .maximum = 1000000,
    .help = "CSV: lines of each file that stand before its header.",
    SETTING(skip_lines) },
  { .name = "column-types",
    .kind = SL_OPTION_TEXT,
    .value_name = "NAME:TYPE,...",
    .group = "Files",
    .help = "CSV: types of columns by their names in the file; default: those of --columns.",
    SETTING(column_types) },
  { .name = "incremental-files",
    .kind = SL_OPTION_FLAG,
    .group = "Files",
    .help = "Loads only files that are new or changed since the last load of the pipeline.",
    SETTING(incremental_files) },
  { .name = "file-columns",
    .kind = SL_OPTION_FLAG,
    .group = "Files",
    .help = "Adds where a row comes from, as Dango does: _dango_filename, _dango_file_mtime, "
            "_dango_loaded_at, _dango_deleted.",
    SETTING(file_columns) },
  { .name = NULL },
};

static const char *const schemes[] = { "", "file", NULL };

const struct sl_source_ops sl_file_source = {
  .struct_size = sizeof(struct sl_source_ops),
  .name = "file",
  .schemes = schemes,
  .options = options,
  .settings_bytes = sizeof(struct file_settings),
  .ordered = true,
  .help = "Files, globs, folders, - (stdin): JSON lines, JSON, CSV, TSV, Parquet; .gz and .zst.",
  .default_name = file_default_name,
  .open = file_open,
  .discover = file_discover,
  .start = file_start,
  .claim = file_claim,
  .fill = file_fill,
  .state = file_remember,
  .keep = file_keep,
  .cancel = file_cancel,
  .close = file_close,
  .position = file_tell,
  .resume = file_resume,
};
