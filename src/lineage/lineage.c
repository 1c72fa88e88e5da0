/* lineage.c - see lineage.h. */
#include "lineage/lineage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time.h"
#include "lineage/lineage_internal.h"
#include "project/warehouse.h"

/* Nobody waits for events while a sync runs, and not for long at its end. */
static const struct sl_http_settings haste = {
  .connect_ms = 2000, .stall_ms = 5000, .total_ms = 5000, .tries = 2, .wait_ms = 500
};
enum { PATIENCE_SECONDS = 3 };

void sl_lineage_uuid(char out[37]) {
  unsigned char b[16] = { 0 };
  ssize_t n = getrandom(b, sizeof b, 0);
  (void)n; /* so few bytes come always */
  b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
  b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
  size_t at = 0;
  for (size_t i = 0; i < sizeof b; i++) {
    at += (size_t)snprintf(out + at, 37 - at, "%s%02x",
                           i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
  }
}

static void post_failed(void *arg, const char *receiver, const char *why) {
  struct sl_lineage *l = arg;
  char message[300];
  snprintf(message, sizeof message, "an event did not reach %s: %s", receiver, why);
  l->warn(l->arg, message);
}

static void write_line(struct sl_lineage *l, const char *json) {
  struct sl_buffer line = { 0 };
  sl_buffer_printf(&line, "%s\n", json);
  int fd = open(l->target.file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  bool good = fd >= 0 && !line.failed && write(fd, line.data, line.length) == (ssize_t)line.length;
  if (!good && !l->warned) {
    char message[4400];
    snprintf(message, sizeof message, "OpenLineage events cannot be written to %s: %s",
             l->target.file, strerror(errno));
    l->warned = true;
    l->warn(l->arg, message);
  }
  if (fd >= 0) {
    close(fd);
  }
  sl_buffer_release(&line);
}

static void emit(struct sl_lineage *l, char *json) {
  if (json != NULL && l->posts != NULL) {
    sl_post_queue_send(l->posts, "OpenLineage", l->target.url, json);
  } else if (json != NULL) {
    write_line(l, json);
  }
  free(json);
}

/* ---- what was loaded ---- */

static sl_status take_column(void *arg, const char *const *texts, size_t n, struct sl_error *err) {
  yyjson_mut_doc *doc = arg;
  (void)n;
  (void)err;
  yyjson_mut_val *root = yyjson_mut_doc_get_root(doc);
  if (texts[0] == NULL || texts[1] == NULL || texts[2] == NULL || texts[0][0] == '_') {
    return SL_OK;
  }
  yyjson_mut_val *table = yyjson_mut_obj_get(root, texts[0]);
  if (table == NULL) {
    table = yyjson_mut_obj(doc);
    yyjson_mut_obj_add(root, yyjson_mut_strcpy(doc, texts[0]), table);
  }
  yyjson_mut_obj_add(table, yyjson_mut_strcpy(doc, texts[1]), yyjson_mut_strcpy(doc, texts[2]));
  return SL_OK;
}

/* Without them events have no columns. */
static void read_columns(const struct sl_lineage *l, struct sl_lineage_run *run) {
  struct sl_warehouse warehouse;
  struct sl_buffer sql = { 0 };
  run->raw = yyjson_mut_doc_new(NULL);
  if (run->raw == NULL) {
    return;
  }
  yyjson_mut_doc_set_root(run->raw, yyjson_mut_obj(run->raw));
  sl_buffer_printf(&sql,
                   "SELECT table_name, column_name, data_type FROM information_schema.columns "
                   "WHERE table_schema = 'raw_%s' ORDER BY table_name, ordinal_position",
                   run->source);
  if (!sql.failed &&
      sl_warehouse_open(l->project, SL_WAREHOUSE_SHARED, 0, &warehouse, NULL) == SL_OK) {
    sl_status rc = sl_warehouse_query(&warehouse, sql.data, take_column, run->raw, NULL);
    (void)rc;
    sl_warehouse_close(&warehouse);
  }
  sl_buffer_release(&sql);
}

/* ---- from start to end ---- */

struct sl_lineage *sl_lineage_open(const struct sl_project *project,
                                   const struct sl_sources *sources,
                                   void (*warn)(void *arg, const char *message), void *arg) {
  struct sl_error err;
  struct sl_lineage *l = calloc(1, sizeof *l);
  if (l == NULL) {
    return NULL;
  }
  *l = (struct sl_lineage){ .project = project, .sources = sources, .warn = warn, .arg = arg };
  sl_status rc = sl_lineage_target_read(&l->target, project, &err);
  if (rc == SL_OK && l->target.url != NULL) {
    struct sl_post_queue_settings settings = {
      .http = haste,
      .headers = (const char *const *)&l->target.authorization,
      .n_headers = l->target.authorization == NULL ? 0 : 1,
      .failed = post_failed,
      .arg = l,
    };
    rc = sl_post_queue_new(&l->posts, &settings, &err);
  }
  if (rc != SL_OK) {
    warn(arg, err.message);
  }
  if (rc != SL_OK || (l->target.url == NULL && l->target.file == NULL)) {
    sl_lineage_target_release(&l->target);
    free(l);
    return NULL;
  }
  return l;
}

static struct sl_lineage_run *find_run(struct sl_lineage *l, const char *source) {
  for (size_t i = 0; i < l->n; i++) {
    if (strcmp(l->runs[i].source, source) == 0) {
      return &l->runs[i];
    }
  }
  char *name = strdup(source);
  if (name == NULL || sl_grow(&l->runs, &l->capacity, l->n + 1, sizeof *l->runs, NULL) != SL_OK) {
    free(name);
    return NULL;
  }
  struct sl_lineage_run *run = &l->runs[l->n++];
  *run = (struct sl_lineage_run){ .source = name };
  sl_lineage_uuid(run->id);
  return run;
}

void sl_lineage_note(struct sl_lineage *l, const struct sl_sync_event *event) {
  bool finished = event->kind == SL_EVENT_FINISHED;
  struct sl_lineage_run *run = NULL;
  if (event->source != NULL && (finished || event->kind == SL_EVENT_STARTED)) {
    run = find_run(l, event->source);
  }
  if (run != NULL && finished && event->result->n_tables > 0) {
    read_columns(l, run);
  }
  if (run != NULL) {
    emit(l, sl_lineage_sync_event(l, run, finished ? event->result : NULL, event->micros));
  }
}

void sl_lineage_close(struct sl_lineage *l) {
  if (l == NULL) {
    return;
  }
  for (size_t i = 0; i < l->n; i++) {
    if (l->runs[i].raw != NULL) {
      emit(l, sl_lineage_staging_event(l, &l->runs[i], sl_now_micros()));
    }
    yyjson_mut_doc_free(l->runs[i].raw);
    free(l->runs[i].source);
  }
  sl_post_queue_free(l->posts, PATIENCE_SECONDS);
  sl_lineage_target_release(&l->target);
  free(l->runs);
  free(l);
}
