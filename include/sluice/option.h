/* option.h - options declared once.
 *
 * Each connector and each command has one table of these. Parsing, `--help`, the reference
 * page, the wizard's prompts and the web form are all made from it. Tables end with
 * .name = NULL and use designated initialisers. */
#ifndef SLUICE_OPTION_H
#define SLUICE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sluice/error.h>

#ifdef __cplusplus
extern "C" {
#endif

enum sl_option_kind {
  SL_OPTION_TEXT,    /* const char *, borrowed from the argument */
  SL_OPTION_INTEGER, /* int64_t */
  SL_OPTION_BYTES,   /* int64_t; the text may end in KB, MB, GB (powers of 1024) */
  SL_OPTION_FLAG,    /* bool; given without a value */
  SL_OPTION_CHOICE   /* const char *, one of `choices` */
};

struct sl_option {
  const char *name; /* long name without dashes, as written by users: "records-path" */
  enum sl_option_kind kind;
  const char *value_name;   /* shown in help: "PATH"; NULL for flags */
  const char *choices;      /* "append|replace|merge" for SL_OPTION_CHOICE */
  const char *default_text; /* parsed like an argument; NULL = zero value */
  const char *help;         /* one sentence, ends with a full stop */
  const char *group;        /* heading in help: "Source", "Schema", ... */
  int64_t minimum, maximum; /* for numbers; both 0 = no limits */
  bool required, secret;
  size_t offset; /* where the value goes: offsetof(struct settings, member) */
};

/* Writes the defaults of `options` into `settings`. */
SL_API sl_status sl_options_set_defaults(const struct sl_option *options, void *settings,
                                         struct sl_error *err) SL_MUST_USE;

/* Sets one option from its text. Unknown names fail with SL_EUSAGE and the nearest name;
 * values outside kind, choices or limits fail with SL_EUSAGE and what is allowed. */
SL_API sl_status sl_options_set(const struct sl_option *options, void *settings, const char *name,
                                const char *text, struct sl_error *err) SL_MUST_USE;

SL_API const struct sl_option *sl_options_find(const struct sl_option *options, const char *name);

#ifdef __cplusplus
}
#endif
#endif
