/* source.c - `sluice source add|list|edit|remove|inspect-state|types`. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "pipeline/workdir.h"
#include "project/history.h"
#include "project/process.h"
#include "source_cli.h"

#define SOURCE(member) .offset = offsetof(struct sl_cli_source_options, member)
#define SETTING(option, value, text)                             \
  {                                                              \
    .name = option, .kind = SL_OPTION_TEXT, .value_name = value, \
    .group = "Settings of the source", .help = text              \
  }
const struct sl_option sl_cli_source_options[] = {
  { .name = "type",
    .kind = SL_OPTION_TEXT,
    .value_name = "TYPE",
    .group = "Source",
    .help = "postgres, mongodb, mysql, sqlite, mssql, odbc, csv, …; `sluice source types` lists "
            "them.",
    SOURCE(type) },
  { .name = "name",
    .kind = SL_OPTION_TEXT,
    .value_name = "NAME",
    .group = "Source",
    .help = "Name: lower case letters, digits, _; its tables come into the schema raw_NAME.",
    SOURCE(name) },
  { .name = "description",
    .kind = SL_OPTION_TEXT,
    .value_name = "TEXT",
    .group = "Source",
    .help = "For people.",
    SOURCE(description) },
  { .name = "url",
    .kind = SL_OPTION_TEXT,
    .value_name = "URL",
    .group = "Source",
    .secret = true,
    .help = "Connection URL, stored in .env under the variable of the source.",
    SOURCE(url) },
  { .name = "no-test",
    .kind = SL_OPTION_FLAG,
    .group = "Source",
    .help = "Saves without trying the connection.",
    SOURCE(no_test) },
  { .name = "yes",
    .kind = SL_OPTION_FLAG,
    .group = "Source",
    .help = "Asks nothing.",
    SOURCE(yes) },
  { .name = "enabled-only",
    .kind = SL_OPTION_FLAG,
    .group = "Source",
    .help = "list: leaves out sources that are not enabled.",
    SOURCE(enabled_only) },
  { .name = NULL },
};
/* Prompts as flags; the text goes into the draft under the same name with _ for -. */
static const struct sl_option settings_options[] = {
  SETTING("credentials-env", "VARIABLE", "Variable of .env that holds the connection URL."),
  SETTING("connection-url-env", "VARIABLE", "The same for MongoDB."),
  SETTING("schema", "NAME", "Schema to read."),
  SETTING("table-names", "A,B", "Tables to read; default: all."),
  SETTING("database", "NAME", "MongoDB: database to read."),
  SETTING("collection-names", "A,B", "MongoDB: collections to read; default: all."),
  SETTING("parallel", "yes|no", "MongoDB: reads over several connections."),
  SETTING("path", "FILE", "SQLite: the file."),
  SETTING("directory", "FOLDER", "Files: the folder."),
  SETTING("file-pattern", "GLOB", "Files: which of the folder."),
  SETTING("bucket-url", "URL", "filesystem: the folder."),
  SETTING("file-glob", "GLOB", "filesystem: which files."),
  SETTING("source-module", "MODULE", "dlt_native: the module."),
  SETTING("source-function", "FUNCTION", "dlt_native: the function."),
  SETTING("cursor", "COLUMN", "Only rows beyond the last sync are read, and merged."),
  SETTING("initial-value", "VALUE", "Where the first sync begins."),
  SETTING("primary-key", "A,B", "Key that rows are merged by."),
  SETTING("write-disposition", "HOW", "append, replace or merge."),
  SETTING("where", "CONDITION", "Reads only the rows for which this holds."),
  SETTING("set", "KEY=VALUE", "Any other setting, by its name in sources.yml."),
  { .name = NULL },
};
const struct sl_option *const sl_cli_source_tables[] = { sl_cli_source_options, settings_options,
                                                         NULL };

