/* type.h - dlt's eleven data types and how each is laid out in Arrow.
 *
 * Source of the rules: dlt.md 2.5 and 5.3. May include base/. */
#ifndef SL_SCHEMA_TYPE_H
#define SL_SCHEMA_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"
#include "base/text.h"

enum sl_type {
  SL_TYPE_NONE = 0, /* not known yet: only nulls were seen, or a hint without data_type */
  SL_TYPE_TEXT,
  SL_TYPE_DOUBLE,
  SL_TYPE_BOOL,
  SL_TYPE_TIMESTAMP,
  SL_TYPE_BIGINT,
  SL_TYPE_BINARY,
  SL_TYPE_JSON,
  SL_TYPE_DECIMAL,
  SL_TYPE_WEI,
  SL_TYPE_DATE,
  SL_TYPE_TIME,
  SL_TYPE_COUNT
};

const char *sl_type_name(enum sl_type type); /* "text", ...; "" for NONE */
enum sl_type sl_type_from_name(
    struct sl_text name); /* SL_TYPE_NONE when unknown; "complex" = json */

/* One value outside a column: for inference, coercion and messages, never on the hot path.
 * text points into memory of the caller. */
struct sl_value {
  enum sl_type type; /* NONE = null */
  union {
    struct sl_text text; /* TEXT, BINARY, JSON (compact JSON text) */
    double real;
    bool boolean;
    int64_t integer;           /* BIGINT; TIMESTAMP: UTC micros; DATE: days; TIME: micros */
    struct sl_decimal decimal; /* DECIMAL, WEI (scale 0) */
  } as;
  bool zoned; /* TIMESTAMP: had an offset */
  bool hex;   /* BINARY: as a text it is "0x…", as dlt's HexBytes, and not base64 */
};

#endif
