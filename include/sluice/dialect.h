/* dialect.h - SQL dialects from outside: what a database needs beyond one that is known already.
 *
 * A dialect is registered by name, before the first connection that uses it; a plug-in lists its
 * own in sl_plugin.dialects. It starts from a built-in one (`like`) and changes four things, as
 * dlt's register_dialect_capabilities does: capabilities, types, tables, and the test for "no such
 * table". It is chosen by `--dialect NAME`, or by what the ODBC driver calls its database. See
 * docs/destinations/odbc.md. */
#ifndef SLUICE_DIALECT_H
#define SLUICE_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sluice/destination.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sl_dialect_column { /* of a table that is created or altered; all borrowed */
  const char *name;
  const char *type;         /* one of dlt's: "text", "bigint", "timestamp", ... */
  int32_t precision, scale; /* -1 = not stated; bits of a bigint, digits, characters */
  int8_t timezone;          /* of a timestamp: 0 = without, 1 = with, -1 = not stated (with) */
  bool nullable;
  bool primary_key, unique, partition, cluster, sort; /* hints */
};

struct sl_dialect_registration {
  size_t struct_size;    /* sizeof(struct sl_dialect_registration) */
  const char *name;      /* "exasol" */
  const char *like;      /* a dialect that is known: what is not changed below is as there */
  const char *databases; /* words of which one is in SQL_DBMS_NAME, "|" between; NULL = none */

  /* The members below may be NULL. They are called from any thread, and must not call back. */

  /* `capabilities` are those of `like`. */
  void (*adjust_capabilities)(struct sl_capabilities *capabilities);
  /* Writes the type for DDL, with its NUL at most `size` bytes; false = as in `like`. */
  bool (*map_type)(const struct sl_dialect_column *column, char *out, size_t size);
  /* A table that is about to be created: may change `order`, which holds the numbers 0 to n - 1 in
   * the order in which the columns will stand, and write what stands behind them ("ENGINE=…"; with
   * its NUL at most `size` bytes) into `options`, which holds what `like` writes there. */
  void (*adapt_table)(const char *table, const struct sl_dialect_column *columns, size_t n,
                      size_t *order, char *options, size_t size);
  /* The failure means that a table or a dataset is not there. */
  bool (*is_undefined_relation)(const char *sqlstate, const char *message);
};

/* The registration must live as long as the program. Any thread. SL_EUSAGE: the name is taken,
 * `like` is not known, or a member is missing. */
SL_API sl_status sl_dialect_register(const struct sl_dialect_registration *registration,
                                     struct sl_error *err) SL_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