static sl_status collect(void *arg, const char *name, const char *text, struct sl_error *err) {
  struct sl_cli_source_options *o = arg;
  if (o->n_settings == sizeof o->settings / sizeof o->settings[0]) {
    return sl_fail(err, SL_EUSAGE, "too many settings at --%s", name);
  }
  struct sl_cli_source_setting *s = &o->settings[o->n_settings++];
  const char *key = name;
  s->text = text;
  if (strcmp(name, "set") == 0) {
    const char *equals = strchr(text, '=');
    if (equals == NULL) {
      return sl_fail(err, SL_EUSAGE, "--set needs KEY=VALUE: '%s'", text);
    }
    snprintf(s->key, sizeof s->key, "%.*s", (int)(equals - text), text);
    s->text = equals + 1;
    return SL_OK;
  }
  key = strcmp(name, "cursor") == 0          ? "incremental.cursor_column"
        : strcmp(name, "initial-value") == 0 ? "incremental.initial_value"
                                             : name;
  snprintf(s->key, sizeof s->key, "%s", key);
  for (char *c = s->key; *c != '\0'; c++) {
    *c = (char)(*c == '-' ? '_' : *c);
  }
  return SL_OK;
}

/* ---- list ---- */

static void print_source(const struct sl_cli_project *p, const struct sl_project_source *s,
                         int width) {
  struct sl_history history = { 0 };
  struct sl_running_state state = { 0 };
  char rows[32] = "-";
  const char *last = "never";
  const char *status = s->enabled ? "enabled" : "disabled";
  if (sl_running_look(p->project, s->name, &state, NULL) == SL_OK && state.running) {
    status = "running";
  }
  if (sl_history_read(p->project, s->name, &history, NULL) == SL_OK && history.count > 0) {
    const struct sl_history_entry *e = &history.entries[history.count - 1];
    last = e->timestamp == NULL ? "-" : e->timestamp;
    if (e->total_row_count >= 0) {
      sl_format_count(rows, e->total_row_count);
    }
    status =
        state.running || e->status == SL_SYNC_SUCCESS ? status : sl_sync_status_name(e->status);
  }
  printf("  %-*s  %-14s %-12s %-12s %-19.19s %14s\n", width, s->name, s->type->name,
         sl_node_get(s->config, "incremental") != NULL ? "incremental" : "full", status, last,
         rows);
  sl_history_release(&history);
}

static int list(const struct sl_cli_common *common, bool enabled_only) {
  struct sl_cli_project p;
  struct sl_error err;
  int width = 6;
  if (sl_cli_project_open(&p, &err) != SL_OK) {
    return sl_cli_fail(common, &err);
  }
  if (common->json) {
    struct sl_buffer json = { 0 };
    sl_node_json(sl_node_get(p.sources.doc.root, "sources"), &json);
    printf("%s\n", json.data == NULL || strcmp(json.data, "null") == 0 ? "[]" : json.data);
    sl_buffer_release(&json);
  } else {
    sl_cli_warn_unreferenced(&p);
    for (size_t i = 0; i < p.sources.count; i++) {
      int n = (int)strlen(p.sources.items[i].name);
      width = n > width ? n : width;
    }
    printf("  %-*s  %-14s %-12s %-12s %-19s %14s\n", width, "name", "type", "mode", "status",
           "last sync", "rows");
    for (size_t i = 0; i < p.sources.count; i++) {
      if (p.sources.items[i].enabled || !enabled_only) {
        print_source(&p, &p.sources.items[i], width);
      }
    }
  }
  sl_cli_project_close(&p);
  return 0;
}

static int list_types(void) {
  for (const struct sl_source_type *t = sl_source_types; t->name != NULL; t++) {
    printf("  %-18s %s%s\n", t->name, t->title,
           t->reader == SL_READ_NOT_YET ? "  (not in this build)" : "");
  }
  return 0;
}

/* ---- edit, remove ---- */

static sl_status edit_file(const struct sl_cli_project *p, struct sl_error *err) {
  const char *editor = getenv("VISUAL") != NULL ? getenv("VISUAL") : getenv("EDITOR");
  char *path = sl_project_path(p->project, ".dango/sources.yml");
  const char *const argv[] = {
    "sh", "-c", "$0 \"$1\"", editor == NULL ? "vi" : editor, path, NULL
  };
  struct sl_process process = { .argv = argv };
  struct sl_sources check = { 0 };
  int code = 0;
  sl_status rc = path == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path")
                              : sl_process_run(&process, &code, err);
  if (rc == SL_OK && code != 0) {
    rc = sl_fail(err, SL_EIO, "the editor %s ended with %d", argv[3], code);
  }
  if (rc == SL_OK) {
    rc = sl_sources_read(&check, p->project, err);
    sl_sources_release(&check);
  }
  free(path);
  return rc;
}

