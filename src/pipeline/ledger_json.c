/* ledger_json.c - what a checkpoint remembers, as JSON; see ledger.h.
 *
 * {"version": 1, "load_id", "fingerprint", "base", "keeps", "line", "block",
 *  "documents", "bytes", "rows", "rejected", "discarded_rows", "discarded_values",
 *  "schema": {…},                                  with what the load has added so far
 *  "tables": [{"name", "target", "finished", "documents", "position", "state"}],   of the source
 *  "entries": [{"name", "rows", "bytes", "created", "new", "columns", "kept"}],
 *  "types": ["ALTER …"],                           to be executed at the end
 *  "announced": true,                              see sl_ledger.announcing
 *  "sums": […]}                                    of the rows so far, see tally_json.c */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "pipeline/ledger.h"
#include "schema/json_text.h"
#include "schema/stored.h"

enum { LEDGER_VERSION = 1 };

static void text(struct sl_buffer *out, const char *value) {
  sl_json_string(out, value, strlen(value));
}

static void print_table(const struct sl_ledger_table *t, struct sl_buffer *out) {
  sl_buffer_text(out, "{\"name\":");
  text(out, t->name);
  sl_buffer_text(out, ",\"target\":");
  text(out, t->target);
  sl_buffer_printf(out, ",\"finished\":%s,\"documents\":%" PRId64 ",\"position\":%s,\"state\":%s}",
                   t->finished ? "true" : "false", t->documents,
                   t->position == NULL ? "null" : t->position,
                   t->state == NULL ? "null" : t->state);
}

static void print_entry(const struct sl_run *run, const struct sl_run_table *e,
                        struct sl_buffer *out) {
  bool kept = run->late ? e->has_kept : e->staged;
  sl_buffer_text(out, "{\"name\":");
  text(out, e->table->name);
  sl_buffer_printf(out,
                   ",\"rows\":%" PRId64 ",\"bytes\":%" PRId64 ",\"columns\":%" PRId64
                   ",\"created\":%s,\"new\":%s,\"kept\":%s}",
                   e->rows, e->bytes, e->new_columns, e->created ? "true" : "false",
                   e->new_in_load ? "true" : "false", kept ? "true" : "false");
}

static void print_counters(const struct sl_run *run, struct sl_buffer *out) {
  const struct sl_counters *c = &run->counters;
  sl_buffer_printf(
      out,
      ",\"documents\":%" PRId64 ",\"bytes\":%" PRId64 ",\"rows\":%" PRId64 ",\"rejected\":%" PRId64
      ",\"discarded_rows\":%" PRId64 ",\"discarded_values\":%" PRId64,
      c->documents, c->bytes, c->rows, c->rejected, run->discarded_rows, run->discarded_values);
}

sl_status sl_ledger_to_json(struct sl_run *run, struct sl_buffer *out, struct sl_error *err) {
  const struct sl_ledger *l = run->ledger;
  struct sl_buffer schema = { 0 };
  sl_status rc = sl_schema_to_json(run->schema, SL_SCHEMA_COMPACT, &schema, err);
  if (rc != SL_OK) {
    return rc;
  }
  sl_buffer_text(out, l->announcing ? "{\"announced\":true," : "{");
  sl_buffer_printf(out,
                   "\"version\":%d,\"load_id\":\"%s\",\"fingerprint\":\"%s\",\"base\":\"%s\","
                   "\"keeps\":%s,\"line\":%" PRId64 ",\"block\":%" PRId64,
                   LEDGER_VERSION, run->load_id, l->fingerprint, l->base_hash,
                   run->keeps ? "true" : "false", l->next_line, l->next_block);
  print_counters(run, out);
  sl_buffer_printf(out, ",\"schema\":%s,\"tables\":[", schema.data);
  for (size_t i = 0; i < l->n_tables; i++) {
    sl_buffer_text(out, i == 0 ? "" : ",");
    print_table(&l->tables[i], out);
  }
  sl_buffer_text(out, "],\"entries\":[");
  for (size_t i = 0; i < run->n_tables; i++) {
    sl_buffer_text(out, i == 0 ? "" : ",");
    print_entry(run, &run->tables[i], out);
  }
  sl_buffer_text(out, "],\"types\":[");
  for (size_t i = 0; i < run->late_types.count; i++) {
    sl_buffer_text(out, i == 0 ? "" : ",");
    text(out, run->late_types.items[i]);
  }
  sl_buffer_text(out, "],\"sums\":");
  sl_tallies_print(&run->tallies, out);
  sl_buffer_char(out, '}');
  sl_buffer_release(&schema);
  return sl_buffer_check(out, err);
}

