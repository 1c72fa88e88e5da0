/* csv_columns.h - the columns of all CSV files of a load, by name, and which of them one file has.
 * Private to this folder.
 *
 * Names are compared without regard to case; the spelling met first counts. A type is settled once
 * and for all, before the first block that has the column is given out. */
#ifndef SL_SOURCES_CSV_COLUMNS_H
#define SL_SOURCES_CSV_COLUMNS_H

#include "base/map.h"
#include "csv_dialect.h"
#include "csv_value.h"

struct csv_column {
  const char *name;
  struct csv_kind kind;
  struct csv_guess guess; /* from samples, until settled */
  struct csv_kind known;  /* of the table; NONE = not there yet */
  bool settled;
};

struct csv_layout { /* columns of a file, in its order; lives as long as the columns */
  size_t n;
  struct csv_column **columns;
};

struct csv_columns {    /* all-zero with `declared` is empty */
  const char *declared; /* name:type[:hint],… of the user; NULL = none; borrowed */
  const char *known;    /* see csv_columns_know */
  struct sl_text nulls; /* a text that means NULL; data == NULL: an empty unquoted field does */
  struct sl_arena arena;
  struct sl_map index;
  struct csv_column **items;
  size_t count, capacity;
};

/* The layout of `n` columns called as in `head`; NULL: column0, column1, …. New columns are added;
 * an empty name is columnN, a name that a column before has gets _1, _2, …. *inout: the layout
 * before (or NULL), kept when it is the same. SL_EUSAGE: the declared type of a column is none. */
sl_status csv_layout_get(struct csv_columns *columns, const struct csv_head *head, size_t n,
                         const struct csv_layout **inout, struct sl_error *err);
/* How many of the names are columns already. */
size_t csv_columns_known(const struct csv_columns *columns, const struct csv_head *head);
/* Adds the records from byte `from` on to the guesses. With `all` the stretch counts only when
 * every record has the right number of fields. */
sl_status csv_columns_sample(const struct csv_columns *columns, const struct csv_layout *layout,
                             const struct csv_dialect *dialect, const char *data, size_t size,
                             size_t from, bool last, bool all, struct sl_error *err);
/* Decides the types of the columns that have none yet. */
void csv_columns_settle(struct csv_columns *columns);
/* The columns that the table has already, as name:type,… with normalised names; copied. Where it
 * makes a difference, values are read as what they will be stored as: all as they are written for a
 * text column, exact digits for a decimal one; 007 is no integer whatever the sample has shown. */
sl_status csv_columns_know(struct csv_columns *columns, const char *known, struct sl_error *err);
void csv_columns_release(struct csv_columns *columns);

#endif
