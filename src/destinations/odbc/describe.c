/* describe.c - the columns of results and of stored tables, as Arrow formats. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "column/batch.h"
#include "odbc/diag.h"
#include "odbc/text.h"
#include "odbc_writing.h"

/* ---- types ---- */

static bool names(const char *words, const char *type_name) {
  return odbc_has_word(words, type_name);
}

/* More digits than Arrow's decimals have are those of a wei column, numeric(156,78). */
static void decimal_format(SQLULEN precision, SQLSMALLINT scale, char out[32]) {
  bool wei = precision > 38;
  bool odd = precision == 0 || scale < 0 || (!wei && (SQLULEN)scale > precision);
  if (odd) {
    snprintf(out, 32, "u");
  } else {
    snprintf(out, 32, "d:%d,%d", wei ? 38 : (int)precision, wei ? 0 : (int)scale);
  }
}

static const char *format_of(SQLSMALLINT type, const char *type_name) {
  switch (type) {
    case SQL_BIT: return "b";
    case SQL_TINYINT:
    case SQL_SMALLINT:
    case SQL_INTEGER:
    case SQL_BIGINT: return "l";
    case SQL_REAL:
    case SQL_FLOAT:
    case SQL_DOUBLE: return "g";
    case SQL_DATE:
    case SQL_TYPE_DATE: return "tdD";
    case SQL_TIME:
    case SQL_TYPE_TIME: return "ttu";
    case SQL_TIMESTAMP:
    case SQL_TYPE_TIMESTAMP:
      return names("timestamptz|with time zone|_TZ|_LTZ", type_name) ? "tsu:UTC" : "tsu:";
    case SQL_BINARY:
    case SQL_VARBINARY:
    case SQL_LONGVARBINARY: return "z";
    case -155: return "tsu:UTC"; /* SQL Server's datetimeoffset */
    case -154: return "ttu";     /* and its time */
    default: return names("bool", type_name) && type != SQL_VARCHAR ? "b" : "u";
  }
}

/* ---- columns of a result ---- */

void odbc_out_columns_free(struct odbc_result_column *columns, size_t n) {
  for (size_t i = 0; columns != NULL && i < n; i++) {
    free(columns[i].name);
  }
  free(columns);
}

static char *take_units(const SQLWCHAR *units) {
  char text[3 * 512 + 1];
  size_t count = 0;
  while (count < 511 && units[count] != 0) {
    count++;
  }
  size_t n = odbc_narrow(units, count, text);
  text[n == ODBC_NOT_UTF16 ? 0 : n] = '\0';
  return strdup(text);
}

static void type_name_of(struct odbc_destination *d, SQLUSMALLINT number, char out[128]) {
  SQLSMALLINT length = 0;
  SQLCHAR text[128] = "";
  out[0] = '\0';
  if (SQL_SUCCEEDED(ODBC(ColAttribute)(d->link.stmt, number, SQL_DESC_TYPE_NAME, text, sizeof text,
                                       &length, NULL))) {
    snprintf(out, 128, "%s", (const char *)text);
  }
}

static sl_status read_column(struct odbc_destination *d, SQLUSMALLINT number,
                             struct odbc_result_column *out, struct sl_error *err) {
  SQLSMALLINT length, type = SQL_VARCHAR, digits = 0, nullable = SQL_NULLABLE;
  SQLULEN size = 0;
  SQLRETURN code;
  char type_name[128];
  if (d->link.wide) {
    SQLWCHAR units[512] = { 0 };
    code = ODBC(DescribeColW)(d->link.stmt, number, units, 512, &length, &type, &size, &digits,
                              &nullable);
    out->name = take_units(units);
  } else {
    SQLCHAR text[512] = "";
    code = ODBC(DescribeCol)(d->link.stmt, number, text, sizeof text, &length, &type, &size,
                             &digits, &nullable);
    out->name = strdup((const char *)text);
  }
  if (!SQL_SUCCEEDED(code)) {
    return odbc_out_fail(d, d->link.stmt, "describing a result", err);
  }
  type_name_of(d, number, type_name);
  if (type == SQL_DECIMAL || type == SQL_NUMERIC) {
    decimal_format(size, digits, out->format);
  } else {
    snprintf(out->format, sizeof out->format, "%s", format_of(type, type_name));
  }
  out->json = out->format[0] == 'u' && names("json|variant|super", type_name);
  out->nullable = nullable != SQL_NO_NULLS;
  return out->name != NULL ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory for a result");
}

sl_status odbc_out_columns(struct odbc_destination *d, struct odbc_result_column **out, size_t *n,
                           struct sl_error *err) {
  SQLSMALLINT count = 0;
  if (!SQL_SUCCEEDED(ODBC(NumResultCols)(d->link.stmt, &count))) {
    return odbc_out_fail(d, d->link.stmt, "describing a result", err);
  }
  *n = (size_t)(count < 0 ? 0 : count);
  *out = sl_calloc_array(*n + 1, sizeof **out);
  sl_status rc = *out != NULL ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory for a result");
  for (size_t i = 0; rc == SL_OK && i < *n; i++) {
    rc = read_column(d, (SQLUSMALLINT)(i + 1), &(*out)[i], err);
  }
  if (rc != SL_OK) {
    odbc_out_columns_free(*out, *n);
    *out = NULL;
  }
  return rc;
}

