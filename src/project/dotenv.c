/* dotenv.c - see dotenv.h; and writing a variable, which is declared in secrets.h. */
#include "project/dotenv.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/files.h"

struct reader {
  struct sl_secrets *out;
  struct sl_doc doc; /* for messages */
  const char *at, *line_start;
  int line;
  struct sl_error *err;
};

static sl_status broken(struct reader *r, const char *what) {
  return sl_doc_fail_at(&r->doc, r->line, (int)(r->at - r->line_start) + 1, SL_EDATA, r->err, "%s",
                        what);
}

static void next_line(struct reader *r) {
  r->at += strcspn(r->at, "\n");
  if (*r->at == '\n') {
    r->line_start = ++r->at;
    r->line++;
  }
}

static void skip_blanks(struct reader *r) {
  while (*r->at == ' ' || *r->at == '\t' || *r->at == '\r') {
    r->at++;
  }
}

/* ${NAME} and ${NAME:-default} at `at`; returns what follows it, NULL when it is something else. */
static const char *expand(const struct reader *r, const char *at, struct sl_buffer *out) {
  char name[256];
  if (at[1] != '{') {
    return NULL;
  }
  size_t length = strcspn(at + 2, ":}");
  const char *end = strchr(at, '}');
  if (end == NULL || length == 0 || length >= sizeof name) {
    return NULL;
  }
  memcpy(name, at + 2, length);
  name[length] = '\0';
  const char *value = sl_secrets_variable(r->out, name);
  const char *fallback = at + 2 + length;
  if (value != NULL) {
    sl_buffer_text(out, value);
  } else if (strncmp(fallback, ":-", 2) == 0) {
    sl_buffer_append(out, fallback + 2, (size_t)(end - fallback - 2));
  }
  return end + 1;
}

static sl_status read_quoted(struct reader *r, struct sl_buffer *out) {
  char quote = *r->at;
  const char *start = r->at++;
  int line = r->line;
  for (; *r->at != quote; r->at++) {
    if (*r->at == '\0') {
      return sl_doc_fail_at(&r->doc, line, (int)(start - r->line_start) + 1, SL_EDATA, r->err,
                            "this text has no closing quote");
    }
    if (*r->at == '\\' && (r->at[1] == quote || r->at[1] == '\\')) {
      sl_buffer_char(out, *++r->at);
    } else if (*r->at == '\\' && quote == '"' && r->at[1] != '\0' && strchr("nrt", r->at[1])) {
      r->at++;
      sl_buffer_char(out, *r->at == 'n' ? '\n' : *r->at == 't' ? '\t' : '\r');
    } else if (*r->at == '$' && quote == '"' && expand(r, r->at, out) != NULL) {
      r->at = strchr(r->at, '}');
    } else {
      sl_buffer_char(out, *r->at);
      r->line += *r->at == '\n';
    }
  }
  r->at++;
  return SL_OK;
}

/* Up to the end of the line, or " #". */
static void read_plain(struct reader *r, struct sl_buffer *out) {
  while (*r->at != '\0' && *r->at != '\n' &&
         !(*r->at == '#' && r->at > r->line_start && isspace((unsigned char)r->at[-1]))) {
    const char *after = *r->at == '$' ? expand(r, r->at, out) : NULL;
    if (after != NULL) {
      r->at = after;
    } else {
      sl_buffer_char(out, *r->at++);
    }
  }
  while (out->length > 0 && isspace((unsigned char)out->data[out->length - 1])) {
    out->data[--out->length] = '\0';
  }
}

static sl_status keep(struct reader *r, const char *name, size_t length, struct sl_buffer *value) {
  struct sl_secrets *s = r->out;
  sl_status rc = sl_grow(&s->env, &s->capacity, s->n_env + 1, sizeof *s->env, r->err);
  if (rc != SL_OK) {
    return rc;
  }
  struct sl_buffer copy = { 0 };
  sl_buffer_append(&copy, name, length);
  struct sl_secret_pair pair = { sl_buffer_take(&copy), sl_buffer_take(value) };
  if (pair.name == NULL || pair.value == NULL) {
    free(pair.name);
    free(pair.value);
    return sl_fail(r->err, SL_ENOMEM, "out of memory reading %s", r->doc.path);
  }
  s->env[s->n_env++] = pair;
  return SL_OK;
}

