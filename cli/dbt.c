/* dbt.c - `sluice generate`, `run` and `seed`: the transform layer. */
#include "project/dbt.h"

#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/text.h"
#include "pipeline/workdir.h"
#include "project_cli.h"

static const char *const none[] = { NULL };

int sl_cli_generate(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_cli_project p;
  struct sl_error err;
  struct sl_dbt_generated done;
  const char *names[17] = { NULL };
  const struct sl_project_source *source;
  int code = 0;
  if (!sl_cli_project_begin(argc, argv, &common, &words, &p, &code)) {
    return code;
  }
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < words.n_words; i++) {
    names[i] = words.words[i];
    rc = sl_sources_find(&p.sources, names[i], &source, &err);
  }
  if (rc == SL_OK) {
    rc = sl_dbt_generate(p.project, &p.sources, words.n_words == 0 ? NULL : names, &done, &err);
  }
  if (rc == SL_OK && !common.quiet) {
    printf("Models: %zu files written, %zu unchanged, %zu customized\n", done.written,
           done.unchanged, done.customized);
  }
  sl_cli_project_close(&p);
  return rc == SL_OK ? 0 : sl_cli_fail(&common, &err);
}

/* dbt with a first argument and those of the user. */
static sl_status run_dbt(const struct sl_cli_project *p, const struct sl_cli_common *common,
                         const char *command, const char *const *rest, struct sl_error *err) {
  const char *arguments[64] = { command };
  struct sl_buffer output = { 0 };
  char *dbt = sl_dbt_find(p->project);
  sl_status rc = SL_OK;
  for (size_t i = 0; rest[i] != NULL && i < 62; i++) {
    arguments[1 + i] = rest[i];
  }
  if (dbt == NULL) {
    fprintf(stderr, "sluice: installing dbt into %s/venv, once\n", p->project->root);
    rc = sl_dbt_install(p->project, err);
    dbt = rc == SL_OK ? sl_dbt_find(p->project) : NULL;
    if (rc == SL_OK && dbt == NULL) {
      rc = sl_fail(err, SL_ENOTFOUND, "dbt was installed, but venv/bin/dbt is not there");
    }
  }
  if (rc == SL_OK) {
    rc = sl_dbt_run(p->project, dbt, arguments, &output, err);
  }
  if (output.data != NULL && (rc == SL_OK ? !common->quiet : common->verbose)) {
    fputs(output.data, stdout);
    fflush(stdout);
  }
  sl_buffer_release(&output);
  free(dbt);
  return rc;
}

/* Its arguments are dbt's, and not ours. */
int sl_cli_run(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct sl_cli_project p;
  struct sl_error err;
  if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
    sl_cli_help(stdout, sl_cli_command_find("run"));
    return 0;
  }
  sl_status rc = sl_cli_project_open(&p, &err);
  if (rc == SL_OK) {
    rc = run_dbt(&p, &common, "build", (const char *const *)(argv + 1), &err);
    sl_cli_project_close(&p);
  }
  return rc == SL_OK ? 0 : sl_cli_fail(&common, &err);
}

/* ---- seeds ---- */

static sl_status add_seed(const struct sl_cli_project *p, const char *file, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  struct sl_buffer path = { 0 };
  const char *slash = strrchr(file, '/');
  sl_buffer_printf(&path, "%s/seeds", p->project->dbt_dir);
  sl_status rc = sl_buffer_check(&path, err);
  size_t length = strlen(file);
  if (rc == SL_OK && (length < 4 || strcmp(file + length - 4, ".csv") != 0)) {
    rc = sl_fail(err, SL_EUSAGE, "%s: a seed is a file whose name ends in .csv", file);
  }
  if (rc == SL_OK) {
    rc = sl_folder_make(path.data, err);
  }
  sl_buffer_printf(&path, "/%s", slash == NULL ? file : slash + 1);
  if (rc == SL_OK) {
    rc = sl_file_read(file, &text, err);
  }
  if (rc == SL_OK && sl_file_exists(path.data)) {
    rc = sl_fail(err, SL_EUSAGE, "%s is there already", path.data);
  }
  if (rc == SL_OK) {
    rc = sl_file_write(path.data, text.data == NULL ? "" : text.data, text.length, false, err);
  }
  if (rc == SL_OK) {
    printf("Added %s; `sluice seed` loads it.\n", path.data);
  }
  sl_buffer_release(&text);
  sl_buffer_release(&path);
  return rc;
}

static sl_status list_seeds(const struct sl_cli_project *p, struct sl_error *err) {
  struct sl_buffer path = { 0 };
  char **names = NULL;
  size_t n = 0;
  sl_buffer_printf(&path, "%s/seeds", p->project->dbt_dir);
  sl_status rc = sl_buffer_check(&path, err);
  if (rc == SL_OK) {
    rc = sl_folder_list(path.data, SL_FILES, &names, &n, err);
  }
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    printf("  %s\n", names[i]);
  }
  sl_names_free(names, n);
  sl_buffer_release(&path);
  return rc;
}

int sl_cli_seed(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_cli_project p;
  struct sl_error err;
  char *file = argc > 2 ? realpath(argv[2], NULL) : NULL; /* before we go to the project's folder */
  int code = 0;
  if (!sl_cli_project_begin(argc, argv, &common, &words, &p, &code)) {
    free(file);
    return code;
  }
  const char *what = words.n_words == 0 ? "" : words.words[0];
  sl_status rc = strcmp(what, "add") == 0 && words.n_words == 2
                     ? add_seed(&p, file == NULL ? words.words[1] : file, &err)
                 : strcmp(what, "list") == 0 ? list_seeds(&p, &err)
                 : words.n_words == 0
                     ? run_dbt(&p, &common, "seed", none, &err)
                     : sl_fail(&err, SL_EUSAGE, "usage: sluice seed [add FILE|list]");
  sl_cli_project_close(&p);
  free(file);
  return rc == SL_OK ? 0 : sl_cli_fail(&common, &err);
}
