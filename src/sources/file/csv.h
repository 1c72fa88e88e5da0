/* csv.h - CSV files as blocks: opened and cut in order (csv_reader.c), parsed in parallel
 * (csv_fill.c). Private to this folder.
 *
 * The dialect is that of the first file. Types come from a sample: the beginning of the first file
 * and of up to 15 others, and stretches all over plain files. Where a later value is of another
 * type than its column, the block's column is a union (sl_schema_union) and the normalizer makes a
 * variant of the value or widens the column, so nothing is rounded, cut or lost; where the user
 * declared the type, its row is bad. */
#ifndef SL_SOURCES_CSV_H
#define SL_SOURCES_CSV_H

#include "csv_columns.h"
#include "csv_input.h"
#include "file_internal.h"

struct csv {
  struct csv_dialect dialect;
  struct csv_columns columns;
  const struct csv_layout *layout; /* of the open file */
  struct csv_input input;
  size_t at;          /* the file that is open, or is to be opened next */
  bool open, fresh;   /* fresh: nothing of the open file was given out */
  int64_t first_line; /* of the open file's first row */
  size_t longest;     /* bytes that a record may have */
};

struct csv_block { /* private_data of a block */
  const struct csv_layout *layout;
  char *base; /* what block->data lies in */
};

#endif
