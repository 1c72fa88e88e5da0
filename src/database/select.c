/* select.c - see select.h. */
#include "database/select.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

static bool has_wildcard(const char *pattern) {
  return strpbrk(pattern, "*?[") != NULL;
}

/* "public.orders", or "orders" without a schema. malloc'ed. */
static char *full_name(const struct sl_db_table *t) {
  struct sl_buffer text = { 0 };
  if (t->schema != NULL) {
    sl_buffer_printf(&text, "%s.", t->schema);
  }
  sl_buffer_text(&text, t->name);
  return sl_buffer_take(&text);
}

static bool matches(const char *globs, const struct sl_db_table *t, const char *full) {
  return sl_text_glob_list(globs, t->name) || (full != NULL && sl_text_glob_list(globs, full));
}

/* The next part of a comma-separated list, trimmed. False at the end. */
static bool next_pattern(const char **rest, char out[512]) {
  while (**rest == ',' || **rest == ' ') {
    (*rest)++;
  }
  size_t length = strcspn(*rest, ",");
  if (length == 0) {
    return false;
  }
  snprintf(out, 512, "%.*s", (int)length, *rest);
  *rest += length;
  for (size_t n = strlen(out); n > 0 && out[n - 1] == ' '; n--) {
    out[n - 1] = '\0';
  }
  return true;
}

static sl_status fail_no_table(const struct sl_db_tables *tables, const char *pattern,
                               const char *where, struct sl_error *err) {
  const char *dot = strrchr(pattern, '.');
  const char *wanted = dot == NULL ? pattern : dot + 1;
  const char *nearest = NULL;
  size_t best = strlen(wanted) / 3 + 2;
  for (size_t i = 0; i < tables->count; i++) {
    size_t distance = sl_text_distance(wanted, tables->items[i].name, best);
    if (distance < best) {
      best = distance;
      nearest = tables->items[i].name;
    }
  }
  return sl_fail(
      err, SL_ENOTFOUND,
      "%s has no table '%s'%s%s%s that can be read; `sluice inspect` lists all, --schema "
      "reads other schemas",
      where, pattern, nearest == NULL ? "" : " (did you mean '", nearest == NULL ? "" : nearest,
      nearest == NULL ? "" : "'?)");
}

/* Each name that is no pattern must be there. */
static sl_status check_names(const struct sl_db_tables *tables, const char *globs,
                             const char *where, struct sl_error *err) {
  char pattern[512];
  const char *rest = globs;
  while (rest != NULL && next_pattern(&rest, pattern)) {
    bool found = false;
    for (size_t i = 0; !found && i < tables->count; i++) {
      char *full = full_name(&tables->items[i]);
      found = matches(pattern, &tables->items[i], full);
      free(full);
    }
    if (!found) {
      return fail_no_table(tables, pattern, where, err);
    }
  }
  return SL_OK;
}

static bool is_wanted(const struct sl_db_table *t, const char *globs,
                      const struct sl_db_settings *s) {
  char pattern[512];
  char *full = full_name(t);
  bool wanted = globs == NULL ? !t->view || s->include_views : matches(globs, t, full);
  if (wanted && globs != NULL && t->view && !s->include_views) { /* views: by their very name */
    wanted = false;
    for (const char *rest = globs; !wanted && next_pattern(&rest, pattern);) {
      wanted = !has_wildcard(pattern) && matches(pattern, t, full);
    }
  }
  if (wanted && t->part) { /* so are parts of other tables */
    wanted = false;
    for (const char *rest = globs; globs != NULL && !wanted && next_pattern(&rest, pattern);) {
      wanted = !has_wildcard(pattern) && matches(pattern, t, full);
    }
  }
  wanted = wanted && (s->exclude_tables == NULL || !matches(s->exclude_tables, t, full));
  free(full);
  return wanted;
}

static sl_status name_targets(struct sl_db_tables *tables, struct sl_error *err) {
  for (size_t i = 0; i < tables->count; i++) {
    struct sl_db_table *t = &tables->items[i];
    bool alone = true;
    for (size_t j = 0; alone && j < tables->count; j++) {
      alone = i == j || strcmp(t->name, tables->items[j].name) != 0;
    }
    struct sl_buffer name = { 0 };
    if (!alone && t->schema != NULL) {
      sl_buffer_printf(&name, "%s_", t->schema);
    }
    sl_buffer_text(&name, t->name);
    t->target = sl_buffer_take(&name);
    if (t->target == NULL) {
      return sl_fail(err, SL_ENOMEM, "out of memory for the name of table %s", t->name);
    }
  }
  return SL_OK;
}

