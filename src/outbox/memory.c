/* memory.c - memory.json: what the outbox remembers of the loads that were delivered, and the
 * folders beside it. */
#include <stdlib.h>

#include "base/files.h"
#include "base/memory.h"
#include "outbox/outbox_internal.h"

enum { REMEMBERED_LOADS = 64 };

/* Rows as a load has them; the newest of a kind and name comes last. */
struct sl_outbox_memory {
  struct sl_outbox_load *kept;
};

sl_status sl_outbox_memory_read(struct sl_outbox_memory **out, const char *folder,
                                struct sl_error *err) {
  struct sl_buffer text = { 0 };
  char *path = sl_outbox_path(folder, SL_OUTBOX_MEMORY, "");
  struct sl_outbox_memory *memory = sl_calloc_array(1, sizeof *memory);
  *out = NULL;
  sl_status rc = path == NULL || memory == NULL
                     ? sl_outbox_no_memory(err)
                     : sl_outbox_load_make(&memory->kept, strdup(folder), err);
  if (rc == SL_OK) {
    rc = sl_file_read(path, &text, err);
    if (rc == SL_OK) {
      rc = sl_outbox_manifest_read(memory->kept, &text, err);
      rc = rc == SL_OK ? rc : sl_error_add_context(err, "%s", path);
    } else if (rc == SL_ENOTFOUND) {
      rc = SL_OK; /* nothing was delivered so far */
    }
  }
  sl_buffer_release(&text);
  free(path);
  if (rc != SL_OK) {
    sl_outbox_memory_free(memory);
    return rc;
  }
  *out = memory;
  return SL_OK;
}

void sl_outbox_memory_free(struct sl_outbox_memory *memory) {
  if (memory != NULL) {
    sl_outbox_load_free(memory->kept);
    free(memory);
  }
}

sl_status sl_outbox_memory_get(const struct sl_outbox_memory *memory, enum sl_store_kind kind,
                               const char *name, const char *key, char **text,
                               struct sl_error *err) {
  *text = NULL;
  for (size_t i = memory->kept->n_rows; i-- > 0;) {
    const struct sl_outbox_row *row = &memory->kept->rows[i];
    bool named = kind == SL_STORE_LOAD || strcmp(row->name, name) == 0;
    if (row->kind == kind && named && (key == NULL || strcmp(row->hash, key) == 0)) {
      *text = strdup(row->text);
      return *text == NULL ? sl_outbox_no_memory(err) : SL_OK;
    }
  }
  return SL_OK;
}

/* What is left of the old rows when `load` is delivered: of each kind and name the newest, but
 * several loads. */
static bool is_outdated(const struct sl_outbox_row *row, const struct sl_outbox_load *load) {
  for (size_t i = 0; row->kind != SL_STORE_LOAD && i < load->n_rows; i++) {
    if (load->rows[i].kind == row->kind && strcmp(load->rows[i].name, row->name) == 0) {
      return true;
    }
  }
  return false;
}

static sl_status merge_rows(struct sl_outbox_load *into, const struct sl_outbox_load *before,
                            const struct sl_outbox_load *load, struct sl_error *err) {
  sl_status rc = SL_OK;
  size_t loads = 0;
  for (size_t i = 0; i < before->n_rows; i++) {
    loads += before->rows[i].kind == SL_STORE_LOAD;
  }
  for (size_t i = 0; rc == SL_OK && i < before->n_rows; i++) {
    const struct sl_outbox_row *r = &before->rows[i];
    bool old = r->kind == SL_STORE_LOAD && loads-- >= REMEMBERED_LOADS;
    if (!old && !is_outdated(r, load)) {
      rc = sl_outbox_add_row(into, r->kind, r->name, r->hash, r->text, err);
    }
  }
  for (size_t i = 0; rc == SL_OK && i < load->n_rows; i++) {
    const struct sl_outbox_row *r = &load->rows[i];
    if (r->kind != SL_STORE_LOAD) {
      rc = sl_outbox_add_row(into, r->kind, r->name, r->hash, r->text, err);
    }
  }
  return rc == SL_OK ? sl_outbox_add_row(into, SL_STORE_LOAD, load->pipeline, load->load_id,
                                         load->load_id, err)
                     : rc;
}

static sl_status copy_names(struct sl_outbox_load *into, const struct sl_outbox_load *load,
                            struct sl_error *err) {
  into->load_id = strdup(load->load_id);
  into->pipeline = strdup(load->pipeline);
  into->dataset = strdup(load->dataset);
  into->content = strdup(load->content == NULL ? "" : load->content);
  into->batch_rows = load->batch_rows < 1 ? 1 : load->batch_rows;
  return into->load_id == NULL || into->pipeline == NULL || into->dataset == NULL ||
                 into->content == NULL
             ? sl_outbox_no_memory(err)
             : SL_OK;
}

