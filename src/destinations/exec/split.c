/* split.c - a command into words, see exec_internal.h. */
#include <stdlib.h>

#include "base/memory.h"
#include "exec_internal.h"

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* One word from *at on, which is no white space; false: a quote does not end. */
static bool take_word(const char **at, struct sl_buffer *word) {
  char quote = '\0';
  for (; **at != '\0' && (quote != '\0' || !is_space(**at)); *at += 1) {
    char c = **at;
    if (c == '\\' && quote != '\'' && (*at)[1] != '\0') {
      *at += 1;
      sl_buffer_char(word, **at);
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    } else {
      sl_buffer_char(word, c);
    }
  }
  return quote == '\0';
}

sl_status exec_split(const char *command, char ***words, struct sl_error *err) {
  size_t n = 0;
  size_t capacity = 0;
  sl_status rc = SL_OK;
  *words = NULL;
  for (const char *at = command; rc == SL_OK;) {
    struct sl_buffer word = { 0 };
    while (is_space(*at)) {
      at++;
    }
    rc = sl_grow(words, &capacity, n + 1, sizeof **words, err);
    if (rc != SL_OK || *at == '\0') {
      break;
    }
    if (!take_word(&at, &word)) {
      rc = sl_fail(err, SL_EUSAGE, "exec:%s: a quote is not closed", command);
    } else if (((*words)[n] = sl_buffer_take(&word)) == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for a command");
    } else {
      n++;
    }
    sl_buffer_release(&word);
  }
  if (rc == SL_OK && n == 0) {
    rc = sl_fail(err, SL_EUSAGE, "exec: names no program: write exec:program arguments");
  }
  if (*words != NULL) {
    (*words)[n] = NULL;
  }
  if (rc != SL_OK) {
    sl_texts_free(*words);
    *words = NULL;
  }
  return rc;
}
