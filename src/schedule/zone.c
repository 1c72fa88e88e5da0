/* zone.c - see zone.h. The format is TZif (RFC 8536): a list of transitions, and a rule in POSIX'
 * TZ notation for all the time behind the last one. */
#include "schedule/zone.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/files.h"
#include "base/memory.h"
#include "base/time.h"
#include "schedule/zone_rule.h"

enum { HEADER_BYTES = 44, SECONDS_PER_DAY = 86400 };

struct sl_zone {
  char *name;
  int64_t *moments; /* at which offsets[i] begins, ascending */
  int32_t *offsets;
  size_t n;
  int32_t first; /* offset before the first */
  struct sl_zone_rule rule;
  bool has_rule;
};

void sl_zone_close(struct sl_zone *z) {
  if (z != NULL) {
    free(z->name);
    free(z->moments);
    free(z->offsets);
    free(z);
  }
}

const char *sl_zone_name(const struct sl_zone *z) {
  return z->name;
}

/* ---- the file ---- */

static int64_t big_endian(const char *at, int bytes) {
  uint64_t value = (unsigned char)at[0] & 0x80 ? UINT64_MAX : 0;
  for (int i = 0; i < bytes; i++) {
    value = value << 8 | (unsigned char)at[i];
  }
  return (int64_t)value;
}

struct counts { /* of a data block */
  size_t utc, standard, leaps, times, types, letters;
};

static bool read_header(const char *data, size_t left, struct counts *c) {
  if (left < HEADER_BYTES || memcmp(data, "TZif", 4) != 0) {
    return false;
  }
  size_t *const all[] = { &c->utc, &c->standard, &c->leaps, &c->times, &c->types, &c->letters };
  for (size_t i = 0; i < 6; i++) {
    *all[i] = (size_t)big_endian(data + 20 + 4 * i, 4);
    if (*all[i] > 100000) {
      return false;
    }
  }
  return c->types > 0;
}

static size_t block_bytes(const struct counts *c, size_t time_bytes) {
  return c->times * (time_bytes + 1) + c->types * 6 + c->letters + c->leaps * (time_bytes + 4) +
         c->standard + c->utc;
}

/* The block of 64-bit times. */
static bool read_block(struct sl_zone *z, const char *data, const struct counts *c) {
  const char *indices = data + c->times * 8;
  const char *types = indices + c->times;
  z->moments = sl_alloc_array(c->times + 1, sizeof *z->moments);
  z->offsets = sl_alloc_array(c->times + 1, sizeof *z->offsets);
  if (z->moments == NULL || z->offsets == NULL) {
    return false;
  }
  z->n = c->times;
  z->first = (int32_t)big_endian(types, 4);
  for (size_t i = 0; i < c->times; i++) {
    size_t type = (unsigned char)indices[i];
    if (type >= c->types) {
      return false;
    }
    z->moments[i] = big_endian(data + 8 * i, 8);
    z->offsets[i] = (int32_t)big_endian(types + 6 * type, 4);
  }
  return true;
}

static bool read_rule(struct sl_zone *z, const char *at, size_t left) {
  char text[128];
  const char *end = left < 2 || at[0] != '\n' ? NULL : memchr(at + 1, '\n', left - 1);
  size_t length = end == NULL ? 0 : (size_t)(end - at - 1);
  if (end == NULL || length >= sizeof text) {
    return false;
  }
  memcpy(text, at + 1, length);
  text[length] = '\0';
  z->has_rule = length > 0;
  return length == 0 || sl_zone_rule_parse(&z->rule, text);
}

static bool read_file(struct sl_zone *z, const char *data, size_t length) {
  struct counts old;
  struct counts now;
  if (!read_header(data, length, &old) || data[4] < '2') {
    return false;
  }
  size_t at = HEADER_BYTES + block_bytes(&old, 4);
  if (at > length || !read_header(data + at, length - at, &now)) {
    return false;
  }
  at += HEADER_BYTES;
  size_t bytes = block_bytes(&now, 8);
  return bytes <= length - at && read_block(z, data + at, &now) &&
         read_rule(z, data + at + bytes, length - at - bytes);
}

/* UTC, until something else is read into it. */
static sl_status new_zone(struct sl_zone **out, const char *name, struct sl_error *err) {
  *out = calloc(1, sizeof **out);
  if (*out != NULL) {
    (*out)->name = strdup(name);
  }
  if (*out == NULL || (*out)->name == NULL) {
    sl_zone_close(*out);
    *out = NULL;
    return sl_fail(err, SL_ENOMEM, "out of memory for a time zone");
  }
  return SL_OK;
}

