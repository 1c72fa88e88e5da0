/* test_source_memory.c - a source holds no more than it was allowed, however large its table is. */
#include "contract/sources.h"

#ifdef SLUICE_SANITIZED
#define SANITIZED 1 /* freed memory stays, so nothing can be said */
#else
#define SANITIZED 0
#endif

/* A line of /proc/self/status in bytes: "VmRSS:" now, "VmHWM:" the peak. -1 = not to be had. */
static int64_t memory_of(const char *name) {
  char line[256];
  int64_t kilobytes = -1;
  FILE *file = fopen("/proc/self/status", "r");
  while (file != NULL && kilobytes < 0 && fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, name, strlen(name)) == 0) {
      kilobytes = strtoll(line + strlen(name), NULL, 10);
    }
  }
  if (file != NULL) fclose(file);
  return kilobytes < 0 ? -1 : kilobytes * 1024;
}

static bool forget_peak(void) {
  FILE *file = fopen("/proc/self/clear_refs", "w");
  bool good = file != NULL && fputs("5", file) >= 0;
  return file != NULL && fclose(file) == 0 && good;
}

/* What reading a location adds to the memory of the process, at its peak; -1 = told. */
static int64_t peak_of(const struct source_place *p, const char *location, int64_t allowed) {
  const struct open_options options = { .threads = 2, .memory_bytes = allowed };
  struct opened_source o;
  struct sl_error err = { 0 };
  struct rows rows = { 0 };
  int64_t before = memory_of("VmRSS:");
  if (!open_and_start(&o, p, location, &options, NULL)) return -1;
  bool good = CHECK(forget_peak()) && CHECK_OK(source_read(&o, 2, false, &rows, &err), &err);
  if (location == p->large) good = CHECK_CASE(p->label, rows.blocks > 16) && good;
  int64_t peak = memory_of("VmHWM:") - before;
  rows_release(&rows);
  source_close(&o);
  return good ? peak : -1;
}

/* Twice what is allowed, since libraries have memory of their own; the tables are far larger. */
TEST(memory_stays_within_its_limit) {
  const int64_t allowed = CONTRACT_MEMORY;
  char problem[1024] = "";
  if (SANITIZED || memory_of("VmHWM:") < 0) {
    printf("memory cannot be measured here\n");
    return;
  }
  if (!CHECK_CASE(problem, source_places_prepare_large(place_folder(), problem))) return;
  EACH_PLACE(p) {
    if (p->large == NULL || peak_of(p, p->location, allowed) < 0) continue; /* libraries are warm */
    int64_t peak = peak_of(p, p->large, allowed);
    char label[256];
    snprintf(label, sizeof label, "%s: peak of %lld MB, allowed %lld MB", p->label,
             (long long)(peak >> 20), (long long)(allowed >> 20));
    if (getenv("SLUICE_CONTRACT_VERBOSE") != NULL) printf("%s\n", label);
    CHECK_CASE(label, peak >= 0 && peak <= 2 * allowed);
  }
}
