/* layout.h - the path of a file from dlt's layout: "{table_name}/{load_id}.{file_id}.{ext}".
 *
 * The rules and the placeholders are dlt's (destinations/path_utils.py), except that {file_id} must
 * be there, and that {table_name} must be followed by a character that no table name holds: a
 * replace would delete files of other tables otherwise. Private to this folder. */
#ifndef SL_DESTINATIONS_FILES_LAYOUT_H
#define SL_DESTINATIONS_FILES_LAYOUT_H

#include "base/text.h"

struct files_layout { /* borrowed texts */
  const char *text;
  const char *extra; /* "name=value,name=value" or NULL */
};

struct files_path { /* what a path is made of; borrowed */
  const char *schema, *table, *load_id, *file_id, *ext;
  int64_t started_micros; /* of the load, UTC */
  int64_t now_micros;     /* what dates are made of; dlt's current_datetime */
};

/* SL_EUSAGE says what is wrong and what may stand there. */
sl_status files_layout_check(const struct files_layout *layout, struct sl_error *err);
/* Appends the path below the dataset. */
sl_status files_layout_path(const struct files_layout *layout, const struct files_path *path,
                            struct sl_buffer *out, struct sl_error *err);
/* Appends what all paths of a table begin with: up to one character after its name. */
sl_status files_layout_prefix(const struct files_layout *layout, const char *schema,
                              const char *table, struct sl_buffer *out, struct sl_error *err);

#endif
