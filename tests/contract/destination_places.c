/* destination_places.c - the places of the built-in destinations that need no server, and those
 * that environment variables give: SLUICE_CONTRACT_DESTINATION_<NAME>=location and friends. */
#include <stdlib.h>

#include "contract/places.h"

/* Counts to 10^12: minutes, on any number of cores. */
#define SLOW_DUCKDB \
  "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE (a.range + b.range) % 7 = 3"

/* The same for SQLite, which goes through it by one row at a time. */
#define SLOW_SQLITE                                                                          \
  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000) " \
  "SELECT count(*) FROM n WHERE i % 7 = 3"

/* A billion rows of its own tables, which are few. */
#define SLOW_FIREBIRD                                                                  \
  "SELECT count(*) FROM RDB$FIELDS a CROSS JOIN RDB$FIELDS b CROSS JOIN RDB$FIELDS c " \
  "CROSS JOIN RDB$FIELDS d"

static const struct destination_place built_in[] = {
  { .destination = "duckdb",
    .label = "duckdb",
    .location = "duckdb:{}/warehouse.duckdb",
    .missing = "duckdb:{}/nothing.duckdb",
    .broken = "duckdb:/dev/null/warehouse.duckdb",
    .volume = 150000, /* more than waits before an INSERT begins */
    .slow_query = SLOW_DUCKDB },
  { .destination = "duckdb",
    .label = "duckdb: uncompressed",
    .location = "{}/small.db",
    .options = { { { "compression", "uncompressed" } } },
    .slow_query = SLOW_DUCKDB },
  { .destination = "example",
    .label = "example",
    .location = "example:{}/shop.db",
    .refused = "example:{}/.hidden",
    .missing = "example:{}/nothing.db",
    .broken = "example:/dev/null/shop.db",
    .volume = 1000, /* literals take their time */
    .slow_query = SLOW_DUCKDB },
  { .destination = "sqlite",
    .label = "sqlite",
    .location = "sqlite:{}/shop.db",
    .refused = "sqlite:{}/shop.db?nonsense=1",
    .missing = "sqlite:{}/nothing.db",
    .broken = "sqlite:/dev/null/shop.db",
    .slow_query = SLOW_SQLITE,
    .no_negative_zero = true },
  { .destination = "sqlite",
    .label = "sqlite: wal",
    .location = "{}/shop.sqlite",
    .options = { { { "destination-journal", "wal" } } },
    .broken = "sqlite:/etc/passwd",
    .slow_query = SLOW_SQLITE,
    .no_negative_zero = true },
  { .destination = "firebird",
    .label = "firebird: file",
    .location = "firebird:{}/shop.fdb",
    .refused = "firebird:",
    .missing = "firebird:{}/nothing.fdb",
    .broken = "firebird:/dev/null/shop.fdb",
    .secret = "firebird://loader:s3cr3tS3nt1n3l@127.0.0.1:1/shop",
    .volume = 8000, /* a call for each row */
    .slow_query = SLOW_FIREBIRD },
};
enum { BUILT_IN = sizeof built_in / sizeof built_in[0] };

static const char *variable(const char *name, const char *ending) {
  return place_variable("SLUICE_CONTRACT_DESTINATION_", name, ending);
}

static struct destination_place place_from_environment(const struct sl_destination_ops *ops) {
  const char *n = ops->name;
  const char *volume = variable(n, "_VOLUME");
  return (struct destination_place){
    .destination = n,
    .label = n,
    .location = variable(n, ""),
    .options = place_options_of(variable(n, "_OPTIONS")),
    .reset = variable(n, "_RESET"),
    .refused = variable(n, "_REFUSED"),
    .missing = variable(n, "_MISSING"),
    .broken = variable(n, "_BROKEN"),
    .secret = variable(n, "_SECRET"),
    .slow_query = variable(n, "_SLOW_QUERY"),
    .volume = volume == NULL ? 0 : (int)strtol(volume, NULL, 10),
    .no_infinity = variable(n, "_NO_INFINITY") != NULL,
    .no_nul = variable(n, "_NO_NUL") != NULL,
    .no_negative_zero = variable(n, "_NO_NEGATIVE_ZERO") != NULL,
  };
}

const struct destination_place *destination_places(size_t *n) {
  enum { MOST = 64 };
  static struct destination_place places[MOST];
  static size_t count;
  static bool ready;
  for (size_t i = 0; !ready && i < BUILT_IN; i++) {
    places[count] = built_in[i];
    count += place_selected(built_in[i].label);
  }
  for (size_t i = 0; !ready && sl_destination_at(i) != NULL; i++) {
    struct destination_place place = place_from_environment(sl_destination_at(i));
    places[count] = place;
    count += place.location != NULL && place_selected(place.label) && count < MOST - 1;
  }
  ready = true;
  *n = count;
  return places;
}
