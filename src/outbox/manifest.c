/* manifest.c - package.json of a load in the outbox, and memory.json beside it. */
#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "base/files.h"
#include "base/memory.h"
#include "column/json_text.h"
#include "outbox/outbox_internal.h"

static const char *const kinds[] = { "version", "state", "load" };

static void put_text(struct sl_buffer *out, const char *name, const char *text) {
  sl_put_json_text(out, name, strlen(name));
  sl_buffer_char(out, ':');
  if (text == NULL) {
    sl_buffer_text(out, "null");
  } else {
    sl_put_json_text(out, text, strlen(text));
  }
}

static void put_columns(const struct sl_outbox_table *t, struct sl_buffer *out) {
  for (size_t i = 0; i < t->n_columns; i++) {
    const struct sl_outbox_column *c = &t->columns[i];
    sl_buffer_text(out, i == 0 ? "{" : ",\n   {");
    put_text(out, "name", c->name);
    sl_buffer_char(out, ',');
    put_text(out, "format", c->format);
    sl_buffer_printf(out, ",\"nullable\":%s,\"json\":%s}", c->nullable ? "true" : "false",
                     c->json ? "true" : "false");
  }
}

static void put_rows(const struct sl_outbox_row *rows, size_t n, struct sl_buffer *out) {
  for (size_t i = 0; i < n; i++) {
    sl_buffer_text(out, i == 0 ? "{" : ",\n {");
    put_text(out, "kind", kinds[rows[i].kind]);
    sl_buffer_char(out, ',');
    put_text(out, "name", rows[i].name);
    sl_buffer_char(out, ',');
    put_text(out, "hash", rows[i].hash);
    sl_buffer_char(out, ',');
    put_text(out, "text", rows[i].text);
    sl_buffer_char(out, '}');
  }
}

sl_status sl_outbox_manifest_write(const struct sl_outbox_load *load, struct sl_buffer *out,
                                   struct sl_error *err) {
  const struct {
    const char *name, *text;
  } texts[] = { { "load_id", load->load_id },
                { "pipeline", load->pipeline },
                { "dataset", load->dataset },
                { "content", load->content },
                { "receiver", load->receiver } };
  sl_buffer_char(out, '{');
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    put_text(out, texts[i].name, texts[i].text);
    sl_buffer_text(out, ",\n");
  }
  sl_buffer_printf(out, "\"batch_rows\":%lld,\n\"tables\":[", (long long)load->batch_rows);
  for (size_t i = 0; i < load->n_tables; i++) {
    const struct sl_outbox_table *t = &load->tables[i];
    sl_buffer_text(out, i == 0 ? "{" : ",\n {");
    put_text(out, "name", t->name);
    sl_buffer_char(out, ',');
    put_text(out, "parent", t->parent);
    sl_buffer_char(out, ',');
    put_text(out, "disposition", t->disposition);
    sl_buffer_char(out, ',');
    put_text(out, "primary_key", t->primary_key);
    sl_buffer_printf(out, ",\"rows\":%lld,\"columns\":[", (long long)t->rows);
    put_columns(t, out);
    sl_buffer_text(out, "]}");
  }
  sl_buffer_text(out, "],\n\"stored\":[");
  put_rows(load->rows, load->n_rows, out);
  sl_buffer_text(out, "]}\n");
  return sl_buffer_check(out, err);
}

/* ---- reading ---- */

static sl_status malformed(const char *what, struct sl_error *err) {
  return sl_fail(err, SL_EDATA, "%s is not what Sluice wrote: restore it, or delete its folder",
                 what);
}

/* malloc'ed text of a member; *bad when it is there and no text. */
static char *take_text(yyjson_val *object, const char *name, bool *bad) {
  yyjson_val *value = yyjson_obj_get(object, name);
  const char *text = yyjson_get_str(value);
  char *copy = text == NULL ? NULL : strdup(text);
  *bad = *bad || (value != NULL && !yyjson_is_null(value) && copy == NULL);
  return copy;
}

