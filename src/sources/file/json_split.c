/* json_split.c - see json_split.h.
 *
 * Outside a record every byte is looked at; inside a string the next quote is found with memchr. */
#include "json_split.h"

sl_status json_split_init(struct json_split *s, const char *path, struct sl_error *err) {
  *s = (struct json_split){ .records_depth = -1 };
  for (const char *at = path; at != NULL && *at != '\0';) {
    size_t n = strcspn(at, ".");
    if (s->n_path == SPLIT_MOST_PATH || n == 0) {
      return sl_fail(err, SL_EUSAGE, "--records-path '%s': write up to %d names with dots between",
                     path, SPLIT_MOST_PATH);
    }
    s->path[s->n_path++] = (struct sl_text){ at, n };
    at += n + (at[n] == '.');
  }
  return SL_OK;
}

static bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* The end of a string that is open at `at`; end when it does not end here. */
static int64_t skip_string(struct json_split *s, const char *data, int64_t base, int64_t at,
                           int64_t to) {
  while (at < to) {
    if (s->escaped) {
      s->escaped = false;
      at++;
      continue;
    }
    const char *from = data + (at - base);
    size_t left = (size_t)(to - at);
    const char *quote = memchr(from, '"', left);
    size_t span = quote == NULL ? left : (size_t)(quote - from);
    const char *slash = memchr(from, '\\', span);
    if (slash != NULL) {
      s->escaped = true;
      at += slash - from + 1;
    } else if (quote == NULL) {
      return to;
    } else {
      s->in_string = false;
      return at + (int64_t)span + 1;
    }
  }
  return to;
}

/* Bytes of a record until it ends or the data does. Returns where; s->in_record tells which. */
static int64_t skip_record(struct json_split *s, const char *data, int64_t base, int64_t at,
                           int64_t to) {
  while (at < to) {
    if (s->in_string) {
      at = skip_string(s, data, base, at, to);
      if (!s->in_string && s->depth == s->records_depth) {
        s->in_record = false;
        return at;
      }
      continue;
    }
    char c = data[at - base];
    if (s->in_scalar) {
      if (is_space(c) || c == ',' || c == ']' || c == '}' || c == '{' || c == '[') {
        s->in_scalar = false;
        s->in_record = false;
        return at;
      }
      at++;
      continue;
    }
    at++;
    if (c == '"') {
      s->in_string = true;
    } else if (c == '{' || c == '[') {
      s->depth++;
    } else if ((c == '}' || c == ']') && --s->depth == s->records_depth) {
      s->in_record = false;
      return at;
    }
  }
  return to;
}

static sl_status trailing(int64_t at, struct sl_error *err) {
  return sl_fail(err, SL_EDATA, "unexpected data after the end of the JSON text at byte %lld",
                 (long long)at);
}

/* Between records. */
static sl_status between(struct json_split *s, char c, int64_t at, struct sl_error *err) {
  if (is_space(c) || (c == ',' && s->records_depth > 0)) {
    return SL_OK;
  }
  if (c == ']' && s->records_depth > 0) {
    s->closed = true;
    s->depth--;
    return SL_OK;
  }
  if (c == ']' || c == '}' || c == ',' || c == ':') {
    return sl_fail(err, SL_EDATA, "unexpected '%c' at byte %lld", c, (long long)at);
  }
  s->in_record = true;
  s->record_start = at;
  s->in_string = c == '"';
  s->in_scalar = !(c == '"' || c == '{' || c == '[');
  if (c == '{' || c == '[') {
    s->depth++;
  }
  return SL_OK;
}

/* A key has ended: does it lead on? */
static void end_key(struct json_split *s, const char *data, int64_t base, int64_t end) {
  struct sl_text key = { data + (s->key_start - base), (size_t)(end - 1 - s->key_start) };
  s->expect_key = false;
  s->key_matches = s->depth == (int)s->matched + 1 && s->matched < s->n_path &&
                   sl_text_equal(key, s->path[s->matched]);
}

/* On the way to the records. */
static sl_status descend(struct json_split *s, char c, int64_t at, struct sl_error *err) {
  if (!s->began && !is_space(c)) {
    s->began = true;
    if (s->n_path == 0) {
      s->found = true;
      if (c == '[') {
        s->depth = s->records_depth = 1;
        return SL_OK;
      }
      s->records_depth = 0;
      return between(s, c, at, err);
    }
  }
  switch (c) {
    case '{':
      if (s->key_matches) {
        s->matched++;
      }
      s->depth++;
      s->expect_key = s->depth == (int)s->matched + 1;
      s->key_matches = false;
      break;
    case '[':
      s->depth++;
      if (s->key_matches && s->matched + 1 == s->n_path) {
        s->found = true;
        s->records_depth = s->depth;
      }
      s->key_matches = false;
      break;
    case '}':
    case ']':
      s->depth--;
      if (s->depth < (int)s->matched) {
        s->matched = s->depth < 0 ? 0 : (size_t)s->depth;
      }
      break;
    case ',':
      s->expect_key = s->depth == (int)s->matched + 1;
      s->key_matches = false;
      break;
    case '"':
      s->in_string = true;
      s->key_start = at + 1;
      break;
    default: break;
  }
  return SL_OK;
}

sl_status json_split_scan(struct json_split *s, const char *data, int64_t base, int64_t from,
                          int64_t to, json_split_record record, void *arg, struct sl_error *err) {
  sl_status rc = SL_OK;
  int64_t at = from;
  while (rc == SL_OK && at < to) {
    if (s->in_record) {
      at = skip_record(s, data, base, at, to);
      if (!s->in_record) {
        rc = record(arg, s->record_start, at, err);
      }
    } else if (s->in_string) {
      at = skip_string(s, data, base, at, to);
      if (!s->in_string && s->expect_key) {
        end_key(s, data, base, at);
      }
    } else {
      char c = data[at - base];
      if (s->closed) { /* what closes the objects around the records, and other members */
        bool top = s->depth <= 0;
        rc = top && !is_space(c) ? trailing(at, err) : SL_OK;
        s->depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        s->in_string = c == '"';
        s->expect_key = false;
      } else {
        rc = s->found ? between(s, c, at, err) : descend(s, c, at, err);
      }
      at++;
    }
  }
  return rc;
}

int64_t json_split_keep(const struct json_split *s, int64_t scanned) {
  if (s->in_record) {
    return s->record_start;
  }
  return s->in_string && s->expect_key ? s->key_start : scanned;
}

sl_status json_split_end(struct json_split *s, int64_t end, json_split_record record, void *arg,
                         struct sl_error *err) {
  if (s->in_record && s->in_scalar && s->depth == s->records_depth && s->records_depth == 0) {
    s->in_record = false;
    return record(arg, s->record_start, end, err);
  }
  if (s->in_record || s->in_string || (s->found && !s->closed && s->records_depth > 0)) {
    return sl_fail(err, SL_EDATA, "the JSON text ends in the middle, at byte %lld", (long long)end);
  }
  if (s->n_path > 0 && !s->found) {
    return sl_fail(err, SL_EDATA, "there is no list of records under '%.*s'%s",
                   (int)s->path[s->n_path - 1].length, s->path[s->n_path - 1].data,
                   s->matched > 0 ? "" : " (nor its beginning)");
  }
  return SL_OK;
}
