/* schema.h - the schema of a dataset in memory: tables, columns, hints, settings.
 *
 * The model of dlt's stored schema (dlt.md 3.1), engine version 11. Columns and tables only get
 * added while data flows; both keep their order, because it is the order of the DDL and part of
 * the version hash. Structures are owned by the schema; pointers to tables and columns stay valid
 * until the schema is freed. Not thread-safe: the normalizer guards it. May include base/. */
#ifndef SL_SCHEMA_SCHEMA_H
#define SL_SCHEMA_SCHEMA_H

#include "base/map.h"
#include "schema/type.h"

#define SL_SCHEMA_ENGINE_VERSION 11

enum sl_hint { /* boolean column properties of dlt, as bits */
               SL_HINT_PRIMARY_KEY = 1 << 0,
               SL_HINT_MERGE_KEY = 1 << 1,
               SL_HINT_UNIQUE = 1 << 2,
               SL_HINT_ROW_KEY = 1 << 3,
               SL_HINT_PARENT_KEY = 1 << 4,
               SL_HINT_ROOT_KEY = 1 << 5,
               SL_HINT_VARIANT = 1 << 6,
               SL_HINT_HARD_DELETE = 1 << 7,
               SL_HINT_PARTITION = 1 << 8,
               SL_HINT_CLUSTER = 1 << 9,
               SL_HINT_SORT = 1 << 10,
               SL_HINT_INCREMENTAL = 1 << 11,
};
enum { SL_N_HINTS = 12 };
extern const char *const sl_hint_names[SL_N_HINTS]; /* dlt's, of the bits 1 << i */
uint32_t sl_hint_from_name(struct sl_text name);    /* the bit; 0 = no such hint */

struct sl_property { /* anything dlt keeps that has no member here ("x-…", references, filters) */
  char *key;
  char *json; /* compact JSON text */
};
struct sl_properties {
  struct sl_property *items;
  size_t count, capacity;
};

enum sl_dedup_sort { SL_DEDUP_NONE, SL_DEDUP_ASC, SL_DEDUP_DESC };

struct sl_column {
  char *name;
  enum sl_type type; /* NONE = incomplete: not created in the destination */
  bool nullable;
  bool nullable_stated;     /* dlt prints "nullable" only when it was stated, or with a type */
  bool nullable_absent;     /* stored with a type and without "nullable": stays so */
  uint32_t hints;           /* SL_HINT_* */
  int32_t precision, scale; /* -1 = not stated */
  int8_t timezone;          /* -1 = not stated, else 0 or 1 */
  enum sl_dedup_sort dedup_sort;
  char *description;
  struct sl_properties extra;
};

enum sl_disposition { SL_DISPOSITION_UNSET, SL_APPEND, SL_REPLACE, SL_MERGE, SL_SKIP };
enum sl_merge_strategy {
  SL_MERGE_UNSET,
  SL_MERGE_DELETE_INSERT,
  SL_MERGE_UPSERT,
  SL_MERGE_INSERT_ONLY,
  SL_MERGE_SCD2,
  SL_MERGE_CDC
};
enum sl_replace_strategy {
  SL_REPLACE_UNSET,
  SL_REPLACE_TRUNCATE,
  SL_REPLACE_STAGING,
  SL_REPLACE_OPTIMIZED
};

enum sl_contract_mode { SL_CONTRACT_UNSET, SL_EVOLVE, SL_FREEZE, SL_DISCARD_ROW, SL_DISCARD_VALUE };
struct sl_contract {
  enum sl_contract_mode tables, columns, data_type;
};

struct sl_table {
  char *name;
  struct sl_column **columns; /* each allocated alone: pointers are stable */
  size_t n_columns, columns_capacity;
  struct sl_map column_index;
  char *parent;                    /* NULL = root table */
  char *resource;                  /* NULL on nested tables */
  enum sl_disposition disposition; /* UNSET on nested tables: inherited from the root */
  struct sl_contract contract;
  bool contract_stated;
  char *description, *table_format, *file_format;
  bool seen_data;             /* x-normalizer.seen-data */
  bool evolve_columns_once;   /* x-normalizer.evolve-columns-once */
  int32_t max_nesting;        /* x-normalizer.max_nesting; -1 = not stated */
  struct sl_properties extra; /* x-merge-strategy, references, filters, …; "schema_contract" and
                                 "x-normalizer": as read, see stored_read.c */
};

