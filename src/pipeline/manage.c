/* manage.c - showing what the working folder of a pipeline knows. */
#include "pipeline/manage.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/files.h"
#include "base/time.h"
#include "pipeline/manage_internal.h"
#include "pipeline/package.h"
#include "pipeline/trace.h"
#include "schema/json_text.h"
#include "schema/stored.h"

static sl_status nearest(const struct sl_manage *m, struct sl_error *err) {
  char **names = NULL;
  size_t count = 0;
  const char *best = NULL;
  size_t distance = 6;
  if (sl_workdir_list(m->pipelines_dir, &names, &count, NULL) == SL_OK) {
    for (size_t i = 0; i < count; i++) {
      size_t d = sl_text_distance(m->name, names[i], distance);
      if (d < distance) {
        distance = d;
        best = names[i];
      }
    }
  }
  sl_fail(err, SL_ENOTFOUND, "there is no pipeline %s%s%s%s; `sluice pipeline` lists them", m->name,
          best == NULL ? "" : " (did you mean ", best == NULL ? "" : best,
          best == NULL ? "" : "?)");
  sl_names_free(names, count);
  return SL_ENOTFOUND;
}

sl_status sl_manage_open(const struct sl_manage *m, struct sl_workdir *dir, struct sl_error *err) {
  sl_status rc = sl_workdir_init(dir, m->pipelines_dir, m->name, err);
  if (rc == SL_OK && !sl_workdir_exists(dir)) {
    sl_workdir_release(dir);
    rc = nearest(m, err);
  }
  return rc;
}

/* The same for a pipeline that was tried and whose first load has not succeeded yet. */
static sl_status open_tried(const struct sl_manage *m, struct sl_workdir *dir,
                            struct sl_error *err) {
  sl_status rc = sl_workdir_init(dir, m->pipelines_dir, m->name, err);
  if (rc == SL_OK && !sl_workdir_exists(dir) && !sl_folder_exists(dir->path)) {
    sl_workdir_release(dir);
    rc = nearest(m, err);
  }
  return rc;
}

sl_status sl_manage_read_state(const struct sl_workdir *dir, struct sl_state **out,
                               struct sl_error *err) {
  struct sl_buffer text = { 0 };
  sl_status rc = sl_workdir_read(dir, SL_STATE_FILE, &text, err);
  if (rc == SL_OK) {
    rc = sl_state_from_json(out, text.data, text.length, err);
  }
  sl_buffer_release(&text);
  return rc;
}

sl_status sl_manage_list(const char *pipelines_dir, bool json, struct sl_buffer *out,
                         struct sl_error *err) {
  char **names = NULL;
  size_t count = 0;
  sl_status rc = sl_workdir_list(pipelines_dir, &names, &count, err);
  if (rc != SL_OK) {
    return rc;
  }
  sl_buffer_text(out, json ? "[" : count == 0 ? "There are no pipelines yet.\n" : "");
  for (size_t i = 0; i < count; i++) {
    if (json) {
      sl_buffer_text(out, i == 0 ? "" : ", ");
      sl_json_text(out, names[i]);
    } else {
      sl_buffer_printf(out, "%s\n", names[i]);
    }
  }
  sl_buffer_text(out, json ? "]\n" : "");
  sl_names_free(names, count);
  return sl_buffer_check(out, err);
}

static void print_package(struct sl_buffer *out, const struct sl_package_info *p, bool json,
                          bool first) {
  char when[40] = "";
  if (p->completed_micros > 0) {
    sl_timestamp_print(when, p->completed_micros, true);
  }
  if (json) {
    sl_buffer_printf(out, "%s{\"load_id\": ", first ? "" : ", ");
    sl_json_text(out, p->load_id);
    sl_buffer_printf(out, ", \"state\": \"%s\", \"completed_at\": ", p->state);
    sl_json_text(out, when[0] == '\0' ? NULL : when);
    sl_buffer_printf(out, ", \"jobs\": %zu, \"updated_tables\": %zu}", p->n_jobs,
                     p->n_updated_tables);
  } else {
    sl_buffer_printf(out, "  %-20s %-9s %-32s %zu jobs, %zu tables changed\n", p->load_id, p->state,
                     when, p->n_jobs, p->n_updated_tables);
  }
}

/* Packages of all places, oldest first. */
static sl_status print_packages(const struct sl_workdir *dir, bool json, struct sl_buffer *out,
                                struct sl_error *err) {
  static const enum sl_package_place places[] = { SL_PACKAGES_EXTRACTED, SL_PACKAGES_NORMALIZED,
                                                  SL_PACKAGES_NEW, SL_PACKAGES_LOADED };
  bool first = true;
  sl_status rc = SL_OK;
  for (size_t p = 0; rc == SL_OK && p < sizeof places / sizeof places[0]; p++) {
    char **ids = NULL;
    size_t count = 0;
    rc = sl_package_list(dir, places[p], &ids, &count, err);
    for (size_t i = 0; rc == SL_OK && i < count; i++) {
      struct sl_package_info info = { 0 };
      rc = sl_package_read(dir, places[p], ids[i], &info, err);
      if (rc == SL_OK) {
        print_package(out, &info, json, first);
        first = false;
      }
      sl_package_info_release(&info);
    }
    sl_names_free(ids, count);
  }
  return rc;
}

