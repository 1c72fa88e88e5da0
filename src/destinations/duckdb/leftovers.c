/* leftovers.c - see leftovers.h. */
#include "leftovers.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

void duck_delete_leftovers(const char *path) {
  static const char beginning[] = "duckdb_temp_";
  struct sl_buffer folder = { 0 };
  sl_buffer_printf(&folder, "%s.tmp", path);
  DIR *dir = folder.failed ? NULL : opendir(folder.data);
  for (struct dirent *e = dir == NULL ? NULL : readdir(dir); e != NULL; e = readdir(dir)) {
    if (strncmp(e->d_name, beginning, sizeof beginning - 1) == 0) {
      unlinkat(dirfd(dir), e->d_name, 0);
    }
  }
  if (dir != NULL) {
    closedir(dir);
    rmdir(folder.data); /* not when something else is in it */
  }
  sl_buffer_release(&folder);
}
