/* main.c - `sluice`: finds the command and hands it its arguments. */
#include <malloc.h>
#include <string.h>

#include <sluice/engine.h>
#include <sluice/registry.h>

#include "base/text.h"
#include "cli.h"
#include "project_cli.h"

static const struct sl_option *const load_tables[] = { sl_load_options, NULL };
static const struct sl_option *const no_tables[] = { NULL };
extern const struct sl_option sl_cli_query_options[];
extern const struct sl_option sl_cli_pipeline_options[];
extern const struct sl_option sl_cli_undo_options[];
extern const struct sl_option sl_cli_selftest_options[];
extern const struct sl_option sl_cli_web_options[];
extern const struct sl_option sl_cli_serve_options[];
extern const struct sl_option sl_cli_schedule_option_table[];
extern const struct sl_option sl_cli_schedule_install_options[];
static const struct sl_option *const init_tables[] = { sl_cli_init_options, NULL };
static const struct sl_option *const sync_tables[] = { sl_cli_sync_options, NULL };
static const struct sl_option *const import_tables[] = { sl_cli_import_options, NULL };
static const struct sl_option *const remote_tables[] = { sl_cli_remote_options, NULL };
static const struct sl_option *const query_tables[] = { sl_cli_query_options, NULL };
static const struct sl_option *const serve_tables[] = { sl_cli_serve_options, NULL };
static const struct sl_option *const schedule_tables[] = { sl_cli_schedule_option_table,
                                                           sl_cli_schedule_install_options, NULL };
static const struct sl_option *const web_tables[] = { sl_cli_web_options, NULL };
static const struct sl_option *const pipeline_tables[] = { sl_cli_pipeline_options, NULL };
static const struct sl_option *const undo_tables[] = { sl_cli_undo_options, NULL };
static const struct sl_option *const selftest_tables[] = { sl_cli_selftest_options, NULL };

