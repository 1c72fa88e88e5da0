/* test.h - the unit test framework: a test is a table and a loop over it.
 *
 *   TEST(name) { for (size_t i = 0; i < COUNT(cases); i++) CHECK_STR(cases[i].label, got, want); }
 *
 * A failed check is printed with file, line, label, got and want, and the test goes on. Tests
 * register themselves; this header also holds main(), so one test file is one program. Run it with
 * an argument to run only the tests whose name contains it. Ends with 'N passed, N failed'. */
#ifndef SLUICE_TESTS_UNIT_TEST_H
#define SLUICE_TESTS_UNIT_TEST_H

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <sluice/error.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct test_case {
  const char *name;
  void (*run)(void);
  struct test_case *next;
};

static struct test_case *test_first, **test_end = &test_first;
static int test_failures; /* failed checks of the running test */

#define TEST(test_name)                                                        \
  static void test_run_##test_name(void);                                      \
  __attribute__((constructor)) static void test_register_##test_name(void) {   \
    static struct test_case self = { #test_name, test_run_##test_name, NULL }; \
    *test_end = &self;                                                         \
    test_end = &self.next;                                                     \
  }                                                                            \
  static void test_run_##test_name(void)

/* Every check gives its verdict, so that a test can stop: `if (!CHECK(p != NULL)) return;` */
#define CHECK(condition) test_check(__FILE__, __LINE__, (condition), #condition, "")
#define CHECK_CASE(label, condition) \
  test_check(__FILE__, __LINE__, (condition), #condition, (label))
#define CHECK_STR(label, got, want) test_check_str(__FILE__, __LINE__, (label), (got), (want))
#define CHECK_INT(label, got, want) \
  test_check_int(__FILE__, __LINE__, (label), (int64_t)(got), (int64_t)(want))
#define CHECK_DOUBLE(label, got, want) test_check_double(__FILE__, __LINE__, (label), (got), (want))
#define CHECK_MEM(label, got, got_size, want, want_size) \
  test_check_mem(__FILE__, __LINE__, (label), (got), (got_size), (want), (want_size))
#define CHECK_OK(status, err) test_check_status(__FILE__, __LINE__, #status, (status), SL_OK, (err))
#define CHECK_FAILS(status, want, err) \
  test_check_status(__FILE__, __LINE__, #status, (status), (want), (err))

__attribute__((unused)) static bool test_fail_at(const char *file, int line, const char *label) {
  test_failures++;
  printf("%s:%d: %s%s", file, line, label, label[0] != '\0' ? ": " : "");
  return false;
}

__attribute__((unused)) static bool test_check(const char *file, int line, bool good,
                                               const char *condition, const char *label) {
  if (good) return true;
  test_fail_at(file, line, label);
  printf("not true: %s\n", condition);
  return false;
}

__attribute__((unused)) static bool test_check_str(const char *file, int line, const char *label,
                                                   const char *got, const char *want) {
  if (got == want || (got != NULL && want != NULL && strcmp(got, want) == 0)) return true;
  test_fail_at(file, line, label);
  printf("got \"%s\", want \"%s\"\n", got != NULL ? got : "(NULL)", want != NULL ? want : "(NULL)");
  return false;
}

__attribute__((unused)) static bool test_check_int(const char *file, int line, const char *label,
                                                   int64_t got, int64_t want) {
  if (got == want) return true;
  test_fail_at(file, line, label);
  printf("got %" PRId64 ", want %" PRId64 "\n", got, want);
  return false;
}

/* Exact, with NaN equal to NaN: loads do not round. */
__attribute__((unused)) static bool test_check_double(const char *file, int line, const char *label,
                                                      double got, double want) {
  if (memcmp(&got, &want, sizeof got) == 0 || (isnan(got) && isnan(want))) return true;
  test_fail_at(file, line, label);
  printf("got %.17g, want %.17g\n", got, want);
  return false;
}

__attribute__((unused)) static bool test_check_mem(const char *file, int line, const char *label,
                                                   const void *got, size_t got_size,
                                                   const void *want, size_t want_size) {
  if (got_size == want_size && (want_size == 0 || memcmp(got, want, want_size) == 0)) return true;
  test_fail_at(file, line, label);
  printf("got %zu bytes \"%.*s\", want %zu bytes \"%.*s\"\n", got_size, (int)got_size,
         got_size != 0 ? (const char *)got : "", want_size, (int)want_size,
         want_size != 0 ? (const char *)want : "");
  return false;
}

__attribute__((unused)) static bool test_check_status(const char *file, int line, const char *call,
                                                      sl_status got, sl_status want,
                                                      const struct sl_error *err) {
  if (got == want) return true;
  test_fail_at(file, line, call);
  printf("got status %d, want %d; message \"%s\"\n", (int)got, (int)want,
         got != SL_OK && err != NULL ? err->message : "");
  return false;
}

int main(int argc, char **argv) {
  const char *filter = argc > 1 ? argv[1] : "";
  int passed = 0, failed = 0;
  setvbuf(stdout, NULL, _IOLBF, 0); /* what was printed is seen even if a test crashes */
  for (const struct test_case *t = test_first; t != NULL; t = t->next) {
    if (strstr(t->name, filter) == NULL) continue;
    test_failures = 0;
    t->run();
    printf("%s %s\n", test_failures == 0 ? "ok    " : "FAILED", t->name);
    if (test_failures == 0)
      passed++;
    else
      failed++;
  }
  printf("%d passed, %d failed\n", passed, failed);
  if (passed + failed == 0) fprintf(stderr, "no test matches '%s'\n", filter);
  return failed > 0 || passed == 0 ? 1 : 0;
}

#endif
