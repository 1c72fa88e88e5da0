/* workdir.h - the working folder of a pipeline, the one that dlt uses: where it is and its files.
 *
 * dlt.md 4.1: <pipelines>/<name>/{state.json, schemas/, normalize/, load/}; ours beside them are
 * sluice.lock and trace.json. Files are replaced by rename, so a reader sees the old or the new
 * one. May include base/ and schema/. Writers hold the lock of lock.h. */
#ifndef SL_PIPELINE_WORKDIR_H
#define SL_PIPELINE_WORKDIR_H

#include "schema/schema.h"

#define SL_STATE_FILE "state.json"
#define SL_TRACE_FILE "trace.json"

struct sl_workdir { /* all-zero is released */
  char *path;       /* absolute, without a slash at the end */
  char *name;       /* of the pipeline */
};

/* The folder of all pipelines as dlt finds it: $DLT_DATA_DIR/pipelines, /var/dlt/pipelines for
 * root,
 * ~/.dlt/pipelines, $XDG_DATA_HOME/dlt/pipelines when ~/.dlt does not exist, /tmp/dlt/pipelines. */
sl_status sl_pipelines_dir(struct sl_buffer *out, struct sl_error *err);
/* pipelines_dir NULL = sl_pipelines_dir(). Looks at no file. SL_EUSAGE: not a name of a folder. */
sl_status sl_workdir_init(struct sl_workdir *out, const char *pipelines_dir, const char *name,
                          struct sl_error *err);
void sl_workdir_release(struct sl_workdir *dir);

/* Makes what is missing of the folders, with dlt's storage versions; older storages are brought up,
 * newer ones refused (SL_EUNSUPPORTED). */
sl_status sl_workdir_create(const struct sl_workdir *dir, struct sl_error *err);
/* Deletes what a killed load left half made: packages that were not whole, files that were not
 * renamed. The caller holds the lock: without it they might belong to a load that runs. */
sl_status sl_workdir_clean(const struct sl_workdir *dir, struct sl_error *err);
/* True when the folder holds a pipeline, i.e. a state.json. */
bool sl_workdir_exists(const struct sl_workdir *dir);
/* Deletes the folder with all in it; a folder that is not there is fine. The caller holds the lock.
 */
sl_status sl_workdir_delete(const struct sl_workdir *dir, struct sl_error *err);
/* Names of the pipelines below pipelines_dir, sorted; each and the array are freed by the caller.
 */
sl_status sl_workdir_list(const char *pipelines_dir, char ***names, size_t *count,
                          struct sl_error *err);

/* Reads <folder>/<file> whole, NUL after it. SL_ENOTFOUND when it is not there. */
sl_status sl_workdir_read(const struct sl_workdir *dir, const char *file, struct sl_buffer *out,
                          struct sl_error *err);
/* Replaces <folder>/<file>: written beside, to disk, then renamed. */
sl_status sl_workdir_write(const struct sl_workdir *dir, const char *file, const char *data,
                           size_t length, struct sl_error *err);

/* schemas/<name>.schema.json in dlt's pretty form. Loading: *out NULL when there is none. A file
 * whose hash does not fit its content was edited by hand: SL_EDATA, as in dlt. */
sl_status sl_workdir_load_schema(const struct sl_workdir *dir, const char *name,
                                 struct sl_schema **out, struct sl_error *err);
sl_status sl_workdir_save_schema(const struct sl_workdir *dir, const struct sl_schema *schema,
                                 struct sl_error *err);
/* Names of the stored schemas, sorted; each and the array are freed by the caller. */
sl_status sl_workdir_schemas(const struct sl_workdir *dir, char ***names, size_t *count,
                             struct sl_error *err);
/* Removes all stored schemas: what dlt does when another state is taken over. */
sl_status sl_workdir_clear_schemas(const struct sl_workdir *dir, struct sl_error *err);
void sl_names_free(char **names, size_t count);

#endif
