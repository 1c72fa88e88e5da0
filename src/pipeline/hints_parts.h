/* hints_parts.h - what the parts of hints.h share. Private to src/pipeline/. */
#ifndef SL_PIPELINE_HINTS_PARTS_H
#define SL_PIPELINE_HINTS_PARTS_H

#include "pipeline/hints.h"
#include "schema/contract.h"

struct sl_hints { /* what each helper needs */
  struct sl_schema *schema;
  const struct sl_naming *naming;
  struct sl_table *table;
  struct sl_buffer name;             /* scratch for one normalised name */
  bool forbidden;                    /* the contract discards the whole table */
  enum sl_contract_mode new_columns; /* what it says to columns that only a hint names */
  struct sl_column ignored;          /* takes the hints of those that it discards */
};

void sl_hints_release(struct sl_hints *h);

/* The column of a source name, added when missing and the contract allows it. */
sl_status sl_hints_column(struct sl_hints *h, struct sl_text name, struct sl_column **out,
                          struct sl_error *err);
/* What the contract of the table says while its hints are applied; text: of this load, NULL = only
 * what is stored. */
sl_status sl_hints_contract(struct sl_hints *h, const char *text, struct sl_error *err);
/* "a,b" as keys; NULL = nothing. */
sl_status sl_hints_key(struct sl_hints *h, const char *names, uint32_t hint, struct sl_error *err);
/* --columns; NULL = nothing. */
sl_status sl_hints_columns(struct sl_hints *h, const char *columns, struct sl_error *err);

/* --nested-hints: a list of {"path", "columns", "contract", "references"}; an empty path is the
 * root, of which columns are said elsewhere. Tables that are missing are made below the root. */
sl_status sl_hints_nested(struct sl_schema *schema, const struct sl_naming *naming,
                          const char *json, struct sl_table *root, struct sl_error *err);

/* Cuts the next part before `separator` (outside parentheses) off *rest. False at the end. */
bool sl_hints_next_part(struct sl_text *rest, char separator, struct sl_text *part);
struct sl_text sl_hints_trim(struct sl_text t);

#endif
