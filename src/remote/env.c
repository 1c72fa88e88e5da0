/* env.c - .env on the server, declared in remote.h. */
#include <ctype.h>

#include "project/dotenv.h"
#include "remote/remote.h"

/* What the scripts below end with. */
enum { CHANGED_MEANWHILE = 67, MOST_TRIES = 5 };

static sl_status check_name(const char *name, struct sl_error *err) {
  bool good = name[0] != '\0' && !isdigit((unsigned char)name[0]);
  for (const char *c = name; *c != '\0'; c++) {
    good = good && (isalnum((unsigned char)*c) || *c == '_');
  }
  return good ? SL_OK
              : sl_fail(err, SL_EUSAGE,
                        "'%s' is no name of a variable: letters, digits and _, no digit first",
                        name);
}

static sl_status no_folder(const struct sl_remote *r, struct sl_error *err) {
  return sl_fail(err, SL_ENOTFOUND,
                 "there is no project at %s on %s yet: `sluice remote push` copies it there",
                 r->folder, r->host);
}

/* The file's text, empty when there is none. */
static sl_status read_text(const struct sl_remote *r, struct sl_buffer *out, struct sl_error *err) {
  static const char script[] = "[ ! -e .env ] || cat .env";
  int code = 0;
  sl_status rc = sl_remote_run(r, script, NULL, out, NULL, &code, err);
  if (rc == SL_OK && code == SL_REMOTE_NO_FOLDER) {
    return no_folder(r, err);
  }
  return rc == SL_OK && code != 0
             ? sl_fail(err, SL_EDEST, "%s cannot read .env of %s", r->host, r->folder)
             : rc;
}

sl_status sl_remote_env_read(const struct sl_remote *r, struct sl_secrets *out,
                             struct sl_error *err) {
  struct sl_buffer text = { 0 };
  *out = (struct sl_secrets){ 0 };
  sl_status rc = read_text(r, &text, err);
  if (rc == SL_OK && text.length > 0) {
    rc = sl_dotenv_parse(out, "the server's .env", text.data, text.length, err);
  }
  if (rc != SL_OK) {
    sl_secrets_release(out);
  }
  sl_buffer_release(&text);
  return rc;
}

static bool has_variable(const struct sl_buffer *text, const char *name) {
  struct sl_secrets all = { 0 };
  bool found = false;
  if (text->length > 0 && sl_dotenv_parse(&all, ".env", text->data, text->length, NULL) == SL_OK) {
    for (size_t i = 0; i < all.n_env && !found; i++) {
      found = strcmp(all.env[i].name, name) == 0;
    }
  }
  sl_secrets_release(&all);
  return found;
}

/* Replaces the file by rename if it is still the one that was read; its old text goes first, as so
 * many bytes, and the new one follows. */
static sl_status write_text(const struct sl_remote *r, const struct sl_buffer *old,
                            const struct sl_buffer *text, int *code, struct sl_error *err) {
  struct sl_buffer script = { 0 };
  struct sl_buffer input = { 0 };
  struct sl_buffer output = { 0 };
  sl_buffer_printf(&script,
                   "umask 077; set -e; new=.env.new.$$; old=.env.old.$$; "
                   "trap 'rm -f \"$new\" \"$old\"' EXIT; cat >\"$new\"; "
                   "head -c %zu \"$new\" >\"$old\"; "
                   "if [ -e .env ]; then cmp -s .env \"$old\" || exit 67; "
                   "else [ ! -s \"$old\" ] || exit 67; fi; "
                   "tail -c +%zu \"$new\" >\"$old\"; mv \"$old\" .env",
                   old->length, old->length + 1);
  sl_buffer_append(&input, old->data, old->length);
  sl_buffer_append(&input, text->data, text->length);
  sl_status rc = sl_buffer_check(&script, err);
  if (rc == SL_OK) {
    rc = sl_buffer_check(&input, err);
  }
  if (rc == SL_OK) {
    rc = sl_remote_run(r, script.data, &input, &output, NULL, code, err);
  }
  sl_buffer_release(&script);
  sl_buffer_release(&input);
  sl_buffer_release(&output);
  return rc;
}

static sl_status change_once(const struct sl_remote *r, const char *name, const char *value,
                             bool *updated, int *code, struct sl_error *err) {
  struct sl_buffer old = { 0 };
  struct sl_buffer text = { 0 };
  sl_status rc = read_text(r, &old, err);
  if (rc == SL_OK) {
    *updated = has_variable(&old, name);
    rc = value != NULL || *updated
             ? SL_OK
             : sl_fail(err, SL_ENOTFOUND, "Not found: %s is not set in remote .env", name);
  }
  if (rc == SL_OK) {
    sl_dotenv_change(old.data == NULL ? "" : old.data, name, value, &text);
    rc = sl_buffer_check(&text, err);
  }
  if (rc == SL_OK) {
    rc = write_text(r, &old, &text, code, err);
  }
  sl_buffer_release(&old);
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_remote_env_change(const struct sl_remote *r, const char *name, const char *value,
                               bool *updated, struct sl_error *err) {
  int code = CHANGED_MEANWHILE;
  sl_status rc = check_name(name, err);
  for (int i = 0; rc == SL_OK && code == CHANGED_MEANWHILE && i < MOST_TRIES; i++) {
    rc = change_once(r, name, value, updated, &code, err);
  }
  return rc == SL_OK && code != 0
             ? sl_fail(err, SL_EDEST, "%s could not write .env of %s", r->host, r->folder)
             : rc;
}
