/* import.c - what the importers share, and how what they have read goes into a project; see
 * import.h. */
#include "import/import.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/files.h"
#include "import/import_internal.h"
#include "pipeline/workdir.h"

sl_status sl_import_read(const char *kind, const char *path, struct sl_import *out,
                         struct sl_error *err) {
  static const struct {
    const char *kind;
    sl_status (*read)(struct sl_import *import, const char *path, struct sl_error *err);
  } readers[] = { { "dango", sl_import_dango },
                  { "dlt", sl_import_dlt },
                  { "sling", sl_import_sling },
                  { "meltano", sl_import_meltano } };
  *out = (struct sl_import){ .doc = yyjson_mut_doc_new(NULL) };
  if (out->doc == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for an import");
  }
  for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
    if (strcmp(readers[i].kind, kind) == 0) {
      sl_status rc = readers[i].read(out, path, err);
      return rc == SL_OK ? sl_buffer_check(&out->notes, err) : rc;
    }
  }
  return sl_fail(err, SL_EUSAGE, "there is no import from '%s': dango, dlt, sling, meltano", kind);
}

void sl_import_release(struct sl_import *import) {
  for (size_t i = 0; i < import->n_sources; i++) {
    free(import->sources[i].name);
    free(import->sources[i].from);
  }
  for (size_t i = 0; i < import->n_variables; i++) {
    free(import->variables[i].name);
    free(import->variables[i].value);
  }
  for (size_t i = 0; i < import->n_copies; i++) {
    free(import->copies[i].from);
    free(import->copies[i].to);
  }
  free(import->sources);
  free(import->variables);
  free(import->copies);
  sl_buffer_release(&import->notes);
  yyjson_mut_doc_free(import->doc);
  *import = (struct sl_import){ 0 };
}

/* ---- for the readers ---- */

static bool is_taken(const struct sl_import *import, const char *name) {
  for (size_t i = 0; i < import->n_sources; i++) {
    if (strcmp(import->sources[i].name, name) == 0) {
      return true;
    }
  }
  return false;
}

/* Lower case letters, digits and _; a number behind it when it is taken. */
static char *make_name(const struct sl_import *import, const char *name) {
  struct sl_buffer out = { 0 };
  for (const char *c = name; *c != '\0'; c++) {
    bool good = isalnum((unsigned char)*c) != 0;
    sl_buffer_char(&out, (char)(good ? tolower((unsigned char)*c) : '_'));
  }
  sl_buffer_text(&out, out.length == 0 ? "source" : "");
  size_t length = out.length;
  for (int i = 2; !out.failed && is_taken(import, out.data); i++) {
    out.length = length;
    sl_buffer_printf(&out, "_%d", i);
  }
  return sl_buffer_take(&out);
}

static const char *file_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

struct sl_import_source *sl_import_add(struct sl_import *import, const char *name, const char *type,
                                       const char *path, int line, struct sl_error *err) {
  struct sl_buffer from = { 0 };
  if (sl_grow(&import->sources, &import->sources_capacity, import->n_sources + 1,
              sizeof *import->sources, err) != SL_OK) {
    return NULL;
  }
  sl_buffer_printf(&from, "%s:%d", file_name(path), line);
  struct sl_import_source s = { .name = make_name(import, name),
                                .type = type,
                                .from = sl_buffer_take(&from),
                                .entry = yyjson_mut_obj(import->doc) };
  if (s.name == NULL || s.from == NULL || s.entry == NULL) {
    free(s.name);
    free(s.from);
    sl_fail(err, SL_ENOMEM, "out of memory for an import");
    return NULL;
  }
  yyjson_mut_obj_add_strcpy(import->doc, s.entry, "name", s.name);
  yyjson_mut_obj_add_strcpy(import->doc, s.entry, "type", type);
  yyjson_mut_obj_add_bool(import->doc, s.entry, "enabled", true);
  s.config = sl_import_object(import, s.entry, sl_source_type_find(type)->config_key);
  import->sources[import->n_sources] = s;
  return &import->sources[import->n_sources++];
}

