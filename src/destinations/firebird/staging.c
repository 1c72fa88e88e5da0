/* staging.c - staging tables, whose rows Firebird drops with the session, but not their names. */
#include <stdlib.h>

#include "column/read.h"
#include "firebird_internal.h"

struct names {
  char **items;
  size_t n, capacity;
};

/* Those of this session, and those of sessions that are not there any more; of nobody else. Tables
 * are those of the transaction's begin, sessions those of its first look at them: a session that
 * ends between the two has dropped its tables itself, and they are missing when their turn comes.
 */
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

void fb_drop_staging(struct fb_destination *d) {
  struct names names = { 0 };
  struct sl_buffer sql = { 0 };
  (void)!fb_each_row(d, query, take_name, &names, NULL);
  for (size_t i = 0; i < names.n; i++) {
    sl_buffer_reset(&sql);
    sl_buffer_text(&sql, "DROP TABLE ");
    sl_sql_identifier(&d->sql, names.items[i], &sql);
    if (sl_buffer_check(&sql, NULL) == SL_OK) {
      (void)!fb_dest_execute(&d->base, sql.data, NULL, NULL);
    }
    free(names.items[i]);
  }
  free(names.items);
  sl_buffer_release(&sql);
}
