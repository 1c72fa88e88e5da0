/* example_source.c - a small and complete source, to be copied: options, life cycle, blocks that
 * are filled in parallel, state, cancel, errors.
 *
 * It includes nothing but <sluice/…> and its own folder, so that it also builds as a plug-in
 * outside the tree. Inside the tree a connector may use the rooms of tools/layers.txt as well
 * (sl_buffer, yyjson, decimals from text, …), and saves half of the code here.
 *
 * The table of functions is at the end. */
#include "example_source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "example_internal.h"

enum table { ORDERS, CUSTOMERS, TABLES };
static const char *const table_names[TABLES] = { "orders", "customers" };

struct example_source {
  struct sl_source base; /* first: the engine holds a pointer to it */
  struct client *client;
  struct example_settings settings;
  char *location;     /* settings borrow texts of it */
  const char *wanted; /* the one table of the location; "" = all */
  int64_t block_rows; /* of one block */

  /* Set by start: the table being read, and its ids; claim moves on from `next`. */
  enum table reading;
  int64_t first, next;
};

/* What claim notes and fill reads. A block that nobody fills is released as well. */
struct claim {
  enum table table;
  int64_t first;
  size_t count;
};

/* ---- options: parsing, help, reference and forms are made from this table ---- */

#define SETTING(member) .group = "Example", .offset = offsetof(struct example_settings, member)

static const struct sl_option options[] = {
  { .name = "rows",
    .kind = SL_OPTION_INTEGER,
    .value_name = "N",
    .default_text = "1000",
    .maximum = INT64_C(1000000000000),
    .help = "example: how many orders the shop has; a tenth as many customers.",
    SETTING(rows) },
  { .name = "block-rows",
    .kind = SL_OPTION_INTEGER,
    .value_name = "N",
    .default_text = "8192",
    .minimum = 1,
    .maximum = 1 << 20,
    .help = "example: rows that one thread reads at a time.",
    SETTING(block_rows) },
  { .name = "fail-at",
    .kind = SL_OPTION_INTEGER,
    .value_name = "ROW",
    .maximum = INT64_C(1000000000000),
    .help = "example: the shop breaks at this row, to see how a load fails.",
    SETTING(fail_at) },
  { .name = "wait-ms",
    .kind = SL_OPTION_INTEGER,
    .value_name = "N",
    .maximum = 3600000,
    .help = "example: how long the shop thinks about each block.",
    SETTING(wait_ms) },
  { .name = "token",
    .kind = SL_OPTION_TEXT,
    .value_name = "SECRET",
    .secret = true,
    .help = "example: lets in with any token but 'wrong'.",
    SETTING(token) },
  { .name = "only-new",
    .kind = SL_OPTION_FLAG,
    .help = "example: loads only rows with a higher id than those of the last load.",
    SETTING(only_new) },
  { .name = NULL },
};

/* ---- open and close ---- */

/* "orders?rows=5" -> "orders". */
static sl_status example_default_name(const char *location, char out[256], struct sl_error *err) {
  (void)err; /* a source whose location may hold no name fails here and says what to give */
  int n = (int)strcspn(location, "?");
  snprintf(out, 256, "%.*s", n == 0 ? 7 : n, n == 0 ? "example" : location);
  return SL_OK;
}

static void example_close(struct sl_source *base) { /* at any stage, also half opened */
  struct example_source *s = (struct example_source *)base;
  client_close(s->client);
  free(s->location);
  free(s);
}

static int64_t rows_of(const struct example_source *s, enum table table) {
  return table == ORDERS ? s->settings.rows : (s->settings.rows + 9) / 10;
}

/* A block should be worth a thread's while (some 10,000 rows), and all blocks under way together
 * must fit into the memory that the engine allows. */