const struct sl_cli_command sl_cli_commands[] = {
  { .name = "load",
    .usage = "load SOURCE DESTINATION [options]",
    .summary = "Loads files or tables into a database, in one transaction.",
    .details =
        "SOURCE and DESTINATION are URLs (scheme://user@host/database) or paths; a path that\n"
        "ends in .duckdb or .db is a DuckDB file; env:NAME is what that environment variable "
        "holds.\n"
        "Names, types and child tables are dlt's.",
    .tables = load_tables,
    .run = sl_cli_load },
  { .name = "plan",
    .usage = "plan SOURCE DESTINATION [options]",
    .summary = "Shows what load would do; touches nothing.",
    .tables = load_tables,
    .run = sl_cli_plan },
  { .name = "inspect",
    .usage = "inspect SOURCE [options]",
    .summary = "Lists the tables of a source with their columns, types and sizes.",
    .tables = load_tables,
    .run = sl_cli_inspect },
  { .name = "query",
    .usage = "query DESTINATION SQL [--format table|csv|json]",
    .summary = "Runs SQL and prints the result.",
    .details = "Takes the destination's own options too, as `sluice load` does: --dialect, …",
    .tables = query_tables,
    .run = sl_cli_query },
  { .name = "init",
    .usage = "init [FOLDER] [options]",
    .summary = "Makes a project folder.",
    .tables = init_tables,
    .run = sl_cli_init },
  { .name = "source",
    .usage = "source add|list|types|edit|remove|inspect-state [NAME] [options]",
    .summary = "Adds, lists and changes the sources of the project.",
    .details =
        "`source add` asks for what is not given as an option and tries the connection before\n"
        "anything is saved. Every prompt is an option: --table-names a,b.",
    .tables = sl_cli_source_tables,
    .run = sl_cli_source },
  { .name = "validate",
    .usage = "validate",
    .summary = "Checks the files of the project.",
    .tables = no_tables,
    .run = sl_cli_validate },
  { .name = "doctor",
    .usage = "doctor",
    .summary = "Checks the files of the project and connects to every source.",
    .tables = no_tables,
    .run = sl_cli_doctor },
  { .name = "status",
    .usage = "status",
    .summary = "Shows how the sources of the project are.",
    .tables = no_tables,
    .run = sl_cli_status },
  { .name = "drift",
    .usage = "drift [SOURCE]",
    .summary = "Shows what changed in sources since it was accepted.",
    .tables = no_tables,
    .run = sl_cli_drift },
  { .name = "accept",
    .usage = "accept SOURCE",
    .summary = "Accepts what changed in a source.",
    .tables = no_tables,
    .run = sl_cli_accept },
  { .name = "sync",
    .usage = "sync [SOURCE...] [options]",
    .summary = "Syncs sources of the project into its warehouse, several at once.",
    .details = "A project is a folder with .dango/project.yml; see docs/project.md.",
    .tables = sync_tables,
    .run = sl_cli_sync },
  { .name = "generate",
    .usage = "generate [SOURCE...]",
    .summary = "Writes dbt's staging models for the tables of the warehouse.",
    .tables = no_tables,
    .run = sl_cli_generate },
  { .name = "run",
    .usage = "run [DBT ARGUMENTS...]",
    .summary = "Builds the models with dbt, which it installs when it is not there.",
    .details =
        "Arguments go to `dbt build`. dbt-core and dbt-duckdb are installed with pip into the\n"
        "project's venv/ when the project has no dbt yet.",
    .tables = no_tables,
    .run = sl_cli_run },
  { .name = "seed",
    .usage = "seed [add FILE|list]",
    .summary = "Loads the CSV files of dbt/seeds with dbt; adds or lists them.",
    .tables = no_tables,
    .run = sl_cli_seed },
  { .name = "import",
    .usage = "import dango|dlt|sling|meltano PATH [--dry-run]",
    .summary = "Turns another tool's configuration into sources of the project.",
    .details = "PATH is the tool's file or its project's folder. Secrets go to .env. What has no "
               "counterpart\nis listed with file and line. Where there is no project, the current "
               "folder becomes one.",
    .tables = import_tables,
    .run = sl_cli_import },
  { .name = "remote",
    .usage = "remote push [options] | remote env set|get|list|delete [KEY[=VALUE]]",
    .summary = "Pushes the project to its server; sets variables there.",
    .details =
        "The server is named in .dango/cloud.yml: droplet_ip, ssh_user, ssh_port, ssh_key_path,\n"
        "project_dir. A push copies models, macros, seeds, Python sources and the project's YAML "
        "by\n"
        "ssh and rsync; never .env, secrets.toml, keys or data.",
    .tables = remote_tables,
    .run = sl_cli_remote },
  { .name = "pipeline",
    .usage = "pipeline [NAME info|trace|failed-jobs|drop|schema|sync] [options]",
    .summary = "Shows or resets what is known of a pipeline.",
    .tables = pipeline_tables,
    .run = sl_cli_pipeline },
  { .name = "undo",
    .usage = "undo DESTINATION|PIPELINE [--dataset NAME] [--load ID] [--dry-run]",
    .summary = "Takes the last load back, in one transaction.",
    .details =
        "Rows that it appended are deleted; what it replaced comes back when it was loaded with\n"
        "--keep-generations; merges cannot be undone. The pipeline's state becomes that before "
        "the\n"
        "load, so the next incremental load reads the same rows again.",
    .tables = undo_tables,
    .run = sl_cli_undo },
  { .name = "selftest",
    .usage = "selftest [DESTINATION] [--times N]",
    .summary = "Kills loads at every point and shows that no row is lost or doubled.",
    .details =
        "Into a dataset of its own that is dropped afterwards. DESTINATION is a database; default: "
        "a\n"
        "DuckDB file in a temporary folder. Exit code 1 when a row is lost, doubled or changed.",
    .tables = selftest_tables,
    .run = sl_cli_selftest },
  { .name = "schedule",
    .usage = "schedule list|status|add|remove|enable|disable|run|install|webhook [NAME] [options]",
    .summary = "Lists and changes when sources are synced by themselves.",
    .details =
        "The file is .dango/schedules.yml; `sluice serve` runs what stands in it. `run` runs a\n"
        "schedule now. `install` prints a unit of systemd or (--cron) a line for cron.",
    .tables = schedule_tables,
    .run = sl_cli_schedule },
  { .name = "serve",
    .usage = "serve [--once]",
    .summary = "Runs the schedules of the project until it is stopped.",
    .details =
        "What was due while it did not run is made up for with one run each. SIGTERM ends it: a\n"
        "sync under way is rolled back and made up for at the next start.",
    .tables = serve_tables,
    .run = sl_cli_serve },
  { .name = "web",
    .usage = "web [--port N]",
    .summary =
        "Serves the project's page: sources, syncs with live progress, history, tables, SQL.",
    .tables = web_tables,
    .run = sl_cli_web },
  { .name = "completion",
    .usage = "completion bash|zsh|fish",
    .summary = "Prints a completion script for the shell.",
    .tables = no_tables,
    .run = sl_cli_completion },
  { .name = "reference",
    .usage = "reference man|markdown",
    .summary = "Prints the manual of all commands, made from the option tables.",
    .tables = no_tables,
    .run = sl_cli_reference },
  { .name = "help",
    .usage = "help [COMMAND]",
    .summary = "Shows help.",
    .tables = no_tables,
    .run = sl_cli_help_command },
};
const size_t sl_cli_n_commands = sizeof sl_cli_commands / sizeof sl_cli_commands[0];

const struct sl_cli_command *sl_cli_command_find(const char *name) {
  for (size_t i = 0; i < sl_cli_n_commands; i++) {
    if (strcmp(sl_cli_commands[i].name, name) == 0) {
      return &sl_cli_commands[i];
    }
  }
  return NULL;
}

static int unknown_command(const char *name) {
  const char *nearest = NULL;
  size_t best = 3;
  for (size_t i = 0; i < sl_cli_n_commands; i++) {
    size_t distance = sl_text_distance(name, sl_cli_commands[i].name, best);
    if (distance < best) {
      best = distance;
      nearest = sl_cli_commands[i].name;
    }
  }
  fprintf(stderr, "sluice: there is no command '%s'", name);
  if (nearest != NULL) {
    fprintf(stderr, "; did you mean '%s'?", nearest);
  }
  fprintf(stderr, "\nRun `sluice help` for the list.\n");
  return 2;
}

/* DuckDB takes and gives back blocks of 256 KB all the time. By default glibc maps and unmaps each
 * of them, which costs a wide load half of its time; kept in few arenas they are reused. */
static void tune_allocator(void) {
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  mallopt(M_ARENA_MAX, 4);
}

int main(int argc, char **argv) {
  tune_allocator();
  if (argc < 2) {
    sl_cli_overview(stderr);
    return 2;
  }
  if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
    printf("sluice %s\n", sl_version());
    return 0;
  }
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
    sl_cli_overview(stdout);
    return 0;
  }
  const struct sl_cli_command *command = sl_cli_command_find(argv[1]);
  return command == NULL ? unknown_command(argv[1]) : command->run(argc - 1, argv + 1);
}
