/* layout.c - see layout.h. */
#include "layout.h"

#include <ctype.h>
#include <inttypes.h>

#include "base/time.h"

struct moment {
  int64_t year, micros; /* micros since the epoch */
  unsigned month, day, weekday, hour, minute, second, fraction;
};

static struct moment moment_of(int64_t micros) {
  struct moment m = { .micros = micros };
  int64_t days = micros / SL_MICROS_PER_DAY - (micros % SL_MICROS_PER_DAY < 0);
  int64_t rest = micros - days * SL_MICROS_PER_DAY;
  sl_civil_from_days(days, &m.year, &m.month, &m.day);
  m.weekday = (unsigned)(((days + 4) % 7 + 7) % 7); /* 0 = Sunday; 1970 began on a Thursday */
  m.hour = (unsigned)(rest / (3600 * SL_MICROS_PER_SECOND));
  m.minute = (unsigned)(rest / (60 * SL_MICROS_PER_SECOND) % 60);
  m.second = (unsigned)(rest / SL_MICROS_PER_SECOND % 60);
  m.fraction = (unsigned)(rest % SL_MICROS_PER_SECOND);
  return m;
}

enum token {
  T_SCHEMA,
  T_TABLE,
  T_LOAD,
  T_FILE,
  T_EXT,
  T_DATE,
  T_TIMESTAMP,
  T_TIMESTAMP_MS,
  T_PACKAGE,
  T_PACKAGE_MS,
  T_YYYY,
  T_YY,
  T_Y,
  T_MMMM,
  T_MMM,
  T_MM,
  T_M,
  T_DD,
  T_D,
  T_HH,
  T_H,
  T_mm,
  T_m,
  T_dddd,
  T_ddd,
  T_dd,
  T_d,
  T_ss,
  T_s,
  T_SSSS,
  T_SSS,
  T_SS,
  T_S,
  T_Q,
  N_TOKENS
};
static const char *const tokens[N_TOKENS] = {
  [T_SCHEMA] = "schema_name",
  [T_TABLE] = "table_name",
  [T_LOAD] = "load_id",
  [T_FILE] = "file_id",
  [T_EXT] = "ext",
  [T_DATE] = "curr_date",
  [T_TIMESTAMP] = "timestamp",
  [T_TIMESTAMP_MS] = "timestamp_ms",
  [T_PACKAGE] = "load_package_timestamp",
  [T_PACKAGE_MS] = "load_package_timestamp_ms",
  [T_YYYY] = "YYYY",
  [T_YY] = "YY",
  [T_Y] = "Y",
  [T_MMMM] = "MMMM",
  [T_MMM] = "MMM",
  [T_MM] = "MM",
  [T_M] = "M",
  [T_DD] = "DD",
  [T_D] = "D",
  [T_HH] = "HH",
  [T_H] = "H",
  [T_mm] = "mm",
  [T_m] = "m",
  [T_dddd] = "dddd",
  [T_ddd] = "ddd",
  [T_dd] = "dd",
  [T_d] = "d",
  [T_ss] = "ss",
  [T_s] = "s",
  [T_SSSS] = "SSSS",
  [T_SSS] = "SSS",
  [T_SS] = "SS",
  [T_S] = "S",
  [T_Q] = "Q",
};

static int token_of(struct sl_text name) {
  for (int i = 0; i < N_TOKENS; i++) {
    if (sl_text_equal(name, sl_text_of(tokens[i]))) {
      return i;
    }
  }
  return N_TOKENS;
}

/* Value of an extra placeholder; false = there is none of the name. */
static bool extra_value(const char *extra, struct sl_text name, struct sl_text *value) {
  while (extra != NULL && *extra != '\0') {
    size_t length = strcspn(extra, ",");
    size_t key = strcspn(extra, "=,");
    if (key < length && sl_text_equal(name, (struct sl_text){ extra, key })) {
      *value = (struct sl_text){ extra + key + 1, length - key - 1 };
      return true;
    }
    extra += length + (extra[length] == ',');
  }
  return false;
}

/* One piece: literal text, or the name between braces. */
struct piece {
  struct sl_text text;
  bool placeholder;
};

