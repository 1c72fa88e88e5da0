/* source_add.c - `sluice source add`: flags first, then the prompts of the type's table; the
 * connection is tried before anything is saved. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "source_cli.h"

struct wizard {
  const struct sl_cli_common *common;
  struct sl_cli_source_options *o;
  struct sl_cli_project p;
  struct sl_draft draft;
  bool asks, tested;
};

static const struct sl_source_type *nth_type(const char *answer) {
  char *end = NULL;
  long n = strtol(answer, &end, 10);
  for (const struct sl_source_type *t = sl_source_types; t->name != NULL && *end == '\0'; t++) {
    if (t->reader != SL_READ_NOT_YET && --n == 0) {
      return t;
    }
  }
  return NULL;
}

static const struct sl_source_type *type_of(const char *answer) {
  for (const struct sl_source_type *t = sl_source_types; t->name != NULL; t++) {
    if (strcmp(t->name, answer) == 0 || strcmp(t->title, answer) == 0) {
      return t;
    }
  }
  return answer[0] == '\0' ? NULL : nth_type(answer);
}

static sl_status choose_type(struct wizard *w, struct sl_error *err) {
  char *answer = NULL;
  const char *type = w->o->type;
  sl_status rc = SL_OK;
  if (type == NULL) {
    int n = 0;
    for (const struct sl_source_type *t = sl_source_types; w->asks && t->name != NULL; t++) {
      if (t->reader != SL_READ_NOT_YET) {
        printf("  %2d  %s\n", ++n, t->title);
      }
    }
    rc = sl_cli_ask("Select a data source", NULL, &answer, err);
    type = answer;
  }
  if (rc == SL_OK) {
    w->draft.type = type_of(type);
    if (w->draft.type == NULL) {
      rc = sl_fail(err, SL_EUSAGE, "there is no source type '%s'; `sluice source types` lists them",
                   type);
    } else if (w->draft.type->reader == SL_READ_NOT_YET) {
      rc = sl_fail(err, SL_EUNSUPPORTED, "this build cannot read sources of type %s yet",
                   w->draft.type->name);
    }
  }
  free(answer);
  return rc;
}

static sl_status choose_name(struct wizard *w, struct sl_error *err) {
  if (w->o->name != NULL) {
    w->draft.name = strdup(w->o->name);
    return sl_sources_check_name(&w->p.sources, w->o->name, err);
  }
  sl_status rc;
  do {
    free(w->draft.name);
    w->draft.name = NULL;
    rc = sl_cli_ask("Source name", NULL, &w->draft.name, err);
    if (rc != SL_OK) {
      return rc;
    }
    rc = sl_sources_check_name(&w->p.sources, w->draft.name, err);
    if (rc != SL_OK) {
      printf("  %s\n", err->message);
    }
  } while (rc != SL_OK);
  return rc;
}

static sl_status set_given(struct wizard *w, struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < w->o->n_settings; i++) {
    rc = sl_draft_set(&w->draft, w->o->settings[i].key, w->o->settings[i].text, err);
  }
  w->draft.description = w->o->description == NULL ? NULL : strdup(w->o->description);
  return rc;
}

/* ---- the connection ---- */

static void print_tables(const struct sl_catalog *catalog) {
  enum { SHOWN = 40 };
  printf("  Connected: %zu table%s\n", catalog->n_tables, catalog->n_tables == 1 ? "" : "s");
  for (size_t i = 0; i < catalog->n_tables && i < SHOWN; i++) {
    const struct sl_source_table *t = &catalog->tables[i];
    char rows[32];
    sl_format_count(rows, t->rows);
    printf("    %s%s%s%s%s\n", t->name, t->rows < 0 ? "" : "  (",
           t->rows >= 0 && t->estimate ? "about " : "", t->rows < 0 ? "" : rows,
           t->rows < 0 ? "" : " rows)");
  }
  if (catalog->n_tables > SHOWN) {
    printf("    … and %zu more\n", catalog->n_tables - SHOWN);
  }
}

static sl_status ask_url(struct wizard *w, const char *variable, struct sl_error *err) {
  char question[300];
  char *url = NULL;
  snprintf(question, sizeof question, "Connection URL, stored in .env as %s (%s)", variable,
           w->draft.type->example == NULL ? "a URL" : w->draft.type->example);
  sl_status rc = sl_cli_ask_secret(question, &url, err);
  if (rc == SL_OK && url[0] != '\0') {
    rc = sl_draft_set_secret(&w->draft, url, err);
  }
  free(url);
  return rc;
}

/* The value behind the variable: of --url, of .env, or asked for. */
static sl_status find_url(struct wizard *w, struct sl_error *err) {
  const char *variable = sl_draft_variable(&w->draft);
  if (w->o->url != NULL) {
    return sl_draft_set_secret(&w->draft, w->o->url, err);
  }
  if (variable == NULL || !w->asks ||
      sl_secrets_variable(&w->p.project->secrets, variable) != NULL) {
    return SL_OK;
  }
  return ask_url(w, variable, err);
}

