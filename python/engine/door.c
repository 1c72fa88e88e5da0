/* door.c - see door.h: the engine's side. */
#include "door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sluice/builder.h>

void door_init(struct door *door, int64_t limit) {
  *door = (struct door){ .base.ops = &door_ops, .limit = limit };
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init(&door->lock, NULL);
  pthread_cond_init(&door->changed, &monotonic);
  pthread_condattr_destroy(&monotonic);
}

void door_forget_hints(struct door *door) {
  for (size_t i = 0; i < door->n_hints; i++) {
    free(door->hints[i].name);
    free(door->hints[i].text);
  }
  free(door->hints);
  door->hints = NULL;
  door->n_hints = 0;
}

void door_forget_tables(struct door *door) {
  for (size_t i = 0; i < door->n_tables; i++) {
    free(door->tables[i].name);
    free(door->tables[i].target);
    free(door->tables[i].native_table);
  }
  free(door->tables);
  door->tables = NULL;
  door->n_tables = 0;
}

static void drop_blocks(struct door *door) {
  while (door->first != NULL) {
    struct door_block *next = door->first->next;
    door->first->block.release(&door->first->block);
    free(door->first);
    door->first = next;
  }
  door->bytes = 0;
}

void door_release(struct door *door) {
  drop_blocks(door);
  door_forget_hints(door);
  door_forget_tables(door);
  free(door->text);
  free(door->failure);
  pthread_cond_destroy(&door->changed);
  pthread_mutex_destroy(&door->lock);
}

/* A source that reads for itself may be waiting for its server. */
static void cancel_native(struct door *door) {
  pthread_mutex_lock(&door->lock);
  struct native *native = door->question == DOOR_ENDED ? NULL : door->reading;
  pthread_mutex_unlock(&door->lock);
  if (native != NULL && native->ops->cancel != NULL) {
    native->ops->cancel(native->source);
  }
}

void door_stop(struct door *door) {
  pthread_mutex_lock(&door->lock);
  door->stopped = true;
  pthread_cond_broadcast(&door->changed);
  pthread_mutex_unlock(&door->lock);
}

void door_fail(struct door *door, const char *why) {
  pthread_mutex_lock(&door->lock);
  if (door->failure == NULL) {
    door->failure = strdup(why);
  }
  door->stopped = true;
  pthread_cond_broadcast(&door->changed);
  pthread_mutex_unlock(&door->lock);
  cancel_native(door);
}

void door_end(struct door *door) {
  pthread_mutex_lock(&door->lock);
  door->stopped = true;
  door->question = DOOR_ENDED;
  pthread_cond_broadcast(&door->changed);
  pthread_mutex_unlock(&door->lock);
}

void door_note_progress(const struct sl_progress *progress, void *arg) {
  struct door *door = arg;
  pthread_mutex_lock(&door->lock);
  door->progress = *progress;
  snprintf(door->progress_table, sizeof door->progress_table, "%s", progress->table);
  door->progress.table = door->progress_table;
  pthread_mutex_unlock(&door->lock);
}

static sl_status given_up(const struct door *door, struct sl_error *err) {
  return door->failure != NULL ? sl_fail(err, SL_ESOURCE, "%s", door->failure)
                               : sl_fail(err, SL_ECANCELLED, "the load was given up");
}

/* Asks and waits for the answer, with the lock held on return in both cases. */
static sl_status ask(struct door *door, enum door_question question, int64_t table,
                     const char *text, struct sl_error *err) {
  pthread_mutex_lock(&door->lock);
  free(door->text);
  door->text = text == NULL ? NULL : strdup(text);
  door->question = question;
  door->table = table;
  door->answered = false;
  pthread_cond_broadcast(&door->changed);
  while (!door->answered && !door->stopped) {
    pthread_cond_wait(&door->changed, &door->lock);
  }
  door->question = DOOR_NONE;
  return door->answered ? SL_OK : given_up(door, err);
}

