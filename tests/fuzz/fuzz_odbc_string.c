/* fuzz_odbc_string.c - any text as an ODBC connection string: keywords are found in it without a
 * byte too far, and a value that was added to one is read back as it was. */
#include <stdlib.h>

#include "odbc/location.h"

#define REQUIRE(condition)     \
  do {                         \
    if (!(condition)) abort(); \
  } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const keywords[] = { "Driver", "PWD", "Database" };
  struct sl_buffer string = { 0 };
  struct sl_error err;
  char name[256];
  char *text = malloc(size + 1);
  REQUIRE(text != NULL);
  if (size > 0) {
    memcpy(text, data, size);
  }
  text[size] = '\0';
  for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
    free(odbc_string_get(text, keywords[i]));
  }
  sl_status rc = odbc_default_name(text, name, &err);
  REQUIRE(rc == SL_OK || rc == SL_EUSAGE);
  sl_buffer_text(&string, "Driver={x;y}");
  odbc_string_add(&string, "PWD", text);
  odbc_string_add(&string, "Database", "shop");
  REQUIRE(!string.failed);
  char *value = odbc_string_get(string.data, "pwd");
  char *after = odbc_string_get(string.data, "DATABASE");
  REQUIRE(value != NULL && strcmp(value, text) == 0);
  REQUIRE(after != NULL && strcmp(after, "shop") == 0);
  free(value);
  free(after);
  sl_buffer_release(&string);
  free(text);
  return 0;
}
