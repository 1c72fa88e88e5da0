/* fuzz_url.c - any bytes as a location: it is taken apart or refused, and neither a refusal nor a
 * redacted text shows the password. */
#include <stdlib.h>

#include "base/redact.h"
#include "base/url.h"
#include "mysql/location.h"

#define REQUIRE(condition)     \
  do {                         \
    if (!(condition)) abort(); \
  } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(const char *text) {
  struct sl_error err = { 0 };
  struct sl_url url = { 0 };
  struct maria_location location = { 0 };
  sl_status rc = sl_url_parse(&url, text, &err);
  REQUIRE(rc == SL_OK || rc == SL_EUSAGE);
  sl_url_release(&url);
  rc = maria_location_parse(&location, text, &err);
  REQUIRE(rc == SL_OK || rc == SL_EUSAGE);
  maria_location_release(&location);
}

/* "//u:<secret>@host/…": a secret of plain letters, in whatever surroundings. */
static void hide(const char *text) {
  static const char secret[] = "s3cr3tS3nt1n3l";
  struct sl_buffer whole = { 0 };
  struct sl_error err = { 0 };
  struct maria_location location = { 0 };
  sl_buffer_printf(&whole, "mysql://u:%s@host/%s", secret, text);
  REQUIRE(!whole.failed);
  char *shown = sl_redact_copy(whole.data);
  REQUIRE(shown != NULL && strstr(shown, secret) == NULL);
  free(shown);
  if (maria_location_parse(&location, whole.data + strlen("mysql:"), &err) != SL_OK) {
    REQUIRE(strstr(err.message, secret) == NULL);
  }
  maria_location_release(&location);
  sl_buffer_release(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  REQUIRE(text != NULL);
  if (size > 0) {
    memcpy(text, data, size);
  }
  text[size] = '\0';
  size_t length = strlen(text);
  char *slashes = malloc(length + 3);
  REQUIRE(slashes != NULL);
  memcpy(slashes, "//", 2);
  memcpy(slashes + 2, text, length + 1);
  parse(slashes);
  if (strstr(text, "s3cr3tS3nt1n3l") == NULL) {
    hide(text);
  }
  char *decoded = sl_url_decode(text, length);
  REQUIRE(decoded != NULL && strlen(decoded) <= length);
  free(decoded);
  free(slashes);
  free(text);
  return 0;
}
