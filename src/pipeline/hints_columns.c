/* hints_columns.c - hints of a table's columns: names, types, keys; see hints_parts.h. */
#include <stdlib.h>

#include "pipeline/hints_parts.h"
#include "schema/contract.h"

void sl_hints_release(struct sl_hints *h) {
  sl_properties_release(&h->ignored.extra);
  sl_buffer_release(&h->name);
}

sl_status sl_hints_column(struct sl_hints *h, struct sl_text name, struct sl_column **out,
                          struct sl_error *err) {
  sl_status rc = sl_naming_path(h->naming, name, &h->name, err);
  if (rc != SL_OK) {
    return rc;
  }
  *out = sl_table_column(h->table, h->name.data);
  bool ours = strncmp(h->name.data, "_dlt", 4) == 0;
  if (*out != NULL) {
    return SL_OK;
  }
  if (h->forbidden || (!ours && h->new_columns != SL_EVOLVE)) {
    if (h->new_columns == SL_FREEZE) {
      return sl_contract_fail(err, SL_ENTITY_COLUMNS, h->schema->name, h->table->name, h->name.data,
                              "a hint");
    }
    sl_properties_release(&h->ignored.extra);
    h->ignored = (struct sl_column){ .name = h->name.data, .precision = -1, .scale = -1 };
    *out = &h->ignored;
    return SL_OK;
  }
  return sl_table_add_column(h->table, h->name.data, out, err);
}

/* A new table may get any columns in its first load, whatever the contract says of columns, but
 * whether it may be there at all, the contract of tables says (dlt: extractors.py). */
sl_status sl_hints_contract(struct sl_hints *h, const char *text, struct sl_error *err) {
  struct sl_contract override = { 0 };
  sl_status rc = text == NULL ? SL_OK : sl_contract_parse(&override, text, err);
  if (rc != SL_OK) {
    return rc;
  }
  struct sl_contract contract = sl_contract_of(h->schema, h->table, &override);
  bool is_new = sl_table_is_new(h->table);
  if (is_new && contract.tables == SL_FREEZE) {
    return sl_contract_fail(err, SL_ENTITY_TABLES, h->schema->name, h->table->name, NULL,
                            "the table to load");
  }
  h->forbidden = is_new && contract.tables != SL_EVOLVE;
  if (is_new && !h->forbidden && contract.columns != SL_EVOLVE) {
    h->table->evolve_columns_once = true;
  }
  h->new_columns = is_new || h->table->evolve_columns_once ? SL_EVOLVE : contract.columns;
  return SL_OK;
}

/* Cuts the next part before `separator` (outside parentheses) off *rest. False at the end. */
bool sl_hints_next_part(struct sl_text *rest, char separator, struct sl_text *part) {
  if (rest->data == NULL) {
    return false;
  }
  int depth = 0;
  size_t i = 0;
  for (; i < rest->length; i++) {
    char c = rest->data[i];
    depth += (c == '(') - (c == ')');
    if (c == separator && depth == 0) {
      break;
    }
  }
  *part = (struct sl_text){ rest->data, i };
  bool last = i == rest->length;
  *rest = last ? (struct sl_text){ NULL, 0 }
               : (struct sl_text){ rest->data + i + 1, rest->length - i - 1 };
  return true;
}

struct sl_text sl_hints_trim(struct sl_text t) {
  while (t.length > 0 && t.data[0] == ' ') {
    t.data++, t.length--;
  }
  while (t.length > 0 && t.data[t.length - 1] == ' ') {
    t.length--;
  }
  return t;
}

/* "a,b" -> the hint on both columns and on no other; not null, as dlt does for keys. */
sl_status sl_hints_key(struct sl_hints *h, const char *names, uint32_t hint, struct sl_error *err) {
  if (names == NULL) {
    return SL_OK;
  }
  for (size_t i = 0; i < h->table->n_columns; i++) {
    h->table->columns[i]->hints &= ~hint;
  }
  struct sl_text rest = sl_text_of(names);
  struct sl_text part;
  while (sl_hints_next_part(&rest, ',', &part)) {
    struct sl_column *column;
    sl_status rc = sl_hints_column(h, sl_hints_trim(part), &column, err);
    if (rc != SL_OK) {
      return rc;
    }
    column->hints |= hint;
    column->nullable = false;
    column->nullable_stated = true;
  }
  return SL_OK;
}

