/* venv.h - the Python that runs the project's custom sources.
 *
 * A virtual environment of the user's (venv/ or .venv/) is taken as it is. Without one,
 * requirements.txt makes venv/, again whenever it changes. */
#ifndef SL_PROJECT_VENV_H
#define SL_PROJECT_VENV_H

#include "project/project.h"

/* The interpreter; malloc'ed, NULL = no memory. That of venv/ may be still to be made. */
char *sl_venv_python(const struct sl_project *project);
/* Makes or renews venv/ if that is for us to do; *made: it was done. Any thread; the second waits.
 * SL_ESOURCE: pip failed, with the end of what it said. */
sl_status sl_venv_prepare(const struct sl_project *project, bool *made, struct sl_error *err);

#endif
