/* option.c - options from their tables: defaults, parsing, nearest names. */
#include <sluice/option.h>

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/real.h"
#include "base/text.h"

const struct sl_option *sl_options_find(const struct sl_option *options, const char *name) {
  for (const struct sl_option *o = options; o->name != NULL; o++) {
    if (strcmp(o->name, name) == 0) {
      return o;
    }
  }
  return NULL;
}

static sl_status check_limits(const struct sl_option *o, int64_t value, struct sl_error *err) {
  if ((o->minimum != 0 || o->maximum != 0) && (value < o->minimum || value > o->maximum)) {
    return sl_fail(err, SL_EUSAGE, "--%s: %" PRId64 " is outside %" PRId64 " to %" PRId64, o->name,
                   value, o->minimum, o->maximum);
  }
  return SL_OK;
}

static sl_status parse_integer(const struct sl_option *o, const char *text, int64_t *out,
                               struct sl_error *err) {
  char *end = NULL;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (end == text || *end != '\0' || errno != 0 || isspace((unsigned char)*text)) {
    return sl_fail(err, SL_EUSAGE, "--%s: '%s' is not a whole number", o->name, text);
  }
  *out = value;
  return check_limits(o, value, err);
}

static sl_status parse_bytes(const struct sl_option *o, const char *text, int64_t *out,
                             struct sl_error *err) {
  static const struct {
    const char *unit;
    int shift;
  } units[] = { { "", 0 },     { "B", 0 },   { "K", 10 },   { "KB", 10 }, { "KiB", 10 },
                { "M", 20 },   { "MB", 20 }, { "MiB", 20 }, { "G", 30 },  { "GB", 30 },
                { "GiB", 30 }, { "T", 40 },  { "TB", 40 },  { "TiB", 40 } };
  const char *end = NULL;
  double value = sl_real_parse(text, &end);
  bool plain = end != text && strspn(text, "0123456789.") == (size_t)(end - text);
  while (*end == ' ') {
    end++;
  }
  for (size_t i = 0; plain && i < sizeof units / sizeof units[0]; i++) {
    double bytes = value * (double)(INT64_C(1) << units[i].shift);
    if (strcasecmp(end, units[i].unit) == 0 && bytes < 9e18) {
      *out = (int64_t)bytes;
      return check_limits(o, *out, err);
    }
  }
  return sl_fail(err, SL_EUSAGE, "--%s: '%s' is not a size; write for example 512MB or 2GB",
                 o->name, text);
}

static sl_status parse_flag(const struct sl_option *o, const char *text, bool *out,
                            struct sl_error *err) {
  if (strcmp(text, "true") == 0 || strcmp(text, "yes") == 0 || strcmp(text, "1") == 0) {
    *out = true;
    return SL_OK;
  }
  if (strcmp(text, "false") == 0 || strcmp(text, "no") == 0 || strcmp(text, "0") == 0) {
    *out = false;
    return SL_OK;
  }
  return sl_fail(err, SL_EUSAGE, "--%s takes no value, or yes or no", o->name);
}

static sl_status check_choice(const struct sl_option *o, const char *text, struct sl_error *err) {
  size_t length = strlen(text);
  for (const char *c = o->choices; *c != '\0';) {
    size_t n = strcspn(c, "|");
    if (n == length && strncmp(c, text, n) == 0) {
      return SL_OK;
    }
    c += n + (c[n] == '|');
  }
  return sl_fail(err, SL_EUSAGE, "--%s: '%s' is not one of %s", o->name, text, o->choices);
}

static sl_status set_value(const struct sl_option *o, void *settings, const char *text,
                           struct sl_error *err) {
  char *target = (char *)settings + o->offset;
  int64_t number = 0;
  bool flag = false;
  sl_status rc = SL_OK;
  switch (o->kind) {
    case SL_OPTION_CHOICE:
      rc = check_choice(o, text, err);
      /* fall through */
    case SL_OPTION_TEXT:
      if (rc == SL_OK) {
        memcpy(target, &text, sizeof text);
      }
      return rc;
    case SL_OPTION_INTEGER: rc = parse_integer(o, text, &number, err); break;
    case SL_OPTION_BYTES: rc = parse_bytes(o, text, &number, err); break;
    case SL_OPTION_FLAG:
      rc = parse_flag(o, text, &flag, err);
      if (rc == SL_OK) {
        memcpy(target, &flag, sizeof flag);
      }
      return rc;
  }
  if (rc == SL_OK) {
    memcpy(target, &number, sizeof number);
  }
  return rc;
}

sl_status sl_options_set_defaults(const struct sl_option *options, void *settings,
                                  struct sl_error *err) {
  for (const struct sl_option *o = options; o->name != NULL; o++) {
    sl_status rc = o->default_text == NULL ? SL_OK : set_value(o, settings, o->default_text, err);
    if (rc != SL_OK) {
      return rc;
    }
  }
  return SL_OK;
}

sl_status sl_options_set(const struct sl_option *options, void *settings, const char *name,
                         const char *text, struct sl_error *err) {
  const struct sl_option *o = sl_options_find(options, name);
  if (o != NULL) {
    return set_value(o, settings, text, err);
  }
  const char *nearest = NULL;
  size_t best = 4;
  for (o = options; o->name != NULL; o++) {
    size_t distance = sl_text_distance(name, o->name, best);
    if (distance < best) {
      best = distance;
      nearest = o->name;
    }
  }
  return sl_fail(err, SL_EUSAGE, "there is no option --%s%s%s%s", name,
                 nearest == NULL ? "" : " (did you mean --", nearest == NULL ? "" : nearest,
                 nearest == NULL ? "" : "?)");
}
