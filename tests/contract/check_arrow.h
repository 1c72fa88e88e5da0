/* check_arrow.h - whether a struct array is what its schema and the Arrow specification say. */
#ifndef SL_TESTS_CONTRACT_CHECK_ARROW_H
#define SL_TESTS_CONTRACT_CHECK_ARROW_H

#include <sluice/arrow.h>

#include "base/text.h"

/* Appends what is wrong; nothing when all is well. */
void check_arrow(const struct ArrowSchema *schema, const struct ArrowArray *array,
                 struct sl_buffer *problem);

#endif
