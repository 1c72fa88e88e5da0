/* plugins.c - connectors from shared objects, as SLUICE_PLUGINS names them.
 *
 * A plug-in stays loaded until the program ends. Tables of functions from a plug-in that is older
 * than this library are copied into full ones, so nobody else has to ask how long they are. */
#include "plugins.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sluice/plugin.h>

#include "base/memory.h"
#include "base/text.h"
#include "sql/sql.h"

static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;
static bool loaded; /* `load_status` and what follows is final */
static sl_status load_status;
static struct sl_error load_error;
static const struct sl_source_ops **sources;
static size_t n_sources, sources_capacity;
static const struct sl_destination_ops **destinations;
static size_t n_destinations, destinations_capacity;

/* The tables of ABI 1 were this long. */
enum {
  OLDEST_SOURCE = offsetof(struct sl_source_ops, close) + sizeof(void (*)(void)),
  OLDEST_DESTINATION = offsetof(struct sl_destination_ops, close) + sizeof(void (*)(void)),
  OLDEST_PLUGIN = offsetof(struct sl_plugin, destinations) + sizeof(void *)
};

/* Plug-ins call these; named here, they are in every program that can load one. */
typedef void (*any_function)(void);
__attribute__((used)) static const any_function callable[] = {
  (any_function)sl_fail,
  (any_function)sl_fail_errno,
  (any_function)sl_error_add_context,
  (any_function)sl_status_name,
  (any_function)sl_options_set_defaults,
  (any_function)sl_options_set,
  (any_function)sl_options_find,
  (any_function)sl_catalog_release,
  (any_function)sl_builder_reserve,
  (any_function)sl_builder_pad,
  (any_function)sl_builder_append_bytes,
  (any_function)sl_builder_append_int64,
  (any_function)sl_builder_append_int32,
  (any_function)sl_builder_append_double,
  (any_function)sl_builder_append_bool,
  (any_function)sl_builder_append_decimal,
  (any_function)sl_builder_finish,
  (any_function)sl_builder_release,
  (any_function)sl_schema_struct,
  (any_function)sl_schema_mark_json,
  (any_function)sl_schema_is_json,
  (any_function)sl_array_struct,
  (any_function)sl_dialect_register,
};

/* The table itself, or if it is shorter than this library's, a copy with zeros behind it. */
static const void *full_table(const void *table, size_t size, size_t full_size) {
  void *copy = size < full_size ? calloc(1, full_size) : NULL;
  if (copy != NULL) {
    memcpy(copy, table, size);
  }
  return size < full_size ? copy : table;
}

static sl_status refuse(const char *path, const char *name, const char *why, struct sl_error *err) {
  return sl_fail(err, SL_EUSAGE, "plug-in %s: connector '%s' %s", path, name == NULL ? "" : name,
                 why);
}

static bool is_in(const char *const *names, const char *name) {
  for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
    if (strcmp(names[i], name) == 0) {
      return true;
    }
  }
  return false;
}

/* The name of the first scheme that somebody else has; NULL = none. */
static const char *source_conflict(const struct sl_source_ops *ops) {
  for (size_t i = 0; ops->schemes[i] != NULL; i++) {
    bool taken = sl_source_scheme_taken(ops->schemes[i]);
    for (size_t k = 0; !taken && k < n_sources; k++) {
      taken = is_in(sources[k]->schemes, ops->schemes[i]);
    }
    if (taken) {
      return ops->schemes[i];
    }
  }
  return NULL;
}

