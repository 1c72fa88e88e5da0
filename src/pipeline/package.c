/* package.c - writing load packages; see package.h. Source: dlt 1.31
 * common/storages/load_package.py. */
#include "pipeline/package.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <yyjson.h>

#include "base/files.h"
#include "base/hash.h"
#include "base/real.h"
#include "base/time.h"
#include "pipeline/package_files.h"
#include "pipeline/state_json.h"
#include "schema/detect.h"
#include "schema/json_text.h"
#include "schema/stored.h"

/* The next moment that nobody has had, at `least` or later. */
static void print_after(double least, char out[SL_LOAD_ID_BYTES]) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static double last;
  struct sl_buffer text = { 0 };
  pthread_mutex_lock(&lock);
  last = least > last ? least : nextafter(last, INFINITY);
  double seconds = last;
  pthread_mutex_unlock(&lock);
  sl_print_double(seconds, &text);
  /* Without memory for 20 bytes: microseconds do, and the load fails at its next step. */
  if (sl_buffer_check(&text, NULL) == SL_OK) {
    snprintf(out, SL_LOAD_ID_BYTES, "%s", text.data);
  } else {
    char fixed[SL_REAL_CHARS];
    sl_real_print_fixed(fixed, seconds, 6);
    snprintf(out, SL_LOAD_ID_BYTES, "%.*s", SL_LOAD_ID_BYTES - 1, fixed);
  }
  sl_buffer_release(&text);
}

void sl_load_id_new(char out[SL_LOAD_ID_BYTES]) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  print_after((double)now.tv_sec + (double)now.tv_nsec * 1e-9, out);
}

void sl_load_id_raise(char id[SL_LOAD_ID_BYTES], const char *known) {
  const char *end;
  double seconds = sl_real_parse(known, &end);
  if (strcmp(id, known) <= 0 && end != known && *end == '\0' && seconds < 1e11) {
    print_after(nextafter(seconds, INFINITY), id);
  }
}

static const char *const state_names[SL_JOB_STATES] = { "new_jobs", "started_jobs", "failed_jobs",
                                                        "completed_jobs" };

const char *sl_job_state_name(enum sl_job_state state) {
  return state_names[state];
}

sl_status sl_package_folder(const struct sl_workdir *dir, enum sl_package_place place,
                            struct sl_buffer *out, struct sl_error *err) {
  static const char *const folders[] = { "normalize/extracted", "load/new", "load/normalized",
                                         "load/loaded" };
  sl_buffer_printf(out, "%s/%s", dir->path, folders[place]);
  return sl_buffer_check(out, err);
}

static sl_status package_path(const struct sl_workdir *dir, enum sl_package_place place,
                              const char *load_id, struct sl_buffer *out, struct sl_error *err) {
  sl_status rc = sl_package_folder(dir, place, out, err);
  sl_buffer_printf(out, "/%s", load_id);
  return rc == SL_OK ? sl_buffer_check(out, err) : rc;
}

sl_status sl_package_write(const char *package, const char *file, const char *data, size_t length,
                           struct sl_error *err) {
  struct sl_buffer path = { 0 };
  sl_buffer_printf(&path, "%s/%s", package, file);
  sl_status rc = sl_buffer_check(&path, err);
  if (rc == SL_OK) {
    rc = sl_file_write_private(path.data, data, length, false, err);
  }
  sl_buffer_release(&path);
  return rc;
}

/* dlt's typed JSON marks timestamps inside documents; created_at stands there as plain text. */
static void print_time(struct sl_buffer *out, int64_t micros) {
  char text[40];
  sl_timestamp_print(text, micros, true);
  sl_json_string(out, text, strlen(text));
}

static void print_pipeline_state(struct sl_buffer *out, const struct sl_package_end *end) {
  sl_buffer_printf(out,
                   ",\"pipeline_state\":{\"version\":%lld,\"engine_version\":4,\"pipeline_name\":",
                   (long long)end->state_version);
  sl_json_text(out, end->pipeline);
  sl_buffer_text(out, ",\"state\":");
  sl_json_text(out, end->state_row);
  sl_buffer_text(out, ",\"created_at\":");
  print_time(out, end->state_created_micros);
  sl_buffer_text(out, ",\"version_hash\":");
  sl_json_text(out, end->state_hash);
  sl_buffer_text(out, ",\"_dlt_load_id\":");
  sl_json_text(out, end->load_id);
  sl_buffer_char(out, '}');
}

