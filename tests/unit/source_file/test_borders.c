/* Blocks of ranges.c and streamed.c: wherever their borders fall, every line and record comes once,
 * whole and in order, and says truly where it stood. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sources/file/file_internal.h"
#include "sources/file/file_source.h"
#include "unit/test.h"

static char folder[] = "/tmp/sluice-borders-XXXXXX";

static void write_file(const char *path, const char *text, size_t length) {
  FILE *f = fopen(path, "wb");
  CHECK(f != NULL && fwrite(text, 1, length, f) == length);
  if (f != NULL) {
    fclose(f);
  }
}

struct reading {
  struct sl_source *source;
  struct sl_catalog catalog;
  struct file_settings settings;
  sl_status rc;
  struct sl_error err;
};

static void reading_open(struct reading *r, const char *location, const char *format,
                         int64_t block_bytes) {
  char size[24];
  *r = (struct reading){ .settings = { .format = format } };
  const struct sl_source_config config = {
    .location = location, .settings = &r->settings, .memory_bytes = 1 << 20, .threads = 2
  };
  snprintf(size, sizeof size, "%lld", (long long)block_bytes);
  setenv("SLUICE_TEST_BLOCK_BYTES", size, 1);
  r->rc = sl_file_source.open(&r->source, &config, &r->err);
  unsetenv("SLUICE_TEST_BLOCK_BYTES");
}

static void reading_start(struct reading *r) {
  if (r->rc == SL_OK) { /* the only table has the name of the location */
    struct file_source *s = (struct file_source *)r->source;
    struct sl_source_table table = { .name = s->location };
    r->rc = sl_file_source.start(r->source, &table, NULL, &r->err);
  }
}

static void reading_close(struct reading *r) {
  if (r->source != NULL) {
    sl_file_source.close(r->source);
  }
}

/* Every document of the block, as "<offset in the origin>:<text>|". */
static void show_documents(const struct sl_block *b, struct sl_buffer *out) {
  for (size_t i = 0; b->spans != NULL && i < b->n_spans; i++) {
    sl_buffer_printf(out, "%lld:%.*s|", (long long)(b->byte_offset + b->spans[i].offset),
                     (int)b->spans[i].length, b->data + b->spans[i].offset);
  }
  const char *at = b->data;
  const char *end = b->data + b->size;
  while (b->spans == NULL && at < end) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    const char *stop = newline == NULL ? end : newline;
    sl_buffer_printf(out, "%lld:%.*s|", (long long)(b->byte_offset + (at - b->data)),
                     (int)(stop - at), at);
    at = stop + 1;
  }
}

/* Reads all blocks: claims them all first and fills them from the last to the first when `late`, as
 * other threads might. Returns the documents; *bytes = source bytes of all blocks. */
static char *read_all(struct reading *r, bool late, int64_t *bytes, int *starts) {
  enum { MOST = 2000 };
  static struct sl_block blocks[MOST];
  struct sl_buffer out = { 0 };
  size_t n = 0;
  bool end = false;
  sl_buffer_append(&out, "", 0);
  *bytes = 0;
  *starts = 0;
  while (r->rc == SL_OK && !end && n < MOST) {
    blocks[n] = (struct sl_block){ 0 };
    r->rc = sl_file_source.claim(r->source, &blocks[n], &end, &r->err);
    if (r->rc == SL_OK && !end && !late) {
      r->rc = sl_file_source.fill(r->source, &blocks[n], &r->err);
    }
    n += r->rc == SL_OK && !end;
  }
  for (size_t i = n; late && r->rc == SL_OK && i-- > 0;) {
    r->rc = sl_file_source.fill(r->source, &blocks[i], &r->err);
  }
  for (size_t i = 0; i < n; i++) {
    if (blocks[i].data != NULL) {
      bool padded = true;
      for (int p = 0; p < SL_BLOCK_PADDING; p++) {
        padded = padded && blocks[i].data[blocks[i].size + (size_t)p] == '\0';
      }
      CHECK_CASE("padding", padded);
      show_documents(&blocks[i], &out);
    }
    *bytes += blocks[i].source_bytes;
    *starts += blocks[i].starts_origin;
    if (blocks[i].release != NULL) {
      blocks[i].release(&blocks[i]);
    }
  }
  return sl_buffer_take(&out);
}

#define BOM "\xEF\xBB\xBF"
static const struct {
  const char *label, *text, *want;
} line_cases[] = {
  { "plain", "{\"a\":1}\n{\"b\":22}\n{\"c\":333}\n", "0:{\"a\":1}|8:{\"b\":22}|17:{\"c\":333}|" },
  { "no newline at the end", "1\n22\n333", "0:1|2:22|5:333|" },
  { "blank lines", "\n\n1\n\n\n2\n\n", "0:|1:|2:1|4:|5:|6:2|8:|" },
  { "one long line", "[0123456789012345678901234567890123456789]",
    "0:[0123456789012345678901234567890123456789]|" },
  { "CR LF", "1\r\n22\r\n", "0:1\r|3:22\r|" },
  { "BOM", BOM "1\n22\n", "3:1|5:22|" },
  { "BOM and one line", BOM "123", "3:123|" },
  { "newlines only", "\n\n\n", "0:|1:|2:|" },
  { "one byte", "7", "0:7|" },
};

