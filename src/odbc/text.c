/* text.c - see text.h. */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

sl_status odbc_widen(const char *text, SQLWCHAR **out, struct sl_error *err) {
  *out = NULL;
  if (text == NULL) {
    return SL_OK;
  }
  size_t length = strlen(text);
  SQLWCHAR *units = sl_alloc_array(length + 1, sizeof *units);
  size_t n = 0;
  if (units == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a text");
  }
  for (const char *at = text; at < text + length;) {
    int32_t code = sl_utf8_next(&at, text + length);
    if (code < 0) {
      free(units);
      return sl_fail(err, SL_EUSAGE, "the location, a name or a query is not valid UTF-8");
    }
    if (code >= 0x10000) {
      units[n++] = (SQLWCHAR)(0xD800 + ((code - 0x10000) >> 10));
      units[n++] = (SQLWCHAR)(0xDC00 + ((code - 0x10000) & 0x3FF));
    } else {
      units[n++] = (SQLWCHAR)code;
    }
  }
  units[n] = 0;
  *out = units;
  return SL_OK;
}

/* Four units that are ASCII at once; returns how many of them were written. */
static size_t narrow_ascii(const SQLWCHAR *units, size_t count, char *out) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    uint64_t four;
    memcpy(&four, units + i, sizeof four);
    if ((four & UINT64_C(0xFF80FF80FF80FF80)) != 0) {
      break;
    }
    out[i] = (char)units[i];
    out[i + 1] = (char)units[i + 1];
    out[i + 2] = (char)units[i + 2];
    out[i + 3] = (char)units[i + 3];
  }
  return i;
}

size_t odbc_narrow(const SQLWCHAR *units, size_t count, char *out) {
  size_t i = narrow_ascii(units, count, out);
  size_t n = i;
  while (i < count) {
    uint32_t code = units[i++];
    if (code < 0x80) {
      out[n++] = (char)code;
      continue;
    }
    if (code >= 0xD800 && code <= 0xDFFF) {
      bool pair = code <= 0xDBFF && i < count && units[i] >= 0xDC00 && units[i] <= 0xDFFF;
      if (!pair) {
        return ODBC_NOT_UTF16;
      }
      code = 0x10000 + ((code - 0xD800) << 10) + (units[i++] - 0xDC00U);
    }
    n += sl_utf8_write(out + n, code);
  }
  return n;
}

bool odbc_has_word(const char *words, const char *text) {
  char word[64];
  const char *at = words;
  do {
    size_t n = strcspn(at, "|");
    snprintf(word, sizeof word, "%.*s", (int)n, at);
    if (strcasestr(text, word) != NULL) {
      return true;
    }
    at += n + (at[n] == '|');
  } while (*at != '\0');
  return false;
}
