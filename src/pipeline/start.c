/* start.c - a source begins to read a table, and is told which columns the table has already. */
#include "pipeline/run.h"

/* name:type,… of the columns that the table has. */
static void write_known(const struct sl_table *table, struct sl_buffer *out) {
  for (size_t i = 0; i < table->n_columns; i++) {
    const struct sl_column *c = table->columns[i];
    if (c->type == SL_TYPE_NONE || strpbrk(c->name, ",:()") != NULL) {
      continue;
    }
    sl_buffer_printf(out, "%s%s:%s", out->length > 0 ? "," : "", c->name, sl_type_name(c->type));
    if (c->type == SL_TYPE_DECIMAL && c->precision > 0) {
      sl_buffer_printf(out, "(%d,%d)", (int)c->precision, c->scale < 0 ? 0 : (int)c->scale);
    }
  }
}

sl_status sl_run_resume_source(struct sl_run *run, struct sl_source_table *table,
                               const char *state_json, const char *position_json, bool *changed,
                               char why[256], struct sl_error *err) {
  struct sl_buffer known = { 0 };
  if (!sl_table_is_new(run->root)) {
    write_known(run->root, &known);
  }
  sl_status rc = sl_buffer_check(&known, err);
  if (rc == SL_OK) {
    table->known = known.data;
    rc = position_json == NULL ? run->source_ops->start(run->source, table, state_json, err)
                               : run->source_ops->resume(run->source, table, state_json,
                                                         position_json, changed, why, err);
    table->known = NULL;
  }
  sl_buffer_release(&known);
  return rc;
}

sl_status sl_run_start_source(struct sl_run *run, struct sl_source_table *table,
                              const char *state_json, struct sl_error *err) {
  return sl_run_resume_source(run, table, state_json, NULL, NULL, NULL, err);
}
