/* ledger.c - the row of a load that can go on, and when it is written; see ledger.h. */
#include "pipeline/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/redact.h"
#include "base/time.h"
#include "pipeline/own_table.h"
#include "pipeline/store.h"
#include "schema/stored.h"

enum { PIPELINE, LOAD_ID, TABLE_NAME, FINGERPRINT, ROWS, WRITTEN_AT, LEDGER, N_COLUMNS };

static const struct sl_own_column columns[N_COLUMNS] = {
  [PIPELINE] = { "pipeline", SL_TYPE_TEXT },     [LOAD_ID] = { "load_id", SL_TYPE_TEXT },
  [TABLE_NAME] = { "table_name", SL_TYPE_TEXT }, [FINGERPRINT] = { "fingerprint", SL_TYPE_TEXT },
  [ROWS] = { "row_count", SL_TYPE_BIGINT },      [WRITTEN_AT] = { "written_at", SL_TYPE_TEXT },
  [LEDGER] = { "ledger", SL_TYPE_TEXT },
};

/* A load is expected to be interrupted by its first checkpoint when it has so much for each second
 * between two. */
enum { BYTES_A_SECOND = 16 << 20, ROWS_A_SECOND = 50000 };

/* ---- the option ---- */

static sl_status parse_every(struct sl_ledger *ledger, const char *text, struct sl_error *err) {
  static const struct {
    const char *unit;
    int64_t factor;
    size_t member;
  } units[] = {
    { "", 1000000000, offsetof(struct sl_ledger, every_nanos) },
    { "s", 1000000000, offsetof(struct sl_ledger, every_nanos) },
    { "rows", 1, offsetof(struct sl_ledger, every_rows) },
    { "KB", 1 << 10, offsetof(struct sl_ledger, every_bytes) },
    { "MB", 1 << 20, offsetof(struct sl_ledger, every_bytes) },
    { "GB", 1 << 30, offsetof(struct sl_ledger, every_bytes) },
  };
  enum { MOST = 1000000000 };
  char *end = NULL;
  long long n = strtoll(text, &end, 10);
  for (size_t i = 0; end != text && n >= 0 && n <= MOST && i < sizeof units / sizeof units[0];
       i++) {
    if (strcmp(end, units[i].unit) == 0) {
      *(int64_t *)(void *)((char *)ledger + units[i].member) = n * units[i].factor;
      return SL_OK;
    }
  }
  return sl_fail(err, SL_EUSAGE,
                 "--checkpoint: '%s': write seconds (60), rows (100000rows) or bytes of the source "
                 "(64MB); 0 = the load is one transaction",
                 text);
}

static const char *text_at(const void *settings, const struct sl_option *o) {
  return *(const char *const *)(const void *)((const char *)settings + o->offset);
}

/* What another load must have in common with this one in order to continue it. */
static void print_settings(const struct sl_load_settings *s, struct sl_buffer *out) {
  static const char ignored[] =
      "checkpoint,fresh,memory,parallel,pipelines-dir,export-schema,max-rejects,"
      "retries,retry-max-wait,lock-wait";
  sl_redact(out, s->source == NULL ? "" : s->source);
  for (const struct sl_option *o = sl_load_options; o->name != NULL; o++) {
    const char *at = (const char *)s + o->offset;
    if (sl_text_glob_list(ignored, o->name)) {
      continue;
    }
    switch (o->kind) {
      case SL_OPTION_INTEGER:
      case SL_OPTION_BYTES:
        sl_buffer_printf(out, "\n%s=%" PRId64, o->name, *(const int64_t *)(const void *)at);
        break;
      case SL_OPTION_FLAG:
        sl_buffer_printf(out, "\n%s=%d", o->name, *(const bool *)(const void *)at);
        break;
      default:
        sl_buffer_printf(out, "\n%s=%s", o->name, text_at(s, o) == NULL ? "" : text_at(s, o));
        break;
    }
  }
  for (size_t i = 0; i < s->n_source_options; i++) {
    sl_buffer_printf(out, "\n--%s=%s", s->source_options[i].name,
                     s->source_options[i].text == NULL ? "" : s->source_options[i].text);
  }
}

sl_status sl_ledger_new(struct sl_run *run, struct sl_error *err) {
  struct sl_ledger *ledger = calloc(1, sizeof *ledger);
  struct sl_buffer text = { 0 };
  if (ledger == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a ledger");
  }
  run->ledger = ledger;
  snprintf(ledger->own_id, sizeof ledger->own_id, "%s", run->load_id);
  ledger->last_nanos = sl_monotonic_nanos();
  print_settings(run->settings, &text);
  sl_status rc = sl_buffer_check(&text, err);
  if (rc == SL_OK) {
    snprintf(ledger->fingerprint, sizeof ledger->fingerprint, "%016" PRIx64,
             sl_hash64(text.data, text.length));
    const char *every = run->settings->checkpoint;
    rc = every == NULL ? SL_OK : parse_every(ledger, every, err);
  }
  sl_buffer_release(&text);
  return rc;
}

