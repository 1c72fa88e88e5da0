/* manage_generations.c - `pipeline info`: which generations the dataset keeps for `undo`. */
#include "pipeline/kept.h"
#include "pipeline/manage_internal.h"
#include "pipeline/target.h"
#include "pipeline/trace.h"
#include "schema/json_text.h"

static void print_json(const struct sl_kept_list *list, struct sl_buffer *out) {
  static const struct {
    const char *name;
    enum sl_kept_column column;
  } members[] = { { "replaced_by", SL_KEPT_LOAD },
                  { "root", SL_KEPT_ROOT },
                  { "table", SL_KEPT_TABLE },
                  { "kept_as", SL_KEPT_AS } };
  sl_buffer_char(out, '[');
  for (size_t i = 0; i < list->n; i++) {
    const char *const *values = list->items[i].values;
    sl_buffer_text(out, i == 0 ? "{" : ", {");
    for (size_t m = 0; m < sizeof members / sizeof members[0]; m++) {
      sl_json_member_text(out, m == 0, members[m].name, values[members[m].column]);
    }
    sl_json_member_json(out, false, "rows", values[SL_KEPT_ROWS]);
    sl_buffer_char(out, '}');
  }
  sl_buffer_char(out, ']');
}

static void print_text(const struct sl_kept_list *list, struct sl_buffer *out) {
  if (list->n > 0) {
    sl_buffer_text(out, "Generations (sluice undo brings the newest one back):\n");
  }
  for (size_t i = 0; i < list->n; i++) {
    const char *const *values = list->items[i].values;
    sl_buffer_printf(out, "  %-32s %12s rows replaced by load %s%s%s\n", values[SL_KEPT_TABLE],
                     values[SL_KEPT_ROWS], values[SL_KEPT_LOAD],
                     values[SL_KEPT_AS] == NULL ? "" : ", in ",
                     values[SL_KEPT_AS] == NULL ? "" : values[SL_KEPT_AS]);
  }
}

static sl_status read_kept(const struct sl_manage *m, const struct sl_state *state,
                           const char *location, struct sl_kept_list *list, struct sl_error *err) {
  struct sl_target t = { .dataset =
                             m->dataset != NULL ? m->dataset : sl_state_text(state, "dataset_name"),
                         .schema = sl_state_text(state, "default_schema_name"),
                         .pipeline = m->name };
  struct sl_store_place place;
  sl_status rc = SL_OK;
  if (t.dataset != NULL && t.schema != NULL) {
    rc = sl_target_open(&t, location, true, err);
    place = sl_target_place(&t);
    if (rc == SL_OK && t.sql.dialect == NULL) {
      rc = sl_target_begin(&t, err);
    }
    rc = rc == SL_OK ? sl_kept_of_schema(list, &place, t.schema, err) : rc;
  }
  sl_target_close(&t);
  return rc;
}

sl_status sl_manage_generations(const struct sl_manage *m, const struct sl_workdir *dir,
                                const struct sl_state *state, bool json, struct sl_buffer *out,
                                struct sl_error *err) {
  struct sl_kept_list list = { 0 };
  struct sl_buffer location = { 0 };
  struct sl_error reason = { 0 };
  sl_status rc = SL_OK;
  sl_status read = SL_OK;
  if (m->destination != NULL) {
    sl_buffer_text(&location, m->destination);
  } else {
    rc = sl_trace_destination(dir, &location, err);
  }
  bool known = rc == SL_OK && location.length > 0 && strstr(location.data, "***") == NULL;
  if (known) {
    read = read_kept(m, state, location.data, &list, &reason);
  }
  if (rc == SL_OK && json) {
    print_json(&list, out);
  } else if (rc == SL_OK && read == SL_OK) {
    print_text(&list, out);
  } else if (rc == SL_OK) {
    sl_buffer_printf(out, "Generations: not known (%s)\n", reason.message);
  }
  sl_kept_release(&list);
  sl_buffer_release(&location);
  return rc == SL_OK ? sl_buffer_check(out, err) : rc;
}
