/* load.c - `sluice load`: arguments, progress, interrupt, closing summary. */
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <sluice/engine.h>
#include <sluice/registry.h>

#include "base/text.h"
#include "cli.h"
#include "load_arguments.h"
#include "progress.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
  interrupted = 1;
  sl_load_cancel();
  signal(number, SIG_DFL); /* a second one ends at once; the destination rolls back by itself */
}

/* A signal may have come just before the load began, too early to concern it. */
static void on_progress(const struct sl_progress *progress, void *arg) {
  if (interrupted) {
    sl_load_cancel();
  }
  sl_cli_progress_show(progress, arg);
}

static void print_number(const char *what, int64_t value, const char *separator) {
  char text[32];
  sl_format_count(text, value);
  printf("%s%s %s", separator, text, what);
}

static void print_table_line(const struct sl_table_summary *t, int width, bool changes) {
  char rows[32];
  sl_format_count(rows, t->rows);
  printf("  %-*s %14s", width, t->name, rows);
  if (changes) {
    char inserted[32];
    char updated[32];
    char deleted[32];
    sl_format_count(inserted, t->inserted);
    sl_format_count(updated, t->updated);
    sl_format_count(deleted, t->deleted);
    printf(" %14s %14s %14s", inserted, updated, deleted);
  }
  printf("  %s", t->created ? "new table" : "");
  if (!t->created && t->new_columns > 0) {
    printf("%" PRId64 " new column%s", t->new_columns, t->new_columns == 1 ? "" : "s");
  }
  printf("\n");
}

/* Tables that an append without load ids goes to cannot be compared. */
static void print_verified(const struct sl_summary *s) {
  printf(
      "Verified %zu of %zu tables: rows, values and checksums are as sent; `sluice pipeline %s "
      "trace` shows the certificate\n",
      s->verified_tables, s->verified_tables + s->unverified_tables, s->pipeline);
}

static void print_summary(const struct sl_summary *s) {
  size_t width = 5;
  bool changes = false;
  for (size_t i = 0; i < s->n_tables; i++) {
    const struct sl_table_summary *t = &s->tables[i];
    width = strlen(t->name) > width ? strlen(t->name) : width;
    changes = changes || t->inserted != t->rows || t->updated != 0 || t->deleted != 0;
  }
  printf("  %-*s %14s", (int)width, "table", "rows");
  printf(changes ? " %14s %14s %14s\n" : "\n", "inserted", "updated", "deleted");
  for (size_t i = 0; i < s->n_tables; i++) {
    print_table_line(&s->tables[i], (int)width, changes);
  }
  char bytes[32];
  char rate[32];
  sl_format_bytes(bytes, s->bytes);
  sl_format_bytes(rate, (int64_t)((double)s->bytes / (s->seconds > 0 ? s->seconds : 1e-9)));
  print_number("rows", s->rows, "Loaded ");
  print_number("records", s->documents, " from ");
  printf(" (%s) into %s of %s in %.2f s, %s/s", bytes, s->dataset, s->destination, s->seconds,
         rate);
  printf("; load %s\n", s->load_id);
  if (s->certificate != NULL) {
    print_verified(s);
  }
  if (s->rejected > 0) {
    print_number("bad rows were set aside in", s->rejected, "");
    printf(" %s._rejects\n", s->dataset);
  }
  if (s->discarded_rows > 0 || s->discarded_values > 0) {
    print_number("rows and", s->discarded_rows, "The contract discarded ");
    print_number("values\n", s->discarded_values, " ");
  }
}

static void print_null_columns(const char *names) {
  fprintf(stderr,
          "sluice: these columns held only nulls, so their type is not known and they were not "
          "created (give a type with --columns):\n");
  for (const char *at = names; *at != '\0';) {
    size_t length = strcspn(at, "\n");
    fprintf(stderr, "  %.*s\n", (int)length, at);
    at += length + (at[length] == '\n');
  }
}

/* Lines of the summary for people: "warning", "note". */
static void print_lines(const char *what, const char *lines) {
  for (const char *at = lines; *at != '\0';) {
    size_t length = strcspn(at, "\n");
    fprintf(stderr, "sluice: %s: %.*s\n", what, (int)length, at);
    at += length + (at[length] == '\n');
  }
}