static sl_status apply_column_hint(struct sl_column *column, struct sl_text hint,
                                   struct sl_error *err) {
  if (sl_text_equal(hint, SL_TEXT_LITERAL("not_null")) ||
      sl_text_equal(hint, SL_TEXT_LITERAL("nullable"))) {
    column->nullable = hint.data[1] == 'u';
    column->nullable_stated = true;
    return SL_OK;
  }
  if (sl_text_equal(hint, SL_TEXT_LITERAL("naive"))) {
    column->timezone = 0;
    return SL_OK;
  }
  uint32_t own = SL_HINT_ROW_KEY | SL_HINT_PARENT_KEY | SL_HINT_ROOT_KEY | SL_HINT_VARIANT |
                 SL_HINT_INCREMENTAL; /* the load's */
  uint32_t bit = sl_hint_from_name(hint) & ~own;
  if (bit != 0) {
    column->hints |= bit;
    return SL_OK;
  }
  return sl_fail(
      err, SL_EUSAGE,
      "--columns: unknown hint '%.*s' of column %s; there are not_null, nullable, naive, "
      "primary_key, merge_key, unique, hard_delete, partition, cluster, sort",
      (int)hint.length, hint.data, column->name);
}

/* "decimal(12,2)" -> type, precision, scale. */
static sl_status apply_type(struct sl_column *column, struct sl_text text, struct sl_error *err) {
  const char *open = memchr(text.data, '(', text.length);
  struct sl_text name = { text.data, open == NULL ? text.length : (size_t)(open - text.data) };
  enum sl_type type = sl_type_from_name(name);
  if (type == SL_TYPE_NONE) {
    return sl_fail(err, SL_EUSAGE,
                   "--columns: unknown type '%.*s' of column %s; there are text, bigint, double, "
                   "decimal, wei, bool, timestamp, date, time, binary, json",
                   (int)name.length, name.data, column->name);
  }
  if (column->type != SL_TYPE_NONE && column->type != type) {
    return sl_fail(
        err, SL_EUSAGE,
        "--columns: column %s is already %s in the dataset and cannot become %s; leave the "
        "type away, or load into another table",
        column->name, sl_type_name(column->type), sl_type_name(type));
  }
  column->type = type;
  column->nullable_stated = true;
  if (open != NULL) {
    char *end = NULL;
    long precision = strtol(open + 1, &end, 10);
    long scale = *end == ',' ? strtol(end + 1, &end, 10) : -1;
    if (*end != ')' || precision < 0 || precision > 65535 || scale > precision) {
      return sl_fail(err, SL_EUSAGE,
                     "--columns: '%.*s' of column %s: write type(precision) or "
                     "type(precision,scale)",
                     (int)text.length, text.data, column->name);
    }
    column->precision = (int32_t)precision;
    column->scale = (int32_t)scale;
  }
  return SL_OK;
}

sl_status sl_hints_columns(struct sl_hints *h, const char *columns, struct sl_error *err) {
  struct sl_text rest = sl_text_of(columns);
  struct sl_text entry;
  while (columns != NULL && sl_hints_next_part(&rest, ',', &entry)) {
    struct sl_text part;
    struct sl_text parts = sl_hints_trim(entry);
    struct sl_column *column = NULL;
    sl_status rc = SL_OK;
    for (int i = 0; rc == SL_OK && sl_hints_next_part(&parts, ':', &part); i++) {
      part = sl_hints_trim(part);
      if (i == 0) {
        rc = sl_hints_column(h, part, &column, err);
      } else if (i == 1 && part.length > 0) {
        rc = apply_type(column, part, err);
      } else if (i > 1) {
        rc = apply_column_hint(column, part, err);
      }
    }
    if (rc != SL_OK) {
      return rc;
    }
  }
  return SL_OK;
}
