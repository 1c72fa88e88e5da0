/* push.c - the project's files to the server, declared in remote.h. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <yyjson.h>

#include "base/files.h"
#include "base/time.h"
#include "project/process.h"
#include "remote/remote.h"

/* What a push copies, where it is there: Dango's list. Whole folders lose on the server what they
 * have lost here. */
static const char *const copied[] = {
  "dbt/models",         "dbt/macros",           "dbt/seeds",
  "metabase",           "custom_sources",       "scripts",
  ".dango/sources.yml", ".dango/schedules.yml", ".dango/monitors.yml",
  ".dango/project.yml", "dbt/dbt_project.yml",  "dbt/packages.yml",
  "docker-compose.yml", "Dockerfile.metabase",  "entrypoint.sh",
  "requirements.txt",
};
/* Never, wherever they lie: secrets, data, what is made again. */
static const char *const left_out[] = {
  "--exclude=.env",         "--exclude=.env.*",        "--exclude=secrets.toml",
  "--exclude=profiles.yml", "--exclude=cloud_key*",    "--exclude=*.pem",
  "--exclude=*.key",        "--exclude=*.duckdb*",     "--exclude=.git/",
  "--exclude=__pycache__/", "--exclude=venv/",         "--exclude=.venv/",
  "--exclude=target/",      "--exclude=dbt_packages/",
};
enum {
  N_COPIED = sizeof copied / sizeof copied[0],
  N_LEFT_OUT = sizeof left_out / sizeof *left_out
};
enum { LOCKED = 65, NOT_THERE = 67 }; /* what the scripts end with */

void sl_push_report_release(struct sl_push_report *report) {
  for (size_t i = 0; i < report->n; i++) {
    free(report->files[i].path);
  }
  free(report->files);
  sl_buffer_release(&report->warnings);
  *report = (struct sl_push_report){ 0 };
}

bool sl_push_model(const char *path, char out[256]) {
  const char *name = strrchr(path, '/');
  size_t length = name == NULL ? 0 : strlen(++name);
  if (strncmp(path, "dbt/models/", 11) != 0 || length < 5 || length > 255 ||
      strcmp(name + length - 4, ".sql") != 0) {
    return false;
  }
  snprintf(out, 256, "%.*s", (int)length - 4, name);
  return true;
}

/* ---- git ---- */

/* What git prints, without the last end of line; *known false = no repository, or no git. */
static void ask_git(const struct sl_remote *r, const char *const *argv, struct sl_buffer *out,
                    bool *known) {
  int code = 0;
  struct sl_process git = {
    .argv = argv, .folder = r->project->root, .output = out, .quiet_errors = true
  };
  *known = sl_process_run(&git, &code, NULL) == SL_OK && code == 0;
  while (out->length > 0 && out->data[out->length - 1] == '\n') {
    out->data[--out->length] = '\0';
  }
}

sl_status sl_push_check_git(const struct sl_remote *r, const struct sl_push_settings *s,
                            struct sl_buffer *errors, struct sl_buffer *warnings,
                            struct sl_error *err) {
  static const char *const branch_argv[] = { "git", "symbolic-ref", "--short", "-q", "HEAD", NULL };
  static const char *const state_argv[] = { "git", "status", "--porcelain", "--", ".", NULL };
  struct sl_buffer branch = { 0 };
  struct sl_buffer state = { 0 };
  bool on_branch;
  bool known;
  ask_git(r, branch_argv, &branch, &on_branch);
  ask_git(r, state_argv, &state, &known);
  if (!known) {
    sl_buffer_text(warnings, "Not a git repo: its state is not checked.\n");
  } else if (!on_branch) {
    sl_buffer_text(warnings, "Detached HEAD: no branch is checked.\n");
  } else if (strcmp(branch.data, r->branch) != 0 && s->allow_branch) {
    sl_buffer_printf(warnings, "Deploying from '%s' (expected '%s').\n", branch.data, r->branch);
  } else if (strcmp(branch.data, r->branch) != 0) {
    sl_buffer_printf(errors, "On branch '%s', expected '%s'.\n", branch.data, r->branch);
  }
  if (known && state.length > 0) {
    sl_buffer_text(s->allow_dirty ? warnings : errors, "Working tree has uncommitted changes.\n");
  }
  sl_buffer_release(&branch);
  sl_buffer_release(&state);
  sl_status rc = sl_buffer_check(errors, err);
  return rc == SL_OK ? sl_buffer_check(warnings, err) : rc;
}

/* ---- the lock: beside the project's folder on the server, as Dango's ---- */

