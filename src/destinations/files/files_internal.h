/* files_internal.h - what the files of this room share. */
#ifndef SL_DESTINATIONS_FILES_INTERNAL_H
#define SL_DESTINATIONS_FILES_INTERNAL_H

#include <sluice/destination.h>

#include "base/memory.h"
#include "layout.h"
#include "place.h"
#include "writer.h"

#define FILES_PENDING     "_sluice/pending/" /* <pipeline>.json: a commit that is under way */
#define FILES_LOADS       "_sluice/loads/" /* <schema>__<load id>.json: which files a load added */
#define FILES_GENERATIONS "_sluice/generations/" /* <schema>__<load id>.json: what it put away */
#define FILES_INIT        "init"

struct files_settings { /* see files_options */
  const char *file_format, *file_compression, *layout, *extra_placeholders, *current_datetime;
  int64_t file_size, file_rows, row_group_rows;
  const char *endpoint_url, *region, *access_key_id, *secret_access_key, *session_token, *profile;
  const char *account_name, *account_key, *sas_token, *ca_file;
  bool path_style, keep_staged;
  const char *reader_role;
  int64_t part_size, tries;
};
extern const struct sl_option files_options[];

struct files_file { /* a finished file, staged at the place; all owned */
  char *table, *key, *token;
  int64_t rows;
};

struct files_table {
  char *name;
  struct ArrowSchema columns;
  struct files_writer *writer; /* NULL between files */
  char *path, *file_id;        /* of the file being written */
  int64_t rows;                /* in it */
};

struct files_put { /* a small file of the commit; owned */
  char *key, *text;
};

struct files_state { /* the row of _dlt_pipeline_state, named once the schema's hash is known */
  char *text;
  char name[160]; /* of the pipeline */
};

struct files_destination {
  struct sl_destination base;
  struct files_settings settings;
  struct files_place *place;
  struct files_kind kind;
  struct files_layout layout;
  bool read_only;
  int64_t now_micros; /* what dates in the layout are made of; 0 = the start of the load */

  /* one load */
  bool begun;
  bool unfinished; /* staged files are of a load that can go on: they are not cleaned away */
  bool pending;    /* the commit is written down: staged files are needed to end it */
  char *dataset, *pipeline, *schema, *load_id;
  int64_t started_micros;
  char file_prefix[8];
  unsigned n_ids;
  struct files_table **tables;
  size_t n_tables, tables_capacity;
  struct files_file *files;
  size_t n_files, files_capacity;
  struct files_put *puts; /* versions; then the state */
  size_t n_puts, puts_capacity;
  struct files_names replaced, removed; /* tables; keys */
  struct files_names roots;             /* of the replaced tables, in that order */
  int64_t generations;                  /* to keep of what is replaced */
  struct files_names copy_from, copy_to;
  struct yyjson_mut_doc *kept;
  struct files_put record; /* of the generation that this load puts away */
  struct files_state state;
  struct files_put marker; /* the load's row: written last */
};

/* tables.c: rows into files */
sl_status files_define(struct sl_destination *base, const struct sl_store_table *table,
                       struct sl_error *err);
sl_status files_append(struct sl_destination *base, const struct sl_table_name *name,
                       const struct ArrowSchema *schema, struct ArrowArray *array,
                       struct sl_error *err);
/* All files that are open are ended and staged. */
sl_status files_flush(struct sl_destination *base, struct sl_error *err);
void files_tables_release(struct files_destination *d);

/* rows.c: system rows as dlt keeps them */
sl_status files_get(struct sl_destination *base, enum sl_store_kind kind, const char *name,
                    const char *key, char **text, struct sl_error *err);
sl_status files_put_row(struct sl_destination *base, enum sl_store_kind kind,
                        const struct sl_store_row *row, struct sl_error *err);
sl_status files_last_load(struct sl_destination *base, const char *schema,
                          struct sl_store_last *out, struct sl_error *err);
