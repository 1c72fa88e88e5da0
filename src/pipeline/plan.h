/* plan.h - what a load would do, from a sample of the source; nothing is touched. */
#ifndef SL_PIPELINE_PLAN_H
#define SL_PIPELINE_PLAN_H

#include <sluice/engine.h>

struct sl_plan_column {
  char *name;
  const char *type;
  bool nullable, is_new;
};
struct sl_plan_table {
  char *name;
  int64_t rows; /* estimated from the sample when plan.estimated; -1 = not known */
  bool is_new;
  struct sl_plan_column *columns;
  size_t n_columns;
};
struct sl_plan { /* all owned */
  char *source, *description, *dataset, *destination, *first_reject;
  const char *disposition;
  int64_t bytes;    /* of the source; -1 = not known */
  int64_t rejected; /* in the sample */
  double seconds;   /* that the load would take, where its caller knows a rate; < 0 = not known */
  bool estimated, deletes;
  struct sl_plan_table *tables;
  size_t n_tables;
  char **statements; /* DDL that the load would execute */
  size_t n_statements;
};

/* settings->destination NULL: only the source is looked at. */
sl_status sl_plan_make(const struct sl_load_settings *settings, struct sl_plan *out,
                       struct sl_error *err);
void sl_plan_release(struct sl_plan *plan);

#endif