static sl_status add_source(const char *path, const struct sl_source_ops *ops,
                            struct sl_error *err) {
  if (ops->struct_size < OLDEST_SOURCE || ops->name == NULL || ops->schemes == NULL ||
      ops->options == NULL || ops->help == NULL || ops->default_name == NULL || ops->open == NULL ||
      ops->discover == NULL || ops->start == NULL || ops->claim == NULL || ops->cancel == NULL ||
      ops->close == NULL) {
    return refuse(path, ops->struct_size < OLDEST_SOURCE ? NULL : ops->name,
                  "lacks a member that every source has: see sluice/source.h", err);
  }
  const char *conflict = source_conflict(ops);
  if (conflict != NULL) {
    char why[128];
    snprintf(why, sizeof why, "wants the scheme '%.40s', which another source has", conflict);
    return refuse(path, ops->name, why, err);
  }
  sl_status rc = sl_grow(&sources, &sources_capacity, n_sources + 1, sizeof *sources, err);
  if (rc == SL_OK) {
    sources[n_sources] = full_table(ops, ops->struct_size, sizeof *ops);
    rc = sources[n_sources] == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for plug-in %s", path)
                                    : SL_OK;
    n_sources += rc == SL_OK;
  }
  return rc;
}

static const char *destination_conflict(const struct sl_destination_ops *ops) {
  const char *const *const lists[] = { ops->schemes, ops->extensions };
  for (size_t l = 0; l < 2; l++) {
    for (size_t i = 0; lists[l] != NULL && lists[l][i] != NULL; i++) {
      bool taken = sl_destination_scheme_taken(lists[l][i]);
      for (size_t k = 0; !taken && k < n_destinations; k++) {
        taken = is_in(destinations[k]->schemes, lists[l][i]) ||
                is_in(destinations[k]->extensions, lists[l][i]);
      }
      if (taken) {
        return lists[l][i];
      }
    }
  }
  return NULL;
}

/* SQL, or the functions that stand for it. */
static bool speaks(const struct sl_destination_ops *ops) {
  const struct sl_store_ops *store =
      ops->struct_size >= offsetof(struct sl_destination_ops, store) + sizeof ops->store
          ? ops->store
          : NULL;
  if (store == NULL) {
    return ops->capabilities.dialect != NULL && ops->begin != NULL && ops->execute != NULL &&
           ops->query != NULL && ops->describe != NULL;
  }
  return ops->capabilities.dialect == NULL && store->struct_size >= sizeof *store &&
         store->begin != NULL && store->define != NULL &&
         (store->get == NULL) == (store->put == NULL);
}

static sl_status add_destination(const char *path, const struct sl_destination_ops *ops,
                                 struct sl_error *err) {
  if (ops->struct_size < OLDEST_DESTINATION || ops->name == NULL || ops->schemes == NULL ||
      ops->options == NULL || ops->help == NULL || ops->open == NULL || ops->commit == NULL ||
      ops->rollback == NULL || ops->append == NULL || ops->flush == NULL || ops->cancel == NULL ||
      ops->close == NULL || !speaks(ops)) {
    return refuse(path, ops->struct_size < OLDEST_DESTINATION ? NULL : ops->name,
                  "lacks a member that every destination has: see sluice/destination.h", err);
  }
  const char *dialect = ops->capabilities.dialect;
  if (dialect != NULL && sl_dialect_find(dialect) == NULL) {
    return refuse(path, ops->name, "speaks a dialect that this version of Sluice does not know",
                  err);
  }
  const char *conflict = destination_conflict(ops);
  if (conflict != NULL) {
    char why[128];
    snprintf(why, sizeof why, "wants '%.40s', which another destination has", conflict);
    return refuse(path, ops->name, why, err);
  }
  sl_status rc =
      sl_grow(&destinations, &destinations_capacity, n_destinations + 1, sizeof *destinations, err);
  if (rc == SL_OK) {
    destinations[n_destinations] = full_table(ops, ops->struct_size, sizeof *ops);
    rc = destinations[n_destinations] == NULL
             ? sl_fail(err, SL_ENOMEM, "out of memory for plug-in %s", path)
             : SL_OK;
    n_destinations += rc == SL_OK;
  }
  return rc;
}

