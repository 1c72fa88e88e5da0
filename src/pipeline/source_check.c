/* source_check.c - see source_check.h. */
#include "pipeline/source_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "column/server_hash.h"
#include "schema/json_text.h"

static void check_release(struct sl_source_check *check) {
  for (size_t i = 0; check->names != NULL && i < check->sums.n; i++) {
    free(check->names[i]);
  }
  free(check->names);
  free(check->sums.columns);
  free(check->table);
}

void sl_source_checks_release(struct sl_run *run) {
  for (size_t i = 0; i < run->n_source_checks; i++) {
    check_release(&run->source_checks[i]);
  }
  free(run->source_checks);
  run->source_checks = NULL;
  run->n_source_checks = run->source_checks_capacity = 0;
}

sl_status sl_source_check_possible(const struct sl_run *run, struct sl_error *err) {
  if (!run->settings->verify_source) {
    return SL_OK;
  }
  if (run->source_ops->sums == NULL) {
    return sl_fail(err, SL_EUSAGE,
                   "--verify-source: the source %s cannot make checksums by itself (PostgreSQL, "
                   "MySQL, MariaDB and SQLite can): use --verify, which takes them from what is "
                   "read",
                   run->source_ops->name);
  }
  return run->settings->limit == 0
             ? SL_OK
             : sl_fail(err, SL_EUSAGE,
                       "--verify-source is about whole tables, and --limit reads a part: use "
                       "--verify");
}

/* The columns' names in the destination, and texts of our own for those in the source. */
static sl_status take_names(struct sl_run *run, struct sl_source_check *check,
                            struct sl_error *err) {
  sl_status rc = SL_OK;
  check->names = sl_calloc_array(check->sums.n + 1, sizeof *check->names);
  if (check->names == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for checksums");
  }
  for (size_t i = 0; rc == SL_OK && i < check->sums.n; i++) {
    const char *name = NULL;
    rc = sl_run_normalise(run, &run->naming, check->sums.columns[i].column, &name, err);
    check->names[i] = rc == SL_OK ? strdup(name) : NULL;
    if (rc == SL_OK && check->names[i] == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for checksums");
    }
    check->sums.columns[i].column = check->names[i];
  }
  return rc;
}

sl_status sl_source_check_make(struct sl_run *run, struct sl_error *err) {
  struct sl_source_check check = { 0 };
  if (!run->settings->verify_source) {
    return SL_OK;
  }
  sl_run_report(run, "verify");
  sl_status rc = run->source_ops->sums(run->source, &check.sums, err);
  if (rc == SL_OK && check.sums.why != NULL) {
    char message[400];
    snprintf(message, sizeof message,
             "table %s is verified against what was read, not against the source: %s",
             run->root->name, check.sums.why);
    sl_run_warn(run, message);
    return SL_OK;
  }
  if (rc == SL_OK) {
    rc = take_names(run, &check, err);
  }
  if (rc == SL_OK && (check.table = strdup(run->root->name)) == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for checksums");
  }
  if (rc == SL_OK) {
    rc = sl_grow(&run->source_checks, &run->source_checks_capacity, run->n_source_checks + 1,
                 sizeof *run->source_checks, err);
  }
  if (rc == SL_OK) {
    run->source_checks[run->n_source_checks++] = check;
  } else {
    check_release(&check);
  }
  return rc;
}

const struct sl_source_check *sl_source_check_of(const struct sl_run *run, const char *table) {
  for (size_t i = 0; i < run->n_source_checks; i++) {
    if (strcmp(run->source_checks[i].table, table) == 0) {
      return &run->source_checks[i];
    }
  }
  return NULL;
}

void sl_source_check_add(const struct sl_source_check *check, const struct sl_tally *sent,
                         const struct ArrowSchema *schema, const struct ArrowArray *array,
                         struct sl_source_found *found) {
  for (size_t i = 0; i < check->sums.n; i++) {
    const struct sl_tally_column *column = sl_tally_column(sent, check->names[i]);
    if (check->sums.columns[i].form == SL_SUM_NONE || column == NULL || found[i].unlike) {
      continue;
    }
    size_t at = (size_t)(column - sent->columns);
    found[i].unlike = !sl_server_hash_add(&found[i].sum, check->sums.hash, &check->sums.columns[i],
                                          schema->children[at], array->children[at]);
  }
}

/* Values that are none of the column's type are in x__v_text and the like. */
static bool has_variants(const struct sl_tally *sent, const char *name) {
  size_t n = strlen(name);
  for (size_t i = 0; i < sent->n_columns; i++) {
    const char *other = sent->columns[i].name;
    if (strncmp(other, name, n) == 0 && strncmp(other + n, "__v_", 4) == 0) {
      return true;
    }
  }
  return false;
}

/* Why the column is not compared; NULL = it is. */
static const char *left_out(const struct sl_run *run, const struct sl_source_sum *sum,
                            const struct sl_tally *sent, const struct sl_source_found *found) {
  bool some_left = atomic_load(&run->counters.rejected) > 0 || run->discarded_rows > 0 ||
                   run->discarded_values > 0;
  return sum->form == SL_SUM_NONE          ? "the source has no checksum for its type"
         : some_left                       ? "rows or values were set aside"
         : has_variants(sent, sum->column) ? "some values are in a variant column"
         : found->unlike                   ? "it has another type in the destination"
                                           : NULL;
}

static sl_status compare(const struct sl_source_check *check, const struct sl_source_sum *sum,
                         const struct sl_checksum *found, struct sl_error *err) {
  if (sum->values == found->values && sum->sum == found->sum) {
    return SL_OK;
  }
  return sl_fail(err, SL_EDATA,
                 "verification: column %s of table %s has %" PRId64
                 " values with checksum %016" PRIx64 " in the source, and %" PRId64
                 " with %016" PRIx64
                 " in the destination: they changed on the way, or in the source while it was "
                 "read. Load again; if it stays so, report it",
                 sum->column, check->table, sum->values, sum->sum, found->values, found->sum);
}

sl_status sl_source_check_compare(struct sl_run *run, const struct sl_source_check *check,
                                  const struct sl_tally *sent, const struct sl_source_found *found,
                                  struct sl_buffer *out, struct sl_error *err) {
  sl_status rc = SL_OK;
  sl_buffer_text(out, ", \"source\": [");
  for (size_t i = 0; rc == SL_OK && i < check->sums.n; i++) {
    const struct sl_source_sum *sum = &check->sums.columns[i];
    const char *why = left_out(run, sum, sent, &found[i]);
    sl_buffer_text(out, i == 0 ? "{\"name\": " : ", {\"name\": ");
    sl_json_string(out, sum->column, strlen(sum->column));
    if (why != NULL) {
      sl_buffer_printf(out, ", \"reason\": \"%s\"}", why);
      continue;
    }
    sl_buffer_printf(out, ", \"values\": %" PRId64 ", \"checksum\": \"%016" PRIx64 "\"}",
                     sum->values, sum->sum);
    rc = compare(check, sum, &found[i].sum, err);
  }
  sl_buffer_text(out, "]");
  return rc;
}
