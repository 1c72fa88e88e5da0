/* pages.h - the files of web/page, compiled into the program by web/pages.cmake. */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

#include <stddef.h>

struct web_file {
  const char *name, *type;
  const unsigned char *data;
  size_t size;
};
extern const struct web_file web_files[]; /* name NULL behind the last */

#endif
