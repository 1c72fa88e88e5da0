/* Arrow streams that are read: what was written comes back, and bytes that are cut off or changed
 * are refused or read, but never lead outside. */
#include "column/ipc_read.h"

#include <stdlib.h>

#include "column/batch.h"
#include "column/ipc.h"
#include "unit/test.h"

enum { ROWS = 3 };

/* A stream of one batch with columns of the layouts that our writer knows. */
static struct sl_buffer stream(void) {
  static const struct sl_field fields[] = {
    { "id", "l", false },        { "name", "u", true },     { "ok", "b", true },
    { "price", "d:10,2", true }, { "at", "tsu:UTC", true }, { "half", "f", true },
  };
  static const int64_t ids[] = { 1, -2, INT64_MAX };
  static const int32_t offsets[] = { 0, 2, 2, 5 };
  static const uint8_t some[] = { 5 };
  static const sl_int128 prices[] = { 150, 0, -1 };
  static const float halves[] = { 0.5F, 0, -2 };
  const void *buffers[][3] = { { NULL, ids },  { some, offsets, "\xc3\xa9xyz" },
                               { some, some }, { some, prices },
                               { some, ids },  { some, halves } };
  struct ArrowArray columns[COUNT(fields)];
  struct ArrowArray *children[COUNT(fields)];
  struct ArrowSchema schema;
  struct sl_buffer out = { 0 };
  for (size_t i = 0; i < COUNT(fields); i++) {
    columns[i] = (struct ArrowArray){ .length = ROWS,
                                      .null_count = i == 0 ? 0 : 1,
                                      .n_buffers = i == 1 ? 3 : 2,
                                      .buffers = buffers[i] };
    children[i] = &columns[i];
  }
  const struct ArrowArray batch = { .length = ROWS,
                                    .n_children = COUNT(fields),
                                    .children = children };
  struct sl_error err;
  CHECK_OK(sl_schema_struct(&schema, fields, COUNT(fields), &err), &err);
  CHECK_OK(sl_ipc_schema(&schema, NULL, 0, &out, &err), &err);
  CHECK_OK(sl_ipc_batch(&schema, &batch, 0, ROWS, &out, &err), &err);
  sl_ipc_end(&out);
  schema.release(&schema);
  return out;
}

static char *copy_of(const struct sl_buffer *from, size_t size) {
  char *copy = malloc(size + 1); /* a block of its own, so that a byte too far is seen */
  memcpy(copy, from->data, size);
  return copy;
}

/* All values as JSON, a row a line. */
static struct sl_buffer text_of(const struct ArrowSchema *schema, const struct ArrowArray *array) {
  struct sl_buffer out = { 0 };
  for (int64_t row = 0; row < array->length; row++) {
    for (int64_t i = 0; i < schema->n_children; i++) {
      sl_buffer_text(&out, i == 0 ? "" : " ");
      sl_array_print_json(schema->children[i], array->children[i], row, &out);
    }
    sl_buffer_char(&out, '\n');
  }
  return out;
}

TEST(what_was_written_comes_back) {
  struct sl_buffer bytes = stream();
  struct ArrowSchema schema;
  struct ArrowArray array;
  struct sl_error err;
  if (CHECK_OK(sl_ipc_read(copy_of(&bytes, bytes.length), bytes.length, &schema, &array, &err),
               &err)) {
    static const char *const formats[] = { "l", "u", "b", "d:10,2", "tsu:UTC", "f" };
    struct sl_buffer text = text_of(&schema, &array);
    for (size_t i = 0; i < COUNT(formats); i++) {
      CHECK_STR(schema.children[i]->name, schema.children[i]->format, formats[i]);
    }
    CHECK((schema.children[0]->flags & ARROW_FLAG_NULLABLE) == 0 &&
          (schema.children[1]->flags & ARROW_FLAG_NULLABLE) != 0);
    CHECK_STR("rows", text.data,
              "1 \"\xc3\xa9\" true 1.50 \"1970-01-01T00:00:00.000001+00:00\" 0.5\n"
              "-2 null null null null null\n"
              "9223372036854775807 \"xyz\" true -0.01 "
              "\"294247-01-10T04:00:54.775807+00:00\" -2.0\n");
    sl_buffer_release(&text);
    schema.release(&schema); /* the rows live on */
    CHECK(array.children[1]->length == ROWS);
    array.release(&array);
  }
  sl_buffer_release(&bytes);
}

TEST(a_stream_that_is_cut_off) {
  struct sl_buffer bytes = stream();
  struct ArrowSchema schema;
  struct ArrowArray array;
  struct sl_error err;
  for (size_t size = 0; size < bytes.length; size++) {
    if (!CHECK_FAILS(sl_ipc_read(copy_of(&bytes, size), size, &schema, &array, &err), SL_EDATA,
                     &err)) {
      printf("cut off at %zu of %zu bytes\n", size, bytes.length);
      break;
    }
  }
  sl_buffer_release(&bytes);
}

TEST(changed_bytes) {
  struct sl_buffer bytes = stream();
  struct ArrowSchema schema;
  struct ArrowArray array;
  struct sl_error err;
  int refused = 0;
  for (size_t at = 0; at < bytes.length; at++) {
    for (unsigned bit = 0; bit < 8; bit++) {
      char *copy = copy_of(&bytes, bytes.length);
      copy[at] = (char)(copy[at] ^ (1 << bit));
      sl_status rc = sl_ipc_read(copy, bytes.length, &schema, &array, &err);
      CHECK(rc == SL_OK || rc == SL_EDATA || rc == SL_EUNSUPPORTED);
      refused += rc != SL_OK;
      if (rc == SL_OK) {
        array.length = array.length < ROWS ? array.length : ROWS;
        struct sl_buffer text = text_of(&schema, &array);
        sl_buffer_release(&text);
        schema.release(&schema);
        array.release(&array);
      }
    }
  }
  CHECK(refused > 1000);
  sl_buffer_release(&bytes);
}

TEST(texts_must_be_utf8) {
  struct sl_buffer bytes = stream();
  struct ArrowSchema schema;
  struct ArrowArray array;
  struct sl_error err;
  char *copy = copy_of(&bytes, bytes.length);
  char *text = memmem(copy, bytes.length, "\xc3\xa9xyz", 5);
  if (CHECK(text != NULL)) {
    text[1] = 'e';
  }
  CHECK_FAILS(sl_ipc_read(copy, bytes.length, &schema, &array, &err), SL_EDATA, &err);
  CHECK_STR("message", err.message, "an Arrow stream cannot be read: texts that are not UTF-8");
  sl_buffer_release(&bytes);
}