sl_status sl_db_select_tables(struct sl_db_tables *tables, const char *globs,
                              const struct sl_db_settings *settings, const char *where,
                              struct sl_error *err) {
  sl_status rc = check_names(tables, globs, where, err);
  size_t kept = 0;
  for (size_t i = 0; rc == SL_OK && i < tables->count; i++) {
    struct sl_db_table t = tables->items[i];
    tables->items[i] = (struct sl_db_table){ 0 };
    if (is_wanted(&t, globs, settings)) {
      tables->items[kept++] = t;
    } else {
      sl_db_table_release(&t);
    }
  }
  if (rc == SL_OK) {
    tables->count = kept;
    rc = kept > 0 ? name_targets(tables, err)
                  : sl_fail(err, SL_ENOTFOUND,
                            "%s has no table to read%s; is the schema right (--schema), may the "
                            "user read it, are there only views (--include-views)?",
                            where, globs == NULL ? "" : " of that name");
  }
  return rc;
}

const struct sl_db_column *sl_db_find_column(const struct sl_db_table *table, const char *name) {
  for (size_t i = 0; i < table->n_columns; i++) {
    if (strcmp(table->columns[i].name, name) == 0) {
      return &table->columns[i];
    }
  }
  return NULL;
}

sl_status sl_db_no_column(const struct sl_db_table *table, const char *name, struct sl_error *err) {
  const char *nearest = NULL;
  size_t best = strlen(name) / 3 + 2;
  for (size_t i = 0; i < table->n_columns; i++) {
    size_t distance = sl_text_distance(name, table->columns[i].name, best);
    if (distance < best) {
      best = distance;
      nearest = table->columns[i].name;
    }
  }
  return sl_fail(err, SL_ENOTFOUND, "table %s has no column '%s'%s%s%s", table->name, name,
                 nearest == NULL ? "; `sluice inspect` lists them" : " (did you mean '",
                 nearest == NULL ? "" : nearest, nearest == NULL ? "" : "'?)");
}

/* Each name in the list that is no pattern must be a column. */
static sl_status check_columns(const struct sl_db_table *table, const char *globs,
                               struct sl_error *err) {
  char pattern[512];
  const char *rest = globs;
  while (rest != NULL && next_pattern(&rest, pattern)) {
    if (!has_wildcard(pattern) && sl_db_find_column(table, pattern) == NULL) {
      return sl_db_no_column(table, pattern, err);
    }
  }
  return SL_OK;
}

static bool column_is_wanted(const struct sl_db_table *table, const struct sl_db_column *c,
                             const struct sl_db_config *config) {
  const struct sl_db_settings *s = config->settings;
  if ((s->include_columns != NULL && !sl_text_glob_list(s->include_columns, c->name)) ||
      (s->exclude_columns != NULL && sl_text_glob_list(s->exclude_columns, c->name))) {
    return false;
  }
  if (c->unsupported && config->warn != NULL) {
    char message[512];
    snprintf(message, sizeof message,
             "table %s: column %s of type %s cannot be read and is left out", table->name, c->name,
             c->type_name);
    config->warn(config->warn_arg, message);
  }
  return !c->unsupported;
}

static void forget_key(struct sl_db_table *table, const char *column) {
  bool whole = true;
  for (size_t i = 0; i < table->n_primary_key; i++) {
    whole = whole && strcmp(table->primary_key[i], column) != 0;
  }
  for (size_t i = 0; !whole && i < table->n_primary_key; i++) {
    free(table->primary_key[i]);
  }
  table->n_primary_key = whole ? table->n_primary_key : 0;
}

sl_status sl_db_select_columns(struct sl_db_table *table, const struct sl_db_config *config,
                               bool only, struct sl_error *err) {
  const struct sl_db_settings *s = config->settings;
  size_t kept = 0;
  if (only) { /* of several tables, only some need to have a column that is named */
    sl_status rc = check_columns(table, s->include_columns, err);
    rc = rc == SL_OK ? check_columns(table, s->exclude_columns, err) : rc;
    if (rc != SL_OK) {
      return rc;
    }
  }
  for (size_t i = 0; i < table->n_columns; i++) {
    struct sl_db_column c = table->columns[i];
    if (column_is_wanted(table, &c, config)) {
      table->columns[kept++] = c;
    } else {
      forget_key(table, c.name);
      free(c.name);
      free(c.type_name);
      free(c.expression);
    }
  }
  table->n_columns = kept;
  for (size_t i = 0; i < kept; i++) {
    if (table->columns[i].denied) {
      return sl_fail(err, SL_ESOURCE,
                     "table %s: the user may not read column %s; let an owner of the table grant "
                     "it, or leave the column out with --exclude-columns",
                     table->name, table->columns[i].name);
    }
  }
  return kept > 0 ? SL_OK
                  : sl_fail(err, SL_EUSAGE,
                            "table %s: no column is left to read; see --include-columns and "
                            "--exclude-columns",
                            table->name);
}
