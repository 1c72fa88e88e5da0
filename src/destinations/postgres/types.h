/* types.h - OIDs of PostgreSQL's built-in types (catalog/pg_type.dat; they never change). Private
 * to this folder. */
#ifndef SL_DESTINATIONS_POSTGRES_TYPES_H
#define SL_DESTINATIONS_POSTGRES_TYPES_H

enum pg_type_oid {
  PG_BOOL = 16,
  PG_BYTEA = 17,
  PG_INT8 = 20,
  PG_INT2 = 21,
  PG_INT4 = 23,
  PG_TEXT = 25,
  PG_JSON = 114,
  PG_FLOAT4 = 700,
  PG_FLOAT8 = 701,
  PG_BPCHAR = 1042,
  PG_VARCHAR = 1043,
  PG_DATE = 1082,
  PG_TIME = 1083,
  PG_TIMESTAMP = 1114,
  PG_TIMESTAMPTZ = 1184,
  PG_NUMERIC = 1700,
  PG_JSONB = 3802
};

/* Days and microseconds from 1970-01-01 to PostgreSQL's epoch, 2000-01-01. */
#define PG_EPOCH_DAYS   10957
#define PG_EPOCH_MICROS (INT64_C(10957) * INT64_C(86400000000))

#endif
