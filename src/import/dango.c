/* dango.c - a Dango project into another one. (As it is, one is a project of ours already.)
 */
#include <ctype.h>
#include <stdlib.h>

#include "base/files.h"
#include "import/import_internal.h"

struct dango {
  struct sl_import *import;
  struct sl_project *project;
  struct sl_sources sources;
};

/* What Dango's other parts read, and nothing here does. */
static void note_project(struct dango *d) {
  static const char *const none[] = {
    "metabase_port",  "dbt_docs_port",     "marimo_port",          "auto_sync", "debounce_seconds",
    "watch_patterns", "watch_directories", "dbt_coalesce_seconds", "workers",   NULL
  };
  const struct sl_doc *doc = &d->project->yml;
  const struct sl_node *platform = sl_node_get(doc->root, "platform");
  for (size_t i = 0; none[i] != NULL; i++) {
    const struct sl_node *node = sl_node_get(platform, none[i]);
    if (node != NULL && node->kind != SL_NODE_NULL) {
      sl_import_note(d->import, doc->path, node->key_line, "platform.%s: no counterpart", none[i]);
    }
  }
  const struct sl_node *auth = sl_node_get(doc->root, "auth");
  if (auth != NULL) {
    sl_import_note(d->import, doc->path, auth->key_line,
                   "auth: no counterpart; the page is for this machine, or for who has its token");
  }
  char *monitors = sl_project_path(d->project, ".dango/monitors.yml");
  if (monitors != NULL && sl_file_exists(monitors)) {
    sl_import_note(d->import, monitors, 0, "monitors have no counterpart");
  }
  free(monitors);
}

static sl_status read_sources(struct dango *d, struct sl_error *err) {
  for (size_t i = 0; i < d->sources.count; i++) {
    const struct sl_project_source *s = &d->sources.items[i];
    struct sl_import_source *source =
        sl_import_add(d->import, s->name, s->type->name, d->sources.doc.path, s->node->line, err);
    if (source == NULL) {
      return err->code;
    }
    yyjson_mut_obj_remove_key(source->entry, s->type->config_key);
    for (const struct sl_node *n = s->node->first; n != NULL; n = n->next) {
      sl_import_put_node(d->import, source->entry, n->key, n);
    }
    source->config = yyjson_mut_obj_get(source->entry, s->type->config_key);
    if (s->type->reader == SL_READ_NOT_YET) {
      sl_import_note(d->import, d->sources.doc.path, s->node->line,
                     "source %s: type %s is not read yet; it is kept and left out of syncs",
                     s->name, s->type->name);
    }
  }
  return SL_OK;
}

sl_status sl_import_dlt_variables(struct sl_import *import, const struct sl_doc *doc,
                                  const struct sl_node *map, const char *prefix,
                                  struct sl_error *err) {
  sl_status rc = SL_OK;
  for (const struct sl_node *n = map == NULL ? NULL : map->first; rc == SL_OK && n != NULL;
       n = n->next) {
    struct sl_buffer name = { 0 };
    sl_buffer_printf(&name, "%s%s", prefix, prefix[0] == '\0' ? "" : "__");
    for (const char *c = n->key == NULL ? "" : n->key; *c != '\0'; c++) {
      sl_buffer_char(&name, (char)toupper((unsigned char)*c));
    }
    rc = sl_buffer_check(&name, err);
    if (rc == SL_OK && n->kind == SL_NODE_MAP) {
      rc = sl_import_dlt_variables(import, doc, n, name.data, err);
    } else if (rc == SL_OK && sl_node_text(n) != NULL) {
      rc = sl_import_variable(import, name.data, n->text, err);
    } else if (rc == SL_OK) {
      sl_import_note(import, doc->path, n->key_line, "%s: lists have no form as a variable",
                     n->key == NULL ? "" : n->key);
    }
    sl_buffer_release(&name);
  }
  return rc;
}

/* .env, and secrets.toml as the variables that dlt reads instead of it. */
static sl_status read_secrets(struct dango *d, struct sl_error *err) {
  const struct sl_secrets *s = &d->project->secrets;
  sl_status rc = SL_OK;
  for (size_t i = s->n_env; rc == SL_OK && i-- > 0;) { /* the last of a name counts */
    rc = sl_import_variable(d->import, s->env[i].name, s->env[i].value, err);
  }
  return rc == SL_OK ? sl_import_dlt_variables(d->import, &s->secrets, s->secrets.root, "", err)
                     : rc;
}

static sl_status copy_files(struct dango *d, struct sl_error *err) {
  static const char *const folders[] = { "custom_sources", "scripts",     "dbt/models",
                                         "dbt/macros",     "dbt/seeds",   "dbt/snapshots",
                                         "dbt/tests",      "dbt/analyses" };
  static const char *const files[] = { ".dango/schedules.yml", ".dango/cloud.yml",
                                       "dbt/dbt_project.yml",  "dbt/packages.yml",
                                       "requirements.txt",     ".dlt/config.toml" };
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < sizeof folders / sizeof folders[0]; i++) {
    char *from = sl_project_path(d->project, "%s", folders[i]);
    rc = from == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path")
                      : sl_import_copy_folder(d->import, from, folders[i], err);
    free(from);
  }
  for (size_t i = 0; rc == SL_OK && i < sizeof files / sizeof files[0]; i++) {
    char *from = sl_project_path(d->project, "%s", files[i]);
    if (from != NULL && sl_file_exists(from)) {
      rc = sl_import_copy_file(d->import, from, files[i], err);
    }
    free(from);
  }
  return rc;
}

sl_status sl_import_dango(struct sl_import *import, const char *path, struct sl_error *err) {
  struct dango d = { .import = import };
  sl_status rc = sl_project_open(&d.project, path, err);
  if (rc == SL_OK) {
    rc = sl_sources_read(&d.sources, d.project, err);
  }
  if (rc == SL_OK) {
    rc = read_sources(&d, err);
  }
  if (rc == SL_OK) {
    rc = read_secrets(&d, err);
  }
  if (rc == SL_OK) {
    rc = copy_files(&d, err);
  }
  if (rc == SL_OK) {
    note_project(&d);
  }
  sl_sources_release(&d.sources);
  sl_project_close(d.project);
  return rc;
}
