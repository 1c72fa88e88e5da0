/* destinations.h - what the test programs for destinations have in common. Included once in each.
 */
#ifndef SL_TESTS_CONTRACT_DESTINATIONS_H
#define SL_TESTS_CONTRACT_DESTINATIONS_H

#include <stdlib.h>

#include "contract/writing.h"
#include "unit/test.h"

static const struct destination_place *places;
static size_t n_places;
static struct sl_schema *schema; /* as long as the program */
static struct sl_table *every_type, *few;

static bool prepare(void) {
  if (schema == NULL) {
    places = destination_places(&n_places);
    schema = writing_schema();
    every_type = sl_schema_table(schema, "every type");
    few = sl_schema_table(schema, "few");
  }
  return CHECK_CASE("a place to be tested at", n_places > 0);
}

#define EACH_PLACE(p)                                                 \
  for (const struct destination_place *p = prepare() ? places : NULL; \
       p != NULL && p < places + n_places; p++)

/* An empty database, open; its folder stays to open it again. False: told. */
__attribute__((unused)) static bool open_new(struct opened_destination *o,
                                             const struct destination_place *p,
                                             const char **folder) {
  struct sl_error err = { 0 };
  *folder = place_new_folder();
  *o = (struct opened_destination){ 0 };
  if (p->reset != NULL && !CHECK_CASE(p->label, place_shell(p->reset))) return false;
  return CHECK_OK(destination_open(o, p, p->location, *folder, false, &err), &err);
}

#ifdef SLUICE_SANITIZED
enum { SLOWNESS = 5 };
#else
enum { SLOWNESS = 1 };
#endif

__attribute__((unused)) static int volume_of(const struct destination_place *p) {
  return (p->volume == 0 ? 20000 : p->volume) / SLOWNESS / 4000 * 4000 + 4000;
}

/* The table is made, and `rows` rows of it are appended; inside a transaction if there are any.
 * False: told. */
__attribute__((unused)) static bool write_rows(struct opened_destination *o, struct written *w,
                                               const struct sl_table *table, int64_t first,
                                               int64_t rows) {
  struct sl_error err = { 0 };
  written_make(w, o, table, first, rows);
  return CHECK_OK(written_append(o, w, 0, rows, 0, false, &err), &err) &&
         CHECK_OK(o->ops->flush(o->d, &err), &err);
}

/* Counts the rows of a table as a database that is opened now sees them; -1 = no table. */
__attribute__((unused)) static int64_t count_anew(const struct destination_place *p,
                                                  const char *folder,
                                                  const struct sl_table *table) {
  struct opened_destination o;
  struct sl_error err = { 0 };
  struct sl_table_name name = writing_name(table);
  if (!CHECK_OK(destination_open(&o, p, p->location, folder, false, &err), &err)) return -2;
  int64_t count = destination_count(&o, &name, &err);
  destination_close(&o);
  return count;
}

#endif
