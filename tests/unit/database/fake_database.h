/* fake_database.h - a database in memory for tests of src/database/source.c: one table of ids, cut
 * into ranges, whose connections break, refuse and wait as a test says. */
#ifndef SL_TESTS_UNIT_DATABASE_FAKE_DATABASE_H
#define SL_TESTS_UNIT_DATABASE_FAKE_DATABASE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "database/options.h"
#include "unit/database/blocks.h"

static struct { /* what the database is like */
  int64_t rows;
  int parts, block_rows;
  bool resumable, waits, key;
  int64_t lose_at; /* the connection that reads this row is lost, once; -1 = none */
  bool lose_leader;
  int refused;     /* connections of readers that are refused after that */
  int busy_opens;  /* opens by readers that answer SL_EBUSY */
  int64_t fail_at; /* reading this row fails for good; -1 = never */
} fake;

static struct { /* what has happened */
  atomic_int connected, closed, opened, finished, cancelled;
  atomic_bool lost;
} seen;

struct fake_session {
  struct sl_db_session base;
  bool leader;
  atomic_bool stop;
  int64_t at, end;
  const struct sl_db_table *table;
  const struct sl_db_settings *settings;
};

static const struct sl_db_driver fake_driver;

static sl_status fake_connect(const struct sl_db_config *config, struct sl_db_session *leader,
                              struct sl_db_session **out, struct sl_error *err) {
  if (leader != NULL && seen.lost && fake.refused > 0) {
    fake.refused--;
    return sl_fail(err, SL_ESOURCE, "fake: refused");
  }
  struct fake_session *s = calloc(1, sizeof *s);
  s->base.driver = &fake_driver;
  s->leader = leader == NULL;
  s->settings = config->settings;
  atomic_fetch_add(&seen.connected, 1);
  *out = &s->base;
  return SL_OK;
}

static sl_status fake_list(struct sl_db_session *s, const char *schemas, struct sl_db_tables *out,
                           struct sl_error *err) {
  struct sl_db_table *table;
  (void)s;
  (void)schemas;
  sl_status rc = sl_db_tables_add(out, NULL, "ids", &table, err);
  return rc == SL_OK ? sl_db_tables_add(out, NULL, "more", &table, err) : rc;
}

static sl_status fake_describe(struct sl_db_session *s, struct sl_db_table *table,
                               struct sl_error *err) {
  struct sl_db_column *column;
  (void)s;
  table->rows = fake.rows;
  sl_status rc = sl_db_table_add_column(table, "id", "integer", "l", false, &column, err);
  if (rc == SL_OK) {
    rc = sl_db_table_add_column(table, "seen_at", "text", "u", true, &column, err);
  }
  return rc == SL_OK && fake.key ? sl_db_table_add_key(table, "id", err) : rc;
}

/* Conditions are "from to". */
static sl_status fake_split(struct sl_db_session *s, const struct sl_db_table *table,
                            const char *condition, int wanted, struct sl_db_chunks *out,
                            struct sl_error *err) {
  sl_status rc = SL_OK;
  (void)s;
  (void)table;
  (void)condition;
  (void)wanted;
  for (int64_t i = 0; rc == SL_OK && i < fake.parts; i++) {
    char text[64];
    snprintf(text, sizeof text, "%lld %lld", (long long)(fake.rows * i / fake.parts),
             (long long)(fake.rows * (i + 1) / fake.parts));
    rc = sl_db_chunks_add(out, text, err);
  }
  return rc;
}

static sl_status fake_open(struct sl_db_session *base, const struct sl_db_table *table,
                           const struct sl_db_chunk *chunk, struct sl_error *err) {
  struct fake_session *s = (struct fake_session *)base;
  char *end = NULL;
  if (!s->leader && fake.busy_opens > 0) {
    fake.busy_opens--;
    return sl_fail(err, SL_EBUSY, "fake: busy");
  }
  s->table = table;
  s->at = chunk->condition == NULL ? 0 : strtoll(chunk->condition, &end, 10);
  s->end = chunk->condition == NULL ? fake.rows : strtoll(end, NULL, 10);
  atomic_fetch_add(&seen.opened, 1);
  return SL_OK;
}

