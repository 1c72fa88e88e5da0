/* A load in the outbox: frames into batches, types that grow, what is accepted, what is remembered.
 */
#include "outbox/outbox.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <sluice/builder.h>

#include "base/files.h"
#include "column/batch.h"
#include "outbox/encode.h"
#include "unit/test.h"

struct outbox {
  char folder[64];
  struct sl_outbox_load *load;
};

static const struct sl_store_load names = {
  .dataset = "ds", .pipeline = "p", .schema = "p", .load_id = "17.5"
};

static struct outbox outbox_new(void) {
  struct outbox o = { .folder = "/tmp/sluice-outbox-XXXXXX" };
  struct sl_error err = { 0 };
  CHECK(mkdtemp(o.folder) != NULL);
  CHECK_OK(sl_outbox_load_new(&o.load, o.folder, &names, &err), &err);
  return o;
}

static void outbox_free(struct outbox *o) {
  struct sl_error err = { 0 };
  sl_outbox_load_free(o->load);
  CHECK_OK(sl_folder_delete(o->folder, &err), &err);
}

/* The table t with an id and a value of some format. */
static void define(struct outbox *o, const char *format) {
  const struct sl_field fields[] = { { "_dlt_id", "u", false },
                                     { "id", "l", false },
                                     { "v", format, true } };
  struct ArrowSchema schema = { 0 };
  struct sl_error err = { 0 };
  CHECK_OK(sl_schema_struct(&schema, fields, format == NULL ? 2 : 3, &err), &err);
  const struct sl_store_table table = {
    .name = "t", .disposition = "append", .primary_key = "id", .columns = &schema
  };
  CHECK_OK(sl_outbox_define(o->load, &table, false, &err), &err);
  schema.release(&schema);
}

/* Appends `rows` rows from id `first` on; every third value is null, the others are the id. */
static void append(struct outbox *o, const char *format, int64_t first, int64_t rows) {
  const struct sl_field fields[] = { { "_dlt_id", "u", false },
                                     { "id", "l", false },
                                     { "v", format, true } };
  int64_t n = format == NULL ? 2 : 3;
  struct ArrowSchema schema = { 0 };
  struct ArrowArray children[3] = { { 0 } };
  struct ArrowArray array = { 0 };
  struct sl_error err = { 0 };
  CHECK_OK(sl_schema_struct(&schema, fields, (size_t)n, &err), &err);
  for (int c = 0; c < n; c++) {
    struct sl_builder b = { .layout = sl_layout_of(fields[c].format) };
    for (int64_t i = 0; i < rows; i++) {
      char text[32];
      int64_t id = first + i;
      if (c == 2 && id % 3 == 0) continue;
      CHECK_OK(sl_builder_pad(&b, i, &err), &err);
      snprintf(text, sizeof text, "%lld", (long long)id);
      switch (b.layout) {
        case SL_LAYOUT_INT64: CHECK_OK(sl_builder_append_int64(&b, id, &err), &err); break;
        case SL_LAYOUT_INT32: CHECK_OK(sl_builder_append_int32(&b, (int32_t)id, &err), &err); break;
        case SL_LAYOUT_DOUBLE:
          CHECK_OK(sl_builder_append_double(&b, (double)id, &err), &err);
          break;
        case SL_LAYOUT_BOOL: CHECK_OK(sl_builder_append_bool(&b, id % 2 != 0, &err), &err); break;
        case SL_LAYOUT_BYTES:
          CHECK_OK(sl_builder_append_bytes(&b, text, strlen(text), &err), &err);
          break;
        case SL_LAYOUT_DECIMAL:
          CHECK_OK(sl_builder_append_decimal(&b, id * 100, &err), &err);
          break;
      }
    }
    CHECK_OK(sl_builder_finish(&b, rows, &children[c], &err), &err);
  }
  CHECK_OK(sl_array_struct(&array, children, (size_t)n, rows, &err), &err);
  CHECK_OK(sl_outbox_append(o->load, "t", &schema, &array, &err), &err);
  array.release(&array);
  schema.release(&schema);
}

static void seal(struct outbox *o, int64_t batch_rows) {
  struct sl_error err = { 0 };
  o->load->batch_rows = batch_rows;
  o->load->content = strdup("as always");
  CHECK_OK(sl_outbox_seal(o->load, &err), &err);
}

/* All batches as JSON lines. */
static struct sl_buffer read_all(const struct outbox *o) {
  const struct sl_sink_settings settings = { .format = "jsonl" };
  struct sl_buffer out = { 0 };
  struct sl_error err = { 0 };
  for (int64_t i = 0; i < o->load->tables[0].n_batches; i++) {
    struct sl_outbox_batch batch = { 0 };
    if (CHECK_OK(sl_outbox_read(o->load, 0, i, &batch, &err), &err)) {
      CHECK_OK(sl_encode_batch(&settings, &batch, &out, &err), &err);
    }
    sl_outbox_batch_release(&batch);
  }
  sl_buffer_append(&out, "", 0);
  return out;
}

