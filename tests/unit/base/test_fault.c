/* test_fault.c - the points at which tests stop a load. */
#include "base/fault.h"

#include <stdlib.h>

#include "unit/test.h"

TEST(reads_every_point) {
  for (int i = 0; i < SL_FAULT_POINTS; i++) {
    struct sl_fault_plan plan;
    struct sl_error err;
    char text[64];
    snprintf(text, sizeof text, "%s:%d=kill", sl_fault_name((enum sl_fault_point)i), i + 1);
    CHECK_OK(sl_fault_parse(&plan, text, &err), &err);
    CHECK_INT(text, plan.point, i);
    CHECK_INT(text, plan.time, i + 1);
    CHECK(plan.kill);
  }
}

TEST(refuses_what_is_not_a_fault) {
  static const char *const wrong[] = { "",
                                       "after-commit",
                                       "after-commit=",
                                       "after-commit=stop",
                                       "after-commit:0=kill",
                                       "after-commit:x=kill",
                                       "after-commit:1x=kill",
                                       "after-commit=error",
                                       "after-commi=kill",
                                       "list=kill" };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    struct sl_fault_plan plan;
    struct sl_error err;
    CHECK_FAILS(sl_fault_parse(&plan, wrong[i], &err), SL_EUSAGE, &err);
    CHECK_CASE(wrong[i], strstr(err.message, "after-folder") != NULL);
  }
}

TEST(fails_at_its_time_only) {
  struct sl_error err;
  CHECK(setenv("SLUICE_FAULT", "after-block:2=error", 1) == 0);
  CHECK_OK(sl_fault(SL_FAULT_AFTER_BLOCK, &err), &err);
  CHECK_OK(sl_fault(SL_FAULT_AFTER_COMMIT, &err), &err);
  CHECK_FAILS(sl_fault(SL_FAULT_AFTER_BLOCK, &err), SL_EIO, &err);
  CHECK_OK(sl_fault(SL_FAULT_AFTER_BLOCK, &err), &err);
}