static sl_status read_column(struct sl_outbox_table *table, yyjson_val *value,
                             struct sl_error *err) {
  const char *name = yyjson_get_str(yyjson_obj_get(value, "name"));
  const char *format = yyjson_get_str(yyjson_obj_get(value, "format"));
  struct sl_outbox_column *column = NULL;
  if (name == NULL || format == NULL || sl_frame_width(format) == -2 ||
      strlen(format) >= sizeof column->format) {
    return malformed(SL_OUTBOX_PACKAGE, err);
  }
  sl_status rc = sl_outbox_add_column(table, name, &column, err);
  if (rc == SL_OK) {
    snprintf(column->format, sizeof column->format, "%s", format);
    column->nullable = yyjson_get_bool(yyjson_obj_get(value, "nullable"));
    column->json = yyjson_get_bool(yyjson_obj_get(value, "json"));
  }
  return rc;
}

static sl_status read_table(struct sl_outbox_load *load, yyjson_val *value, struct sl_error *err) {
  const char *name = yyjson_get_str(yyjson_obj_get(value, "name"));
  struct sl_outbox_table *table = NULL;
  size_t i;
  size_t n;
  yyjson_val *column;
  bool bad = name == NULL;
  sl_status rc = bad ? SL_OK : sl_outbox_add_table(load, name, &table, err);
  if (bad || rc != SL_OK) {
    return rc == SL_OK ? malformed(SL_OUTBOX_PACKAGE, err) : rc;
  }
  table->parent = take_text(value, "parent", &bad);
  table->disposition = take_text(value, "disposition", &bad);
  table->primary_key = take_text(value, "primary_key", &bad);
  table->rows = yyjson_get_sint(yyjson_obj_get(value, "rows"));
  if (bad || table->disposition == NULL || table->rows < 0) {
    return malformed(SL_OUTBOX_PACKAGE, err);
  }
  yyjson_arr_foreach(yyjson_obj_get(value, "columns"), i, n, column) {
    if (rc == SL_OK) {
      rc = read_column(table, column, err);
    }
  }
  return rc;
}

static sl_status read_row(struct sl_outbox_load *load, yyjson_val *value, struct sl_error *err) {
  const char *kind = yyjson_get_str(yyjson_obj_get(value, "kind"));
  for (int k = SL_STORE_VERSION; kind != NULL && k <= SL_STORE_LOAD; k++) {
    if (strcmp(kind, kinds[k]) == 0) {
      return sl_outbox_add_row(load, (enum sl_store_kind)k,
                               yyjson_get_str(yyjson_obj_get(value, "name")),
                               yyjson_get_str(yyjson_obj_get(value, "hash")),
                               yyjson_get_str(yyjson_obj_get(value, "text")), err);
    }
  }
  return malformed(SL_OUTBOX_PACKAGE, err);
}

sl_status sl_outbox_manifest_read(struct sl_outbox_load *load, const struct sl_buffer *text,
                                  struct sl_error *err) {
  yyjson_doc *doc = yyjson_read(text->data, text->length, 0);
  yyjson_val *root = yyjson_doc_get_root(doc);
  yyjson_val *value;
  size_t i;
  size_t n;
  bool bad = root == NULL;
  load->load_id = take_text(root, "load_id", &bad);
  load->pipeline = take_text(root, "pipeline", &bad);
  load->dataset = take_text(root, "dataset", &bad);
  load->content = take_text(root, "content", &bad);
  load->receiver = take_text(root, "receiver", &bad);
  load->batch_rows = yyjson_get_sint(yyjson_obj_get(root, "batch_rows"));
  sl_status rc = bad || load->load_id == NULL || load->pipeline == NULL || load->dataset == NULL ||
                         load->content == NULL || load->batch_rows < 1
                     ? malformed(SL_OUTBOX_PACKAGE, err)
                     : SL_OK;
  yyjson_arr_foreach(yyjson_obj_get(root, "tables"), i, n, value) {
    if (rc == SL_OK) {
      rc = read_table(load, value, err);
    }
  }
  yyjson_arr_foreach(yyjson_obj_get(root, "stored"), i, n, value) {
    if (rc == SL_OK) {
      rc = read_row(load, value, err);
    }
  }
  yyjson_doc_free(doc);
  return rc;
}
