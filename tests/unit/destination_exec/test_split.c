/* A command into words. */
#include "base/memory.h"
#include "destinations/exec/exec_internal.h"
#include "unit/test.h"

TEST(words) {
  static const struct {
    const char *command, *want; /* words with | between; NULL = refused */
  } cases[] = {
    { "cat", "cat" },
    { "  cat \t -n\n", "cat|-n" },
    { "a 'b c' d", "a|b c|d" },
    { "a \"b 'c\" d", "a|b 'c|d" },
    { "a'b'\"c\"d", "abcd" },
    { "a '' \"\"", "a||" },
    { "a\\ b 'c\\d' \"e\\\"f\"", "a b|c\\d|e\"f" },
    { "$HOME *.c `x` ; > y", "$HOME|*.c|`x`|;|>|y" },
    { "a\\", "a\\" },
    { "", NULL },
    { "   ", NULL },
    { "'a", NULL },
    { "a \"b", NULL },
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    struct sl_error err = { 0 };
    struct sl_buffer got = { 0 };
    char **words = NULL;
    if (cases[i].want == NULL) {
      CHECK_FAILS(exec_split(cases[i].command, &words, &err), SL_EUSAGE, &err);
      CHECK(words == NULL);
      continue;
    }
    CHECK_OK(exec_split(cases[i].command, &words, &err), &err);
    for (size_t w = 0; words != NULL && words[w] != NULL; w++) {
      sl_buffer_printf(&got, "%s%s", w > 0 ? "|" : "", words[w]);
    }
    CHECK_STR(cases[i].command, got.data, cases[i].want);
    sl_buffer_release(&got);
    sl_texts_free(words);
  }
}
