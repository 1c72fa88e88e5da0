/* inspect.c - `sluice inspect` and `sluice plan`: what a source has, what a load would do. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <sluice/registry.h>

#include "base/text.h"
#include "cli.h"
#include "load_arguments.h"
#include "pipeline/plan.h"

static void print_columns(const struct sl_plan_table *t) {
  int width = 6;
  for (size_t i = 0; i < t->n_columns; i++) {
    int n = (int)strlen(t->columns[i].name);
    width = n > width ? n : width;
  }
  for (size_t i = 0; i < t->n_columns; i++) {
    const struct sl_plan_column *c = &t->columns[i];
    printf("  %-*s  %-10s%s%s\n", width, c->name, c->type, c->nullable ? "" : " not null",
           c->is_new ? "" : "  (there already)");
  }
}

static void print_plan(const struct sl_plan *plan, bool with_destination) {
  char bytes[32];
  sl_format_bytes(bytes, plan->bytes < 0 ? 0 : plan->bytes);
  printf("%s: %s%s%s\n", plan->source, plan->description, plan->bytes < 0 ? "" : ", ",
         plan->bytes < 0 ? "" : bytes);
  for (size_t i = 0; i < plan->n_tables; i++) {
    const struct sl_plan_table *t = &plan->tables[i];
    char rows[32];
    sl_format_count(rows, t->rows < 0 ? 0 : t->rows);
    printf("\n%s  (%s%s%s%s)\n", t->name, plan->estimated && t->rows >= 0 ? "about " : "",
           t->rows < 0 ? "rows not counted" : rows, t->rows < 0 ? "" : " rows",
           !with_destination ? ""
           : t->is_new       ? ", new table"
                             : "");
    print_columns(t);
  }
  if (with_destination) {
    printf("\nThe load would %s%s%s in dataset %s of %s.\n", plan->disposition,
           plan->deletes ? " (deleting what is there now)" : "",
           strcmp(plan->disposition, "merge") == 0 ? " by key" : "", plan->dataset,
           plan->destination);
    for (size_t i = 0; i < plan->n_statements; i++) {
      printf("  %s;\n", plan->statements[i]);
    }
    if (plan->n_statements == 0) {
      printf("  No table or column has to be made.\n");
    }
  }
  if (with_destination && plan->seconds >= 0) {
    printf("It would take about %.1f s, at the rate of the last syncs.\n", plan->seconds);
  }
  if (plan->rejected > 0) {
    printf("\n%" PRId64 " of the sampled rows are bad; the first: %s\n", plan->rejected,
           plan->first_reject);
  }
}

static void print_plan_json(const struct sl_plan *plan) {
  printf("{\"source\": ");
  sl_cli_json_text(stdout, plan->source);
  printf(", \"description\": ");
  sl_cli_json_text(stdout, plan->description);
  printf(", \"bytes\": %" PRId64 ", \"estimated\": %s, \"rejected\": %" PRId64 ", \"tables\": [",
         plan->bytes, plan->estimated ? "true" : "false", plan->rejected);
  for (size_t i = 0; i < plan->n_tables; i++) {
    const struct sl_plan_table *t = &plan->tables[i];
    printf("%s{\"name\": ", i == 0 ? "" : ", ");
    sl_cli_json_text(stdout, t->name);
    printf(", \"rows\": %" PRId64 ", \"new\": %s, \"columns\": [", t->rows,
           t->is_new ? "true" : "false");
    for (size_t c = 0; c < t->n_columns; c++) {
      printf("%s{\"name\": ", c == 0 ? "" : ", ");
      sl_cli_json_text(stdout, t->columns[c].name);
      printf(", \"data_type\": \"%s\", \"nullable\": %s, \"new\": %s}", t->columns[c].type,
             t->columns[c].nullable ? "true" : "false", t->columns[c].is_new ? "true" : "false");
    }
    printf("]}");
  }
  printf("], \"statements\": [");
  for (size_t i = 0; i < plan->n_statements; i++) {
    printf("%s", i == 0 ? "" : ", ");
    sl_cli_json_text(stdout, plan->statements[i]);
  }
  printf("]");
  if (plan->seconds >= 0) {
    printf(", \"seconds\": %.3f", plan->seconds);
  }
  printf("}\n");
}

void sl_cli_plan_print(const struct sl_plan *plan, bool with_destination, bool json) {
  if (json) {
    print_plan_json(plan);
  } else {
    print_plan(plan, with_destination);
  }
}

static int show(int argc, char **argv, bool with_destination) {
  struct sl_cli_load_arguments a;
  struct sl_error err;
  sl_status rc = sl_cli_load_arguments(argc, argv, with_destination, &a, &err);
  if (a.common.help) {
    sl_cli_help(stdout, sl_cli_command_find(argv[0]));
    return 0;
  }
  struct sl_plan plan = { 0 };
  if (rc == SL_OK) {
    rc = sl_plan_make(&a.settings, &plan, &err);
  }
  if (rc != SL_OK) {
    return sl_cli_fail(&a.common, &err);
  }
  sl_cli_plan_print(&plan, with_destination, a.common.json);
  sl_plan_release(&plan);
  return 0;
}

int sl_cli_inspect(int argc, char **argv) {
  return show(argc, argv, false);
}

int sl_cli_plan(int argc, char **argv) {
  return show(argc, argv, true);
}