void sl_import_note(struct sl_import *import, const char *path, int line, const char *format, ...) {
  char text[1024];
  char place[16] = "";
  struct sl_buffer whole = { 0 };
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (line > 0) {
    snprintf(place, sizeof place, ":%d", line);
  }
  sl_buffer_printf(&whole, "%s%s: %s\n", path, place, text);
  if (whole.failed || import->notes.data == NULL ||
      strstr(import->notes.data, whole.data) == NULL) {
    sl_buffer_text(&import->notes, whole.failed ? text : whole.data); /* each one once */
  }
  sl_buffer_release(&whole);
}

sl_status sl_import_variable(struct sl_import *import, const char *name, const char *value,
                             struct sl_error *err) {
  for (size_t i = 0; i < import->n_variables; i++) {
    if (strcmp(import->variables[i].name, name) == 0) {
      return SL_OK;
    }
  }
  sl_status rc = sl_grow(&import->variables, &import->variables_capacity, import->n_variables + 1,
                         sizeof *import->variables, err);
  struct sl_secret_pair pair = { rc == SL_OK ? strdup(name) : NULL,
                                 rc == SL_OK ? strdup(value) : NULL };
  if (rc == SL_OK && (pair.name == NULL || pair.value == NULL)) {
    free(pair.name);
    free(pair.value);
    return sl_fail(err, SL_ENOMEM, "out of memory for an import");
  }
  if (rc == SL_OK) {
    import->variables[import->n_variables++] = pair;
  }
  return rc;
}

sl_status sl_import_copy_file(struct sl_import *import, const char *from, const char *to,
                              struct sl_error *err) {
  sl_status rc = sl_grow(&import->copies, &import->copies_capacity, import->n_copies + 1,
                         sizeof *import->copies, err);
  struct sl_import_copy copy = { rc == SL_OK ? strdup(from) : NULL,
                                 rc == SL_OK ? strdup(to) : NULL };
  if (rc == SL_OK && (copy.from == NULL || copy.to == NULL)) {
    free(copy.from);
    free(copy.to);
    return sl_fail(err, SL_ENOMEM, "out of memory for an import");
  }
  if (rc == SL_OK) {
    import->copies[import->n_copies++] = copy;
  }
  return rc;
}

static sl_status copy_entries(struct sl_import *import, const char *from, const char *to,
                              enum sl_file_kind kind, struct sl_error *err) {
  char **names = NULL;
  size_t n = 0;
  sl_status rc = sl_folder_list(from, kind, &names, &n, err);
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    struct sl_buffer source = { 0 };
    struct sl_buffer target = { 0 };
    sl_buffer_printf(&source, "%s/%s", from, names[i]);
    sl_buffer_printf(&target, "%s/%s", to, names[i]);
    rc = sl_buffer_check(&source, err) == SL_OK ? sl_buffer_check(&target, err) : SL_ENOMEM;
    if (rc == SL_OK && names[i][0] != '.' && strcmp(names[i], "__pycache__") != 0) {
      rc = kind == SL_FILES ? sl_import_copy_file(import, source.data, target.data, err)
                            : sl_import_copy_folder(import, source.data, target.data, err);
    }
    sl_buffer_release(&source);
    sl_buffer_release(&target);
  }
  sl_names_free(names, n);
  return rc;
}

sl_status sl_import_copy_folder(struct sl_import *import, const char *from, const char *to,
                                struct sl_error *err) {
  sl_status rc = copy_entries(import, from, to, SL_FILES, err);
  return rc == SL_OK ? copy_entries(import, from, to, SL_FOLDERS, err) : rc;
}

void sl_import_put(struct sl_import *import, yyjson_mut_val *object, const char *key,
                   const char *text) {
  if (text != NULL) {
    yyjson_mut_obj_put(object, yyjson_mut_strcpy(import->doc, key),
                       yyjson_mut_strcpy(import->doc, text));
  }
}

void sl_import_put_node(struct sl_import *import, yyjson_mut_val *object, const char *key,
                        const struct sl_node *node) {
  struct sl_buffer json = { 0 };
  if (node == NULL) {
    return;
  }
  sl_node_json(node, &json);
  yyjson_doc *doc = json.data == NULL ? NULL : yyjson_read(json.data, json.length, 0);
  yyjson_mut_obj_put(object, yyjson_mut_strcpy(import->doc, key),
                     yyjson_val_mut_copy(import->doc, yyjson_doc_get_root(doc)));
  yyjson_doc_free(doc);
  sl_buffer_release(&json);
}

