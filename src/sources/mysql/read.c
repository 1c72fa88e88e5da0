/* read.c - a chunk as a stream of blocks, and single values.
 *
 * Rows are read packet by packet from a prepared statement, with no buffer between: the binary
 * protocol needs half the client's time that the text protocol takes, and keeps floats exact. */
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/real.h"
#include "base/time.h"
#include "sources/mysql/decode.h"
#include "sources/mysql/internal.h"

enum { END_PACKET = 254, END_PACKET_BYTES = 9, ROWS_PER_CHECK = 64 };

struct maria_reader {
  const struct sl_db_table *table;
  MYSQL_STMT *stmt;
  struct maria_decoder *decoder;
  bool at_end; /* nothing of the answer is left on the wire */
};

static sl_status no_memory(struct sl_error *err) {
  return sl_fail(err, SL_ENOMEM, "out of memory reading a table");
}

static sl_status fail_statement(struct maria_session *s, MYSQL_STMT *stmt, struct sl_error *err) {
  unsigned number = SL_MYSQL(stmt_errno)(stmt);
  s->lost = s->lost || maria_is_lost(number);
  return maria_fail(err, number, SL_MYSQL(stmt_sqlstate)(stmt), SL_MYSQL(stmt_error)(stmt));
}

/* The columns must be those that were described: somebody may have altered the table since. */
static sl_status check_columns(const struct sl_db_table *table, MYSQL_STMT *stmt,
                               struct sl_error *err) {
  MYSQL_RES *result = SL_MYSQL(stmt_result_metadata)(stmt);
  bool same = result != NULL && SL_MYSQL(num_fields)(result) == table->n_columns;
  const MYSQL_FIELD *fields = result == NULL ? NULL : SL_MYSQL(fetch_fields)(result);
  for (size_t i = 0; same && i < table->n_columns; i++) {
    int64_t detail = table->columns[i].detail;
    bool was_unsigned = (detail & MARIA_UNSIGNED_FLAG) != 0;
    same = detail >> 16 == (int64_t)fields[i].type &&
           was_unsigned == ((fields[i].flags & UNSIGNED_FLAG) != 0);
  }
  if (result != NULL) {
    SL_MYSQL(free_result)(result);
  }
  if (same) {
    return SL_OK;
  }
  sl_status rc = sl_fail(err, SL_ESOURCE,
                         "the table's columns were altered after they were listed; run the load "
                         "again");
  err->retryable = true;
  return rc;
}

