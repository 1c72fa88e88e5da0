/* fault.c - see fault.h. */
#include "base/fault.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[SL_FAULT_POINTS] = {
  [SL_FAULT_AFTER_OPEN] = "after-open",
  [SL_FAULT_AFTER_PREPARE] = "after-prepare",
  [SL_FAULT_AFTER_READ] = "after-read",
  [SL_FAULT_AFTER_BLOCK] = "after-block",
  [SL_FAULT_BEFORE_CHECKPOINT] = "before-checkpoint",
  [SL_FAULT_IN_CHECKPOINT] = "in-checkpoint",
  [SL_FAULT_AFTER_CHECKPOINT] = "after-checkpoint",
  [SL_FAULT_AFTER_TABLE] = "after-table",
  [SL_FAULT_AFTER_REPLACE] = "after-replace",
  [SL_FAULT_AFTER_MERGE] = "after-merge",
  [SL_FAULT_AFTER_CHANGE] = "after-change",
  [SL_FAULT_AFTER_MOVE] = "after-move",
  [SL_FAULT_BEFORE_COMMIT] = "before-commit",
  [SL_FAULT_AFTER_COMMIT] = "after-commit",
  [SL_FAULT_AFTER_FOLDER] = "after-folder",
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool wanted; /* SLUICE_FAULT is set */
static sl_status parsed;
static struct sl_error problem;
static struct sl_fault_plan plan;
static _Atomic int64_t reached;

const char *sl_fault_name(enum sl_fault_point point) {
  return names[point];
}

static sl_status refuse(const char *text, struct sl_error *err) {
  char all[512] = "";
  size_t used = 0;
  for (size_t i = 0; i < SL_FAULT_POINTS && used < sizeof all; i++) {
    used += (size_t)snprintf(all + used, sizeof all - used, " %s", names[i]);
  }
  return sl_fail(
      err, SL_EUSAGE,
      "SLUICE_FAULT: '%s' is not point[:n]=kill|error, or after-read[:n]=corrupt; points:%s", text,
      all);
}

sl_status sl_fault_parse(struct sl_fault_plan *out, const char *text, struct sl_error *err) {
  size_t name = strcspn(text, ":=");
  const char *rest = text + name;
  *out = (struct sl_fault_plan){ .point = SL_FAULT_POINTS, .time = 1 };
  for (size_t i = 0; i < SL_FAULT_POINTS; i++) {
    if (strlen(names[i]) == name && memcmp(names[i], text, name) == 0) {
      out->point = (enum sl_fault_point)i;
    }
  }
  if (*rest == ':') {
    char *end = NULL;
    out->time = strtoll(rest + 1, &end, 10);
    rest = end;
  }
  out->kill = strcmp(rest, "=kill") == 0;
  out->corrupt = strcmp(rest, "=corrupt") == 0;
  bool right = out->kill || (out->corrupt && out->point == SL_FAULT_AFTER_READ) ||
               (strcmp(rest, "=error") == 0 && out->point < SL_FAULT_AFTER_COMMIT);
  return right && out->point != SL_FAULT_POINTS && out->time >= 1 ? SL_OK : refuse(text, err);
}

static void read_variable(void) {
  const char *text = getenv("SLUICE_FAULT");
  wanted = text != NULL && text[0] != '\0';
  if (wanted) {
    parsed = sl_fault_parse(&plan, text, &problem);
  }
}

sl_status sl_fault(enum sl_fault_point point, struct sl_error *err) {
  pthread_once(&once, read_variable);
  if (!wanted) {
    return SL_OK;
  }
  if (parsed != SL_OK) {
    return sl_fail(err, parsed, "%s", problem.message);
  }
  if (plan.corrupt || point != plan.point || atomic_fetch_add(&reached, 1) + 1 != plan.time) {
    return SL_OK;
  }
  if (plan.kill) {
    kill(getpid(), SIGKILL);
  }
  return sl_fail(err, SL_EIO, "SLUICE_FAULT: %s fails", names[point]);
}

bool sl_fault_corrupts(enum sl_fault_point point) {
  pthread_once(&once, read_variable);
  return wanted && parsed == SL_OK && plan.corrupt && point == plan.point &&
         atomic_fetch_add(&reached, 1) + 1 == plan.time;
}