/* ---- stored tables ---- */

/* A name as a pattern that fits only itself. */
static void as_pattern(const struct odbc_destination *d, const char *name, struct sl_buffer *out) {
  struct sl_buffer stored = { 0 };
  sl_sql_stored_name(&d->sql, name, &stored);
  for (size_t i = 0; i < stored.length; i++) {
    if (strchr("%_\\", stored.data[i]) != NULL) {
      sl_buffer_text(out, stored.data[i] == '\\' && d->escape[0] != '\\' ? "" : d->escape);
    }
    sl_buffer_char(out, stored.data[i]);
  }
  sl_buffer_release_part(&stored, out);
}

/* Asked of the catalog, because a statement that fails would end a transaction. Patterns may fit
 * more than the name where the driver has no escape: the names that come are compared. */
static sl_status exists(struct odbc_destination *d, const struct sl_table_name *name, bool *found,
                        struct sl_error *err) {
  struct sl_buffer dataset = { 0 };
  struct sl_buffer table = { 0 };
  struct sl_buffer stored = { 0 };
  struct sl_buffer got = { 0 };
  bool end = false;
  bool null = false;
  *found = false;
  as_pattern(d, name->table, &table);
  sl_sql_stored_name(&d->sql, name->table, &stored);
  if (name->dataset != NULL && d->catalog_schemas) {
    sl_sql_stored_name(&d->sql, name->dataset, &dataset); /* catalogs are no patterns */
  } else if (name->dataset != NULL) {
    as_pattern(d, name->dataset, &dataset);
  }
  const char *place = name->dataset == NULL ? NULL : dataset.data;
  sl_status rc = sl_buffer_check(&table, err);
  if (rc == SL_OK) {
    odbc_out_begin_call(d, d->link.stmt);
    rc = odbc_catalog(&d->link, ODBC_TABLES, d->catalog_schemas ? place : NULL,
                      d->catalog_schemas ? NULL : place, table.data, err);
    odbc_out_end_call(d);
  }
  while (rc == SL_OK && !*found) {
    rc = odbc_fetch_row(&d->link, &end, err);
    if (rc != SL_OK || end) {
      break;
    }
    rc = odbc_get_text(&d->link, 3, &got, &null, err);
    *found = rc == SL_OK && !null && got.data != NULL && strcmp(got.data, stored.data) == 0;
  }
  odbc_end(&d->link);
  sl_buffer_release(&dataset);
  sl_buffer_release(&table);
  sl_buffer_release(&stored);
  sl_buffer_release(&got);
  return rc == SL_OK ? rc : odbc_out_sort(d, err);
}

static sl_status make_schema(const struct odbc_result_column *columns, size_t n,
                             struct ArrowSchema *out, struct sl_error *err) {
  struct sl_field *fields = sl_calloc_array(n + 1, sizeof *fields);
  if (fields == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a table's columns");
  }
  for (size_t i = 0; i < n; i++) {
    fields[i] = (struct sl_field){ columns[i].name, columns[i].format, columns[i].nullable };
  }
  sl_status rc = sl_schema_struct(out, fields, n, err);
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    if (columns[i].json) {
      sl_schema_mark_json(out->children[i]);
    }
  }
  free(fields);
  return rc;
}

sl_status odbc_out_describe(struct sl_destination *base, const struct sl_table_name *name,
                            struct ArrowSchema *out, struct sl_error *err) {
  struct odbc_destination *d = (struct odbc_destination *)base;
  struct sl_buffer sql = { 0 };
  struct odbc_result_column *columns = NULL;
  size_t n = 0;
  bool found = true;
  *out = (struct ArrowSchema){ 0 };
  sl_status rc = name->temporary ? SL_OK : exists(d, name, &found, err);
  if (rc != SL_OK || !found) {
    return rc;
  }
  sl_buffer_text(&sql, "SELECT * FROM ");
  sl_sql_table(&d->sql, name, &sql);
  sl_buffer_text(&sql, " WHERE 1 = 0");
  rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK && name->temporary) {
    rc = odbc_out_guard(d, false, err);
  }
  if (rc == SL_OK) {
    rc = odbc_out_run(d, sql.data, "looking at a table", err);
  }
  if (rc == SL_ENOTFOUND && name->temporary) {
    odbc_end(&d->link);
    sl_buffer_release(&sql);
    return odbc_out_guard(d, true, err);
  }
  if (rc == SL_OK) {
    rc = odbc_out_columns(d, &columns, &n, err);
    odbc_end(&d->link);
  }
  if (rc == SL_OK) {
    rc = make_schema(columns, n, out, err);
  }
  odbc_out_columns_free(columns, n);
  sl_buffer_release(&sql);
  return rc == SL_ENOTFOUND ? SL_OK : rc;
}