/* Plans that the system rows of a load go, and that the state before it is written once more (NULL
 * = it is not). */
sl_status files_undo_rows(struct files_destination *d, const char *load_id,
                          const struct sl_store_row *state, struct sl_error *err);
/* Keys of what is stored of a schema: versions, and markers of loads. */
sl_status files_list_schema(struct files_destination *d, const char *schema,
                            struct files_names *out, struct sl_error *err);

/* commit.c */
sl_status files_commit(struct sl_destination *base, struct sl_error *err);
/* Ends a commit that an earlier load of the pipeline has begun, and removes other leftovers. */
sl_status files_recover(struct files_destination *d, struct sl_error *err);

/* The plan as JSON (malloc'ed); the moment of the commit, and what follows. */
sl_status files_write_plan(struct files_destination *d, char **json, struct sl_error *err);
sl_status files_follow_plan(struct files_destination *d, const char *plan, bool *done,
                            struct sl_error *err);

/* records.c */
/* JSON at a key; *out NULL = there is none. */
struct yyjson_doc;
struct yyjson_val;
sl_status files_read_json(struct files_destination *d, const char *key, struct yyjson_doc **out,
                          struct sl_error *err);
/* "" when the member is no text. */
const char *files_text_of(struct yyjson_val *object, const char *member);

/* generations.c: of struct sl_store_ops */
sl_status files_keep_generations(struct sl_destination *base, int64_t generations,
                                 struct sl_error *err);
sl_status files_list_generations(struct sl_destination *base, const char *schema,
                                 sl_take_generation take, void *arg, struct sl_error *err);
/* While a commit is planned. d->removed from `first` on are the files of d->replaced.items[table]:
 * they are kept. Then, once: the record of that, and what is not kept any longer. */
sl_status files_generation_add(struct files_destination *d, size_t table, size_t first,
                               struct sl_error *err);
sl_status files_generation_end(struct files_destination *d, struct sl_error *err);
/* All that is kept of the schema goes with the commit. */
sl_status files_generations_drop(struct files_destination *d, struct sl_error *err);
/* Appends the key of a file that a load has put away. */
sl_status files_kept_key(const char *load_id, const char *key, struct sl_buffer *out,
                         struct sl_error *err);

/* undo.c: of struct sl_store_ops */
/* Whose load it is, by its manifest. */
sl_status files_find_pipeline(struct files_destination *d, struct sl_store_last *last,
                              struct sl_error *err);
sl_status files_undo(struct sl_destination *base, const struct sl_store_undo *undo,
                     sl_take_undone take, void *arg, struct sl_error *err);

/* staged.c: of struct sl_destination_ops */
sl_status files_stage(struct sl_destination **inner, const struct sl_destination_config *config,
                      const struct sl_store_load *load, struct sl_error *err);
/* A staged file of this load. */
sl_status files_add_file(struct files_destination *d, const char *table, const char *key,
                         const char *token, int64_t rows, struct sl_error *err);
void files_forget_files(struct files_destination *d);
/* "files": those of this load, staged; as in the plan of a commit. */
struct yyjson_mut_doc;
struct yyjson_mut_val;
void files_add_list(const struct files_destination *d, struct yyjson_mut_doc *doc,
                    struct yyjson_mut_val *object);

/* unfinished.c: see struct sl_destination_ops */
sl_status files_checkpoint(struct sl_destination *base, const char *ledger, struct sl_error *err);
sl_status files_find_unfinished(struct sl_destination *base, char **ledger, struct sl_error *err);
sl_status files_settle_unfinished(struct sl_destination *base, const char *load_id,
                                  struct sl_error *err);
sl_status files_unfinished_key(const struct files_destination *d, struct sl_buffer *out,
                               struct sl_error *err);

/* A copy of the text into *out, the old one is freed. */
sl_status files_keep(char **out, const char *text, struct sl_error *err);

#endif
