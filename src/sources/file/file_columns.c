/* file_columns.c - where a row comes from, in columns of its own: those of Dango's file sources. */
#include <stdio.h>

#include "base/time.h"
#include "column/batch.h"
#include "file_internal.h"

static const char *const names[] = { "_dango_filename", "_dango_file_mtime", "_dango_loaded_at",
                                     "_dango_deleted" };

static const struct file_item *item_of(const struct file_source *s, const char *origin) {
  for (size_t i = 0; i < s->files.count; i++) {
    if (s->files.items[i].path == origin || strcmp(s->files.items[i].path, origin) == 0) {
      return &s->files.items[i];
    }
  }
  return NULL;
}

static const char *name_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

/* Microseconds since 1970; of what has no time, that of the load. */
static int64_t changed_at(const struct file_source *s, const struct file_item *item) {
  return item == NULL || item->mtime_nanos == 0 ? s->opened_micros : item->mtime_nanos / 1000;
}

/* ---- CSV ---- */

static sl_status build_one(const struct file_source *s, const char *origin, size_t column,
                           int64_t rows, struct sl_builder *b, struct sl_error *err) {
  const char *name = name_of(origin);
  size_t length = strlen(name);
  int64_t time = column == 1 ? changed_at(s, item_of(s, origin)) : s->opened_micros;
  sl_status rc = SL_OK;
  for (int64_t i = 0; rc == SL_OK && i < rows; i++) {
    rc = column == 0   ? sl_builder_append_bytes(b, name, length, err)
         : column == 3 ? sl_builder_append_bool(b, false, err)
                       : sl_builder_append_int64(b, time, err);
  }
  return rc;
}

sl_status file_columns_build(const struct file_source *s, const char *origin, int64_t rows,
                             struct sl_field *fields, struct ArrowArray *arrays,
                             struct sl_error *err) {
  static const char *const formats[] = { "u", "tsu:UTC", "tsu:UTC", "b" };
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < FILE_COLUMNS; i++) {
    struct sl_builder b = { .layout = sl_layout_of(formats[i]) };
    fields[i] = (struct sl_field){ names[i], formats[i], true };
    rc = build_one(s, origin, i, rows, &b, err);
    if (rc == SL_OK) {
      rc = sl_builder_finish(&b, rows, &arrays[i], err);
    }
    sl_builder_release(&b);
  }
  return rc;
}

/* ---- Parquet ---- */

void file_columns_sql(const struct file_source *s, struct sl_buffer *out) {
  sl_buffer_printf(out, "* REPLACE (parse_filename(%s) AS %s), make_timestamptz(CASE %s", names[0],
                   names[0], names[0]);
  for (size_t i = 0; i < s->files.count; i++) {
    sl_buffer_text(out, " WHEN ");
    file_quote_sql(out, s->files.items[i].path);
    sl_buffer_printf(out, " THEN %lld", (long long)changed_at(s, &s->files.items[i]));
  }
  sl_buffer_printf(out, " ELSE %lld END) AS %s, make_timestamptz(%lld) AS %s, false AS %s",
                   (long long)s->opened_micros, names[1], (long long)s->opened_micros, names[2],
                   names[3]);
}

/* ---- JSON ---- */

static void print_members(const struct file_source *s, const char *origin, struct sl_buffer *out) {
  char time[40];
  sl_timestamp_print(time, changed_at(s, item_of(s, origin)), true);
  sl_buffer_printf(out, "\"%s\":\"", names[0]);
  for (const char *c = name_of(origin); *c != '\0'; c++) {
    if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ') {
      sl_buffer_printf(out, "\\u%04x", (unsigned)(unsigned char)*c);
    } else {
      sl_buffer_char(out, *c);
    }
  }
  sl_buffer_printf(out, "\",\"%s\":\"%s\"", names[1], time);
  sl_timestamp_print(time, s->opened_micros, true);
  sl_buffer_printf(out, ",\"%s\":\"%s\",\"%s\":false}", names[2], time, names[3]);
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One value: an object gets the members before its closing brace; what is none stays as it is. */
static size_t write_value(char *to, const char *value, size_t length,
                          const struct sl_buffer *more) {
  size_t from = 0;
  size_t end = length;
  while (end > 0 && is_blank(value[end - 1])) {
    end--;
  }
  while (from < end && is_blank(value[from])) {
    from++;
  }
  bool object = end - from >= 2 && value[from] == '{' && value[end - 1] == '}';
  if (!object) {
    memcpy(to, value, length);
    return length;
  }
  size_t last = end - 1;
  while (last > from && is_blank(value[last - 1])) {
    last--;
  }
  size_t n = end - 1;
  memcpy(to, value, n);
  if (last - 1 > from) {
    to[n++] = ',';
  }
  memcpy(to + n, more->data, more->length); /* it ends with the brace */
  n += more->length;
  memcpy(to + n, value + end, length - end);
  return n + length - end;
}

static size_t count_values(const struct sl_block *block) {
  size_t n = 1;
  const char *end = block->data + block->size;
  for (const char *at = block->data;
       at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++) {
    n++;
  }
  return block->spans == NULL ? n : block->n_spans;
}

static void write_lines(struct sl_block *to, const struct sl_block *from,
                        const struct sl_buffer *more) {
  const char *end = from->data + from->size;
  for (const char *at = from->data; at < end;) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    size_t length = (size_t)((newline == NULL ? end : newline + 1) - at);
    to->size += write_value(to->data + to->size, at, length, more);
    at += length;
  }
}

/* What stands between the values goes along, for the lines are counted in it. */
static void write_spans(struct sl_block *to, struct sl_block *from, const struct sl_buffer *more) {
  size_t done = 0;
  for (size_t i = 0; i < from->n_spans; i++) {
    struct sl_span *span = &from->spans[i];
    size_t gap = span->offset - done;
    memcpy(to->data + to->size, from->data + done, gap);
    size_t at = to->size + gap;
    to->size = at + write_value(to->data + at, from->data + span->offset, span->length, more);
    done = (size_t)span->offset + span->length;
    *span = (struct sl_span){ (uint32_t)at, (uint32_t)(to->size - at) };
  }
  memcpy(to->data + to->size, from->data + done, from->size - done);
  to->size += from->size - done;
}

sl_status file_columns_add(struct file_source *s, struct sl_block *block, struct sl_error *err) {
  struct sl_buffer more = { 0 };
  struct sl_block added;
  print_members(s, block->origin, &more);
  sl_status rc = sl_buffer_check(&more, err);
  if (rc == SL_OK) {
    rc = file_block_new(&s->spares, block->origin, &added,
                        block->size + count_values(block) * (more.length + 1), err);
  }
  if (rc == SL_OK) {
    if (block->spans == NULL) {
      write_lines(&added, block, &more);
    } else {
      write_spans(&added, block, &more);
    }
    memset(added.data + added.size, 0, SL_BLOCK_PADDING);
    struct sl_block before = *block;
    block->data = added.data;
    block->size = added.size;
    block->private_data = added.private_data;
    before.spans = NULL;
    before.release(&before);
  }
  sl_buffer_release(&more);
  return rc;
}
