/* Values of Arrow arrays as text. */
#include "column/batch.h"

#include "unit/comma_locale.h"

TEST(doubles_read_back_in_any_locale) {
  const double values[] = { 2.5, 0.1, -0.0, 1e22, 100 };
  static const char *const want[] = { "2.5", "0.1", "-0.0", "1e+22", "100.0" };
  const void *buffers[] = { NULL, values };
  const struct ArrowSchema schema = { .format = "g", .name = "x" };
  const struct ArrowArray array = { .length = COUNT(values), .n_buffers = 2, .buffers = buffers };
  for (int commas = 0; commas < 2 && (commas == 0 || comma_locale_set()); commas++) {
    for (size_t i = 0; i < COUNT(values); i++) {
      struct sl_buffer out = { 0 };
      CHECK(sl_array_print(&schema, &array, (int64_t)i, &out));
      CHECK_STR(commas ? "with commas" : "with points", out.data, want[i]);
      sl_buffer_release(&out);
    }
  }
  comma_locale_unset();
}
