/* source_type.h - the types that sources.yml knows: under which key each has its settings, what
 * those are called in the engine, and what the wizard asks.
 *
 * Prompts, flags, the check of unknown keys and the web form all come from these tables. */
#ifndef SL_PROJECT_SOURCE_TYPE_H
#define SL_PROJECT_SOURCE_TYPE_H

#include <stdbool.h>
#include <stddef.h>

enum sl_field_kind {
  SL_FIELD_TEXT,
  SL_FIELD_VARIABLE, /* name of an environment variable that holds a secret; its key ends in _env */
  SL_FIELD_LIST,     /* texts */
  SL_FIELD_BOOL,
  SL_FIELD_INTEGER,
  SL_FIELD_MAP
};

struct sl_source_field {
  const char *key; /* in the YAML: "table_names"; as a flag: --table-names */
  enum sl_field_kind kind;
  const char *prompt;       /* the wizard's question; NULL = it does not ask */
  const char *default_text; /* NULL = none */
  const char *option;       /* of the engine, "batch-rows"; NULL = handled by itself */
  const char *help;         /* one sentence */
  bool required;
};

enum sl_type_reader { /* who reads sources of the type */
                      SL_READ_BY_ENGINE,
                      SL_READ_DLT_NATIVE, /* sql_database: the engine; else Python */
                      SL_READ_NOT_YET
};

struct sl_source_type {
  const char *name;       /* "postgres" */
  const char *title;      /* "PostgreSQL" */
  const char *config_key; /* "generic_config" or the type's own */
  enum sl_type_reader reader;
  bool files;                           /* reads a folder: directory and file_pattern */
  const char *scheme;                   /* of locations without one, "postgres"; NULL = none */
  const char *example;                  /* of what the secret variable holds; NULL = none */
  const struct sl_source_field *fields; /* .key == NULL behind the last; NULL = none are known */
};

extern const struct sl_source_type sl_source_types[]; /* .name == NULL behind the last */
const struct sl_source_type *sl_source_type_find(const char *name); /* NULL = there is none */
/* The field, NULL = the type has none of that key. */
const struct sl_source_field *sl_source_field_find(const struct sl_source_type *type,
                                                   const char *key);
/* Keys that every type read by the engine takes beside its own: those of `sluice load` with _ for
 * -, as "write_disposition", "primary_key", "contract". The option's name, NULL = no such key. */
const char *sl_source_extra_option(const struct sl_source_type *type, const char *key);

#endif