static sl_status fake_next(struct sl_db_session *base, struct sl_block *out, bool *end,
                           struct sl_error *err) {
  struct fake_session *s = (struct fake_session *)base;
  struct sl_db_batch *batch;
  while (fake.waits && !s->stop) {
    usleep(1000);
  }
  if (s->stop) {
    return sl_fail(err, SL_ECANCELLED, "fake: stopped");
  }
  sl_status rc = sl_db_batch_new(&batch, s->table, s->settings, err);
  for (int n = 0; rc == SL_OK && n < fake.block_rows && s->at < s->end; n++, s->at++) {
    if (s->at == fake.fail_at) {
      rc = sl_fail(err, SL_EDATA, "fake: row %lld is bad", (long long)s->at);
    } else if (s->at == fake.lose_at && s->leader == fake.lose_leader &&
               !atomic_exchange(&seen.lost, true)) {
      rc = sl_fail(err, SL_ESOURCE, "fake: the connection was lost");
      err->retryable = true;
    } else {
      rc = sl_builder_append_int64(sl_db_batch_builder(batch, 0), s->at, err);
      rc = rc == SL_OK ? sl_db_batch_end_row(batch, err) : rc;
    }
  }
  if (rc == SL_OK) {
    *end = sl_db_batch_rows(batch) == 0;
    rc = sl_db_batch_finish(batch, 8 * sl_db_batch_rows(batch), out, err);
  }
  if (rc == SL_OK && *end) {
    out->release(out);
  }
  sl_db_batch_free(batch);
  return rc;
}

static void fake_finish(struct sl_db_session *s) {
  (void)s;
  atomic_fetch_add(&seen.finished, 1);
}

static sl_status fake_scalar(struct sl_db_session *s, const struct sl_db_table *table,
                             const char *function, const struct sl_db_column *column,
                             const char *condition, char **out, struct sl_error *err) {
  char text[32];
  (void)s;
  (void)table;
  (void)function;
  (void)column;
  (void)condition;
  (void)err;
  snprintf(text, sizeof text, "%lld", (long long)fake.rows);
  *out = strdup(text);
  return SL_OK;
}

static void fake_cancel(struct sl_db_session *s) {
  atomic_store(&((struct fake_session *)s)->stop, true);
  atomic_fetch_add(&seen.cancelled, 1);
}

static void fake_close(struct sl_db_session *s) {
  atomic_fetch_add(&seen.closed, 1);
  free(s);
}

static const struct sl_db_driver fake_driver = {
  .name = "fake",
  .quote = '"',
  .connect = fake_connect,
  .list = fake_list,
  .describe = fake_describe,
  .split = fake_split,
  .open = fake_open,
  .next = fake_next,
  .finish = fake_finish,
  .scalar = fake_scalar,
  .cancel = fake_cancel,
  .close = fake_close,
};
static struct sl_db_driver driver_now; /* the same, as the test wants it */

/* ---- the source over it ---- */

struct fake_settings {
  struct sl_db_settings common;
};
static const struct sl_option fake_options[] = { SL_DB_OPTIONS(struct fake_settings, common),
                                                 { .name = NULL } };
static const char *const fake_schemes[] = { "fake", NULL };
static const struct sl_source_ops fake_ops = { SL_DB_SOURCE_OPS, .name = "fake",
                                               .schemes = fake_schemes, .options = fake_options,
                                               .settings_bytes = sizeof(struct fake_settings) };

static void fake_reset(int64_t rows, int parts) {
  memset(&fake, 0, sizeof fake);
  memset(&seen, 0, sizeof seen);
  fake.rows = rows;
  fake.parts = parts;
  fake.block_rows = 7;
  fake.lose_at = -1;
  fake.fail_at = -1;
}

/* Options in pairs of name and text, NULL at the end. The settings live as long as the source. */
__attribute__((unused)) static sl_status fake_source(struct sl_source **out,
                                                     struct fake_settings *settings, int threads,
                                                     const char *tables, const char *const *options,
                                                     struct sl_error *err) {
  struct sl_source_config config = { .location = "//joe:secret@host/shop",
                                     .settings = settings,
                                     .memory_bytes = 64 << 20,
                                     .threads = threads,
                                     .tables = tables };
  *settings = (struct fake_settings){ 0 }; /* as the engine allocates them */
  driver_now = fake_driver;
  driver_now.resumable = fake.resumable;
  sl_status rc = sl_options_set_defaults(fake_options, settings, err);
  for (size_t i = 0; rc == SL_OK && options != NULL && options[i] != NULL; i += 2) {
    rc = sl_options_set(fake_options, settings, options[i], options[i + 1], err);
  }
  return rc == SL_OK
             ? sl_db_source_open(out, &fake_ops, &driver_now, &config, &settings->common, err)
             : rc;
}

#endif
