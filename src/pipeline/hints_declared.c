/* hints_declared.c - columns that a source declares, written into the schema; see hints.h. */
#include <stdlib.h>

#include "column/batch.h"
#include "column/read.h"
#include "pipeline/hints.h"
#include "schema/contract.h"

static enum sl_type type_of(const struct ArrowSchema *column) {
  switch (sl_read_kind_of(column->format)) {
    case SL_READ_BOOL: return SL_TYPE_BOOL;
    case SL_READ_INT64:
    case SL_READ_UINT64: return SL_TYPE_BIGINT;
    case SL_READ_DOUBLE: return SL_TYPE_DOUBLE;
    case SL_READ_TEXT: return sl_schema_is_json(column) ? SL_TYPE_JSON : SL_TYPE_TEXT;
    case SL_READ_BINARY: return SL_TYPE_BINARY;
    case SL_READ_DECIMAL: return SL_TYPE_DECIMAL;
    case SL_READ_DATE: return SL_TYPE_DATE;
    case SL_READ_TIME: return SL_TYPE_TIME;
    case SL_READ_TIMESTAMP: return SL_TYPE_TIMESTAMP;
    case SL_READ_NESTED: return SL_TYPE_JSON;
    default: return SL_TYPE_NONE;
  }
}

/* "d:12,2" -> 12, 2; small integers state their bits, as dlt's full_with_precision does. */
static void set_precision(struct sl_column *out, const char *format) {
  char *end;
  switch (format[0]) {
    case 'd':
      out->precision = (int32_t)strtol(format + 2, &end, 10);
      out->scale = (int32_t)strtol(end + 1, NULL, 10);
      break;
    case 's': out->precision = 16; break;
    case 'i': out->precision = 32; break;
    default: break;
  }
}

static sl_status declare(const struct sl_naming *naming, const struct ArrowSchema *column,
                         struct sl_table *table, struct sl_buffer *name, struct sl_error *err) {
  enum sl_type type = type_of(column);
  sl_status rc = sl_naming_path(naming, sl_text_of(column->name), name, err);
  struct sl_column *out = rc == SL_OK ? sl_table_column(table, name->data) : NULL;
  if (rc == SL_OK && out == NULL && type != SL_TYPE_NONE) {
    rc = sl_table_add_column(table, name->data, &out, err);
  }
  if (rc != SL_OK || out == NULL || out->type != SL_TYPE_NONE || type == SL_TYPE_NONE) {
    return rc;
  }
  out->type = type;
  if (!out->nullable_stated) {
    out->nullable = (column->flags & ARROW_FLAG_NULLABLE) != 0;
    out->nullable_stated = true;
  }
  if (out->precision < 0) {
    set_precision(out, column->format);
  }
  if (type == SL_TYPE_TIMESTAMP && strcmp(column->format, "tsu:") == 0) {
    out->timezone = 0;
  }
  return SL_OK;
}

sl_status sl_hints_declare(struct sl_schema *schema, const struct sl_naming *naming,
                           const struct sl_load_settings *settings,
                           const struct ArrowSchema *columns, struct sl_table *table,
                           struct sl_error *err) {
  struct sl_contract override = { 0 };
  struct sl_buffer name = { 0 };
  sl_status rc =
      settings->contract == NULL ? SL_OK : sl_contract_parse(&override, settings->contract, err);
  if (rc != SL_OK) {
    return rc;
  }
  struct sl_contract contract = sl_contract_of(schema, table, &override);
  bool is_new = sl_table_is_new(table);
  if (is_new ? contract.tables != SL_EVOLVE
             : contract.columns != SL_EVOLVE && !table->evolve_columns_once) {
    return SL_OK;
  }
  for (int64_t i = 0; rc == SL_OK && i < columns->n_children; i++) {
    rc = declare(naming, columns->children[i], table, &name, err);
  }
  sl_buffer_release(&name);
  return rc;
}
