/* package_read.c - what load packages tell: lists, jobs with their states, schema updates. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <yyjson.h>

#include "base/files.h"
#include "base/real.h"
#include "base/time.h"
#include "pipeline/package_files.h"
#include "pipeline/state_json.h"
#include "schema/stored.h"

sl_status sl_package_list(const struct sl_workdir *dir, enum sl_package_place place, char ***ids,
                          size_t *count, struct sl_error *err) {
  struct sl_buffer folder = { 0 };
  *ids = NULL;
  *count = 0;
  sl_status rc = sl_package_folder(dir, place, &folder, err);
  if (rc == SL_OK) { /* load ids sort as texts */
    rc = sl_folder_list(folder.data, SL_FOLDERS, ids, count, err);
  }
  sl_buffer_release(&folder);
  return rc;
}

sl_status sl_package_pending(const struct sl_workdir *dir, struct sl_buffer *out,
                             struct sl_error *err) {
  static const enum sl_package_place places[] = { SL_PACKAGES_EXTRACTED, SL_PACKAGES_NORMALIZED };
  size_t counts[2] = { 0 };
  char oldest[40] = "";
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < 2; i++) {
    char **ids = NULL;
    rc = sl_package_list(dir, places[i], &ids, &counts[i], err);
    if (counts[i] > 0 && (oldest[0] == '\0' || strcmp(ids[0], oldest) < 0)) {
      snprintf(oldest, sizeof oldest, "%s", ids[0]);
    }
    sl_names_free(ids, counts[i]);
  }
  size_t all = counts[0] + counts[1];
  if (rc != SL_OK || all == 0) {
    return rc;
  }
  sl_buffer_printf(out,
                   "dlt has begun %zu load package%s of pipeline %s that %s not loaded (%zu "
                   "extracted, %zu normalized; the oldest is %s). Their rows are not in the "
                   "dataset, and the next run() of dlt loads them and not its new data. Load them "
                   "with pipeline.normalize() and pipeline.load() in Python, or give them up with "
                   "`dlt pipeline %s abort-packages`",
                   all, all == 1 ? "" : "s", dir->name, all == 1 ? "is" : "are", counts[0],
                   counts[1], oldest, dir->name);
  return sl_buffer_check(out, err);
}

static yyjson_doc *read_json(const char *package, const char *file) {
  struct sl_buffer path = { 0 };
  struct sl_buffer text = { 0 };
  yyjson_doc *doc = NULL;
  sl_buffer_printf(&path, "%s/%s", package, file);
  if (!path.failed && sl_file_read(path.data, &text, NULL) == SL_OK && text.length > 0) {
    doc = yyjson_read(text.data, text.length, 0);
  }
  sl_buffer_release(&path);
  sl_buffer_release(&text);
  return doc;
}

int64_t sl_package_created(const char *package, const char *load_id) {
  yyjson_doc *doc = read_json(package, SL_PACKAGE_STATE);
  const char *text = yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(doc), "created_at"));
  struct sl_iso iso;
  int64_t micros;
  if (text != NULL && (unsigned char)text[0] == 0xef) {
    text += 3; /* the mark of dlt's typed JSON */
  }
  if (text != NULL && sl_iso_parse(sl_text_of(text), &iso) && iso.kind == SL_ISO_TIMESTAMP) {
    micros = iso.micros;
  } else {
    double seconds = sl_real_parse(load_id, NULL);
    micros = seconds > 0 && seconds < 1e12 ? (int64_t)(seconds * 1e6) : sl_now_micros();
  }
  yyjson_doc_free(doc);
  return micros;
}

bool sl_job_name_parse(const char *file, struct sl_job_name *out) {
  struct sl_text parts[5];
  size_t n = 0;
  const char *at = file;
  while (n < 5) {
    size_t length = strcspn(at, ".");
    parts[n++] = (struct sl_text){ at, length };
    if (at[length] == '\0') {
      at = NULL;
      break;
    }
    at += length + 1;
  }
  bool zipped = n == 5 && sl_text_equal(parts[4], SL_TEXT_LITERAL("gz"));
  if (at != NULL || n < 4 || (n == 5 && !zipped)) {
    return false;
  }
  char *end;
  long retry = strtol(parts[2].data, &end, 10);
  if (end != parts[2].data + parts[2].length || parts[2].length == 0 || retry < 0 ||
      retry > 1000000) {
    return false;
  }
  out->table = parts[0];
  out->file_id = parts[1];
  out->retry = (int)retry;
  out->format = (struct sl_text){ parts[3].data, strlen(parts[3].data) };
  return true;
}

void sl_package_info_release(struct sl_package_info *info) {
  free(info->load_id);
  free(info->path);
  free(info->schema_name);
  free(info->schema_hash);
  free(info->jobs);
  sl_arena_release(&info->arena);
  *info = (struct sl_package_info){ 0 };
}