void sl_ledger_free(struct sl_ledger *ledger) {
  if (ledger == NULL) {
    return;
  }
  for (size_t i = 0; i < ledger->n_tables; i++) {
    free(ledger->tables[i].name);
    free(ledger->tables[i].target);
    free(ledger->tables[i].position);
    free(ledger->tables[i].state);
  }
  free(ledger->tables);
  free(ledger->base_hash);
  free(ledger);
}

sl_status sl_ledger_table(struct sl_ledger *ledger, const char *name, const char *target,
                          struct sl_ledger_table **out, struct sl_error *err) {
  for (size_t i = 0; i < ledger->n_tables; i++) {
    if (strcmp(ledger->tables[i].name, name) == 0) {
      *out = &ledger->tables[i];
      return SL_OK;
    }
  }
  sl_status rc = sl_grow(&ledger->tables, &ledger->capacity, ledger->n_tables + 1,
                         sizeof *ledger->tables, err);
  if (rc != SL_OK) {
    return rc;
  }
  struct sl_ledger_table *t = &ledger->tables[ledger->n_tables++];
  *t = (struct sl_ledger_table){ .name = strdup(name), .target = strdup(target) };
  *out = t;
  return t->name == NULL || t->target == NULL
             ? sl_fail(err, SL_ENOMEM, "out of memory for a ledger")
             : SL_OK;
}

/* ---- what can be continued ---- */

bool sl_ledger_wanted(const struct sl_ledger *l) {
  return l->every_nanos > 0 || l->every_rows > 0 || l->every_bytes > 0;
}

static bool expects_checkpoints(const struct sl_run *run) {
  const struct sl_ledger *l = run->ledger;
  int64_t seconds = l->every_nanos / 1000000000;
  int64_t limit = run->settings->limit;
  if (limit > 0 && (l->every_rows > 0 ? limit < l->every_rows : limit / ROWS_A_SECOND < seconds)) {
    return false;
  }
  /* Who says how much he wants to lose at most gets it where nothing is known, too. */
  if (l->every_bytes > 0) {
    return run->total_bytes < 0 || run->total_bytes >= l->every_bytes;
  }
  if (l->every_rows > 0) {
    return run->total_documents < 0 || run->total_documents >= l->every_rows;
  }
  return run->total_bytes >= 0
             ? run->total_bytes / BYTES_A_SECOND >= seconds
             : run->total_documents < 0 || run->total_documents / ROWS_A_SECOND >= seconds;
}

/* By who does not leave it to us when. */
static bool asked_for(const struct sl_run *run) {
  const char *every = run->settings->checkpoint;
  const char *usual = sl_options_find(sl_load_options, "checkpoint")->default_text;
  return every != NULL && strcmp(every, usual) != 0;
}

void sl_ledger_refuse(struct sl_run *run, const char *why) {
  if (asked_for(run) && !run->ledger->impossible) {
    sl_run_note(run, why);
  }
  run->ledger->impossible = true;
}

void sl_ledger_plan(struct sl_run *run) {
  struct sl_ledger *l = run->ledger;
  bool keeps = run->sql.dialect != NULL ? run->sql.capabilities->supports_transactions
                                        : run->destination_ops->checkpoint != NULL;
  bool places = run->source_ops->position != NULL && run->source_ops->resume != NULL;
  if (!sl_ledger_wanted(l)) {
    l->impossible = true;
  } else if (!keeps) {
    sl_ledger_refuse(run, "makes no checkpoints: the destination cannot keep rows before the end");
  } else if (!places) {
    sl_ledger_refuse(run, SL_LEDGER_NO_PLACE);
  }
  if (!l->continues) {
    run->keeps = !l->impossible && run->sql.dialect != NULL && expects_checkpoints(run);
  }
}

void sl_ledger_enter(struct sl_run *run) {
  struct sl_ledger *l = run->ledger;
  bool appends = run->root->disposition != SL_REPLACE && run->root->disposition != SL_MERGE;
  bool marked = !run->settings->no_dlt_load_id;
  run->aside = run->late || (run->keeps && !(appends && marked));
  if (l != NULL) {
    /* Rows of an unfinished load can be told from others, or are not seen. */
    bool stays = (appends && marked) || run->sql.dialect == NULL;
    l->impossible = l->impossible || (!stays && !run->keeps);
  }
}

int64_t sl_ledger_queue(const struct sl_run *run, int64_t most) {
  enum { BYTES_OF_A_ROW = 100 }; /* about */
  const struct sl_ledger *l = run->ledger;
  int64_t wanted_bytes = l->impossible        ? 0
                         : l->every_bytes > 0 ? l->every_bytes
                                              : l->every_rows * BYTES_OF_A_ROW;
  return wanted_bytes > 0 && wanted_bytes < most ? wanted_bytes : most;
}

bool sl_ledger_due(const struct sl_run *run) {
  const struct sl_ledger *l = run->ledger;
  if (l == NULL || l->impossible) {
    return false;
  }
  return (l->every_nanos > 0 && sl_monotonic_nanos() - l->last_nanos >= l->every_nanos) ||
         (l->every_rows > 0 && run->counters.documents - l->last_rows >= l->every_rows) ||
         (l->every_bytes > 0 && run->counters.bytes - l->last_bytes >= l->every_bytes);
}

