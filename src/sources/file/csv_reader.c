/* csv_reader.c - CSV files one after the other: opened, their columns matched by name, cut into
 * blocks at the ends of records. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "csv.h"

enum {
  HEAD_BYTES = 512 << 10,   /* looked at of the first file */
  OTHER_BYTES = 64 << 10,   /* of the beginning of the others */
  STRETCH_BYTES = 32 << 10, /* of the stretches in between */
  STRETCHES = 16,
  SAMPLED_FILES = 16,
  SHORTEST_LIMIT = 16 << 20, /* a record may have at least */
  LONGEST_LIMIT = 1 << 30
};

/* ---- opening ---- */

static struct csv_options options_of(const struct file_source *s) {
  return (struct csv_options){ .delimiter = s->settings.delimiter,
                               .quote = s->settings.quote,
                               .escape = s->settings.escape,
                               .header = s->settings.header,
                               .tab = s->files.items[0].format == FILE_TSV };
}

/* Reads until the first records are whole: a header and some rows, however long they are. */
static sl_status need_records(const struct csv *csv, struct csv_input *in, struct sl_error *err) {
  enum { RECORDS = 10 };
  for (size_t size = csv_input_size(in);; size = size < OTHER_BYTES ? OTHER_BYTES : size * 2) {
    sl_status rc = csv_input_need(in, size, err);
    size_t n = 0;
    struct csv_record r = { 0 };
    for (size_t at = 0; rc == SL_OK && n < RECORDS && at < csv_input_size(in); at = r.next) {
      if (!csv_record_read(&csv->dialect, in->data + in->from, csv_input_size(in), in->ended, at,
                           &r)) {
        break;
      }
      n++;
    }
    if (rc != SL_OK || n == RECORDS || in->ended || size > csv->longest) {
      return rc;
    }
  }
}

/* Files whose names have nothing in common are no table. */
static sl_status check_names(const struct csv *csv, const struct csv_input *in,
                             const struct csv_head *head, struct sl_error *err) {
  if (csv->columns.count == 0 || head->n == 0 || csv_columns_known(&csv->columns, head) > 0) {
    return SL_OK;
  }
  return sl_fail(err, SL_EDATA,
                 "%s has none of the columns of the files before it (its first field is '%.*s'): "
                 "load it by itself; if it continues another file without a header, put them "
                 "together with `cat` and load - (standard input)",
                 in->item->path, (int)(head->texts[0].length < 40 ? head->texts[0].length : 40),
                 head->texts[0].data);
}

/* A header must be whole and text. */
static sl_status check_header(const struct csv_input *in, const struct csv_head *head,
                              struct sl_error *err) {
  bool good = sl_utf8_valid(head->bytes.data, head->bytes.length) &&
              memchr(head->bytes.data, '\0', head->bytes.length) == NULL;
  return !head->broken && good
             ? SL_OK
             : sl_fail(err, SL_EDATA, "%s: the header %s", in->item->path,
                       head->broken ? "has a quote that is not closed, or text after a closing one"
                                    : "is not UTF-8, or has a NUL byte");
}

/* The columns of an opened file; passes by its header. *layout: that of the file before, or NULL.
 * *first_line: of its first row. */
static sl_status read_layout(struct csv *csv, struct csv_input *in, int64_t skipped_lines,
                             const struct csv_layout **layout, int64_t *first_line,
                             struct sl_error *err) {
  struct csv_head head = { 0 };
  bool header = csv->dialect.header;
  sl_status rc = need_records(csv, in, err);
  if (rc == SL_OK) {
    rc = csv_head_read(&csv->dialect, in->data + in->from, csv_input_size(in), 0, &head, err);
  }
  if (rc == SL_OK && header) {
    rc = check_header(in, &head, err);
  }
  if (rc == SL_OK && header) {
    rc = check_names(csv, in, &head, err);
  }
  if (rc == SL_OK) {
    bool own = header || csv->columns.count > 0 || csv->dialect.columns == 0;
    size_t n = own ? head.n : csv->dialect.columns;
    rc = csv_layout_get(&csv->columns, header ? &head : NULL, n == 0 ? 1 : n, layout, err);
  }
  *first_line = 1 + skipped_lines;
  bool blank = head.n == 0 && !head.broken; /* nothing but blank lines */
  if (rc == SL_OK && (header || blank)) {
    for (size_t i = 0; i < head.next; i++) {
      *first_line += in->data[in->from + i] == csv->dialect.newline;
    }
    csv_input_skip(in, head.next);
  }
  csv_head_release(&head);
  return rc;
}

