/* types.c - see types.h. The mapping follows dlt's sql_database where that is exact. */
#include "sources/postgres/types.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

enum { OID_BPCHAR = 1042, OID_NUMERIC = 1700, OID_MONEY = 790, OID_RECORD = 2249, OID_VOID = 2278 };

/* Where the binary form is of no use, the server prints. */
enum wrapping { AS_IT_IS, AS_TEXT, AS_JSON, AS_NUMERIC, NOT_AT_ALL };

struct mapping {
  uint32_t oid;
  enum pg_kind kind;
  enum wrapping wrapping;
  const char *format;
  bool json;
};

static const struct mapping built_in[] = {
  { 16, PG_BOOL, AS_IT_IS, "b", false },    /* bool */
  { 17, PG_BYTES, AS_IT_IS, "z", false },   /* bytea */
  { 18, PG_BYTES, AS_TEXT, "u", false },    /* "char" */
  { 19, PG_BYTES, AS_IT_IS, "u", false },   /* name */
  { 20, PG_INT8, AS_IT_IS, "l", false },    /* int8 */
  { 21, PG_INT2, AS_IT_IS, "s", false },    /* int2 */
  { 23, PG_INT4, AS_IT_IS, "i", false },    /* int4 */
  { 25, PG_BYTES, AS_IT_IS, "u", false },   /* text */
  { 26, PG_UINT4, AS_IT_IS, "l", false },   /* oid */
  { 28, PG_UINT4, AS_IT_IS, "l", false },   /* xid */
  { 114, PG_BYTES, AS_IT_IS, "u", true },   /* json */
  { 650, PG_INET, AS_IT_IS, "u", false },   /* cidr */
  { 700, PG_FLOAT4, AS_IT_IS, "g", false }, /* float4 */
  { 701, PG_FLOAT8, AS_IT_IS, "g", false }, /* float8 */
  { OID_MONEY, PG_NUMERIC, AS_NUMERIC, "d:19,2", false },
  { 869, PG_INET, AS_IT_IS, "u", false }, /* inet */
  { OID_BPCHAR, PG_BYTES, AS_IT_IS, "u", false },
  { 1043, PG_BYTES, AS_IT_IS, "u", false },           /* varchar */
  { 1082, PG_DATE, AS_IT_IS, "tdD", false },          /* date */
  { 1083, PG_TIME, AS_IT_IS, "ttu", false },          /* time */
  { 1114, PG_TIMESTAMP, AS_IT_IS, "tsu:", false },    /* timestamp */
  { 1184, PG_TIMESTAMP, AS_IT_IS, "tsu:UTC", false }, /* timestamptz */
  { OID_NUMERIC, PG_NUMERIC, AS_IT_IS, "d:38,9", false },
  { OID_RECORD, PG_BYTES, AS_JSON, "u", true },
  { OID_VOID, PG_BYTES, NOT_AT_ALL, "u", false },
  { 2950, PG_UUID, AS_IT_IS, "u", false }, /* uuid */
  { 3802, PG_JSONB, AS_IT_IS, "u", true }, /* jsonb */
};

static const struct mapping as_text = { 0, PG_BYTES, AS_TEXT, "u", false };
static const struct mapping as_json = { 0, PG_BYTES, AS_JSON, "u", true };
static const struct mapping as_bytes = { 0, PG_BYTES, AS_IT_IS, "u", false };

static const struct mapping *find_built_in(uint32_t oid) {
  for (size_t i = 0; i < sizeof built_in / sizeof built_in[0]; i++) {
    if (built_in[i].oid == oid) {
      return &built_in[i];
    }
  }
  return NULL;
}

static const struct pg_type *find_type(const struct pg_types *types, uint32_t oid) {
  for (size_t i = 0; i < types->count; i++) {
    if (types->items[i].oid == oid) {
      return &types->items[i];
    }
  }
  return NULL;
}

/* ---- asking ---- */

static void list_unknown(const struct pg_types *types, uint32_t oid, struct sl_buffer *out) {
  if (oid != 0 && find_built_in(oid) == NULL && find_type(types, oid) == NULL) {
    sl_buffer_printf(out, "%s%" PRIu32, out->length == 0 ? "" : ",", oid);
  }
}

static sl_status take_row(struct pg_types *types, const PGresult *rows, int row,
                          struct sl_error *err) {
  uint32_t oid = (uint32_t)pg_integer(rows, row, 0);
  if (find_type(types, oid) != NULL) {
    return SL_OK;
  }
  sl_status rc =
      sl_grow(&types->items, &types->capacity, types->count + 1, sizeof *types->items, err);
  if (rc == SL_OK) {
    struct pg_type *t = &types->items[types->count++];
    *t = (struct pg_type){ .oid = oid,
                           .kind = pg_value(rows, row, 2)[0],
                           .category = pg_value(rows, row, 3)[0],
                           .variable = pg_integer(rows, row, 4) == -1,
                           .element = (uint32_t)pg_integer(rows, row, 5),
                           .base = (uint32_t)pg_integer(rows, row, 6),
                           .base_modifier = (int32_t)pg_integer(rows, row, 7) };
    snprintf(t->name, sizeof t->name, "%s", pg_value(rows, row, 1));
  }
  return rc;
}

