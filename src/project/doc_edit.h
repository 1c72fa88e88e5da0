/* doc_edit.h - a YAML file written anew with one entry changed, so that comments, order and all
 * other lines stay.
 *
 * Each call makes the whole new text; values are given as JSON. */
#ifndef SL_PROJECT_DOC_EDIT_H
#define SL_PROJECT_DOC_EDIT_H

#include "project/doc.h"

struct sl_doc_edit {
  const struct sl_doc *doc; /* the file as it is */
  struct sl_buffer text;    /* as it will be; the caller releases it */
};

/* An entry behind the last one of the root's list `list`. head: what a file begins with that has no
 * such list ("version: '1.0'\n"), or "". */
sl_status sl_doc_edit_add(struct sl_doc_edit *e, const char *list, const char *head,
                          const char *json, struct sl_error *err);
/* Without the lines of an entry of a list. */
void sl_doc_edit_remove(struct sl_doc_edit *e, const struct sl_node *entry);
/* Another map in the place of an entry of a list. Members that are the same keep their lines and
 * comments. */
sl_status sl_doc_edit_replace(struct sl_doc_edit *e, const struct sl_node *entry, const char *json,
                              struct sl_error *err);
/* The same for the whole file. */
sl_status sl_doc_edit_root(struct sl_doc_edit *e, const char *json, struct sl_error *err);

#endif