static void print_state(struct sl_buffer *out, const struct sl_manage *m,
                        const struct sl_workdir *dir, const struct sl_state *state, bool json) {
  static const char *const members[] = { "dataset_name", "default_schema_name",
                                         "destination_type" };
  if (json) {
    sl_buffer_text(out, "{\"pipeline\": ");
    sl_json_text(out, m->name);
    sl_buffer_text(out, ", \"folder\": ");
    sl_json_text(out, dir->path);
    for (size_t i = 0; i < 3; i++) {
      sl_buffer_printf(out, ", \"%s\": ", members[i]);
      sl_json_text(out, sl_state_text(state, members[i]));
    }
    sl_buffer_printf(out, ", \"state_version\": %" PRId64 ", \"packages\": [",
                     sl_state_version(state));
    return;
  }
  sl_buffer_printf(out, "Pipeline %s in %s\n", m->name, dir->path);
  for (size_t i = 0; i < 3; i++) {
    const char *text = sl_state_text(state, members[i]);
    sl_buffer_printf(out, "  %-20s %s\n", members[i], text == NULL ? "-" : text);
  }
  sl_buffer_printf(out, "  %-20s %" PRId64 "\nLoad packages:\n", "state version",
                   sl_state_version(state));
}

sl_status sl_manage_info(const struct sl_manage *m, bool json, struct sl_buffer *out,
                         struct sl_error *err) {
  struct sl_workdir dir = { 0 };
  struct sl_state *state = NULL;
  struct sl_buffer pending = { 0 };
  sl_status rc = sl_manage_open(m, &dir, err);
  if (rc == SL_OK) {
    rc = sl_manage_read_state(&dir, &state, err);
  }
  if (rc == SL_OK) {
    print_state(out, m, &dir, state, json);
    rc = print_packages(&dir, json, out, err);
  }
  if (rc == SL_OK) {
    sl_buffer_text(out, json ? "], \"generations\": " : "");
    rc = sl_manage_generations(m, &dir, state, json, out, err);
  }
  if (rc == SL_OK) {
    rc = sl_package_pending(&dir, &pending, err);
  }
  if (json) {
    sl_buffer_text(out, ", \"warning\": ");
    sl_json_text(out, pending.length == 0 ? NULL : pending.data);
    sl_buffer_text(out, "}\n");
  } else if (pending.length > 0) {
    sl_buffer_printf(out, "Warning: %s.\n", pending.data);
  }
  sl_buffer_release(&pending);
  sl_state_free(state);
  sl_workdir_release(&dir);
  return rc;
}

sl_status sl_manage_trace(const struct sl_manage *m, bool json, struct sl_buffer *out,
                          struct sl_error *err) {
  struct sl_workdir dir = { 0 };
  sl_status rc = open_tried(m, &dir, err);
  if (rc == SL_OK) {
    rc = json ? sl_workdir_read(&dir, SL_TRACE_FILE, out, err) : sl_trace_print(&dir, out, err);
  }
  sl_workdir_release(&dir);
  return rc;
}

static void print_failed(const struct sl_package_info *p, bool json, size_t *count,
                         struct sl_buffer *out) {
  for (size_t i = 0; i < p->n_jobs; i++) {
    const struct sl_job *job = &p->jobs[i];
    if (job->state != SL_JOB_FAILED) {
      continue;
    }
    if (json) {
      sl_buffer_printf(out, "%s{\"load_id\": \"%s\", \"table\": ", *count == 0 ? "" : ", ",
                       p->load_id);
      sl_json_text(out, job->table);
      sl_buffer_printf(out,
                       ", \"state\": \"failed\", \"attempt\": %d, \"message\": ", job->retry + 1);
      sl_json_text(out, job->message);
      sl_buffer_char(out, '}');
    } else {
      sl_buffer_printf(out, "%s  %s (attempt %d): %s\n", p->load_id, job->table, job->retry + 1,
                       job->message == NULL ? "failed" : job->message);
    }
    *count += 1;
  }
}

sl_status sl_manage_failed_jobs(const struct sl_manage *m, bool json, struct sl_buffer *out,
                                struct sl_error *err) {
  struct sl_workdir dir = { 0 };
  char **ids = NULL;
  size_t count = 0;
  size_t failed = 0;
  sl_status rc = open_tried(m, &dir, err);
  if (rc == SL_OK) {
    rc = sl_package_list(&dir, SL_PACKAGES_LOADED, &ids, &count, err);
  }
  sl_buffer_text(out, json ? "[" : "");
  for (size_t i = 0; rc == SL_OK && i < count; i++) {
    struct sl_package_info info = { 0 };
    rc = sl_package_read(&dir, SL_PACKAGES_LOADED, ids[i], &info, err);
    if (rc == SL_OK) {
      print_failed(&info, json, &failed, out);
    }
    sl_package_info_release(&info);
  }
  sl_buffer_text(out, json ? "]\n" : failed == 0 ? "No job has failed.\n" : "");
  sl_names_free(ids, count);
  sl_workdir_release(&dir);
  return rc;
}

sl_status sl_manage_schema(const struct sl_manage *m, bool json, struct sl_buffer *out,
                           struct sl_error *err) {
  struct sl_workdir dir = { 0 };
  char **names = NULL;
  size_t count = 0;
  sl_status rc = sl_manage_open(m, &dir, err);
  if (rc == SL_OK) {
    rc = sl_workdir_schemas(&dir, &names, &count, err);
  }
  if (rc == SL_OK && count == 0) {
    rc = sl_fail(err, SL_ENOTFOUND, "pipeline %s has no schema yet", m->name);
  }
  for (size_t i = 0; rc == SL_OK && i < count; i++) {
    struct sl_schema *schema = NULL;
    rc = sl_workdir_load_schema(&dir, names[i], &schema, err);
    if (rc == SL_OK && schema != NULL) {
      rc = json ? sl_schema_to_json(schema, SL_SCHEMA_PRETTY, out, err)
                : sl_schema_to_yaml(schema, true, out, err);
    }
    sl_schema_free(schema);
  }
  sl_names_free(names, count);
  sl_workdir_release(&dir);
  return rc;
}