/* ---- reading ---- */

static sl_status parse(yyjson_doc **out, const char *json, size_t length, struct sl_error *err) {
  struct sl_buffer plain = { 0 };
  sl_status rc = SL_OK;
  if (length > 0 && json[0] != '{') {
    rc = sl_text_decompress(json, length, &plain, err);
    json = plain.data;
    length = plain.length;
  }
  *out = rc == SL_OK ? yyjson_read(json, length, 0) : NULL;
  sl_buffer_release(&plain);
  yyjson_val *root = yyjson_doc_get_root(*out);
  if (rc == SL_OK && yyjson_get_int(yyjson_obj_get(root, "version")) != LEDGER_VERSION) {
    rc = sl_fail(err, SL_EDEST,
                 "the row of %s is of another version of Sluice, or damaged; --fresh removes it "
                 "and begins again",
                 SL_LEDGER_TABLE);
  }
  if (rc != SL_OK) {
    yyjson_doc_free(*out);
    *out = NULL;
  }
  return rc;
}

static char *copy_text(yyjson_val *value, bool *failed) {
  const char *s = yyjson_get_str(value);
  char *copy = s == NULL ? NULL : strdup(s);
  *failed = *failed || copy == NULL;
  return copy;
}

static char *copy_json(yyjson_val *value, bool *failed) {
  if (value == NULL || yyjson_is_null(value)) {
    return NULL;
  }
  char *copy = yyjson_val_write(value, 0, NULL);
  *failed = *failed || copy == NULL;
  return copy;
}

static sl_status broken(bool failed, struct sl_error *err) {
  return failed ? sl_fail(err, SL_EDEST, "the row of %s is damaged; --fresh begins again",
                          SL_LEDGER_TABLE)
                : SL_OK;
}

sl_status sl_ledger_head(struct sl_ledger_head *out, const char *json, size_t length,
                         struct sl_error *err) {
  yyjson_doc *doc = NULL;
  bool failed = false;
  *out = (struct sl_ledger_head){ 0 };
  sl_status rc = parse(&doc, json, length, err);
  yyjson_val *root = yyjson_doc_get_root(doc);
  if (rc == SL_OK) {
    out->load_id = copy_text(yyjson_obj_get(root, "load_id"), &failed);
    out->fingerprint = copy_text(yyjson_obj_get(root, "fingerprint"), &failed);
    out->base_hash = copy_text(yyjson_obj_get(root, "base"), &failed);
    out->announced = yyjson_get_bool(yyjson_obj_get(root, "announced"));
    rc = broken(failed, err);
  }
  yyjson_doc_free(doc);
  return rc;
}

void sl_ledger_head_release(struct sl_ledger_head *head) {
  free(head->load_id);
  free(head->fingerprint);
  free(head->base_hash);
  *head = (struct sl_ledger_head){ 0 };
}

static sl_status read_tables(struct sl_ledger *l, yyjson_val *list, struct sl_error *err) {
  size_t i;
  size_t n;
  yyjson_val *item;
  sl_status rc = SL_OK;
  yyjson_arr_foreach(list, i, n, item) {
    struct sl_ledger_table *t = NULL;
    bool failed = false;
    const char *name = yyjson_get_str(yyjson_obj_get(item, "name"));
    const char *target = yyjson_get_str(yyjson_obj_get(item, "target"));
    rc = broken(name == NULL || target == NULL, err);
    if (rc == SL_OK) {
      rc = sl_ledger_table(l, name, target, &t, err);
    }
    if (rc == SL_OK) {
      t->finished = yyjson_get_bool(yyjson_obj_get(item, "finished"));
      t->documents = yyjson_get_sint(yyjson_obj_get(item, "documents"));
      t->position = copy_json(yyjson_obj_get(item, "position"), &failed);
      t->state = copy_json(yyjson_obj_get(item, "state"), &failed);
      rc = broken(failed, err);
    }
    if (rc != SL_OK) {
      break;
    }
  }
  return rc;
}