struct sl_schema {
  char *name;
  int64_t version;
  char *version_hash;          /* "" when never computed */
  char *imported_version_hash; /* NULL = none */
  char *description;
  char **previous_hashes;
  size_t n_previous_hashes;
  struct sl_table **tables;
  size_t n_tables, tables_capacity;
  struct sl_map table_index;
  /* settings */
  uint32_t detections; /* bits 1 << enum sl_detection (schema/detect.h) */
  struct sl_contract contract;
  bool contract_stated;
  struct sl_properties default_hints;   /* hint name -> JSON list of names or "re:…" */
  struct sl_properties preferred_types; /* "name" or "re:…" -> "\"type\"" */
  struct sl_properties settings_extra;  /* also what was read, to be written the same while it means
                                           the  same: "detections", "schema_contract" */
  /* normalizers */
  char *naming;           /* "snake_case" */
  int32_t max_nesting;    /* normalizers.json.config.max_nesting; -1 = not stated */
  char *propagation_json; /* normalizers.json.config.propagation, compact JSON; NULL = none */
  /* "json.<member>" and "json.config.<member>" for members of normalizers.json, others as they are
   */
  struct sl_properties normalizers_extra;
  struct sl_properties extra; /* members at the top that dlt does not know */
};

/* A schema as dlt makes a new one: engine 11, snake_case, iso_timestamp, default hints, and the
 * tables _dlt_version and _dlt_loads. */
sl_status sl_schema_new(struct sl_schema **out, const char *name, struct sl_error *err);
void sl_schema_free(struct sl_schema *schema);

struct sl_table *sl_schema_table(const struct sl_schema *schema, const char *name);
sl_status sl_schema_add_table(struct sl_schema *schema, const char *name, struct sl_table **out,
                              struct sl_error *err);
struct sl_column *sl_table_column(const struct sl_table *table, const char *name);
/* Appends a column: nullable, no type, no hints. Fails with SL_EINTERNAL when it exists. */
sl_status sl_table_add_column(struct sl_table *table, const char *name, struct sl_column **out,
                              struct sl_error *err);
/* No column with a known type yet: what contracts call a new table, as dlt does. */
bool sl_table_is_new(const struct sl_table *table);
/* Moves a column behind all others: an incomplete column takes its place when it gets its type, as
 * in dlt. */
sl_status sl_table_move_last(struct sl_table *table, struct sl_column *column,
                             struct sl_error *err);
/* Moves over what the destination holds already: tables that have seen data and complete columns of
 * them that `to` lacks. After that `from` can only be freed. */
sl_status sl_schema_absorb(struct sl_schema *to, struct sl_schema *from, struct sl_error *err);
/* The root of the table chain (itself when it has no parent). */
struct sl_table *sl_schema_root(const struct sl_schema *schema, const struct sl_table *table);
/* First column with any of `hints`, from *at on; NULL = no more. Start with *at = 0. */
struct sl_column *sl_table_hinted(const struct sl_table *table, uint32_t hints, size_t *at);

const char *sl_properties_get(const struct sl_properties *p,
                              const char *key); /* JSON text or NULL */
sl_status sl_properties_set(struct sl_properties *p, const char *key, const char *json,
                            struct sl_error *err); /* json NULL removes */
/* A property that is a JSON text, decoded; malloc'ed, NULL when absent or no text. */
char *sl_properties_text(const struct sl_properties *p, const char *key);
void sl_properties_release(struct sl_properties *p);

/* Effective settings of a table (nested tables inherit from their root). */
enum sl_disposition sl_table_disposition(const struct sl_schema *, const struct sl_table *);
enum sl_merge_strategy sl_table_merge_strategy(const struct sl_schema *, const struct sl_table *);
enum sl_merge_strategy sl_merge_strategy_from_name(const char *name); /* UNSET = unknown */
enum sl_replace_strategy sl_replace_strategy_from_name(const char *name);
const char *sl_merge_strategy_name(enum sl_merge_strategy);
const char *sl_replace_strategy_name(enum sl_replace_strategy);
const char *sl_disposition_name(enum sl_disposition);
enum sl_disposition sl_disposition_from_name(const char *name);

/* Adds the _dlt_pipeline_state table as dlt declares it (once). */
sl_status sl_schema_add_state_table(struct sl_schema *schema, struct sl_error *err);

#endif
