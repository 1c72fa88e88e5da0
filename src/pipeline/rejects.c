/* rejects.c - see rejects.h. */
#include "pipeline/rejects.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/real.h"
#include "pipeline/own_table.h"
#include "pipeline/store.h"

enum { LOAD_ID, TABLE_NAME, COLUMN_NAME, ORIGIN, LINE, BYTE_OFFSET, REASON, RAW, N_COLUMNS };

static const struct sl_own_column columns[N_COLUMNS] = {
  [LOAD_ID] = { "_dlt_load_id", SL_TYPE_TEXT },
  [TABLE_NAME] = { "table_name", SL_TYPE_TEXT },
  [COLUMN_NAME] = { "column_name", SL_TYPE_TEXT },
  [ORIGIN] = { "origin", SL_TYPE_TEXT },
  [LINE] = { "line", SL_TYPE_BIGINT },
  [BYTE_OFFSET] = { "byte_offset", SL_TYPE_BIGINT },
  [REASON] = { "reason", SL_TYPE_TEXT },
  [RAW] = { "raw", SL_TYPE_BINARY },
};

sl_status sl_rejects_parse_limit(struct sl_run *run, const char *text, struct sl_error *err) {
  run->max_rejects = -1;
  run->max_reject_share = -1;
  if (text == NULL) {
    return SL_OK;
  }
  const char *end = NULL;
  double value = sl_real_parse(text, &end);
  bool percent = *end == '%';
  if (end == text || end[percent ? 1 : 0] != '\0' || value < 0 || value > 1e15 ||
      (percent && value > 100)) {
    return sl_fail(err, SL_EUSAGE,
                   "--max-rejects: '%s': write a number of rows or a share like 5%%", text);
  }
  if (percent) {
    run->max_reject_share = value / 100;
  } else {
    run->max_rejects = (int64_t)value;
  }
  return SL_OK;
}

static sl_status stage_table(struct sl_run *run, const struct sl_table *table,
                             struct sl_error *err) {
  struct sl_table_name name = sl_run_staging(table, run);
  struct sl_statements create = { 0 };
  sl_status rc = sl_sql_create_staging(&run->sql, &name, table, false, &create, err);
  if (rc == SL_OK) {
    rc = sl_run_execute(run, &create, err);
  }
  sl_statements_release(&create);
  return rc;
}

/* Makes the table _rejects when the dataset has none; while a late run streams, the one that they
 * wait in. */
static sl_status ensure_table(struct sl_run *run, struct sl_error *err) {
  struct sl_schema *schema = NULL;
  struct sl_table *table = NULL;
  struct sl_ddl ddl = { 0 };
  sl_status rc = sl_own_table_describe(&schema, &table, SL_REJECTS_TABLE, columns, N_COLUMNS, err);
  if (rc == SL_OK && run->late && !run->changing) {
    rc = stage_table(run, table, err);
  } else if (rc == SL_OK) {
    bool changing = run->changing;
    run->changing = true; /* this table does not wait, where those of the load's rows do */
    rc = run->store->create(run, table, &ddl, err);
    rc = rc == SL_OK ? run->store->settle(run, &ddl, NULL, err) : rc;
    run->changing = changing;
  }
  sl_ddl_release(&ddl);
  sl_schema_free(schema);
  return rc;
}

sl_status sl_rejects_create(struct sl_run *run, struct sl_error *err) {
  return run->rejects_created ? ensure_table(run, err) : SL_OK;
}

sl_status sl_rejects_move(struct sl_run *run, struct sl_error *err) {
  struct sl_schema *schema = NULL;
  struct sl_table *table = NULL;
  struct sl_statements move = { 0 };
  if (!run->rejects_created) {
    return SL_OK;
  }
  sl_status rc = sl_own_table_describe(&schema, &table, SL_REJECTS_TABLE, columns, N_COLUMNS, err);
  if (rc == SL_OK) {
    struct sl_table_name from = sl_run_staging(table, run);
    struct sl_table_name to = sl_run_final(run, table);
    rc = sl_sql_move(&run->sql, &from, &to, table, &move, err);
  }
  if (rc == SL_OK) {
    rc = sl_run_execute(run, &move, err);
  }
  sl_statements_release(&move);
  sl_schema_free(schema);
  return rc;
}

