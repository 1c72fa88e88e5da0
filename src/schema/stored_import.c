/* stored_import.c - schema files of the user, and what becomes of the stored schema (dlt.md 3.3).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "schema/stored.h"

static sl_status read_all(const char *path, struct sl_buffer *out, struct sl_error *err) {
  FILE *file = fopen(path, "rbe");
  if (file == NULL) {
    return sl_fail_errno(err, errno, "cannot read the schema %s", path);
  }
  char piece[16384];
  size_t n;
  while ((n = fread(piece, 1, sizeof piece, file)) > 0) {
    sl_buffer_append(out, piece, n);
  }
  sl_status rc = ferror(file) != 0 ? sl_fail_errno(err, errno, "cannot read the schema %s", path)
                                   : sl_buffer_check(out, err);
  fclose(file);
  return rc;
}

sl_status sl_schema_from_file(struct sl_schema **out, const char *path, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  *out = NULL;
  sl_status rc = read_all(path, &text, err);
  if (rc == SL_OK) {
    const char *data = text.data == NULL ? "" : text.data;
    bool json = data[strspn(data, " \t\r\n")] == '{';
    rc = json ? sl_schema_from_json(out, data, text.length, err)
              : sl_schema_from_yaml(out, data, text.length, err);
    if (rc != SL_OK) {
      sl_error_add_context(err, "%s", path);
    }
  }
  sl_buffer_release(&text);
  return rc;
}

static sl_status set_imported_hash(struct sl_schema *schema, const char *hash,
                                   struct sl_error *err) {
  char *copy = strdup(hash);
  if (copy == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a hash");
  }
  free(schema->imported_version_hash);
  schema->imported_version_hash = copy;
  return SL_OK;
}

sl_status sl_schema_import(struct sl_schema **stored, struct sl_schema *imported, bool *taken,
                           struct sl_error *err) {
  bool changed;
  *taken = false;
  sl_status rc = sl_schema_bump_version(imported, &changed, err);
  const char *before = *stored == NULL || (*stored)->imported_version_hash == NULL
                           ? ""
                           : (*stored)->imported_version_hash;
  if (rc == SL_OK && *stored != NULL && strcmp(before, imported->version_hash) == 0) {
    sl_schema_free(imported);
    return SL_OK;
  }
  if (rc == SL_OK) {
    rc = set_imported_hash(imported, imported->version_hash, err);
  }
  if (rc == SL_OK && *stored != NULL) {
    char hash[48];
    rc = sl_schema_version_hash(*stored, hash, err);
    if (rc == SL_OK && strcmp(hash, imported->version_hash) != 0) {
      rc = sl_schema_remember_hash(imported, hash, err);
    }
    if (rc == SL_OK) { /* tables do not leave the destination because an import forgets them */
      rc = sl_schema_absorb(imported, *stored, err);
    }
  }
  if (rc != SL_OK) { /* of *stored, parts may have moved already */
    sl_schema_free(imported);
    sl_schema_free(*stored);
    *stored = NULL;
    return rc;
  }
  sl_schema_free(*stored);
  *stored = imported;
  *taken = true;
  return SL_OK;
}