static void print_lock(struct sl_buffer *out) {
  char host[256] = "unknown";
  char started[40];
  char expires[40];
  const char *user = getenv("USER");
  int64_t now = sl_now_micros();
  gethostname(host, sizeof host - 1);
  sl_timestamp_print(started, now, true);
  sl_timestamp_print(expires, now + INT64_C(1800) * 1000000, true);
  sl_buffer_printf(out,
                   "{\"deployer\": \"%s@%s\", \"started_at\": \"%s\", \"expires_at\": \"%s\"}\n",
                   user == NULL ? "unknown" : user, host, started, expires);
}

static sl_status locked(const struct sl_buffer *holder, struct sl_error *err) {
  yyjson_doc *doc = holder->length == 0 ? NULL : yyjson_read(holder->data, holder->length, 0);
  yyjson_val *root = yyjson_doc_get_root(doc);
  const char *who = yyjson_get_str(yyjson_obj_get(root, "deployer"));
  const char *when = yyjson_get_str(yyjson_obj_get(root, "started_at"));
  sl_status rc =
      sl_fail(err, SL_EBUSY, "Deploy lock held by %s (started %s). Use --force to override.",
              who == NULL ? "unknown" : who, when == NULL ? "unknown" : when);
  yyjson_doc_free(doc);
  return rc;
}

/* A lock that is half an hour old is nobody's. */
static sl_status take_lock(const struct sl_remote *r, bool force, struct sl_error *err) {
  struct sl_buffer script = { 0 };
  struct sl_buffer input = { 0 };
  struct sl_buffer output = { 0 };
  struct sl_buffer errors = { 0 };
  int code = 0;
  sl_buffer_printf(&script,
                   "set -e; lock=../deploy.lock; %s"
                   "[ -z \"$(find \"$lock\" -mmin +30 2>/dev/null)\" ] || rm -f \"$lock\"; "
                   "new=$(cat); if (set -C; printf '%%s\\n' \"$new\" >\"$lock\") 2>/dev/null; "
                   "then :; elif [ -e \"$lock\" ]; then cat \"$lock\"; exit 65; "
                   "else echo \"cannot write $(cd .. && pwd)/deploy.lock\" >&2; exit 1; fi",
                   force ? "rm -f \"$lock\"; " : "");
  print_lock(&input);
  sl_status rc = sl_buffer_check(&script, err);
  if (rc == SL_OK) {
    rc = sl_remote_run(r, script.data, &input, &output, &errors, &code, err);
  }
  if (rc == SL_OK && code == LOCKED) {
    rc = locked(&output, err);
  } else if (rc == SL_OK && code != 0) {
    rc = sl_fail(err, SL_EDEST, "%s@%s: %s", r->user, r->host,
                 errors.data == NULL ? "no lock can be made" : errors.data);
  }
  sl_buffer_release(&script);
  sl_buffer_release(&input);
  sl_buffer_release(&output);
  sl_buffer_release(&errors);
  return rc;
}

static void release_lock(const struct sl_remote *r) {
  struct sl_buffer output = { 0 };
  int code;
  sl_remote_run(r, "rm -f ../deploy.lock", NULL, &output, NULL, &code, NULL);
  sl_buffer_release(&output);
}

/* ---- files ---- */

/* A line of rsync --itemize-changes: eleven letters and a path, or "*deleting" and a path. */
static sl_status add_line(struct sl_push_report *out, const char *line, size_t length,
                          struct sl_error *err) {
  bool removed = length > 9 && strncmp(line, "*deleting", 9) == 0;
  bool sent = length > 12 && line[0] == '<' && line[1] == 'f';
  const char *path = line + 9;
  const char *end = line + length;
  if (sent) {
    path = line + 11;
  }
  while ((removed || sent) && path < end && *path == ' ') {
    path++;
  }
  if ((!removed && !sent) || end[-1] == '/') {
    return SL_OK; /* a folder, or a time alone */
  }
  sl_status rc = sl_grow(&out->files, &out->capacity, out->n + 1, sizeof *out->files, err);
  char *copy = rc == SL_OK ? strndup(path, (size_t)(end - path)) : NULL;
  if (rc == SL_OK && copy == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "out of memory for a push");
  }
  if (rc == SL_OK) {
    out->files[out->n++] = (struct sl_push_file){ removed          ? SL_PUSH_REMOVED
                                                  : line[2] == '+' ? SL_PUSH_NEW
                                                                   : SL_PUSH_CHANGED,
                                                  copy };
  }
  return rc;
}

static sl_status read_lines(struct sl_push_report *out, const struct sl_buffer *text,
                            struct sl_error *err) {
  sl_status rc = SL_OK;
  for (const char *at = text->data; rc == SL_OK && at != NULL && *at != '\0';) {
    size_t length = strcspn(at, "\n");
    rc = add_line(out, at, length, err);
    at += length + (at[length] == '\n');
  }
  return rc;
}

