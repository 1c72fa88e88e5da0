/* dotenv.h - reading and changing .env, as python-dotenv does: comments, quotes, export, ${NAME}.
 */
#ifndef SL_PROJECT_DOTENV_H
#define SL_PROJECT_DOTENV_H

#include "project/secrets.h"

/* Adds what <root>/.env has; a file that is not there has nothing. SL_EDATA: line and caret. */
sl_status sl_dotenv_read(struct sl_secrets *out, const char *root, struct sl_error *err);
sl_status sl_dotenv_parse(struct sl_secrets *out, const char *path, const char *text, size_t length,
                          struct sl_error *err);
/* Appends the text of a file with a line "name=value" set or added, or without it (value NULL);
 * comments and order stay. */
void sl_dotenv_change(const char *text, const char *name, const char *value, struct sl_buffer *out);

#endif
