/* state.h - the pipeline state: dlt's state.json and its row in _dlt_pipeline_state.
 *
 * dlt.md 3.2; engine version 4. The state is a JSON object of which we know a few members and keep
 * the rest, `sources` of dlt's own resources included. `_local` stays on this machine: neither in
 * the hash nor in the row. One state is used by one thread at a time. May include schema/stored.h.
 */
#ifndef SL_PIPELINE_STATE_H
#define SL_PIPELINE_STATE_H

#include "base/text.h"

#define SL_STATE_ENGINE_VERSION 4

struct sl_state;

/* A state as dlt begins one, version 0. Remembers the current folder, as dlt does. */
sl_status sl_state_new(struct sl_state **out, const char *pipeline, struct sl_error *err);
/* From the text of state.json, or of a row once unpacked; engine versions 1 to 4. SL_EDATA says
 * where. */
sl_status sl_state_from_json(struct sl_state **out, const char *json, size_t length,
                             struct sl_error *err);
/* From the `state` column: b64(zlib), or plain JSON as very old rows have it. */
sl_status sl_state_from_row(struct sl_state **out, const char *text, size_t length,
                            struct sl_error *err);
void sl_state_free(struct sl_state *state); /* NULL is fine */

/* The text of state.json. */
sl_status sl_state_to_json(const struct sl_state *state, struct sl_buffer *out,
                           struct sl_error *err);
/* The `state` column: without _local, b64(zlib). */
sl_status sl_state_to_row(const struct sl_state *state, struct sl_buffer *out,
                          struct sl_error *err);

int64_t sl_state_version(const struct sl_state *state);
/* For a state that is to win over others with the same or a lower version. */
sl_status sl_state_set_version(struct sl_state *state, int64_t version, struct sl_error *err);
const char *sl_state_hash(const struct sl_state *state); /* "" = never computed */
/* Members that are texts: "pipeline_name", "dataset_name", "default_schema_name",
 * "destination_type", "destination_name". Getting: NULL when absent or null. value NULL = JSON
 * null. */
const char *sl_state_text(const struct sl_state *state, const char *member);
sl_status sl_state_set_text(struct sl_state *state, const char *member, const char *value,
                            struct sl_error *err);
/* Adds a name to schema_names, which are sorted; one that is there already is fine. */
sl_status sl_state_add_schema(struct sl_state *state, const char *name, struct sl_error *err);

/* What a resource remembers: sources.<source>.resources.<resource>, JSON of an object. Getting
 * appends to out; *found = false: nothing stored. Setting json NULL forgets it. */
sl_status sl_state_resource(const struct sl_state *state, const char *source, const char *resource,
                            struct sl_buffer *out, bool *found, struct sl_error *err);
sl_status sl_state_set_resource(struct sl_state *state, const char *source, const char *resource,
                                const char *json, size_t length, struct sl_error *err);

/* Replaces the whole member `sources`; JSON of an object. */
sl_status sl_state_set_sources(struct sl_state *state, const char *json, size_t length,
                               struct sl_error *err);

/* Computes the hash; when it changed (not the first time) the version goes up by one. */
sl_status sl_state_bump(struct sl_state *state, struct sl_error *err);
/* A new _dlt_id for its row. */
enum { SL_STATE_ROW_ID = 16 };
void sl_state_row_id(char out[SL_STATE_ROW_ID]);
/* True when the destination does not have this state yet. Call after bump. */
bool sl_state_needs_row(const struct sl_state *state);
/* After the commit: the destination has it; first_run is over. */
sl_status sl_state_mark_stored(struct sl_state *state, int64_t now_micros, struct sl_error *err);
/* dlt's `_local.first_run`: no load of this pipeline has ended well so far. */
bool sl_state_first_run(const struct sl_state *state);

/* The rule of dlt's sync: a stored state of the same or a higher version replaces the local one,
 * except _local. *adopted = true when the content differed, and then the stored schemas have to be
 * read anew too. SL_EDATA: it belongs to another pipeline. */
sl_status sl_state_adopt(struct sl_state *local, const struct sl_state *remote, bool *adopted,
                         struct sl_error *err);

#endif