static int64_t choose_block_rows(const struct example_source *s,
                                 const struct sl_source_config *config) {
  int64_t threads = config->threads > 0 ? config->threads : 1;
  int64_t bytes_a_row = (int64_t)sizeof(struct client_order) * 2; /* as rows and as columns */
  int64_t most = config->memory_bytes / threads / bytes_a_row;
  most = config->memory_bytes <= 0 || most > s->settings.block_rows ? s->settings.block_rows : most;
  return most < 1 ? 1 : most;
}

static sl_status connect_to_shop(struct example_source *s, struct sl_error *err) {
  struct client_config config = { .token = s->settings.token,
                                  .rows = s->settings.rows,
                                  .fail_at = s->settings.fail_at,
                                  .wait_ms = s->settings.wait_ms };
  bool refused = false;
  s->client = client_connect(&config, &refused);
  if (s->client != NULL) {
    return SL_OK;
  }
  /* Which token it was must not be in any message: messages end up in logs and in tickets. */
  return refused
             ? sl_fail(err, SL_EUSAGE, "example: the shop refuses the token; set another --token")
             : sl_fail(err, SL_ENOMEM, "example: out of memory");
}

static sl_status example_open(struct sl_source **out, const struct sl_source_config *config,
                              struct sl_error *err) {
  *out = NULL;
  struct example_source *s = calloc(1, sizeof *s);
  if (s == NULL || (s->location = strdup(config->location)) == NULL) {
    free(s);
    return sl_fail(err, SL_ENOMEM, "example: out of memory");
  }
  s->base.ops = &sl_example_source;
  s->settings = *(const struct example_settings *)config->settings;
  sl_status rc = example_read_location(options, s->location, &s->settings, &s->wanted, err);
  if (rc == SL_OK) {
    s->block_rows = choose_block_rows(s, config);
    rc = connect_to_shop(s, err);
  }
  if (rc != SL_OK) { /* a source that failed to open is not handed out, so it is closed here */
    example_close(&s->base);
    return rc;
  }
  *out = &s->base;
  return SL_OK;
}

/* ---- what there is ---- */

static bool is_wanted(const struct example_source *s, enum table table) {
  return s->wanted[0] == '\0' || strcmp(s->wanted, table_names[table]) == 0;
}

static sl_status unknown_table(const char *name, struct sl_error *err) {
  return sl_fail(err, SL_ENOTFOUND,
                 "example: there is no table '%s'; there are orders and customers", name);
}

/* Everything in the catalog is freed by sl_catalog_release, after a failure too; so what is not
 * allocated yet must be NULL. */
static sl_status example_discover(struct sl_source *base, struct sl_catalog *out,
                                  struct sl_error *err) {
  struct example_source *s = (struct example_source *)base;
  sl_status rc = SL_OK;
  *out = (struct sl_catalog){ .tables = calloc(TABLES, sizeof *out->tables) };
  for (int t = 0; out->tables != NULL && rc == SL_OK && t < TABLES; t++) {
    if (!is_wanted(s, (enum table)t)) {
      continue;
    }
    struct sl_source_table *table = &out->tables[out->n_tables++];
    *table = (struct sl_source_table){
      .name = strdup(table_names[t]),
      .primary_key = strdup("id"),
      .description = strdup(t == ORDERS ? "columns of every type" : "nested documents"),
      .rows = rows_of(s, (enum table)t), /* exact here; say .estimate = true where it is not */
      .bytes = -1,
      .declared = t == ORDERS, /* these columns are promised, not guessed from a sample */
      .documents = t == CUSTOMERS,
    };
    rc = t == ORDERS ? example_orders_schema(&table->schema, err) : SL_OK;
    if (rc == SL_OK &&
        (table->name == NULL || table->primary_key == NULL || table->description == NULL)) {
      rc = sl_fail(err, SL_ENOMEM, "example: out of memory");
    }
  }
  if (out->tables == NULL) {
    rc = sl_fail(err, SL_ENOMEM, "example: out of memory");
  } else if (rc == SL_OK && out->n_tables == 0) {
    rc = unknown_table(s->wanted, err);
  }
  if (rc != SL_OK) {
    sl_catalog_release(out);
  }
  return rc;
}

