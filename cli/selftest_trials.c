/* selftest_trials.c - see selftest_trials.h.
 *
 * Each point is tried with loads that make checkpoints, which go on where they stood, and with
 * loads that are one transaction and begin again; those make a certificate, where there is SQL. */
#include "selftest_trials.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include <yyjson.h>

#include "base/files.h"
#include "project/process.h"

enum { MOST_WORDS = 32, BLOCKS_BETWEEN = 8, KILLED = 128 + SIGKILL };

struct trial {
  struct sl_selftest *test;
  enum sl_selftest_kind kind;
  enum sl_fault_point point;
  int64_t load, time;
  bool verify;
  struct sl_buffer file, source, pipelines; /* paths */
};

/* ---- one load by a process of its own ---- */

struct words {
  const char *list[MOST_WORDS + 1];
  size_t n;
};

static void add(struct words *w, const char *a, const char *b) {
  if (w->n + 2 <= MOST_WORDS) {
    w->list[w->n++] = a;
    w->list[w->n++] = b;
  }
}

/* What it prints is JSON, on success and on failure. */
static sl_status start(const struct words *words, const char *fault, yyjson_doc **out, int *code,
                       struct sl_error *err) {
  /* Blocks so small that a load has some. */
  const char *env[] = { "SLUICE_TEST_BLOCK_BYTES=8192", fault, NULL };
  struct sl_buffer output = { 0 };
  struct sl_process process = {
    .argv = words->list, .env = env, .output = &output, .quiet_errors = true
  };
  sl_status rc = sl_process_run(&process, code, err);
  *out = rc == SL_OK && output.data != NULL ? yyjson_read(output.data, output.length, 0) : NULL;
  sl_buffer_release(&output);
  return rc;
}

static sl_status refuse(const struct trial *t, const char *what, int code, yyjson_doc *answer,
                        struct sl_error *err) {
  yyjson_val *error = yyjson_obj_get(yyjson_doc_get_root(answer), "error");
  const char *message = yyjson_get_str(yyjson_obj_get(error, "message"));
  return sl_fail(err, SL_EDEST, "%s of table %s at %s: exit code %d: %s", what,
                 sl_selftest_table(t->kind), sl_fault_name(t->point), code,
                 message == NULL ? "no message" : message);
}

static void describe(const struct trial *t, struct words *w) {
  add(w, "/proc/self/exe", "load");
  add(w, t->source.data, t->test->word);
  add(w, "--dataset", t->test->dataset);
  add(w, "--as", sl_selftest_table(t->kind));
  add(w, "--pipeline", sl_selftest_table(t->kind));
  add(w, "--pipelines-dir", t->pipelines.data);
  add(w, "--write-disposition", sl_selftest_disposition(t->kind));
  if (t->kind == SL_SELFTEST_MERGE) {
    add(w, "--primary-key", "id");
  } else if (t->kind == SL_SELFTEST_APPEND) {
    add(w, "--incremental-files", "--json");
  }
  if (t->verify && t->test->files) {
    add(w, "--json", NULL);
  } else if (t->verify) {
    add(w, "--verify", "--json");
  } else {
    add(w, "--checkpoint", "400rows");
    add(w, "--json", NULL);
  }
}

/* ---- certificates ---- */

/* "table.column values checksum" lines of the source's own columns. */
static void print_certificate(yyjson_val *certificate, struct sl_buffer *out) {
  size_t i;
  size_t max;
  yyjson_val *table;
  yyjson_arr_foreach(yyjson_obj_get(certificate, "tables"), i, max, table) {
    size_t j;
    size_t columns;
    yyjson_val *column;
    yyjson_arr_foreach(yyjson_obj_get(table, "columns"), j, columns, column) {
      const char *name = yyjson_get_str(yyjson_obj_get(column, "name"));
      const char *sum = yyjson_get_str(yyjson_obj_get(column, "checksum"));
      if (name != NULL && strncmp(name, "_dlt", 4) != 0) {
        sl_buffer_printf(out, "%s.%s %" PRId64 " %s\n",
                         yyjson_get_str(yyjson_obj_get(table, "name")), name,
                         yyjson_get_sint(yyjson_obj_get(column, "values")), sum == NULL ? "" : sum);
      }
    }
  }
}

