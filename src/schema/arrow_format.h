/* arrow_format.h - the Arrow format in which values of a column travel. */
#ifndef SL_SCHEMA_ARROW_FORMAT_H
#define SL_SCHEMA_ARROW_FORMAT_H

#include "schema/schema.h"

/* "u", "l", "tsu:UTC", "d:38,9", …: what the normalizer builds and the destination expects.
 * Decimals without a stated precision take the destination's. */
void sl_arrow_format(const struct sl_column *column, uint8_t decimal_precision,
                     uint8_t decimal_scale, char out[32]);

#endif
