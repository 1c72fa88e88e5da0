/* import_internal.h - what the readers of other tools' files share. Private to src/project/. */
#ifndef SL_IMPORT_INTERNAL_H
#define SL_IMPORT_INTERNAL_H

#include "import/import.h"

extern const char sl_read_pipelines[]; /* a program for python3, see read_pipelines.py */

/* path: the file or folder that the user named. */
sl_status sl_import_dango(struct sl_import *import, const char *path, struct sl_error *err);
sl_status sl_import_dlt(struct sl_import *import, const char *path, struct sl_error *err);
sl_status sl_import_sling(struct sl_import *import, const char *path, struct sl_error *err);
sl_status sl_import_meltano(struct sl_import *import, const char *path, struct sl_error *err);

/* A new entry; its name is made one that sources.yml takes and that is not taken. NULL = no memory.
 * The result lives until the next call. */
struct sl_import_source *sl_import_add(struct sl_import *import, const char *name, const char *type,
                                       const char *path, int line, struct sl_error *err);
void sl_import_note(struct sl_import *import, const char *path, int line, const char *format, ...)
    SL_PRINTF(4, 5);
/* A line for .env; of two with the same name the first counts. */
sl_status sl_import_variable(struct sl_import *import, const char *name, const char *value,
                             struct sl_error *err);
sl_status sl_import_copy_file(struct sl_import *import, const char *from, const char *to,
                              struct sl_error *err);
/* Every file below a folder, to the same place below `to`; a folder that is not there has none. */
sl_status sl_import_copy_folder(struct sl_import *import, const char *from, const char *to,
                                struct sl_error *err);

/* Members of an object in the import's document; a text that is NULL is left out. */
void sl_import_put(struct sl_import *import, yyjson_mut_val *object, const char *key,
                   const char *text);
void sl_import_put_node(struct sl_import *import, yyjson_mut_val *object, const char *key,
                        const struct sl_node *node);
/* The member, made as an empty object or list when it is not there. */
yyjson_mut_val *sl_import_object(struct sl_import *import, yyjson_mut_val *parent, const char *key);
yyjson_mut_val *sl_import_list(struct sl_import *import, yyjson_mut_val *parent, const char *key);
void sl_import_append(struct sl_import *import, yyjson_mut_val *list, const char *text,
                      size_t length);

/* "NAME_OF_IT" of "name-of it". */
void sl_import_variable_name(const char *name, const char *suffix, struct sl_buffer *out);
/* The text with $NAME and ${NAME} filled in; a name that has no value stays, and is noted at the
 * node. */
sl_status sl_import_expand(struct sl_import *import, const struct sl_doc *doc,
                           const struct sl_node *node, const struct sl_secrets *secrets,
                           struct sl_buffer *out, struct sl_error *err);

/* The leaves of secrets.toml as the variables that dlt reads instead of it: SOURCES__X__PASSWORD.
 */
sl_status sl_import_dlt_variables(struct sl_import *import, const struct sl_doc *doc,
                                  const struct sl_node *map, const char *prefix,
                                  struct sl_error *err);

enum sl_import_part {
  SL_PART_URL,
  SL_PART_USER,
  SL_PART_PASSWORD,
  SL_PART_HOST,
  SL_PART_PORT,
  SL_PART_DATABASE,
  SL_PART_SSL,
  SL_N_PARTS
};
struct sl_import_database {           /* a database of another tool; texts NULL = not given */
  const char *type;                   /* ours: "postgres" */
  struct sl_buffer parts[SL_N_PARTS]; /* filled in */
};
void sl_import_database_release(struct sl_import_database *database);
/* The source's credentials: a variable for .env with the URL, and its name among the settings. */
sl_status sl_import_connect(struct sl_import *import, struct sl_import_source *source,
                            const struct sl_import_database *database, struct sl_error *err);

#endif