sl_status sl_package_write_state(const char *package, int64_t created_micros,
                                 const struct sl_package_end *end, struct sl_error *err) {
  struct sl_buffer json = { 0 };
  struct sl_buffer whole = { 0 };
  yyjson_mut_doc *doc = NULL;
  char hash[48];
  bool has_state = end != NULL && end->state_row != NULL;
  sl_buffer_text(&json, "{\"created_at\":");
  print_time(&json, created_micros);
  if (has_state) {
    print_pipeline_state(&json, end);
  }
  sl_buffer_char(&json, '}');
  sl_status rc = sl_buffer_check(&json, err);
  if (rc == SL_OK) {
    rc = sl_json_read_mut(&doc, json.data, json.length, "the state of a load package", err);
  }
  if (rc == SL_OK) {
    rc = sl_state_json_hash(doc, hash, err);
  }
  if (rc == SL_OK) { /* version 0 is the package as it was begun */
    sl_buffer_printf(
        &whole, "{\"_state_version\":%d,\"_state_engine_version\":1,\"_version_hash\":\"%s\",%s",
        has_state ? 1 : 0, hash, json.data + 1);
    rc = sl_buffer_check(&whole, err);
  }
  if (rc == SL_OK) {
    rc = sl_package_write(package, SL_PACKAGE_STATE, whole.data, whole.length, err);
  }
  yyjson_mut_doc_free(doc);
  sl_buffer_release(&json);
  sl_buffer_release(&whole);
  return rc;
}

sl_status sl_package_begin(const struct sl_workdir *dir, const char *load_id,
                           int64_t created_micros, struct sl_error *err) {
  static const char *const folders[] = { "new_jobs",       "started_jobs", "failed_jobs",
                                         "completed_jobs", ".exceptions",  ".pending_transitions" };
  struct sl_buffer path = { 0 };
  struct sl_buffer target = { 0 };
  struct sl_buffer below = { 0 };
  /* Made beside and renamed when it is whole: a kill never leaves a package without its mark. */
  sl_buffer_printf(&path, "%s/load/" SL_PACKAGE_BEGUN "%s", dir->path, load_id);
  sl_status rc = sl_buffer_check(&path, err);
  if (rc == SL_OK) {
    rc = package_path(dir, SL_PACKAGES_NEW, load_id, &target, err);
  }
  if (rc == SL_OK) {
    rc = sl_folder_make(path.data, err);
  }
  for (size_t i = 0; rc == SL_OK && i < sizeof folders / sizeof folders[0]; i++) {
    sl_buffer_reset(&below);
    sl_buffer_printf(&below, "%s/%s", path.data, folders[i]);
    rc = sl_buffer_check(&below, err);
    if (rc == SL_OK) {
      rc = sl_folder_make(below.data, err);
    }
  }
  if (rc == SL_OK) {
    rc = sl_package_write(path.data, SL_PACKAGE_MARK, "", 0, err);
  }
  if (rc == SL_OK) {
    rc = sl_package_write_state(path.data, created_micros, NULL, err);
  }
  if (rc == SL_OK && rename(path.data, target.data) != 0) {
    rc = sl_fail_errno(err, errno, "moving %s", path.data);
  }
  sl_buffer_release(&path);
  sl_buffer_release(&target);
  sl_buffer_release(&below);
  return rc;
}

sl_status sl_package_reopen(const struct sl_workdir *dir, const char *load_id,
                            struct sl_error *err) {
  struct sl_buffer path = { 0 };
  sl_status rc = package_path(dir, SL_PACKAGES_LOADED, load_id, &path, err);
  if (rc == SL_OK && sl_folder_exists(path.data)) {
    rc = sl_folder_delete(path.data, err);
  }
  sl_buffer_release(&path);
  return rc;
}

