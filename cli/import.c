/* import.c - `sluice import`: another tool's configuration into a project. */
#include "import/import.h"

#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "project/create.h"
#include "project_cli.h"
#include "schema/stored.h"

struct import_options {
  bool dry_run;
};
const struct sl_option sl_cli_import_options[] = {
  { .name = "dry-run",
    .kind = SL_OPTION_FLAG,
    .group = "Import",
    .help = "Shows the sources, variables and notes; writes nothing.",
    .offset = offsetof(struct import_options, dry_run) },
  { .name = NULL },
};

/* The entry as it would stand in sources.yml. */
static void print_entry(const struct sl_import_source *s) {
  struct sl_buffer yaml = { 0 };
  char *json = yyjson_mut_val_write(s->entry, 0, NULL);
  if (json != NULL && sl_json_to_yaml(json, strlen(json), &yaml, NULL) == SL_OK) {
    for (const char *at = yaml.data; *at != '\0';) {
      size_t length = strcspn(at, "\n");
      printf("    %.*s\n", (int)length, at);
      at += length + (at[length] == '\n');
    }
  }
  free(json);
  sl_buffer_release(&yaml);
}

static void print_import(const struct sl_import *import, bool dry_run) {
  for (size_t i = 0; i < import->n_sources; i++) {
    const struct sl_import_source *s = &import->sources[i];
    printf("  source %s (%s), from %s\n", s->name, s->type, s->from);
    if (dry_run) {
      print_entry(s);
    }
  }
  for (size_t i = 0; i < import->n_variables; i++) {
    printf("  variable %s for .env\n", import->variables[i].name);
  }
  for (size_t i = 0; i < import->n_copies; i++) {
    printf("  file %s\n", import->copies[i].to);
  }
  if (import->notes.length > 0) {
    printf("Without a counterpart, or to be looked at:\n");
  }
  for (const char *at = import->notes.data; at != NULL && *at != '\0';) {
    size_t length = strcspn(at, "\n");
    printf("  %.*s\n", (int)length, at);
    at += length + (at[length] == '\n');
  }
  printf("%zu source%s, %zu variable%s%s\n", import->n_sources, import->n_sources == 1 ? "" : "s",
         import->n_variables, import->n_variables == 1 ? "" : "s",
         dry_run ? "; nothing was written" : ". Next: `sluice doctor`, then `sluice sync`");
}

static void print_json(const struct sl_import *import, bool dry_run) {
  yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
  yyjson_mut_val *root = yyjson_mut_obj(doc);
  yyjson_mut_doc_set_root(doc, root);
  yyjson_mut_obj_add_bool(doc, root, "dry_run", dry_run);
  yyjson_mut_val *sources = yyjson_mut_obj_add_arr(doc, root, "sources");
  for (size_t i = 0; i < import->n_sources; i++) {
    yyjson_mut_arr_append(sources, yyjson_mut_val_mut_copy(doc, import->sources[i].entry));
  }
  yyjson_mut_val *variables = yyjson_mut_obj_add_arr(doc, root, "variables");
  for (size_t i = 0; i < import->n_variables; i++) {
    yyjson_mut_arr_add_str(doc, variables, import->variables[i].name);
  }
  yyjson_mut_val *files = yyjson_mut_obj_add_arr(doc, root, "files");
  for (size_t i = 0; i < import->n_copies; i++) {
    yyjson_mut_arr_add_str(doc, files, import->copies[i].to);
  }
  yyjson_mut_obj_add_str(doc, root, "notes", import->notes.data == NULL ? "" : import->notes.data);
  char *json = yyjson_mut_write(doc, 0, NULL);
  printf("%s\n", json == NULL ? "{}" : json);
  free(json);
  yyjson_mut_doc_free(doc);
}

/* The project around the current folder; where there is none, the current folder becomes one. */
static sl_status save(struct sl_import *import, struct sl_error *err) {
  struct sl_cli_project p;
  sl_status rc = sl_cli_project_open(&p, err);
  if (rc == SL_ENOTFOUND) {
    const struct sl_project_new fresh = { .folder = "." };
    rc = sl_project_create(&fresh, err);
    if (rc == SL_OK) {
      rc = sl_cli_project_open(&p, err);
    }
  }
  if (rc == SL_OK) {
    rc = sl_import_save(p.project, import, err);
    sl_cli_project_close(&p);
  }
  return rc;
}

int sl_cli_import(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct import_options o = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_import import = { 0 };
  struct sl_error err;
  char *path = NULL;
  struct sl_cli_options sets[] = { { .table = sl_cli_import_options, .settings = &o } };
  sl_status rc = sl_cli_parse(argc, argv, sets, 1, &common, &words, &err);
  if (common.help) {
    sl_cli_help(stdout, sl_cli_command_find("import"));
    return 0;
  }
  if (rc == SL_OK && words.n_words != 2) {
    rc = sl_fail(&err, SL_EUSAGE, "usage: sluice import dango|dlt|sling|meltano PATH [--dry-run]");
  }
  if (rc == SL_OK) { /* whole, for the current folder becomes the project's */
    path = realpath(words.words[1], NULL);
    rc = path == NULL ? sl_fail(&err, SL_ENOTFOUND, "there is no file or folder %s", words.words[1])
                      : sl_import_read(words.words[0], path, &import, &err);
  }
  if (rc == SL_OK && !o.dry_run) {
    rc = save(&import, &err);
  }
  if (rc == SL_OK && common.json) {
    print_json(&import, o.dry_run);
  } else if (rc == SL_OK && !common.quiet) {
    print_import(&import, o.dry_run);
  }
  sl_import_release(&import);
  free(path);
  return rc == SL_OK ? 0 : sl_cli_fail(&common, &err);
}