static bool is_there(const struct sl_remote *r, const char *name) {
  char *path = sl_project_path(r->project, "%s", name);
  bool there = path != NULL && (sl_file_exists(path) || sl_folder_exists(path));
  free(path);
  return there;
}

static sl_status run_rsync(const struct sl_remote *r, const char *const *argv,
                           struct sl_buffer *output, struct sl_error *err) {
  struct sl_buffer errors = { 0 };
  int code = 0;
  struct sl_process rsync = {
    .argv = argv, .folder = r->project->root, .output = output, .errors = &errors
  };
  sl_status rc = sl_process_run(&rsync, &code, err);
  if (rc == SL_ENOTFOUND) {
    rc = sl_fail(err, SL_ENOTFOUND,
                 "rsync is not installed. Install it with your system package manager "
                 "(apt install rsync, brew install rsync).");
  } else if (rc == SL_OK && code != 0) {
    rc = sl_fail(err, SL_EDEST, "rsync failed (exit %d): %s", code,
                 errors.data == NULL ? "" : errors.data);
  }
  sl_buffer_release(&errors);
  return rc;
}

/* What differs in content; copied unless it is a dry run. Paths keep their folders (--relative),
 * and a folder of the list is made equal to ours (--delete). */
static sl_status copy_files(const struct sl_remote *r, bool dry_run, struct sl_push_report *out,
                            struct sl_error *err) {
  const char *argv[N_COPIED + N_LEFT_OUT + 20] = {
    "rsync",      "-rlptz",         "--checksum",        "--delete",
    "--relative", "--protect-args", "--itemize-changes", "--out-format=%i %n",
    "-e"
  };
  size_t n = 9;
  struct sl_buffer shell = { 0 };
  struct sl_buffer place = { 0 };
  struct sl_buffer output = { 0 };
  sl_remote_shell(r, &shell);
  sl_buffer_printf(&place, "%s@%s:%s/", r->user, r->host, r->folder);
  sl_status rc = sl_buffer_check(&shell, err);
  if (rc == SL_OK) {
    rc = sl_buffer_check(&place, err);
  }
  argv[n++] = shell.data;
  if (dry_run) {
    argv[n++] = "--dry-run";
  }
  memcpy(&argv[n], left_out, sizeof left_out);
  n += N_LEFT_OUT;
  argv[n++] = "--";
  for (size_t i = 0; i < N_COPIED; i++) {
    if (is_there(r, copied[i])) {
      argv[n++] = copied[i];
    }
  }
  argv[n++] = place.data;
  if (rc == SL_OK) {
    rc = run_rsync(r, argv, &output, err);
  }
  if (rc == SL_OK) {
    rc = read_lines(out, &output, err);
  }
  sl_buffer_release(&shell);
  sl_buffer_release(&place);
  sl_buffer_release(&output);
  return rc;
}

/* ---- on the server ---- */

/* The server's own programs: of the project's virtual environment, or of the one that Dango has
 * beside the project. */
#define FIND_PROGRAMS "PATH=\"$PWD/venv/bin:$PWD/.venv/bin:$PWD/../venv/bin:$PATH\"; "

static void warn(struct sl_push_report *out, const char *what, const struct sl_buffer *said) {
  const char *text = said->data == NULL ? "" : said->data;
  size_t length = said->length;
  while (length > 0 && text[length - 1] == '\n') {
    length--;
  }
  size_t from = length > 600 ? length - 600 : 0;
  sl_buffer_printf(&out->warnings, "%s%.*s\n", what, (int)(length - from), text + from);
}

/* Into venv/ of the project there, or into the one beside it. */
static sl_status install(const struct sl_remote *r, struct sl_push_report *out,
                         struct sl_error *err) {
  static const char script[] =
      "set -e; venv=venv; for v in venv .venv ../venv; do [ ! -x $v/bin/pip ] || { venv=$v; break; "
      "}; done; [ -x $venv/bin/pip ] || python3 -m venv venv; "
      "exec $venv/bin/pip install -q --disable-pip-version-check -r requirements.txt 2>&1";
  struct sl_buffer output = { 0 };
  int code = 0;
  sl_status rc = sl_remote_run(r, script, NULL, &output, NULL, &code, err);
  out->installed = rc == SL_OK && code == 0;
  if (rc == SL_OK && code != 0) {
    warn(out, "pip install -r requirements.txt failed: ", &output);
  }
  sl_buffer_release(&output);
  return rc;
}