/* The small file of one of our own jobs. */
static void read_stream_job(const char *package, const char *file, struct sl_package_info *info,
                            struct sl_job *job) {
  yyjson_doc *doc = read_json(package, file);
  yyjson_val *root = yyjson_doc_get_root(doc);
  const char *table = yyjson_get_str(yyjson_obj_get(root, "table"));
  const char *copy = table == NULL ? NULL : sl_arena_copy(&info->arena, table, strlen(table));
  if (copy != NULL) {
    job->table = copy;
    job->rows = yyjson_get_sint(yyjson_obj_get(root, "rows"));
    job->bytes = yyjson_get_sint(yyjson_obj_get(root, "bytes"));
  }
  yyjson_doc_free(doc);
}

static const char *read_message(const char *package, const char *file,
                                struct sl_package_info *info) {
  struct sl_buffer path = { 0 };
  struct sl_buffer text = { 0 };
  const char *message = NULL;
  sl_buffer_printf(&path, "%s/%s" SL_JOB_EXCEPTION, package, file);
  if (!path.failed && sl_file_read(path.data, &text, NULL) == SL_OK && text.length > 0) {
    message = sl_arena_copy(&info->arena, text.data, text.length);
  }
  sl_buffer_release(&path);
  sl_buffer_release(&text);
  return message;
}

static sl_status add_job(struct sl_package_info *info, size_t *capacity, enum sl_job_state state,
                         const char *name, struct sl_error *err) {
  struct sl_job_name parsed;
  struct sl_buffer file = { 0 };
  struct stat st;
  size_t tail = sizeof SL_JOB_EXCEPTION - 1;
  size_t length = strlen(name);
  if ((length > tail && strcmp(name + length - tail, SL_JOB_EXCEPTION) == 0) ||
      !sl_job_name_parse(name, &parsed)) {
    return SL_OK; /* the text of a failure, or a file that is no job */
  }
  sl_status rc = sl_grow(&info->jobs, capacity, info->n_jobs + 1, sizeof *info->jobs, err);
  if (rc != SL_OK) {
    return rc;
  }
  struct sl_job *job = &info->jobs[info->n_jobs];
  *job = (struct sl_job){ .state = state, .rows = -1, .retry = parsed.retry };
  job->table = sl_arena_copy(&info->arena, parsed.table.data, parsed.table.length);
  job->file_id = sl_arena_copy(&info->arena, parsed.file_id.data, parsed.file_id.length);
  job->format = sl_arena_copy(&info->arena, parsed.format.data, parsed.format.length);
  sl_buffer_printf(&file, "%s/%s", sl_job_state_name(state), name);
  rc = sl_buffer_check(&file, err);
  if (rc == SL_OK && (job->table == NULL || job->file_id == NULL || job->format == NULL)) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a job");
  }
  if (rc == SL_OK) {
    char *path = sl_arena_printf(&info->arena, "%s/%s", info->path, file.data);
    job->bytes = path != NULL && stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
    if (strcmp(job->format, SL_JOB_FORMAT) == 0) {
      read_stream_job(info->path, file.data, info, job);
    }
    job->message = state == SL_JOB_FAILED ? read_message(info->path, file.data, info) : NULL;
    info->n_jobs++;
  }
  sl_buffer_release(&file);
  return rc;
}

static sl_status read_jobs(struct sl_package_info *info, struct sl_error *err) {
  struct sl_buffer folder = { 0 };
  size_t capacity = 0;
  sl_status rc = SL_OK;
  for (int state = 0; rc == SL_OK && state < SL_JOB_STATES; state++) {
    char **names = NULL;
    size_t n = 0;
    sl_buffer_reset(&folder);
    sl_buffer_printf(&folder, "%s/%s", info->path, sl_job_state_name((enum sl_job_state)state));
    rc = sl_buffer_check(&folder, err);
    if (rc == SL_OK) {
      rc = sl_folder_list(folder.data, SL_FILES, &names, &n, err);
    }
    for (size_t i = 0; rc == SL_OK && i < n; i++) {
      rc = add_job(info, &capacity, (enum sl_job_state)state, names[i], err);
    }
    sl_names_free(names, n);
  }
  sl_buffer_release(&folder);
  return rc;
}

static sl_status copy_member(char **out, yyjson_val *object, const char *name,
                             struct sl_error *err) {
  const char *text = yyjson_get_str(yyjson_obj_get(object, name));
  *out = text == NULL ? NULL : strdup(text);
  return text != NULL && *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %s", name)
                                      : SL_OK;
}

