/* file_list.c - see file_list.h. */
#include "file_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
  const char *name;
  enum file_format format;
} names[] = {
  { "jsonl", FILE_JSONL }, { "ndjson", FILE_JSONL },    { "json", FILE_JSON },
  { "csv", FILE_CSV },     { "tsv", FILE_TSV },         { "tab", FILE_TSV },
  { "txt", FILE_CSV },     { "parquet", FILE_PARQUET }, { "pq", FILE_PARQUET },
};

const char *file_format_name(enum file_format format) {
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (names[i].format == format) {
      return names[i].name;
    }
  }
  return "unknown";
}

enum file_format file_format_from_name(const char *name) {
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strcasecmp(names[i].name, name) == 0) {
      return names[i].format;
    }
  }
  return FILE_UNKNOWN;
}

static bool ends_with(const char *path, size_t length, const char *ending) {
  size_t n = strlen(ending);
  return length > n && strncasecmp(path + length - n, ending, n) == 0;
}

/* By the endings of the name: events.jsonl.gz is gzip around JSON lines. */
static void guess_by_name(struct file_item *item) {
  size_t length = strlen(item->path);
  if (ends_with(item->path, length, ".gz")) {
    item->packing = FILE_GZIP;
    length -= 3;
  } else if (ends_with(item->path, length, ".zst")) {
    item->packing = FILE_ZSTD;
    length -= 4;
  }
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    char ending[16];
    snprintf(ending, sizeof ending, ".%s", names[i].name);
    if (ends_with(item->path, length, ending)) {
      item->format = names[i].format;
      return;
    }
  }
}

/* By the first bytes. A file that begins with [ is an array; with {, one document a line is assumed
 * when a line ends within what was read. */
static void guess_by_content(struct file_item *item, const unsigned char *head, size_t n) {
  if (n >= 2 && head[0] == 0x1F && head[1] == 0x8B) {
    item->packing = FILE_GZIP;
  } else if (n >= 4 && memcmp(head, "\x28\xB5\x2F\xFD", 4) == 0) {
    item->packing = FILE_ZSTD;
  }
  if (item->format != FILE_UNKNOWN || item->packing != FILE_PLAIN) {
    item->format = item->format == FILE_UNKNOWN ? FILE_JSONL : item->format;
    return;
  }
  size_t at = n >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
  while (at < n && strchr(" \t\r\n", head[at]) != NULL && head[at] != '\0') {
    at++;
  }
  if (n >= 4 && memcmp(head, "PAR1", 4) == 0) {
    item->format = FILE_PARQUET;
  } else if (at == n || head[at] == '{') {
    item->format = FILE_JSONL;
  } else {
    item->format = head[at] == '[' ? FILE_JSON : FILE_CSV;
  }
}

static sl_status check_content(struct file_item *item, struct sl_error *err) {
  unsigned char head[4096];
  int fd = open(item->path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return sl_fail_errno(err, errno, "cannot read %s", item->path);
  }
  ssize_t n = read(fd, head, sizeof head);
  int problem = errno;
  close(fd);
  if (n < 0) {
    return sl_fail_errno(err, problem, "cannot read %s", item->path);
  }
  if (n >= 2 && ((head[0] == 0xFF && head[1] == 0xFE) || (head[0] == 0xFE && head[1] == 0xFF))) {
    return sl_fail(err, SL_EDATA,
                   "%s is UTF-16; Sluice reads UTF-8: convert it with `iconv -f UTF-16 -t UTF-8`",
                   item->path);
  }
  guess_by_content(item, head, (size_t)n);
  return SL_OK;
}

static sl_status add_file(struct file_list *list, const char *path, enum file_format format,
                          struct sl_error *err) {
  struct stat info;
  if (stat(path, &info) != 0) {
    return sl_fail_errno(err, errno, "cannot read %s", path);
  }
  sl_status rc = sl_grow(&list->items, &list->capacity, list->count + 1, sizeof *list->items, err);
  if (rc != SL_OK) {
    return rc;
  }
  struct file_item *item = &list->items[list->count];
  *item = (struct file_item){
    .path = strdup(path),
    .size = S_ISREG(info.st_mode) ? info.st_size : -1,
    .mtime_nanos = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec,
  };
  if (item->path == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a path");
  }
  list->count++;
  guess_by_name(item);
  if (format != FILE_UNKNOWN) {
    item->format = format;
  }
  if (S_ISREG(info.st_mode)) {
    return check_content(item, err);
  }
  item->format = item->format == FILE_UNKNOWN ? FILE_JSONL : item->format; /* a pipe is read once */
  return SL_OK;
}

static int compare_items(const void *a, const void *b) {
  return strcmp(((const struct file_item *)a)->path, ((const struct file_item *)b)->path);
}

static bool looks_like_data(const char *name, enum file_format format) {
  struct file_item item = { .path = (char *)(uintptr_t)name };
  guess_by_name(&item);
  return name[0] != '.' && name[0] != '_' &&
         (format != FILE_UNKNOWN || item.format != FILE_UNKNOWN);
}