static sl_status ask(struct pg_session *s, struct sl_buffer *list, struct sl_error *err) {
  struct sl_buffer sql = { 0 };
  PGresult *rows = NULL;
  sl_buffer_printf(&sql,
                   "SELECT oid, typname, typtype, typcategory, typlen, typelem, typbasetype, "
                   "typtypmod FROM pg_catalog.pg_type WHERE oid IN (%s)",
                   list->data);
  sl_buffer_reset(list);
  sl_status rc = sl_buffer_check(&sql, err);
  if (rc == SL_OK) {
    rc = pg_run(s, sql.data, "reading the catalog of types", &rows, err);
  }
  int n = rc == SL_OK ? PG(ntuples)(rows) : 0;
  for (int row = 0; rc == SL_OK && row < n; row++) {
    rc = take_row(s->types, rows, row, err);
  }
  for (int row = 0; rc == SL_OK && row < n; row++) {
    list_unknown(s->types, (uint32_t)pg_integer(rows, row, 6), list);
  }
  PG(clear)(rows);
  sl_buffer_release(&sql);
  return rc;
}

sl_status pg_types_load(struct pg_session *s, const uint32_t *oids, size_t n,
                        struct sl_error *err) {
  struct sl_buffer list = { 0 };
  sl_status rc = SL_OK;
  if (s->types == NULL && (s->types = calloc(1, sizeof *s->types)) == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the catalog of types");
  }
  for (size_t i = 0; i < n; i++) {
    list_unknown(s->types, oids[i], &list);
  }
  while (rc == SL_OK && list.length > 0) {
    rc = ask(s, &list, err);
  }
  sl_buffer_release(&list);
  return rc;
}

/* ---- mapping ---- */

static const struct mapping *find_mapping(const struct pg_type *t) {
  bool array = t->element != 0 && t->variable && t->category == 'A';
  switch (t->kind) {
    case 'e': return &as_bytes;
    case 'c': return &as_json;
    case 'p': return strncmp(t->name, "any", 3) == 0 ? &as_json : &as_text;
    case 'b':
      return array || strcmp(t->name, "hstore") == 0 ? &as_json
             : strcmp(t->name, "citext") == 0        ? &as_bytes
                                                     : &as_text;
    default: return &as_text; /* ranges and multiranges, and what is to come */
  }
}

/* numeric(p,s): s may be negative or larger than p. What does not fit in 38 digits, and numeric
 * without a precision, is a decimal whose scale grows with the values. */
static void declare_numeric(int32_t modifier, struct sl_db_column *column) {
  if (modifier >= 4) {
    int32_t precision = (modifier - 4) >> 16 & 0xFFFF;
    int32_t scale = ((modifier - 4) & 0x7FF) ^ 1024;
    scale -= 1024;
    int32_t digits = scale < 0 ? precision - scale : precision < scale ? scale : precision;
    scale = scale < 0 ? 0 : scale;
    if (digits <= 38) {
      snprintf(column->format, sizeof column->format, "d:%d,%d", digits, scale);
      column->detail = scale;
      return;
    }
  }
  column->detail = 9;
  column->unbounded = true;
}

static sl_status wrap(enum wrapping wrapping, struct sl_db_column *column, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  if (wrapping == AS_IT_IS || wrapping == NOT_AT_ALL) {
    return SL_OK;
  }
  sl_buffer_text(&text, wrapping == AS_JSON ? "to_json(" : "");
  sl_db_quote(&pg_driver, column->name, &text);
  sl_buffer_text(&text, wrapping == AS_JSON      ? ")"
                        : wrapping == AS_NUMERIC ? "::numeric"
                                                 : "::text");
  column->expression = sl_buffer_take(&text);
  return column->expression == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a column") : SL_OK;
}

sl_status pg_type_apply(struct pg_session *s, uint32_t oid, int32_t modifier,
                        struct sl_db_column *column, struct sl_error *err) {
  const struct mapping *m = find_built_in(oid);
  const struct pg_type *t = NULL;
  while (m == NULL && (t = find_type(s->types, oid)) != NULL && t->kind == 'd') {
    oid = t->base; /* a domain is read as what it is made of */
    modifier = t->base_modifier;
    m = find_built_in(oid);
  }
  if (m == NULL) {
    m = t == NULL ? &as_text : find_mapping(t);
  }
  snprintf(column->format, sizeof column->format, "%s", m->format);
  column->json = m->json;
  column->type = m->kind;
  column->unsupported = m->wrapping == NOT_AT_ALL;
  if (m->oid == OID_NUMERIC) {
    declare_numeric(modifier, column);
  } else if (m->oid == OID_MONEY) {
    column->detail = 2;
  }
  return wrap(m->wrapping, column, err);
}
