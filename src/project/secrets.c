/* secrets.c - see secrets.h. */
#include "project/secrets.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/files.h"
#include "project/dotenv.h"

static sl_status read_toml(struct sl_doc *doc, const char *folder, const char *file,
                           struct sl_error *err) {
  struct sl_buffer path = { 0 };
  sl_buffer_printf(&path, "%s/%s", folder, file);
  sl_status rc = sl_buffer_check(&path, err);
  if (rc == SL_OK && sl_file_exists(path.data)) {
    rc = sl_doc_read_toml(doc, path.data, err);
  }
  sl_buffer_release(&path);
  return rc;
}

static sl_status read_folder(struct sl_doc *secrets, struct sl_doc *config, const char *base,
                             struct sl_error *err) {
  sl_status rc = read_toml(secrets, base, ".dlt/secrets.toml", err);
  return rc == SL_OK ? read_toml(config, base, ".dlt/config.toml", err) : rc;
}

sl_status sl_secrets_read(struct sl_secrets *out, const char *root, struct sl_error *err) {
  const char *home = getenv("HOME");
  *out = (struct sl_secrets){ 0 };
  sl_status rc = sl_dotenv_read(out, root, err);
  if (rc == SL_OK) {
    rc = read_folder(&out->secrets, &out->config, root, err);
  }
  if (rc == SL_OK && home != NULL && strcmp(home, root) != 0) {
    rc = read_folder(&out->global_secrets, &out->global_config, home, err);
  }
  if (rc != SL_OK) {
    sl_secrets_release(out);
  }
  return rc;
}

void sl_secrets_release(struct sl_secrets *s) {
  for (size_t i = 0; i < s->n_env; i++) {
    free(s->env[i].name);
    free(s->env[i].value);
  }
  free(s->env);
  sl_doc_release(&s->secrets);
  sl_doc_release(&s->config);
  sl_doc_release(&s->global_secrets);
  sl_doc_release(&s->global_config);
  *s = (struct sl_secrets){ 0 };
}

const char *sl_secrets_variable(const struct sl_secrets *s, const char *name) {
  const char *value = getenv(name);
  for (size_t i = s->n_env; value == NULL && i-- > 0;) { /* the last line of a name counts */
    value = strcmp(s->env[i].name, name) == 0 ? s->env[i].value : NULL;
  }
  return value;
}

/* ---- dlt's lookup ---- */

/* sections.key as a variable: upper case, joined with __. */
static void as_variable(const char *path, struct sl_buffer *out) {
  for (const char *c = path; *c != '\0'; c++) {
    if (*c == '.') {
      sl_buffer_text(out, "__");
    } else {
      sl_buffer_char(out, (char)toupper((unsigned char)*c));
    }
  }
}

struct lookup {
  const struct sl_secrets *secrets;
  const char *pipeline; /* NULL = without */
  char paths[5][400];   /* of one provider, the longest first */
  size_t n;
};

static void add_path(struct lookup *l, const char *sections, const char *key) {
  char path[400];
  snprintf(path, sizeof path, "%s%s%s%s%s", l->pipeline == NULL ? "" : l->pipeline,
           l->pipeline == NULL ? "" : ".", sections, sections[0] == '\0' ? "" : ".", key);
  for (size_t i = 0; i < l->n; i++) {
    if (strcmp(l->paths[i], path) == 0) {
      return;
    }
  }
  snprintf(l->paths[l->n++], sizeof l->paths[0], "%s", path);
}

static void make_paths(struct lookup *l, const struct sl_secret_place *place, const char *key) {
  char sections[300];
  l->n = 0;
  if (place->module != NULL && place->source != NULL) {
    snprintf(sections, sizeof sections, "sources.%s.%s", place->module, place->source);
    add_path(l, sections, key);
  }
  if (place->source != NULL) {
    snprintf(sections, sizeof sections, "sources.%s", place->source);
    add_path(l, sections, key);
  }
  if (place->module != NULL) {
    snprintf(sections, sizeof sections, "sources.%s", place->module);
    add_path(l, sections, key);
  }
  add_path(l, "sources", key);
  add_path(l, "", key);
}

static const struct sl_node *find_in_files(const struct lookup *l, const struct sl_doc *own,
                                           const struct sl_doc *global, const char *file,
                                           struct sl_buffer *tried) {
  const struct sl_node *found = NULL;
  for (size_t i = 0; found == NULL && i < l->n; i++) {
    found = sl_node_path(own->root, l->paths[i]);
    found = found == NULL ? sl_node_path(global->root, l->paths[i]) : found;
    if (found == NULL && tried != NULL) {
      sl_buffer_printf(tried, "  %s in %s\n", l->paths[i], file);
    }
  }
  return found;
}

