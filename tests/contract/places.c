/* places.c - the tests' folder, and places that environment variables give. */
#include "contract/places.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

char *place_expand(const char *text, const char *folder) {
  struct sl_buffer out = { 0 };
  for (const char *at = text; *at != '\0'; at++) {
    if (at[0] == '{' && at[1] == '}') {
      sl_buffer_text(&out, folder);
      at++;
    } else {
      sl_buffer_char(&out, *at);
    }
  }
  return sl_buffer_take(&out);
}

static void remove_folder(const char *path) {
  DIR *folder = opendir(path);
  const struct dirent *entry;
  while (folder != NULL && (entry = readdir(folder)) != NULL) {
    char inside[4096];
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
      snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
      if (unlink(inside) != 0) {
        remove_folder(inside);
      }
    }
  }
  if (folder != NULL) {
    closedir(folder);
  }
  rmdir(path);
}

static char folder[4096];

static void remove_ours(void) {
  remove_folder(folder);
}

const char *place_folder(void) {
  if (folder[0] == '\0') {
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/sluice-contract-XXXXXX", base == NULL ? "/tmp" : base);
    if (mkdtemp(folder) == NULL) {
      perror(folder);
      exit(2);
    }
    atexit(remove_ours);
  }
  return folder;
}
