/* Bytes of rows in Arrow's layout, format by format. */
#include "column/batch.h"

#include "unit/test.h"

static const int32_t offsets[] = { 0, 5, 5, 9, 20 };
static const int64_t large_offsets[] = { 0, 5, 5, 9, 20 };
static const int64_t view_sizes[] = { 100, 23 };
static const char data[64];

static const struct {
  const char *format;
  int64_t n_buffers;
  const void *second, *third, *fourth, *fifth;
  int64_t offset, length, want; /* without validity */
} cases[] = {
  { "n", 0, NULL, NULL, NULL, NULL, 0, 4, 0 },
  { "b", 2, data, NULL, NULL, NULL, 0, 4, 1 },
  { "b", 2, data, NULL, NULL, NULL, 0, 9, 2 },
  { "c", 2, data, NULL, NULL, NULL, 0, 4, 4 },
  { "S", 2, data, NULL, NULL, NULL, 0, 4, 8 },
  { "i", 2, data, NULL, NULL, NULL, 0, 4, 16 },
  { "l", 2, data, NULL, NULL, NULL, 0, 4, 32 },
  { "g", 2, data, NULL, NULL, NULL, 0, 0, 0 },
  { "d:38,9", 2, data, NULL, NULL, NULL, 0, 4, 64 },
  { "d:76,9,256", 2, data, NULL, NULL, NULL, 0, 4, 128 },
  { "tdD", 2, data, NULL, NULL, NULL, 0, 4, 16 },
  { "tdm", 2, data, NULL, NULL, NULL, 0, 4, 32 },
  { "tts", 2, data, NULL, NULL, NULL, 0, 4, 16 },
  { "ttu", 2, data, NULL, NULL, NULL, 0, 4, 32 },
  { "tsu:UTC", 2, data, NULL, NULL, NULL, 0, 4, 32 },
  { "tin", 2, data, NULL, NULL, NULL, 0, 4, 64 },
  { "w:6", 2, data, NULL, NULL, NULL, 0, 4, 24 },
  { "u", 3, offsets, data, NULL, NULL, 0, 4, 20 + 20 },
  { "z", 3, offsets, data, NULL, NULL, 2, 2, 12 + 15 },
  { "u", 3, offsets, data, NULL, NULL, 0, 0, 4 },
  { "U", 3, large_offsets, data, NULL, NULL, 1, 2, 24 + 4 },
  { "vu", 5, data, data, data, view_sizes, 0, 4, 64 + 123 },
};

TEST(every_layout_is_measured) {
  for (size_t i = 0; i < COUNT(cases); i++) {
    const void *buffers[] = { NULL, cases[i].second, cases[i].third, cases[i].fourth,
                              cases[i].fifth };
    const struct ArrowSchema schema = { .format = cases[i].format };
    struct ArrowArray array = { .length = cases[i].length,
                                .offset = cases[i].offset,
                                .n_buffers = cases[i].n_buffers,
                                .buffers = buffers };
    CHECK_INT(cases[i].format, sl_array_bytes(&schema, &array), cases[i].want);
    if (cases[i].n_buffers > 0) {
      buffers[0] = data;
      CHECK_INT(cases[i].format, sl_array_bytes(&schema, &array),
                cases[i].want + (cases[i].length + 7) / 8);
    }
  }
}

/* A struct of a list of bigints and a dictionary of texts. */
TEST(children_and_dictionaries_count) {
  const void *list_buffers[] = { NULL, offsets };
  const void *item_buffers[] = { NULL, data };
  const void *index_buffers[] = { NULL, data };
  const void *text_buffers[] = { NULL, offsets, data };
  const void *no_buffers[] = { NULL };
  struct ArrowSchema item = { .format = "l" };
  struct ArrowSchema *items[] = { &item };
  struct ArrowSchema list = { .format = "+l", .n_children = 1, .children = items };
  struct ArrowSchema text = { .format = "u" };
  struct ArrowSchema index = { .format = "c", .dictionary = &text };
  struct ArrowSchema *columns[] = { &list, &index };
  const struct ArrowSchema root = { .format = "+s", .n_children = 2, .children = columns };
  struct ArrowArray item_array = { .length = 20, .n_buffers = 2, .buffers = item_buffers };
  struct ArrowArray *item_arrays[] = { &item_array };
  struct ArrowArray list_array = {
    .length = 4, .n_buffers = 2, .buffers = list_buffers, .n_children = 1, .children = item_arrays
  };
  struct ArrowArray text_array = { .length = 4, .n_buffers = 3, .buffers = text_buffers };
  struct ArrowArray index_array = {
    .length = 4, .n_buffers = 2, .buffers = index_buffers, .dictionary = &text_array
  };
  struct ArrowArray *arrays[] = { &list_array, &index_array };
  const struct ArrowArray array = {
    .length = 4, .n_buffers = 1, .buffers = no_buffers, .n_children = 2, .children = arrays
  };
  CHECK_INT("all", sl_array_bytes(&root, &array), (20 + 160) + (4 + 20 + 20));
}
