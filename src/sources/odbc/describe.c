/* describe.c - columns and keys of one table, or of a query's result. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "odbc/diag.h"
#include "odbc/text.h"
#include "odbc_internal.h"

enum { /* columns of SQLColumns and SQLPrimaryKeys */
       COLUMNS_SCHEMA = 2,
       COLUMNS_TABLE = 3,
       COLUMNS_NAME = 4,
       COLUMNS_TYPE_NAME = 6,
       COLUMNS_NULLABLE = 11,
       KEYS_COLUMN = 4,
       KEYS_ORDINAL = 5
};

static const char *text_of(const struct sl_buffer *b) {
  return b->data == NULL ? "" : b->data;
}

/* Catalog and schema as the catalog functions want them. */
static const char *catalog_of(const struct odbc_session *s, const struct sl_db_table *t) {
  return s->catalog_schemas ? t->schema : s->catalog[0] != '\0' ? s->catalog : NULL;
}
static const char *schema_of(const struct odbc_session *s, const struct sl_db_table *t) {
  return s->catalog_schemas ? NULL : t->schema;
}

/* ---- what only the catalog knows: NOT NULL, and the names of types ---- */

struct fact {
  char *column, *type_name;
  bool nullable;
};
struct facts {
  struct fact *items;
  size_t count, capacity;
};

static void facts_release(struct facts *f) {
  for (size_t i = 0; i < f->count; i++) {
    free(f->items[i].column);
    free(f->items[i].type_name);
  }
  free(f->items);
}

static const struct fact *find_fact(const struct facts *f, const char *column) {
  for (size_t i = 0; i < f->count; i++) {
    if (strcmp(f->items[i].column, column) == 0) {
      return &f->items[i];
    }
  }
  return NULL;
}

static sl_status add_fact(struct facts *f, const char *column, const char *type_name, bool nullable,
                          struct sl_error *err) {
  sl_status rc = sl_grow(&f->items, &f->capacity, f->count + 1, sizeof *f->items, err);
  if (rc != SL_OK) {
    return rc;
  }
  struct fact *item = &f->items[f->count++];
  *item = (struct fact){ strdup(column), strdup(type_name), nullable };
  return item->column != NULL && item->type_name != NULL
             ? SL_OK
             : sl_fail(err, SL_ENOMEM, "out of memory for columns");
}

/* Names are patterns there, so columns of other tables may come too. */
static sl_status read_facts(struct odbc_session *s, const struct sl_db_table *table,
                            struct facts *out, struct sl_error *err) {
  struct sl_buffer schema = { 0 }, name = { 0 }, column = { 0 }, type = { 0 };
  const char *own_schema = schema_of(s, table);
  bool end = false;
  bool null;
  int64_t nullable;
  sl_status rc =
      odbc_catalog(&s->link, ODBC_COLUMNS, catalog_of(s, table), own_schema, table->name, err);
  while (rc == SL_OK && !end) {
    rc = odbc_fetch_row(&s->link, &end, err);
    if (rc != SL_OK || end) {
      break;
    }
    rc = odbc_get_text(&s->link, COLUMNS_SCHEMA, &schema, &null, err);
    rc = rc == SL_OK ? odbc_get_text(&s->link, COLUMNS_TABLE, &name, &null, err) : rc;
    rc = rc == SL_OK ? odbc_get_text(&s->link, COLUMNS_NAME, &column, &null, err) : rc;
    rc = rc == SL_OK ? odbc_get_text(&s->link, COLUMNS_TYPE_NAME, &type, &null, err) : rc;
    rc = rc == SL_OK ? odbc_get_integer(&s->link, COLUMNS_NULLABLE, &nullable, &null, err) : rc;
    if (rc == SL_OK && strcmp(text_of(&name), table->name) == 0 &&
        (own_schema == NULL || strcmp(text_of(&schema), own_schema) == 0)) {
      rc = add_fact(out, text_of(&column), text_of(&type), null || nullable != SQL_NO_NULLS, err);
    }
  }
  odbc_end(&s->link);
  sl_buffer_release(&schema);
  sl_buffer_release(&name);
  sl_buffer_release(&column);
  sl_buffer_release(&type);
  return rc;
}

