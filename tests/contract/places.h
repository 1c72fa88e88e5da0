/* places.h - where the contract tests find each connector: the only thing that is told by name.
 *
 * A place is a small table in an outside system, and locations that misbehave in known ways. The
 * built-in connectors that need no server have theirs in source_places.c and
 * destination_places.c; every other one (a database, a plug-in) is given its place by environment
 * variables, see docs/new-source.md and docs/new-destination.md. */
#ifndef SL_TESTS_CONTRACT_PLACES_H
#define SL_TESTS_CONTRACT_PLACES_H

#include <sluice/registry.h>

/* Written into locations where something secret belongs; must never be seen in a message. */
#define CONTRACT_SECRET "s3cr3tS3nt1n3l"

enum { PLACE_OPTIONS = 8 };
struct place_options { /* pairs of name and text; the first NULL ends them */
  const char *pairs[PLACE_OPTIONS][2];
};

/* In every location, {} stands for the tests' folder. NULL = not tested here. */
struct source_place {
  const char *source;            /* name of the source it belongs to */
  const char *label;             /* for messages */
  const char *location;          /* some thousand rows, in several blocks */
  struct place_options options;  /* given at each open */
  const char *missing;           /* what it names does not exist: SL_ENOTFOUND */
  const char *broken;            /* fails while it is read, or when it is opened */
  const char *refused;           /* wrongly written: SL_EUSAGE, at open at the latest */
  const char *secret;            /* holds CONTRACT_SECRET, and fails */
  const char *slow;              /* its first block takes minutes */
  const char *large;             /* many times CONTRACT_MEMORY */
  struct place_options only_new; /* what makes it incremental */
  /* Adds rows to `location`, or to `grown` where that is another one. True = done. */
  bool (*grow)(const struct source_place *place, const char *folder);
  const char *grow_command; /* of a place from the environment: for /bin/sh */
  const char *grown;
  int64_t grown_rows; /* how many, in the table that is read */
};
enum { CONTRACT_MEMORY = 64 << 20 };

/* Makes what the places need; once, in an empty folder. False: *problem says why. */
bool source_places_prepare(const char *folder, char problem[1024]);
/* The large files, for the test of memory alone. */
bool source_places_prepare_large(const char *folder, char problem[1024]);
/* All of them; *n. Those of SLUICE_CONTRACT_PLACE (a glob on labels) if it is set. */
const struct source_place *source_places(size_t *n);

/* A destination's place gives empty databases, a new one for each test. */
struct destination_place {
  const char *destination, *label;
  const char *location; /* {} = a folder that is empty at the start of each test */
  struct place_options options;
  const char *reset;        /* for /bin/sh before each test, where {} is not enough; may be NULL */
  const char *refused;      /* wrongly written: SL_EUSAGE */
  const char *missing;      /* opened to read only: SL_ENOTFOUND */
  const char *broken;       /* is there and is not a database */
  const char *secret;       /* holds CONTRACT_SECRET, and fails */
  const char *slow_query;   /* runs for minutes */
  int volume;               /* rows that a test of many rows writes; 0 = 20,000 */
  bool no_infinity, no_nul; /* doubles are finite; texts hold no NUL */
  bool no_negative_zero;    /* zero has no sign */
};
/* All of them; *n. Those of SLUICE_CONTRACT_PLACE (a glob on labels) if it is set. */
const struct destination_place *destination_places(size_t *n);

/* `text` with {} replaced; malloc'ed. */
char *place_expand(const char *text, const char *folder);

/* The value of <prefix><NAME><ending>, NULL when unset or empty; "a=b&c=d" as options. */
const char *place_variable(const char *prefix, const char *name, const char *ending);
struct place_options place_options_of(const char *text);
bool place_shell(const char *command); /* true = exit code 0 */
bool place_selected(const char *label);

/* A temporary folder, removed with all it holds when the program ends. */
const char *place_folder(void);
/* A new, empty folder in it; borrowed until the next call. */
const char *place_new_folder(void);

#endif
