/* coerce.h - the parts of the coercion table; private to schema/coerce*.c.
 *
 * Each function takes one text or value and answers whether dlt's Python would convert it; none of
 * them allocates for text that is plainly something else. Out of memory: false, and scratch->failed
 * tells that the answer is none. */
#ifndef SL_SCHEMA_COERCE_H
#define SL_SCHEMA_COERCE_H

#include "schema/type.h"

/* coerce_number.c: Python's int(), float() and Decimal(), after str.strip(), and dlt's "0x". */
bool sl_text_to_bigint(struct sl_text text, int64_t *out, struct sl_buffer *scratch);
bool sl_text_to_double(struct sl_text text, double *out, struct sl_buffer *scratch);
bool sl_text_to_float(struct sl_text text, double *out,
                      struct sl_buffer *scratch); /* Python's float() alone */
bool sl_text_to_decimal(struct sl_text text, struct sl_decimal *out, struct sl_buffer *scratch);

/* coerce_time.c: a naive time is taken to be in UTC. */
bool sl_to_timestamp(const struct sl_value *in, struct sl_value *out, struct sl_buffer *scratch);
bool sl_to_date(const struct sl_value *in, struct sl_value *out, struct sl_buffer *scratch);
bool sl_to_time(const struct sl_value *in, struct sl_value *out);

/* coerce_binary.c: bytes are appended to scratch. */
bool sl_to_binary(const struct sl_value *in, struct sl_value *out, struct sl_buffer *scratch);

/* print_double.c: a decimal as Python's str(): scientific below 1e-6. */
void sl_print_decimal(struct sl_decimal d, struct sl_buffer *out);

#endif
