/* verify.c - see verify.h. */
#include "pipeline/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "pipeline/ledger.h"
#include "pipeline/scope.h"
#include "pipeline/source_check.h"
#include "pipeline/tally.h"
#include "schema/json_text.h"

sl_status sl_verify_check(const struct sl_run *run, struct sl_error *err) {
  return !run->settings->verify || run->sql.dialect != NULL
             ? sl_source_check_possible(run, err)
             : sl_fail(err, SL_EUSAGE,
                       "--verify reads the rows back by SQL, which the destination %s has not: "
                       "leave --verify out",
                       run->destination_ops->name);
}

static struct sl_run_table *entry_of(const struct sl_run *run, const char *table) {
  int32_t at = sl_map_get(&run->table_index, table, strlen(table));
  return at < 0 ? NULL : &run->tables[at];
}

/* Appends the condition that is true for the rows of this load in the final table, nothing for all
 * rows. Why there is none, or NULL. */
static const char *add_scope(struct sl_run *run, const struct sl_run_table *entry,
                             struct sl_buffer *out) {
  if (entry->new_in_load || sl_table_disposition(run->schema, entry->table) == SL_REPLACE) {
    return NULL;
  }
  const struct sl_scope scope = {
    .sql = &run->sql, .schema = run->schema, .dataset = run->dataset, .load_id = run->load_id
  };
  sl_buffer_text(out, " WHERE ");
  return sl_scope_of_load(&scope, entry->table, out);
}

/* SELECT of the columns that were sent. */
static void add_select(struct sl_run *run, const struct sl_tally *sent,
                       const struct sl_table_name *from, struct sl_buffer *out) {
  sl_buffer_text(out, "SELECT ");
  for (size_t i = 0; i < sent->n_columns; i++) {
    sl_buffer_text(out, i == 0 ? "" : ", ");
    sl_sql_identifier(&run->sql, sent->columns[i].name, out);
  }
  sl_buffer_text(out, " FROM ");
  sl_sql_table(&run->sql, from, out);
}

/* What is read back of one table, from the destination's threads. */
struct reading {
  struct sl_run *run;
  const struct sl_tally *sent;
  struct sl_tally *found;
  const struct sl_source_check *check; /* NULL = none */
  struct sl_source_found *source;      /* one a column of the check */
  pthread_mutex_t lock;                /* of found and source */
};

/* The same rows again, for the checksums of the source. */
static sl_status add_for_source(struct reading *r, const struct ArrowSchema *schema,
                                const struct ArrowArray *array, struct sl_error *err) {
  if (r->check == NULL) {
    return SL_OK;
  }
  struct sl_source_found *found = sl_calloc_array(r->check->sums.n + 1, sizeof *found);
  if (found == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for checksums");
  }
  sl_source_check_add(r->check, r->sent, schema, array, found);
  pthread_mutex_lock(&r->lock);
  for (size_t i = 0; i < r->check->sums.n; i++) {
    r->source[i].sum.values += found[i].sum.values;
    r->source[i].sum.sum += found[i].sum.sum;
    r->source[i].unlike = r->source[i].unlike || found[i].unlike;
  }
  pthread_mutex_unlock(&r->lock);
  free(found);
  return SL_OK;
}

/* Adds the columns of a batch to `found`; they are those that were sent, in that order. */
static sl_status add_sums(const struct reading *r, const struct sl_checksum *sums, int64_t rows,
                          uint64_t row_sum, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < r->sent->n_columns; i++) {
    rc = sl_tally_add_column(r->found, r->sent->columns[i].name, &sums[i], err);
  }
  r->found->rows += rows;
  r->found->row_sum += row_sum;
  return rc;
}

static sl_status add_batch(void *arg, const struct ArrowSchema *schema,
                           const struct ArrowArray *array, struct sl_error *err) {
  struct reading *r = arg;
  const struct sl_table *table = sl_schema_table(r->run->schema, r->sent->table);
  uint64_t *rows = sl_calloc_array((size_t)array->length, sizeof *rows);
  struct sl_checksum *sums = sl_calloc_array(r->sent->n_columns, sizeof *sums);
  sl_status rc = rows == NULL || sums == NULL
                     ? sl_fail(err, SL_ENOMEM, "out of memory for checksums")
                 : sl_run_cancelled(r->run) ? sl_fail(err, SL_ECANCELLED, "stopped while verifying")
                                            : SL_OK;
  for (size_t i = 0; rc == SL_OK && i < r->sent->n_columns; i++) {
    struct ArrowSchema column = *schema->children[i];
    column.name = r->sent->columns[i].name; /* databases may fold names */
    const struct sl_column *declared = sl_table_column(table, column.name);
    enum sl_type type = declared == NULL ? SL_TYPE_NONE : declared->type;
    const struct sl_checksum_reading reading = {
      .json = type == SL_TYPE_JSON,
      .number = type == SL_TYPE_DECIMAL || type == SL_TYPE_WEI || type == SL_TYPE_BIGINT,
    };
    sl_checksum_add(&sums[i], &column, array->children[i], &reading, rows);
  }
  if (rc == SL_OK) {
    uint64_t row_sum = sl_checksum_of_rows(rows, array->length);
    pthread_mutex_lock(&r->lock);
    rc = add_sums(r, sums, array->length, row_sum, err);
    pthread_mutex_unlock(&r->lock);
    rc = rc == SL_OK ? add_for_source(r, schema, array, err) : rc;
  }
  free(rows);
  free(sums);
  return rc;
}

