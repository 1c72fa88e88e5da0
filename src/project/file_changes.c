/* file_changes.c - which files of a folder are new, updated, unchanged or gone since the last sync,
 * by the state that the file source has stored with its rows (sources/file/incremental.c). */
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <yyjson.h>

#include "pipeline/state.h"
#include "pipeline/workdir.h"
#include "project/sync_source.h"

/* {"files": {…}} of the pipeline's state; *doc NULL = nothing is known. */
static sl_status read_known(const struct sl_project *project, const char *source, yyjson_doc **doc,
                            struct sl_error *err) {
  struct sl_workdir dir = { 0 };
  struct sl_buffer text = { 0 };
  struct sl_buffer json = { 0 };
  struct sl_state *state = NULL;
  bool found = false;
  *doc = NULL;
  sl_status rc = sl_workdir_init(&dir, project->pipelines_dir, source, err);
  if (rc == SL_OK && sl_workdir_exists(&dir)) {
    rc = sl_workdir_read(&dir, SL_STATE_FILE, &text, err);
    if (rc == SL_OK) {
      rc = sl_state_from_json(&state, text.data, text.length, err);
    }
    if (rc == SL_OK) {
      rc = sl_state_resource(state, source, source, &json, &found, err);
    }
  }
  if (rc == SL_OK && found) {
    *doc = yyjson_read(json.data, json.length, 0);
  }
  sl_state_free(state);
  sl_buffer_release(&text);
  sl_buffer_release(&json);
  sl_workdir_release(&dir);
  return rc;
}

static void compare(const char *path, yyjson_val *files, struct sl_file_changes *out) {
  struct stat st;
  yyjson_val *known = yyjson_obj_get(files, path);
  if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
    return;
  }
  int64_t time = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
  if (known == NULL) {
    out->added++;
  } else if (yyjson_get_sint(yyjson_obj_get(known, "size")) != st.st_size ||
             yyjson_get_sint(yyjson_obj_get(known, "mtime")) != time) {
    out->updated++;
  } else {
    out->unchanged++;
  }
}

sl_status sl_file_changes_look(const struct sl_project *project, const char *source,
                               const struct sl_load_settings *load, struct sl_file_changes *out,
                               struct sl_error *err) {
  glob_t found = { 0 };
  yyjson_doc *doc = NULL;
  *out = (struct sl_file_changes){ 0 };
  sl_status rc = read_known(project, source, &doc, err);
  yyjson_val *files = yyjson_obj_get(yyjson_doc_get_root(doc), "files");
  out->known = files != NULL;
  if (rc == SL_OK && glob(load->source, 0, NULL, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc; i++) {
      compare(found.gl_pathv[i], files, out);
    }
    globfree(&found);
  }
  size_t before = yyjson_obj_size(files);
  size_t there = out->updated + out->unchanged;
  out->deleted = before > there ? before - there : 0;
  yyjson_doc_free(doc);
  return rc;
}
