/* Any bytes as YAML: refused, or JSON that is YAML again and means the same. */
#include <stdint.h>
#include <stdlib.h>

#include "schema/stored.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition) {
  if (!condition) {
    abort();
  }
}

static void round_trip(const struct sl_buffer *json) {
  struct sl_error err = { 0 };
  struct sl_buffer before = { 0 };
  struct sl_buffer yaml = { 0 };
  struct sl_buffer again = { 0 };
  struct sl_buffer after = { 0 };
  /* Duplicate keys and very deep values are JSON that we do not write. */
  if (sl_json_canonical(json->data, json->length, &before, &err) == SL_OK &&
      sl_json_to_yaml(json->data, json->length, &yaml, &err) == SL_OK) {
    expect(sl_yaml_to_json(yaml.data, yaml.length, &again, &err) == SL_OK);
    expect(sl_json_canonical(again.data, again.length, &after, &err) == SL_OK);
    expect(before.length == after.length && memcmp(before.data, after.data, after.length) == 0);
  }
  sl_buffer_release(&before);
  sl_buffer_release(&yaml);
  sl_buffer_release(&again);
  sl_buffer_release(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct sl_error err = { 0 };
  struct sl_schema *schema;
  struct sl_buffer json = { 0 };
  if (sl_yaml_to_json((const char *)data, size, &json, &err) == SL_OK) {
    round_trip(&json);
    if (sl_schema_from_json(&schema, json.data, json.length, &err) == SL_OK) {
      sl_schema_free(schema);
    }
  } else {
    expect(err.message[0] != '\0');
  }
  sl_buffer_release(&json);
  return 0;
}
