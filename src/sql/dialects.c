/* dialects.c - the list of dialects, built in and registered, and what registered ones change. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <sluice/dialect.h>

#include "sql/dialect.h"

static const struct sl_dialect *const built_in[] = {
  &sl_dialect_bigquery, &sl_dialect_clickhouse, &sl_dialect_db2,      &sl_dialect_duckdb,
  &sl_dialect_mssql,    &sl_dialect_mysql,      &sl_dialect_oracle,   &sl_dialect_postgres,
  &sl_dialect_redshift, &sl_dialect_snowflake,  &sl_dialect_sqlite,   &sl_dialect_starrocks,
  &sl_dialect_trino,    &sl_dialect_ducklake,   &sl_dialect_firebird,
};
enum { BUILT_IN = sizeof built_in / sizeof built_in[0], MOST_REGISTERED = 64 };

/* Only grows; the count is raised when an entry is complete, so that readers need no lock. */
static struct sl_dialect registered[MOST_REGISTERED];
static atomic_size_t n_registered;
static pthread_mutex_t register_lock = PTHREAD_MUTEX_INITIALIZER;

static const struct sl_dialect *dialect_at(size_t i) {
  size_t more = atomic_load(&n_registered);
  return i < BUILT_IN ? built_in[i] : i < BUILT_IN + more ? &registered[i - BUILT_IN] : NULL;
}

const struct sl_dialect *sl_dialect_find(const char *name) {
  const struct sl_dialect *d = NULL;
  for (size_t i = 0; (d = dialect_at(i)) != NULL; i++) {
    if (strcmp(d->name, name) == 0) {
      return d;
    }
  }
  return NULL;
}

/* Registered ones first: they may be finer than what is built in. */
const struct sl_dialect *sl_dialect_of_database(const char *dbms_name) {
  const struct sl_dialect *found = NULL;
  for (size_t i = 0; dialect_at(i) != NULL; i++) {
    const struct sl_dialect *d = dialect_at(i);
    bool fits = d->databases != NULL && sl_dialect_has_word(d->databases, dbms_name);
    found = fits && (found == NULL || d->registered != NULL) ? d : found;
  }
  return found;
}

void sl_dialect_list(struct sl_buffer *out) {
  for (size_t i = 0; dialect_at(i) != NULL; i++) {
    if (dialect_at(i)->capabilities.dialect != NULL) {
      sl_buffer_printf(out, "%s%s", out->length == 0 ? "" : ", ", dialect_at(i)->name);
    }
  }
}

const char *sl_dialect_name(const struct sl_dialect *dialect) {
  return dialect->name;
}

const char *sl_dialect_dlt_name(const struct sl_dialect *dialect) {
  return dialect->dlt_name == NULL ? "sqlalchemy" : dialect->dlt_name;
}

const char *sl_dialect_family(const struct sl_dialect *dialect) {
  while (dialect->registered != NULL) {
    dialect = sl_dialect_find(dialect->registered->like); /* which was there when it came */
  }
  return dialect->name;
}

const struct sl_capabilities *sl_dialect_capabilities(const struct sl_dialect *dialect) {
  return dialect->capabilities.dialect == NULL ? NULL : &dialect->capabilities;
}

bool sl_dialect_has_word(const char *words, const char *text) {
  char word[96];
  for (const char *at = words; at != NULL && *at != '\0';) {
    size_t n = strcspn(at, "|");
    snprintf(word, sizeof word, "%.*s", (int)n, at);
    if (strcasestr(text, word) != NULL) {
      return true;
    }
    at += n + (at[n] == '|');
  }
  return false;
}

bool sl_dialect_undefined(const struct sl_dialect *dialect, const char *sqlstate,
                          const char *message) {
  const struct sl_dialect_registration *r = dialect->registered;
  if (r != NULL && r->is_undefined_relation != NULL) {
    return r->is_undefined_relation(sqlstate, message);
  }
  return sl_dialect_has_word(dialect->undefined_states, sqlstate) ||
         sl_dialect_has_word(dialect->undefined_words, message);
}

/* ---- registration ---- */

