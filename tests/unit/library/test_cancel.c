/* sl_load_cancel stops the loads that run, leaves the destination as it was, and no more. */
#include "unit/library/load_folder.h"

static void load_ok(struct load_folder *f, const char *label) {
  struct sl_error err = { 0 };
  struct sl_summary summary = { 0 };
  f->settings.progress = NULL;
  load_folder_write(f, "{\"id\": 1}\n{\"id\": 2}\n");
  CHECK_OK(sl_load(&f->settings, &summary, &err), &err);
  CHECK_INT(label, summary.rows, 2);
  sl_summary_release(&summary);
}

static void check_rows(const struct load_folder *f, const char *label, const char *want) {
  struct sl_buffer got = load_folder_query(f, "select count(*)::varchar from ds.items");
  CHECK_STR(label, got.data, want);
  sl_buffer_release(&got);
}

static void cancel_at_first(const struct sl_progress *progress, void *arg) {
  (void)progress, (void)arg;
  sl_load_cancel();
}

TEST(a_cancelled_load_does_not_stop_the_next) {
  struct load_folder f;
  struct sl_error err = { 0 };
  load_folder_init(&f);
  load_ok(&f, "first");
  sl_load_cancel();
  load_ok(&f, "after a cancel while nothing ran");
  f.settings.progress = cancel_at_first;
  CHECK_FAILS(sl_load(&f.settings, NULL, &err), SL_ECANCELLED, &err);
  check_rows(&f, "the cancelled load left nothing", "4");
  load_ok(&f, "after a cancelled load");
  check_rows(&f, "rows", "6");
  load_folder_release(&f);
}

/* Cancelled before its thread has begun: it was open, so it stops. */
TEST(open_rows_are_a_running_load) {
  struct load_folder f;
  struct sl_error err = { 0 };
  struct sl_rows *rows = NULL;
  load_folder_init(&f);
  load_ok(&f, "first");
  CHECK_OK(sl_rows_open(&rows, &f.settings, &err), &err);
  sl_load_cancel();
  sl_status pushed = sl_rows_push_json(rows, "{\"id\": 3}", 9, &err);
  CHECK(pushed == SL_OK || pushed == SL_ECANCELLED); /* as the thread has seen it or not */
  CHECK_FAILS(sl_rows_commit(rows, NULL, &err), SL_ECANCELLED, &err);
  check_rows(&f, "as before", "2");
  CHECK_OK(sl_rows_open(&rows, &f.settings, &err), &err);
  CHECK_OK(sl_rows_push_json(rows, "{\"id\": 3}", 9, &err), &err);
  CHECK_OK(sl_rows_commit(rows, NULL, &err), &err);
  check_rows(&f, "one more", "3");
  load_folder_release(&f);
}