static bool next_piece(const char **at, struct piece *out) {
  const char *p = *at;
  if (*p == '\0') {
    return false;
  }
  const char *close = *p == '{' ? strchr(p, '}') : NULL;
  if (close != NULL) {
    *out = (struct piece){ { p + 1, (size_t)(close - p) - 1 }, true };
    *at = close + 1;
  } else {
    size_t n = 1 + strcspn(p + 1, "{");
    *out = (struct piece){ { p, n }, false };
    *at = p + n;
  }
  return true;
}

static void write_date(enum token token, const struct moment *m, struct sl_buffer *out) {
  static const char *const months[] = { "january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december" };
  static const char *const days[] = { "sunday",   "monday", "tuesday", "wednesday",
                                      "thursday", "friday", "saturday" };
  const char *month = months[m->month - 1];
  const char *day = days[m->weekday];
  switch (token) {
    case T_DATE: sl_buffer_printf(out, "%04" PRId64 "-%02u-%02u", m->year, m->month, m->day); break;
    case T_YYYY: sl_buffer_printf(out, "%04" PRId64, m->year); break;
    case T_YY: sl_buffer_printf(out, "%02" PRId64, m->year % 100); break;
    case T_Y: sl_buffer_printf(out, "%" PRId64, m->year); break;
    case T_MMMM: sl_buffer_text(out, month); break;
    case T_MMM: sl_buffer_append(out, month, 3); break;
    case T_MM: sl_buffer_printf(out, "%02u", m->month); break;
    case T_M: sl_buffer_printf(out, "%u", m->month); break;
    case T_DD: sl_buffer_printf(out, "%02u", m->day); break;
    case T_D: sl_buffer_printf(out, "%u", m->day); break;
    case T_dddd: sl_buffer_text(out, day); break;
    case T_ddd: sl_buffer_append(out, day, 3); break;
    case T_dd: sl_buffer_append(out, day, 2); break;
    case T_d: sl_buffer_printf(out, "%u", m->weekday); break;
    default: sl_buffer_printf(out, "%u", (m->month - 1) / 3 + 1); break; /* Q */
  }
}

static void write_time(enum token token, const struct moment *m, struct sl_buffer *out) {
  switch (token) {
    case T_HH: sl_buffer_printf(out, "%02u", m->hour); break;
    case T_H: sl_buffer_printf(out, "%u", m->hour); break;
    case T_mm: sl_buffer_printf(out, "%02u", m->minute); break;
    case T_m: sl_buffer_printf(out, "%u", m->minute); break;
    case T_ss: sl_buffer_printf(out, "%02u", m->second); break;
    case T_s: sl_buffer_printf(out, "%u", m->second); break;
    case T_SSSS: sl_buffer_printf(out, "%04u", m->fraction / 100); break;
    case T_SSS: sl_buffer_printf(out, "%03u", m->fraction / 1000); break;
    case T_SS: sl_buffer_printf(out, "%02u", m->fraction / 10000); break;
    default: sl_buffer_printf(out, "%u", m->fraction / 100000); break; /* S */
  }
}

static void write_token(enum token token, const struct files_path *path, struct sl_buffer *out) {
  const struct moment now = moment_of(path->now_micros);
  switch (token) {
    case T_SCHEMA: sl_buffer_text(out, path->schema); break;
    case T_TABLE: sl_buffer_text(out, path->table); break;
    case T_LOAD: sl_buffer_text(out, path->load_id); break;
    case T_FILE: sl_buffer_text(out, path->file_id); break;
    case T_EXT: sl_buffer_text(out, path->ext); break;
    case T_TIMESTAMP: sl_buffer_printf(out, "%" PRId64, path->now_micros / 1000000); break;
    case T_TIMESTAMP_MS: sl_buffer_printf(out, "%" PRId64, path->now_micros / 1000); break;
    case T_PACKAGE: sl_buffer_printf(out, "%" PRId64, path->started_micros / 1000000); break;
    case T_PACKAGE_MS: sl_buffer_printf(out, "%" PRId64, path->started_micros / 1000); break;
    case T_HH:
    case T_H:
    case T_mm:
    case T_m:
    case T_ss:
    case T_s:
    case T_SSSS:
    case T_SSS:
    case T_SS:
    case T_S: write_time(token, &now, out); break;
    default: write_date(token, &now, out); break;
  }
}

