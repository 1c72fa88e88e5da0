/* pattern.c - see pattern.h. */
#include "schema/pattern.h"

#include <string.h>

#include "base/text.h"

struct translation {
  const char *at; /* in the Python pattern */
  struct sl_buffer out;
  int flags;
  const char *problem; /* NULL = none so far */
};

/* What a class escape means inside brackets; NULL = the letter is no class. */
static const char *class_members(char letter) {
  switch (letter) {
    case 'd': return "0-9";
    case 'w': return "[:alnum:]_";
    case 's': return "[:space:]";
    default: return NULL;
  }
}

static char control(char letter) {
  switch (letter) {
    case 'n': return '\n';
    case 't': return '\t';
    case 'r': return '\r';
    case 'f': return '\f';
    case 'v': return '\v';
    default: return letter;
  }
}

/* One escape outside brackets. */
static void translate_escape(struct translation *t) {
  char letter = t->at[1];
  if (letter == '\0') {
    t->problem = "ends in a backslash";
    t->at++;
    return;
  }
  t->at += 2;
  if (letter == 'd' || letter == 'D') {
    sl_buffer_text(&t->out, letter == 'd' ? "[0-9]" : "[^0-9]");
  } else if (letter == 'A' || letter == 'Z') {
    sl_buffer_char(&t->out, letter == 'A' ? '^' : '$');
  } else if (strchr("wWsSbB123456789", letter) != NULL) { /* GNU regcomp knows them */
    char same[3] = { '\\', letter, '\0' };
    sl_buffer_text(&t->out, same);
  } else if (control(letter) != letter) {
    sl_buffer_char(&t->out, control(letter));
  } else {
    char literal[3] = { '\\', letter, '\0' };
    sl_buffer_text(&t->out, strchr(".[]()*+?{}|^$\\", letter) != NULL ? literal : literal + 1);
  }
}

/* [...]: in POSIX a backslash is itself, ] must come first and - last. */
static void translate_brackets(struct translation *t) {
  struct sl_buffer members = { 0 };
  bool bracket = false;
  bool minus = false;
  bool caret = false;
  t->at++;
  bool negated = *t->at == '^';
  t->at += negated;
  for (bool first = true; *t->at != '\0' && (first || *t->at != ']'); first = false) {
    char c = *t->at++;
    bool escaped = c == '\\' && *t->at != '\0';
    if (escaped) {
      c = *t->at++;
      const char *members_of = class_members(c);
      if (members_of != NULL) {
        sl_buffer_text(&members, members_of);
        continue;
      }
      c = control(c);
    }
    bool range = c == '-' && !escaped && !first && *t->at != ']';
    bracket = bracket || c == ']';
    minus = minus || (c == '-' && !range);
    caret = caret || c == '^';
    if (range || (c != ']' && c != '-' && c != '^')) {
      sl_buffer_char(&members, c);
    }
  }
  if (*t->at != ']') {
    t->problem = "has a [ without its ]";
  } else {
    t->at++;
  }
  if (caret && !negated && !bracket && !minus && members.length == 0) {
    sl_buffer_text(&t->out, "\\^");
  } else {
    sl_buffer_printf(&t->out, "[%s%s%s%s%s]", negated ? "^" : "", bracket ? "]" : "",
                     members.length == 0 ? "" : members.data, caret ? "^" : "", minus ? "-" : "");
  }
  sl_buffer_release(&members);
}

/* "(?": groups that only group; everything else has no counterpart. */
static void translate_group(struct translation *t) {
  const char *after = t->at + 2;
  if (*after == ':') {
    t->at = after + 1;
  } else if (strncmp(after, "P<", 2) == 0 && strchr(after, '>') != NULL) {
    t->at = strchr(after, '>') + 1;
  } else {
    t->problem = "uses a (? group that POSIX patterns do not have";
    t->at = after;
  }
  sl_buffer_char(&t->out, '(');
}

static void translate(struct translation *t) {
  if (strncmp(t->at, "(?i)", 4) == 0) {
    t->flags |= REG_ICASE;
    t->at += 4;
  }
  while (*t->at != '\0' && t->problem == NULL) {
    char c = *t->at;
    if (c == '\\') {
      translate_escape(t);
    } else if (c == '[') {
      translate_brackets(t);
    } else if (c == '(' && t->at[1] == '?') {
      translate_group(t);
    } else {
      sl_buffer_char(&t->out, c);
      t->at++;
      if (strchr("*+?}", c) != NULL && *t->at == '?') {
        t->at++; /* lazy finds the same names as greedy */
      }
    }
  }
}

sl_status sl_pattern_compile(regex_t *out, const char *pattern, struct sl_error *err) {
  struct translation t = { .at = pattern, .flags = REG_EXTENDED | REG_NOSUB };
  sl_buffer_append(&t.out, "", 0);
  translate(&t);
  sl_status rc = sl_buffer_check(&t.out, err);
  if (rc == SL_OK && t.problem != NULL) {
    rc = sl_fail(err, SL_EUSAGE, "the pattern '%s' of the schema settings %s", pattern, t.problem);
  }
  int code = rc == SL_OK ? regcomp(out, t.out.data, t.flags) : 0;
  if (code != 0) {
    char reason[128];
    regerror(code, out, reason, sizeof reason);
    rc = sl_fail(err, SL_EUSAGE, "the pattern '%s' of the schema settings: %s", pattern, reason);
  }
  sl_buffer_release(&t.out);
  return rc;
}
