/* dotenv.h - reading .env, as python-dotenv does: comments, quotes, export, ${NAME}. */
#ifndef SL_PROJECT_DOTENV_H
#define SL_PROJECT_DOTENV_H

#include "project/secrets.h"

/* Adds what <root>/.env has; a file that is not there has nothing. SL_EDATA: line and caret. */
sl_status sl_dotenv_read(struct sl_secrets *out, const char *root, struct sl_error *err);
sl_status sl_dotenv_parse(struct sl_secrets *out, const char *path, const char *text, size_t length,
                          struct sl_error *err);

#endif