/* ---- columns, as the result of reading them is described ---- */

static void attribute_text(struct odbc_session *s, SQLUSMALLINT column, SQLUSMALLINT attribute,
                           char *out, size_t size) {
  enum { UNITS = 256 };
  SQLSMALLINT length = 0;
  SQLLEN number;
  out[0] = '\0';
  if (s->link.wide) {
    SQLWCHAR units[UNITS] = { 0 };
    char text[3 * UNITS];
    if (SQL_SUCCEEDED(ODBC(ColAttributeW)(s->link.stmt, column, attribute, units, sizeof units,
                                          &length, &number))) {
      size_t count = 0;
      while (count < UNITS - 1 && units[count] != 0) {
        count++;
      }
      size_t n = odbc_narrow(units, count, text);
      snprintf(out, size, "%.*s", n == ODBC_NOT_UTF16 ? 0 : (int)n, text);
    }
  } else if (!SQL_SUCCEEDED(ODBC(ColAttribute)(s->link.stmt, column, attribute, out,
                                               (SQLSMALLINT)size, &length, &number))) {
    out[0] = '\0';
  }
}

struct described { /* what SQLDescribeCol says */
  char name[1024];
  SQLSMALLINT type, digits, nullable;
  SQLULEN size;
};

static sl_status describe_column(struct odbc_session *s, SQLUSMALLINT column, struct described *out,
                                 struct sl_error *err) {
  enum { UNITS = 300 };
  SQLSMALLINT length = 0;
  SQLRETURN rc;
  *out = (struct described){ .nullable = SQL_NULLABLE_UNKNOWN };
  if (s->link.wide) {
    SQLWCHAR units[UNITS] = { 0 };
    rc = ODBC(DescribeColW)(s->link.stmt, column, units, UNITS, &length, &out->type, &out->size,
                            &out->digits, &out->nullable);
    size_t count = 0;
    while (count < UNITS - 1 && units[count] != 0) {
      count++;
    }
    size_t n = odbc_narrow(units, count, out->name);
    out->name[n == ODBC_NOT_UTF16 ? 0 : n] = '\0';
  } else {
    rc = ODBC(DescribeCol)(s->link.stmt, column, (SQLCHAR *)out->name, sizeof out->name, &length,
                           &out->type, &out->size, &out->digits, &out->nullable);
  }
  return SQL_SUCCEEDED(rc) ? SL_OK
                           : odbc_fail(&s->link, SQL_HANDLE_STMT, s->link.stmt, err,
                                       "%s: describing column %d", s->link.place, (int)column);
}

/* Appends the profile's expression with the quoted name for each @. */
static void add_expression(const struct odbc_session *s, const char *pattern, const char *name,
                           struct sl_buffer *out) {
  for (const char *c = pattern; *c != '\0'; c++) {
    if (*c == '@') {
      sl_db_quote(&s->own, name, out);
    } else {
      sl_buffer_char(out, *c);
    }
  }
}

/* How the value is selected: by its name, or printed by the database where the driver's own
 * conversion would lose something. NULL = by name. */
static char *expression_of(const struct odbc_session *s, const struct described *d,
                           const char *type_name, struct odbc_type *type) {
  struct sl_buffer text = { 0 };
  const struct odbc_driver_profile *p = s->link.profile;
  bool bits = strcasecmp(type_name, "bit") == 0;
  if (p->print_bits != NULL && bits && type->format[0] == 'z') {
    add_expression(s, p->print_bits, d->name, &text);
    *type = odbc_type_of(s, SQL_BIGINT, "bigint", 0, 0, d->size > 63);
    type->read = ODBC_WORD;
  } else if (p->print != NULL && type->format[0] == 'g') {
    add_expression(s, p->print, d->name, &text);
  } else if (p->cast != NULL && strcasecmp(type_name, "money") == 0) {
    add_expression(s, "CAST(@ AS numeric(19,2))", d->name, &text);
    *type = odbc_type_of(s, SQL_DECIMAL, "numeric", 19, 2, false);
  } else if (p->cast != NULL && bits) {
    add_expression(s, p->cast, d->name, &text);
    *type = odbc_type_of(s, SQL_VARCHAR, "bit", 0, 0, false);
  } else if (p->cast != NULL && (strchr("tg", type->format[0]) != NULL || d->type == SQL_GUID)) {
    add_expression(s, p->cast, d->name, &text);
    type->read = ODBC_WORD;
  }
  return text.length == 0 ? NULL : sl_buffer_take(&text);
}