static sl_status open_input(struct file_source *s, size_t i, size_t size, struct csv_input *in,
                            struct sl_error *err) {
  sl_status rc = csv_input_open(in, &s->files.items[i], &s->cancelled, s->settings.skip_lines, err);
  return rc == SL_OK ? csv_input_need(in, size, err) : rc;
}

static sl_status sample_input(const struct csv *csv, const struct csv_layout *layout,
                              const struct csv_input *in, struct sl_error *err) {
  return csv_columns_sample(&csv->columns, layout, &csv->dialect, in->data + in->from,
                            csv_input_size(in), 0, in->ended, false, err);
}

/* ---- samples ---- */

/* Stretches of a plain file behind what is looked at anyhow: records begin after a newline, unless
 * that is in quotes, which the number of fields tells. */
static sl_status sample_stretches(const struct csv *csv, const struct csv_layout *layout,
                                  const struct file_item *item, int64_t from, int64_t count,
                                  struct sl_error *err) {
  char *data = malloc(STRETCH_BYTES + SL_BLOCK_PADDING);
  if (data == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a sample");
  }
  int fd = open(item->path, O_RDONLY | O_CLOEXEC);
  sl_status rc = fd < 0 ? sl_fail_errno(err, errno, "cannot read %s", item->path) : SL_OK;
  int64_t step = count == 0 ? 0 : (item->size - from) / count;
  step = step < STRETCH_BYTES ? STRETCH_BYTES : step;
  for (int64_t end = item->size; rc == SL_OK && end - STRETCH_BYTES > from && count > 0;
       end -= step, count--) {
    ssize_t n = pread(fd, data, STRETCH_BYTES, end - STRETCH_BYTES);
    if (n < 0) {
      rc = sl_fail_errno(err, errno, "reading %s", item->path);
      break;
    }
    memset(data + n, 0, SL_BLOCK_PADDING);
    const char *newline = memchr(data, csv->dialect.newline, (size_t)n);
    if (newline != NULL) {
      rc = csv_columns_sample(&csv->columns, layout, &csv->dialect, data, (size_t)n,
                              (size_t)(newline - data) + 1, end == item->size, true, err);
    }
  }
  if (fd >= 0) {
    close(fd);
  }
  free(data);
  return rc;
}

/* Another file than the first: its beginning and some stretches. */
static sl_status sample_file(struct file_source *s, size_t i, int64_t stretches,
                             struct sl_error *err) {
  struct csv *csv = s->csv;
  const struct file_item *item = &s->files.items[i];
  struct csv_input in;
  const struct csv_layout *layout = NULL;
  int64_t line;
  if (item->size < 0) {
    return SL_OK; /* a pipe is read once */
  }
  sl_status rc = open_input(s, i, OTHER_BYTES, &in, err);
  if (rc == SL_OK && csv_input_size(&in) > 0) {
    rc = read_layout(csv, &in, 0, &layout, &line, err);
    if (rc == SL_OK) {
      rc = sample_input(csv, layout, &in, err);
    }
    if (rc == SL_OK && item->packing == FILE_PLAIN) {
      rc = sample_stretches(csv, layout, item, OTHER_BYTES, stretches, err);
    }
  }
  csv_input_close(&in);
  return rc;
}

static sl_status sample_all(struct file_source *s, struct sl_error *err) {
  struct csv *csv = s->csv;
  const struct file_item *first = &s->files.items[csv->at];
  size_t rest = s->files.count - csv->at - 1;
  size_t others = rest < SAMPLED_FILES - 1 ? rest : SAMPLED_FILES - 1;
  int64_t stretches = STRETCHES / (int64_t)(others + 1);
  sl_status rc = sample_input(csv, csv->layout, &csv->input, err);
  if (rc == SL_OK && first->packing == FILE_PLAIN && first->size >= 0) {
    rc = sample_stretches(csv, csv->layout, first, HEAD_BYTES, stretches, err);
  }
  for (size_t i = 1; rc == SL_OK && i <= others; i++) {
    rc = sample_file(s, csv->at + rest * i / others, stretches, err);
  }
  csv_columns_settle(&csv->columns);
  return rc;
}