static sl_status append_text(struct sl_builder *b, int64_t row, const char *text, size_t length,
                             struct sl_error *err) {
  return text == NULL ? sl_builder_pad(b, row + 1, err)
                      : sl_builder_append_bytes(b, text, length, err);
}

/* A line that could not be read is of the table that is being loaded. */
static sl_status append_reject(struct sl_builder *b, int64_t row, const struct sl_run *run,
                               const struct sl_reject *r, struct sl_error *err) {
  const char *texts[N_COLUMNS] = {
    [LOAD_ID] = run->load_id,  [TABLE_NAME] = r->table != NULL ? r->table : run->root->name,
    [COLUMN_NAME] = r->column, [ORIGIN] = r->origin,
    [REASON] = r->reason,      [RAW] = r->raw,
  };
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < N_COLUMNS; i++) {
    if (i == LINE || i == BYTE_OFFSET) {
      rc = sl_builder_append_int64(&b[i], i == LINE ? r->line : r->byte_offset, err);
    } else {
      size_t length = i == RAW ? r->raw_length : texts[i] == NULL ? 0 : strlen(texts[i]);
      rc = append_text(&b[i], row, texts[i], length, err);
    }
  }
  return rc;
}

static sl_status append_rejects(struct sl_run *run, const struct sl_table_name *name,
                                const struct sl_reject *rejects, size_t n, struct sl_error *err) {
  struct sl_builder builders[N_COLUMNS] = { 0 };
  sl_status rc = SL_OK;
  sl_own_table_builders(builders, columns, N_COLUMNS);
  for (size_t row = 0; rc == SL_OK && row < n; row++) {
    rc = append_reject(builders, (int64_t)row, run, &rejects[row], err);
  }
  if (rc == SL_OK) {
    return sl_own_table_append(run, name, columns, N_COLUMNS, builders, (int64_t)n, err);
  }
  for (size_t i = 0; i < N_COLUMNS; i++) {
    sl_builder_release(&builders[i]);
  }
  return rc;
}

static sl_status too_many(const struct sl_reject *last, int64_t rejected, const char *limit,
                          struct sl_error *err) {
  return sl_fail(err, SL_EDATA,
                 "%" PRId64
                 " bad rows are more than --max-rejects %s; the last one: %s, line %" PRId64 ": %s",
                 rejected, limit, last->origin == NULL ? "?" : last->origin, last->line,
                 last->reason == NULL ? "?" : last->reason);
}

sl_status sl_rejects_write(struct sl_run *run, const struct sl_reject *rejects, size_t n,
                           struct sl_error *err) {
  struct sl_table_name name = { .dataset = run->dataset,
                                .table = SL_REJECTS_TABLE,
                                .temporary = run->late };
  int64_t rejected = run->counters.rejected + (int64_t)n;
  if (run->max_rejects >= 0 && rejected > run->max_rejects) {
    return too_many(&rejects[n - 1], rejected, run->settings->max_rejects, err);
  }
  sl_status rc = SL_OK;
  if (!run->rejects_created) {
    rc = ensure_table(run, err);
    run->rejects_created = rc == SL_OK;
  }
  return rc == SL_OK ? append_rejects(run, &name, rejects, n, err) : rc;
}

sl_status sl_rejects_check_share(struct sl_run *run, struct sl_error *err) {
  int64_t rejected = run->counters.rejected;
  int64_t documents = run->counters.documents;
  if (run->max_reject_share < 0 || (double)rejected <= run->max_reject_share * (double)documents) {
    return SL_OK;
  }
  return sl_fail(err, SL_EDATA,
                 "%" PRId64 " of %" PRId64 " rows are bad: more than --max-rejects %s", rejected,
                 documents, run->settings->max_rejects);
}