static sl_status take_plugin(const char *path, const struct sl_plugin *plugin,
                             struct sl_error *err) {
  if (plugin == NULL || plugin->abi != SL_PLUGIN_ABI || plugin->struct_size < OLDEST_PLUGIN) {
    return sl_fail(err, SL_EUSAGE,
                   "plug-in %s was made for another version of Sluice (its number is %u, ours %d): "
                   "compile it again with the headers of this one",
                   path, plugin == NULL ? 0 : (unsigned)plugin->abi, SL_PLUGIN_ABI);
  }
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && plugin->sources != NULL && plugin->sources[i] != NULL; i++) {
    rc = add_source(path, plugin->sources[i], err);
  }
  bool has_dialects = plugin->struct_size > offsetof(struct sl_plugin, dialects);
  const struct sl_dialect_registration *const *dialects = has_dialects ? plugin->dialects : NULL;
  for (size_t i = 0; rc == SL_OK && dialects != NULL && dialects[i] != NULL; i++) {
    rc = sl_dialect_register(dialects[i], err);
    if (rc != SL_OK) {
      sl_error_add_context(err, "plug-in %s", path);
    }
  }
  for (size_t i = 0; rc == SL_OK && plugin->destinations != NULL && plugin->destinations[i] != NULL;
       i++) {
    rc = add_destination(path, plugin->destinations[i], err);
  }
  return rc;
}

static sl_status load_file(const char *path, struct sl_error *err) {
  /* A name without a slash would be looked for in the system's library folders. */
  char *real = realpath(path, NULL);
  if (real == NULL) {
    return sl_fail(err, SL_EUSAGE, "plug-in %s of SLUICE_PLUGINS: %s", path, strerror(errno));
  }
  void *library = dlopen(real, RTLD_NOW | RTLD_LOCAL);
  free(real);
  if (library == NULL) {
    return sl_fail(err, SL_EUSAGE, "plug-in %s cannot be loaded: %s", path, dlerror());
  }
  const struct sl_plugin *(*entry)(void) = NULL;
  void *symbol = dlsym(library, "sluice_connector");
  memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from data to function pointers */
  if (entry == NULL) {
    return sl_fail(err, SL_EUSAGE, "%s is not a plug-in: it has no symbol sluice_connector", path);
  }
  return take_plugin(path, entry(), err);
}

static int is_shared_object(const struct dirent *entry) {
  size_t n = strlen(entry->d_name);
  return n > 3 && strcmp(entry->d_name + n - 3, ".so") == 0;
}

/* All shared objects of a folder, sorted by name. */
static sl_status load_folder(const char *path, struct sl_error *err) {
  struct dirent **entries = NULL;
  int n = scandir(path, &entries, is_shared_object, alphasort);
  sl_status rc = n < 0 ? sl_fail_errno(err, errno, "plug-in folder %s", path) : SL_OK;
  for (int i = 0; i < n; i++) {
    struct sl_buffer file = { 0 };
    sl_buffer_printf(&file, "%s/%s", path, entries[i]->d_name);
    if (rc == SL_OK) {
      rc = sl_buffer_check(&file, err);
    }
    if (rc == SL_OK) {
      rc = load_file(file.data, err);
    }
    sl_buffer_release(&file);
    free(entries[i]);
  }
  free(entries);
  return rc;
}

static sl_status load_all(struct sl_error *err) {
  const char *at = getenv("SLUICE_PLUGINS");
  sl_status rc = SL_OK;
  while (rc == SL_OK && at != NULL && *at != '\0') {
    size_t length = strcspn(at, ":");
    struct stat info;
    char *path = strndup(at, length);
    if (path == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for plug-ins");
    } else if (length > 0 && stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
      rc = load_folder(path, err);
    } else if (length > 0) {
      rc = load_file(path, err);
    }
    free(path);
    at += length + (at[length] == ':');
  }
  return rc;
}

sl_status sl_plugins_load(struct sl_error *err) {
  pthread_mutex_lock(&load_lock);
  if (!loaded) {
    load_status = load_all(&load_error);
    loaded = true;
  }
  if (load_status != SL_OK && err != NULL) {
    *err = load_error;
  }
  pthread_mutex_unlock(&load_lock);
  return load_status;
}

const struct sl_source_ops *sl_plugin_source_at(size_t i) {
  return i < n_sources ? sources[i] : NULL;
}

const struct sl_destination_ops *sl_plugin_destination_at(size_t i) {
  return i < n_destinations ? destinations[i] : NULL;
}
