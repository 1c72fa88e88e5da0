/* insert.c - the rows that wait for a table by INSERT with many rows, for servers that take no LOAD
 * DATA LOCAL. */
#include <stdio.h>

#include "column/read.h"
#include "mysql_internal.h"

enum { STATEMENT_BYTES = 1 << 20, MARGIN = 1024 };

/* A backslash stands for itself: see the session's sql_mode. */
static void put_text(struct sl_text value, struct sl_buffer *out) {
  const char *end = value.data + value.length;
  sl_buffer_char(out, '\'');
  for (const char *at = value.data; at < end;) {
    const char *quote = memchr(at, '\'', (size_t)(end - at));
    const char *stop = quote == NULL ? end : quote + 1;
    sl_buffer_append(out, at, (size_t)(stop - at));
    sl_buffer_text(out, quote == NULL ? "" : "'");
    at = stop;
  }
  sl_buffer_char(out, '\'');
}

static void put_binary(struct sl_text value, struct sl_buffer *out) {
  static const char digits[] = "0123456789ABCDEF";
  sl_buffer_text(out, "X'");
  for (size_t i = 0; i < value.length; i++) {
    sl_buffer_char(out, digits[(unsigned char)value.data[i] >> 4]);
    sl_buffer_char(out, digits[(unsigned char)value.data[i] & 15]);
  }
  sl_buffer_char(out, '\'');
}

static sl_status put_value(const struct my_field *f, const struct ArrowArray *column, int64_t row,
                           struct sl_buffer *out, struct sl_error *err) {
  const char *quote = f->kind == 't' ? "'" : "";
  if (sl_array_is_null(column, row)) {
    sl_buffer_text(out, "NULL");
    return SL_OK;
  }
  if (f->kind == 'u' || f->kind == 'z') {
    struct sl_text value = my_bytes_at(column, row);
    if (f->kind == 'u') {
      put_text(value, out);
    } else {
      put_binary(value, out);
    }
    return SL_OK;
  }
  sl_buffer_text(out, quote);
  sl_status rc = f->write(f->column, column, row, f->scale, out, err);
  sl_buffer_text(out, quote);
  return rc;
}

static sl_status put_row(const struct my_target *target, const struct ArrowArray *batch,
                         int64_t row, struct sl_buffer *out, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < target->n_fields; i++) {
    sl_buffer_char(out, i == 0 ? '(' : ',');
    rc = put_value(&target->fields[i], batch->children[i], row, out, err);
  }
  sl_buffer_char(out, ')');
  return rc;
}

static void begin_statement(const struct my_target *target, struct sl_buffer *out) {
  sl_buffer_reset(out);
  sl_buffer_printf(out, "INSERT INTO %s (", target->qualified);
  for (size_t i = 0; i < target->n_fields; i++) {
    sl_buffer_text(out, i == 0 ? "" : ", ");
    my_quote(target->fields[i].column->name, out);
  }
  sl_buffer_text(out, ") VALUES ");
}

static sl_status send(struct my_destination *d, const char *doing, struct sl_error *err) {
  sl_status rc = sl_buffer_check(&d->rows, err);
  if (rc == SL_OK && d->rows.length + MARGIN > d->max_packet) {
    return sl_fail(err, SL_EDATA,
                   "%s: a row of %zu bytes is larger than what the server takes at once "
                   "(max_allowed_packet, %llu bytes); raise that, or let it take LOAD DATA LOCAL "
                   "(SET GLOBAL local_infile = ON)",
                   doing, d->rows.length, (unsigned long long)d->max_packet);
  }
  return rc == SL_OK ? my_run(d, d->rows.data, d->rows.length, doing, NULL, err) : rc;
}

sl_status my_insert(struct my_destination *d, struct my_target *target, struct sl_error *err) {
  size_t limit = d->max_packet / 2 < STATEMENT_BYTES ? d->max_packet / 2 : STATEMENT_BYTES;
  struct sl_buffer row = { 0 };
  bool empty = true;
  char doing[160];
  snprintf(doing, sizeof doing, "writing %s", target->qualified);
  sl_status rc = SL_OK;
  begin_statement(target, &d->rows);
  for (size_t b = 0; rc == SL_OK && b < target->n_waiting; b++) {
    for (int64_t i = 0; rc == SL_OK && i < target->waiting[b].length; i++) {
      sl_buffer_reset(&row);
      rc = put_row(target, &target->waiting[b], i, &row, err);
      if (rc == SL_OK && !empty && d->rows.length + row.length > limit) {
        rc = send(d, doing, err);
        begin_statement(target, &d->rows);
        empty = true;
      }
      sl_buffer_text(&d->rows, empty ? "" : ",");
      sl_buffer_append(&d->rows, row.data, row.length);
      d->rows.failed = d->rows.failed || row.failed;
      empty = false;
    }
  }
  if (rc == SL_OK && !empty) {
    rc = send(d, doing, err);
  }
  sl_buffer_release(&row);
  sl_buffer_reset(&d->rows);
  return rc;
}
