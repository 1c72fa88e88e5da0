/* Any bytes as TOML, YAML, .env and sources.yml: refused with a message, or a tree whose JSON is
 * read again. */
#include <stdint.h>
#include <stdlib.h>

#include <yyjson.h>

#include "project/dotenv.h"
#include "project/sources.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition) {
  if (!condition) {
    abort();
  }
}

static void check_tree(sl_status rc, struct sl_doc *doc, const struct sl_error *err) {
  if (rc != SL_OK) {
    expect(err->message[0] != '\0');
    return;
  }
  struct sl_buffer json = { 0 };
  sl_node_json(doc->root, &json);
  yyjson_doc *again = yyjson_read(json.data, json.length, YYJSON_READ_BIGNUM_AS_RAW);
  expect(again != NULL && yyjson_is_obj(yyjson_doc_get_root(again)));
  yyjson_doc_free(again);
  sl_buffer_release(&json);
  sl_doc_release(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *text = (const char *)data;
  struct sl_error err = { 0 };
  struct sl_doc doc;
  struct sl_sources sources;
  struct sl_secrets secrets = { 0 };
  if (!sl_utf8_valid(text, size)) {
    return 0; /* refused when the file is read */
  }
  check_tree(sl_doc_parse_toml(&doc, "f", text, size, &err), &doc, &err);
  check_tree(sl_doc_parse_yaml(&doc, "f", text, size, &err), &doc, &err);
  expect(sl_sources_parse(&sources, "f", text, size, &err) == SL_OK || err.message[0] != '\0');
  sl_sources_release(&sources);
  expect(sl_dotenv_parse(&secrets, "f", text, size, &err) == SL_OK || err.message[0] != '\0');
  sl_secrets_release(&secrets);
  return 0;
}