/* Lines as a JSON list of texts. */
static void print_list_json(const char *lines) {
  const char *separator = "";
  for (const char *at = lines; at != NULL && *at != '\0';) {
    char line[1024];
    size_t length = strcspn(at, "\n");
    snprintf(line, sizeof line, "%.*s", (int)length, at);
    printf("%s", separator);
    sl_cli_json_text(stdout, line);
    separator = ", ";
    at += length + (at[length] == '\n');
  }
}

static void print_summary_json(const struct sl_summary *s) {
  printf("{\"ok\": true, \"pipeline\": ");
  sl_cli_json_text(stdout, s->pipeline);
  printf(", \"dataset\": ");
  sl_cli_json_text(stdout, s->dataset);
  printf(", \"destination\": ");
  sl_cli_json_text(stdout, s->destination);
  printf(", \"load_id\": ");
  sl_cli_json_text(stdout, s->load_id);
  printf(", \"records\": %" PRId64 ", \"rows\": %" PRId64 ", \"bytes\": %" PRId64
         ", \"rejected\": %" PRId64 ", \"discarded_rows\": %" PRId64
         ", \"discarded_values\": %" PRId64 ", \"seconds\": %.6f, \"tables\": [",
         s->documents, s->rows, s->bytes, s->rejected, s->discarded_rows, s->discarded_values,
         s->seconds);
  for (size_t i = 0; i < s->n_tables; i++) {
    const struct sl_table_summary *t = &s->tables[i];
    printf("%s{\"name\": ", i == 0 ? "" : ", ");
    sl_cli_json_text(stdout, t->name);
    printf(", \"rows\": %" PRId64 ", \"inserted\": %" PRId64 ", \"updated\": %" PRId64
           ", \"deleted\": %" PRId64 ", \"new_columns\": %" PRId64
           ", \"created\": %s, \"child\": %s}",
           t->rows, t->inserted, t->updated, t->deleted, t->new_columns,
           t->created ? "true" : "false", t->child ? "true" : "false");
  }
  printf("], \"certificate\": %s, \"warnings\": [",
         s->certificate == NULL ? "null" : s->certificate);
  print_list_json(s->warnings);
  printf("], \"notes\": [");
  print_list_json(s->notes);
  printf("], \"continued\": ");
  if (s->continued) {
    printf("{\"records\": %" PRId64 ", \"bytes\": %" PRId64 "}", s->documents_before,
           s->bytes_before);
  } else {
    printf("null");
  }
  printf(", \"null_columns\": [");
  print_list_json(s->null_columns);
  printf("]}\n");
}

int sl_cli_load(int argc, char **argv) {
  struct sl_cli_load_arguments a;
  struct sl_error err;
  sl_status rc = sl_cli_load_arguments(argc, argv, true, &a, &err);
  if (a.common.help) {
    sl_cli_help(stdout, sl_cli_command_find("load"));
    return 0;
  }
  if (rc != SL_OK) {
    return sl_cli_fail(&a.common, &err);
  }
  struct sl_cli_progress progress;
  sl_cli_progress_init(&progress, &a.common);
  a.settings.progress = on_progress;
  a.settings.progress_arg = &progress;
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  signal(SIGPIPE, SIG_IGN);
  struct sl_summary summary = { 0 };
  rc = sl_load(&a.settings, &summary, &err);
  sl_cli_progress_clear(&progress);
  if (rc != SL_OK) {
    return sl_cli_fail(&a.common, &err);
  }
  if (a.common.json) {
    print_summary_json(&summary);
  } else if (!a.common.quiet) {
    print_summary(&summary);
  }
  if (summary.notes != NULL && !a.common.quiet) {
    print_lines("note", summary.notes);
  }
  if (summary.warnings != NULL && !a.common.quiet) {
    print_lines("warning", summary.warnings);
  }
  if (summary.null_columns != NULL && !a.common.quiet) {
    print_null_columns(summary.null_columns);
  }
  int code = summary.rejected > 0 ? 3 : 0;
  sl_summary_release(&summary);
  return code;
}
