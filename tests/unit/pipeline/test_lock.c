/* One writer: refused while held, free after release and after a killed process. */
#include "pipeline/lock.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/time.h"
#include "unit/pipeline/test_folder.h"

TEST(a_held_lock_is_refused_with_its_holder) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  struct sl_lock first = SL_LOCK_NONE;
  struct sl_lock second = SL_LOCK_NONE;
  char pid[32];
  CHECK_OK(sl_lock_take(&first, &f.dir, 0, &err), &err);
  CHECK_FAILS(sl_lock_take(&second, &f.dir, 0, &err), SL_EBUSY, &err);
  snprintf(pid, sizeof pid, "process %ld on ", (long)getpid());
  CHECK_CASE(err.message, strstr(err.message, pid) != NULL);
  CHECK_CASE(err.message, strstr(err.message, "pipeline shop") != NULL);
  CHECK(err.retryable);
  CHECK_INT("not taken", second.fd, -1);
  sl_lock_release(&first);
  sl_lock_release(&first);
  CHECK_OK(sl_lock_take(&second, &f.dir, 0, &err), &err);
  sl_lock_release(&second);
  test_folder_free(&f);
}

TEST(waiting_has_an_end) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  struct sl_lock first = SL_LOCK_NONE;
  struct sl_lock second = SL_LOCK_NONE;
  CHECK_OK(sl_lock_take(&first, &f.dir, 0, &err), &err);
  int64_t start = sl_monotonic_nanos();
  CHECK_FAILS(sl_lock_take(&second, &f.dir, 120, &err), SL_EBUSY, &err);
  CHECK(sl_monotonic_nanos() - start >= 120 * INT64_C(1000000));
  sl_lock_release(&first);
  test_folder_free(&f);
}

/* Starts a process that takes the lock and then waits to be killed; returns when it has it. */
static pid_t holder(struct test_folder *f) {
  int ready[2];
  char byte = 0;
  CHECK(pipe(ready) == 0);
  pid_t child = fork();
  if (child == 0) {
    struct sl_error err;
    struct sl_lock lock = SL_LOCK_NONE;
    bool good = sl_lock_take(&lock, &f->dir, 0, &err) == SL_OK && write(ready[1], "x", 1) == 1;
    while (good) {
      pause();
    }
    _exit(1);
  }
  close(ready[1]);
  CHECK(read(ready[0], &byte, 1) == 1);
  close(ready[0]);
  return child;
}

TEST(a_killed_process_leaves_no_lock) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  struct sl_lock lock = SL_LOCK_NONE;
  pid_t child = holder(&f);
  char pid[32];
  snprintf(pid, sizeof pid, "process %ld on ", (long)child);
  CHECK_FAILS(sl_lock_take(&lock, &f.dir, 0, &err), SL_EBUSY, &err);
  CHECK_CASE(err.message, strstr(err.message, pid) != NULL);
  CHECK(kill(child, SIGKILL) == 0);
  CHECK(waitpid(child, NULL, 0) == child);
  CHECK_OK(sl_lock_take(&lock, &f.dir, 0, &err), &err);
  sl_lock_release(&lock);
  test_folder_free(&f);
}

TEST(a_wait_ends_with_the_holder) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  struct sl_lock lock = SL_LOCK_NONE;
  pid_t child = holder(&f);
  CHECK(kill(child, SIGKILL) == 0);
  CHECK_OK(sl_lock_take(&lock, &f.dir, 10000, &err), &err);
  CHECK(waitpid(child, NULL, 0) == child);
  sl_lock_release(&lock);
  test_folder_free(&f);
}

/* A folder that was deleted and made again under the holder has a lock of its own. */
TEST(a_new_folder_has_a_new_lock) {
  struct test_folder f = test_folder_new();
  struct sl_error err = { 0 };
  struct sl_lock old = SL_LOCK_NONE;
  struct sl_lock lock = SL_LOCK_NONE;
  CHECK_OK(sl_lock_take(&old, &f.dir, 0, &err), &err);
  CHECK_OK(sl_workdir_delete(&f.dir, &err), &err);
  CHECK_OK(sl_lock_take(&lock, &f.dir, 0, &err), &err);
  CHECK(lock.fd >= 0);
  sl_lock_release(&lock);
  sl_lock_release(&old);
  test_folder_free(&f);
}

TEST(a_lock_needs_a_folder_it_can_make) {
  struct sl_workdir dir;
  struct sl_error err = { 0 };
  struct sl_lock lock = SL_LOCK_NONE;
  CHECK_OK(sl_workdir_init(&dir, "/proc/no/pipelines", "shop", &err), &err);
  CHECK(sl_lock_take(&lock, &dir, 0, &err) != SL_OK);
  CHECK_CASE(err.message, strstr(err.message, "/proc/no") != NULL);
  sl_workdir_release(&dir);
}
