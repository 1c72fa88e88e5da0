/* csv_guess.c - the type of a column from its values. */
#include <stdio.h>
#include <string.h>

#include "csv_value.h"

#define BIT(type) (1U << (type))

/* Digits of a number before and after its point. */
static void measure(struct csv_guess *g, struct sl_text text, const struct csv_value *v) {
  struct sl_decimal d;
  if (v->type == CSV_BIGINT) {
    d = (struct sl_decimal){ v->as.integer, 0 };
    g->wide = g->wide || v->as.integer > INT64_C(1) << 53 || v->as.integer < -(INT64_C(1) << 53);
  } else if (v->type == CSV_DECIMAL) {
    d = v->as.decimal;
  } else {
    while (text.length > 0 && text.data[0] == ' ') {
      text.data++;
      text.length--;
    }
    while (text.length > 0 && text.data[text.length - 1] == ' ') {
      text.length--;
    }
    if (!sl_decimal_parse(text, &d)) {
      g->no_decimal = true;
      return;
    }
  }
  int32_t digits = sl_decimal_digits(d.coefficient) - d.scale;
  g->whole = digits > g->whole ? digits : g->whole;
  g->scale = d.scale > g->scale ? d.scale : g->scale;
}

void csv_guess_add(struct csv_guess *g, struct sl_text text) {
  struct csv_value v;
  if (g->seen & BIT(CSV_TEXT)) {
    return;
  }
  csv_value_read(text, &v);
  g->seen |= BIT(v.type);
  g->word = g->word || v.word;
  if ((v.type == CSV_BIGINT || v.type == CSV_DOUBLE || v.type == CSV_DECIMAL) && !v.word) {
    g->number = true;
    measure(g, text, &v);
  }
}

/* A decimal column with room for the fractions that are usual. */
static struct csv_kind decimal_kind(const struct csv_guess *g) {
  enum { USUAL_SCALE = 9 };
  int32_t scale = g->scale == 0 ? 0 : g->scale < USUAL_SCALE ? USUAL_SCALE : g->scale;
  if (g->word || g->no_decimal || g->whole + g->scale > 38) {
    return (struct csv_kind){ .type = CSV_TEXT };
  }
  if (g->whole + scale > 38) {
    scale = g->scale;
  }
  return (struct csv_kind){ .type = CSV_DECIMAL, .precision = 38, .scale = scale };
}

struct csv_kind csv_guess_kind(const struct csv_guess *g) {
  const uint32_t numbers = BIT(CSV_BIGINT) | BIT(CSV_DOUBLE) | BIT(CSV_DECIMAL);
  struct csv_kind kind = { .type = CSV_TEXT };
  if (g->seen == 0) {
    kind.type = CSV_NONE;
  } else if ((g->seen & (g->seen - 1)) == 0 && g->seen != BIT(CSV_DECIMAL)) {
    kind.type = (enum csv_type)__builtin_ctz(g->seen);
    if (kind.type == CSV_DOUBLE && !g->number) {
      kind.type = CSV_TEXT; /* only words: Nan is a name, too */
    }
  } else if ((g->seen & ~numbers) == 0) {
    bool exact = (g->seen & BIT(CSV_DECIMAL)) == 0 && !g->wide;
    kind = exact ? (struct csv_kind){ .type = CSV_DOUBLE } : decimal_kind(g);
  }
  return kind;
}

void csv_kind_format(struct csv_kind kind, char out[32]) {
  static const char *const formats[CSV_TYPES] = {
    [CSV_NONE] = "u",   [CSV_BOOL] = "b",         [CSV_BIGINT] = "l",
    [CSV_DOUBLE] = "g", [CSV_DECIMAL] = "",       [CSV_DATE] = "tdD",
    [CSV_TIME] = "ttu", [CSV_TIMESTAMP] = "tsu:", [CSV_TIMESTAMPTZ] = "tsu:UTC",
    [CSV_TEXT] = "u",
  };
  if (kind.type == CSV_DECIMAL) {
    snprintf(out, 32, "d:%d,%d", (int)kind.precision, (int)kind.scale);
  } else {
    snprintf(out, 32, "%s", formats[kind.type]);
  }
}

const char *csv_type_name(enum csv_type type) {
  static const char *const names[CSV_TYPES] = {
    [CSV_NONE] = "text",     [CSV_BOOL] = "bool",           [CSV_BIGINT] = "bigint",
    [CSV_DOUBLE] = "double", [CSV_DECIMAL] = "decimal",     [CSV_DATE] = "date",
    [CSV_TIME] = "time",     [CSV_TIMESTAMP] = "timestamp", [CSV_TIMESTAMPTZ] = "timestamp",
    [CSV_TEXT] = "text",
  };
  return names[type];
}