/* ---- the row ---- */

static struct sl_table_name ledger_name(const struct sl_run *run) {
  return (struct sl_table_name){ .dataset = run->dataset, .table = SL_LEDGER_TABLE };
}

sl_status sl_ledger_create(struct sl_run *run, struct sl_error *err) {
  struct sl_schema *schema = NULL;
  struct sl_table *table = NULL;
  struct sl_statements create = { 0 };
  struct sl_table_name name = ledger_name(run);
  if (run->ledger->exists) {
    return SL_OK;
  }
  sl_status rc = sl_own_table_describe(&schema, &table, SL_LEDGER_TABLE, columns, N_COLUMNS, err);
  if (rc == SL_OK) {
    rc = sl_sql_create_table(&run->sql, &name, table, SIZE_MAX, &create, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_execute(run, &create, err);
  }
  run->ledger->exists = rc == SL_OK;
  sl_statements_release(&create);
  sl_schema_free(schema);
  return rc;
}

sl_status sl_ledger_prepare(struct sl_run *run, struct sl_error *err) {
  struct sl_ledger *l = run->ledger;
  bool expected = !l->impossible && (run->keeps || asked_for(run));
  sl_status rc = expected ? sl_ledger_create(run, err) : SL_OK;
  l->impossible = l->impossible || !l->exists;
  return rc;
}

static sl_status append_values(struct sl_run *run, const char *const texts[N_COLUMNS], int64_t rows,
                               struct sl_error *err) {
  struct sl_builder builders[N_COLUMNS] = { 0 };
  struct sl_table_name name = ledger_name(run);
  sl_status rc = SL_OK;
  sl_own_table_builders(builders, columns, N_COLUMNS);
  for (size_t i = 0; rc == SL_OK && i < N_COLUMNS; i++) {
    rc = texts[i] == NULL ? (i == ROWS ? sl_builder_append_int64(&builders[i], rows, err) : SL_OK)
                          : sl_builder_append_bytes(&builders[i], texts[i], strlen(texts[i]), err);
  }
  if (rc == SL_OK) {
    return sl_own_table_append(run, &name, columns, N_COLUMNS, builders, 1, err);
  }
  for (size_t i = 0; i < N_COLUMNS; i++) {
    sl_builder_release(&builders[i]);
  }
  return rc;
}

sl_status sl_ledger_clear(struct sl_run *run, struct sl_error *err) {
  struct sl_statements sql = { 0 };
  struct sl_table_name name = ledger_name(run);
  if (!run->ledger->exists) {
    return SL_OK;
  }
  sl_status rc = sl_sql_clear_ledger(&run->sql, &name, run->pipeline, &sql, err);
  if (rc == SL_OK) {
    rc = sl_run_execute(run, &sql, err);
  }
  sl_statements_release(&sql);
  return rc;
}

/* A destination without SQL keeps rows and ledger in one step of its own. */
static sl_status write_plain(struct sl_run *run, struct sl_error *err) {
  struct sl_buffer json = { 0 };
  sl_status rc = sl_ledger_to_json(run, &json, err);
  if (rc == SL_OK) {
    rc = run->destination_ops->checkpoint(run->destination, json.data, err);
  }
  sl_buffer_release(&json);
  return rc;
}

sl_status sl_ledger_write(struct sl_run *run, struct sl_error *err) {
  struct sl_buffer json = { 0 };
  struct sl_buffer packed = { 0 };
  char now[40];
  int64_t limit = run->sql.capabilities->max_text_data_type_length;
  if (run->sql.dialect == NULL) {
    return write_plain(run, err);
  }
  sl_status rc = sl_ledger_clear(run, err);
  if (rc == SL_OK) {
    rc = sl_ledger_to_json(run, &json, err);
  }
  if (rc == SL_OK && limit > 0 && (int64_t)json.length > limit) {
    rc = sl_text_compress(json.data, json.length, &packed, err);
  }
  if (rc == SL_OK) {
    sl_timestamp_print(now, sl_now_micros(), true);
    const char *texts[N_COLUMNS] = { [PIPELINE] = run->pipeline,
                                     [LOAD_ID] = run->load_id,
                                     [TABLE_NAME] = run->root->name,
                                     [FINGERPRINT] = run->ledger->fingerprint,
                                     [WRITTEN_AT] = now,
                                     [LEDGER] = packed.length > 0 ? packed.data : json.data };
    rc = append_values(run, texts, run->counters.rows, err);
  }
  sl_buffer_release(&packed);
  sl_buffer_release(&json);
  return rc;
}

void sl_ledger_explain(const struct sl_run *run, struct sl_error *err) {
  const struct sl_ledger *l = run->ledger;
  if (err == NULL || l == NULL || !l->committed || run->outgrown) {
    return;
  }
  size_t used = strlen(err->message);
  snprintf(err->message + used, sizeof err->message - used, "; %s",
           run->refuted
               ? "what was committed at checkpoints is still there, marked as not complete: "
                 "--fresh removes it and begins again"
               : "what was loaded until the last checkpoint is kept: the same load again "
                 "goes on there");
}