sl_status sl_zone_parse(struct sl_zone **out, const char *name, const char *data, size_t length,
                        struct sl_error *err) {
  sl_status rc = new_zone(out, name, err);
  if (rc == SL_OK && !read_file(*out, data, length)) {
    sl_zone_close(*out);
    *out = NULL;
    rc = sl_fail(err, SL_EDATA, "the zone file of %s is damaged", name);
  }
  return rc;
}

/* ---- which file ---- */

static sl_status open_file(struct sl_zone **out, const char *path, const char *name,
                           struct sl_error *err) {
  struct sl_buffer data = { 0 };
  sl_status rc = sl_file_read(path, &data, err);
  if (rc == SL_OK) {
    rc = sl_zone_parse(out, name, data.data == NULL ? "" : data.data, data.length, err);
  }
  sl_buffer_release(&data);
  return rc;
}

/* Names are paths below the database's folder. */
static bool is_name(const char *name) {
  static const char letters[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
  size_t length = strlen(name);
  return length > 0 && length < 100 && name[0] != '/' && name[0] != '-' &&
         strspn(name, letters) == length;
}

static sl_status open_named(struct sl_zone **out, const char *name, struct sl_error *err) {
  char path[200];
  const char *folder = getenv("TZDIR");
  if (strcmp(name, "UTC") == 0 || strcmp(name, "Etc/UTC") == 0) {
    return new_zone(out, "UTC", err);
  }
  snprintf(path, sizeof path, "%s/%s", folder == NULL ? "/usr/share/zoneinfo" : folder, name);
  if (!is_name(name) || !sl_file_exists(path)) {
    return sl_fail(
        err, SL_EUSAGE, "there is no time zone '%s': names are as Europe/Berlin or UTC%s", name,
        sl_folder_exists("/usr/share/zoneinfo") ? "" : " (the package tzdata is missing)");
  }
  return open_file(out, path, name, err);
}

sl_status sl_zone_open(struct sl_zone **out, const char *name, struct sl_error *err) {
  const char *variable = getenv("TZ");
  *out = NULL;
  if (name != NULL) {
    return open_named(out, name, err);
  }
  if (variable != NULL && variable[0] != '\0') {
    return open_named(out, variable[0] == ':' ? variable + 1 : variable, err);
  }
  return sl_file_exists("/etc/localtime") ? open_file(out, "/etc/localtime", "local time", err)
                                          : new_zone(out, "UTC", err);
}

/* ---- questions ---- */

int32_t sl_zone_offset(const struct sl_zone *z, int64_t utc) {
  if (z->n == 0 || utc < z->moments[0]) {
    return z->n == 0 && z->has_rule ? sl_zone_rule_offset(&z->rule, utc) : z->first;
  }
  if (utc >= z->moments[z->n - 1] && z->has_rule) {
    return sl_zone_rule_offset(&z->rule, utc);
  }
  size_t low = 0; /* moments[low] <= utc < moments[high] */
  size_t high = z->n;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    *(z->moments[middle] <= utc ? &low : &high) = middle;
  }
  return z->offsets[low];
}

/* The first moment from `low` on at which the offset is no longer that of `low`. */
static int64_t find_change(const struct sl_zone *z, int64_t low, int64_t high) {
  int32_t before = sl_zone_offset(z, low);
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    *(sl_zone_offset(z, middle) == before ? &low : &high) = middle;
  }
  return high;
}

int sl_zone_moments(const struct sl_zone *z, int64_t local, int64_t out[2]) {
  int32_t before = sl_zone_offset(z, local - SECONDS_PER_DAY);
  int32_t after = sl_zone_offset(z, local + SECONDS_PER_DAY);
  int n = 0;
  if (sl_zone_offset(z, local - before) == before) {
    out[n++] = local - before;
  }
  if (after != before && sl_zone_offset(z, local - after) == after) {
    out[n++] = local - after;
  }
  if (n == 0) {
    out[0] = find_change(z, local - SECONDS_PER_DAY, local + SECONDS_PER_DAY);
  }
  return n;
}

void sl_zone_print(const struct sl_zone *z, int64_t utc, char out[40]) {
  int32_t offset = sl_zone_offset(z, utc);
  char text[40];
  sl_timestamp_print(text, (utc + offset) * SL_MICROS_PER_SECOND, false);
  text[10] = ' ';
  snprintf(out, 40, "%.16s %c%02d:%02d", text, offset < 0 ? '-' : '+', abs(offset) / 3600,
           abs(offset) / 60 % 60);
}