yyjson_mut_val *sl_import_object(struct sl_import *import, yyjson_mut_val *parent,
                                 const char *key) {
  yyjson_mut_val *value = yyjson_mut_obj_get(parent, key);
  if (value == NULL) {
    value = yyjson_mut_obj(import->doc);
    yyjson_mut_obj_put(parent, yyjson_mut_strcpy(import->doc, key), value);
  }
  return value;
}

yyjson_mut_val *sl_import_list(struct sl_import *import, yyjson_mut_val *parent, const char *key) {
  yyjson_mut_val *value = yyjson_mut_obj_get(parent, key);
  if (value == NULL) {
    value = yyjson_mut_arr(import->doc);
    yyjson_mut_obj_put(parent, yyjson_mut_strcpy(import->doc, key), value);
  }
  return value;
}

void sl_import_append(struct sl_import *import, yyjson_mut_val *list, const char *text,
                      size_t length) {
  size_t i;
  size_t n;
  yyjson_mut_val *v;
  yyjson_mut_arr_foreach(list, i, n, v) {
    if (yyjson_mut_equals_strn(v, text, length)) {
      return;
    }
  }
  yyjson_mut_arr_append(list, yyjson_mut_strncpy(import->doc, text, length));
}

void sl_import_variable_name(const char *name, const char *suffix, struct sl_buffer *out) {
  for (const char *c = name; *c != '\0'; c++) {
    sl_buffer_char(out, (char)(isalnum((unsigned char)*c) ? toupper((unsigned char)*c) : '_'));
  }
  sl_buffer_text(out, suffix);
}

/* The length of "$NAME" or "${NAME}" at `at`, with the name; 0 = it is something else. */
static size_t reference(const char *at, char name[128]) {
  const char *start = at + (at[1] == '{' ? 2 : 1);
  size_t n = 0;
  while (isalnum((unsigned char)start[n]) || start[n] == '_') {
    n++;
  }
  bool closed = at[1] != '{' || start[n] == '}';
  if (n == 0 || n > 127 || !closed || isdigit((unsigned char)start[0])) {
    return 0;
  }
  snprintf(name, 128, "%.*s", (int)n, start);
  return n + (size_t)(start - at) + (at[1] == '{');
}

sl_status sl_import_expand(struct sl_import *import, const struct sl_doc *doc,
                           const struct sl_node *node, const struct sl_secrets *secrets,
                           struct sl_buffer *out, struct sl_error *err) {
  char name[128];
  for (const char *c = sl_node_text(node) == NULL ? "" : node->text; *c != '\0';) {
    size_t length = *c == '$' ? reference(c, name) : 0;
    const char *value = length == 0 ? NULL : sl_secrets_variable(secrets, name);
    if (length > 0 && value == NULL) {
      sl_import_note(import, doc->path, node->line,
                     "%s has no value here: put it into .env by hand, in the variable that the "
                     "source names",
                     name);
    }
    if (value != NULL) {
      sl_buffer_text(out, value);
    } else {
      sl_buffer_append(out, c, length == 0 ? 1 : length);
    }
    c += length == 0 ? 1 : length;
  }
  return sl_buffer_check(out, err);
}

/* ---- databases ---- */

void sl_import_database_release(struct sl_import_database *database) {
  for (size_t i = 0; i < SL_N_PARTS; i++) {
    sl_buffer_release(&database->parts[i]);
  }
}

static void print_location(const struct sl_import_database *d, struct sl_buffer *out) {
  const struct sl_buffer *p = d->parts;
  if (p[SL_PART_URL].length > 0) {
    sl_buffer_text(out, p[SL_PART_URL].data);
    return;
  }
  if (strcmp(d->type, "sqlite") == 0) {
    sl_buffer_printf(out, "sqlite:%s",
                     p[SL_PART_DATABASE].data == NULL ? "" : p[SL_PART_DATABASE].data);
    return;
  }
  const char *const parts[] = { strcmp(d->type, "postgres") == 0 ? "postgresql" : d->type,
                                p[SL_PART_USER].data,
                                p[SL_PART_PASSWORD].data,
                                p[SL_PART_HOST].data,
                                p[SL_PART_PORT].data,
                                p[SL_PART_DATABASE].data };
  sl_secrets_print_url(parts, NULL, out);
  if (p[SL_PART_SSL].length > 0 && strcmp(d->type, "postgres") == 0) {
    sl_buffer_printf(out, "?sslmode=%s", p[SL_PART_SSL].data);
  }
}

