/* files.h - whole files and folders: read, replace, list, delete.
 *
 * Paths are C strings relative to the process or absolute. May include base/text.h. */
#ifndef SL_BASE_FILES_H
#define SL_BASE_FILES_H

#include "base/text.h"

enum sl_file_kind { SL_FILES, SL_FOLDERS };

bool sl_file_exists(const char *path);
bool sl_folder_exists(const char *path);
/* Makes the folder and those above it; existing ones are fine. */
sl_status sl_folder_make(const char *path, struct sl_error *err);
/* The same, but if the last one is made here, only the user may look into it. */
sl_status sl_folder_make_private(const char *path, struct sl_error *err);
/* Deletes a folder and all below it, following no links. Not there = fine. */
sl_status sl_folder_delete(const char *path, struct sl_error *err);
/* Names in a folder, sorted by bytes; each and the array are the caller's. A missing folder is
 * empty. */
sl_status sl_folder_list(const char *path, enum sl_file_kind kind, char ***names, size_t *count,
                         struct sl_error *err);
/* Appends the content. SL_ENOTFOUND when there is no such file, SL_EDATA above 1 GB. */
sl_status sl_file_read(const char *path, struct sl_buffer *out, struct sl_error *err);
/* Writes beside and renames, so that no reader sees half a file. durable: reaches the disk before
 * the rename, for what must survive a power cut. */
sl_status sl_file_write(const char *path, const char *data, size_t length, bool durable,
                        struct sl_error *err);
/* The same for data and secrets: only the user may read it. */
sl_status sl_file_write_private(const char *path, const char *data, size_t length, bool durable,
                                struct sl_error *err);

#endif
