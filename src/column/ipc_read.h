/* ipc_read.h - reads Arrow's IPC streaming format, as other programs write it: arrays of the C data
 * interface over the bytes themselves, without a copy. May include base/.
 *
 * The bytes may be damaged: every place, length, offset, index and text is checked before an array
 * is handed out, so that nothing that reads it leaves the bytes. */
#ifndef SL_COLUMN_IPC_READ_H
#define SL_COLUMN_IPC_READ_H

#include <stddef.h>

#include <sluice/arrow.h>
#include <sluice/error.h>

/* Reads a stream that holds one record batch: a schema, dictionaries if it has any, the batch.
 *
 * bytes        malloc'ed; taken in every case.
 * schema       the columns as children of a struct, and
 * array        their rows; both are to be released, and their children live as long as they do.
 * Fails with   SL_EDATA (damaged, cut off, compressed, big endian, not exactly one batch),
 *              SL_EUNSUPPORTED (a type that sl_read_check refuses), SL_ENOMEM. */
sl_status sl_ipc_read(char *bytes, size_t size, struct ArrowSchema *schema,
                      struct ArrowArray *array, struct sl_error *err);

#endif
