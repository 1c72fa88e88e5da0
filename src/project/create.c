/* create.c - see create.h. */
#include "project/create.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <yyjson.h>

#include "base/files.h"
#include "base/hash.h"
#include "base/time.h"
#include "schema/stored.h"

static const char *const folders[] = {
  ".dango",        ".dlt",       "custom_sources",     "data/uploads",
  "dbt/seeds",     "dbt/macros", "dbt/models/staging", "dbt/models/intermediate",
  "dbt/snapshots", "dbt/tests",  "dbt/models/marts",   "scripts",
};

static const char *const ignored[] = {
  ".env",          ".dlt/secrets.toml", "dbt/profiles.yml",
  "dbt/target/",   "dbt/logs/",         "data/*.duckdb*",
  ".dango/state/", ".dango/history/",   ".dango/logs/",
  "venv/",         ".dango/cloud_key*",
};

static const struct {
  const char *path, *text;
} files[] = {
  { ".dango/sources.yml", "version: '1.0'\nsources: []\n" },
  { ".dlt/config.toml", "# Settings of dlt sources that are no secrets.\n" },
  { "custom_sources/__init__.py", "" },
  { "custom_sources/README.md",
    "Python sources: one file each, registered in .dango/sources.yml with type dlt_native.\n" },
};

static sl_status path_in(const char *folder, const char *file, struct sl_buffer *out,
                         struct sl_error *err) {
  sl_buffer_reset(out);
  sl_buffer_printf(out, "%s/%s", folder, file);
  return sl_buffer_check(out, err);
}

/* Secrets are for the user alone. */
static sl_status write_missing(const char *folder, const char *file, const char *text, bool secret,
                               struct sl_error *err) {
  struct sl_buffer path = { 0 };
  sl_status rc = path_in(folder, file, &path, err);
  if (rc == SL_OK && !sl_file_exists(path.data)) {
    rc = secret ? sl_file_write_private(path.data, text, strlen(text), true, err)
                : sl_file_write(path.data, text, strlen(text), false, err);
  }
  sl_buffer_release(&path);
  return rc;
}

