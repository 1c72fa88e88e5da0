/* selftest_trials.h - the trials of `sluice selftest`: this program, started to load, killed at a
 * point of base/fault.h and started again. */
#ifndef SL_CLI_SELFTEST_TRIALS_H
#define SL_CLI_SELFTEST_TRIALS_H

#include "base/fault.h"
#include "pipeline/selftest.h"

struct sl_selftest_tally {
  int64_t trials; /* loads that came to the point and were killed there */
  struct sl_selftest_found found;
};

struct sl_selftest {    /* all-zero but for what is set by the caller */
  const char *word;     /* DESTINATION as the user wrote it, for those that are started */
  const char *location; /* what that means */
  bool files;           /* a folder: no merges, no certificates */
  char dataset[64];
  const char *folder; /* for samples and working folders */
  int64_t times;      /* a load is killed when it comes to a point for the 1st … times-th time */
  bool (*stopped)(void);

  struct sl_selftest_tally tallies[SL_FAULT_POINTS];
  int64_t continued;    /* loads that went on behind a checkpoint */
  int64_t certificates; /* compared with that of a load that nobody disturbed */
  int64_t loads[SL_SELFTEST_KINDS];
};

/* All trials, up to the first that goes wrong: rows are lost or doubled then, or it fails and says
 * why. SL_ECANCELLED: stopped. */
sl_status sl_selftest_run(struct sl_selftest *test, struct sl_error *err);

#endif
