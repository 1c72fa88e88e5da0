/* load_data.c - the rows that wait for a table by LOAD DATA LOCAL INFILE, from memory.
 *
 * The library asks for the "file" in pieces, and each is written when it is asked for, so that the
 * server reads while the next one is made. There never is a file: whatever name a server asks for,
 * it gets rows, and only while a LOAD DATA of ours runs.
 *
 * With LOCAL the server takes values that do not fit for warnings and bends them; here every
 * warning is an error. */
#include <stdio.h>
#include <stdlib.h>

#include "column/read.h"
#include "mysql_internal.h"

enum { PIECE_BYTES = 256 << 10 };

struct my_feed { /* of one LOAD DATA */
  struct my_destination *d;
  const struct my_target *target;
  size_t batch; /* the next row */
  int64_t row;
  size_t sent;  /* of d->rows */
  sl_status rc; /* of making the rows */
  struct sl_error err;
};

/* Tabs, line ends, NUL and the backslash itself are written with a backslash. */
static void put_text(struct sl_text value, struct sl_buffer *out) {
  static const char special[256] = {
    ['\t'] = 't', ['\n'] = 'n', ['\\'] = '\\', ['\0'] = '0', ['\r'] = 'r'
  };
  if (!sl_buffer_reserve(out, value.length * 2)) {
    return;
  }
  char *to = out->data + out->length;
  for (size_t i = 0; i < value.length; i++) {
    char mark = special[(unsigned char)value.data[i]];
    if (mark != '\0') {
      *to++ = '\\';
      *to++ = mark;
    } else {
      *to++ = value.data[i];
    }
  }
  out->length = (size_t)(to - out->data);
  *to = '\0';
}

static void put_hex(struct sl_text value, struct sl_buffer *out) {
  static const char digits[] = "0123456789ABCDEF";
  if (!sl_buffer_reserve(out, value.length * 2)) {
    return;
  }
  char *to = out->data + out->length;
  for (size_t i = 0; i < value.length; i++) {
    *to++ = digits[(unsigned char)value.data[i] >> 4];
    *to++ = digits[(unsigned char)value.data[i] & 15];
  }
  out->length = (size_t)(to - out->data);
  *to = '\0';
}

static sl_status put_row(struct my_feed *feed, const struct ArrowArray *batch, int64_t row) {
  const struct my_target *target = feed->target;
  struct sl_buffer *out = &feed->d->rows;
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < target->n_fields; i++) {
    const struct my_field *f = &target->fields[i];
    const struct ArrowArray *column = batch->children[i];
    if (i > 0) {
      sl_buffer_char(out, '\t');
    }
    if (sl_array_is_null(column, row)) {
      sl_buffer_append(out, "\\N", 2);
    } else if (f->kind == 'u') {
      put_text(my_bytes_at(column, row), out);
    } else if (f->kind == 'z') {
      put_hex(my_bytes_at(column, row), out);
    } else {
      rc = f->write(f->column, column, row, f->scale, out, &feed->err);
    }
  }
  sl_buffer_char(out, '\n');
  return rc;
}

/* The next rows as text; nothing when there are none left. */
static sl_status put_rows(struct my_feed *feed) {
  const struct my_target *target = feed->target;
  sl_status rc = SL_OK;
  sl_buffer_reset(&feed->d->rows);
  feed->sent = 0;
  while (rc == SL_OK && feed->batch < target->n_waiting && feed->d->rows.length < PIECE_BYTES) {
    const struct ArrowArray *batch = &target->waiting[feed->batch];
    if (feed->row >= batch->length) {
      feed->batch++;
      feed->row = 0;
    } else {
      rc = put_row(feed, batch, feed->row++);
    }
  }
  return rc == SL_OK ? sl_buffer_check(&feed->d->rows, &feed->err) : rc;
}

/* ---- what the library calls ---- */

static int feed_open(void **out, const char *name, void *arg) {
  struct my_destination *d = arg;
  (void)name;
  *out = d->feed;
  return d->feed == NULL;
}

static int feed_read(void *arg, char *out, unsigned most) {
  struct my_feed *feed = arg;
  struct sl_buffer *rows = &feed->d->rows;
  if (feed->sent >= rows->length) {
    feed->rc = atomic_load(&feed->d->cancelled)
                   ? sl_fail(&feed->err, SL_ECANCELLED, "writing rows was stopped")
                   : put_rows(feed);
  }
  if (feed->rc != SL_OK) {
    return -1;
  }
  size_t left = rows->length - feed->sent;
  size_t n = left < most ? left : most;
  if (n > 0) {
    memcpy(out, rows->data + feed->sent, n);
  }
  feed->sent += n;
  return (int)n;
}

