/* split.h - what split.c and key_middle.c share. Private to src/sources/mysql/. */
#ifndef SL_SOURCES_MYSQL_SPLIT_H
#define SL_SOURCES_MYSQL_SPLIT_H

#include "sources/mysql/internal.h"

enum maria_key_kind {
  MARIA_KEY_OTHER, /* never cut */
  MARIA_KEY_INTEGER,
  MARIA_KEY_TIME,        /* dates and datetimes, as the server prints them */
  MARIA_KEY_TEXT,        /* in a collation that takes no notice of capitals */
  MARIA_KEY_TEXT_BINARY, /* in the order of code points */
  MARIA_KEY_BINARY       /* hexadecimal */
};

/* Appends a value that is greater than `low` and at most `high`, as far as can be told here. False:
 * there is none, or none that makes sense. */
bool maria_key_middle(enum maria_key_kind kind, const char *low, const char *high,
                      struct sl_buffer *out);

#endif
