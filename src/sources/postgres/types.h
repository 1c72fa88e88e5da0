/* types.h - how each type of PostgreSQL is selected, decoded and declared. */
#ifndef SL_SOURCES_POSTGRES_TYPES_H
#define SL_SOURCES_POSTGRES_TYPES_H

#include "sources/postgres/session.h"

/* The binary forms that are decoded; kept in sl_db_column.type. */
enum pg_kind {
  PG_BYTES, /* text kinds, bytea, json, enum: the bytes as they are */
  PG_JSONB, /* a version byte, then text */
  PG_BOOL,
  PG_INT2,
  PG_INT4,
  PG_INT8,
  PG_UINT4, /* oid */
  PG_FLOAT4,
  PG_FLOAT8,
  PG_NUMERIC,
  PG_UUID,
  PG_INET,
  PG_DATE,
  PG_TIME,
  PG_TIMESTAMP
};

/* A type as pg_type describes it. */
struct pg_type {
  uint32_t oid, element, base;
  int32_t base_modifier;
  char kind, category; /* typtype, typcategory */
  bool variable;       /* typlen = -1 */
  char name[64];
};
struct pg_types { /* what was looked up so far */
  struct pg_type *items;
  size_t count, capacity;
};

/* Makes sure that the types are known: those that are not built in, with the bases of domains, are
 * asked for in one query (one more for each level of domains). */
sl_status pg_types_load(struct pg_session *s, const uint32_t *oids, size_t n, struct sl_error *err);

/* Fills format, json, unbounded, unsupported, expression, type and detail of a column. */
sl_status pg_type_apply(struct pg_session *s, uint32_t oid, int32_t modifier,
                        struct sl_db_column *column, struct sl_error *err);

#endif
