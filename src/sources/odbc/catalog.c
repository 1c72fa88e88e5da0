/* catalog.c - tables and views by SQLTables, indexes by SQLStatistics. */
#include <stdio.h>
#include <stdlib.h>

#include "odbc/text.h"
#include "odbc_internal.h"

/* Columns of the results, as the standard numbers them. */
enum { TABLES_CATALOG = 1, TABLES_SCHEMA = 2, TABLES_NAME = 3, TABLES_TYPE = 4 };
enum { STATISTICS_TYPE = 7, STATISTICS_ORDINAL = 8, STATISTICS_COLUMN = 9, STATISTICS_ROWS = 11 };

struct found { /* one row of SQLTables */
  struct sl_buffer catalog, schema, name, type;
};

static void found_release(struct found *f) {
  sl_buffer_release(&f->catalog);
  sl_buffer_release(&f->schema);
  sl_buffer_release(&f->name);
  sl_buffer_release(&f->type);
}

static const char *text_of(const struct sl_buffer *b) {
  return b->data == NULL ? "" : b->data;
}

static sl_status read_found(struct odbc_session *s, struct found *f, struct sl_error *err) {
  bool null;
  sl_status rc = odbc_get_text(&s->link, TABLES_CATALOG, &f->catalog, &null, err);
  rc = rc == SL_OK ? odbc_get_text(&s->link, TABLES_SCHEMA, &f->schema, &null, err) : rc;
  rc = rc == SL_OK ? odbc_get_text(&s->link, TABLES_NAME, &f->name, &null, err) : rc;
  return rc == SL_OK ? odbc_get_text(&s->link, TABLES_TYPE, &f->type, &null, err) : rc;
}

/* The catalog that is read when the user names none. malloc'ed, "" = all or none. */
static char *current_catalog(const struct odbc_session *s) {
  char name[256];
  odbc_info_text(&s->link, SQL_DATABASE_NAME, name, sizeof name);
  return strdup(name);
}

static bool is_readable(const char *type) {
  return !odbc_has_word("SYSTEM|INDEX|SEQUENCE|TOAST|TEMPORARY", type) &&
         odbc_has_word("TABLE|VIEW|SYNONYM|ALIAS", type);
}

struct filter {
  const char *globs;   /* of schemas; NULL = `only`, or all but the system's */
  const char *only;    /* the one schema that is read without --schema; NULL = all */
  const char *catalog; /* "" = any */
};

static bool is_wanted(const struct odbc_session *s, const struct found *f,
                      const struct filter *filter) {
  const char *schema = text_of(s->catalog_schemas ? &f->catalog : &f->schema);
  if (!is_readable(text_of(&f->type))) {
    return false;
  }
  if (!s->catalog_schemas && filter->catalog[0] != '\0' && text_of(&f->catalog)[0] != '\0' &&
      strcasecmp(text_of(&f->catalog), filter->catalog) != 0) {
    return false;
  }
  if (filter->globs != NULL) {
    return sl_text_glob_list(filter->globs, schema);
  }
  return filter->only != NULL ? schema[0] == '\0' || strcmp(schema, filter->only) == 0
                              : !sl_text_glob_list(s->dialect->system_schemas, schema);
}

static sl_status add_found(const struct odbc_session *s, const struct found *f,
                           struct sl_db_tables *out, struct sl_error *err) {
  const char *schema = text_of(s->catalog_schemas ? &f->catalog : &f->schema);
  struct sl_db_table *table;
  sl_status rc =
      sl_db_tables_add(out, schema[0] == '\0' ? NULL : schema, text_of(&f->name), &table, err);
  if (rc == SL_OK) {
    table->view = !odbc_has_word("TABLE", text_of(&f->type));
  }
  return rc;
}

static sl_status list_found(struct odbc_session *s, const struct filter *filter,
                            struct sl_db_tables *out, struct sl_error *err) {
  struct found f = { 0 };
  bool end = false;
  bool all = s->catalog_schemas && filter->globs != NULL; /* other catalogs than the own one */
  const char *catalog = all || filter->catalog[0] == '\0' ? NULL : filter->catalog;
  sl_status rc = odbc_catalog(&s->link, ODBC_TABLES, all ? "%" : catalog, NULL, NULL, err);
  while (rc == SL_OK && !end) {
    rc = odbc_fetch_row(&s->link, &end, err);
    if (rc == SL_OK && !end) {
      rc = read_found(s, &f, err);
    }
    if (rc == SL_OK && !end && is_wanted(s, &f, filter)) {
      rc = add_found(s, &f, out, err);
    }
  }
  odbc_end(&s->link);
  found_release(&f);
  return rc;
}

sl_status odbc_list(struct sl_db_session *base, const char *schemas, struct sl_db_tables *out,
                    struct sl_error *err) {
  struct odbc_session *s = odbc_session_of(base);
  char *only = NULL;
  char *catalog = s->settings->catalog != NULL ? strdup(s->settings->catalog) : current_catalog(s);
  sl_status rc = catalog == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a name") : SL_OK;
  if (rc == SL_OK && schemas == NULL && s->catalog_schemas && catalog[0] != '\0') {
    only = strdup(catalog);
  } else if (rc == SL_OK && schemas == NULL && s->dialect->current_schema != NULL) {
    rc = odbc_query_text(&s->link, s->dialect->current_schema, "asking for the current schema",
                         &only, err);
  }
  if (rc == SL_OK) {
    struct filter filter = { schemas, only, catalog };
    rc = list_found(s, &filter, out, err);
  }
  free(only);
  free(catalog);
  return rc;
}

/* ---- indexes ---- */

bool odbc_has_index(struct sl_db_session *base, const struct sl_db_table *table,
                    const char *column) {
  struct odbc_session *s = odbc_session_of(base);
  struct sl_buffer name = { 0 };
  struct sl_error ignored;
  bool end = false;
  bool null, found = false;
  bool known = false; /* a driver that lists no index at all may simply not know */
  const char *catalog = s->catalog_schemas      ? table->schema
                        : s->catalog[0] != '\0' ? s->catalog
                                                : NULL;
  sl_status rc = odbc_catalog(&s->link, ODBC_STATISTICS, catalog,
                              s->catalog_schemas ? NULL : table->schema, table->name, &ignored);
  while (rc == SL_OK && !end && !found) {
    int64_t type = 0;
    int64_t ordinal = 0;
    rc = odbc_fetch_row(&s->link, &end, &ignored);
    if (rc != SL_OK || end) {
      break;
    }
    rc = odbc_get_integer(&s->link, STATISTICS_TYPE, &type, &null, &ignored);
    if (rc == SL_OK && type != SQL_TABLE_STAT) {
      rc = odbc_get_integer(&s->link, STATISTICS_ORDINAL, &ordinal, &null, &ignored);
    }
    if (rc == SL_OK && type != SQL_TABLE_STAT) {
      rc = odbc_get_text(&s->link, STATISTICS_COLUMN, &name, &null, &ignored);
      known = true;
      found = rc == SL_OK && ordinal == 1 && strcmp(text_of(&name), column) == 0;
    }
  }
  odbc_end(&s->link);
  sl_buffer_release(&name);
  return found || !known;
}
