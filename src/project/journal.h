/* journal.h - a file with a JSON array of what happened, oldest first, replaced by rename. */
#ifndef SL_PROJECT_JOURNAL_H
#define SL_PROJECT_JOURNAL_H

#include <yyjson.h>

#include "base/text.h"

/* *doc NULL = there is no such file. SL_EDATA names one that is damaged; a path that is NULL could
 * not be made, and is SL_ENOMEM. */
sl_status sl_journal_read(const char *path, yyjson_doc **doc, struct sl_error *err);
/* The same as an array that can be changed; an empty one when there is no file. */
sl_status sl_journal_open(const char *path, yyjson_mut_doc **doc, struct sl_error *err);
/* Writes the last `most` entries, and makes the folder. */
sl_status sl_journal_write(const char *path, yyjson_mut_doc *doc, size_t most,
                           struct sl_error *err);

/* Members of an entry: null for NULL and for counts below 0; texts are copied. */
void sl_journal_put_text(yyjson_mut_doc *doc, yyjson_mut_val *o, const char *name,
                         const char *text);
void sl_journal_put_count(yyjson_mut_doc *doc, yyjson_mut_val *o, const char *name, int64_t count);

#endif
