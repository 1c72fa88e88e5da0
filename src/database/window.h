/* window.h - which rows an incremental load reads, and what it remembers (dlt.md 1.5).
 *
 * The window is known before the first row: its end is the cursor's highest value, asked for in
 * the same snapshot. Rows at the start that were loaded last time are known by hashes, which are
 * kept only for the rows at the end of the last window: bounded, unlike dlt's. Private to
 * src/database/. */
#ifndef SL_DATABASE_WINDOW_H
#define SL_DATABASE_WINDOW_H

#include <pthread.h>

#include "database/database.h"

/* As dlt 1.29 and later makes them: 9 bytes of SHAKE-128 in base64, of the JSON of the key's values
 * or of the row. So either can take a pipeline over from the other. */
enum { SL_DB_HASH_CHARS = 12 };
struct sl_db_hash {
  char text[SL_DB_HASH_CHARS + 1];
};
struct sl_db_hashes {
  struct sl_db_hash *items;
  size_t count, capacity;
};

struct sl_db_window {
  const struct sl_db_column *column; /* NULL = the whole table is read */
  char **key;                        /* columns that identify a row; borrowed from the table */
  size_t n_key;
  const char *table; /* for messages */
  bool stateless;    /* --end-value: nothing is remembered */
  bool deduplicates;
  bool merging;  /* a row that comes twice does no harm, it only costs */
  bool too_many; /* rows at the end to remember them; only when merging */
  bool lagging;
  char *state_json;                   /* as it was, to keep other members */
  char *initial, *last, *start, *end; /* canonical texts; NULL = none */
  struct sl_db_hashes known, remembered;
  pthread_mutex_t lock; /* guards remembered */
};

struct sl_db_window_request {
  const struct sl_db_settings *settings;
  const struct sl_db_driver *driver;
  struct sl_db_session *session;
  const struct sl_db_table *table;
  const struct sl_db_column *column; /* the cursor; NULL = none */
  const char *state_json;
  bool merging; /* by key: rows at the border may come twice */
  int wanted;   /* parts that can be read at once */
};

/* Asks for the end of the window and adds its chunks. Release in any case. */
sl_status sl_db_window_open(struct sl_db_window *w, const struct sl_db_window_request *request,
                            struct sl_db_chunks *out, struct sl_error *err);
/* The same window as an earlier load had it, whose chunks are known: `past` is what it told of it
 * (see resume.c), NULL without a cursor. */
struct yyjson_val;
sl_status sl_db_window_resume(struct sl_db_window *w, const struct sl_db_window_request *request,
                              struct yyjson_val *past, struct sl_error *err);
/* Takes known rows out of a block and remembers those at the window's end. Any thread. */
sl_status sl_db_window_filter(struct sl_db_window *w, const struct sl_db_chunk *chunk,
                              struct sl_block *block, struct sl_error *err);
/* The state after this load; NULL when nothing is to be remembered. */
sl_status sl_db_window_state(const struct sl_db_window *w, char **out_json, struct sl_error *err);
void sl_db_window_release(struct sl_db_window *w);

/* rows.c: rows of a block, whatever its kind. */
int64_t sl_db_block_rows(const struct sl_block *block);
/* Keeps the rows for which keep[row] is true. */
sl_status sl_db_block_keep(struct sl_block *block, const bool *keep, struct sl_error *err);
/* Of each row a hash of the key's values, or of all values without a key. alone: of a single key as
 * a value and not as a list of one: dlt's, when the key was given as a name. */
sl_status sl_db_block_hash(const struct sl_block *block, char **key, size_t n_key, bool alone,
                           struct sl_db_hash *out, struct sl_error *err);

#endif
