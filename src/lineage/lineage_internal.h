/* lineage_internal.h - what the files of lineage.h share. Private to src/lineage/. */
#ifndef SL_LINEAGE_LINEAGE_INTERNAL_H
#define SL_LINEAGE_LINEAGE_INTERNAL_H

#include <yyjson.h>

#include "http/post_queue.h"
#include "lineage/lineage.h"

struct sl_lineage_target { /* texts are owned */
  char *url, *file;        /* one of them; both NULL = nobody wants events */
  char *authorization;     /* a header line; NULL = none */
  char *namespace_;
};
/* SL_EUSAGE: a transport that there is not, or one without its URL. */
sl_status sl_lineage_target_read(struct sl_lineage_target *out, const struct sl_project *project,
                                 struct sl_error *err);
void sl_lineage_target_release(struct sl_lineage_target *target);

struct sl_lineage_run { /* of one source */
  char *source;
  char id[37];         /* a UUID */
  yyjson_mut_doc *raw; /* {"orders": {"id": "BIGINT"}}: tables in the warehouse that were loaded */
};
struct sl_lineage {
  const struct sl_project *project;
  const struct sl_sources *sources;
  struct sl_lineage_target target;
  struct sl_post_queue *posts; /* NULL = into a file */
  struct sl_lineage_run *runs;
  size_t n, capacity;
  void (*warn)(void *arg, const char *message);
  void *arg;
  bool warned; /* of a file that cannot be written */
};
void sl_lineage_uuid(char out[37]);
/* One event as JSON (malloc'ed; NULL = no memory). result NULL: START. */
char *sl_lineage_sync_event(const struct sl_lineage *l, const struct sl_lineage_run *run,
                            const struct sl_sync_result *result, int64_t micros);
/* COMPLETE of the staging models of a source; NULL also when it has none. */
char *sl_lineage_staging_event(const struct sl_lineage *l, const struct sl_lineage_run *run,
                               int64_t micros);

#endif
