/* places.c - the tests' folder, and what places of both kinds have in common. */
#include "contract/places.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

const char *place_new_folder(void) {
  static char path[8192];
  static int number;
  snprintf(path, sizeof path, "%s/%d", place_folder(), ++number);
  if (mkdir(path, 0700) != 0) {
    perror(path);
    exit(2);
  }
  return path;
}

const char *place_variable(const char *prefix, const char *name, const char *ending) {
  char variable[256];
  snprintf(variable, sizeof variable, "%s%s%s", prefix, name, ending);
  for (char *c = variable; *c != '\0'; c++) {
    *c = (char)(*c == '-' ? '_' : toupper((unsigned char)*c));
  }
  const char *value = getenv(variable);
  return value == NULL || value[0] == '\0' ? NULL : value;
}

struct place_options place_options_of(const char *text) {
  struct place_options out = { 0 };
  char *at = text == NULL ? NULL : strdup(text); /* lives as long as the program */
  for (size_t i = 0; at != NULL && *at != '\0' && i + 1 < PLACE_OPTIONS; i++) {
    char *next = strchr(at, '&');
    if (next != NULL) {
      *next++ = '\0';
    }
    char *equals = strchr(at, '=');
    out.pairs[i][0] = at;
    out.pairs[i][1] = equals == NULL ? "yes" : equals + 1;
    if (equals != NULL) {
      *equals = '\0';
    }
    at = next;
  }
  return out;
}

bool place_shell(const char *command) {
  pid_t child = fork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
  }
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

bool place_selected(const char *label) {
  const char *pattern = getenv("SLUICE_CONTRACT_PLACE");
  return pattern == NULL || sl_text_glob(pattern, label);
}
