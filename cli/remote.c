/* remote.c - `sluice remote env|push`: the server that the project is pushed to. */
#include "remote/remote.h"

#include <stdlib.h>
#include <string.h>

#include "project_cli.h"

struct remote_options {
  bool dry_run, force, yes, allow_dirty, allow_branch;
};

#define REMOTE(member) .offset = offsetof(struct remote_options, member)
const struct sl_option sl_cli_remote_options[] = {
  { .name = "dry-run",
    .kind = SL_OPTION_FLAG,
    .group = "push",
    .help = "Lists the files that differ; copies nothing.",
    REMOTE(dry_run) },
  { .name = "force",
    .kind = SL_OPTION_FLAG,
    .group = "push",
    .help = "Breaks the lock of another push.",
    REMOTE(force) },
  { .name = "yes", .kind = SL_OPTION_FLAG, .group = "push", .help = "Asks nothing.", REMOTE(yes) },
  { .name = "allow-dirty",
    .kind = SL_OPTION_FLAG,
    .group = "push",
    .help = "Pushes although git has uncommitted changes.",
    REMOTE(allow_dirty) },
  { .name = "allow-branch",
    .kind = SL_OPTION_FLAG,
    .group = "push",
    .help = "Pushes from another branch than deploy_branch of cloud.yml.",
    REMOTE(allow_branch) },
  { .name = NULL },
};

struct remote_cli {
  struct sl_cli_common common;
  struct remote_options options;
  struct sl_cli_arguments words;
  struct sl_cli_project p;
  struct sl_remote remote;
};

/* ---- env ---- */

/* "KEY=VALUE", or "KEY" "VALUE"; a value that is not given is asked for, unseen. *name and *value
 * are malloc'ed. */
static sl_status read_pair(const struct remote_cli *c, char **name, char **value,
                           struct sl_error *err) {
  const char *word = c->words.words[2];
  const char *equals = strchr(word, '=');
  char question[300];
  *value = NULL;
  *name = equals == NULL ? strdup(word) : strndup(word, (size_t)(equals - word));
  if (equals != NULL && c->words.n_words > 3) {
    return sl_fail(err, SL_EUSAGE, "the value is given twice: %s=… and another word", *name);
  }
  if (equals != NULL || c->words.n_words > 3) {
    *value = strdup(equals != NULL ? equals + 1 : c->words.words[3]);
    return *name == NULL || *value == NULL ? sl_fail(err, SL_ENOMEM, "out of memory") : SL_OK;
  }
  snprintf(question, sizeof question, "Value of %s", *name == NULL ? "" : *name);
  return sl_cli_ask_secret(question, value, err);
}

static sl_status set(struct remote_cli *c, struct sl_error *err) {
  char *name = NULL;
  char *value = NULL;
  bool updated = false;
  sl_status rc = read_pair(c, &name, &value, err);
  if (rc == SL_OK) {
    rc = sl_remote_env_change(&c->remote, name, value, &updated, err);
  }
  if (rc == SL_OK && c->common.json) {
    printf("{\"ok\": true, \"updated\": %s}\n", updated ? "true" : "false");
  } else if (rc == SL_OK && !c->common.quiet) {
    printf("%s %s=***\n", updated ? "Updated" : "Set", name);
  }
  free(name);
  free(value);
  return rc;
}

static sl_status drop(struct remote_cli *c, struct sl_error *err) {
  const char *name = c->words.words[2];
  bool updated;
  sl_status rc = sl_remote_env_change(&c->remote, name, NULL, &updated, err);
  if (rc == SL_OK && c->common.json) {
    printf("{\"ok\": true}\n");
  } else if (rc == SL_OK && !c->common.quiet) {
    printf("Deleted %s\n", name);
  }
  return rc;
}

/* True for the last line of a name: earlier ones of it do not count. */
static bool is_last(const struct sl_secrets *all, size_t at) {
  for (size_t i = at + 1; i < all->n_env; i++) {
    if (strcmp(all->env[i].name, all->env[at].name) == 0) {
      return false;
    }
  }
  return true;
}