sl_status sl_import_connect(struct sl_import *import, struct sl_import_source *source,
                            const struct sl_import_database *d, struct sl_error *err) {
  struct sl_buffer name = { 0 };
  struct sl_buffer url = { 0 };
  const char *key = strcmp(d->type, "mongodb") == 0 ? "connection_url_env" : "credentials_env";
  sl_import_variable_name(source->name, "_URL", &name);
  print_location(d, &url);
  sl_status rc = sl_buffer_check(&name, err);
  if (rc == SL_OK) {
    rc = sl_buffer_check(&url, err);
  }
  if (rc == SL_OK) {
    sl_import_put(import, source->config, key, name.data);
    rc = sl_import_variable(import, name.data, url.data, err);
  }
  sl_buffer_release(&name);
  sl_buffer_release(&url);
  return rc;
}

/* ---- into a project ---- */

static bool is_there(const struct sl_sources *sources, const char *name) {
  const struct sl_project_source *ignored;
  return sl_sources_find(sources, name, &ignored, NULL) == SL_OK;
}

static sl_status save_sources(const struct sl_project *project, struct sl_import *import,
                              struct sl_error *err) {
  struct sl_sources there = { 0 };
  sl_status rc = sl_sources_read(&there, project, err);
  for (size_t i = 0; rc == SL_OK && i < import->n_sources; i++) {
    const struct sl_import_source *s = &import->sources[i];
    if (is_there(&there, s->name)) {
      sl_import_note(import, s->from, 0, "the project has a source %s already: left as it is",
                     s->name);
      continue;
    }
    char *json = yyjson_mut_val_write(s->entry, 0, NULL);
    rc = json == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for an import")
                      : sl_sources_add(project, json, err);
    rc = rc == SL_OK ? rc : sl_error_add_context(err, "%s", s->from);
    free(json);
  }
  sl_sources_release(&there);
  return rc;
}

static sl_status save_variables(const struct sl_project *project, struct sl_import *import,
                                struct sl_error *err) {
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < import->n_variables; i++) {
    const struct sl_secret_pair *v = &import->variables[i];
    bool known = false;
    for (size_t k = 0; k < project->secrets.n_env; k++) {
      known = known || strcmp(project->secrets.env[k].name, v->name) == 0;
    }
    if (known) {
      sl_import_note(import, ".env", 0, "%s has a value already: left as it is", v->name);
    } else {
      rc = sl_secrets_save_variable(project->root, v->name, v->value, err);
    }
  }
  return rc;
}

static sl_status copy_file(const struct sl_project *project, struct sl_import *import,
                           const struct sl_import_copy *copy, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  struct sl_buffer there = { 0 };
  char *path = sl_project_path(project, "%s", copy->to);
  char *folder = path == NULL ? NULL : strndup(path, (size_t)(strrchr(path, '/') - path));
  sl_status rc = folder == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path") : SL_OK;
  if (rc == SL_OK) {
    rc = sl_file_read(copy->from, &text, err);
  }
  if (rc == SL_OK && sl_file_exists(path)) {
    rc = sl_file_read(path, &there, err);
    bool same = there.length == text.length &&
                (there.length == 0 || memcmp(there.data, text.data, there.length) == 0);
    if (!same) {
      sl_import_note(import, copy->to, 0, "is there already: left as it is");
    }
  } else if (rc == SL_OK) {
    rc = sl_folder_make(folder, err);
    if (rc == SL_OK) {
      rc = sl_file_write(path, text.data == NULL ? "" : text.data, text.length, false, err);
    }
  }
  sl_buffer_release(&text);
  sl_buffer_release(&there);
  free(path);
  free(folder);
  return rc;
}

sl_status sl_import_save(const struct sl_project *project, struct sl_import *import,
                         struct sl_error *err) {
  sl_status rc = save_sources(project, import, err);
  if (rc == SL_OK) {
    rc = save_variables(project, import, err);
  }
  for (size_t i = 0; rc == SL_OK && i < import->n_copies; i++) {
    rc = copy_file(project, import, &import->copies[i], err);
  }
  return rc == SL_OK ? sl_buffer_check(&import->notes, err) : rc;
}