static sl_status detect(struct file_source *s, struct csv *csv, struct sl_error *err) {
  struct csv_options options = options_of(s);
  const struct csv_input *in = &csv->input;
  sl_status rc = csv_dialect_detect(&options, in->data + in->from, csv_input_size(in), in->ended,
                                    &csv->dialect, err);
  return rc == SL_EDATA ? sl_error_add_context(err, "%s", in->item->path) : rc;
}

sl_status csv_open(struct file_source *s, struct sl_error *err) {
  struct csv_options options = options_of(s);
  sl_status rc = csv_options_check(&options, err);
  struct csv *csv = rc == SL_OK ? calloc(1, sizeof *csv) : NULL;
  if (rc == SL_OK && csv == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a reader");
  }
  if (rc != SL_OK) {
    return rc;
  }
  s->csv = csv;
  csv->longest = s->memory_bytes > LONGEST_LIMIT    ? LONGEST_LIMIT
                 : s->memory_bytes < SHORTEST_LIMIT ? SHORTEST_LIMIT
                                                    : (size_t)s->memory_bytes;
  csv->columns.declared = s->settings.column_types;
  csv->columns.nulls = sl_text_of(s->settings.nulls);
  for (; rc == SL_OK && csv->at < s->files.count; csv->at++) {
    rc = open_input(s, csv->at, HEAD_BYTES, &csv->input, err);
    if (rc != SL_OK || csv_input_size(&csv->input) > 0) {
      break;
    }
    csv_input_close(&csv->input);
  }
  if (rc != SL_OK || csv->at == s->files.count) {
    return rc;
  }
  csv->open = csv->fresh = true;
  rc = detect(s, csv, err);
  if (rc == SL_OK) {
    rc = read_layout(csv, &csv->input, s->settings.skip_lines, &csv->layout, &csv->first_line, err);
  }
  return rc == SL_OK ? sample_all(s, err) : rc;
}

sl_status csv_begin(struct file_source *s, const char *known, struct sl_error *err) {
  sl_status rc = s->csv == NULL ? csv_open(s, err) : SL_OK;
  return rc == SL_OK ? csv_columns_know(&s->csv->columns, known, err) : rc;
}

void csv_close(struct csv *csv) {
  if (csv == NULL) {
    return;
  }
  csv_input_close(&csv->input);
  csv_columns_release(&csv->columns);
  free(csv);
}

sl_status csv_discover(struct file_source *s, struct sl_source_table *out, struct sl_error *err) {
  sl_status rc = s->csv == NULL ? csv_open(s, err) : SL_OK;
  const struct csv *csv = s->csv;
  size_t n = rc == SL_OK ? csv->columns.count : 0;
  struct sl_field *fields = sl_calloc_array(n, sizeof *fields);
  char(*formats)[32] = sl_calloc_array(n, sizeof *formats);
  struct sl_buffer text = { 0 };
  if (rc == SL_OK && (fields == NULL || formats == NULL)) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", n);
  }
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    csv_kind_format(csv->columns.items[i]->kind, formats[i]);
    fields[i] = (struct sl_field){ csv->columns.items[i]->name, formats[i], true };
  }
  if (rc == SL_OK && n > 0) {
    rc = sl_schema_struct(&out->schema, fields, n, err);
    sl_buffer_printf(&text, "%zu %s file%s, ", s->files.count,
                     s->files.items[0].format == FILE_TSV ? "TSV" : "CSV",
                     s->files.count == 1 ? "" : "s");
    csv_dialect_describe(&csv->dialect, &text);
    free(out->description);
    out->description = sl_buffer_take(&text);
  }
  free(fields);
  free(formats);
  if (rc == SL_OK && out->description == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a description");
  }
  return rc;
}

/* ---- claiming ---- */

static void block_release(struct sl_block *block) {
  struct csv_block *private_data = block->private_data;
  sl_block_release_batch(block);
  free(private_data->base);
  free(private_data);
  *block = (struct sl_block){ 0 };
}

/* Opens the next file that has anything in it; csv->open stays false when there is none. */
static sl_status open_next(struct file_source *s, struct csv *csv, struct sl_error *err) {
  for (; !csv->open && csv->at < s->files.count; csv->at++) {
    sl_status rc = open_input(s, csv->at, OTHER_BYTES, &csv->input, err);
    if (rc == SL_OK && csv_input_size(&csv->input) > 0) {
      rc = read_layout(csv, &csv->input, s->settings.skip_lines, &csv->layout, &csv->first_line,
                       err);
      if (rc == SL_OK) {
        rc = sample_input(csv, csv->layout, &csv->input, err); /* for columns that are new */
      }
      csv_columns_settle(&csv->columns);
      csv->open = csv->fresh = rc == SL_OK;
      return rc;
    }
    csv_input_close(&csv->input);
    if (rc != SL_OK) {
      return rc;
    }
  }
  return SL_OK;
}