/* A file name: no character that dlt or the file system takes for something else, at most 200
 * bytes. */
static void print_table(struct sl_buffer *out, const char *table) {
  size_t n = sl_utf8_cut(table, strlen(table), 200);
  for (size_t i = 0; i < n; i++) {
    sl_buffer_char(out, strchr("./%{}", table[i]) != NULL || table[i] == '\n' ? '_' : table[i]);
  }
}

static sl_status write_job(const char *package, const struct sl_job *job, uint64_t *random,
                           struct sl_error *err) {
  struct sl_buffer file = { 0 };
  struct sl_buffer json = { 0 };
  sl_buffer_printf(&file, "%s/", state_names[job->state]);
  print_table(&file, job->table);
  sl_buffer_printf(&file, ".%010llx.%d." SL_JOB_FORMAT,
                   (unsigned long long)(sl_random_next(random) & 0xffffffffffULL), job->retry);
  sl_buffer_text(&json, "{\"table\":");
  sl_json_text(&json, job->table);
  sl_buffer_printf(&json, ",\"rows\":%lld,\"bytes\":%lld}\n", (long long)job->rows,
                   (long long)job->bytes);
  sl_status rc = sl_buffer_check(&file, err);
  if (rc == SL_OK) {
    rc = sl_buffer_check(&json, err);
  }
  if (rc == SL_OK) {
    rc = sl_package_write(package, file.data, json.data, json.length, err);
  }
  if (rc == SL_OK && job->message != NULL) {
    sl_buffer_text(&file, SL_JOB_EXCEPTION);
    rc = sl_buffer_check(&file, err);
    if (rc == SL_OK) {
      rc = sl_package_write(package, file.data, job->message, strlen(job->message), err);
    }
  }
  sl_buffer_release(&file);
  sl_buffer_release(&json);
  return rc;
}

/* dlt opens the schema of every package. Without one of its own: any stored one, or an empty one.
 */
static sl_status any_schema(const struct sl_workdir *dir, struct sl_buffer *out,
                            struct sl_error *err) {
  char **names = NULL;
  size_t n = 0;
  struct sl_buffer file = { 0 };
  struct sl_schema *empty = NULL;
  sl_status rc = sl_workdir_schemas(dir, &names, &n, err);
  if (rc == SL_OK && n > 0) {
    sl_buffer_printf(&file, "schemas/%s.schema.json", names[0]);
    rc = sl_buffer_check(&file, err);
    if (rc == SL_OK) {
      rc = sl_workdir_read(dir, file.data, out, err);
    }
  } else if (rc == SL_OK) {
    rc = sl_schema_new(&empty, "aborted", err);
    if (rc == SL_OK) {
      rc = sl_schema_to_json(empty, SL_SCHEMA_COMPACT, out, err);
    }
  }
  sl_schema_free(empty);
  sl_names_free(names, n);
  sl_buffer_release(&file);
  return rc;
}

static sl_status write_schema(const struct sl_workdir *dir, const char *package,
                              const struct sl_schema *schema, struct sl_error *err) {
  struct sl_buffer json = { 0 };
  sl_status rc = schema != NULL ? sl_schema_to_json(schema, SL_SCHEMA_COMPACT, &json, err)
                                : any_schema(dir, &json, err);
  if (rc == SL_OK) {
    rc = sl_package_write(package, SL_PACKAGE_SCHEMA, json.data, json.length, err);
  }
  sl_buffer_release(&json);
  return rc;
}

static sl_status move_to_loaded(const struct sl_workdir *dir, const char *package,
                                const char *load_id, struct sl_error *err) {
  struct sl_buffer to = { 0 };
  sl_status rc = package_path(dir, SL_PACKAGES_LOADED, load_id, &to, err);
  if (rc == SL_OK && rename(package, to.data) != 0) {
    rc = sl_fail_errno(err, errno, "cannot move %s to %s", package, to.data);
  }
  sl_buffer_release(&to);
  return rc;
}

