/* Sums of what was sent: through the ledger of a checkpoint and back, and on from there. */
#include "pipeline/tally.h"

#include <yyjson.h>

#include "unit/test.h"

static sl_status read(struct sl_tallies *tallies, const char *json, struct sl_error *err) {
  yyjson_doc *doc = yyjson_read(json, strlen(json), 0);
  sl_status rc = sl_tallies_read(tallies, yyjson_doc_get_root(doc), err);
  yyjson_doc_free(doc);
  return rc;
}

TEST(sums_come_back_and_go_on) {
  const struct sl_checksum sum = { .values = 3, .sum = UINT64_MAX - 1 };
  struct sl_tallies before = { 0 };
  struct sl_tallies after = { 0 };
  struct sl_tally *tally;
  struct sl_buffer json = { 0 };
  struct sl_buffer again = { 0 };
  struct sl_error err;
  CHECK_OK(sl_tallies_entry(&before, "a \"table\"", &tally, &err), &err);
  tally->rows = 4;
  tally->row_sum = UINT64_C(1) << 63;
  CHECK_OK(sl_tally_add_column(tally, "naïve", &sum, &err), &err);
  CHECK_OK(sl_tallies_count(&before, "asked", 7, &err), &err);
  sl_tallies_print(&before, &json);
  CHECK_OK(read(&after, json.data, &err), &err);
  sl_tallies_print(&after, &again);
  CHECK_STR("twice", again.data, json.data);
  CHECK_OK(sl_tallies_entry(&after, "a \"table\"", &tally, &err), &err);
  CHECK_OK(sl_tally_add_column(tally, "naïve", &sum, &err), &err);
  CHECK_INT("values", tally->columns[0].sum.values, 6);
  CHECK(tally->columns[0].sum.sum == UINT64_MAX - 3); /* modulo 2^64 */
  CHECK(!tally->counted && sl_tallies_find(&after, "asked")->counted);
  sl_buffer_release(&json);
  sl_buffer_release(&again);
  sl_tallies_release(&before);
  sl_tallies_release(&after);
}

TEST(a_table_that_begins_again_is_forgotten) {
  struct sl_tallies tallies = { 0 };
  struct sl_error err;
  CHECK_OK(sl_tallies_count(&tallies, "a", 1, &err), &err);
  CHECK_OK(sl_tallies_count(&tallies, "b", 2, &err), &err);
  sl_tallies_forget(&tallies, "a");
  sl_tallies_forget(&tallies, "nowhere");
  CHECK(sl_tallies_find(&tallies, "a") == NULL);
  CHECK_INT("b", sl_tallies_find(&tallies, "b")->source_rows, 2);
  sl_tallies_release(&tallies);
}

TEST(damage_is_refused) {
  static const char *const damaged[] = { "[{\"rows\": 1}]",
                                         "[{\"table\": \"t\", \"columns\": [{}]}]" };
  for (size_t i = 0; i < COUNT(damaged); i++) {
    struct sl_tallies tallies = { 0 };
    struct sl_error err = { 0 };
    CHECK(read(&tallies, damaged[i], &err) == SL_EDEST);
    CHECK(strstr(err.message, "--fresh") != NULL);
    sl_tallies_release(&tallies);
  }
}
