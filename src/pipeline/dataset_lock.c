/* dataset_lock.c - see dataset_lock.h. */
#include "pipeline/dataset_lock.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "pipeline/query.h"
#include "pipeline/retry.h"

struct wanted { /* borrowed */
  const struct sl_sql_context *sql;
  struct sl_destination *destination;
  const char *dataset, *pipeline;
  const char *advice;   /* behind who has it */
  struct sl_run *warns; /* NULL = nobody is told that the server has no such locks */
};

/* Of both names; a NUL stands in no name. */
static uint64_t key_of(const struct wanted *w) {
  struct sl_buffer name = { 0 };
  sl_buffer_printf(&name, "%s%c%s", w->dataset, '\0', w->pipeline == NULL ? "" : w->pipeline);
  uint64_t key = name.data == NULL ? 0 : sl_hash64(name.data, name.length);
  sl_buffer_release(&name);
  return key;
}

/* A server that only looks like one with locks must not keep anybody from loading. */
static sl_status go_without(const struct wanted *w, const struct sl_error *why) {
  struct sl_buffer text = { 0 };
  sl_buffer_printf(&text,
                   "nothing keeps another machine from loading pipeline %s at the same time: %s",
                   w->pipeline, why->message);
  if (!text.failed && w->warns != NULL) {
    sl_run_warn(w->warns, text.data);
  }
  sl_buffer_release(&text);
  return SL_OK;
}

static sl_status try_lock(const struct wanted *w, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  struct sl_buffer holder = { 0 };
  struct sl_error why = { 0 };
  char host[128] = "";
  char who[64]; /* as much as PostgreSQL keeps */
  bool found = false;
  gethostname(host, sizeof host - 1);
  snprintf(who, sizeof who, "sluice %ld@%.40s", (long)getpid(), host);
  if (!sl_sql_try_lock(w->sql, key_of(w), who, &sql)) {
    return SL_OK;
  }
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = sl_query_text(w->destination, sql.data, &holder, &found, &why);
    if (rc == SL_EDEST && !why.retryable) {
      rc = go_without(w, &why);
    } else if (rc != SL_OK && err != NULL) {
      *err = why;
    }
  }
  if (rc == SL_OK && found && holder.length > 0) {
    rc = sl_fail(err, SL_EBUSY,
                 "pipeline %s is being loaded into dataset %s by another machine or process: %s. "
                 "%s",
                 w->pipeline, w->dataset, holder.data, w->advice);
    if (err != NULL) {
      err->retryable = true;
    }
  }
  sl_buffer_release(&sql);
  sl_buffer_release(&holder);
  return rc;
}

static sl_status try_once(struct sl_run *run, struct sl_error *err) {
  const struct wanted w = {
    .sql = &run->sql,
    .destination = run->destination,
    .dataset = run->dataset,
    .pipeline = run->pipeline,
    .advice = "Wait for it to end (--lock-wait), or give this load another --pipeline name",
    .warns = run
  };
  return try_lock(&w, err);
}

sl_status sl_dataset_lock_take(struct sl_run *run, struct sl_error *err) {
  return sl_run_wait_while_busy(run, try_once, err);
}

/* ---- of what is no load ---- */

struct names {
  char **items;
  size_t n, capacity;
};

static sl_status take_name(void *arg, const char *const *values, struct sl_error *err) {
  struct names *names = arg;
  for (size_t i = 0; i < names->n; i++) {
    if (strcmp(names->items[i], values[0]) == 0) {
      return SL_OK;
    }
  }
  sl_status rc = sl_grow(&names->items, &names->capacity, names->n + 1, sizeof *names->items, err);
  char *copy = rc == SL_OK ? strdup(values[0]) : NULL;
  if (rc == SL_OK && copy == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for names of pipelines");
  }
  if (rc == SL_OK) {
    names->items[names->n++] = copy;
  }
  return rc;
}

static sl_status pipelines_of(struct sl_target *t, struct names *names, struct sl_error *err) {
  static const char *const column[] = { "pipeline_name" };
  struct sl_table_name states = { .dataset = t->dataset, .table = "_dlt_pipeline_state" };
  struct sl_buffer sql = { 0 };
  bool exists = false;
  sl_status rc = sl_query_exists(t->destination, &states, &exists, err);
  if (rc == SL_OK && exists) {
    sl_query_columns(&t->sql, &states, column, 1, &sql);
    rc = sl_buffer_check(&sql, err);
    rc = rc == SL_OK ? sl_query_rows(t->destination, sql.data, take_name, names, err) : rc;
  }
  sl_buffer_release(&sql);
  return rc;
}

sl_status sl_dataset_lock_target(struct sl_target *t, struct sl_error *err) {
  struct wanted w = { .sql = &t->sql,
                      .destination = t->destination,
                      .dataset = t->dataset,
                      .pipeline = t->pipeline,
                      .advice = "Nothing was changed: wait for it to end" };
  struct names names = { 0 };
  struct sl_buffer unused = { 0 };
  bool locks = sl_sql_try_lock(&t->sql, 0, "", &unused);
  sl_buffer_release(&unused);
  if (t->pipeline != NULL || !locks) {
    return try_lock(&w, err);
  }
  sl_status rc = pipelines_of(t, &names, err);
  for (size_t i = 0; i < names.n; i++) {
    w.pipeline = names.items[i];
    rc = rc == SL_OK ? try_lock(&w, err) : rc;
    free(names.items[i]);
  }
  free(names.items);
  return rc;
}
