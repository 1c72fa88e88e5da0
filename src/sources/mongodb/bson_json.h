/* bson_json.h - BSON documents as lines of typed JSON (sl_block.typed).
 *
 * The bytes are read here and not by libbson: one pass, no call and no allocation for a value.
 *
 *   double, int32, int64, bool, null    as they are; NaN and infinities too
 *   string, symbol, JavaScript code     text
 *   ObjectId                            text, 24 hexadecimal digits
 *   date                                timestamp
 *   Decimal128                          decimal
 *   binary                              bytes; subtype 4 is a UUID and becomes text
 *   regular expression                  text, /pattern/options
 *   timestamp (of the oplog)            object {t: timestamp, i: integer}
 *   code with scope, DBPointer          objects {code, scope} and {$ref, $id}, as a DBRef is one
 *   MinKey, MaxKey                      text
 *   undefined                           null
 *
 * May include base/. */
#ifndef SL_SOURCES_MONGODB_BSON_JSON_H
#define SL_SOURCES_MONGODB_BSON_JSON_H

#include "base/text.h"

/* What becomes of values that no column holds: NaN and more than 38 digits of a Decimal128, dates
 * beyond 64 bits of microseconds, strings that are not UTF-8. */
enum mongo_special { MONGO_SPECIAL_VARIANT, MONGO_SPECIAL_NULL, MONGO_SPECIAL_ERROR };

/* The order of bytes in UUIDs of subtype 3, which does not say it: kept as bytes, or one of those
 * that drivers have used. */
enum mongo_uuid { MONGO_UUID_BYTES, MONGO_UUID_PYTHON, MONGO_UUID_JAVA, MONGO_UUID_CSHARP };

enum { MONGO_MOST_DEPTH = 250 }; /* servers take 100 */

struct mongo_writer {
  struct sl_buffer out;
  enum mongo_special special;
  enum mongo_uuid uuid;
  const char *table; /* for messages */
  /* Members of the documents by patterns; NULL = all. _id counts as included. */
  const char *include, *exclude;
  const char *path[MONGO_MOST_DEPTH + 1]; /* keys of the value under way */
  size_t depth;
  char refused[256]; /* the member that was an error by `special`; "" = none was */
};

/* Appends the document and a newline. SL_EDATA: it is damaged, nested too deeply, or has a value
 * that is an error by `special`; out is as before then. */
sl_status mongo_write_document(struct mongo_writer *w, const uint8_t *bson, size_t size,
                               struct sl_error *err);

/* ISO text of a date in milliseconds since 1970, also outside of the years 1 to 9999. */
size_t mongo_print_date(char out[48], int64_t millis);
/* The text of a double that reads back the same, always with point, exponent or a name. */
size_t mongo_print_double(char out[40], double value);
/* Decimal128 from its two halves. False: NaN, infinite, or more than 38 digits. */
bool mongo_print_decimal(char out[64], uint64_t high, uint64_t low);
/* Any Decimal128, with an exponent where MongoDB writes one. */
void mongo_print_any_decimal(char out[64], uint64_t high, uint64_t low);

#endif
