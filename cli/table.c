/* table.c - see table.h. */
#include "table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "column/batch.h"
#include "column/read.h"

enum { WIDEST_CELL = 60 };

size_t sl_cli_width(const char *text, size_t length) {
  size_t width = 0;
  const char *end = text + length;
  while (text < end) {
    int32_t c = sl_utf8_next(&text, end);
    bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
                (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
                (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
                (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
    bool combining = (c >= 0x300 && c <= 0x36F) || c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F);
    width += combining ? 0 : wide ? 2 : 1;
  }
  return width;
}

struct grid { /* the cells of a table, row by row */
  struct sl_arena arena;
  char **cells; /* NULL = NULL value */
  size_t n, capacity;
  size_t columns;
  int64_t rows, hidden;
};

/* One line, at most WIDEST_CELL wide: control characters become spaces, the end "…". */
static char *make_cell(struct sl_arena *arena, const struct sl_buffer *text) {
  struct sl_buffer cell = { 0 };
  const char *at = text->data == NULL ? "" : text->data;
  const char *end = at + text->length;
  size_t width = 0;
  while (at < end && width < WIDEST_CELL) {
    const char *start = at;
    int32_t c = sl_utf8_next(&at, end);
    size_t bytes = (size_t)(at - start);
    width += sl_cli_width(start, bytes);
    if (c < 0x20 || c == 0x7F) {
      sl_buffer_char(&cell, ' ');
    } else {
      sl_buffer_append(&cell, start, bytes);
    }
  }
  if (at < end) {
    sl_buffer_text(&cell, "…");
  }
  char *copy =
      cell.failed ? NULL : sl_arena_copy(arena, cell.data == NULL ? "" : cell.data, cell.length);
  sl_buffer_release(&cell);
  return copy;
}

static sl_status add_rows(struct grid *g, const struct ArrowSchema *schema,
                          const struct ArrowArray *array, int64_t most_rows, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_status rc = SL_OK;
  for (int64_t row = 0; rc == SL_OK && row < array->length; row++) {
    if (most_rows > 0 && g->rows >= most_rows) {
      g->hidden += array->length - row;
      break;
    }
    rc = sl_grow(&g->cells, &g->capacity, g->n + g->columns, sizeof *g->cells, err);
    for (size_t c = 0; rc == SL_OK && c < g->columns; c++) {
      sl_buffer_reset(&text);
      bool value = sl_array_print(schema->children[c], array->children[c], row, &text);
      g->cells[g->n] = value ? make_cell(&g->arena, &text) : NULL;
      rc = value && g->cells[g->n] == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for the table")
                                           : SL_OK;
      g->n++;
    }
    g->rows++;
  }
  sl_buffer_release(&text);
  return rc;
}

static void print_padded(FILE *out, const char *text, size_t width, bool right, bool last) {
  size_t used = sl_cli_width(text, strlen(text));
  size_t space = width > used ? width - used : 0;
  if (right) {
    fprintf(out, "%*s%s", (int)space, "", text);
  } else {
    fprintf(out, "%s%*s", text, last ? 0 : (int)space, "");
  }
}

static void print_line(FILE *out, const size_t *widths, size_t columns) {
  for (size_t c = 0; c < columns; c++) {
    fputs(c == 0 ? "" : "  ", out);
    for (size_t i = 0; i < widths[c]; i++) {
      fputs("─", out);
    }
  }
  fputc('\n', out);
}

static sl_status print_grid(FILE *out, const struct grid *g, const struct ArrowSchema *schema,
                            struct sl_error *err) {
  size_t *widths = sl_calloc_array(g->columns, sizeof *widths);
  if (widths == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the table");
  }
  for (size_t c = 0; c < g->columns; c++) {
    widths[c] = sl_cli_width(schema->children[c]->name, strlen(schema->children[c]->name));
    for (size_t i = c; i < g->n; i += g->columns) {
      const char *cell = g->cells[i] == NULL ? "NULL" : g->cells[i];
      size_t width = sl_cli_width(cell, strlen(cell));
      widths[c] = width > widths[c] ? width : widths[c];
    }
  }
  for (size_t c = 0; c < g->columns; c++) {
    fputs(c == 0 ? "" : "  ", out);
    print_padded(out, schema->children[c]->name, widths[c],
                 sl_read_is_number(schema->children[c]->format), c + 1 == g->columns);
  }
  fputc('\n', out);
  print_line(out, widths, g->columns);
  for (size_t i = 0; i < g->n; i++) {
    size_t c = i % g->columns;
    fputs(c == 0 ? "" : "  ", out);
    print_padded(out, g->cells[i] == NULL ? "NULL" : g->cells[i], widths[c],
                 sl_read_is_number(schema->children[c]->format), c + 1 == g->columns);
    if (c + 1 == g->columns) {
      fputc('\n', out);
    }
  }
  fprintf(out, "(%" PRId64 " row%s", g->rows + g->hidden, g->rows + g->hidden == 1 ? "" : "s");
  fprintf(out, g->hidden > 0 ? ", the first %" PRId64 " shown)\n" : ")\n", g->rows);
  free(widths);
  return SL_OK;
}

static void csv_field(FILE *out, const char *text, size_t length, bool force) {
  bool quoted = force;
  for (size_t i = 0; i < length; i++) {
    quoted = quoted || strchr(",\"\r\n", text[i]) != NULL;
  }
  if (!quoted) {
    fwrite(text, 1, length, out);
    return;
  }
  fputc('"', out);
  for (size_t i = 0; i < length; i++) {
    if (text[i] == '"') {
      fputc('"', out);
    }
    fputc(text[i], out);
  }
  fputc('"', out);
}

/* NULL is empty, empty text is "". */
static void csv_rows(FILE *out, const struct ArrowSchema *schema, const struct ArrowArray *array) {
  struct sl_buffer text = { 0 };
  for (int64_t row = 0; row < array->length; row++) {
    for (int64_t c = 0; c < schema->n_children; c++) {
      fputs(c == 0 ? "" : ",", out);
      sl_buffer_reset(&text);
      if (sl_array_print(schema->children[c], array->children[c], row, &text)) {
        csv_field(out, text.data == NULL ? "" : text.data, text.length, text.length == 0);
      }
    }
    fputc('\n', out);
  }
  sl_buffer_release(&text);
}

static void json_rows(FILE *out, const struct ArrowSchema *schema, const struct ArrowArray *array,
                      int64_t *rows) {
  struct sl_buffer text = { 0 };
  struct ArrowSchema row_schema = *schema;
  for (int64_t row = 0; row < array->length; row++) {
    sl_buffer_reset(&text);
    sl_array_print_json(&row_schema, array, row, &text);
    fprintf(out, "%s%s", (*rows)++ == 0 ? "\n  " : ",\n  ", text.data == NULL ? "" : text.data);
  }
  sl_buffer_release(&text);
}

static sl_status print_batches(FILE *out, struct ArrowArrayStream *stream,
                               const struct ArrowSchema *schema, enum sl_cli_format format,
                               int64_t most_rows, struct grid *g, struct sl_error *err) {
  int64_t json_count = 0;
  sl_status rc = SL_OK;
  while (rc == SL_OK) {
    struct ArrowArray array = { 0 };
    if (stream->get_next(stream, &array) != 0) {
      rc = sl_fail(err, SL_EDEST, "%s", stream->get_last_error(stream));
      break;
    }
    if (array.release == NULL) {
      break;
    }
    if (format == SL_CLI_TABLE) {
      rc = add_rows(g, schema, &array, most_rows, err);
    } else if (format == SL_CLI_CSV) {
      csv_rows(out, schema, &array);
    } else {
      json_rows(out, schema, &array, &json_count);
    }
    array.release(&array);
  }
  return rc;
}

sl_status sl_cli_print_stream(FILE *out, struct ArrowArrayStream *stream, enum sl_cli_format format,
                              int64_t most_rows, struct sl_error *err) {
  struct ArrowSchema schema = { 0 };
  struct grid g = { 0 };
  sl_status rc = SL_OK;
  if (stream->get_schema(stream, &schema) != 0) {
    rc = sl_fail(err, SL_EDEST, "%s", stream->get_last_error(stream));
  }
  g.columns = (size_t)schema.n_children;
  for (int64_t c = 0; rc == SL_OK && format == SL_CLI_CSV && c < schema.n_children; c++) {
    fputs(c == 0 ? "" : ",", out);
    csv_field(out, schema.children[c]->name, strlen(schema.children[c]->name), false);
    fputs(c + 1 == schema.n_children ? "\n" : "", out);
  }
  fputs(rc == SL_OK && format == SL_CLI_JSON ? "[" : "", out);
  if (rc == SL_OK) {
    rc = print_batches(out, stream, &schema, format, most_rows, &g, err);
  }
  fputs(rc == SL_OK && format == SL_CLI_JSON ? "\n]\n" : "", out);
  if (rc == SL_OK && format == SL_CLI_TABLE) {
    rc = print_grid(out, &g, &schema, err);
  }
  free(g.cells);
  sl_arena_release(&g.arena);
  if (schema.release != NULL) {
    schema.release(&schema);
  }
  stream->release(stream);
  return rc;
}