/* ---- reading ---- */

static sl_status cancelled(struct sl_error *err) {
  return sl_fail(err, SL_ECANCELLED, "example: reading was stopped");
}

/* The state is what example_state gave: {"last_id":1000}. Anything else is refused: to read
 * everything again would double the rows that are already there. */
static sl_status read_state(const char *json, int64_t *last, struct sl_error *err) {
  static const char key[] = "{\"last_id\":";
  char *end = NULL;
  *last = strncmp(json, key, sizeof key - 1) != 0 ? -1 : strtoll(json + sizeof key - 1, &end, 10);
  if (*last < 0 || strcmp(end, "}") != 0) {
    return sl_fail(err, SL_EDATA,
                   "example: the stored state is not one of this source; load without --only-new, "
                   "or forget it with `sluice pipeline NAME drop`");
  }
  return SL_OK;
}

static sl_status example_start(struct sl_source *base, struct sl_source_table *table,
                               const char *state_json, struct sl_error *err) {
  struct example_source *s = (struct example_source *)base;
  int64_t last = 0;
  int t = 0;
  while (t < TABLES && (!is_wanted(s, (enum table)t) || strcmp(table->name, table_names[t]) != 0)) {
    t++;
  }
  if (t == TABLES) {
    return unknown_table(table->name, err);
  }
  sl_status rc = SL_OK;
  if (s->settings.only_new && state_json != NULL) {
    rc = read_state(state_json, &last, err);
  }
  s->reading = (enum table)t;
  s->first = s->next = last + 1;
  if (rc == SL_OK) {
    table->rows = rows_of(s, s->reading) > last ? rows_of(s, s->reading) - last : 0;
  }
  return rc;
}

static void claim_release(struct sl_block *block) {
  free(block->private_data);
  block->private_data = NULL;
  block->release = NULL;
}

/* One thread at a time, so it only takes a number of rows; the work is done by fill. */
static sl_status example_claim(struct sl_source *base, struct sl_block *out, bool *end,
                               struct sl_error *err) {
  struct example_source *s = (struct example_source *)base;
  if (client_is_interrupted(s->client)) {
    return cancelled(err);
  }
  int64_t left = rows_of(s, s->reading) - s->next + 1;
  *end = left <= 0;
  if (*end) {
    return SL_OK;
  }
  struct claim *claim = malloc(sizeof *claim);
  if (claim == NULL) {
    return sl_fail(err, SL_ENOMEM, "example: out of memory");
  }
  *claim = (struct claim){ .table = s->reading,
                           .first = s->next,
                           .count = (size_t)(left < s->block_rows ? left : s->block_rows) };
  *out = (struct sl_block){ .kind = s->reading == ORDERS ? SL_BLOCK_BATCH : SL_BLOCK_DOCUMENTS,
                            .origin = table_names[s->reading],
                            .starts_origin = s->next == s->first,
                            .first_record = s->next - s->first,
                            .release = claim_release,
                            .private_data = claim };
  s->next += (int64_t)claim->count;
  return SL_OK;
}

static sl_status shop_failed(enum client_result result, const struct claim *claim,
                             struct sl_error *err) {
  if (result == CLIENT_INTERRUPTED) {
    return cancelled(err);
  }
  /* What failed, on what, what to do next; retryable: the same call may succeed later. */
  sl_status rc =
      sl_fail(err, SL_ESOURCE,
              "example: the shop broke while it read %s %" PRId64 " to %" PRId64
              "; try again, or raise --fail-at",
              table_names[claim->table], claim->first, claim->first + (int64_t)claim->count - 1);
  if (err != NULL) {
    err->retryable = true;
    snprintf(err->vendor, sizeof err->vendor, "BROKEN");
  }
  return rc;
}

static void batch_release(struct sl_block *block) {
  sl_block_release_batch(block); /* what the engine has not moved on */
  claim_release(block);
}

