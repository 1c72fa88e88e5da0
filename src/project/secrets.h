/* secrets.h - values that do not stand in the project's YAML: the environment, .env, and dlt's
 * secrets.toml and config.toml with dlt's order of lookups (dlt.md 7.1).
 *
 * The environment of the process goes before .env; the project's .dlt goes before ~/.dlt. */
#ifndef SL_PROJECT_SECRETS_H
#define SL_PROJECT_SECRETS_H

#include "project/doc.h"

struct sl_secret_pair {
  char *name, *value;
};
struct sl_secrets {           /* all-zero is empty */
  struct sl_secret_pair *env; /* of .env */
  size_t n_env, capacity;
  struct sl_doc secrets, config, global_secrets, global_config;
};

/* Reads <root>/.env and the TOML files; absent ones are empty. */
sl_status sl_secrets_read(struct sl_secrets *out, const char *root, struct sl_error *err);
void sl_secrets_release(struct sl_secrets *secrets);

/* A variable: of the environment, else of .env; NULL = not set. */
const char *sl_secrets_variable(const struct sl_secrets *secrets, const char *name);

struct sl_secret_place { /* what a key is for; NULL = none */
  const char *pipeline;  /* dlt's pipeline name: the source's name */
  const char *module;    /* "sql_database" */
  const char *source;    /* "sql_database" */
};
/* Looks `key` ("credentials", "credentials.password") up as dlt does: with the pipeline's name
 * before it, then without; each time the environment (SOURCES__SQL_DATABASE__CREDENTIALS),
 * secrets.toml, config.toml; in each the longest section first. NULL = not found; then `tried` (may
 * be NULL) has the names, a line each. A node that is a map is given as such; what the environment
 * has is given as *text. */
const struct sl_node *sl_secrets_find(const struct sl_secrets *secrets,
                                      const struct sl_secret_place *place, const char *key,
                                      const char **text, struct sl_buffer *tried);
/* The credentials of a database source as one URL (malloc'ed): a text, or a table of drivername,
 * username, password, host, port, database and query, each of which may come from elsewhere.
 * SL_EUSAGE lists what was tried. */
sl_status sl_secrets_credentials(const struct sl_secrets *secrets,
                                 const struct sl_secret_place *place, char **out,
                                 struct sl_error *err);
/* Appends the URL of scheme, user, password, host, port, database (NULL = none, but for the
 * scheme), with percent signs where they are needed; query: a map, or NULL. */
void sl_secrets_print_url(const char *const parts[6], const struct sl_node *query,
                          struct sl_buffer *out);

/* .env with a line "NAME=value" set or added; comments and order stay. Written with mode 0600. */
sl_status sl_secrets_save_variable(const char *root, const char *name, const char *value,
                                   struct sl_error *err);

#endif