static sl_status read_verdict(struct sl_package_info *info, struct sl_error *err) {
  struct sl_buffer path = { 0 };
  struct sl_buffer text = { 0 };
  struct stat st;
  sl_buffer_printf(&path, "%s/" SL_PACKAGE_COMPLETED, info->path);
  sl_status rc = sl_buffer_check(&path, err);
  if (rc == SL_OK && stat(path.data, &st) == 0) {
    rc = sl_file_read(path.data, &text, err);
    snprintf(info->state, sizeof info->state, "%s", text.data == NULL ? "loaded" : text.data);
    info->completed_micros =
        (int64_t)st.st_mtim.tv_sec * SL_MICROS_PER_SECOND + st.st_mtim.tv_nsec / 1000;
  }
  sl_buffer_release(&path);
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_package_read(const struct sl_workdir *dir, enum sl_package_place place,
                          const char *load_id, struct sl_package_info *out, struct sl_error *err) {
  static const char *const states[] = { "extracted", "new", "normalized", "loaded" };
  struct sl_buffer path = { 0 };
  *out = (struct sl_package_info){ 0 };
  sl_status rc = sl_package_folder(dir, place, &path, err);
  sl_buffer_printf(&path, "/%s", load_id);
  if (rc == SL_OK) {
    rc = sl_buffer_check(&path, err);
  }
  if (rc == SL_OK && !sl_folder_exists(path.data)) {
    rc = sl_fail(err, SL_ENOTFOUND, "pipeline %s has no load package %s", dir->name, load_id);
  }
  if (rc == SL_OK &&
      ((out->path = sl_buffer_take(&path)) == NULL || (out->load_id = strdup(load_id)) == NULL)) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for load package %s", load_id);
  }
  sl_buffer_release(&path);
  if (rc == SL_OK) {
    snprintf(out->state, sizeof out->state, "%s", states[place]);
    rc = read_verdict(out, err);
  }
  if (rc == SL_OK) {
    yyjson_doc *schema = read_json(out->path, SL_PACKAGE_SCHEMA);
    yyjson_doc *updates = read_json(out->path, SL_PACKAGE_UPDATES);
    rc = copy_member(&out->schema_name, yyjson_doc_get_root(schema), "name", err);
    if (rc == SL_OK) {
      rc = copy_member(&out->schema_hash, yyjson_doc_get_root(schema), "version_hash", err);
    }
    out->n_updated_tables = yyjson_obj_size(yyjson_doc_get_root(updates));
    yyjson_doc_free(schema);
    yyjson_doc_free(updates);
  }
  if (rc == SL_OK) {
    rc = read_jobs(out, err);
  }
  if (rc != SL_OK) {
    sl_package_info_release(out);
  }
  return rc;
}

/* Leaves in the table only the columns that `before` has not; false when nothing is left to tell.
 */
static bool keep_new_columns(yyjson_mut_val *table, const struct sl_table *now,
                             const struct sl_table *before) {
  yyjson_mut_obj_iter at = yyjson_mut_obj_iter_with(yyjson_mut_obj_get(table, "columns"));
  bool any = before == NULL;
  for (yyjson_mut_val *key; (key = yyjson_mut_obj_iter_next(&at)) != NULL;) {
    const char *name = yyjson_mut_get_str(key);
    const struct sl_column *column = sl_table_column(now, name);
    const struct sl_column *old = before == NULL ? NULL : sl_table_column(before, name);
    if (column->type != SL_TYPE_NONE && (old == NULL || old->type == SL_TYPE_NONE)) {
      any = true;
    } else {
      yyjson_mut_obj_iter_remove(&at);
    }
  }
  return any;
}

static void keep_new_tables(yyjson_mut_val *tables, const struct sl_schema *now,
                            const struct sl_schema *before) {
  yyjson_mut_obj_iter at = yyjson_mut_obj_iter_with(tables);
  for (yyjson_mut_val *key; (key = yyjson_mut_obj_iter_next(&at)) != NULL;) {
    const char *name = yyjson_mut_get_str(key);
    const struct sl_table *old = before == NULL ? NULL : sl_schema_table(before, name);
    if (!keep_new_columns(yyjson_mut_obj_iter_get_val(key), sl_schema_table(now, name), old)) {
      yyjson_mut_obj_iter_remove(&at);
    }
  }
}

sl_status sl_package_updates(const struct sl_schema *before, const struct sl_schema *now,
                             struct sl_buffer *out, struct sl_error *err) {
  struct sl_buffer json = { 0 };
  yyjson_mut_doc *doc = NULL;
  sl_status rc = sl_schema_to_json(now, SL_SCHEMA_COMPACT, &json, err);
  if (rc == SL_OK) {
    rc = sl_json_read_mut(&doc, json.data, json.length, "the schema", err);
  }
  yyjson_mut_val *tables = yyjson_mut_obj_get(yyjson_mut_doc_get_root(doc), "tables");
  if (rc == SL_OK) {
    keep_new_tables(tables, now, before);
    size_t length;
    char *text = yyjson_mut_val_write(tables, 0, &length);
    if (text == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for the schema update");
    } else {
      sl_buffer_append(out, text, length);
      rc = sl_buffer_check(out, err);
    }
    free(text);
  }
  yyjson_mut_doc_free(doc);
  sl_buffer_release(&json);
  return rc;
}
