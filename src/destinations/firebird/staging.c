/* staging.c - staging tables, whose rows Firebird drops with the session, but not their names. */
#include <stdlib.h>

#include "column/read.h"
#include "firebird_internal.h"

struct names {
  char **items;
  size_t n, capacity;
};

/* Those of this session, and those of sessions that are not there any more; of nobody else. */
static const char query[] =
    "SELECT TRIM(TRAILING FROM r.RDB$RELATION_NAME) FROM RDB$RELATIONS r "
    "WHERE r.RDB$RELATION_TYPE = 4 AND r.RDB$OWNER_NAME = CURRENT_USER "
    "AND r.RDB$RELATION_NAME SIMILAR TO '\\_DLT\\_[0-9]+\\_[0-9A-F]+ *' ESCAPE '\\' "
    "AND NOT EXISTS (SELECT 1 FROM MON$ATTACHMENTS m "
    "WHERE m.MON$ATTACHMENT_ID <> CURRENT_CONNECTION "
    "AND r.RDB$RELATION_NAME STARTING WITH '_DLT_' || m.MON$ATTACHMENT_ID || '_')";

static sl_status take_name(void *arg, const struct ArrowSchema *schema,
                           const struct ArrowArray *array, int64_t row, struct sl_error *err) {
  struct names *names = arg;
  struct sl_text name = sl_array_read(schema->children[0], array->children[0], row).as.text;
  sl_status rc = sl_grow(&names->items, &names->capacity, names->n + 1, sizeof *names->items, err);
  struct sl_buffer copy = { 0 };
  sl_buffer_append(&copy, name.data, name.length);
  rc = rc == SL_OK ? sl_buffer_check(&copy, err) : rc;
  if (rc != SL_OK) {
    sl_buffer_release(&copy);
    return rc;
  }
  names->items[names->n++] = sl_buffer_take(&copy);
  return SL_OK;
}

sl_status fb_drop_staging(struct fb_destination *d, struct sl_error *err) {
  struct names names = { 0 };
  struct sl_buffer sql = { 0 };
  sl_status rc = fb_each_row(d, query, take_name, &names, err);
  for (size_t i = 0; rc == SL_OK && i < names.n; i++) {
    sl_buffer_reset(&sql);
    sl_buffer_text(&sql, "DROP TABLE ");
    sl_sql_identifier(&d->sql, names.items[i], &sql);
    rc = sl_buffer_check(&sql, err);
    rc = rc == SL_OK ? fb_dest_execute(&d->base, sql.data, NULL, err) : rc;
  }
  for (size_t i = 0; i < names.n; i++) {
    free(names.items[i]);
  }
  free(names.items);
  sl_buffer_release(&sql);
  return rc;
}
