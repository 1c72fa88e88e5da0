/* stored.h - the schema as dlt stores it: JSON and YAML, version hash, older engine versions.
 *
 * dlt.md 3.1-3.3. What is read and written again without a change is the same, keys that we do not
 * know included. May include schema/schema.h. */
#ifndef SL_SCHEMA_STORED_H
#define SL_SCHEMA_STORED_H

#include "schema/schema.h"

/* Reads a stored schema of engine version 1..11 (older ones are migrated as dlt does). */
sl_status sl_schema_from_json(struct sl_schema **out, const char *json, size_t length,
                              struct sl_error *err);
sl_status sl_schema_from_yaml(struct sl_schema **out, const char *yaml, size_t length,
                              struct sl_error *err);
enum sl_schema_form { SL_SCHEMA_COMPACT, SL_SCHEMA_PRETTY, SL_SCHEMA_REMOVE_DEFAULTS };
sl_status sl_schema_to_json(const struct sl_schema *, enum sl_schema_form, struct sl_buffer *out,
                            struct sl_error *err);
sl_status sl_schema_to_yaml(const struct sl_schema *, bool remove_defaults, struct sl_buffer *out,
                            struct sl_error *err);
/* b64(sha3_256(...)) of dlt.md 3.1; 44 characters and NUL. */
sl_status sl_schema_version_hash(const struct sl_schema *, char out[48], struct sl_error *err);
/* False when a stored schema of the current engine was edited: its version_hash is not the one of
 * its content. Older engines cannot be told (*intact = true). */
sl_status sl_schema_verify_json(const char *json, size_t length, bool *intact,
                                struct sl_error *err);
/* Recomputes the hash; when it changed: version + 1, the old hash moves to previous_hashes. */
sl_status sl_schema_bump_version(struct sl_schema *, bool *changed, struct sl_error *err);

/* Puts a hash in front of previous_hashes, of which dlt keeps ten. */
sl_status sl_schema_remember_hash(struct sl_schema *, const char *hash, struct sl_error *err);

/* A schema file, JSON or YAML by its content. SL_ENOTFOUND when it is not there; messages name the
 * path. */
sl_status sl_schema_from_file(struct sl_schema **out, const char *path, struct sl_error *err);
/* dlt's import rule (dlt.md 3.3): without a stored schema the import becomes it; else it replaces
 * the stored one when it changed since the last import, and the stored hash joins previous_hashes.
 * Other than in dlt, what has seen data stays known (sl_schema_absorb). *stored may be NULL, and is
 * after a failure. `imported` is freed or becomes *stored in every case; *taken tells which. */
sl_status sl_schema_import(struct sl_schema **stored, struct sl_schema *imported, bool *taken,
                           struct sl_error *err);

/* One YAML document as JSON text, and the other way in PyYAML's block style; both append. */
sl_status sl_yaml_to_json(const char *yaml, size_t length, struct sl_buffer *out,
                          struct sl_error *err);
sl_status sl_json_to_yaml(const char *json, size_t length, struct sl_buffer *out,
                          struct sl_error *err);
/* What a scalar without quotes stands for in YAML 1.1: a text, number, true, false or null. */
void sl_yaml_plain_json(struct sl_buffer *out, const char *text, size_t length);

/* Compact JSON with sorted keys as orjson writes it (dlt's hash input): for state and row hashes.
 */
sl_status sl_json_canonical(const char *json, size_t length, struct sl_buffer *out,
                            struct sl_error *err);
/* b64(zlib level 9) as in _dlt_pipeline_state.state and over-long _dlt_version.schema. */
sl_status sl_text_compress(const char *text, size_t length, struct sl_buffer *out,
                           struct sl_error *err);
sl_status sl_text_decompress(const char *text, size_t length, struct sl_buffer *out,
                             struct sl_error *err);

#endif