TEST(lines_survive_any_border_between_ranges) {
  char path[96];
  snprintf(path, sizeof path, "%s/a.jsonl", folder);
  for (size_t i = 0; i < COUNT(line_cases); i++) {
    size_t length = strlen(line_cases[i].text);
    write_file(path, line_cases[i].text, length);
    for (int64_t block = 1; block <= (int64_t)length + 2; block++) {
      for (int late = 0; late < 2; late++) {
        struct reading r;
        int64_t bytes;
        int starts;
        char label[64];
        snprintf(label, sizeof label, "%s, blocks of %lld", line_cases[i].label, (long long)block);
        reading_open(&r, path, "jsonl", block);
        reading_start(&r);
        char *got = read_all(&r, late, &bytes, &starts);
        CHECK_OK(r.rc, &r.err);
        CHECK_STR(label, got, line_cases[i].want);
        CHECK_INT("bytes for the progress", bytes, length);
        CHECK_INT("one block begins the file", starts, 1);
        free(got);
        reading_close(&r);
      }
    }
  }
  unlink(path);
}

struct writer {
  const char *path, *text;
  size_t length, piece;
};

/* Gives the text to a pipe in small pieces. */
static void *write_pipe(void *arg) {
  const struct writer *w = arg;
  FILE *f = fopen(w->path, "wb");
  for (size_t at = 0; f != NULL && at < w->length; at += w->piece) {
    size_t n = w->length - at < w->piece ? w->length - at : w->piece;
    if (fwrite(w->text + at, 1, n, f) != n || fflush(f) != 0) {
      break;
    }
  }
  if (f != NULL) {
    fclose(f);
  }
  return NULL;
}

/* A pipe cannot be read by ranges: it is cut while it is claimed. */
static char *read_pipe(const char *text, size_t length, const char *format, int64_t block,
                       size_t piece, struct reading *r) {
  char path[96];
  pthread_t thread;
  int64_t bytes;
  int starts;
  snprintf(path, sizeof path, "%s/pipe", folder);
  CHECK(mkfifo(path, 0600) == 0);
  struct writer w = { path, text, length, piece };
  reading_open(r, path, format, block);
  CHECK_INT("start", pthread_create(&thread, NULL, write_pipe, &w), 0);
  reading_start(r);
  char *got = read_all(r, false, &bytes, &starts);
  pthread_join(thread, NULL);
  CHECK_INT("bytes for the progress", bytes, length);
  CHECK_INT("one block begins the stream", starts, 1);
  reading_close(r);
  unlink(path);
  return got;
}

TEST(lines_survive_any_border_in_a_stream) {
  static const size_t pieces[] = { 1, 3, 100 };
  for (size_t i = 0; i < COUNT(line_cases); i++) {
    size_t length = strlen(line_cases[i].text);
    for (int64_t block = 1; block <= (int64_t)length + 2; block += block < 12 ? 1 : 5) {
      struct reading r;
      char label[64];
      snprintf(label, sizeof label, "%s, blocks of %lld", line_cases[i].label, (long long)block);
      char *got = read_pipe(line_cases[i].text, length, "jsonl", block, pieces[block % 3], &r);
      CHECK_OK(r.rc, &r.err);
      CHECK_STR(label, got, line_cases[i].want);
      free(got);
    }
  }
}

static const struct {
  const char *label, *text, *want;
} record_cases[] = {
  { "array", "[{\"a\":1}, [2, 3] ,\"x\\\"]\",\n4]", "1:{\"a\":1}|10:[2, 3]|18:\"x\\\"]\"|26:4|" },
  { "empty array", " [ ] ", "" },
  { "one object", "{\"a\":[1,{\"b\":\"}\"}]}", "0:{\"a\":[1,{\"b\":\"}\"}]}|" },
  { "one after the other", "{\"a\":1}\n{\"b\":2}  7", "0:{\"a\":1}|8:{\"b\":2}|17:7|" },
  { "over several lines", "[\n  {\n    \"a\": 1\n  },\n  {\n    \"b\": [\n    ]\n  }\n]\n",
    "4:{\n    \"a\": 1\n  }|24:{\n    \"b\": [\n    ]\n  }|" },
  { "BOM", BOM "[1,2]", "4:1|6:2|" },
};