/* A record that has not ended within the limit: with an open quote that is taken to be a bad one,
 * so its line is given out alone. */
static sl_status give_up(struct csv *csv, struct csv_scan *scan, size_t size,
                         struct sl_error *err) {
  const struct csv_input *in = &csv->input;
  if (scan->quoted) {
    csv_scan_break(&csv->dialect, scan, in->data + in->from, size);
  }
  return scan->complete > 0
             ? SL_OK
             : sl_fail(err, SL_EDATA,
                       "%s: the row at byte %lld is longer than %zu MB; --memory sets the limit to "
                       "an eighth of it",
                       in->item->path, (long long)in->offset, csv->longest >> 20);
}

/* How many bytes the next block has: complete records, at least one; 0 = the file has ended. */
static sl_status measure_block(struct csv *csv, size_t wanted, size_t *out, struct sl_error *err) {
  struct csv_input *in = &csv->input;
  struct csv_scan scan = { 0 };
  for (;;) {
    sl_status rc = csv_input_need(in, wanted, err);
    if (rc != SL_OK) {
      return rc;
    }
    size_t size = csv_input_size(in) < wanted ? csv_input_size(in) : wanted;
    csv_scan(&csv->dialect, &scan, in->data + in->from, size);
    if (in->ended && size == csv_input_size(in) && size <= csv->longest) {
      *out = size;
      return SL_OK;
    }
    if (scan.complete == 0 && size >= csv->longest) {
      rc = give_up(csv, &scan, size, err);
    }
    if (rc != SL_OK || scan.complete > 0) {
      *out = scan.complete;
      return rc;
    }
    wanted = wanted * 2 < csv->longest ? wanted * 2 : csv->longest;
  }
}

static sl_status make_block(struct csv *csv, size_t size, struct sl_block *out,
                            struct sl_error *err) {
  struct csv_block *private_data = calloc(1, sizeof *private_data);
  if (private_data == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a block");
  }
  private_data->layout = csv->layout;
  *out = (struct sl_block){ .kind = SL_BLOCK_BATCH,
                            .origin = csv->input.item->path,
                            .byte_offset = csv->input.offset,
                            .first_line = csv->fresh ? csv->first_line : 0,
                            .first_record = -1,
                            .starts_origin = csv->fresh,
                            .size = size,
                            .release = block_release,
                            .private_data = private_data };
  sl_status rc =
      csv_input_take(&csv->input, size, &private_data->base, &out->data, &out->source_bytes, err);
  csv->fresh = false;
  if (rc != SL_OK) {
    block_release(out);
  }
  return rc;
}

sl_status csv_claim(struct file_source *s, struct sl_block *out, bool *end, struct sl_error *err) {
  struct csv *csv = s->csv;
  *end = false;
  for (;;) {
    size_t size = 0;
    sl_status rc = open_next(s, csv, err);
    if (rc != SL_OK || !csv->open) {
      *end = rc == SL_OK;
      return rc;
    }
    rc = measure_block(csv, (size_t)s->block_bytes, &size, err);
    if (rc != SL_OK || size > 0) {
      return rc == SL_OK ? make_block(csv, size, out, err) : rc;
    }
    csv_input_close(&csv->input);
    csv->open = false;
    csv->at++;
  }
}

/* ---- going on ---- */

void csv_position(const struct file_source *s, size_t *at, int64_t *offset) {
  *at = s->csv->at;
  *offset = s->csv->open ? s->csv->input.offset : 0;
}

sl_status csv_skip(struct file_source *s, size_t at, int64_t offset, struct sl_error *err) {
  struct csv *csv = s->csv;
  if (csv->open && csv->at != at) {
    csv_input_close(&csv->input);
    csv->open = false;
  }
  csv->at = at;
  if (offset == 0) {
    return SL_OK; /* its header is still to be read */
  }
  sl_status rc = open_next(s, csv, err);
  if (rc == SL_OK && csv->open && csv->at == at) {
    rc = csv_input_pass(&csv->input, offset, err);
    csv->fresh = false;
  }
  return rc;
}