static sl_status read_stream(struct reading *r, struct ArrowArrayStream *stream,
                             struct sl_error *err) {
  struct ArrowSchema schema = { 0 };
  sl_status rc = SL_OK;
  if (stream->get_schema(stream, &schema) != 0) {
    return sl_fail(err, SL_EDEST, "%s", stream->get_last_error(stream));
  }
  while (rc == SL_OK) {
    struct ArrowArray array = { 0 };
    if (stream->get_next(stream, &array) != 0) {
      rc = sl_fail(err, SL_EDEST, "%s", stream->get_last_error(stream));
      break;
    }
    if (array.release == NULL) {
      break;
    }
    rc = add_batch(r, &schema, &array, err);
    array.release(&array);
    sl_run_report(r->run, "verify");
  }
  schema.release(&schema);
  return rc;
}

/* source: of the columns that the source has summed up, malloc'ed; NULL where it has not. */
static sl_status read_back(struct sl_run *run, const struct sl_tally *sent, const char *sql,
                           struct sl_tally *found, struct sl_source_found **source,
                           struct sl_error *err) {
  const struct sl_destination_ops *ops = run->destination_ops;
  struct reading r = { .run = run,
                       .sent = sent,
                       .found = found,
                       .check = sl_source_check_of(run, sent->table),
                       .lock = PTHREAD_MUTEX_INITIALIZER };
  struct ArrowArrayStream stream = { 0 };
  sl_status rc;
  free(*source);
  *source = r.source =
      r.check == NULL ? NULL : sl_calloc_array(r.check->sums.n + 1, sizeof *r.source);
  if (r.check != NULL && r.source == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for checksums");
  } else if (ops->scan != NULL) {
    rc = ops->scan(run->destination, sql, add_batch, &r, err);
  } else {
    rc = ops->query(run->destination, sql, &stream, err);
    if (rc == SL_OK) {
      rc = read_stream(&r, &stream, err);
      stream.release(&stream);
    }
  }
  if (rc != SL_OK) {
    sl_error_add_context(err, "reading table %s back", sent->table);
  }
  pthread_mutex_destroy(&r.lock);
  return rc;
}

static const char after[] =
    "something on the way changed them (a trigger, a rule, the type of a column)";

static sl_status compare_columns(const struct sl_tally *sent, const struct sl_tally *found,
                                 struct sl_error *err) {
  for (size_t i = 0; i < sent->n_columns; i++) {
    const struct sl_tally_column *column = &sent->columns[i];
    const struct sl_tally_column *same = sl_tally_column(found, column->name);
    const struct sl_checksum got = same == NULL ? (struct sl_checksum){ 0 } : same->sum;
    if (column->sum.values != got.values) {
      return sl_fail(err, SL_EDATA,
                     "verification: column %s of table %s was sent %" PRId64
                     " values that are not "
                     "NULL, and has %" PRId64 ": %s",
                     column->name, sent->table, column->sum.values, got.values, after);
    }
    if (column->sum.sum != got.sum) {
      return sl_fail(err, SL_EDATA,
                     "verification: the values in column %s of table %s are not those that were "
                     "sent (checksums %016" PRIx64 " and %016" PRIx64 "): %s",
                     column->name, sent->table, column->sum.sum, got.sum, after);
    }
  }
  return SL_OK;
}

static sl_status compare(const struct sl_tally *sent, const struct sl_tally *found,
                         struct sl_error *err) {
  if (found->rows != sent->rows) {
    return sl_fail(err, SL_EDATA,
                   "verification: table %s was sent %" PRId64 " rows, and has %" PRId64
                   " of this load: %s",
                   sent->table, sent->rows, found->rows, after);
  }
  sl_status rc = compare_columns(sent, found, err);
  if (rc == SL_OK && sent->row_sum != found->row_sum) {
    rc = sl_fail(err, SL_EDATA,
                 "verification: the values of table %s are all there, but in other rows than they "
                 "were sent in: %s",
                 sent->table, after);
  }
  return rc;
}

static void print_table(struct sl_buffer *out, const struct sl_tally *sent, const char *compared,
                        const char *reason) {
  sl_buffer_text(out, out->data[out->length - 1] == '[' ? "{\"name\": " : ", {\"name\": ");
  sl_json_string(out, sent->table, strlen(sent->table));
  sl_buffer_printf(out, ", \"compared\": \"%s\"", compared);
  if (reason != NULL) {
    sl_buffer_printf(out, ", \"reason\": \"%s\"", reason);
  }
  if (sent->counted) {
    sl_buffer_printf(out, ", \"source_rows\": %" PRId64, sent->source_rows);
  } else {
    sl_buffer_text(out, ", \"source_rows\": null");
  }
  sl_buffer_printf(out, ", \"rows\": %" PRId64 ", \"row_checksum\": \"%016" PRIx64 "\"", sent->rows,
                   sent->row_sum);
  sl_buffer_text(out, ", \"columns\": [");
  for (size_t i = 0; i < sent->n_columns; i++) {
    const struct sl_tally_column *c = &sent->columns[i];
    sl_buffer_text(out, i == 0 ? "{\"name\": " : ", {\"name\": ");
    sl_json_string(out, c->name, strlen(c->name));
    sl_buffer_printf(out, ", \"values\": %" PRId64 ", \"checksum\": \"%016" PRIx64 "\"}",
                     c->sum.values, c->sum.sum);
  }
  sl_buffer_char(out, ']');
}