static sl_status add_described(struct odbc_session *s, struct sl_db_table *table,
                               const struct facts *facts, SQLUSMALLINT column,
                               struct sl_error *err) {
  struct described d;
  char type_name[256];
  char shown[320];
  SQLLEN is_unsigned = SQL_FALSE;
  struct sl_db_column *added;
  sl_status rc = describe_column(s, column, &d, err);
  if (rc != SL_OK) {
    return rc;
  }
  const struct fact *fact = find_fact(facts, d.name);
  attribute_text(s, column, SQL_DESC_TYPE_NAME, type_name, sizeof type_name);
  if (fact != NULL && fact->type_name[0] != '\0') {
    snprintf(type_name, sizeof type_name, "%s", fact->type_name);
  }
  ODBC(ColAttribute)(s->link.stmt, column, SQL_DESC_UNSIGNED, NULL, 0, NULL, &is_unsigned);
  struct odbc_type type =
      odbc_type_of(s, d.type, type_name, (int64_t)d.size, d.digits, is_unsigned == SQL_TRUE);
  char *expression = expression_of(s, &d, type_name, &type);
  snprintf(shown, sizeof shown, type.format[0] == 'd' && !type.unbounded ? "%s(%d,%d)" : "%s",
           type_name[0] == '\0' ? "unknown" : type_name, (int)d.size, (int)d.digits);
  bool nullable = fact != NULL ? fact->nullable : d.nullable != SQL_NO_NULLS;
  rc = sl_db_table_add_column(table, d.name, shown, type.format, nullable, &added, err);
  if (rc != SL_OK) {
    free(expression);
    return rc;
  }
  added->expression = expression;
  added->json = type.json;
  added->unbounded = type.unbounded;
  added->type = d.type;
  added->detail = odbc_detail(type.read, d.size);
  return SL_OK;
}

/* Runs the select for no row at all: what it describes is what will be read. */
static sl_status add_columns(struct odbc_session *s, struct sl_db_table *table,
                             const struct facts *facts, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  char what[300];
  SQLSMALLINT count = 0;
  sl_buffer_text(&sql, "SELECT * FROM ");
  odbc_from(s, table, &sql);
  sl_buffer_text(&sql, " WHERE 1 = 0");
  snprintf(what, sizeof what, "%s %s", table->query != NULL ? "running" : "describing table",
           table->query != NULL ? "--query" : table->name);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = odbc_execute(&s->link, sql.data, what, err);
  }
  if (rc == SL_OK && !SQL_SUCCEEDED(ODBC(NumResultCols)(s->link.stmt, &count))) {
    rc = odbc_fail(&s->link, SQL_HANDLE_STMT, s->link.stmt, err, "%s: %s", s->link.place, what);
  }
  if (rc == SL_OK && count < 1) {
    rc = sl_fail(err, SL_EUSAGE, "%s: %s gives no columns; it must be one SELECT", s->link.place,
                 what);
  }
  for (SQLSMALLINT i = 1; rc == SL_OK && i <= count; i++) {
    rc = add_described(s, table, facts, (SQLUSMALLINT)i, err);
  }
  odbc_end(&s->link);
  sl_buffer_release(&sql);
  return rc;
}

/* ---- keys ---- */

static bool has_column(const struct sl_db_table *table, const char *name) {
  for (size_t i = 0; i < table->n_columns; i++) {
    if (strcmp(table->columns[i].name, name) == 0) {
      return true;
    }
  }
  return false;
}

