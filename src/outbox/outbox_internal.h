/* outbox_internal.h - what the files of outbox.h share. Private to src/outbox/. */
#ifndef SL_OUTBOX_INTERNAL_H
#define SL_OUTBOX_INTERNAL_H

#include "outbox/outbox.h"

#define SL_OUTBOX_PACKAGE  "package.json"
#define SL_OUTBOX_ACCEPTED "accepted"
#define SL_OUTBOX_MEMORY   "memory.json"
#define SL_OUTBOX_NEW      "new-"
#define SL_OUTBOX_READY    "ready-"

/* malloc'ed "<folder>/<name><more>"; NULL = no memory. */
char *sl_outbox_path(const char *folder, const char *name, const char *more);
sl_status sl_outbox_no_memory(struct sl_error *err);
/* Reaches the disk: what was renamed or made in the folder. */
sl_status sl_outbox_sync_folder(const char *folder, struct sl_error *err);
/* An empty load; folder is moved. */
sl_status sl_outbox_load_make(struct sl_outbox_load **out, char *folder, struct sl_error *err);
sl_status sl_outbox_add_table(struct sl_outbox_load *load, const char *name,
                              struct sl_outbox_table **out, struct sl_error *err);
sl_status sl_outbox_add_column(struct sl_outbox_table *table, const char *name,
                               struct sl_outbox_column **out, struct sl_error *err);
sl_status sl_outbox_add_row(struct sl_outbox_load *load, enum sl_store_kind kind, const char *name,
                            const char *hash, const char *text, struct sl_error *err);
/* malloc'ed path of the rows of a table. */
char *sl_outbox_rows_path(const struct sl_outbox_load *load, size_t table);
/* Schemas, mappings and marks of a load whose manifest is known. */
sl_status sl_outbox_load_prepare(struct sl_outbox_load *load, struct sl_error *err);

/* manifest.c */
sl_status sl_outbox_manifest_write(const struct sl_outbox_load *load, struct sl_buffer *out,
                                   struct sl_error *err);
sl_status sl_outbox_manifest_read(struct sl_outbox_load *load, const struct sl_buffer *text,
                                  struct sl_error *err);

/* accepted.c: reads the marks that are there, and opens the file for more. */
sl_status sl_outbox_accepted_open(struct sl_outbox_load *load, struct sl_error *err);

#endif