TEST(records_survive_any_border) {
  char path[96];
  snprintf(path, sizeof path, "%s/a.json", folder);
  for (size_t i = 0; i < COUNT(record_cases); i++) {
    size_t length = strlen(record_cases[i].text);
    write_file(path, record_cases[i].text, length);
    for (int64_t block = 1; block <= (int64_t)length + 2; block++) {
      struct reading r;
      int64_t bytes;
      int starts;
      char label[64];
      snprintf(label, sizeof label, "%s, blocks of %lld", record_cases[i].label, (long long)block);
      reading_open(&r, path, "json", block);
      reading_start(&r);
      char *got = read_all(&r, false, &bytes, &starts);
      CHECK_OK(r.rc, &r.err);
      CHECK_STR(label, got, record_cases[i].want);
      CHECK_INT("bytes for the progress", bytes, length);
      free(got);
      reading_close(&r);
    }
  }
  unlink(path);
}

TEST(files_follow_each_other) {
  char path[96];
  struct reading r;
  int64_t bytes;
  int starts;
  static const char *const texts[] = { "1\n2", "", "\n3\n", "44" };
  for (size_t i = 0; i < COUNT(texts); i++) {
    snprintf(path, sizeof path, "%s/%zu.jsonl", folder, i);
    write_file(path, texts[i], strlen(texts[i]));
  }
  for (int64_t block = 1; block < 6; block++) {
    reading_open(&r, folder, "jsonl", block);
    reading_start(&r);
    char *got = read_all(&r, block % 2 == 0, &bytes, &starts);
    CHECK_OK(r.rc, &r.err);
    CHECK_STR("documents", got, "0:1|2:2|0:|1:3|0:44|");
    CHECK_INT("bytes", bytes, 8);
    CHECK_INT("files that have any", starts, 3);
    free(got);
    reading_close(&r);
  }
  for (size_t i = 0; i < COUNT(texts); i++) {
    snprintf(path, sizeof path, "%s/%zu.jsonl", folder, i);
    unlink(path);
  }
}

static const struct {
  const char *label, *text;
} broken_cases[] = {
  { "an array without end", "[1,2" },
  { "an object without end", "{\"a\":[1," },
  { "a text without end", "[\"abc" },
  { "too many brackets", "[1]]" },
};

TEST(broken_records_fail_wherever_the_border_is) {
  char path[96];
  snprintf(path, sizeof path, "%s/broken.json", folder);
  for (size_t i = 0; i < COUNT(broken_cases); i++) {
    write_file(path, broken_cases[i].text, strlen(broken_cases[i].text));
    for (int64_t block = 1; block < 12; block++) {
      struct reading r;
      int64_t bytes;
      int starts;
      reading_open(&r, path, "json", block);
      reading_start(&r);
      free(read_all(&r, false, &bytes, &starts));
      CHECK_FAILS(r.rc, SL_EDATA, &r.err);
      CHECK_CASE(broken_cases[i].label, strstr(r.err.message, "broken.json") != NULL);
      reading_close(&r);
    }
  }
  unlink(path);
}

/* A file that became shorter after it was claimed gives what is left of it. */
TEST(a_file_that_shrinks_ends_early) {
  char path[96];
  struct reading r;
  struct sl_block blocks[4] = { { 0 } };
  struct sl_buffer out = { 0 };
  bool end = false;
  snprintf(path, sizeof path, "%s/s.jsonl", folder);
  write_file(path, "1\n22\n333\n4444\n", 14);
  reading_open(&r, path, "jsonl", 4);
  reading_start(&r);
  for (int i = 0; i < 4; i++) {
    CHECK_OK(sl_file_source.claim(r.source, &blocks[i], &end, &r.err), &r.err);
    CHECK(!end);
  }
  CHECK(truncate(path, 5) == 0);
  for (int i = 0; i < 4; i++) {
    CHECK_OK(sl_file_source.fill(r.source, &blocks[i], &r.err), &r.err);
    show_documents(&blocks[i], &out);
    blocks[i].release(&blocks[i]);
  }
  CHECK_STR("documents", out.data, "0:1|2:22|");
  sl_buffer_release(&out);
  reading_close(&r);
  unlink(path);
}

TEST(a_file_that_goes_away_fails) {
  char path[96];
  struct reading r;
  struct sl_block block = { 0 };
  bool end = false;
  snprintf(path, sizeof path, "%s/g.jsonl", folder);
  write_file(path, "1\n", 2);
  reading_open(&r, path, "jsonl", 100);
  reading_start(&r);
  CHECK_OK(sl_file_source.claim(r.source, &block, &end, &r.err), &r.err);
  unlink(path);
  CHECK_FAILS(sl_file_source.fill(r.source, &block, &r.err), SL_ENOTFOUND, &r.err);
  CHECK_CASE(r.err.message, strstr(r.err.message, "g.jsonl") != NULL);
  reading_close(&r);
}

__attribute__((constructor)) static void make_folder(void) {
  if (mkdtemp(folder) == NULL) {
    abort();
  }
}

__attribute__((destructor)) static void remove_folder(void) {
  rmdir(folder);
}
