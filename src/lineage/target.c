/* target.c - where events go: openlineage.yml (OPENLINEAGE_CONFIG, the project, ~/.openlineage),
 * else OPENLINEAGE_URL; as OpenLineage's own clients look for it. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/files.h"
#include "lineage/lineage_internal.h"

static const char *variable(const struct sl_project *project, const char *name) {
  const char *value = sl_secrets_variable(&project->secrets, name);
  return value == NULL || value[0] == '\0' ? NULL : value;
}

static char *find_file(const struct sl_project *project) {
  const char *named = variable(project, "OPENLINEAGE_CONFIG");
  const char *home = getenv("HOME");
  char *path = named != NULL ? sl_project_path(project, "%s", named)
                             : sl_project_path(project, "openlineage.yml");
  if (named == NULL && path != NULL && !sl_file_exists(path) && home != NULL) {
    free(path);
    path = sl_project_path(project, "%s/.openlineage/openlineage.yml", home);
  }
  if (named == NULL && path != NULL && !sl_file_exists(path)) {
    free(path);
    path = NULL;
  }
  return path;
}

static sl_status set_http(struct sl_lineage_target *out, const char *url, const char *endpoint,
                          const char *key, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  if (url == NULL) {
    return sl_fail(err, SL_EUSAGE, "the http transport of OpenLineage has no url");
  }
  size_t length = strlen(url);
  sl_buffer_printf(&text, "%.*s/%s", (int)(length - (length > 0 && url[length - 1] == '/')), url,
                   endpoint == NULL ? "api/v1/lineage" : endpoint);
  out->url = sl_buffer_take(&text);
  if (key != NULL) {
    sl_buffer_printf(&text, "Authorization: Bearer %s", key);
    out->authorization = sl_buffer_take(&text);
  }
  return out->url == NULL || (key != NULL && out->authorization == NULL)
             ? sl_fail(err, SL_ENOMEM, "out of memory for lineage")
             : SL_OK;
}

static sl_status read_transport(struct sl_lineage_target *out, const struct sl_project *project,
                                const struct sl_node *t, struct sl_error *err) {
  const char *type = sl_node_text(sl_node_get(t, "type"));
  const struct sl_node *auth = sl_node_get(t, "auth");
  const char *key = sl_node_text(sl_node_get(auth, "apiKey"));
  const char *file = sl_node_text(sl_node_get(t, "log_file_path"));
  key = key == NULL ? sl_node_text(sl_node_get(auth, "api_key")) : key;
  if (type != NULL && strcasecmp(type, "http") == 0) {
    return set_http(out, sl_node_text(sl_node_get(t, "url")),
                    sl_node_text(sl_node_get(t, "endpoint")), key, err);
  }
  if (type != NULL && strcasecmp(type, "file") == 0 && file != NULL) {
    out->file = sl_project_path(project, "%s", file);
    return out->file == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for lineage") : SL_OK;
  }
  return sl_fail(err, SL_EUSAGE,
                 "openlineage.yml has the transport %s: http (with url) and file (with "
                 "log_file_path) are there",
                 type == NULL ? "none" : type);
}

static sl_status read_file(struct sl_lineage_target *out, const struct sl_project *project,
                           const char *path, struct sl_error *err) {
  struct sl_doc doc = { 0 };
  sl_status rc = sl_doc_read_yaml(&doc, path, err);
  if (rc == SL_OK) {
    rc = read_transport(out, project, sl_node_get(doc.root, "transport"), err);
  }
  sl_doc_release(&doc);
  return rc;
}

sl_status sl_lineage_target_read(struct sl_lineage_target *out, const struct sl_project *project,
                                 struct sl_error *err) {
  const char *disabled = variable(project, "OPENLINEAGE_DISABLED");
  const char *namespace_ = variable(project, "OPENLINEAGE_NAMESPACE");
  const char *url = variable(project, "OPENLINEAGE_URL");
  *out = (struct sl_lineage_target){ 0 };
  if (disabled != NULL && strcasecmp(disabled, "true") == 0) {
    return SL_OK;
  }
  char *path = find_file(project);
  sl_status rc = path != NULL  ? read_file(out, project, path, err)
                 : url != NULL ? set_http(out, url, variable(project, "OPENLINEAGE_ENDPOINT"),
                                          variable(project, "OPENLINEAGE_API_KEY"), err)
                               : SL_OK;
  if (rc == SL_OK) {
    out->namespace_ = strdup(namespace_ == NULL ? "default" : namespace_);
    rc = out->namespace_ == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for lineage") : SL_OK;
  }
  free(path);
  return rc;
}

void sl_lineage_target_release(struct sl_lineage_target *t) {
  free(t->url);
  free(t->file);
  free(t->authorization);
  free(t->namespace_);
  *t = (struct sl_lineage_target){ 0 };
}
