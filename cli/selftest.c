/* selftest.c - `sluice selftest`: kills loads into a destination of the user's and shows that
 * nothing is lost and nothing doubled. */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/files.h"
#include "base/redact.h"
#include "base/time.h"
#include "cli.h"
#include "selftest_trials.h"
#include "serve.h"

struct selftest_settings {
  int64_t times;
};

const struct sl_option sl_cli_selftest_options[] = {
  { .name = "times",
    .kind = SL_OPTION_INTEGER,
    .value_name = "N",
    .group = "Selftest",
    .default_text = "1",
    .minimum = 1,
    .maximum = 20,
    .help = "A load is killed when it comes to a point for the first, and so on to the N-th time.",
    .offset = offsetof(struct selftest_settings, times) },
  { .name = NULL },
};

struct sums {
  int64_t trials, lost, doubled;
};

static struct sums sums_of(const struct sl_selftest *test) {
  struct sums sums = { 0 };
  for (size_t i = 0; i < SL_FAULT_POINTS; i++) {
    sums.trials += test->tallies[i].trials;
    sums.lost += test->tallies[i].found.lost;
    sums.doubled += test->tallies[i].found.doubled;
  }
  return sums;
}

static void print_table(const struct sl_selftest *test, double seconds) {
  struct sums sums = sums_of(test);
  printf("  %-18s %7s %7s %7s\n", "fault", "trials", "lost", "doubled");
  for (size_t i = 0; i < SL_FAULT_POINTS; i++) {
    const struct sl_selftest_tally *t = &test->tallies[i];
    if (t->trials > 0) {
      printf("  %-18s %7" PRId64 " %7" PRId64 " %7" PRId64 "\n",
             sl_fault_name((enum sl_fault_point)i), t->trials, t->found.lost, t->found.doubled);
    }
  }
  printf("Killed %" PRId64 " loads and loaded again, %" PRId64
         " of them behind a checkpoint: %" PRId64 " rows lost, %" PRId64 " doubled; %" PRId64
         " certificates compared; %.1f s\n",
         sums.trials, test->continued, sums.lost, sums.doubled, test->certificates, seconds);
}

static void print_json(const struct sl_selftest *test, const char *destination, double seconds) {
  struct sums sums = sums_of(test);
  printf("{\"ok\": true, \"destination\": ");
  sl_cli_json_text(stdout, destination);
  printf(", \"faults\": [");
  for (size_t i = 0; i < SL_FAULT_POINTS; i++) {
    const struct sl_selftest_tally *t = &test->tallies[i];
    printf("%s{\"fault\": \"%s\", \"trials\": %" PRId64 ", \"lost\": %" PRId64
           ", \"doubled\": %" PRId64 "}",
           i == 0 ? "" : ", ", sl_fault_name((enum sl_fault_point)i), t->trials, t->found.lost,
           t->found.doubled);
  }
  printf("], \"trials\": %" PRId64 ", \"continued\": %" PRId64 ", \"certificates\": %" PRId64
         ", \"lost\": %" PRId64 ", \"doubled\": %" PRId64 ", \"seconds\": %.3f}\n",
         sums.trials, test->continued, test->certificates, sums.lost, sums.doubled, seconds);
}

/* The trials, and the dataset goes whatever came of them. The first failure is the one told. */
static sl_status run_in(struct sl_selftest *test, const char *folder, struct sl_error *err) {
  struct sl_error late;
  test->folder = folder;
  snprintf(test->dataset, sizeof test->dataset, "sluice_selftest_%" PRIx64,
           (uint64_t)sl_now_micros());
  sl_status rc = sl_selftest_check(test->location, &test->files, err);
  if (rc != SL_OK) {
    return rc;
  }
  rc = sl_selftest_run(test, err);
  sl_status dropped = sl_selftest_drop(test->location, test->dataset, &late);
  if (dropped != SL_OK && rc == SL_OK) {
    *err = late;
    rc = dropped;
  } else if (dropped != SL_OK) {
    fprintf(stderr, "sluice: %s\n", late.message);
  }
  return rc;
}

static sl_status run(struct sl_selftest *test, const char *word, const struct sl_cli_common *common,
                     struct sl_error *err) {
  struct sl_buffer folder = { 0 };
  struct sl_buffer place = { 0 };
  const char *temp = getenv("TMPDIR");
  int64_t begun = sl_monotonic_nanos();
  sl_buffer_printf(&folder, "%s/sluice-selftest-XXXXXX", temp == NULL ? "/tmp" : temp);
  sl_status rc = sl_buffer_check(&folder, err);
  if (rc == SL_OK && mkdtemp(folder.data) == NULL) {
    rc = sl_fail_errno(err, errno, "making a temporary folder %s", folder.data);
    sl_buffer_release(&folder);
    return rc;
  }
  sl_buffer_printf(&place, "duckdb:%s/selftest.duckdb", folder.data);
  rc = rc == SL_OK ? sl_buffer_check(&place, err) : rc;
  test->word = word == NULL ? place.data : word;
  rc = rc == SL_OK ? sl_cli_location(test->word, &test->location, err) : rc;
  rc = rc == SL_OK ? run_in(test, folder.data, err) : rc;
  if (rc == SL_OK || sums_of(test).trials > 0) {
    double seconds = (double)(sl_monotonic_nanos() - begun) / 1e9;
    char *shown = sl_redact_copy(test->location);
    if (!common->json && !common->quiet) {
      print_table(test, seconds);
    } else if (common->json && rc == SL_OK) {
      print_json(test, shown == NULL ? "" : shown, seconds);
    }
    free(shown);
  }
  struct sl_error ignored;
  sl_status deleted = sl_folder_delete(folder.data, &ignored);
  (void)deleted;
  sl_buffer_release(&folder);
  sl_buffer_release(&place);
  return rc;
}

int sl_cli_selftest(int argc, char **argv) {
  struct sl_cli_common common = { 0 };
  struct selftest_settings settings = { 0 };
  struct sl_cli_arguments words = { 0 };
  struct sl_error err;
  struct sl_cli_options sets[] = { { .table = sl_cli_selftest_options, .settings = &settings } };
  sl_status rc = sl_options_set_defaults(sl_cli_selftest_options, &settings, &err);
  if (rc == SL_OK) {
    rc = sl_cli_parse(argc, argv, sets, 1, &common, &words, &err);
  }
  if (common.help) {
    sl_cli_help(stdout, sl_cli_command_find("selftest"));
    return 0;
  }
  if (rc == SL_OK && words.n_words > 1) {
    rc = sl_fail(&err, SL_EUSAGE, "usage: sluice selftest [DESTINATION] [--times N]");
  }
  if (rc == SL_OK) {
    struct sl_selftest test = { .times = settings.times, .stopped = sl_cli_is_stopped };
    sl_cli_stop_on_signals();
    rc = run(&test, words.n_words == 1 ? words.words[0] : NULL, &common, &err);
  }
  return rc == SL_OK ? 0 : sl_cli_fail(&common, &err);
}