sl_status sl_outbox_finish(const char *folder, struct sl_outbox_memory **memory,
                           struct sl_outbox_load *load, struct sl_error *err) {
  struct sl_buffer text = { 0 };
  struct sl_outbox_memory next = { 0 };
  char *path = sl_outbox_path(folder, SL_OUTBOX_MEMORY, "");
  sl_status rc = path == NULL ? sl_outbox_no_memory(err)
                              : sl_outbox_load_make(&next.kept, strdup(folder), err);
  if (rc == SL_OK) {
    rc = copy_names(next.kept, load, err);
  }
  if (rc == SL_OK) {
    rc = merge_rows(next.kept, (*memory)->kept, load, err);
  }
  if (rc == SL_OK) {
    rc = sl_outbox_manifest_write(next.kept, &text, err);
  }
  if (rc == SL_OK) {
    rc = sl_file_write_private(path, text.data, text.length, true, err);
  }
  if (rc == SL_OK) {
    rc = sl_outbox_sync_folder(folder, err);
  }
  if (rc == SL_OK) {
    struct sl_outbox_load *before = (*memory)->kept;
    (*memory)->kept = next.kept;
    next.kept = before;
    rc = sl_folder_delete(load->folder, err); /* left behind, the next load would delete it */
  }
  sl_outbox_load_free(next.kept);
  sl_buffer_release(&text);
  free(path);
  return rc;
}

sl_status sl_outbox_pending(const char *folder, const struct sl_outbox_memory *memory,
                            bool read_only, char **load_id, struct sl_error *err) {
  char **names = NULL;
  size_t n = 0;
  *load_id = NULL;
  sl_status rc = sl_folder_list(folder, SL_FOLDERS, &names, &n, err);
  for (size_t i = 0; i < n; i++) {
    char *path = rc == SL_OK ? sl_outbox_path(folder, names[i], "") : NULL;
    bool ready = strncmp(names[i], SL_OUTBOX_READY, strlen(SL_OUTBOX_READY)) == 0;
    const char *id = names[i] + strlen(SL_OUTBOX_READY);
    char *known = NULL;
    if (rc == SL_OK && path == NULL) {
      rc = sl_outbox_no_memory(err);
    }
    if (rc == SL_OK && ready) {
      rc = sl_outbox_memory_get(memory, SL_STORE_LOAD, "", id, &known, err);
    }
    if (rc == SL_OK && ready && known == NULL && *load_id == NULL) {
      *load_id = strdup(id);
      rc = *load_id == NULL ? sl_outbox_no_memory(err) : SL_OK;
    } else if (rc == SL_OK && !read_only &&
               (ready || strncmp(names[i], SL_OUTBOX_NEW, strlen(SL_OUTBOX_NEW)) == 0)) {
      rc = sl_folder_delete(path, err);
    }
    free(known);
    free(path);
    free(names[i]);
  }
  free(names);
  return rc;
}

/* A line for the load of one folder beside ours, if one is ready there. */
static sl_status tell_other(const char *folder, struct sl_buffer *out, struct sl_error *err) {
  struct sl_outbox_memory *memory = NULL;
  struct sl_outbox_load *load = NULL;
  struct sl_buffer text = { 0 };
  char *id = NULL;
  sl_status rc = sl_outbox_memory_read(&memory, folder, err);
  if (rc == SL_OK) {
    rc = sl_outbox_pending(folder, memory, true, &id, err);
  }
  if (rc == SL_OK && id != NULL) {
    char *ready = sl_outbox_path(folder, SL_OUTBOX_READY, id);
    char *path = ready == NULL ? NULL : sl_outbox_path(ready, SL_OUTBOX_PACKAGE, "");
    rc = path == NULL ? sl_outbox_no_memory(err) : sl_outbox_load_make(&load, strdup(ready), err);
    if (rc == SL_OK) {
      rc = sl_file_read(path, &text, err);
    }
    if (rc == SL_OK) {
      rc = sl_outbox_manifest_read(load, &text, err);
    }
    if (rc == SL_OK) {
      sl_buffer_printf(out, "load %s to %s is not delivered; a load to there goes on with it\n", id,
                       load->receiver == NULL ? "another receiver" : load->receiver);
    }
    free(ready);
    free(path);
  }
  sl_outbox_load_free(load);
  sl_outbox_memory_free(memory);
  sl_buffer_release(&text);
  free(id);
  return rc;
}

sl_status sl_outbox_others(const char *folder, struct sl_buffer *out, struct sl_error *err) {
  const char *own = strrchr(folder, '/');
  char *parent = strndup(folder, (size_t)(own - folder));
  char **names = NULL;
  size_t n = 0;
  sl_status rc = parent == NULL ? sl_outbox_no_memory(err)
                                : sl_folder_list(parent, SL_FOLDERS, &names, &n, err);
  for (size_t i = 0; i < n; i++) {
    char *path = rc == SL_OK ? sl_outbox_path(parent, names[i], "") : NULL;
    if (path != NULL && strcmp(names[i], own + 1) != 0) {
      sl_status told = tell_other(path, out, NULL);
      (void)told; /* a damaged one is somebody else's matter */
    }
    free(path);
    free(names[i]);
  }
  free(names);
  free(parent);
  return rc == SL_OK ? sl_buffer_check(out, err) : rc;
}
