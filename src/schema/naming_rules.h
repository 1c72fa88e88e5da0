/* naming_rules.h - the rule of each convention for one identifier; private to naming.c.
 *
 * Input is any bytes (invalid UTF-8 counts as one odd character), output is appended. */
#ifndef SL_SCHEMA_NAMING_RULES_H
#define SL_SCHEMA_NAMING_RULES_H

#include "base/text.h"

struct sl_naming_convention {
  const char *name, *separator;
  bool case_sensitive;
  void (*normalize)(struct sl_text in, struct sl_buffer *out);
};

void sl_normalize_snake_case(struct sl_text in, struct sl_buffer *out);
void sl_normalize_direct(struct sl_text in, struct sl_buffer *out);
void sl_normalize_duck_case(struct sl_text in, struct sl_buffer *out);
void sl_normalize_sql_cs(struct sl_text in, struct sl_buffer *out);
void sl_normalize_sql_ci(struct sl_text in, struct sl_buffer *out);

#endif
