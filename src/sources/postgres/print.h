/* print.h - values as PostgreSQL prints them, for those that no column of their type can hold and
 * for types that arrive as text. */
#ifndef SL_SOURCES_POSTGRES_PRINT_H
#define SL_SOURCES_POSTGRES_PRINT_H

#include "base/real.h"
#include "base/text.h"

enum { PG_INET_CHARS = 64 };

/* printf's %.<digits - 1>e, in the C locale. */
void pg_print_float(char out[SL_REAL_CHARS], float value, int digits);
void pg_print_date(struct sl_buffer *out, int64_t days); /* since 1970; "0044-03-15 BC" */
/* micros since `epoch` (days after 1970-01-01): "10000-01-01 00:00:00+00". */
void pg_print_timestamp(struct sl_buffer *out, int64_t micros, int64_t epoch, bool zone);
void pg_print_time(struct sl_buffer *out, int64_t micros); /* "24:00:00" */
/* inet and cidr in their binary form; the length, 0 = not one. */
size_t pg_print_inet(char out[PG_INET_CHARS], const unsigned char *bytes, size_t length);

#endif