static sl_status read_line(struct reader *r) {
  struct sl_buffer value = { 0 };
  skip_blanks(r);
  if (*r->at == '#' || *r->at == '\n' || *r->at == '\0') {
    return SL_OK;
  }
  if (strncmp(r->at, "export", 6) == 0 && (r->at[6] == ' ' || r->at[6] == '\t')) {
    r->at += 6;
    skip_blanks(r);
  }
  const char *name = r->at;
  while (isalnum((unsigned char)*r->at) || *r->at == '_' || *r->at == '.' || *r->at == '-') {
    r->at++;
  }
  size_t length = (size_t)(r->at - name);
  skip_blanks(r);
  if (length == 0 || *r->at != '=') {
    return broken(r, length == 0 ? "a line must be NAME=value" : "= is missing behind the name");
  }
  r->at++;
  skip_blanks(r);
  sl_status rc = SL_OK;
  if (*r->at == '"' || *r->at == '\'') {
    rc = read_quoted(r, &value);
  } else {
    read_plain(r, &value);
  }
  if (rc == SL_OK) {
    rc = keep(r, name, length, &value);
  }
  sl_buffer_release(&value);
  return rc;
}

sl_status sl_dotenv_parse(struct sl_secrets *out, const char *path, const char *text, size_t length,
                          struct sl_error *err) {
  struct reader r = { .out = out, .line = 1, .err = err };
  sl_status rc = sl_doc_take_text(&r.doc, path, text, length, err);
  if (rc != SL_OK) {
    return rc;
  }
  r.at = r.line_start = r.doc.data;
  while (rc == SL_OK && *r.at != '\0') {
    rc = read_line(&r);
    next_line(&r);
  }
  sl_doc_release(&r.doc);
  return rc;
}

sl_status sl_dotenv_read(struct sl_secrets *out, const char *root, struct sl_error *err) {
  struct sl_buffer path = { 0 };
  struct sl_buffer text = { 0 };
  sl_buffer_printf(&path, "%s/.env", root);
  sl_status rc = sl_buffer_check(&path, err);
  if (rc == SL_OK && sl_file_exists(path.data)) {
    rc = sl_file_read(path.data, &text, err);
    if (rc == SL_OK) {
      rc = sl_dotenv_parse(out, path.data, text.data == NULL ? "" : text.data, text.length, err);
    }
  }
  sl_buffer_release(&path);
  sl_buffer_release(&text);
  return rc;
}

/* ---- writing ---- */

/* Single quotes keep everything but themselves and backslashes. */
static void print_value(struct sl_buffer *out, const char *value) {
  static const char safe[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
      "_-.,:/@%+=?&;";
  if (value[strspn(value, safe)] == '\0') {
    sl_buffer_text(out, value);
    return;
  }
  sl_buffer_char(out, '\'');
  for (const char *c = value; *c != '\0'; c++) {
    sl_buffer_text(out, *c == '\'' || *c == '\\' ? "\\" : "");
    sl_buffer_char(out, *c);
  }
  sl_buffer_char(out, '\'');
}

static bool is_line_of(const char *line, const char *name) {
  size_t length = strlen(name);
  line += strspn(line, " \t");
  line += strncmp(line, "export ", 7) == 0 ? 7 : 0;
  return strncmp(line, name, length) == 0 && line[length + strspn(line + length, " \t")] == '=';
}

static void print_line(struct sl_buffer *out, const char *name, const char *value) {
  sl_buffer_text(out, out->length > 0 && out->data[out->length - 1] != '\n' ? "\n" : "");
  sl_buffer_printf(out, "%s=", name);
  print_value(out, value);
  sl_buffer_char(out, '\n');
}

void sl_dotenv_change(const char *text, const char *name, const char *value,
                      struct sl_buffer *out) {
  bool done = value == NULL;
  while (*text != '\0') {
    size_t length = strcspn(text, "\n");
    length += text[length] == '\n';
    if (!is_line_of(text, name)) {
      sl_buffer_append(out, text, length);
    } else if (!done) {
      print_line(out, name, value);
      done = true;
    }
    text += length;
  }
  if (!done) {
    print_line(out, name, value);
  }
}

sl_status sl_secrets_save_variable(const char *root, const char *name, const char *value,
                                   struct sl_error *err) {
  struct sl_buffer path = { 0 };
  struct sl_buffer old = { 0 };
  struct sl_buffer text = { 0 };
  sl_buffer_printf(&path, "%s/.env", root);
  sl_status rc = sl_buffer_check(&path, err);
  if (rc == SL_OK && sl_file_exists(path.data)) {
    rc = sl_file_read(path.data, &old, err);
  }
  if (rc == SL_OK) {
    sl_dotenv_change(old.data == NULL ? "" : old.data, name, value, &text);
    rc = sl_buffer_check(&text, err);
    if (rc == SL_OK) {
      rc = sl_file_write_private(path.data, text.data, text.length, true, err);
    }
  }
  sl_buffer_release(&path);
  sl_buffer_release(&old);
  sl_buffer_release(&text);
  return rc;
}