static sl_status add_folder(struct file_list *list, const char *folder, enum file_format format,
                            int depth, struct sl_error *err) {
  enum { MOST_DEPTH = 64 };
  DIR *dir = opendir(folder);
  if (dir == NULL) {
    return sl_fail_errno(err, errno, "cannot read the folder %s", folder);
  }
  sl_status rc = SL_OK;
  const struct dirent *entry;
  while (rc == SL_OK && (entry = readdir(dir)) != NULL) {
    struct sl_buffer path = { 0 };
    struct stat info;
    sl_buffer_printf(&path, "%s/%s", folder, entry->d_name);
    rc = sl_buffer_check(&path, err);
    if (rc == SL_OK && entry->d_name[0] != '.' && stat(path.data, &info) == 0) {
      if (S_ISDIR(info.st_mode) && depth < MOST_DEPTH) {
        rc = add_folder(list, path.data, format, depth + 1, err);
      } else if (S_ISREG(info.st_mode) && looks_like_data(entry->d_name, format)) {
        rc = add_file(list, path.data, format, err);
      }
    }
    sl_buffer_release(&path);
  }
  closedir(dir);
  return rc;
}

/* The name in the folder of `path` that is nearest to its last part. */
static void nearest_name(const char *path, char out[256]) {
  char folder[4096];
  snprintf(folder, sizeof folder, "%s", path);
  char *slash = strrchr(folder, '/');
  const char *last = slash == NULL ? path : path + (slash - folder) + 1;
  if (slash != NULL) {
    *slash = '\0';
  }
  out[0] = '\0';
  DIR *dir = opendir(slash == NULL ? "." : folder);
  if (dir == NULL) {
    return;
  }
  size_t best = 6;
  const struct dirent *entry;
  while ((entry = readdir(dir)) != NULL) {
    bool folder_itself = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    size_t distance = sl_text_distance(last, entry->d_name, best);
    if (distance < best && !folder_itself) {
      best = distance;
      snprintf(out, 256, "%s", entry->d_name);
    }
  }
  closedir(dir);
}

static sl_status not_found(const char *location, struct sl_error *err) {
  char nearest[256];
  nearest_name(location, nearest);
  return sl_fail(err, SL_ENOTFOUND, "there is no file %s%s%s%s", location,
                 nearest[0] == '\0' ? "" : "; did you mean ", nearest,
                 nearest[0] == '\0' ? "" : "?");
}

/* Splits "a/ ** /b" (without the blanks) at the double star: files below a whose path ends like b.
 */
static sl_status add_deep(struct file_list *list, const char *location, const char *stars,
                          enum file_format format, struct sl_error *err) {
  char folder[4096];
  snprintf(folder, sizeof folder, "%.*s", (int)(stars - location), location);
  size_t n = strlen(folder);
  while (n > 1 && folder[n - 1] == '/') {
    folder[--n] = '\0';
  }
  const char *tail = stars + 2 + (stars[2] == '/');
  struct file_list all = { 0 };
  sl_status rc = add_folder(&all, n == 0 ? "." : folder, format, 0, err);
  for (size_t i = 0; rc == SL_OK && i < all.count; i++) {
    const char *base = strrchr(all.items[i].path, '/');
    if (tail[0] == '\0' || sl_text_glob(tail, base == NULL ? all.items[i].path : base + 1)) {
      rc = add_file(list, all.items[i].path, format, err);
    }
  }
  file_list_release(&all);
  return rc;
}

sl_status file_list_expand(struct file_list *out, const char *location, enum file_format format,
                           struct sl_error *err) {
  struct stat info;
  if (strcmp(location, "-") == 0) {
    sl_status rc = sl_grow(&out->items, &out->capacity, 1, sizeof *out->items, err);
    char *path = rc == SL_OK ? strdup("-") : NULL;
    if (rc == SL_OK && path == NULL) {
      rc = sl_fail(err, SL_ENOMEM, "out of memory for a path");
    }
    if (rc == SL_OK) {
      out->items[out->count++] = (struct file_item){
        .path = path, .size = -1, .format = format == FILE_UNKNOWN ? FILE_JSONL : format
      };
    }
    return rc;
  }
  sl_status rc = SL_OK;
  if (stat(location, &info) == 0) {
    rc = S_ISDIR(info.st_mode) ? add_folder(out, location, format, 0, err)
                               : add_file(out, location, format, err);
  } else if (strpbrk(location, "*?[{") == NULL) {
    return errno == ENOENT ? not_found(location, err)
                           : sl_fail_errno(err, errno, "cannot read %s", location);
  } else if (strstr(location, "**") != NULL) {
    rc = add_deep(out, location, strstr(location, "**"), format, err);
  } else {
    glob_t found;
    int code = glob(location, GLOB_BRACE, NULL, &found);
    for (size_t i = 0; rc == SL_OK && code == 0 && i < found.gl_pathc; i++) {
      if (stat(found.gl_pathv[i], &info) != 0 || !S_ISDIR(info.st_mode)) {
        rc = add_file(out, found.gl_pathv[i], format, err);
      }
    }
    globfree(&found);
  }
  if (rc == SL_OK && out->count == 0) {
    rc = sl_fail(err, SL_ENOTFOUND, "no data file matches %s", location);
  }
  if (rc == SL_OK) {
    qsort(out->items, out->count, sizeof *out->items, compare_items);
  }
  return rc;
}

void file_list_release(struct file_list *list) {
  for (size_t i = 0; i < list->count; i++) {
    free(list->items[i].path);
    free(list->items[i].keep);
  }
  free(list->items);
  *list = (struct file_list){ 0 };
}
