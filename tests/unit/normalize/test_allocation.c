/* test_allocation.c - the n-th allocation fails, for every n that a small load makes: each time the
 * load ends with SL_ENOMEM, nothing crashes, and all that was allocated is free again.
 *
 * cmake/tests.cmake has the linker send the calls of the engine and of this file here. What the C
 * library allocates for itself does not fail. */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "normalize/normalize.h"
#include "schema/stored.h"
#include "unit/test.h"

/* ---- an allocator that fails ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t most);
void __wrap_free(void *memory);

static struct heap {
  bool on;
  bool lasting;   /* all later ones fail too */
  int64_t number; /* of allocations so far */
  int64_t failing;
  int64_t failed;
  int64_t live; /* allocated and not freed */
} heap;

static bool fails(void) {
  heap.number += heap.on;
  bool now = heap.on && (heap.number == heap.failing ||
                         (heap.lasting && heap.failing > 0 && heap.number > heap.failing));
  heap.failed += now;
  return now;
}

static void *counted(void *memory) {
  heap.live += heap.on && memory != NULL;
  return memory;
}

void *__wrap_malloc(size_t size) {
  return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size) {
  return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size) {
  if (fails()) {
    return NULL;
  }
  void *memory = __real_realloc(old, size);
  return old == NULL ? counted(memory) : memory;
}

char *__wrap_strndup(const char *text, size_t most) {
  size_t length = strnlen(text, most);
  char *copy = __wrap_malloc(length + 1);
  if (copy != NULL) {
    memcpy(copy, text, length);
    copy[length] = '\0';
  }
  return copy;
}

char *__wrap_strdup(const char *text) {
  return __wrap_strndup(text, SIZE_MAX);
}

void __wrap_free(void *memory) {
  heap.live -= heap.on && memory != NULL;
  __real_free(memory);
}

/* ---- what is done with it ---- */

static struct sl_normalize_options some_options(void) {
  return (struct sl_normalize_options){ .root_table = "t",
                                        .load_id = "17",
                                        .max_nesting = 3,
                                        .keep_rejects = true,
                                        .add_dlt_id = true,
                                        .add_dlt_load_id = true,
                                        .decimal_precision = 38,
                                        .decimal_scale = 9,
                                        .id_seed = 42 };
}

/* The second block finds columns that the first one decides otherwise, so it is done again. */
static const char *const texts[] = {
  "{\"id\":1,\"o\":{\"p\":1,\"q\":{\"r\":[1,[2]],\"s\":{\"deep\":[{}]}}},\"l\":[1,\"two\",null]}\n"
  "{\"id\":2,\"at\":\"2024-01-01T00:00:00Z\",\"n\":12345678901234567890123,\"x\":0.5,\"b\":true}\n"
  "{broken\n",
  "{\"id\":\"three\",\"x\":\"text\",\"o\":2,\"b\":1,\"A-Key\":1,\"a_key\":2}\n"
  "{\"id\":4.5,\"at\":\"no time\",\"n\":0.1234567890123456789,\"l\":[{\"k\":{\"v\":1}}]}\n",
};
enum { BLOCKS = 2 };

static sl_status normalize_blocks(struct sl_normalizer *normalizer, struct sl_error *err) {
  struct sl_normalize_worker *workers[BLOCKS] = { NULL };
  struct sl_normalized outs[BLOCKS] = { { 0 } };
  struct sl_block blocks[BLOCKS];
  char data[BLOCKS][1024] = { { 0 } }; /* with the padding that blocks have */
  sl_status rc = SL_OK;
  for (size_t i = 0; i < BLOCKS; i++) {
    size_t size = strlen(texts[i]);
    memcpy(data[i], texts[i], size);
    blocks[i] = (struct sl_block){
      .kind = SL_BLOCK_DOCUMENTS, .origin = "test", .data = data[i], .size = size
    };
  }
  for (size_t i = 0; rc == SL_OK && i < BLOCKS; i++) {
    rc = sl_normalize_worker_new(&workers[i], normalizer, err);
    if (rc == SL_OK) {
      rc = sl_normalize_block(workers[i], &blocks[i], (int64_t)i, &outs[i], err);
    }
  }
  for (size_t i = 0; rc == SL_OK && i < BLOCKS; i++) {
    rc = sl_normalize_commit(workers[i], &blocks[i], (int64_t)i, 1, &outs[i], err);
  }
  for (size_t i = 0; i < BLOCKS; i++) {
    sl_normalized_release(&outs[i]);
    sl_normalize_worker_free(workers[i]);
  }
  return rc;
}

