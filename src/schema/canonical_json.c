/* canonical_json.c - JSON as orjson writes it with sorted keys: the input of dlt's hashes. */
#include <stdlib.h>

#include <yyjson.h>

#include "base/memory.h"
#include "base/real.h"
#include "schema/json_text.h"
#include "schema/stored.h"

void sl_json_string(struct sl_buffer *out, const char *text, size_t length) {
  static const char hex[] = "0123456789abcdef";
  sl_buffer_char(out, '"');
  size_t plain = 0;
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c >= 0x20 && c != '"' && c != '\\') {
      continue;
    }
    sl_buffer_append(out, text + plain, i - plain);
    plain = i + 1;
    const char *shorts = "\b\t\n\f\r\"\\";
    const char *letters = "btnfr\"\\";
    const char *found = c == '\0' ? NULL : strchr(shorts, c);
    if (found != NULL) {
      char pair[2] = { '\\', letters[found - shorts] };
      sl_buffer_append(out, pair, 2);
    } else {
      char escape[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
      sl_buffer_append(out, escape, 6);
    }
  }
  sl_buffer_append(out, text + plain, length - plain);
  sl_buffer_char(out, '"');
}

bool sl_json_too_deep(const char *json, size_t length, int most) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < length && depth <= most; i++) {
    if (json[i] == '"') {
      quoted = !quoted;
    } else if (quoted) {
      i += json[i] == '\\';
    } else if (json[i] == '[' || json[i] == '{') {
      depth++;
    } else if (json[i] == ']' || json[i] == '}') {
      depth--;
    }
  }
  return depth > most;
}

enum { MOST_DEPTH = 2000 }; /* deeper values are no keys; the caller gets an error */

static void write_value(yyjson_val *value, int depth, struct sl_buffer *out);

struct entry {
  yyjson_val *key, *value;
};

static int compare_keys(const void *a, const void *b) {
  const struct entry *x = a;
  const struct entry *y = b;
  size_t n = yyjson_get_len(x->key);
  size_t m = yyjson_get_len(y->key);
  int order = memcmp(yyjson_get_str(x->key), yyjson_get_str(y->key), n < m ? n : m);
  return order != 0 ? order : (n > m) - (n < m);
}

static void write_entries(struct entry *entries, size_t n, int depth, struct sl_buffer *out) {
  qsort(entries, n, sizeof *entries, compare_keys);
  sl_buffer_char(out, '{');
  for (size_t i = 0; i < n; i++) {
    if (i > 0) {
      sl_buffer_char(out, ',');
    }
    sl_json_string(out, yyjson_get_str(entries[i].key), yyjson_get_len(entries[i].key));
    sl_buffer_char(out, ':');
    write_value(entries[i].value, depth + 1, out);
  }
  sl_buffer_char(out, '}');
}

/* Without the members whose key begins with `prefix` (NULL = none) or is one of `names`. */
static void write_object(yyjson_val *object, const char *prefix, const char *const *names,
                         size_t n_names, int depth, struct sl_buffer *out) {
  size_t n = yyjson_obj_size(object);
  struct entry *entries = sl_alloc_array(n, sizeof *entries);
  if (entries == NULL) {
    out->failed = true;
    return;
  }
  yyjson_val *key;
  size_t kept = 0;
  yyjson_obj_iter members = yyjson_obj_iter_with(object);
  while ((key = yyjson_obj_iter_next(&members)) != NULL) {
    yyjson_val *value = yyjson_obj_iter_get_val(key);
    const char *text = yyjson_get_str(key);
    bool skip = prefix != NULL && strncmp(text, prefix, strlen(prefix)) == 0;
    for (size_t k = 0; !skip && k < n_names; k++) {
      skip = strcmp(text, names[k]) == 0;
    }
    if (!skip) {
      entries[kept++] = (struct entry){ key, value };
    }
  }
  write_entries(entries, kept, depth, out);
  free(entries);
}

static void write_raw_number(yyjson_val *value, struct sl_buffer *out) {
  const char *text = yyjson_get_raw(value);
  size_t n = yyjson_get_len(value);
  if (memchr(text, '.', n) == NULL && memchr(text, 'e', n) == NULL &&
      memchr(text, 'E', n) == NULL) {
    sl_buffer_append(out, text, n);
  } else {
    sl_json_double(out, sl_real_parse(text, NULL));
  }
}

static void write_number(yyjson_val *value, struct sl_buffer *out) {
  if (yyjson_is_real(value)) {
    sl_json_double(out, yyjson_get_real(value));
  } else if (yyjson_is_uint(value)) {
    sl_buffer_printf(out, "%llu", (unsigned long long)yyjson_get_uint(value));
  } else {
    sl_buffer_printf(out, "%lld", (long long)yyjson_get_sint(value));
  }
}

static void write_value(yyjson_val *value, int depth, struct sl_buffer *out) {
  if (depth > MOST_DEPTH) {
    out->failed = true;
    return;
  }
  size_t i;
  size_t n;
  yyjson_val *item;
  switch (yyjson_get_type(value)) {
    case YYJSON_TYPE_OBJ: write_object(value, NULL, NULL, 0, depth, out); break;
    case YYJSON_TYPE_ARR:
      sl_buffer_char(out, '[');
      yyjson_arr_foreach(value, i, n, item) {
        if (i > 0) {
          sl_buffer_char(out, ',');
        }
        write_value(item, depth + 1, out);
      }
      sl_buffer_char(out, ']');
      break;
    case YYJSON_TYPE_STR: sl_json_string(out, yyjson_get_str(value), yyjson_get_len(value)); break;
    case YYJSON_TYPE_RAW: write_raw_number(value, out); break;
    case YYJSON_TYPE_NUM: write_number(value, out); break;
    case YYJSON_TYPE_BOOL: sl_buffer_text(out, yyjson_get_bool(value) ? "true" : "false"); break;
    default: sl_buffer_text(out, "null"); break;
  }
}

void sl_json_canonical_value(struct yyjson_val *value, const char *skip_prefix,
                             struct sl_buffer *out) {
  if (yyjson_is_obj(value)) {
    write_object(value, skip_prefix, NULL, 0, 0, out);
  } else {
    write_value(value, 0, out);
  }
}

void sl_json_canonical_without(struct yyjson_val *object, const char *const *left_out, size_t n,
                               struct sl_buffer *out) {
  write_object(object, NULL, left_out, n, 0, out);
}

sl_status sl_json_parse(yyjson_doc **out, const char *json, size_t length, uint32_t flags,
                        const char *what, struct sl_error *err) {
  yyjson_read_err problem;
  /* yyjson does not write to its input without the INSITU flag. */
  *out = yyjson_read_opts((char *)(uintptr_t)json, length, flags, NULL, &problem);
  if (*out == NULL && problem.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) {
    return sl_fail(err, SL_ENOMEM, "out of memory parsing JSON of %zu bytes", length);
  }
  return *out != NULL
             ? SL_OK
             : sl_fail(err, SL_EDATA, "%s at byte %zu: %s", what, problem.pos, problem.msg);
}

sl_status sl_json_canonical(const char *json, size_t length, struct sl_buffer *out,
                            struct sl_error *err) {
  yyjson_doc *doc = NULL;
  sl_status rc = sl_json_parse(&doc, json, length, YYJSON_READ_NUMBER_AS_RAW, "JSON", err);
  if (rc != SL_OK) {
    return rc;
  }
  write_value(yyjson_doc_get_root(doc), 0, out);
  yyjson_doc_free(doc);
  return sl_buffer_check(out, err);
}
