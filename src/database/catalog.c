/* catalog.c - what a database has to read: tables chosen, described, and told to the engine. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "column/batch.h"
#include "database/select.h"
#include "database/source_internal.h"

static sl_status list_query(struct database *d, struct sl_error *err) {
  struct sl_db_table *table;
  bool named = d->driver->query_on_table;
  sl_status rc = sl_db_tables_add(&d->tables, named ? d->config.settings->schema : NULL,
                                  named ? d->globs : "query", &table, err);
  if (rc == SL_OK) {
    table->query = strdup(d->config.settings->query);
    rc = table->query == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a query") : SL_OK;
  }
  return rc == SL_OK ? sl_db_select_tables(&d->tables, NULL, d->config.settings, d->where, err)
                     : rc;
}

static sl_status list_tables(struct database *d, struct sl_error *err) {
  sl_db_tables_release(&d->tables);
  if (d->config.settings->query != NULL) {
    return list_query(d, err);
  }
  sl_status rc = d->driver->list(d->leader, d->config.settings->schema, &d->tables, err);
  return rc == SL_OK ? sl_db_select_tables(&d->tables, d->globs, d->config.settings, d->where, err)
                     : rc;
}

/* Whether the table has the column, as the source or as the destination writes it (OrderId,
 * order_id). */
static bool has_key(const struct sl_db_table *table, const char *name) {
  for (size_t i = 0; i < table->n_columns; i++) {
    const char *a = table->columns[i].name;
    const char *b = name;
    for (;;) {
      for (; *a != '\0' && !isalnum((unsigned char)*a); a++) {
      }
      for (; *b != '\0' && !isalnum((unsigned char)*b); b++) {
      }
      if (*a == '\0' || tolower((unsigned char)*a) != tolower((unsigned char)*b)) {
        break;
      }
      a++;
      b++;
    }
    if ((*a == '\0' && *b == '\0') || table->columns[i].json) { /* JSON may hold it */
      return true;
    }
  }
  return table->documents;
}

/* The keys that the user names stand in for those of the database. */
static sl_status apply_keys(struct database *d, struct sl_db_table *table, struct sl_error *err) {
  if (d->keys == NULL) {
    return SL_OK;
  }
  for (size_t i = 0; i < table->n_primary_key; i++) {
    free(table->primary_key[i]);
  }
  table->n_primary_key = 0;
  sl_status rc = SL_OK;
  for (const char *at = d->keys; rc == SL_OK && *at != '\0';) {
    size_t length = strcspn(at, ",");
    char name[512];
    const char *start = at + strspn(at, " ");
    snprintf(name, sizeof name, "%.*s", (int)(at + length - start), start);
    rc = d->tables.count > 1 || has_key(table, name) ? sl_db_table_add_key(table, name, err)
                                                     : sl_db_no_column(table, name, err);
    at += length + (at[length] == ',');
  }
  return rc;
}

const struct sl_db_column *sl_db_cursor_of(const struct database *d,
                                           const struct sl_db_table *table) {
  const char *cursor = d->config.settings->cursor;
  return cursor == NULL ? NULL : sl_db_find_column(table, cursor);
}

static sl_status describe_table(struct database *d, struct sl_db_table *table,
                                struct sl_error *err) {
  bool known = d->driver->describe_all != NULL && table->query == NULL;
  sl_status rc = known ? SL_OK : d->driver->describe(d->leader, table, err);
  if (rc == SL_OK && !table->documents) {
    rc = sl_db_select_columns(table, &d->config, d->tables.count == 1, err);
  }
  if (rc == SL_OK) {
    rc = apply_keys(d, table, err);
  }
  const char *cursor = d->config.settings->cursor;
  if (rc == SL_OK && cursor != NULL && sl_db_cursor_of(d, table) == NULL) {
    if (table->documents) { /* any member may be the cursor; it is compared as it is stored */
      struct sl_db_column *column;
      rc = sl_db_table_add_column(table, cursor, "document member", "u", true, &column, err);
    } else if (d->tables.count == 1) {
      rc = sl_db_no_column(table, cursor, err);
    }
  }
  return rc;
}

static char *join_keys(const struct sl_db_table *table) {
  struct sl_buffer text = { 0 };
  for (size_t i = 0; i < table->n_primary_key; i++) {
    sl_buffer_printf(&text, "%s%s", i == 0 ? "" : ",", table->primary_key[i]);
  }
  return sl_buffer_take(&text);
}

