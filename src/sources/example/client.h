/* client.h - stands for the client library of an outside system. Not part of what you copy: your
 * connector includes the header of a real one here (and tools/layers.txt allows it to your folder
 * alone).
 *
 * The system is a shop made of arithmetic: order number 7 is the same order whenever it is asked
 * for, in every process. It can be slow, fail and refuse a token, because real systems do. */
#ifndef SL_SOURCES_EXAMPLE_CLIENT_H
#define SL_SOURCES_EXAMPLE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__extension__ typedef __int128 client_int128;

enum client_column { /* columns of an order, in order; bits of client_order.nulls */
                     CLIENT_ID,
                     CLIENT_CUSTOMER,
                     CLIENT_PAID,
                     CLIENT_LINES,
                     CLIENT_POINTS,
                     CLIENT_WEIGHT,
                     CLIENT_AMOUNT,
                     CLIENT_TOKENS,
                     CLIENT_NOTE,
                     CLIENT_RECEIPT,
                     CLIENT_ORDERED_ON,
                     CLIENT_ORDERED_TIME,
                     CLIENT_LOCAL_AT,
                     CLIENT_PLACED_AT,
                     CLIENT_ATTRIBUTES,
                     CLIENT_COLUMNS
};

struct client_order { /* one row; orders 1 and 2 hold the extremes of each type, 3 only NULLs */
  uint32_t nulls;     /* bit set = the column has no value */
  int64_t id;         /* 1, 2, 3, … */
  char customer[32];
  bool paid;
  int32_t lines;
  int64_t points;
  double weight;
  client_int128 amount; /* ten-thousandths */
  client_int128 tokens; /* up to 38 digits */
  char note[64];
  unsigned char receipt[16];
  size_t receipt_bytes;
  int32_t ordered_on;                        /* days since 1970-01-01 */
  int64_t ordered_time, local_at, placed_at; /* microseconds */
  char attributes[64];                       /* JSON */
};

enum client_result { CLIENT_OK, CLIENT_BROKEN, CLIENT_INTERRUPTED };

struct client_config {
  const char *token; /* NULL = none; "wrong" is refused */
  int64_t rows;      /* orders in the shop; there is one customer for ten orders */
  int64_t fail_at;   /* the shop breaks at this row; 0 = never */
  int64_t wait_ms;   /* for each answer */
};

struct client; /* a connection; any number of threads may ask at once */
/* NULL: refused, or no memory; *refused tells which. */
struct client *client_connect(const struct client_config *config, bool *refused);
/* Writes the orders [first, first + count) to `out`. */
enum client_result client_orders(struct client *c, int64_t first, size_t count,
                                 struct client_order *out);
/* Writes the customers [first, first + count) as JSON lines; *length of the text, which stays below
 * count * CLIENT_CUSTOMER_BYTES. */
enum { CLIENT_CUSTOMER_BYTES = 320 };
enum client_result client_customers(struct client *c, int64_t first, size_t count, char *out,
                                    size_t *length);
/* Every question that is being answered, and every later one, ends with CLIENT_INTERRUPTED. */
void client_interrupt(struct client *c);
bool client_is_interrupted(struct client *c);
void client_close(struct client *c); /* NULL is fine */

#endif