/* Names alone: no value leaves the server's file for a terminal. wanted NULL = all. */
static sl_status show(struct remote_cli *c, const char *wanted, struct sl_error *err) {
  struct sl_secrets all;
  size_t n = 0;
  sl_status rc = sl_remote_env_read(&c->remote, &all, err);
  if (rc == SL_OK && c->common.json) {
    printf("{\"variables\": [");
  }
  for (size_t i = 0; rc == SL_OK && i < all.n_env; i++) {
    if (is_last(&all, i) && (wanted == NULL || strcmp(wanted, all.env[i].name) == 0)) {
      if (c->common.json) {
        printf("%s", n == 0 ? "" : ", ");
        sl_cli_json_text(stdout, all.env[i].name);
      } else {
        printf("%s=***\n", all.env[i].name);
      }
      n++;
    }
  }
  if (rc == SL_OK && c->common.json) {
    printf("]}\n");
  }
  if (rc == SL_OK && wanted != NULL && n == 0) {
    rc = sl_fail(err, SL_ENOTFOUND, "Not found: %s is not set in remote .env", wanted);
  } else if (rc == SL_OK && wanted == NULL && !c->common.json) {
    printf(n == 0 ? "No environment variables set.\n" : "\n%zu variable(s) total\n", n);
  }
  sl_secrets_release(&all);
  return rc;
}

static sl_status run_env(struct remote_cli *c, struct sl_error *err) {
  const char *what = c->words.n_words < 2 ? "" : c->words.words[1];
  bool named = c->words.n_words == 3;
  if (strcmp(what, "set") == 0 && c->words.n_words >= 3 && c->words.n_words <= 4) {
    return set(c, err);
  }
  if (strcmp(what, "get") == 0 && named) {
    return show(c, c->words.words[2], err);
  }
  if (strcmp(what, "delete") == 0 && named) {
    return drop(c, err);
  }
  if (strcmp(what, "list") == 0 && c->words.n_words == 2) {
    return show(c, NULL, err);
  }
  return sl_fail(err, SL_EUSAGE,
                 "usage: sluice remote env set KEY=VALUE|get KEY|list|delete KEY; without VALUE "
                 "`set KEY` asks for it");
}

/* ---- push ---- */

static void print_lines(FILE *out, const char *prefix, const struct sl_buffer *lines) {
  for (const char *at = lines->data; at != NULL && *at != '\0';) {
    size_t length = strcspn(at, "\n");
    fprintf(out, "  %s%.*s\n", prefix, (int)length, at);
    at += length + (at[length] == '\n');
  }
}

static void print_models(const struct sl_push_report *r, enum sl_push_change change,
                         const char *title) {
  char model[256];
  size_t n = 0;
  for (size_t i = 0; i < r->n; i++) {
    if (r->files[i].change == change && sl_push_model(r->files[i].path, model)) {
      printf("%s%s", n++ == 0 ? title : ", ", model);
    }
  }
  printf("%s", n == 0 ? "" : "\n");
}

static const char *const changes[] = { "new", "changed", "removed" };

static void print_report(const struct remote_cli *c, const struct sl_push_report *r) {
  printf(c->options.dry_run ? "Dry-run summary:\n" : "Push complete.\n");
  for (size_t i = 0; i < r->n && (c->options.dry_run || c->common.verbose); i++) {
    printf("  %-8s %s\n", changes[r->files[i].change], r->files[i].path);
  }
  printf("  Files synced: %zu\n", r->n);
  print_models(r, SL_PUSH_NEW, "  New models: ");
  print_models(r, SL_PUSH_CHANGED, "  Changed models: ");
  print_models(r, SL_PUSH_REMOVED, "  Removed models: ");
  if (r->installed) {
    printf("  requirements.txt: installed\n");
  }
  if (r->built) {
    printf("  Models rebuilt\n");
  }
  if (!c->options.dry_run) {
    printf("  Duration: %.1fs\n", r->seconds);
  }
  print_lines(stdout, "Warning: ", &r->warnings);
}