/* Tries until it works or the user gives up. */
static sl_status test(struct wizard *w, struct sl_error *err) {
  struct sl_catalog catalog;
  sl_status rc;
  while ((rc = sl_draft_test(w->p.project, &w->draft, &catalog, err)) != SL_OK) {
    const char *variable = sl_draft_variable(&w->draft);
    if (!w->asks || variable == NULL) {
      return rc;
    }
    printf("  %s\n", err->message);
    if (!sl_cli_confirm("Try a different connection URL?", true) ||
        ask_url(w, variable, err) != SL_OK) {
      return rc;
    }
  }
  if (!w->common->quiet && !w->common->json) {
    print_tables(&catalog);
  }
  sl_catalog_release(&catalog);
  w->tested = true;
  return SL_OK;
}

/* ---- prompts ---- */

/* Before tables are asked for, those that are there are shown. */
static sl_status before_field(struct wizard *w, const struct sl_source_field *f,
                              struct sl_error *err) {
  if (f->kind != SL_FIELD_LIST || w->tested || w->o->no_test) {
    return SL_OK;
  }
  return test(w, err);
}

static sl_status ask_field(struct wizard *w, const struct sl_source_field *f,
                           struct sl_error *err) {
  sl_status rc;
  do {
    char *answer = NULL;
    rc = sl_cli_ask(f->prompt, f->default_text, &answer, err);
    if (rc != SL_OK) {
      return rc;
    }
    rc = f->required && answer[0] == '\0' ? sl_fail(err, SL_EUSAGE, "an answer is needed here")
                                          : sl_draft_set(&w->draft, f->key, answer, err);
    if (rc != SL_OK) {
      printf("  %s\n", err->message);
    }
    free(answer);
  } while (rc != SL_OK);
  return rc;
}

static sl_status fill_fields(struct wizard *w, struct sl_error *err) {
  sl_status rc = SL_OK;
  const struct sl_source_field *f = w->draft.type->fields;
  for (; rc == SL_OK && f != NULL && f->key != NULL; f++) {
    bool given = sl_draft_get(&w->draft, f->key) != NULL;
    if (given || f->prompt == NULL) {
      continue;
    }
    if (w->asks) {
      rc = before_field(w, f, err);
      rc = rc == SL_OK ? ask_field(w, f, err) : rc;
      rc = rc == SL_OK && f->kind == SL_FIELD_VARIABLE ? find_url(w, err) : rc;
    } else if (f->default_text != NULL) {
      rc = sl_draft_set(&w->draft, f->key, f->default_text, err);
    } else if (f->required) {
      rc = sl_fail(err, SL_EUSAGE, "sources of type %s need --%s: %s", w->draft.type->name, f->key,
                   f->help);
    }
  }
  return rc;
}

static sl_status run(struct wizard *w, struct sl_error *err) {
  sl_status rc = choose_type(w, err);
  w->asks = w->asks && w->o->n_settings == 0 && w->o->url == NULL;
  if (rc == SL_OK) {
    rc = choose_name(w, err);
  }
  if (rc == SL_OK) {
    rc = set_given(w, err);
  }
  if (rc == SL_OK) {
    rc = fill_fields(w, err);
  }
  if (rc == SL_OK && !w->asks) {
    rc = find_url(w, err);
  }
  bool native = rc == SL_OK && w->draft.type->reader == SL_READ_DLT_NATIVE;
  if (rc == SL_OK && !w->o->no_test && !native && (!w->tested || w->asks)) {
    w->common = w->tested ? &(const struct sl_cli_common){ .quiet = true } : w->common;
    rc = test(w, err);
  }
  return rc == SL_OK ? sl_draft_save(w->p.project, &w->draft, err) : rc;
}

int sl_cli_source_add(const struct sl_cli_common *common, struct sl_cli_source_options *o) {
  struct wizard w = { .common = common, .o = o, .asks = sl_cli_can_ask() && !o->yes };
  struct sl_error err;
  sl_status rc = sl_cli_project_open(&w.p, &err);
  if (rc == SL_OK) {
    rc = run(&w, &err);
  }
  int code = 0;
  if (rc != SL_OK) {
    code = sl_cli_fail(common, &err);
  } else if (common->json) {
    struct sl_buffer json = { 0 };
    if (sl_draft_json(&w.draft, &json, &err) == SL_OK) {
      printf("%s\n", json.data);
    }
    sl_buffer_release(&json);
  } else if (!common->quiet) {
    printf("Saved %s in .dango/sources.yml.\n\nNext steps:\n  1. sluice sync %s\n", w.draft.name,
           w.draft.name);
  }
  sl_draft_release(&w.draft);
  sl_cli_project_close(&w.p);
  return code;
}
