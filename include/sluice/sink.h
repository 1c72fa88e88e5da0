/* sink.h - rows to a function of your own: reverse ETL in C.
 *
 *   static enum sl_sink_answer send(const struct sl_sink_batch *batch, void *arg,
 *                                   struct sl_error *err) { … return SL_SINK_ACCEPTED; }
 *
 *   const struct sl_sink_callback crm = { .name = "crm", .send = send, .batch_rows = 100 };
 *   sl_sink_register(&crm, &err);
 *   settings.destination = "callback:crm";
 *   sl_load(&settings, &summary, &err);
 *
 * All rows of a load are kept in the pipeline's folder before the first batch is given away, and
 * every accepted batch is noted there. A load that failed or was killed is continued by the next
 * load of the pipeline: the same batches with the same rows and keys, from the first one that was
 * not accepted. What was given away when the program was killed may come a second time; its key
 * tells. See examples/sink.c and docs/destinations/sinks.md. */
#ifndef SLUICE_SINK_H
#define SLUICE_SINK_H

#include <stddef.h>
#include <stdint.h>

#include <sluice/arrow.h>
#include <sluice/error.h>

#ifdef __cplusplus
extern "C" {
#endif

enum sl_sink_answer {
  SL_SINK_ACCEPTED, /* never sent again */
  SL_SINK_RETRY,    /* not now: sent again after a while, for a limited number of times */
  SL_SINK_REFUSED   /* never: the load stops here */
};

struct sl_sink_batch { /* all borrowed for the call */
  const char *table;
  const char *parent;               /* NULL = a root table */
  const char *write_disposition;    /* "append", "replace" or "merge": what to do with the rows */
  const char *primary_key;          /* names with commas; NULL = none */
  const struct ArrowSchema *schema; /* a struct; the same for all batches of a table */
  const struct ArrowArray *array;   /* rows, without an offset */
  int64_t number, batches;          /* 1 to batches, within the table */
  int64_t first_row, table_rows;    /* first_row from 0 on */
  const char *load_id, *pipeline, *dataset;
  const char *key; /* a UUID: the same for the same rows, also when they are sent again */
};

/* Takes a batch. With RETRY and REFUSED, err may be filled (sl_fail) to say why. Called by several
 * threads at once when `parallel` is above 1. */
typedef enum sl_sink_answer (*sl_sink_fn)(const struct sl_sink_batch *batch, void *arg,
                                          struct sl_error *err);

enum sl_sink_order {                       /* dlt: loader_parallelism_strategy */
                     SL_SINK_ORDER_OPTION, /* what the option --sink-order says: TABLE unless given
                                            */
                     SL_SINK_ORDER_LOAD,   /* one batch after the other: sequential */
                     SL_SINK_ORDER_TABLE,  /* those of a table one after the other: table-sequential
                                            */
                     SL_SINK_ORDER_NONE    /* parallel */
};

struct sl_sink_callback { /* copied by sl_sink_register, arg as the pointer that it is */
  const char *name;       /* "crm" for callback:crm */
  sl_sink_fn send;
  void *arg;
  int64_t batch_rows; /* at most so many rows at once; 0 = the option --sink-batch: 1000 */
  int64_t parallel;   /* batches on their way at once; 0 = the option --sink-parallel: 1 */
  enum sl_sink_order order;
};

/* Makes "callback:NAME" a destination of this process; one of the same name is replaced for loads
 * that begin later. SL_EUSAGE: no name or function. Any thread. */
SL_API sl_status sl_sink_register(const struct sl_sink_callback *callback,
                                  struct sl_error *err) SL_MUST_USE;
SL_API void sl_sink_unregister(const char *name); /* running loads keep it; unknown is fine */

/* The rows as JSON: an array of objects, or with lines != 0 one object a line. *json is malloc'ed
 * and NUL-terminated. */
SL_API sl_status sl_sink_json(const struct sl_sink_batch *batch, int lines, char **json,
                              size_t *length, struct sl_error *err) SL_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
