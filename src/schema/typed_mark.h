/* typed_mark.h - the marks of typed JSON (see sl_block.typed), as the texts that begin a string.
 *
 * dlt's U+F026 to U+F02D (dlt: common/json, custom_pua), and our own U+F02E for plain text. */
#ifndef SL_SCHEMA_TYPED_MARK_H
#define SL_SCHEMA_TYPED_MARK_H

#define SL_MARK_DECIMAL   "\xEF\x80\xA6"
#define SL_MARK_TIMESTAMP "\xEF\x80\xA7"
#define SL_MARK_DATE      "\xEF\x80\xA8"
#define SL_MARK_UUID      "\xEF\x80\xA9"
#define SL_MARK_HEX       "\xEF\x80\xAA"
#define SL_MARK_BASE64    "\xEF\x80\xAB"
#define SL_MARK_TIME      "\xEF\x80\xAD"
#define SL_MARK_TEXT      "\xEF\x80\xAE"

#endif
