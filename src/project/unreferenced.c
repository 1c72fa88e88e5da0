/* unreferenced.c - Python files in custom_sources/ that no source refers to; declared in sources.h.
 */
#include <stdlib.h>

#include "base/files.h"
#include "pipeline/workdir.h"
#include "project/sources.h"

static bool is_referenced(const struct sl_sources *sources, const char *stem) {
  for (size_t i = 0; i < sources->count; i++) {
    const struct sl_project_source *s = &sources->items[i];
    const char *module = s->type->reader == SL_READ_DLT_NATIVE
                             ? sl_node_text(sl_node_get(s->config, "source_module"))
                             : NULL;
    if (module != NULL && strcmp(module, stem) == 0) {
      return true;
    }
  }
  return false;
}

sl_status sl_sources_unreferenced(const struct sl_project *project,
                                  const struct sl_sources *sources, char ***names, size_t *count,
                                  struct sl_error *err) {
  char *folder = sl_project_path(project, "custom_sources");
  size_t all = 0;
  *count = 0;
  *names = NULL;
  sl_status rc = folder == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a path")
                                : sl_folder_list(folder, SL_FILES, names, &all, err);
  for (size_t i = 0; rc == SL_OK && i < all; i++) {
    char *name = (*names)[i];
    size_t length = strlen(name);
    bool python = length > 3 && strcmp(name + length - 3, ".py") == 0 && name[0] != '.' &&
                  strcmp(name, "__init__.py") != 0;
    if (python) {
      name[length - 3] = '\0';
    }
    if (python && !is_referenced(sources, name)) {
      (*names)[(*count)++] = name;
    } else {
      free(name);
    }
  }
  free(folder);
  return rc;
}

void sl_sources_unreferenced_text(char *const *names, size_t n, struct sl_buffer *out) {
  sl_buffer_text(out, "⚠️  Unreferenced custom sources detected:\n");
  for (size_t i = 0; i < n; i++) {
    sl_buffer_printf(out, "   - custom_sources/%s.py\n", names[i]);
  }
  sl_buffer_printf(out,
                   "\nThese files won't be synced. To use them, add to .dango/sources.yml:\n\n"
                   "  - name: %s\n"
                   "    type: dlt_native\n"
                   "    enabled: true\n"
                   "    dlt_native:\n"
                   "      source_module: %s\n"
                   "      source_function: <function_name>\n"
                   "      function_kwargs: {}\n",
                   names[0], names[0]);
}