TEST(batches_of_any_size_have_the_same_rows) {
  static const char *const formats[] = {
    "l", "g", "b", "u", "z", "d:20,2", "tdD", "ttu", "tsu:UTC"
  };
  for (size_t f = 0; f < COUNT(formats); f++) {
    struct sl_buffer want = { 0 };
    for (int64_t rows = 1; rows <= 64; rows = rows * 2 + rows % 3) {
      struct outbox o = outbox_new();
      define(&o, formats[f]);
      for (int64_t first = 0, n = 1; first < 40; first += n, n = n * 2 % 17 + 1) {
        append(&o, formats[f], first, n > 40 - first ? 40 - first : n);
      }
      seal(&o, rows);
      CHECK_INT(formats[f], sl_outbox_batches(o.load), (40 + rows - 1) / rows);
      struct sl_buffer got = read_all(&o);
      if (want.data == NULL) {
        want = got;
      } else {
        CHECK_STR(formats[f], got.data, want.data);
        sl_buffer_release(&got);
      }
      outbox_free(&o);
    }
    CHECK(strstr(want.data, "{\"id\":39,\"v\":null}\n") != NULL);
    sl_buffer_release(&want);
  }
}

TEST(columns_and_types_that_came_later) {
  static const struct {
    const char *before, *after, *want;
  } cases[] = {
    { NULL, "u", "{\"id\":1,\"v\":null}\n{\"id\":2,\"v\":null}\n{\"id\":5,\"v\":\"5\"}\n" },
    { "l", "g", "{\"id\":1,\"v\":1.0}\n{\"id\":2,\"v\":2.0}\n{\"id\":5,\"v\":5.0}\n" },
    { "l", "u", "{\"id\":1,\"v\":\"1\"}\n{\"id\":2,\"v\":\"2\"}\n{\"id\":5,\"v\":\"5\"}\n" },
    { "l", "d:38,2",
      "{\"id\":1,\"v\":\"1.00\"}\n{\"id\":2,\"v\":\"2.00\"}\n{\"id\":5,\"v\":\"5.00\"}\n" },
    { "d:20,2", "d:38,4",
      "{\"id\":1,\"v\":\"1.0000\"}\n{\"id\":2,\"v\":\"2.0000\"}\n{\"id\":5,\"v\":\"0.0500\"}\n" },
    { "d:20,2", "g", "{\"id\":1,\"v\":1.0}\n{\"id\":2,\"v\":2.0}\n{\"id\":5,\"v\":5.0}\n" },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct outbox o = outbox_new();
    define(&o, cases[i].before);
    append(&o, cases[i].before, 1, 2);
    define(&o, cases[i].after);
    append(&o, cases[i].after, 5, 1);
    seal(&o, 100);
    struct sl_buffer got = read_all(&o);
    CHECK_STR(cases[i].after, got.data, cases[i].want);
    sl_buffer_release(&got);
    outbox_free(&o);
  }
}

static void key_of(const struct outbox *o, int64_t number, char out[40]) {
  struct sl_outbox_batch batch = { 0 };
  sl_outbox_batch_name(o->load, 0, number, &batch);
  snprintf(out, 40, "%s", batch.key);
}

static void reopen(struct outbox *o) {
  struct sl_error err = { 0 };
  sl_outbox_load_free(o->load);
  o->load = NULL;
  CHECK_OK(sl_outbox_load_open(&o->load, o->folder, names.load_id, &err), &err);
}

TEST(what_is_accepted_stays_accepted) {
  struct outbox o = outbox_new();
  struct sl_error err = { 0 };
  char before[2][40];
  char after[40];
  define(&o, "u");
  append(&o, "u", 0, 25);
  seal(&o, 10);
  struct sl_buffer rows = read_all(&o);
  key_of(&o, 0, before[0]);
  key_of(&o, 1, before[1]);
  CHECK(strcmp(before[0], before[1]) != 0 && strlen(before[0]) == 36);
  CHECK_OK(sl_outbox_accept(o.load, 0, 0, 0, &err), &err);
  CHECK_OK(sl_outbox_accept(o.load, 0, 2, 2, &err), &err);
  reopen(&o);
  CHECK_INT("accepted", sl_outbox_accepted(o.load), 2);
  CHECK(o.load->tables[0].accepted[0] && !o.load->tables[0].accepted[1]);
  key_of(&o, 1, after);
  CHECK_STR("the key", after, before[1]);
  struct sl_buffer again = read_all(&o);
  CHECK_STR("the rows", again.data, rows.data);
  sl_buffer_release(&rows);
  sl_buffer_release(&again);
  outbox_free(&o);
}