static void print_uuid(char out[40]) {
  uint64_t a = sl_random_seed();
  uint64_t b = sl_random_seed();
  snprintf(out, 40, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
           (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
           ((unsigned)(b >> 48) & 0x3fff) | 0x8000, (unsigned long long)(b & 0xffffffffffffULL));
}

static sl_status print_project(const struct sl_project_new *s, const char *name,
                               struct sl_buffer *out, struct sl_error *err) {
  char uuid[40];
  char now[40];
  print_uuid(uuid);
  sl_timestamp_print(now, sl_now_micros(), true);
  yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
  yyjson_mut_val *root = yyjson_mut_obj(doc);
  yyjson_mut_val *project = yyjson_mut_obj_add_obj(doc, root, "project");
  yyjson_mut_val *platform = yyjson_mut_obj_add_obj(doc, root, "platform");
  yyjson_mut_doc_set_root(doc, root);
  yyjson_mut_obj_add_str(doc, project, "name", name);
  yyjson_mut_obj_add_str(doc, project, "id", uuid);
  if (s->organization != NULL && s->organization[0] != '\0') {
    yyjson_mut_obj_add_str(doc, project, "organization", s->organization);
  }
  if (s->purpose != NULL && s->purpose[0] != '\0') {
    yyjson_mut_obj_add_str(doc, project, "purpose", s->purpose);
  }
  yyjson_mut_obj_add_str(doc, project, "created", now);
  yyjson_mut_obj_add_str(doc, platform, "duckdb_path", "./data/warehouse.duckdb");
  yyjson_mut_obj_add_str(doc, platform, "dbt_project_dir", "./dbt");
  yyjson_mut_obj_add_str(doc, platform, "data_dir", "./data");
  yyjson_mut_obj_add_int(doc, platform, "port", 8800);
  yyjson_mut_obj_add_bool(doc, platform, "auto_dbt", true);
  char *json = yyjson_mut_write(doc, 0, NULL);
  sl_status rc = json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a project")
                              : sl_json_to_yaml(json, strlen(json), out, err);
  free(json);
  yyjson_mut_doc_free(doc);
  return rc;
}

static sl_status write_project(const struct sl_project_new *s, const char *root,
                               struct sl_error *err) {
  struct sl_buffer text = { 0 };
  const char *name = s->name != NULL ? s->name : strrchr(root, '/') + 1;
  sl_status rc = print_project(s, name, &text, err);
  if (rc == SL_OK) {
    rc = write_missing(root, ".dango/project.yml", text.data, false, err);
  }
  sl_buffer_release(&text);
  return rc;
}

static bool has_line(const char *text, const char *line) {
  size_t length = strlen(line);
  while (text != NULL && *text != '\0') {
    if (strcspn(text, "\r\n") == length && strncmp(text, line, length) == 0) {
      return true;
    }
    text = strchr(text, '\n');
    text = text == NULL ? NULL : text + 1;
  }
  return false;
}

static sl_status ignore(const char *root, struct sl_error *err) {
  struct sl_buffer path = { 0 };
  struct sl_buffer text = { 0 };
  struct sl_buffer added = { 0 };
  sl_status rc = path_in(root, ".gitignore", &path, err);
  if (rc == SL_OK && sl_file_exists(path.data)) {
    rc = sl_file_read(path.data, &text, err);
  }
  for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
    if (!has_line(text.data, ignored[i])) {
      sl_buffer_printf(&added, "%s\n", ignored[i]);
    }
  }
  if (rc == SL_OK && added.length > 0) {
    sl_buffer_text(&text, text.length > 0 && text.data[text.length - 1] != '\n' ? "\n" : "");
    sl_buffer_append(&text, added.data, added.length);
    rc = sl_buffer_check(&text, err);
    if (rc == SL_OK) {
      rc = sl_file_write(path.data, text.data, text.length, false, err);
    }
  }
  sl_buffer_release(&path);
  sl_buffer_release(&text);
  sl_buffer_release(&added);
  return rc;
}

static sl_status check_new(const struct sl_project_new *s, struct sl_error *err) {
  struct sl_buffer path = { 0 };
  sl_status rc = path_in(s->folder, ".dango/project.yml", &path, err);
  if (rc == SL_OK && sl_file_exists(path.data) && !s->force) {
    rc = sl_fail(err, SL_EUSAGE, "%s is a project already: --force adds the files that are missing",
                 s->folder);
  }
  sl_buffer_release(&path);
  return rc;
}

sl_status sl_project_create(const struct sl_project_new *s, struct sl_error *err) {
  struct sl_buffer path = { 0 };
  sl_status rc = check_new(s, err);
  if (rc == SL_OK) {
    rc = sl_folder_make(s->folder, err);
  }
  char *root = rc == SL_OK ? realpath(s->folder, NULL) : NULL;
  if (rc == SL_OK && root == NULL) {
    rc = sl_fail_errno(err, errno, "cannot open %s", s->folder);
  }
  for (size_t i = 0; rc == SL_OK && i < sizeof folders / sizeof folders[0]; i++) {
    rc = path_in(root, folders[i], &path, err);
    if (rc == SL_OK) {
      rc = sl_folder_make(path.data, err);
    }
  }
  for (size_t i = 0; rc == SL_OK && i < sizeof files / sizeof files[0]; i++) {
    rc = write_missing(root, files[i].path, files[i].text, false, err);
  }
  if (rc == SL_OK) {
    rc = write_missing(root, ".env", "# Secrets, one NAME=value a line; git must not have it.\n",
                       true, err);
  }
  if (rc == SL_OK) {
    rc = write_missing(root, ".dlt/secrets.toml",
                       "# Credentials of dlt sources: [sources.sql_database] credentials = \"…\"\n",
                       true, err);
  }
  if (rc == SL_OK) {
    rc = ignore(root, err);
  }
  if (rc == SL_OK) { /* last: a folder with it is a project */
    rc = write_project(s, root, err);
  }
  sl_buffer_release(&path);
  free(root);
  return rc;
}
