/* create.h - a new project folder, laid out as Dango's. */
#ifndef SL_PROJECT_CREATE_H
#define SL_PROJECT_CREATE_H

#include <sluice/error.h>
#include <stdbool.h>

struct sl_project_new {
  const char *folder;                        /* made when missing */
  const char *name, *organization, *purpose; /* NULL = not said; name: that of the folder then */
  bool force; /* missing files of a project that is there are added; else that is SL_EUSAGE */
};
/* Files that are there stay as they are; .gitignore gets the lines that it lacks. */
sl_status sl_project_create(const struct sl_project_new *settings, struct sl_error *err);

#endif
