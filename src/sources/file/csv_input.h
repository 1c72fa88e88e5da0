/* csv_input.h - one CSV file as bytes that are looked at before they are given out. Private to this
 * folder. */
#ifndef SL_SOURCES_CSV_INPUT_H
#define SL_SOURCES_CSV_INPUT_H

#include "byte_stream.h"

struct csv_input {
  const struct file_item *item; /* borrowed */
  struct byte_stream *stream;   /* NULL: not open */
  char *data;                   /* bytes [from, to) are still to be given out */
  size_t from, to, capacity;    /* capacity: without the padding that follows */
  bool ended;                   /* nothing comes after `to` */
  int64_t offset;               /* of data[from] in the plain text */
  int64_t reported;             /* stored bytes given out, for progress */
};

/* Opens the file and passes by a byte order mark and `skip_lines` lines. UTF-16 fails with
 * SL_EDATA.
 */
sl_status csv_input_open(struct csv_input *in, const struct file_item *item,
                         const atomic_bool *cancelled, int64_t skip_lines, struct sl_error *err);
/* Reads until `size` bytes are there, or all that come. */
sl_status csv_input_need(struct csv_input *in, size_t size, struct sl_error *err);
/* Bytes that are there. */
static inline size_t csv_input_size(const struct csv_input *in) {
  return in->to - in->from;
}
/* Passes n bytes by. */
void csv_input_skip(struct csv_input *in, size_t n);
/* Goes on to a byte of the plain text; what lies between counts as given out. */
sl_status csv_input_pass(struct csv_input *in, int64_t offset, struct sl_error *err);
/* Gives the next n bytes away, followed by SL_BLOCK_PADDING zeros: *text within *base, which the
 * caller frees. *stored: the bytes of the file that they stand for. */
sl_status csv_input_take(struct csv_input *in, size_t n, char **base, char **text, int64_t *stored,
                         struct sl_error *err);
void csv_input_close(struct csv_input *in); /* may be called twice */

#endif
