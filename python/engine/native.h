/* native.h - a source of the engine that a Python program reads: opened once, its tables read one
 * after the other, by a load (through the door) or batch by batch. Needs no interpreter. */
#ifndef SL_PYTHON_NATIVE_H
#define SL_PYTHON_NATIVE_H

#include <pthread.h>
#include <stdbool.h>

#include <sluice/source.h>

struct native {
  const struct sl_source_ops *ops;
  struct sl_source *source; /* NULL = not open */
  void *settings;           /* what ops->options describe */
  struct sl_catalog catalog;
  const char *rest, *tables, *write_disposition; /* borrowed from who made it */
  char scheme[32];
  pthread_mutex_t lock;
  char *warnings; /* one a line; NULL = none */
};

/* Finds the connector and takes the defaults of its options. `location` outlives `native`. */
sl_status native_init(struct native *native, const char *location, struct sl_error *err);
void native_release(struct native *native);
/* Connects and lists the tables; does nothing when that is done. */
sl_status native_open(struct native *native, struct sl_error *err);
void native_close(struct native *native);
/* The table of that name, or the only one for "". Fails with the names that there are. */
sl_status native_find(struct native *native, const char *name, struct sl_source_table **out,
                      struct sl_error *err);
/* The next block with rows, a batch or documents, of the table that was started: *end = true: no
 * more. */
sl_status native_next(struct native *native, struct sl_block *out, bool *end, struct sl_error *err);
/* What the source has warned of so far, malloc'ed; NULL = nothing. */
char *native_take_warnings(struct native *native);

/* A schema of its own; false: no memory. */
bool native_copy_schema(const struct ArrowSchema *from, struct ArrowSchema *to);

#endif
