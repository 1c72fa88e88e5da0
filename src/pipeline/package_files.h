/* package_files.h - names and paths inside load packages. Private to src/pipeline/package*.c. */
#ifndef SL_PIPELINE_PACKAGE_FILES_H
#define SL_PIPELINE_PACKAGE_FILES_H

#include "pipeline/package.h"

#define SL_PACKAGE_SCHEMA    "schema.json"
#define SL_PACKAGE_UPDATES   "applied_schema_updates.json"
#define SL_PACKAGE_PROOF     "certificate.json" /* ours; dlt does not mind it */
#define SL_PACKAGE_STATE     "load_package_state.json"
#define SL_PACKAGE_COMPLETED "package_completed.json"
#define SL_PACKAGE_BEGUN     ".new-"   /* + load id, in load/: not yet whole */
#define SL_PACKAGE_MARK      ".sluice" /* an empty file: the package is ours */
#define SL_JOB_FORMAT        "stream"
#define SL_JOB_EXCEPTION     ".exception"

enum { SL_JOB_STATES = 4 };

/* "<workdir>/load/loaded", "<workdir>/normalize/extracted", … */
sl_status sl_package_folder(const struct sl_workdir *dir, enum sl_package_place place,
                            struct sl_buffer *out, struct sl_error *err);
/* Writes <package>/<file>, by rename but without waiting for the disk: what a load needs is in the
 * destination, a package only tells about it. */
sl_status sl_package_write(const char *package, const char *file, const char *data, size_t length,
                           struct sl_error *err);
/* load_package_state.json: created_at, and the pipeline state of `end` when it has one (NULL =
 * none). */
sl_status sl_package_write_state(const char *package, int64_t created_micros,
                                 const struct sl_package_end *end, struct sl_error *err);
/* The created_at of a package, or what its load id says. */
int64_t sl_package_created(const char *package, const char *load_id);

struct sl_job_name {                     /* borrows the file name */
  struct sl_text table, file_id, format; /* format with ".gz" */
  int retry;
};
/* <table>.<file_id>.<retry>.<format>[.gz]; false when the name is not of that form. */
bool sl_job_name_parse(const char *file, struct sl_job_name *out);

#endif