static sl_status read_entries(struct sl_run *run, yyjson_val *list, struct sl_error *err) {
  size_t i;
  size_t n;
  yyjson_val *item;
  sl_status rc = SL_OK;
  yyjson_arr_foreach(list, i, n, item) {
    const char *name = yyjson_get_str(yyjson_obj_get(item, "name"));
    struct sl_table *table = name == NULL ? NULL : sl_schema_table(run->schema, name);
    struct sl_run_table *e = NULL;
    rc = broken(table == NULL, err);
    if (rc == SL_OK) {
      rc = sl_run_table(run, table, &e, err);
    }
    if (rc != SL_OK) {
      break;
    }
    e->rows = yyjson_get_sint(yyjson_obj_get(item, "rows"));
    e->bytes = yyjson_get_sint(yyjson_obj_get(item, "bytes"));
    e->new_columns = yyjson_get_sint(yyjson_obj_get(item, "columns"));
    /* Without SQL a table is defined to the destination by each load. */
    e->created = run->sql.dialect != NULL && yyjson_get_bool(yyjson_obj_get(item, "created"));
    e->new_in_load = yyjson_get_bool(yyjson_obj_get(item, "new"));
    *(run->late ? &e->has_kept : &e->staged) = yyjson_get_bool(yyjson_obj_get(item, "kept"));
  }
  return rc;
}

static void read_counters(struct sl_run *run, yyjson_val *root) {
  struct sl_counters *c = &run->counters;
  c->documents = yyjson_get_sint(yyjson_obj_get(root, "documents"));
  c->bytes = yyjson_get_sint(yyjson_obj_get(root, "bytes"));
  c->rows = yyjson_get_sint(yyjson_obj_get(root, "rows"));
  c->rejected = yyjson_get_sint(yyjson_obj_get(root, "rejected"));
  run->discarded_rows = yyjson_get_sint(yyjson_obj_get(root, "discarded_rows"));
  run->discarded_values = yyjson_get_sint(yyjson_obj_get(root, "discarded_values"));
}

static sl_status read_types(struct sl_run *run, yyjson_val *list, struct sl_error *err) {
  size_t i;
  size_t n;
  yyjson_val *item;
  sl_status rc = SL_OK;
  yyjson_arr_foreach(list, i, n, item) {
    struct sl_buffer statement = { 0 };
    sl_buffer_text(&statement, yyjson_get_str(item) == NULL ? "" : yyjson_get_str(item));
    rc = rc == SL_OK ? sl_statements_add(&run->late_types, &statement, err) : rc;
    sl_buffer_release(&statement);
  }
  return rc;
}

sl_status sl_ledger_from_json(struct sl_run *run, const char *json, size_t length,
                              struct sl_error *err) {
  struct sl_ledger *l = run->ledger;
  yyjson_doc *doc = NULL;
  bool failed = false;
  sl_status rc = parse(&doc, json, length, err);
  yyjson_val *root = yyjson_doc_get_root(doc);
  char *load_id = rc == SL_OK ? copy_text(yyjson_obj_get(root, "load_id"), &failed) : NULL;
  char *schema = rc == SL_OK ? copy_json(yyjson_obj_get(root, "schema"), &failed) : NULL;
  if (rc == SL_OK) {
    free(l->base_hash);
    l->base_hash = copy_text(yyjson_obj_get(root, "base"), &failed);
    rc = broken(failed || schema == NULL, err);
  }
  if (rc == SL_OK) {
    snprintf(run->load_id, sizeof run->load_id, "%s", load_id);
    run->keeps = yyjson_get_bool(yyjson_obj_get(root, "keeps"));
    l->next_block = yyjson_get_sint(yyjson_obj_get(root, "block"));
    l->next_line = yyjson_get_sint(yyjson_obj_get(root, "line"));
    read_counters(run, root);
    sl_schema_free(run->schema);
    run->schema = NULL;
    rc = sl_schema_from_json(&run->schema, schema, strlen(schema), err);
  }
  if (rc == SL_OK) {
    rc = read_tables(l, yyjson_obj_get(root, "tables"), err);
  }
  if (rc == SL_OK) {
    rc = read_entries(run, yyjson_obj_get(root, "entries"), err);
  }
  if (rc == SL_OK) {
    rc = read_types(run, yyjson_obj_get(root, "types"), err);
  }
  if (rc == SL_OK) {
    rc = sl_tallies_read(&run->tallies, yyjson_obj_get(root, "sums"), err);
  }
  free(load_id);
  free(schema);
  yyjson_doc_free(doc);
  return rc;
}
