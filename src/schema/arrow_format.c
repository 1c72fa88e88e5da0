/* arrow_format.c - see arrow_format.h. */
#include "schema/arrow_format.h"

#include <stdio.h>

void sl_arrow_format(const struct sl_column *column, uint8_t decimal_precision,
                     uint8_t decimal_scale, char out[32]) {
  static const char *const plain[SL_TYPE_COUNT] = {
    [SL_TYPE_NONE] = "n",   [SL_TYPE_TEXT] = "u",     [SL_TYPE_DOUBLE] = "g",
    [SL_TYPE_BOOL] = "b",   [SL_TYPE_BIGINT] = "l",   [SL_TYPE_BINARY] = "z",
    [SL_TYPE_JSON] = "u",   [SL_TYPE_WEI] = "d:38,0", [SL_TYPE_DATE] = "tdD",
    [SL_TYPE_TIME] = "ttu",
  };
  if (column->type == SL_TYPE_TIMESTAMP) {
    snprintf(out, 32, "%s", column->timezone == 0 ? "tsu:" : "tsu:UTC");
  } else if (column->type == SL_TYPE_DECIMAL) {
    bool stated = column->precision >= 0;
    snprintf(out, 32, "d:%d,%d", stated ? column->precision : decimal_precision,
             stated ? (column->scale >= 0 ? column->scale : 0) : decimal_scale);
  } else {
    snprintf(out, 32, "%s", plain[column->type]);
  }
}