static sl_status read_staging(struct sl_run *run, const struct sl_tally *sent,
                              struct sl_tally *found, struct sl_source_found **source,
                              struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  struct sl_table_name staging = sl_run_staging(sl_schema_table(run->schema, sent->table), run);
  add_select(run, sent, &staging, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  rc = rc == SL_OK ? read_back(run, sent, sql.data, found, source, err) : rc;
  sl_buffer_release(&sql);
  return rc;
}

/* The final table, or where a merge has dropped rows by their keys, what it was fed with. */
static sl_status verify_table(struct sl_run *run, const struct sl_tally *sent,
                              struct sl_error *err) {
  const struct sl_run_table *entry = entry_of(run, sent->table);
  struct sl_buffer sql = { 0 };
  struct sl_tally found = { 0 };
  struct sl_source_found *source = NULL;
  struct sl_table_name final = sl_run_final(run, entry->table);
  const char *compared = "table";
  add_select(run, sent, &final, &sql);
  const char *reason = add_scope(run, entry, &sql);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK && reason == NULL) {
    rc = read_back(run, sent, sql.data, &found, &source, err);
  }
  bool merged = sl_table_disposition(run->schema, entry->table) == SL_MERGE;
  if (rc == SL_OK && merged && (reason != NULL || found.rows != sent->rows)) {
    reason = "the merge dropped or skipped rows by their keys";
    compared = sl_sql_keeps_staged(&run->sql) ? "staging" : "no";
    sl_tally_release(&found);
    rc = sl_sql_keeps_staged(&run->sql) ? read_staging(run, sent, &found, &source, err) : SL_OK;
  } else if (reason != NULL) {
    compared = "no";
  }
  bool left_out = strcmp(compared, "no") == 0;
  if (rc == SL_OK && !left_out) {
    rc = compare(sent, &found, err);
  }
  if (rc == SL_OK) {
    print_table(&run->certificate, sent, compared, reason);
    rc = source == NULL || left_out
             ? SL_OK
             : sl_source_check_compare(run, sl_source_check_of(run, sent->table), sent, source,
                                       &run->certificate, err);
    sl_buffer_char(&run->certificate, '}');
  }
  if (rc == SL_OK) {
    *(left_out ? &run->unverified_tables : &run->verified_tables) += 1;
  }
  free(source);
  sl_tally_release(&found);
  sl_buffer_release(&sql);
  return rc;
}

/* The load fails with what was found. */
static sl_status refute(struct sl_run *run, struct sl_error *err) {
  size_t used = err == NULL ? 0 : strlen(err->message);
  run->refuted = true;
  if (err != NULL && !run->ledger->committed) { /* else see sl_ledger_explain */
    snprintf(err->message + used, sizeof err->message - used, "; nothing was committed");
  }
  return SL_EDATA;
}

sl_status sl_verify_source(struct sl_run *run, struct sl_error *err) {
  int64_t rows = -1;
  if (!run->settings->verify || run->settings->limit > 0 || run->source_ops->count == NULL) {
    return SL_OK;
  }
  int64_t read = run->counters.documents - run->ledger->table_start; /* also by earlier attempts */
  sl_status rc = run->source_ops->count(run->source, &rows, err);
  if (rc == SL_OK && rows >= 0 && rows != read) {
    rc = sl_fail(err, SL_EDATA,
                 "verification: table %s has %" PRId64 " rows in the source, and %" PRId64
                 " were read. Load again; if it stays so, report it",
                 run->root->name, rows, read);
    return rc == SL_EDATA ? refute(run, err) : rc;
  }
  if (rc == SL_OK && rows >= 0) {
    rc = sl_tallies_count(&run->tallies, run->root->name, rows, err);
  }
  return rc == SL_OK ? sl_source_check_make(run, err) : rc;
}

sl_status sl_verify(struct sl_run *run, struct sl_error *err) {
  struct sl_buffer *out = &run->certificate;
  sl_status rc = SL_OK;
  sl_buffer_printf(out, "{\"load_id\": \"%s\", \"tables\": [", run->load_id);
  for (size_t i = 0; rc == SL_OK && i < run->tallies.n; i++) {
    if (run->tallies.items[i].n_columns > 0) {
      rc = verify_table(run, &run->tallies.items[i], err);
    }
  }
  sl_buffer_text(out, "]}");
  return rc == SL_OK ? sl_buffer_check(out, err) : rc == SL_EDATA ? refute(run, err) : rc;
}