static sl_status fill_orders(struct example_source *s, struct sl_block *block,
                             struct sl_error *err) {
  const struct claim *claim = block->private_data;
  struct client_order *orders = calloc(claim->count, sizeof *orders);
  if (orders == NULL) {
    return sl_fail(err, SL_ENOMEM, "example: out of memory for %zu orders", claim->count);
  }
  enum client_result result = client_orders(s->client, claim->first, claim->count, orders);
  sl_status rc = result == CLIENT_OK ? SL_OK : shop_failed(result, claim, err);
  if (rc == SL_OK) {
    rc = example_orders_schema(&block->schema, err);
  }
  if (rc == SL_OK) {
    rc = example_orders_array(orders, claim->count, &block->array, err);
  }
  block->source_bytes = (int64_t)(claim->count * sizeof *orders);
  block->release = batch_release;
  free(orders);
  return rc;
}

static void documents_release(struct sl_block *block) {
  free(block->data);
  block->data = NULL;
  claim_release(block);
}

static sl_status fill_customers(struct example_source *s, struct sl_block *block,
                                struct sl_error *err) {
  const struct claim *claim = block->private_data;
  size_t capacity = claim->count * CLIENT_CUSTOMER_BYTES;
  block->data = malloc(capacity + SL_BLOCK_PADDING);
  if (block->data == NULL) {
    return sl_fail(err, SL_ENOMEM, "example: out of memory for %zu customers", claim->count);
  }
  block->release = documents_release;
  enum client_result result =
      client_customers(s->client, claim->first, claim->count, block->data, &block->size);
  if (result != CLIENT_OK) {
    return shop_failed(result, claim, err);
  }
  memset(block->data + block->size, 0, SL_BLOCK_PADDING); /* parsers may read over the end */
  block->source_bytes = (int64_t)block->size;
  return SL_OK;
}

/* Several threads at once, each with a block of its own: nothing of `s` is written here. */
static sl_status example_fill(struct sl_source *base, struct sl_block *block,
                              struct sl_error *err) {
  struct example_source *s = (struct example_source *)base;
  const struct claim *claim = block->private_data;
  sl_status rc =
      claim->table == ORDERS ? fill_orders(s, block, err) : fill_customers(s, block, err);
  if (rc != SL_OK) {
    block->release(block); /* a block that could not be filled is not the caller's any more */
  }
  return rc;
}

/* ---- state, cancel ---- */

/* Called when the table was read to its end. The engine stores it in the transaction that commits
 * the rows, and gives it to the next start of this table. */
static sl_status example_state(struct sl_source *base, char **out_json, struct sl_error *err) {
  struct example_source *s = (struct example_source *)base;
  char text[64];
  *out_json = NULL;
  if (!s->settings.only_new) {
    return SL_OK;
  }
  snprintf(text, sizeof text, "{\"last_id\":%" PRId64 "}", s->next - 1);
  *out_json = strdup(text);
  return *out_json == NULL ? sl_fail(err, SL_ENOMEM, "example: out of memory") : SL_OK;
}

/* Any thread, at any time, while claim and fill run. */
static void example_cancel(struct sl_source *base) {
  client_interrupt(((struct example_source *)base)->client);
}

/* ---- the table of functions ---- */

static const char *const schemes[] = { "example", NULL };

const struct sl_source_ops sl_example_source = {
  .struct_size = sizeof(struct sl_source_ops),
  .name = "example",
  .schemes = schemes,
  .options = options,
  .settings_bytes = sizeof(struct example_settings),
  .ordered = true,
  .help = "Made-up orders and customers, to try things out; the template for new sources.",
  .default_name = example_default_name,
  .open = example_open,
  .discover = example_discover,
  .start = example_start,
  .claim = example_claim,
  .fill = example_fill,
  .state = example_state,
  .cancel = example_cancel,
  .close = example_close,
};