/* Variables that the sources need there and that are not set; where the server has this program. */
static sl_status validate(const struct sl_remote *r, struct sl_push_report *out,
                          struct sl_error *err) {
  static const char script[] = FIND_PROGRAMS
      "command -v sluice >/dev/null || exit 67; sluice validate -q 2>/dev/null | grep FAILED; :";
  struct sl_buffer output = { 0 };
  int code = 0;
  sl_status rc = sl_remote_run(r, script, NULL, &output, NULL, &code, err);
  if (rc == SL_OK && code == NOT_THERE) {
    sl_buffer_text(&out->warnings, "The server has no sluice: the sources were not validated.\n");
  }
  for (const char *at = output.data; rc == SL_OK && at != NULL && *at != '\0';) {
    size_t length = strcspn(at, "\n");
    const char *what = strstr(at, "FAILED");
    what = what == NULL || what > at + length ? at : what + 6;
    what += strspn(what, " ");
    sl_buffer_printf(&out->warnings, "%.*s\n", (int)(at + length - what), what);
    at += length + (at[length] == '\n');
  }
  sl_buffer_release(&output);
  return rc;
}

/* The models that a push has changed, for dbt's --select; a macro may change all of them. */
static sl_status list_models(const struct sl_push_report *report, struct sl_buffer *out, bool *all,
                             struct sl_error *err) {
  char model[256];
  *all = false;
  for (size_t i = 0; i < report->n; i++) {
    const struct sl_push_file *f = &report->files[i];
    *all = *all || strncmp(f->path, "dbt/macros/", 11) == 0;
    bool named = f->change != SL_PUSH_REMOVED && sl_push_model(f->path, model);
    for (const char *c = named ? model : ""; *c != '\0'; c++) {
      bool word = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                  (*c >= '0' && *c <= '9') || *c == '_';
      if (!word) {
        return sl_fail(err, SL_EUSAGE,
                       "%s: the name of a model has letters, digits and _ only, for it stands in "
                       "commands on the server",
                       f->path);
      }
    }
    if (named) {
      sl_buffer_printf(out, " %s", model);
    }
  }
  return sl_buffer_check(out, err);
}

/* Where the server has dbt and a warehouse. */
static sl_status build(const struct sl_remote *r, struct sl_push_report *out,
                       struct sl_error *err) {
  struct sl_buffer models = { 0 };
  struct sl_buffer script = { 0 };
  struct sl_buffer output = { 0 };
  bool all = false;
  int code = 0;
  sl_status rc = list_models(out, &models, &all, err);
  if (rc == SL_OK && (all || models.length > 0)) {
    sl_buffer_printf(&script,
                     FIND_PROGRAMS
                     "command -v sluice >/dev/null && command -v dbt >/dev/null && "
                     "[ -e data/warehouse.duckdb ] || exit 67; exec sluice run%s%s 2>&1",
                     all ? "" : " --select", all ? "" : models.data);
    rc = sl_buffer_check(&script, err);
    if (rc == SL_OK) {
      rc = sl_remote_run(r, script.data, NULL, &output, NULL, &code, err);
    }
    out->built = rc == SL_OK && code == 0;
    if (rc == SL_OK && code != 0 && code != NOT_THERE) {
      size_t from = output.length > 700 ? output.length - 700 : 0;
      rc = sl_fail(err, SL_EDEST, "dbt run failed for models [%s]: %s",
                   all ? "all" : models.data + 1, output.data == NULL ? "" : output.data + from);
    }
  }
  sl_buffer_release(&models);
  sl_buffer_release(&script);
  sl_buffer_release(&output);
  return rc;
}

static sl_status push_all(const struct sl_remote *r, const struct sl_push_settings *s,
                          struct sl_push_report *out, struct sl_error *err) {
  sl_status rc = sl_remote_make_folder(r, err);
  if (rc == SL_OK) {
    rc = take_lock(r, s->force, err);
  }
  if (rc != SL_OK) {
    return rc;
  }
  rc = copy_files(r, false, out, err);
  if (rc == SL_OK && is_there(r, "requirements.txt")) {
    rc = install(r, out, err);
  }
  if (rc == SL_OK) {
    rc = validate(r, out, err);
  }
  if (rc == SL_OK) {
    rc = build(r, out, err);
  }
  release_lock(r);
  return rc;
}

sl_status sl_push(const struct sl_remote *r, const struct sl_push_settings *s,
                  struct sl_push_report *out, struct sl_error *err) {
  int64_t nanos = sl_monotonic_nanos();
  *out = (struct sl_push_report){ 0 };
  sl_status rc = sl_project_check_git(r->project, err);
  if (rc == SL_OK) {
    rc = s->dry_run ? copy_files(r, true, out, err) : push_all(r, s, out, err);
  }
  out->seconds = (double)(sl_monotonic_nanos() - nanos) / 1e9;
  return rc;
}
