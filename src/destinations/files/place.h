/* place.h - where files are kept: a folder, or a bucket of an object store.
 *
 * A key is a path below the dataset, with '/'. Files are staged first, which makes their content
 * durable and shows it to nobody, and published at the commit. Private to this folder. */
#ifndef SL_DESTINATIONS_FILES_PLACE_H
#define SL_DESTINATIONS_FILES_PLACE_H

#include "base/text.h"
#include "sql/copy.h"

#define FILES_OLD "_sluice/old/" /* <load id>/<key>: what a replace put away */

struct files_names { /* all-zero is empty */
  char **items;
  size_t count, capacity;
};
sl_status files_names_add(struct files_names *names, const char *name, size_t length,
                          struct sl_error *err);
bool files_names_have(const struct files_names *names, const char *name);
void files_names_release(struct files_names *names);

struct files_place { /* first member of each kind */
  const struct files_place_ops *ops;
};

struct files_place_ops {
  /* After the dataset's name is known: <root>/<dataset>/ is what keys are below. pipeline: whose
   * leftovers may be removed; read_only: none are, and nothing is made. */
  sl_status (*begin)(struct files_place *place, const char *dataset, const char *pipeline,
                     bool read_only, struct sl_error *err);
  /* Path of a new local file that rows are written to; below a folder of this load. */
  sl_status (*scratch)(struct files_place *place, const char *file_id, struct sl_buffer *out,
                       struct sl_error *err);
  /* Takes the local file; appends to `token` (no control characters) what publish needs. */
  sl_status (*stage)(struct files_place *place, const char *path, const char *key,
                     struct sl_buffer *token, struct sl_error *err);
  /* Again after a crash = fine. SL_ENOTFOUND: neither staged nor there. */
  sl_status (*publish)(struct files_place *place, const char *key, const char *token,
                       struct sl_error *err);
  void (*discard)(struct files_place *place, const char *key, const char *token);
  /* A small file at once, replacing; durable afterwards. */
  sl_status (*put)(struct files_place *place, const char *key, const char *data, size_t length,
                   struct sl_error *err);
  sl_status (*get)(struct files_place *place, const char *key, struct sl_buffer *out, bool *found,
                   struct sl_error *err);
  /* Keys that begin with the prefix, at any depth, sorted. */
  sl_status (*list)(struct files_place *place, const char *prefix, struct files_names *out,
                    struct sl_error *err);
  sl_status (*remove)(struct files_place *place, const char *key, struct sl_error *err);
  /* A published file under another key, without its bytes coming here. Again after a crash, and
   * when `from` is gone but `to` is there = fine. SL_ENOTFOUND: neither is. */
  sl_status (*copy)(struct files_place *place, const char *from, const char *to,
                    struct sl_error *err);
  bool (*can_copy)(const struct files_place *place);
  /* Drops what was staged under this begin or an earlier one and never published. */
  sl_status (*clean)(struct files_place *place, struct sl_error *err);
  /* What a database must know to read published files itself, borrowed from the place; and where
   * one of them is: its URL, and as the store answers it (untouched for a folder). */
  void (*describe)(const struct files_place *place, struct sl_copy_store *out);
  sl_status (*locate)(const struct files_place *place, const char *key, struct sl_buffer *url,
                      struct sl_buffer *http, struct sl_error *err);
  void (*cancel)(struct files_place *place); /* any thread */
  void (*close)(struct files_place *place);
};

/* A local folder; made when the first file is written. */
sl_status files_local_open(struct files_place **out, const char *folder, struct sl_error *err);

#endif