static const char *find_in_environment(const struct lookup *l, struct sl_buffer *tried) {
  const char *value = NULL;
  for (size_t i = 0; value == NULL && i < l->n; i++) {
    struct sl_buffer name = { 0 };
    as_variable(l->paths[i], &name);
    value = name.data == NULL || name.failed ? NULL : sl_secrets_variable(l->secrets, name.data);
    if (value == NULL && tried != NULL) {
      sl_buffer_printf(tried, "  %s in the environment and .env\n", name.data);
    }
    sl_buffer_release(&name);
  }
  return value;
}

const struct sl_node *sl_secrets_find(const struct sl_secrets *s,
                                      const struct sl_secret_place *place, const char *key,
                                      const char **text, struct sl_buffer *tried) {
  const struct sl_node *found = NULL;
  *text = NULL;
  for (int pass = place->pipeline == NULL ? 1 : 0; pass < 2 && found == NULL && *text == NULL;
       pass++) {
    struct lookup l = { .secrets = s, .pipeline = pass == 0 ? place->pipeline : NULL };
    make_paths(&l, place, key);
    *text = find_in_environment(&l, tried);
    if (*text == NULL) {
      found = find_in_files(&l, &s->secrets, &s->global_secrets, ".dlt/secrets.toml", tried);
    }
    if (*text == NULL && found == NULL) {
      found = find_in_files(&l, &s->config, &s->global_config, ".dlt/config.toml", tried);
    }
  }
  if (found != NULL) {
    *text = sl_node_text(found);
  }
  return found;
}

/* ---- credentials ---- */

static void url_encode(const char *text, struct sl_buffer *out) {
  for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
    if (isalnum(*c) || strchr("-._~", *c) != NULL) {
      sl_buffer_char(out, (char)*c);
    } else {
      sl_buffer_printf(out, "%%%02X", *c);
    }
  }
}

enum { DRIVER, USER, PASSWORD, HOST, PORT, DATABASE, N_PARTS };

static void print_query(const struct sl_node *query, struct sl_buffer *out) {
  for (const struct sl_node *n = query == NULL ? NULL : query->first; n != NULL; n = n->next) {
    sl_buffer_char(out, n == query->first ? '?' : '&');
    sl_buffer_printf(out, "%s=", n->key);
    url_encode(sl_node_text(n) == NULL ? "" : n->text, out);
  }
}

void sl_secrets_print_url(const char *const parts[N_PARTS], const struct sl_node *query,
                          struct sl_buffer *out) {
  sl_buffer_printf(out, "%s://", parts[DRIVER]);
  if (parts[USER] != NULL) {
    url_encode(parts[USER], out);
    if (parts[PASSWORD] != NULL) {
      sl_buffer_char(out, ':');
      url_encode(parts[PASSWORD], out);
    }
    sl_buffer_char(out, '@');
  }
  sl_buffer_text(out, parts[HOST] == NULL ? "" : parts[HOST]);
  if (parts[PORT] != NULL) {
    sl_buffer_printf(out, ":%s", parts[PORT]);
  }
  sl_buffer_printf(out, "/%s", parts[DATABASE] == NULL ? "" : parts[DATABASE]);
  print_query(query, out);
}

sl_status sl_secrets_credentials(const struct sl_secrets *s, const struct sl_secret_place *place,
                                 char **out, struct sl_error *err) {
  static const char *const keys[N_PARTS] = { "credentials.drivername", "credentials.username",
                                             "credentials.password",   "credentials.host",
                                             "credentials.port",       "credentials.database" };
  const char *parts[N_PARTS] = { NULL };
  const char *text = NULL;
  struct sl_buffer tried = { 0 };
  struct sl_buffer url = { 0 };
  sl_status rc = SL_OK;
  sl_secrets_find(s, place, "credentials", &text, &tried);
  if (text != NULL) {
    sl_buffer_text(&url, text);
  } else {
    for (int i = 0; i < N_PARTS; i++) {
      sl_secrets_find(s, place, keys[i], &parts[i], NULL);
    }
    if (parts[DRIVER] != NULL) {
      const char *ignored;
      sl_secrets_print_url(parts, sl_secrets_find(s, place, "credentials.query", &ignored, NULL),
                           &url);
    } else {
      rc = sl_fail(err, SL_EUSAGE,
                   "no credentials for %s: put `credentials = \"scheme://user:password@host/db\"` "
                   "under [sources.%s] in .dlt/secrets.toml. Looked for:\n%.600s",
                   place->pipeline, place->source, tried.data == NULL ? "" : tried.data);
    }
  }
  if (rc == SL_OK) {
    *out = sl_buffer_take(&url);
    rc = *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for credentials") : SL_OK;
  }
  sl_buffer_release(&tried);
  sl_buffer_release(&url);
  return rc;
}
