/* detect.h - type inference: detectors, preferred types, and the coercion table.
 *
 * dlt.md 2.5, 2.6. May include schema/schema.h. Thread-safe. */
#ifndef SL_SCHEMA_DETECT_H
#define SL_SCHEMA_DETECT_H

#include "schema/schema.h"

enum sl_detection {
  SL_DETECT_TIMESTAMP,
  SL_DETECT_ISO_TIMESTAMP,
  SL_DETECT_ISO_DATE,
  SL_DETECT_LARGE_INTEGER,
  SL_DETECT_HEXBYTES_TO_TEXT,
  SL_DETECT_WEI_TO_DOUBLE,
  SL_DETECT_COUNT
};
enum sl_detection sl_detection_from_name(const char *name); /* SL_DETECT_COUNT = unknown */
const char *sl_detection_name(enum sl_detection);

/* The type that the detectors give a value of its own type, or value->type. */
enum sl_type sl_detect(uint32_t detections, const struct sl_value *value);

/* preferred_types and default_hints of the settings: exact names and "re:" patterns (Python's, see
 * schema/pattern.h), compiled once; SL_EUSAGE for a pattern that cannot be. */
struct sl_name_rules;
sl_status sl_name_rules_new(struct sl_name_rules **out, const struct sl_schema *schema,
                            struct sl_error *err);
void sl_name_rules_free(struct sl_name_rules *);
/* The first preferred type that a column name meets; SL_TYPE_NONE = no preference. */
enum sl_type sl_name_rules_type(const struct sl_name_rules *, const char *column);
/* Hints (SL_HINT_* bits) of settings.default_hints for a column name; *not_null set when listed. */
uint32_t sl_name_rules_hints(const struct sl_name_rules *, const char *column, bool *not_null);

/* Converts `in` to `to` by dlt's table. False = not possible, or out of what the type holds (64
 * bits, 38 digits, the years 1 to 9999): the value becomes a variant. `in` and `out` are two
 * structures. Text and bytes that are made are appended to `scratch` and borrowed from it, so `in`
 * must not point into it; what was appended stays there on failure too. A time without zone is
 * taken to be in UTC; a column with `timezone: false` stores the same instant, so nothing is
 * different here. Out of memory: false, and scratch->failed (NULL: when no text is made) tells that
 * the answer is none. */
bool sl_coerce(const struct sl_value *in, enum sl_type to, struct sl_value *out,
               struct sl_buffer *scratch);

/* Appends a double as Python's repr prints it: the shortest text that reads back the same (1e+22,
 * 0.1). */
void sl_print_double(double value, struct sl_buffer *out);

#endif
