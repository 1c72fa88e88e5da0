/* json_split.h - where the records of a JSON text begin and end, fed piece by piece.
 *
 * The text may be an array of records, an object with the records under a path ("data.items"), or
 * records one after the other (also over several lines). Only the structure is looked at; the
 * records themselves are checked by the parser. Private to this folder. */
#ifndef SL_SOURCES_JSON_SPLIT_H
#define SL_SOURCES_JSON_SPLIT_H

#include "base/text.h"

#define SPLIT_MOST_PATH 16

struct json_split {
  /* settings */
  struct sl_text path[SPLIT_MOST_PATH]; /* members that lead to the records */
  size_t n_path;
  /* where we are */
  int depth;         /* open brackets */
  int records_depth; /* depth within which records stand; -1 = not there yet */
  size_t matched;    /* members of the path that are open */
  bool in_string, escaped, in_scalar;
  bool expect_key;    /* in an object on the way: the next string is a key */
  bool found, closed; /* the records were reached; they have ended */
  bool in_record;
  int64_t record_start; /* absolute */
  int64_t key_start;
  bool key_matches;
  bool began;
};

/* Absolute byte ranges [start, end) of complete records. */
typedef sl_status (*json_split_record)(void *arg, int64_t start, int64_t end, struct sl_error *err);

sl_status json_split_init(struct json_split *s, const char *path, struct sl_error *err);
/* Scans bytes [from, to) of the text whose byte `base` is data[0]; the record under way (or the
 * key) stays readable in data. At the end of the text call json_split_end. */
sl_status json_split_scan(struct json_split *s, const char *data, int64_t base, int64_t from,
                          int64_t to, json_split_record record, void *arg, struct sl_error *err);
sl_status json_split_end(struct json_split *s, int64_t end, json_split_record record, void *arg,
                         struct sl_error *err);
/* The first byte that is still needed: data before it may be dropped. */
int64_t json_split_keep(const struct json_split *s, int64_t scanned);

#endif
