/* types.h - what the declared types of SQLite's columns mean. A declared type decides two things:
 * by SQLite's own rules whether values are converted when they are stored (the affinity), and by
 * ours what they are when they are read. Any thread. May include base/. */
#ifndef SL_SQLITE_TYPES_H
#define SL_SQLITE_TYPES_H

#include <stdbool.h>

/* How a column's values are decoded. */
enum sqlite_kind {
  SQLITE_KIND_NONE, /* no value in sight */
  SQLITE_KIND_INT,
  SQLITE_KIND_REAL,
  SQLITE_KIND_DECIMAL,
  SQLITE_KIND_BOOL,
  SQLITE_KIND_DATE,
  SQLITE_KIND_TIME,
  SQLITE_KIND_TIMESTAMP,
  SQLITE_KIND_TEXT,
  SQLITE_KIND_JSON,
  SQLITE_KIND_BLOB
};

/* What a declared type means; `sampled`: it says nothing, values have to be looked at. */
void sqlite_type_of(const char *declared, enum sqlite_kind *kind, char format[24], bool *sampled);
void sqlite_kind_format(enum sqlite_kind kind, char format[24]);

/* What SQLite does with values that are stored (https://www.sqlite.org/datatype3.html 3.1). */
enum sqlite_affinity {
  SQLITE_AFFINITY_NUMERIC, /* texts that look like numbers become numbers of at most 15 digits */
  SQLITE_AFFINITY_INTEGER,
  SQLITE_AFFINITY_REAL,
  SQLITE_AFFINITY_TEXT,
  SQLITE_AFFINITY_BLOB /* values stay what they are */
};
enum sqlite_affinity sqlite_affinity_of(const char *declared);

#endif