static sl_status declare_columns(const struct database *d, const struct sl_db_table *table,
                                 struct ArrowSchema *out, struct sl_error *err) {
  bool with_sizes = strcmp(d->config.settings->reflection, "full_with_precision") == 0;
  struct sl_field *fields = sl_calloc_array(table->n_columns, sizeof *fields);
  size_t n = 0;
  if (fields == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", table->n_columns);
  }
  for (size_t i = 0; i < table->n_columns; i++) {
    const struct sl_db_column *c = &table->columns[i];
    bool sized = c->format[1] == '\0' && strchr("si", c->format[0]) != NULL;
    if (!(c->json && d->expands)) { /* what is in the JSON decides, when it is read */
      fields[n++] = (struct sl_field){ .name = c->name,
                                       .format = sized && !with_sizes ? "l" : c->format,
                                       .nullable = c->nullable };
    }
  }
  sl_status rc = sl_schema_struct(out, fields, n, err);
  for (size_t i = 0; rc == SL_OK && !d->expands && i < table->n_columns; i++) {
    if (table->columns[i].json) {
      sl_schema_mark_json(out->children[i]);
    }
  }
  free(fields);
  return rc;
}

static const char *disposition_of(const struct database *d, const struct sl_db_table *table) {
  if (sl_db_cursor_of(d, table) == NULL) {
    return "replace";
  }
  return table->n_primary_key > 0 ? "merge" : "append";
}

static sl_status fill_catalog(struct database *d, const struct sl_db_table *table,
                              struct sl_source_table *out, struct sl_error *err) {
  const char *reflection = d->config.settings->reflection;
  struct sl_buffer name = { 0 };
  struct sl_buffer about = { 0 };
  sl_buffer_printf(&name, "%s%s%s", table->schema == NULL ? "" : table->schema,
                   table->schema == NULL ? "" : ".", table->name);
  sl_buffer_printf(&about, "%s %s", table->view ? "view" : "table", name.data);
  *out = (struct sl_source_table){
    .name = sl_buffer_take(&name),
    .target = strdup(table->target),
    .description = sl_buffer_take(&about),
    .rows = table->rows,
    .bytes = -1, /* bytes on the server's disk say little about bytes on the wire */
    .estimate = table->estimate,
    .documents = table->documents,
    .declared = !table->documents && strcmp(reflection, "minimal") != 0,
    .primary_key = table->n_primary_key == 0 ? NULL : join_keys(table),
    .write_disposition = disposition_of(d, table),
  };
  if (out->name == NULL || out->target == NULL || out->description == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the catalog");
  }
  return table->documents ? SL_OK : declare_columns(d, table, &out->schema, err);
}

struct named { /* tables that one warning is about */
  struct sl_buffer text;
  size_t count;
};

static void name_table(struct named *n, const char *table) {
  enum { MOST_NAMED = 5 };
  if (n->count < MOST_NAMED) {
    sl_buffer_printf(&n->text, "%s%s", n->count == 0 ? "" : ", ", table);
  } else if (n->count == MOST_NAMED) {
    sl_buffer_text(&n->text, ", …");
  }
  n->count++;
}

static void warn_of(const struct database *d, struct named *n, const char *before,
                    const char *after) {
  sl_buffer_printf(&n->text, ": %s %s, %s", before, d->config.settings->cursor, after);
  if (n->count > 0 && !n->text.failed) {
    d->config.warn(d->config.warn_arg, n->text.data);
  }
  sl_buffer_release(&n->text);
}

/* What a user should know of the cursor's tables, one warning each. */
static void warn_of_cursor(struct database *d) {
  const char *cursor = d->config.settings->cursor;
  struct named whole = { 0 };
  struct named slow = { 0 };
  if (cursor == NULL || d->config.warn == NULL) {
    return;
  }
  for (size_t i = 0; i < d->tables.count; i++) {
    const struct sl_db_table *table = &d->tables.items[i];
    if (sl_db_cursor_of(d, table) == NULL) {
      name_table(&whole, table->name);
    } else if (table->query == NULL && d->driver->has_index != NULL &&
               !d->driver->has_index(d->leader, table, cursor)) {
      name_table(&slow, table->name);
    }
  }
  warn_of(d, &whole, "no column", "so loaded whole and replaced");
  warn_of(d, &slow, "no index begins with the cursor",
          "so each load reads the whole table on the server");
}

sl_status sl_db_source_discover(struct sl_source *base, struct sl_catalog *out,
                                struct sl_error *err) {
  struct database *d = (struct database *)base;
  sl_db_stop_reading(d);
  sl_status rc = sl_db_connect_leader(d, err);
  if (rc == SL_OK) {
    rc = list_tables(d, err);
  }
  if (rc == SL_OK && d->driver->describe_all != NULL && d->config.settings->query == NULL) {
    rc = d->driver->describe_all(d->leader, &d->tables, err);
  }
  if (rc == SL_OK) {
    out->tables = sl_calloc_array(d->tables.count, sizeof *out->tables);
    rc = out->tables == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for the catalog") : SL_OK;
  }
  for (size_t i = 0; rc == SL_OK && i < d->tables.count; i++) {
    rc = d->cancelled ? sl_db_stopped(d, err) : describe_table(d, &d->tables.items[i], err);
    if (rc == SL_OK) {
      rc = fill_catalog(d, &d->tables.items[i], &out->tables[out->n_tables++], err);
    }
  }
  if (rc == SL_OK) {
    warn_of_cursor(d);
  }
  return rc != SL_OK && d->cancelled ? sl_db_stopped(d, err) : rc;
}
