/* workdir_schema.c - the schemas in a working folder (dlt: common/storages/schema_storage.py). */
#include <stdlib.h>

#include "base/files.h"
#include "pipeline/workdir.h"
#include "schema/stored.h"

static const char suffix[] = ".schema.json";

static sl_status schema_path(const struct sl_workdir *dir, const char *name, struct sl_buffer *out,
                             struct sl_error *err) {
  sl_buffer_printf(out, "%s/schemas/%s%s", dir->path, name, suffix);
  return sl_buffer_check(out, err);
}

static sl_status check_hash(const struct sl_buffer *json, const char *path, struct sl_error *err) {
  bool intact;
  sl_status rc = sl_schema_verify_json(json->data, json->length, &intact, err);
  return rc != SL_OK || intact
             ? rc
             : sl_fail(err, SL_EDATA,
                       "%s was edited: its content does not fit its version_hash. Change a schema "
                       "through --import-schema instead, or delete the file to take the one of the "
                       "destination",
                       path);
}

sl_status sl_workdir_load_schema(const struct sl_workdir *dir, const char *name,
                                 struct sl_schema **out, struct sl_error *err) {
  struct sl_buffer path = { 0 };
  struct sl_buffer json = { 0 };
  *out = NULL;
  sl_status rc = schema_path(dir, name, &path, err);
  if (rc == SL_OK) {
    rc = sl_file_read(path.data, &json, err);
  }
  if (rc == SL_ENOTFOUND) {
    rc = SL_OK;
  } else if (rc == SL_OK) {
    rc = sl_schema_from_json(out, json.data == NULL ? "" : json.data, json.length, err);
    if (rc != SL_OK) {
      sl_error_add_context(err, "reading %s", path.data);
    } else {
      rc = check_hash(&json, path.data, err);
    }
  }
  if (rc != SL_OK) {
    sl_schema_free(*out);
    *out = NULL;
  }
  sl_buffer_release(&path);
  sl_buffer_release(&json);
  return rc;
}

sl_status sl_workdir_save_schema(const struct sl_workdir *dir, const struct sl_schema *schema,
                                 struct sl_error *err) {
  struct sl_buffer path = { 0 };
  struct sl_buffer json = { 0 };
  sl_status rc = schema_path(dir, schema->name, &path, err);
  if (rc == SL_OK) {
    rc = sl_schema_to_json(schema, SL_SCHEMA_PRETTY, &json, err);
  }
  if (rc == SL_OK) {
    rc = sl_file_write_private(path.data, json.data, json.length, true, err);
  }
  sl_buffer_release(&path);
  sl_buffer_release(&json);
  return rc;
}

sl_status sl_workdir_schemas(const struct sl_workdir *dir, char ***names, size_t *count,
                             struct sl_error *err) {
  struct sl_buffer path = { 0 };
  *names = NULL;
  *count = 0;
  sl_buffer_printf(&path, "%s/schemas", dir->path);
  sl_status rc = sl_buffer_check(&path, err);
  if (rc == SL_OK) {
    rc = sl_folder_list(path.data, SL_FILES, names, count, err);
  }
  size_t kept = 0;
  for (size_t i = 0; rc == SL_OK && i < *count; i++) {
    char *name = (*names)[i];
    size_t n = strlen(name);
    size_t tail = sizeof suffix - 1;
    if (n > tail && strcmp(name + n - tail, suffix) == 0) {
      name[n - tail] = '\0';
      (*names)[kept++] = name;
    } else {
      free(name);
    }
  }
  *count = kept;
  sl_buffer_release(&path);
  return rc;
}

sl_status sl_workdir_clear_schemas(const struct sl_workdir *dir, struct sl_error *err) {
  struct sl_buffer path = { 0 };
  sl_buffer_printf(&path, "%s/schemas", dir->path);
  sl_status rc = sl_buffer_check(&path, err);
  if (rc == SL_OK) {
    rc = sl_folder_delete(path.data, err);
  }
  if (rc == SL_OK) {
    rc = sl_folder_make(path.data, err);
  }
  sl_buffer_release(&path);
  return rc;
}