static sl_status start_statement(struct maria_session *s, struct maria_reader *r,
                                 const struct sl_db_chunk *chunk, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  sl_db_select(&maria_driver, r->table, chunk, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  r->stmt = rc == SL_OK ? SL_MYSQL(stmt_init)(s->mysql) : NULL;
  if (rc == SL_OK && r->stmt == NULL) {
    rc = no_memory(err);
  }
  if (rc == SL_OK && SL_MYSQL(stmt_prepare)(r->stmt, sql.data, sql.length) != 0) {
    rc = fail_statement(s, r->stmt, err);
  }
  sl_buffer_release(&sql);
  if (rc == SL_OK) {
    rc = check_columns(r->table, r->stmt, err);
  }
  if (rc == SL_OK && SL_MYSQL(stmt_execute)(r->stmt) != 0) {
    rc = fail_statement(s, r->stmt, err);
  }
  r->at_end = rc != SL_OK;
  return rc;
}

sl_status maria_open(struct sl_db_session *base, const struct sl_db_table *table,
                     const struct sl_db_chunk *chunk, struct sl_error *err) {
  struct maria_session *s = (struct maria_session *)base;
  maria_finish(base);
  s->reader = calloc(1, sizeof *s->reader);
  if (s->reader == NULL) {
    return no_memory(err);
  }
  s->reader->table = table;
  s->reader->at_end = true;
  sl_status rc = maria_decoder_new(&s->reader->decoder, table, s->config->settings, err);
  if (rc == SL_OK) {
    sl_db_batch_tell(s->reader->decoder->batch, s->config);
    rc = start_statement(s, s->reader, chunk, err);
  }
  if (rc != SL_OK) {
    sl_error_add_context(err, "table %s", table->name);
    maria_finish(base);
  }
  /* Nothing of the chunk was read: the leader takes it, who sees the same moment. */
  return rc != SL_OK && s->lost && s->follower ? SL_EBUSY : rc;
}

/* Rows until a block is full or the answer ends. */
static sl_status read_rows(struct maria_session *s, struct maria_reader *r, struct sl_error *err) {
  int64_t most_rows = s->config->batch_rows;
  int64_t rows = 0;
  sl_status rc = SL_OK;
  while (rc == SL_OK && rows < most_rows) {
    unsigned long length = SL_MYSQL(net_read_packet)(s->mysql);
    if (length == packet_error) {
      r->at_end = true;
      s->mysql->status = MYSQL_STATUS_READY;
      return maria_fail_session(s, err);
    }
    const unsigned char *packet = s->mysql->net.read_pos;
    if (packet[0] == END_PACKET && length < END_PACKET_BYTES) {
      r->at_end = true;
      s->mysql->status = MYSQL_STATUS_READY; /* the library did not see the end: we read it */
      break;
    }
    rc = maria_decode_row(r->decoder, packet, length, err);
    rows++;
    if ((rows % ROWS_PER_CHECK == 0 || length > 65536) &&
        maria_decoder_bytes(r->decoder) >= s->config->block_bytes) {
      break;
    }
  }
  return rc;
}

sl_status maria_next(struct sl_db_session *base, struct sl_block *out, bool *end,
                     struct sl_error *err) {
  struct maria_session *s = (struct maria_session *)base;
  struct maria_reader *r = s->reader;
  *end = false;
  sl_status rc = r->at_end ? SL_OK : read_rows(s, r, err);
  if (rc != SL_OK) {
    if (strncmp(err->message, "table ", 6) != 0) { /* values name their table and column */
      sl_error_add_context(err, "table %s", r->table->name);
    }
    return rc;
  }
  if (maria_decoder_rows(r->decoder) == 0) {
    *end = true;
    return SL_OK;
  }
  return maria_decoder_finish(r->decoder, out, err);
}

/* An answer that nobody wants to the end: stopped on the server, what is under way is read. */
static void abandon(struct maria_session *s) {
  maria_cancel(&s->base);
  for (;;) {
    unsigned long length = SL_MYSQL(net_read_packet)(s->mysql);
    if (length == packet_error ||
        (s->mysql->net.read_pos[0] == END_PACKET && length < END_PACKET_BYTES)) {
      break;
    }
  }
  s->mysql->status = MYSQL_STATUS_READY;
}

void maria_finish(struct sl_db_session *base) {
  struct maria_session *s = (struct maria_session *)base;
  struct maria_reader *r = s->reader;
  if (r == NULL) {
    return;
  }
  s->reader = NULL;
  if (!r->at_end) {
    abandon(s);
  }
  if (r->stmt != NULL) {
    SL_MYSQL(stmt_close)(r->stmt);
  }
  struct sl_error ignored;
  if (s->in_snapshot && !s->lost) { /* lets go of the table, so that it can be altered */
    (void)maria_execute(s, "ROLLBACK TO SAVEPOINT sluice", &ignored);
  }
  maria_decoder_free(r->decoder);
  free(r);
}

/* ---- single values ---- */

/* A column whose text would lose digits or be no text is asked for in another form. */
static void append_value(const struct sl_db_column *column, const char *function,
                         struct sl_buffer *sql) {
  const char *before = "";
  const char *after = "";
  switch (column->type) {
    case MARIA_FLOAT: after = " + 0e0"; break; /* as double: 17 digits and not 6 */
    case MARIA_BIT: after = " + 0"; break;
    case MARIA_BINARY: before = "HEX(", after = ")"; break;
    default: break;
  }
  sl_buffer_printf(sql, "%s%s(", before, function);
  sl_db_quote(&maria_driver, column->name, sql);
  sl_buffer_printf(sql, ")%s", after);
}

sl_status maria_scalar(struct sl_db_session *base, const struct sl_db_table *table,
                       const char *function, const struct sl_db_column *column,
                       const char *condition, char **out, struct sl_error *err) {
  struct maria_session *s = (struct maria_session *)base;
  struct sl_buffer sql = { 0 };
  *out = NULL;
  sl_buffer_text(&sql, "SELECT ");
  if (column == NULL) {
    sl_buffer_printf(&sql, "%s(*)", function);
  } else {
    append_value(column, function, &sql);
  }
  sl_buffer_text(&sql, " FROM ");
  sl_db_from(&maria_driver, table, &sql);
  if (condition != NULL) {
    sl_buffer_printf(&sql, " WHERE %s", condition);
  }
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = maria_value(s, sql.data, out, err);
  }
  sl_buffer_release(&sql);
  if (rc != SL_OK) {
    sl_error_add_context(err, "table %s", table->name);
  }
  return rc;
}

