/* json_text.h - small helpers to write JSON text into a buffer. */
#ifndef SL_SCHEMA_JSON_TEXT_H
#define SL_SCHEMA_JSON_TEXT_H

#include "base/text.h"

/* A JSON string with quotes, escaped as orjson does (UTF-8 stays as it is). */
void sl_json_string(struct sl_buffer *out, const char *text, size_t length);
/* A number as orjson prints doubles: shortest digits, exponent from 1e16 and below 1e-5; nan is
 * null. */
void sl_json_double(struct sl_buffer *out, double value);

/* A text with a NUL behind it as a string; NULL is null. */
void sl_json_text(struct sl_buffer *out, const char *text);
/* Members of an object, with ", " before all but the first; the value of the plain one is for the
 * caller to write. Texts and JSON that are NULL, counts below 0 and reals that are nan are null. */
void sl_json_member(struct sl_buffer *out, bool first, const char *name);
void sl_json_member_text(struct sl_buffer *out, bool first, const char *name, const char *text);
void sl_json_member_count(struct sl_buffer *out, bool first, const char *name, int64_t count);
void sl_json_member_real(struct sl_buffer *out, bool first, const char *name, double value);
void sl_json_member_bool(struct sl_buffer *out, bool first, const char *name, bool value);
void sl_json_member_json(struct sl_buffer *out, bool first, const char *name, const char *json);

/* True when brackets are nested deeper than `most`: such input is refused where code recurses. */
bool sl_json_too_deep(const char *json, size_t length, int most);

struct yyjson_doc;
/* Parses JSON that somebody wrote, with yyjson's flags. SL_EDATA names the byte; `what` begins the
 * message ("stored schema: JSON"). SL_ENOMEM. The caller frees *out with yyjson_doc_free. */
sl_status sl_json_parse(struct yyjson_doc **out, const char *json, size_t length, uint32_t flags,
                        const char *what, struct sl_error *err);

struct yyjson_val;
/* A parsed value as orjson prints it with sorted keys; members of the outermost object
 * whose key begins with skip_prefix are left out (NULL = none). Too deep a value sets out->failed.
 */
void sl_json_canonical_value(struct yyjson_val *value, const char *skip_prefix,
                             struct sl_buffer *out);
/* The same of an object, without the members that are named in left_out. */
void sl_json_canonical_without(struct yyjson_val *object, const char *const *left_out, size_t n,
                               struct sl_buffer *out);

#endif
