/* project_cli.c - see project_cli.h. */
#include "project_cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "pipeline/workdir.h"

sl_status sl_cli_project_open(struct sl_cli_project *out, struct sl_error *err) {
  *out = (struct sl_cli_project){ 0 };
  sl_status rc = sl_project_open(&out->project, NULL, err);
  if (rc == SL_OK && chdir(out->project->root) != 0) {
    rc = sl_fail_errno(err, errno, "cannot go to %s", out->project->root);
  }
  if (rc == SL_OK) {
    rc = sl_sources_read(&out->sources, out->project, err);
  }
  if (rc != SL_OK) {
    sl_cli_project_close(out);
  }
  return rc;
}

bool sl_cli_project_begin(int argc, char **argv, struct sl_cli_common *common,
                          struct sl_cli_arguments *words, struct sl_cli_project *out, int *code) {
  struct sl_error err;
  *out = (struct sl_cli_project){ 0 };
  *code = 0;
  sl_status rc = sl_cli_parse(argc, argv, NULL, 0, common, words, &err);
  if (common->help) {
    sl_cli_help(stdout, sl_cli_command_find(argv[0]));
    return false;
  }
  if (rc == SL_OK) {
    rc = sl_cli_project_open(out, &err);
  }
  *code = rc == SL_OK ? 0 : sl_cli_fail(common, &err);
  return out->project != NULL;
}

void sl_cli_project_close(struct sl_cli_project *p) {
  sl_sources_release(&p->sources);
  sl_project_close(p->project);
  *p = (struct sl_cli_project){ 0 };
}

void sl_cli_warn_unreferenced(const struct sl_cli_project *p) {
  char **names = NULL;
  size_t n = 0;
  struct sl_buffer text = { 0 };
  if (sl_sources_unreferenced(p->project, &p->sources, &names, &n, NULL) == SL_OK && n > 0) {
    sl_sources_unreferenced_text(names, n, &text);
    fprintf(stderr, "\n%s\n", text.data == NULL ? "" : text.data);
  }
  sl_buffer_release(&text);
  sl_names_free(names, n);
}

bool sl_cli_can_ask(void) {
  return isatty(STDIN_FILENO) || getenv("SLUICE_ASK") != NULL;
}

static sl_status read_answer(const char *question, const char *fallback, char **out,
                             struct sl_error *err) {
  char *line = NULL;
  size_t room = 0;
  *out = NULL;
  if (!sl_cli_can_ask()) {
    return sl_fail(err, SL_EUSAGE,
                   "'%s' cannot be asked: standard input is no terminal; give it as an option "
                   "(--help lists them)",
                   question);
  }
  printf("? %s%s%s%s: ", question, fallback == NULL ? "" : " [", fallback == NULL ? "" : fallback,
         fallback == NULL ? "" : "]");
  fflush(stdout);
  ssize_t n = getline(&line, &room, stdin);
  if (n < 0) {
    free(line);
    return sl_fail(err, SL_ECANCELLED, "stopped: nothing was saved");
  }
  line[strcspn(line, "\r\n")] = '\0';
  if (line[0] == '\0' && fallback != NULL) {
    free(line);
    line = strdup(fallback);
  }
  *out = line;
  return line == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for an answer") : SL_OK;
}

sl_status sl_cli_ask(const char *question, const char *fallback, char **out, struct sl_error *err) {
  return read_answer(question, fallback, out, err);
}

sl_status sl_cli_ask_secret(const char *question, char **out, struct sl_error *err) {
  struct termios shown;
  bool terminal = tcgetattr(STDIN_FILENO, &shown) == 0;
  if (terminal) {
    struct termios hidden = shown;
    hidden.c_lflag &= (tcflag_t)~ECHO;
    tcsetattr(STDIN_FILENO, TCSANOW, &hidden);
  }
  sl_status rc = read_answer(question, NULL, out, err);
  if (terminal) {
    tcsetattr(STDIN_FILENO, TCSANOW, &shown);
    printf("\n");
  }
  return rc;
}

bool sl_cli_confirm(const char *question, bool fallback) {
  char *answer = NULL;
  bool yes = fallback;
  if (sl_cli_can_ask() && read_answer(question, fallback ? "Yes" : "No", &answer, NULL) == SL_OK) {
    yes = strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
  }
  free(answer);
  return yes;
}
