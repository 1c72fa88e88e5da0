/* frames.h - rows on disk as they lie in memory: written batch by batch, read through a mapping.
 *
 * A file is a sequence of frames; a frame is a head, one entry for each of its columns, and their
 * buffers in Arrow's layout, aligned to 64 bytes. Files are read by the program that wrote them, on
 * the same machine. Private to src/outbox/. */
#ifndef SL_OUTBOX_FRAMES_H
#define SL_OUTBOX_FRAMES_H

#include <sluice/arrow.h>

#include "base/text.h"

struct sl_frame_head {
  uint64_t mark;
  int64_t rows;
  uint64_t bytes; /* of the frame, this head included */
  uint32_t n_columns, unused;
};

enum { SL_FRAME_BUFFERS = 3 };
struct sl_frame_column {
  int32_t column; /* which one of the table */
  char format[20];
  int64_t nulls;
  uint64_t at[SL_FRAME_BUFFERS], length[SL_FRAME_BUFFERS]; /* from the head on: validity, values or
                                                              offsets, bytes */
};

struct sl_frame { /* borrows the mapping */
  const struct sl_frame_head *head;
  const struct sl_frame_column *columns;
  int64_t first_row;
};

struct sl_frames { /* all-zero is closed */
  char *data;
  size_t size;
  struct sl_frame *frames;
  size_t count, capacity;
  int64_t rows;
};

/* Appends a frame to `out`. positions[i]: the column of the table that child i of the array is; -1
 * = it is left out. SL_EUNSUPPORTED: a column of a type that Sluice does not make. */
sl_status sl_frame_append(struct sl_buffer *out, const struct ArrowSchema *schema,
                          const struct ArrowArray *array, const int32_t *positions,
                          struct sl_error *err);

/* Maps a file that was written as a whole; a file without rows is fine. SL_EDATA: it is damaged. */
sl_status sl_frames_open(struct sl_frames *out, const char *path, struct sl_error *err);
void sl_frames_close(struct sl_frames *frames);
/* The frame that holds a row, by its number. */
size_t sl_frames_find(const struct sl_frames *frames, int64_t row);
/* Gives the memory of a frame back; it is read again when it is used again. */
void sl_frames_forget(const struct sl_frames *frames, size_t frame);

/* Bytes of one value of a format; 0 = bits, -1 = offsets and bytes, -2 = none of ours. */
int sl_frame_width(const char *format);

#endif
