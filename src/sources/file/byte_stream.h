/* byte_stream.h - the plain bytes of a file, whatever it is packed in. Private to this folder.
 *
 * Files, standard input, gzip (several members too) and zstd (several frames), read in pieces. */
#ifndef SL_SOURCES_BYTE_STREAM_H
#define SL_SOURCES_BYTE_STREAM_H

#include <stdatomic.h>

#include "file_list.h"

struct byte_stream;
/* `cancelled` is watched while waiting for input. */
sl_status byte_stream_open(struct byte_stream **out, const struct file_item *item,
                           const atomic_bool *cancelled, struct sl_error *err);
/* Reads up to `size` plain bytes; *n = 0 at the end. A cut-off or damaged pack fails with SL_EDATA.
 */
sl_status byte_stream_read(struct byte_stream *s, char *out, size_t size, size_t *n,
                           struct sl_error *err);
/* Goes to a byte of a plain file. */
sl_status byte_stream_seek(struct byte_stream *s, int64_t offset, struct sl_error *err);
int64_t byte_stream_position(const struct byte_stream *s); /* stored bytes read so far */
void byte_stream_close(struct byte_stream *s);             /* NULL is fine */

#endif