/* The same rows, loaded into a DuckDB file of our own by a process that nobody kills. */
static sl_status undisturbed(const struct trial *t, struct sl_buffer *certificate,
                             struct sl_error *err) {
  struct words words = { .n = 0 };
  struct sl_buffer place = { 0 };
  char dataset[64];
  yyjson_doc *answer = NULL;
  int code = 0;
  snprintf(dataset, sizeof dataset, "undisturbed_%s_%" PRId64, sl_selftest_table(t->kind), t->load);
  sl_buffer_printf(&place, "duckdb:%s/undisturbed.duckdb", t->test->folder);
  sl_status rc = sl_buffer_check(&place, err);
  add(&words, "/proc/self/exe", "load");
  add(&words, t->file.data, place.data);
  add(&words, "--dataset", dataset);
  add(&words, "--as", sl_selftest_table(t->kind));
  add(&words, "--pipeline", dataset);
  add(&words, "--pipelines-dir", t->pipelines.data);
  add(&words, "--verify", "--json");
  rc = rc == SL_OK ? start(&words, NULL, &answer, &code, err) : rc;
  if (rc == SL_OK && code != 0) {
    rc = refuse(t, "an undisturbed load", code, answer, err);
  }
  if (rc == SL_OK) {
    print_certificate(yyjson_obj_get(yyjson_doc_get_root(answer), "certificate"), certificate);
    rc = sl_buffer_check(certificate, err);
  }
  yyjson_doc_free(answer);
  sl_buffer_release(&place);
  return rc;
}

static sl_status compare_certificates(const struct trial *t, yyjson_val *certificate,
                                      struct sl_error *err) {
  struct sl_buffer ours = { 0 };
  struct sl_buffer wanted = { 0 };
  print_certificate(certificate, &ours);
  sl_status rc = undisturbed(t, &wanted, err);
  rc = rc == SL_OK ? sl_buffer_check(&ours, err) : rc;
  if (rc == SL_OK && (ours.length == 0 || ours.length != wanted.length ||
                      memcmp(ours.data, wanted.data, ours.length) != 0)) {
    rc = sl_fail(err, SL_EDATA,
                 "the certificate of table %s, killed at %s and loaded again, is not that of an "
                 "undisturbed load",
                 sl_selftest_table(t->kind), sl_fault_name(t->point));
  }
  t->test->certificates += rc == SL_OK;
  sl_buffer_release(&ours);
  sl_buffer_release(&wanted);
  return rc;
}

/* ---- one trial ---- */

static sl_status prepare(struct trial *t, struct sl_error *err) {
  const char *table = sl_selftest_table(t->kind);
  const char *folder = t->test->folder;
  bool append = t->kind == SL_SELFTEST_APPEND;
  sl_buffer_printf(&t->source, "%s/%s%s", folder, table, append ? "" : ".jsonl");
  sl_buffer_printf(&t->pipelines, "%s/pipelines", folder);
  sl_status rc = sl_buffer_check(&t->source, err);
  rc = rc == SL_OK ? sl_buffer_check(&t->pipelines, err) : rc;
  if (rc == SL_OK && append) {
    rc = sl_folder_make(t->source.data, err);
    sl_buffer_printf(&t->file, "%s/%06" PRId64 ".jsonl", t->source.data, t->load);
  } else if (rc == SL_OK) {
    sl_buffer_append(&t->file, t->source.data, t->source.length);
  }
  rc = rc == SL_OK ? sl_buffer_check(&t->file, err) : rc;
  return rc == SL_OK ? sl_selftest_write(t->kind, t->load, t->file.data, err) : rc;
}