static sl_status edit_settings(struct sl_cli_project *p, const struct sl_cli_source_options *o,
                               const char *name, struct sl_error *err) {
  const struct sl_project_source *s = NULL;
  struct sl_buffer json = { 0 };
  sl_status rc = sl_sources_find(&p->sources, name, &s, err);
  if (rc == SL_OK) {
    struct sl_draft changes = { .type = s->type };
    for (size_t i = 0; rc == SL_OK && i < o->n_settings; i++) {
      rc = sl_draft_set(&changes, o->settings[i].key, o->settings[i].text, err);
    }
    if (rc == SL_OK) {
      rc = sl_draft_merge(&changes, s, &json, err);
    }
    sl_draft_release(&changes);
  }
  if (rc == SL_OK) {
    rc = sl_sources_replace(p->project, name, json.data, err);
  }
  sl_buffer_release(&json);
  return rc;
}

static int edit(const struct sl_cli_common *common, const struct sl_cli_source_options *o,
                const char *name) {
  struct sl_cli_project p;
  struct sl_error err;
  sl_status rc = sl_cli_project_open(&p, &err);
  if (rc == SL_OK) {
    rc = o->n_settings > 0 && name != NULL ? edit_settings(&p, o, name, &err) : edit_file(&p, &err);
    sl_cli_project_close(&p);
  }
  return rc == SL_OK ? 0 : sl_cli_fail(common, &err);
}

static int remove_source(const struct sl_cli_common *common, const struct sl_cli_source_options *o,
                         const char *name) {
  struct sl_cli_project p;
  struct sl_error err;
  sl_status rc = sl_cli_project_open(&p, &err);
  if (rc == SL_OK && !o->yes &&
      !sl_cli_confirm("Remove the source from sources.yml? Its tables stay.", !sl_cli_can_ask())) {
    sl_cli_project_close(&p);
    return 1;
  }
  if (rc == SL_OK) {
    rc = sl_sources_remove(p.project, name, &err);
    sl_cli_project_close(&p);
  }
  if (rc == SL_OK && !common->quiet && !common->json) {
    printf("Removed %s. Its tables in raw_%s are still there.\n", name, name);
  }
  return rc == SL_OK ? 0 : sl_cli_fail(common, &err);
}

/* ---- the command ---- */

static int run(const struct sl_cli_common *common, struct sl_cli_source_options *o,
               const struct sl_cli_arguments *words) {
  const char *what = words->n_words == 0 ? "list" : words->words[0];
  const char *name = words->n_words > 1 ? words->words[1] : NULL;
  struct sl_error err;
  if (strcmp(what, "add") == 0) {
    o->type = o->type == NULL ? name : o->type;
    return sl_cli_source_add(common, o);
  }
  if (strcmp(what, "list") == 0) {
    return list(common, o->enabled_only);
  }
  if (strcmp(what, "types") == 0) {
    return list_types();
  }
  if (strcmp(what, "edit") == 0) {
    return edit(common, o, name);
  }
  if (name != NULL && strcmp(what, "remove") == 0) {
    return remove_source(common, o, name);
  }
  if (name != NULL && strcmp(what, "inspect-state") == 0) {
    return sl_cli_source_inspect_state(common, name);
  }
  sl_fail(&err, SL_EUSAGE,
          "usage: sluice source add|list|types|edit|remove NAME|inspect-state NAME [options]");
  return sl_cli_fail(common, &err);
}

int sl_cli_source(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct sl_cli_source_options o = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_error err;
  struct sl_cli_options sets[] = {
    { .table = sl_cli_source_options, .settings = &o },
    { .table = settings_options, .collect = collect, .arg = &o },
  };
  sl_status rc = sl_cli_parse(argc, argv, sets, 2, &common, &words, &err);
  if (common.help) {
    sl_cli_help(stdout, sl_cli_command_find("source"));
    return 0;
  }
  return rc == SL_OK ? run(&common, &o, &words) : sl_cli_fail(&common, &err);
}