static sl_status door_restore(struct sl_source *source, const char *state_json,
                              struct sl_error *err) {
  struct door *door = (struct door *)source;
  sl_status rc = ask(door, DOOR_RESTORE, -1, state_json, err);
  pthread_mutex_unlock(&door->lock);
  return rc;
}

/* What the source itself knows of a table. */
static sl_status describe_native(const struct door_table *from, struct sl_source_table *to,
                                 struct sl_error *err) {
  struct sl_source_table *own = NULL;
  sl_status rc = native_open(from->native, err);
  if (rc == SL_OK) {
    rc = native_find(from->native, from->native_table, &own, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  to->rows = own->rows;
  to->bytes = own->bytes;
  to->estimate = own->estimate;
  to->documents = own->documents;
  to->declared = own->declared;
  if ((own->primary_key != NULL && (to->primary_key = strdup(own->primary_key)) == NULL) ||
      (own->schema.release != NULL && !native_copy_schema(&own->schema, &to->schema))) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for table %s", own->name);
  }
  return rc;
}

static sl_status door_discover(struct sl_source *source, struct sl_catalog *out,
                               struct sl_error *err) {
  struct door *door = (struct door *)source;
  bool ok = true;
  sl_status rc = SL_OK;
  if (door->listed) {
    rc = ask(door, DOOR_TABLES, -1, NULL, err);
    pthread_mutex_unlock(&door->lock);
    if (rc != SL_OK) {
      return rc;
    }
  }
  door->listed = true;
  out->tables = calloc(door->n_tables + 1, sizeof *out->tables);
  for (size_t i = 0; out->tables != NULL && i < door->n_tables; i++) {
    struct sl_source_table *t = &out->tables[out->n_tables++];
    *t = (struct sl_source_table){ .name = strdup(door->tables[i].name), .rows = -1, .bytes = -1 };
    t->target = door->tables[i].target == NULL ? NULL : strdup(door->tables[i].target);
    if (rc == SL_OK && door->tables[i].native != NULL) {
      rc = describe_native(&door->tables[i], t, err);
    } else if (door->tables[i].empty_too) {
      t->declared = true; /* without columns: hints have them */
      ok = ok && sl_schema_struct(&t->schema, NULL, 0, err) == SL_OK;
    }
    ok = ok && t->name != NULL && (t->target != NULL || door->tables[i].target == NULL);
  }
  if (rc != SL_OK) {
    return rc;
  }
  return out->tables != NULL && ok ? SL_OK : sl_fail(err, SL_ENOMEM, "out of memory for tables");
}

static int64_t table_number(const struct door *door, const struct sl_source_table *table) {
  for (size_t i = 0; i < door->n_tables; i++) {
    if (strcmp(door->tables[i].name, table->name) == 0) {
      return (int64_t)i;
    }
  }
  return -1;
}

static sl_status door_hints(struct sl_source *source, const struct sl_source_table *table,
                            struct sl_load_settings *settings, struct sl_error *err) {
  struct door *door = (struct door *)source;
  sl_status rc = ask(door, DOOR_HINTS, table_number(door, table), NULL, err);
  for (size_t i = 0; rc == SL_OK && i < door->n_hints; i++) {
    rc = sl_options_set(sl_load_options, settings, door->hints[i].name, door->hints[i].text, err);
  }
  pthread_mutex_unlock(&door->lock);
  return rc;
}

static sl_status start_native(struct door *door, const struct sl_source_table *table,
                              const struct door_table *t, char *state, struct sl_error *err) {
  struct sl_source_table *own = NULL;
  sl_status rc = native_find(t->native, t->native_table, &own, err);
  if (rc == SL_OK) {
    own->known = table->known;
    rc = t->native->ops->start(t->native->source, own, state, err);
    own->known = NULL;
  }
  if (rc == SL_OK) {
    pthread_mutex_lock(&door->lock);
    door->reading = t->native;
    pthread_mutex_unlock(&door->lock);
  }
  return rc;
}

static sl_status door_start(struct sl_source *source, struct sl_source_table *table,
                            const char *state_json, struct sl_error *err) {
  struct door *door = (struct door *)source;
  (void)state_json; /* Python keeps the state of resources as dlt does, see door_remember */
  int64_t number = table_number(door, table);
  sl_status rc = ask(door, DOOR_START, number, NULL, err);
  char *state = door->text;
  door->text = NULL;
  door->reading = NULL;
  door->started = number;
  pthread_mutex_unlock(&door->lock);
  if (rc == SL_OK && number >= 0 && door->tables[number].native != NULL) {
    rc = start_native(door, table, &door->tables[number], state, err);
  }
  free(state);
  return rc;
}

/* After a table that the source has read itself: Python keeps its state with the others. */
static sl_status door_state(struct sl_source *source, char **out_json, struct sl_error *err) {
  struct door *door = (struct door *)source;
  struct native *native = door->reading;
  char *json = NULL;
  *out_json = NULL;
  if (native == NULL || native->ops->state == NULL) {
    return SL_OK;
  }
  sl_status rc = native->ops->state(native->source, &json, err);
  if (rc == SL_OK && json != NULL) {
    rc = ask(door, DOOR_STATE, door->started, json, err);
    pthread_mutex_unlock(&door->lock);
  }
  free(json);
  return rc;
}

static sl_status door_fill(struct sl_source *source, struct sl_block *block, struct sl_error *err) {
  struct native *native = ((struct door *)source)->reading;
  return native == NULL || native->ops->fill == NULL
             ? SL_OK
             : native->ops->fill(native->source, block, err);
}

static sl_status door_claim(struct sl_source *source, struct sl_block *out, bool *end,
                            struct sl_error *err) {
  struct door *door = (struct door *)source;
  pthread_mutex_lock(&door->lock);
  if (door->reading != NULL) {
    sl_status gone = door->stopped ? given_up(door, err) : SL_OK;
    pthread_mutex_unlock(&door->lock);
    return gone != SL_OK ? gone : door->reading->ops->claim(door->reading->source, out, end, err);
  }
  while (door->first == NULL && !door->table_ended && !door->stopped) {
    pthread_cond_wait(&door->changed, &door->lock);
  }
  struct door_block *item = door->stopped ? NULL : door->first;
  sl_status rc = door->stopped ? given_up(door, err) : SL_OK;
  *end = item == NULL;
  if (item != NULL) {
    door->first = item->next;
    door->bytes -= item->bytes;
    *out = item->block;
    free(item);
    pthread_cond_broadcast(&door->changed);
  }
  pthread_mutex_unlock(&door->lock);
  return rc;
}

static sl_status door_remember(struct sl_source *source, char **out_json, struct sl_error *err) {
  struct door *door = (struct door *)source;
  sl_status rc = ask(door, DOOR_REMEMBER, -1, NULL, err);
  *out_json = rc == SL_OK ? door->text : NULL;
  if (rc == SL_OK) {
    door->text = NULL;
  }
  pthread_mutex_unlock(&door->lock);
  return rc;
}

static void door_cancel(struct sl_source *source) {
  struct door *door = (struct door *)source;
  door_stop(door);
  cancel_native(door);
}

/* The door outlives the load: Python holds it. */
static void door_close(struct sl_source *source) {
  door_stop((struct door *)source);
}

static const struct sl_option no_options[] = { { .name = NULL } };

const struct sl_source_ops door_ops = {
  .struct_size = sizeof(struct sl_source_ops),
  .name = "python",
  .options = no_options,
  .ordered = true,
  .help = "Rows of a Python program.",
  .discover = door_discover,
  .start = door_start,
  .claim = door_claim,
  .fill = door_fill,
  .state = door_state,
  .cancel = door_cancel,
  .close = door_close,
  .hints = door_hints,
  .restore = door_restore,
  .remember = door_remember,
  .grows = true,
};