/* Loads again, and looks. */
static sl_status resume(const struct trial *t, const struct words *words, struct sl_error *err) {
  struct sl_selftest *test = t->test;
  struct sl_selftest_tally *tally = &test->tallies[t->point];
  yyjson_doc *answer = NULL;
  int code = 0;
  sl_status rc = start(words, NULL, &answer, &code, err);
  if (rc == SL_OK && code != 0) {
    rc = refuse(t, "the load after the kill", code, answer, err);
  }
  yyjson_val *root = yyjson_doc_get_root(answer);
  if (rc == SL_OK) {
    test->continued += yyjson_is_obj(yyjson_obj_get(root, "continued"));
    rc = sl_selftest_compare(test->location, test->dataset, t->kind, t->load, &tally->found, err);
  }
  /* An append that was killed behind its commit loads nothing again: no certificate. */
  bool nothing = yyjson_get_sint(yyjson_obj_get(root, "records")) == 0;
  if (rc == SL_OK && t->verify && !test->files && !nothing &&
      tally->found.lost + tally->found.doubled == 0) {
    rc = compare_certificates(t, yyjson_obj_get(root, "certificate"), err);
  }
  yyjson_doc_free(answer);
  return rc;
}

/* *reached = false: the load came to its end without the point. */
static sl_status try_once(struct trial *t, bool *reached, struct sl_error *err) {
  struct words words = { .n = 0 };
  yyjson_doc *answer = NULL;
  char fault[80];
  int code = 0;
  /* So that most of the kills between blocks come behind a checkpoint. */
  int64_t time = t->point == SL_FAULT_AFTER_BLOCK ? t->time * BLOCKS_BETWEEN : t->time;
  snprintf(fault, sizeof fault, "SLUICE_FAULT=%s:%" PRId64 "=kill", sl_fault_name(t->point), time);
  sl_status rc = prepare(t, err);
  if (rc == SL_OK) {
    describe(t, &words);
    rc = start(&words, fault, &answer, &code, err);
  }
  if (rc == SL_OK && code != KILLED && code != 0) {
    rc = refuse(t, "the load", code, answer, err);
  }
  *reached = code == KILLED;
  if (rc == SL_OK && *reached) {
    t->test->tallies[t->point].trials++;
    rc = resume(t, &words, err);
  }
  yyjson_doc_free(answer);
  sl_buffer_release(&t->file);
  sl_buffer_release(&t->source);
  sl_buffer_release(&t->pipelines);
  return rc;
}

static sl_status try_point(struct sl_selftest *test, enum sl_selftest_kind kind,
                           enum sl_fault_point point, bool verify, struct sl_error *err) {
  const struct sl_selftest_found *found = &test->tallies[point].found;
  bool reached = true;
  sl_status rc = SL_OK;
  for (int64_t time = 1; rc == SL_OK && reached && time <= test->times; time++) {
    struct trial trial = { .test = test,
                           .kind = kind,
                           .point = point,
                           .load = ++test->loads[kind],
                           .time = time,
                           .verify = verify };
    rc = try_once(&trial, &reached, err);
    if (test->stopped()) {
      return sl_fail(err, SL_ECANCELLED, "the selftest was stopped");
    }
    if (rc == SL_OK && found->lost + found->doubled > 0) {
      return sl_fail(err, SL_EDATA,
                     "%" PRId64 " rows are lost and %" PRId64
                     " doubled in table %s, which was "
                     "killed at %s and loaded again",
                     found->lost, found->doubled, sl_selftest_table(kind), sl_fault_name(point));
    }
  }
  return rc;
}

sl_status sl_selftest_run(struct sl_selftest *test, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < SL_FAULT_POINTS * SL_SELFTEST_KINDS * 2; i++) {
    enum sl_fault_point point = (enum sl_fault_point)(i / (SL_SELFTEST_KINDS * 2));
    enum sl_selftest_kind kind = (enum sl_selftest_kind)(i / 2 % SL_SELFTEST_KINDS);
    bool verify = i % 2 == 1;
    if (!test->files || kind != SL_SELFTEST_MERGE) {
      rc = try_point(test, kind, point, verify, err);
    }
  }
  return rc;
}
