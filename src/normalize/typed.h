/* typed.h - strings of typed JSON (sl_block.typed): their marks, and the values they stand for.
 * Private to src/normalize/. */
#ifndef SL_NORMALIZE_TYPED_H
#define SL_NORMALIZE_TYPED_H

#include <yyjson.h>

#include "schema/detect.h"

/* U+F026 to U+F02E are EF 80 A6 to EF 80 AE in UTF-8. */
enum {
  NZ_MARK_BYTES = 3,
  NZ_MARK_DECIMAL = 0xA6,
  NZ_MARK_TIMESTAMP,
  NZ_MARK_DATE,
  NZ_MARK_UUID,
  NZ_MARK_HEX,
  NZ_MARK_BASE64,
  NZ_MARK_WEI,
  NZ_MARK_TIME,
  NZ_MARK_TEXT
};

/* A mark alone is a text, as in dlt. */
static inline bool nz_is_marked(const char *text, size_t length) {
  const unsigned char *t = (const unsigned char *)text;
  return length > NZ_MARK_BYTES && t[0] == 0xEF && t[1] == 0x80 && t[2] >= NZ_MARK_DECIMAL &&
         t[2] <= NZ_MARK_TEXT;
}

/* A timestamp's text without mark. */
bool nz_read_timestamp(struct sl_text text, int64_t *micros, bool *zoned);
/* The value of a marked string; bytes are put into scratch. When the text is no value of the type
 * that the mark names, *out is the text alone and *meant that type, else NONE. False: no memory. */
bool nz_read_marked(struct sl_text marked, struct sl_buffer *scratch, struct sl_value *out,
                    enum sl_type *meant);

/* Appends an object or list as plain JSON. typed: marked strings lose their marks, NaN and
 * infinities become strings. False: no memory. */
bool nz_write_json(yyjson_val *value, bool typed, struct sl_buffer *out);

#endif
