/* plan.h - what a worker has learnt about the shape of the documents. Private to src/normalize/.
 *
 *   table  one destination table: its slots, and how many rows the current block has
 *   slot   one destination column of a table: its type and its builder
 *   node   one object position in the documents (the root, a nested object, the elements of a
 * list): its keys in the order in which they usually come, each with what it leads to
 *
 * A key of a node may lead to a slot (scalar), a node (object) and a list, at once: data
 * flip-flops. Everything lives as long as the worker; pointers are stable. */
#ifndef SL_NORMALIZE_PLAN_H
#define SL_NORMALIZE_PLAN_H

#include <pthread.h>
#include <stdio.h>

#include "base/map.h"
#include "column/batch.h"
#include "normalize/normalize.h"
#include "schema/contract.h"
#include "schema/detect.h"

struct nz_entry;
struct nz_node;

enum nz_discard { NZ_KEEP, NZ_DISCARD_VALUE, NZ_DISCARD_ROW };

struct nz_slot {
  char *name;
  struct nz_table *table;
  enum sl_type type;        /* NONE: no value yet */
  struct sl_column *column; /* in the schema; NULL while provisional */
  enum nz_discard discard;  /* the contract keeps this column out */
  bool allowed;             /* the contract says nothing against it: table new, column of dlt */
  bool variant;
  bool hidden;                   /* travels with the rows, is no column of the schema */
  bool required;                 /* NOT NULL for the user: a row without it is bad */
  bool naive;                    /* timestamp without zone */
  int32_t precision, scale;      /* DECIMAL: of the column */
  bool states_precision;         /* a provisional decimal that needs more than the default scale */
  int64_t order;                 /* when the type was first known: the order of new columns */
  const struct nz_entry *writer; /* key that wrote the current row, to see collisions */
  struct yyjson_val *key_value;  /* primary key: the value of the current row */
  struct nz_slot *variants[SL_TYPE_COUNT];
  struct nz_slot *variant_of; /* of which it is a variant, as far as a value has led here */
  struct sl_builder builder;
  struct ArrowArray passed; /* a column of a batch that needs no change; else release == NULL */
};

struct nz_table {
  char *name;
  struct nz_table *parent;    /* NULL = root */
  struct sl_table *in_schema; /* NULL while provisional */
  bool is_new;                /* no column with a type yet: its first row may bring any */
  bool may_evolve;            /* columns may come whatever the contract says */
  bool forbidden;             /* the contract discards the whole table */
  struct sl_text *fragments;  /* path of normalised names, not shortened */
  size_t n_fragments;
  int64_t order;
  struct nz_slot **slots;
  size_t n_slots, slots_capacity;
  struct sl_map slot_index;
  struct nz_slot *id, *parent_id, *list_idx, *root_id, *load_id, *value, *root_row;
  int64_t rows, mark; /* rows of the block; rows before the current document */
};

struct nz_list { /* a list position: its elements become rows of `table` */
  struct nz_table *table;
  struct nz_node *element;    /* for objects */
  struct nz_entry *value;     /* for scalars */
  struct nz_list *inner;      /* for lists of lists */
  struct nz_node *inner_node; /* the row {"list": …} that carries them */
  int32_t level;
};

struct nz_entry {
  const char *key; /* as in the source */
  uint32_t length;
  bool null_seen;
  int64_t visit;        /* of the node in which the key was last met, to see duplicates */
  struct nz_node *node; /* the object that the key is in */
  struct nz_slot *slot;
  struct nz_node *object;
  struct nz_list *list;
};

struct nz_node {
  struct nz_table *table;
  struct sl_text *path; /* normalised names from the row to here */
  size_t n_path;
  int32_t level; /* levels of nesting left */
  int64_t visit;
  struct nz_entry **entries;
  size_t n_entries, entries_capacity;
  struct sl_map index;
};

struct nz_plan {
  struct sl_normalizer *normalizer;
  struct sl_arena arena;    /* dies with the worker */
  struct nz_table **tables; /* parents before children */
  size_t n_tables, tables_capacity;
  struct sl_map table_index;
  struct nz_node *root;
  struct nz_entry **all_entries; /* to find keys that were only ever null */
  size_t n_all, all_capacity;
  int64_t next_order;
  struct sl_buffer name; /* scratch */
};

struct sl_normalizer {
  struct sl_schema *schema;
  struct sl_normalize_options options;
  struct sl_contract override;
  struct sl_name_rules *rules;
  struct sl_table *root;
  enum { NZ_ID_RANDOM, NZ_ID_KEY_HASH, NZ_ID_ROW_HASH } id_kind;
  bool propagate_root; /* child rows get _dlt_root_id */
  bool number_roots;   /* see SL_ROOT_ROW */
  int32_t max_nesting;
  char *id_name, *load_id_name, *parent_id_name, *list_idx_name, *root_id_name, *value_name,
      *list_name;
  pthread_mutex_t lock; /* guards schema and null_columns */
  struct sl_map null_columns;
};

sl_status nz_plan_init(struct nz_plan *plan, struct sl_normalizer *normalizer,
                       struct sl_error *err);
void nz_plan_release(struct nz_plan *plan);

/* The slot of a normalised column name, made when missing (type from the schema when it is there).
 */
sl_status nz_slot_get(struct nz_plan *plan, struct nz_table *table, struct sl_text name,
                      struct nz_slot **out, struct sl_error *err);
/* The column that takes values of `type` that do not fit `slot`. */
sl_status nz_variant_get(struct nz_plan *plan, struct nz_slot *slot, enum sl_type type,
                         struct nz_slot **out, struct sl_error *err);
/* The column that takes the value of a key which another key of the same name overwrites. */
sl_status nz_collision_get(struct nz_plan *plan, struct nz_slot *slot, const struct nz_entry *loser,
                           struct nz_slot **out, struct sl_error *err);
/* The entry of a key, made when missing. */
sl_status nz_entry_get(struct nz_plan *plan, struct nz_node *node, const char *key, size_t length,
                       struct nz_entry **out, struct sl_error *err);
sl_status nz_entry_slot(struct nz_plan *plan, struct nz_entry *entry, struct sl_error *err);
/* entry->object, or NULL in *out when objects there are kept as JSON. */
sl_status nz_entry_object(struct nz_plan *plan, struct nz_entry *entry, struct nz_node **out,
                          struct sl_error *err);
/* entry->list, or NULL in *out when lists there are kept as JSON. row_level: nesting left at the
 * row. */
sl_status nz_entry_list(struct nz_plan *plan, struct nz_entry *entry, int32_t row_level,
                        struct nz_list **out, struct sl_error *err);
sl_status nz_list_element(struct nz_plan *plan, struct nz_list *list, struct sl_error *err);
sl_status nz_list_inner(struct nz_plan *plan, struct nz_list *list, struct sl_error *err);
/* A system column of the table (_dlt_id, …), made at the end of the table's first row. */
sl_status nz_system_slot(struct nz_plan *plan, struct nz_table *table, const char *name,
                         enum sl_type type, struct nz_slot **slot, struct sl_error *err);

/* What the contract says to a column that the schema does not have. */
void nz_slot_judge(struct sl_normalizer *normalizer, struct nz_slot *slot);

enum sl_layout nz_layout(enum sl_type type);
/* Makes the (empty) builder fit the slot's type. */
void nz_slot_layout(struct nz_slot *slot);
/* Takes type, precision and zone over from the schema column. */
void nz_slot_adopt(struct nz_slot *slot, struct sl_column *column,
                   const struct sl_normalize_options *options);

#endif
