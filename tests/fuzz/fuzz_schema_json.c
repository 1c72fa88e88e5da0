/* Any bytes as a stored schema: refused with a message, or written and read again without a change.
 */
#include <stdint.h>
#include <stdlib.h>

#include "schema/stored.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition) {
  if (!condition) {
    abort();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct sl_error err = { 0 };
  struct sl_schema *schema;
  struct sl_schema *again;
  struct sl_buffer json = { 0 };
  struct sl_buffer yaml = { 0 };
  char before[48];
  char after[48];
  if (sl_schema_from_json(&schema, (const char *)data, size, &err) != SL_OK) {
    expect(schema == NULL && err.message[0] != '\0');
    return 0;
  }
  expect(sl_schema_version_hash(schema, before, &err) == SL_OK);
  expect(sl_schema_to_json(schema, SL_SCHEMA_PRETTY, &json, &err) == SL_OK);
  expect(sl_schema_from_json(&again, json.data, json.length, &err) == SL_OK);
  expect(sl_schema_version_hash(again, after, &err) == SL_OK);
  expect(strcmp(before, after) == 0);
  expect(sl_schema_to_yaml(schema, true, &yaml, &err) == SL_OK);
  sl_schema_free(again);
  sl_schema_free(schema);
  sl_buffer_release(&json);
  sl_buffer_release(&yaml);
  return 0;
}
