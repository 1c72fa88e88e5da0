/* naming.h - naming conventions: source keys to identifiers, exactly as dlt makes them.
 *
 * dlt.md 2.4. Output goes to a buffer that is emptied first and ends up a C string without NUL
 * inside (a NUL in a key becomes _, where dlt's direct and duck_case keep it). Thread-safe: no
 * state. May include base/. */
#ifndef SL_SCHEMA_NAMING_H
#define SL_SCHEMA_NAMING_H

#include "base/text.h"

struct sl_naming_convention; /* one of the const table in naming.c */

struct sl_naming {
  const struct sl_naming_convention *convention;
  uint32_t max_length; /* code points; 0 = no limit */
  bool in_bytes;       /* max_length counts bytes: for databases that do, where dlt's names break */
};

/* "snake_case", "direct", "duck_case", "sql_cs_v1", "sql_ci_v1", also with dlt's module path
 * before it. SL_EUSAGE with the list of names when unknown. */
sl_status sl_naming_init(struct sl_naming *out, const char *name, uint32_t max_length,
                         struct sl_error *err);
const char *sl_naming_name(const struct sl_naming *naming);
const char *sl_naming_separator(const struct sl_naming *naming); /* "__" or "▶" */
bool sl_naming_case_sensitive(const struct sl_naming *naming);

/* normalize_identifier. Blank input fails with SL_EDATA (dlt raises). */
sl_status sl_naming_identifier(const struct sl_naming *, struct sl_text in, struct sl_buffer *out,
                               struct sl_error *err);
/* normalize_path: splits at the separator, normalises and joins. The result may be empty: "__". */
sl_status sl_naming_path(const struct sl_naming *, struct sl_text in, struct sl_buffer *out,
                         struct sl_error *err);
/* shorten_fragments: joins normalised fragments and shortens the whole. */
sl_status sl_naming_fragments(const struct sl_naming *, const struct sl_text *fragments, size_t n,
                              struct sl_buffer *out, struct sl_error *err);
/* The tag that dlt's shortening puts in the middle: of `original`, NUL-terminated. */
enum { SL_NAMING_TAG = 6 };
void sl_naming_tag(struct sl_text original, char out[SL_NAMING_TAG + 1]);

#endif