static sl_status read_key(struct odbc_session *s, struct sl_db_table *table, struct sl_error *err) {
  enum { MOST = 64 };
  char *parts[MOST + 1] = { NULL }; /* by their ordinal: rows come in any order */
  struct sl_arena names;
  struct sl_buffer column = { 0 };
  bool end = false;
  bool null;
  int64_t ordinal;
  sl_arena_init(&names, 0);
  sl_status rc = odbc_catalog(&s->link, ODBC_PRIMARY_KEYS, catalog_of(s, table),
                              schema_of(s, table), table->name, err);
  while (rc == SL_OK && !end) {
    rc = odbc_fetch_row(&s->link, &end, err);
    if (rc != SL_OK || end) {
      break;
    }
    rc = odbc_get_text(&s->link, KEYS_COLUMN, &column, &null, err);
    rc = rc == SL_OK ? odbc_get_integer(&s->link, KEYS_ORDINAL, &ordinal, &null, err) : rc;
    if (rc == SL_OK && ordinal >= 1 && ordinal <= MOST && parts[ordinal] == NULL) {
      parts[ordinal] = sl_arena_copy(&names, text_of(&column), strlen(text_of(&column)));
    }
  }
  odbc_end(&s->link);
  for (int i = 1; i <= MOST; i++) {
    if (rc == SL_OK && parts[i] != NULL && has_column(table, parts[i])) {
      rc = sl_db_table_add_key(table, parts[i], err);
    }
  }
  sl_arena_release(&names);
  sl_buffer_release(&column);
  return rc;
}

/* ---- how many rows ---- */

static void add_literal(const struct odbc_session *s, const struct sl_db_table *table, char which,
                        struct sl_buffer *out) {
  struct sl_buffer name = { 0 };
  if (which == 'n') {
    odbc_from(s, table, &name);
  } else {
    sl_buffer_text(&name, which == 't' ? table->name : table->schema == NULL ? "" : table->schema);
  }
  odbc_quote_text(text_of(&name), s->dialect->backslash, out);
  sl_buffer_release_part(&name, out);
}

static sl_status estimate_rows(struct odbc_session *s, struct sl_db_table *table,
                               struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  char *rows = NULL;
  if (s->dialect->estimate == NULL || table->view) {
    return SL_OK;
  }
  for (const char *c = s->dialect->estimate; *c != '\0'; c++) {
    if (*c == '@') {
      add_literal(s, table, *++c, &sql);
    } else {
      sl_buffer_char(&sql, *c);
    }
  }
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = odbc_query_text(&s->link, sql.data, "asking for the number of rows", &rows, err);
  }
  char *end = rows;
  int64_t count = rows == NULL ? -1 : strtoll(rows, &end, 10);
  if (rc == SL_OK && end != rows && count >= 0) {
    table->rows = count;
    table->estimate = true;
  }
  free(rows);
  sl_buffer_release(&sql);
  return rc;
}

/* Not every driver has these catalog functions, and rows do not depend on them; but a lost
 * connection is one. */
static sl_status tolerate(sl_status rc, const struct sl_error *why, struct sl_error *err) {
  if (rc == SL_OK || !(why->retryable || rc == SL_ENOMEM)) {
    return SL_OK;
  }
  *err = *why;
  return rc;
}

sl_status odbc_describe(struct sl_db_session *base, struct sl_db_table *table,
                        struct sl_error *err) {
  struct odbc_session *s = odbc_session_of(base);
  struct facts facts = { 0 };
  struct sl_error why;
  bool is_table = table->query == NULL;
  /* Conditions are made without a session, so the table carries what they need. */
  table->detail[0] = (unsigned char)s->own.quote;
  table->detail[1] = (int64_t)(intptr_t)s->dialect;
  sl_status rc = is_table ? tolerate(read_facts(s, table, &facts, &why), &why, err) : SL_OK;
  if (rc == SL_OK) {
    rc = add_columns(s, table, &facts, err);
  }
  if (rc == SL_OK && is_table) {
    rc = tolerate(read_key(s, table, &why), &why, err);
  }
  if (rc == SL_OK && is_table) {
    rc = tolerate(estimate_rows(s, table, &why), &why, err);
  }
  facts_release(&facts);
  return rc;
}