static void feed_close(void *arg) {
  (void)arg;
}

static int feed_error(void *arg, char *message, unsigned size) {
  const struct my_feed *feed = arg;
  snprintf(message, size, "%s", feed == NULL ? "no rows are being loaded" : feed->err.message);
  return 1;
}

/* ---- the statement ---- */

static void write_statement(const struct my_target *target, struct sl_buffer *sql) {
  sl_buffer_printf(sql,
                   "LOAD DATA LOCAL INFILE 'sluice' INTO TABLE %s CHARACTER SET utf8mb4 "
                   "FIELDS TERMINATED BY X'09' ESCAPED BY X'5C' LINES TERMINATED BY X'0A' (",
                   target->qualified);
  for (size_t i = 0; i < target->n_fields; i++) {
    sl_buffer_text(sql, i == 0 ? "" : ", ");
    if (target->fields[i].kind == 'z') {
      sl_buffer_printf(sql, "@b%zu", i);
    } else {
      my_quote(target->fields[i].column->name, sql);
    }
  }
  sl_buffer_char(sql, ')');
  const char *separator = " SET ";
  for (size_t i = 0; i < target->n_fields; i++) {
    if (target->fields[i].kind == 'z') {
      sl_buffer_text(sql, separator);
      my_quote(target->fields[i].column->name, sql);
      sl_buffer_printf(sql, " = UNHEX(@b%zu)", i);
      separator = ", ";
    }
  }
}

/* The first warning as an error; the same numbers are errors in other statements. */
static sl_status check_warnings(struct my_destination *d, const char *doing, struct sl_error *err) {
  char *values[3];
  if (SL_MYSQL(warning_count)(d->mysql) == 0) {
    return SL_OK;
  }
  sl_status rc = my_ask(d, "SHOW WARNINGS LIMIT 1", values, 3, err);
  if (rc == SL_OK) {
    unsigned number = values[1] == NULL ? 0 : (unsigned)strtoul(values[1], NULL, 10);
    rc = my_fail_number(d, number, "01000", values[2] == NULL ? "" : values[2], doing, err);
    if (rc == SL_EDEST) { /* a warning is always about a value */
      err->code = rc = SL_EDATA;
    }
  }
  for (size_t i = 0; i < 3; i++) {
    free(values[i]);
  }
  return rc;
}

static bool is_refusal(unsigned number) {
  return number == 1148 || number == 2068 || number == 3948 || number == 4166;
}

static sl_status check_result(struct my_destination *d, const struct my_feed *feed, bool failed,
                              const char *doing, bool *refused, struct sl_error *err) {
  const struct my_target *target = feed->target;
  *refused = failed && is_refusal(SL_MYSQL(errno)(d->mysql));
  if (*refused) {
    return SL_OK;
  }
  if (feed->rc != SL_OK) {
    *err = feed->err;
    return feed->rc;
  }
  if (failed) {
    return my_fail(d, doing, err);
  }
  int64_t taken = (int64_t)SL_MYSQL(affected_rows)(d->mysql);
  sl_status rc = check_warnings(d, doing, err);
  if (rc == SL_OK && taken != target->rows) {
    rc = sl_fail(err, SL_EDATA,
                 "%s: the server took %lld of %lld rows; a unique index or a trigger of the table "
                 "may have refused the others",
                 doing, (long long)taken, (long long)target->rows);
  }
  return rc;
}

sl_status my_load_data(struct my_destination *d, struct my_target *target, bool *refused,
                       struct sl_error *err) {
  struct my_feed feed = { .d = d, .target = target };
  struct sl_buffer sql = { 0 };
  char doing[160];
  snprintf(doing, sizeof doing, "writing %s", target->qualified);
  write_statement(target, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    sl_buffer_reset(&d->rows);
    d->feed = &feed;
    SL_MYSQL(set_local_infile_handler)
    (d->mysql, feed_open, feed_read, feed_close, feed_error, d);
    atomic_store(&d->busy, true);
    bool failed = SL_MYSQL(real_query)(d->mysql, sql.data, sql.length) != 0;
    atomic_store(&d->busy, false);
    d->feed = NULL;
    rc = check_result(d, &feed, failed, doing, refused, err);
  }
  sl_buffer_release(&sql);
  return rc;
}