TEST(half_a_line_does_not_count) {
  static const struct {
    const char *text;
    int64_t accepted;
  } cases[] = {
    { "0 1 1\n0 0 ", 1 }, { "0 1 1\n0 0 0", 1 },    { "0 0 2\n", 3 }, { "", 0 },
    { "0 0 3\n", 0 },     { "1 0 0\n", 0 },         { "0 2 1\n", 0 }, { "0 0 0\nx\n0 1 1\n", 1 },
    { "\n0 0 0\n", 0 },   { "0 -1 0\n0 0 0\n", 0 }, { "0 0 0 \n", 0 }
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct outbox o = outbox_new();
    struct sl_error err = { 0 };
    char path[128];
    define(&o, "l");
    append(&o, "l", 0, 25);
    seal(&o, 10);
    snprintf(path, sizeof path, "%s/ready-%s/accepted", o.folder, names.load_id);
    CHECK_OK(sl_file_write(path, cases[i].text, strlen(cases[i].text), false, &err), &err);
    reopen(&o);
    CHECK_INT(cases[i].text, sl_outbox_accepted(o.load), cases[i].accepted);
    CHECK_OK(sl_outbox_accept(o.load, 0, 0, 2, &err), &err); /* behind what was good */
    reopen(&o);
    CHECK_INT(cases[i].text, sl_outbox_accepted(o.load), 3);
    outbox_free(&o);
  }
}

TEST(delivered_loads_are_remembered) {
  struct sl_error err = { 0 };
  struct outbox o = outbox_new();
  struct sl_outbox_memory *memory = NULL;
  const struct sl_store_row version = { .name = "p", .hash = "h1", .text = "{\"a\":1}" };
  const struct sl_store_row state = { .name = "p", .hash = "s1", .text = "eNo=" };
  char *text = NULL;
  char *pending = NULL;
  define(&o, "l");
  append(&o, "l", 0, 1);
  CHECK_OK(sl_outbox_put(o.load, SL_STORE_VERSION, &version, &err), &err);
  CHECK_OK(sl_outbox_put(o.load, SL_STORE_STATE, &state, &err), &err);
  seal(&o, 10);
  CHECK_OK(sl_outbox_memory_read(&memory, o.folder, &err), &err);
  CHECK_OK(sl_outbox_pending(o.folder, memory, false, &pending, &err), &err);
  CHECK_STR("pending", pending, names.load_id);
  free(pending);
  CHECK_OK(sl_outbox_memory_get(memory, SL_STORE_STATE, "p", NULL, &text, &err), &err);
  CHECK(text == NULL); /* not before it is delivered */
  CHECK_OK(sl_outbox_finish(o.folder, &memory, o.load, &err), &err);
  sl_outbox_memory_free(memory);
  CHECK_OK(sl_outbox_memory_read(&memory, o.folder, &err), &err);
  static const struct {
    enum sl_store_kind kind;
    const char *name, *key, *want;
  } cases[] = {
    { SL_STORE_VERSION, "p", NULL, "{\"a\":1}" }, { SL_STORE_VERSION, "p", "h1", "{\"a\":1}" },
    { SL_STORE_VERSION, "p", "h2", NULL },        { SL_STORE_VERSION, "q", NULL, NULL },
    { SL_STORE_STATE, "p", NULL, "eNo=" },        { SL_STORE_LOAD, "p", "17.5", "17.5" },
    { SL_STORE_LOAD, "p", "17.6", NULL }
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    CHECK_OK(sl_outbox_memory_get(memory, cases[i].kind, cases[i].name, cases[i].key, &text, &err),
             &err);
    CHECK_STR("remembered", text, cases[i].want);
    free(text);
  }
  CHECK_OK(sl_outbox_pending(o.folder, memory, false, &pending, &err), &err);
  CHECK(pending == NULL);
  sl_outbox_memory_free(memory);
  outbox_free(&o);
}

TEST(damaged_rows_are_found) {
  struct outbox o = outbox_new();
  struct sl_error err = { 0 };
  char path[128];
  struct sl_buffer good = { 0 };
  define(&o, "u");
  append(&o, "u", 0, 25);
  seal(&o, 10);
  snprintf(path, sizeof path, "%s/ready-%s/0.rows", o.folder, names.load_id);
  CHECK_OK(sl_file_read(path, &good, &err), &err);
  for (size_t at = 0; at < good.length;
       at += at < 300 ? 1 : 61) { /* never a crash, be it damaged or not */
    struct sl_outbox_load *load = NULL;
    char was = good.data[at];
    good.data[at] = (char)(was ^ 0x55);
    CHECK_OK(sl_file_write(path, good.data, good.length, false, &err), &err);
    sl_status rc = sl_outbox_load_open(&load, o.folder, names.load_id, &err);
    CHECK(at >= 24 || rc == SL_EDATA || at / 8 == 3);
    sl_outbox_load_free(load);
    good.data[at] = was;
  }
  for (size_t length = 0; length < good.length; length += 97) {
    struct sl_outbox_load *load = NULL;
    CHECK_OK(sl_file_write(path, good.data, length, false, &err), &err);
    CHECK_FAILS(sl_outbox_load_open(&load, o.folder, names.load_id, &err), SL_EDATA, &err);
  }
  sl_buffer_release(&good);
  outbox_free(&o);
}