/* Out as JSON and YAML, and in again. */
static sl_status store_schema(const struct sl_schema *schema, struct sl_error *err) {
  struct sl_buffer json = { 0 };
  struct sl_buffer yaml = { 0 };
  struct sl_schema *again = NULL;
  bool changed;
  sl_status rc = sl_schema_to_json(schema, SL_SCHEMA_PRETTY, &json, err);
  if (rc == SL_OK) {
    rc = sl_schema_to_yaml(schema, true, &yaml, err);
  }
  if (rc == SL_OK) {
    rc = sl_schema_from_json(&again, json.data, json.length, err);
  }
  if (rc == SL_OK) {
    rc = sl_schema_bump_version(again, &changed, err);
    sl_schema_free(again);
  }
  if (rc == SL_OK) {
    rc = sl_schema_from_yaml(&again, yaml.data, yaml.length, err);
  }
  if (rc == SL_OK) {
    sl_schema_free(again);
  }
  sl_buffer_release(&json);
  sl_buffer_release(&yaml);
  return rc;
}

static sl_status small_load(struct sl_error *err) {
  struct sl_normalize_options options = some_options();
  struct sl_schema *schema = NULL;
  struct sl_normalizer *normalizer = NULL;
  struct sl_table *root;
  sl_status rc = sl_naming_init(&options.naming, "snake_case", 63, err);
  if (rc == SL_OK) {
    rc = sl_schema_new(&schema, "s", err);
  }
  if (rc == SL_OK) {
    rc = sl_schema_add_table(schema, "t", &root, err);
  }
  if (rc == SL_OK) {
    root->disposition = SL_APPEND;
    rc = sl_normalizer_new(&normalizer, schema, &options, err);
  }
  if (rc == SL_OK) {
    rc = normalize_blocks(normalizer, err);
  }
  if (rc == SL_OK) {
    rc = store_schema(schema, err);
  }
  if (normalizer != NULL) {
    sl_normalizer_free(normalizer);
  }
  if (schema != NULL) {
    sl_schema_free(schema);
  }
  return rc;
}

static sl_status small_containers(struct sl_error *err) {
  struct sl_arena arena = { .block_bytes = 64 };
  struct sl_map map = { 0 };
  struct sl_buffer text = { 0 };
  int64_t *items = NULL;
  size_t capacity = 0;
  sl_status rc = SL_OK;
  for (int32_t i = 0; rc == SL_OK && i < 40; i++) {
    char key[16];
    int length = snprintf(key, sizeof key, "key %d", (int)i);
    const char *kept = sl_arena_copy(&arena, key, (size_t)length);
    rc = kept == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a key")
                      : sl_map_set(&map, kept, (size_t)length, i, err);
    sl_buffer_printf(&text, "%s, ", key);
    if (rc == SL_OK) {
      rc = sl_grow((void **)&items, &capacity, (size_t)i + 1, sizeof *items, err);
    }
  }
  if (rc == SL_OK) {
    rc = sl_buffer_check(&text, err);
  }
  free(items);
  sl_buffer_release(&text);
  sl_map_release(&map);
  sl_arena_release(&arena);
  return rc;
}

/* With the allocations from the first to the last failing in turn; how many there are. */
static int64_t fail_each(sl_status (*work)(struct sl_error *err), bool lasting) {
  struct sl_error err;
  CHECK_OK(work(&err), &err); /* what is made once and kept is made here */
  for (int64_t n = 1;; n++) {
    char label[64];
    err = (struct sl_error){ 0 };
    heap = (struct heap){ .on = true, .lasting = lasting, .failing = n };
    sl_status rc = work(&err);
    heap.on = false;
    snprintf(label, sizeof label, "allocation %d fails%s", (int)n, lasting ? " as all after" : "");
    CHECK_INT(label, heap.live, 0);
    if (heap.failed == 0) {
      CHECK_OK(rc, &err);
      return n - 1;
    }
    if (!CHECK_FAILS(rc, SL_ENOMEM, &err) || !CHECK_CASE(label, strstr(err.message, "memory"))) {
      printf("%s\n", label);
    }
  }
}

TEST(containers_without_memory) {
  CHECK(fail_each(small_containers, false) > 20);
  CHECK(fail_each(small_containers, true) > 20);
}

TEST(a_load_without_memory) {
  CHECK(fail_each(small_load, false) > 500);
  CHECK(fail_each(small_load, true) > 500);
}