static void print_json(const struct remote_cli *c, const struct sl_push_report *r) {
  printf("{\"ok\": true, \"dry_run\": %s, \"files\": [", c->options.dry_run ? "true" : "false");
  for (size_t i = 0; i < r->n; i++) {
    printf("%s{\"path\": ", i == 0 ? "" : ", ");
    sl_cli_json_text(stdout, r->files[i].path);
    printf(", \"change\": \"%s\"}", changes[r->files[i].change]);
  }
  printf("], \"installed\": %s, \"built\": %s, \"seconds\": %.3f, \"warnings\": ",
         r->installed ? "true" : "false", r->built ? "true" : "false", r->seconds);
  sl_cli_json_text(stdout, r->warnings.data == NULL ? "" : r->warnings.data);
  printf("}\n");
}

/* SL_EUSAGE: the repository is not in the state for a push. */
static sl_status check_git(const struct remote_cli *c, const struct sl_push_settings *s,
                           struct sl_error *err) {
  struct sl_buffer errors = { 0 };
  struct sl_buffer warnings = { 0 };
  sl_status rc = sl_push_check_git(&c->remote, s, &errors, &warnings, err);
  if (rc == SL_OK && !c->common.quiet) {
    print_lines(stderr, "Warning: ", &warnings);
  }
  if (rc == SL_OK && errors.length > 0) {
    bool branch = strncmp(errors.data, "On branch", 9) == 0;
    bool dirty = strstr(errors.data, "uncommitted") != NULL;
    rc = sl_fail(err, SL_EUSAGE, "%sUse %s%s%s to override.", errors.data,
                 branch ? "--allow-branch" : "", branch && dirty ? " and " : "",
                 dirty ? "--allow-dirty" : "");
  }
  sl_buffer_release(&errors);
  sl_buffer_release(&warnings);
  return rc;
}

static sl_status push(struct remote_cli *c, struct sl_error *err) {
  const struct remote_options *o = &c->options;
  const struct sl_push_settings s = { o->dry_run, o->force, o->allow_dirty, o->allow_branch };
  struct sl_push_report report = { 0 };
  if (!c->common.quiet) {
    sl_cli_warn_unreferenced(&c->p);
  }
  sl_status rc = check_git(c, &s, err);
  if (rc == SL_OK && !o->dry_run && !o->yes &&
      !sl_cli_confirm("This will push local files to the remote server and rebuild. Continue?",
                      false)) {
    return sl_fail(err, SL_ECANCELLED, "Push cancelled%s",
                   sl_cli_can_ask() ? "." : ": nobody can be asked here, --yes says yes.");
  }
  if (rc == SL_OK) {
    rc = sl_push(&c->remote, &s, &report, err);
    rc = rc == SL_OK ? rc : sl_error_add_context(err, "Push failed");
  }
  if (rc == SL_OK && c->common.json) {
    print_json(c, &report);
  } else if (rc == SL_OK && !c->common.quiet) {
    print_report(c, &report);
  }
  sl_push_report_release(&report);
  return rc;
}

int sl_cli_remote(int argc, char **argv) {
  struct remote_cli c = { 0 };
  struct sl_error err;
  struct sl_cli_options sets[] = { { .table = sl_cli_remote_options, .settings = &c.options } };
  sl_status rc = sl_cli_parse(argc, argv, sets, 1, &c.common, &c.words, &err);
  if (c.common.help) {
    sl_cli_help(stdout, sl_cli_command_find("remote"));
    return 0;
  }
  const char *what = c.words.n_words == 0 ? "" : c.words.words[0];
  bool env = strcmp(what, "env") == 0;
  if (rc == SL_OK && !env && (strcmp(what, "push") != 0 || c.words.n_words > 1)) {
    rc = sl_fail(&err, SL_EUSAGE,
                 "usage: sluice remote push [options] | remote env "
                 "set|get|list|delete");
  }
  if (rc == SL_OK) {
    rc = sl_cli_project_open(&c.p, &err);
  }
  if (rc == SL_OK) {
    rc = sl_remote_open(c.p.project, &c.remote, &err);
  }
  if (rc == SL_OK) {
    rc = env ? run_env(&c, &err) : push(&c, &err);
  }
  sl_remote_close(&c.remote);
  sl_cli_project_close(&c.p);
  return rc == SL_OK ? 0 : sl_cli_fail(&c.common, &err);
}