sl_status sl_package_finish(const struct sl_workdir *dir, const struct sl_package_end *end,
                            struct sl_error *err) {
  struct sl_buffer path = { 0 };
  uint64_t random = sl_random_seed();
  const char *verdict = end->aborted ? "aborted" : "loaded";
  sl_status rc = package_path(dir, SL_PACKAGES_NEW, end->load_id, &path, err);
  for (size_t i = 0; rc == SL_OK && i < end->n_jobs; i++) {
    rc = write_job(path.data, &end->jobs[i], &random, err);
  }
  if (rc == SL_OK) {
    rc = write_schema(dir, path.data, end->schema, err);
  }
  if (rc == SL_OK && end->updates_json != NULL) {
    rc = sl_package_write(path.data, SL_PACKAGE_UPDATES, end->updates_json,
                          strlen(end->updates_json), err);
  }
  if (rc == SL_OK && end->certificate != NULL) {
    rc = sl_package_write(path.data, SL_PACKAGE_PROOF, end->certificate, strlen(end->certificate),
                          err);
  }
  if (rc == SL_OK && end->state_row != NULL) {
    rc = sl_package_write_state(path.data, sl_package_created(path.data, end->load_id), end, err);
  }
  if (rc == SL_OK) {
    rc = sl_package_write(path.data, SL_PACKAGE_COMPLETED, verdict, strlen(verdict), err);
  }
  if (rc == SL_OK) {
    rc = move_to_loaded(dir, path.data, end->load_id, err);
  }
  sl_buffer_release(&path);
  return rc == SL_OK ? rc : sl_error_add_context(err, "load package %s", end->load_id);
}

static bool is_ours(const char *folder, const char *load_id) {
  struct sl_buffer mark = { 0 };
  sl_buffer_printf(&mark, "%s/%s/" SL_PACKAGE_MARK, folder, load_id);
  bool ours = !mark.failed && sl_file_exists(mark.data);
  sl_buffer_release(&mark);
  return ours;
}

/* Ours only: dlt's unfinished normalize stands in the same folder. */
static sl_status our_packages(const struct sl_workdir *dir, enum sl_package_place place,
                              char ***ids, size_t *count, struct sl_error *err) {
  struct sl_buffer folder = { 0 };
  size_t kept = 0;
  *ids = NULL;
  *count = 0;
  sl_status rc = sl_package_folder(dir, place, &folder, err);
  if (rc == SL_OK) {
    rc = sl_folder_list(folder.data, SL_FOLDERS, ids, count, err);
  }
  for (size_t i = 0; i < *count; i++) {
    if (is_ours(folder.data, (*ids)[i])) {
      (*ids)[kept++] = (*ids)[i];
    } else {
      free((*ids)[i]);
    }
  }
  *count = kept;
  sl_buffer_release(&folder);
  return rc;
}

sl_status sl_package_recover(const struct sl_workdir *dir, sl_was_committed was_committed,
                             void *arg, size_t *recovered, struct sl_error *err) {
  char **ids = NULL;
  size_t n = 0;
  *recovered = 0;
  sl_status rc = our_packages(dir, SL_PACKAGES_NEW, &ids, &n, err);
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    bool committed = false;
    rc = was_committed(arg, ids[i], &committed, err);
    struct sl_package_end end = { .load_id = ids[i], .aborted = !committed };
    if (rc == SL_OK) {
      rc = sl_package_finish(dir, &end, err);
    }
    *recovered += rc == SL_OK;
  }
  sl_names_free(ids, n);
  return rc;
}

sl_status sl_package_prune(const struct sl_workdir *dir, size_t keep, struct sl_error *err) {
  struct sl_buffer path = { 0 };
  char **ids = NULL;
  size_t n = 0;
  sl_status rc = our_packages(dir, SL_PACKAGES_LOADED, &ids, &n, err);
  for (size_t i = 0; rc == SL_OK && i + keep < n; i++) {
    sl_buffer_reset(&path);
    rc = package_path(dir, SL_PACKAGES_LOADED, ids[i], &path, err);
    if (rc == SL_OK) {
      rc = sl_folder_delete(path.data, err);
    }
  }
  sl_names_free(ids, n);
  sl_buffer_release(&path);
  return rc;
}