static sl_status unknown(const struct files_layout *layout, struct sl_text name,
                         struct sl_error *err) {
  return sl_fail(err, SL_EUSAGE,
                 "--layout %s: there is no placeholder {%.*s}; there are schema_name, table_name, "
                 "load_id, file_id, ext, curr_date, timestamp, timestamp_ms, "
                 "load_package_timestamp, load_package_timestamp_ms, parts of a date as YYYY, MM, "
                 "DD, HH, mm, ss, and those of --extra-placeholders",
                 layout->text, (int)name.length, name.data);
}

static sl_status check_order(const struct files_layout *layout, struct sl_error *err) {
  const char *at = layout->text;
  struct piece piece;
  bool table = false;
  while (next_piece(&at, &piece)) {
    int token = piece.placeholder ? token_of(piece.text) : N_TOKENS;
    if (!table && piece.placeholder && token != T_TABLE && token != T_SCHEMA) {
      return sl_fail(err, SL_EUSAGE,
                     "--layout %s: only {schema_name} may stand before {table_name}", layout->text);
    }
    if (token == T_TABLE && !table) {
      unsigned char next = (unsigned char)*at;
      table = true;
      if (next == '\0' || next == '{' || next == '_' || isalnum(next)) {
        return sl_fail(err, SL_EUSAGE,
                       "--layout %s: {table_name} must be followed by a character that no table "
                       "name holds, such as '/' or '.'",
                       layout->text);
      }
    }
  }
  return table ? SL_OK
               : sl_fail(err, SL_EUSAGE, "--layout %s: {table_name} is missing", layout->text);
}

sl_status files_layout_check(const struct files_layout *layout, struct sl_error *err) {
  const char *at = layout->text;
  struct piece piece;
  struct sl_text value;
  bool file = false;
  while (next_piece(&at, &piece)) {
    int token = piece.placeholder ? token_of(piece.text) : N_TOKENS;
    file = file || token == T_FILE;
    if (piece.placeholder && token == N_TOKENS && !extra_value(layout->extra, piece.text, &value)) {
      return unknown(layout, piece.text, err);
    }
  }
  if (!file) {
    return sl_fail(err, SL_EUSAGE,
                   "--layout %s: {file_id} is missing: two files of a load would have one name",
                   layout->text);
  }
  if (layout->text[0] == '/' || strstr(layout->text, "..") != NULL ||
      strncmp(layout->text, "_sluice/", 8) == 0 || strncmp(layout->text, "_dlt_", 5) == 0) {
    return sl_fail(err, SL_EUSAGE, "--layout %s: it must name a path inside the dataset",
                   layout->text);
  }
  return check_order(layout, err);
}

sl_status files_layout_path(const struct files_layout *layout, const struct files_path *path,
                            struct sl_buffer *out, struct sl_error *err) {
  const char *at = layout->text;
  struct piece piece;
  bool ext = false;
  while (next_piece(&at, &piece)) {
    int token = piece.placeholder ? token_of(piece.text) : N_TOKENS;
    struct sl_text value = piece.text;
    if (!piece.placeholder) {
      sl_buffer_append(out, piece.text.data, piece.text.length);
    } else if (extra_value(layout->extra, piece.text, &value)) {
      sl_buffer_append(out, value.data, value.length);
    } else {
      write_token((enum token)token, path, out);
      ext = ext || token == T_EXT;
    }
  }
  if (!ext) {
    sl_buffer_printf(out, ".%s", path->ext);
  }
  return sl_buffer_check(out, err);
}

sl_status files_layout_prefix(const struct files_layout *layout, const char *schema,
                              const char *table, struct sl_buffer *out, struct sl_error *err) {
  const char *at = layout->text;
  struct piece piece;
  while (next_piece(&at, &piece)) {
    int token = piece.placeholder ? token_of(piece.text) : N_TOKENS;
    if (token == T_TABLE) {
      sl_buffer_text(out, table);
      sl_buffer_char(out, *at);
      break;
    }
    if (token == T_SCHEMA) {
      sl_buffer_text(out, schema);
    } else {
      sl_buffer_append(out, piece.text.data, piece.text.length);
    }
  }
  return sl_buffer_check(out, err);
}