sl_status sl_dialect_register(const struct sl_dialect_registration *r, struct sl_error *err) {
  enum {
    OLDEST = offsetof(struct sl_dialect_registration, is_undefined_relation) + sizeof(void *)
  };
  if (r->struct_size < OLDEST || r->name == NULL || r->name[0] == '\0' || r->like == NULL) {
    return sl_fail(err, SL_EUSAGE,
                   "a dialect needs a name and the one that it is like: see "
                   "sluice/dialect.h");
  }
  pthread_mutex_lock(&register_lock);
  const struct sl_dialect *base = sl_dialect_find(r->like);
  size_t n = atomic_load(&n_registered);
  sl_status rc = SL_OK;
  if (sl_dialect_find(r->name) != NULL) {
    rc = sl_fail(err, SL_EUSAGE, "dialect %s is registered already", r->name);
  } else if (base == NULL || n == MOST_REGISTERED) {
    rc = sl_fail(err, SL_EUSAGE, "dialect %s: %s '%s'", r->name,
                 base == NULL ? "there is no dialect" : "too many are registered to add one like",
                 r->like);
  } else {
    struct sl_dialect *d = &registered[n];
    *d = *base;
    d->name = r->name;
    d->databases = r->databases;
    d->registered = r;
    if (r->adjust_capabilities != NULL) {
      r->adjust_capabilities(&d->capabilities);
    }
    d->capabilities.dialect = r->name;
    atomic_store(&n_registered, n + 1);
  }
  pthread_mutex_unlock(&register_lock);
  return rc;
}

static struct sl_dialect_column public_column(const struct sl_column *c) {
  return (struct sl_dialect_column){
    .name = c->name,
    .type = sl_type_name(c->type),
    .precision = c->precision,
    .scale = c->scale,
    .timezone = c->timezone,
    .nullable = c->nullable,
    .primary_key = (c->hints & SL_HINT_PRIMARY_KEY) != 0,
    .unique = (c->hints & SL_HINT_UNIQUE) != 0,
    .partition = (c->hints & SL_HINT_PARTITION) != 0,
    .cluster = (c->hints & SL_HINT_CLUSTER) != 0,
    .sort = (c->hints & SL_HINT_SORT) != 0,
  };
}

bool sl_dialect_registered_type(const struct sl_sql_context *sql, const struct sl_column *column,
                                struct sl_buffer *out) {
  const struct sl_dialect_registration *r = sql->dialect->registered;
  char type[256] = "";
  if (r == NULL || r->map_type == NULL) {
    return false;
  }
  struct sl_dialect_column c = public_column(column);
  bool mapped = r->map_type(&c, type, sizeof type);
  sl_buffer_text(out, mapped ? type : "");
  return mapped;
}

sl_status sl_dialect_adapt(const struct sl_sql_context *sql, const struct sl_table *table,
                           const struct sl_column **columns, size_t n, struct sl_buffer *options,
                           struct sl_error *err) {
  enum { OPTION_BYTES = 4096 };
  const struct sl_dialect_registration *r = sql->dialect->registered;
  if (r == NULL || r->adapt_table == NULL) {
    return SL_OK;
  }
  struct sl_dialect_column *given = sl_calloc_array(n, sizeof *given);
  const struct sl_column **before = sl_alloc_array(n, sizeof *before);
  size_t *order = sl_alloc_array(n, sizeof *order);
  char *text = calloc(1, OPTION_BYTES);
  sl_status rc = given == NULL || before == NULL || order == NULL || text == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for a table")
                     : SL_OK;
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    given[i] = public_column(columns[i]);
    before[i] = columns[i];
    order[i] = i;
  }
  if (rc == SL_OK) {
    snprintf(text, OPTION_BYTES, "%s", options->data == NULL ? "" : options->data);
    r->adapt_table(table->name, given, n, order, text, OPTION_BYTES);
    sl_buffer_reset(options);
    sl_buffer_text(options, text);
  }
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    if (order[i] >= n || before[order[i]] == NULL) {
      rc = sl_fail(err, SL_EUSAGE, "dialect %s gives table %s a wrong order of columns",
                   sql->dialect->name, table->name);
    } else {
      columns[i] = before[order[i]];
      before[order[i]] = NULL;
    }
  }
  free(given);
  free(before);
  free(order);
  free(text);
  return rc;
}
