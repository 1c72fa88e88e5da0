/* json_vectors.h - vectors made by the real dlt: tests/unit/vectors/<name>, read with yyjson. */
#ifndef SLUICE_TESTS_UNIT_JSON_VECTORS_H
#define SLUICE_TESTS_UNIT_JSON_VECTORS_H

#include <stdlib.h>

#include <yyjson.h>

#include "unit/test.h"

/* The caller frees it. NULL after a failed check. */
__attribute__((unused)) static yyjson_doc *vectors_open(const char *name) {
  const char *root = getenv("SLUICE_TEST_ROOT");
  char path[4096];
  yyjson_read_err problem;
  snprintf(path, sizeof path, "%s/tests/unit/vectors/%s", root == NULL ? "." : root, name);
  yyjson_doc *doc = yyjson_read_file(path, 0, NULL, &problem);
  CHECK_CASE(path, doc != NULL);
  return doc;
}

__attribute__((unused)) static const char *vector_text(yyjson_val *vector, const char *name) {
  const char *text = yyjson_get_str(yyjson_obj_get(vector, name));
  CHECK_CASE(name, text != NULL);
  return text == NULL ? "" : text;
}

#endif
