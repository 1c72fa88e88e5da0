/* state_json.h - JSON documents that dlt versions and hashes: reading, writing, hash. Private to
 * src/pipeline/. */
#ifndef SL_PIPELINE_STATE_JSON_H
#define SL_PIPELINE_STATE_JSON_H

#include <yyjson.h>

#include "base/text.h"

/* `what` names it in the message: "<what>: JSON is broken at byte 7: …". */
sl_status sl_json_read_mut(yyjson_mut_doc **out, const char *json, size_t length, const char *what,
                           struct sl_error *err);
/* Compact JSON without the members of the outermost object that are named in left_out. */
sl_status sl_json_write_mut(const yyjson_mut_doc *doc, const char *const *left_out, size_t n,
                            struct sl_buffer *out, struct sl_error *err);
/* dlt's generate_state_version_hash: b64(sha3_256) of the sorted JSON without version, hash and
 * _local. */
sl_status sl_state_json_hash(const yyjson_mut_doc *doc, char out[48], struct sl_error *err);

#endif
