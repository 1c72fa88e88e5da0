/* type.c - names of the data types. */
#include "schema/type.h"

static const char *const names[SL_TYPE_COUNT] = {
  [SL_TYPE_NONE] = "",         [SL_TYPE_TEXT] = "text",           [SL_TYPE_DOUBLE] = "double",
  [SL_TYPE_BOOL] = "bool",     [SL_TYPE_TIMESTAMP] = "timestamp", [SL_TYPE_BIGINT] = "bigint",
  [SL_TYPE_BINARY] = "binary", [SL_TYPE_JSON] = "json",           [SL_TYPE_DECIMAL] = "decimal",
  [SL_TYPE_WEI] = "wei",       [SL_TYPE_DATE] = "date",           [SL_TYPE_TIME] = "time",
};

const char *sl_type_name(enum sl_type type) {
  return names[type];
}

enum sl_type sl_type_from_name(struct sl_text name) {
  for (int i = SL_TYPE_TEXT; i < SL_TYPE_COUNT; i++) {
    if (sl_text_equal(name, sl_text_of(names[i]))) {
      return (enum sl_type)i;
    }
  }
  /* dlt called json "complex" up to engine version 9. */
  return sl_text_equal(name, SL_TEXT_LITERAL("complex")) ? SL_TYPE_JSON : SL_TYPE_NONE;
}