/* ---- comparisons ---- */

static sl_status bad_value(const struct sl_db_column *column, const char *value, const char *kind,
                           struct sl_error *err) {
  return sl_fail(err, SL_EUSAGE, "'%s' is no %s, but column %s is %s", value, kind, column->name,
                 column->type_name);
}

/* MariaDB takes no zone in a literal: the session is in UTC, and so is the literal. */
static sl_status append_moment(const struct sl_db_column *column, const char *value,
                               struct sl_buffer *out, struct sl_error *err) {
  struct sl_iso iso;
  char text[40];
  if (!sl_iso_parse(sl_text_of(value), &iso) || iso.kind == SL_ISO_TIME) {
    return bad_value(column, value, "date or time", err);
  }
  if (iso.kind == SL_ISO_DATE) {
    sl_date_print(text, iso.days);
  } else {
    sl_timestamp_print(text, iso.micros, false);
    text[10] = ' ';
  }
  sl_buffer_printf(out, "'%s'", text);
  return SL_OK;
}

static bool is_hexadecimal(const char *text) {
  return strspn(text, "0123456789abcdefABCDEF") == strlen(text) && strlen(text) % 2 == 0;
}

static sl_status append_literal(const struct sl_db_column *column, const char *value,
                                struct sl_buffer *out, struct sl_error *err) {
  struct sl_decimal number;
  switch ((enum maria_decode)column->type) {
    case MARIA_DATE:
    case MARIA_DATETIME: return append_moment(column, value, out, err);
    case MARIA_BINARY:
      if (!is_hexadecimal(value)) {
        return bad_value(column, value, "hexadecimal text", err);
      }
      sl_buffer_printf(out, "X'%s'", value);
      return SL_OK;
    case MARIA_TEXT:
    case MARIA_TIME:
    case MARIA_GEOMETRY:
    case MARIA_NULL: maria_quote_text(value, strlen(value), out); return SL_OK;
    default: break;
  }
  const char *end = value;
  bool real = column->type == MARIA_FLOAT || column->type == MARIA_DOUBLE;
  if (real) {
    (void)sl_real_parse(value, &end);
  }
  if (real ? end == value || *end != '\0' || strpbrk(value, "nNxXpP") != NULL
           : !sl_decimal_parse(sl_text_of(value), &number)) {
    return bad_value(column, value, "number", err);
  }
  sl_buffer_text(out, value);
  return SL_OK;
}

sl_status maria_compare(const struct sl_db_table *table, const struct sl_db_column *column,
                        enum sl_db_comparison comparison, const char *value, struct sl_buffer *out,
                        struct sl_error *err) {
  static const char *const operators[] = { " = ", " < ", " <= ", " > ", " >= ", " IS NULL" };
  (void)table;
  sl_db_quote(&maria_driver, column->name, out);
  sl_buffer_text(out, operators[comparison]);
  return comparison == SL_DB_IS_NULL ? SL_OK : append_literal(column, value, out, err);
}
