/* csv_columns.c - see csv_columns.h. */
#include "csv_columns.h"

#include <stdio.h>
#include <stdlib.h>

#include "schema/naming.h"
#include "schema/type.h"

/* The end of one entry of --columns: a comma outside parentheses. */
static size_t entry_length(const char *at) {
  int depth = 0;
  size_t n = 0;
  for (; at[n] != '\0' && (at[n] != ',' || depth > 0); n++) {
    depth += (at[n] == '(') - (at[n] == ')');
  }
  return n;
}

/* "decimal(12,2)" to a column's type; NONE: unknown. */
static struct csv_kind kind_of(struct sl_text text) {
  static const enum csv_type types[SL_TYPE_COUNT] = {
    [SL_TYPE_TEXT] = CSV_TEXT,     [SL_TYPE_DOUBLE] = CSV_DOUBLE,
    [SL_TYPE_BOOL] = CSV_BOOL,     [SL_TYPE_TIMESTAMP] = CSV_TIMESTAMP,
    [SL_TYPE_BIGINT] = CSV_BIGINT, [SL_TYPE_BINARY] = CSV_TEXT,
    [SL_TYPE_JSON] = CSV_TEXT,     [SL_TYPE_DECIMAL] = CSV_DECIMAL,
    [SL_TYPE_WEI] = CSV_DECIMAL,   [SL_TYPE_DATE] = CSV_DATE,
    [SL_TYPE_TIME] = CSV_TIME,
  };
  enum { MOST = 64 };
  char copy[MOST];
  snprintf(copy, sizeof copy, "%.*s", (int)text.length, text.data);
  char *parenthesis = strchr(copy, '(');
  struct sl_text name = { copy, parenthesis == NULL ? strlen(copy) : (size_t)(parenthesis - copy) };
  enum sl_type type = sl_type_from_name(name);
  struct csv_kind kind = { .type = types[type], .empty_is_null = type != SL_TYPE_TEXT };
  if (type == SL_TYPE_DECIMAL) {
    char *end = NULL;
    long precision = parenthesis == NULL ? 38 : strtol(parenthesis + 1, &end, 10);
    long scale = parenthesis == NULL ? 9 : *end == ',' ? strtol(end + 1, NULL, 10) : 0;
    bool good = precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision;
    kind.type = good ? CSV_DECIMAL : CSV_NONE;
    kind.precision = (int32_t)precision;
    kind.scale = (int32_t)scale;
  } else if (type == SL_TYPE_WEI) {
    kind.precision = 38;
  }
  return kind;
}

/* The same column to the user: by its name in the file, or by the name that it gets. */
static bool same_name(struct sl_text a, struct sl_text b) {
  struct sl_naming snake;
  struct sl_buffer left = { 0 };
  struct sl_buffer right = { 0 };
  if (sl_text_equal(a, b)) {
    return true;
  }
  bool same = sl_naming_init(&snake, "snake_case", 0, NULL) == SL_OK &&
              sl_naming_identifier(&snake, a, &left, NULL) == SL_OK &&
              sl_naming_identifier(&snake, b, &right, NULL) == SL_OK &&
              left.length == right.length && memcmp(left.data, right.data, left.length) == 0;
  sl_buffer_release(&left);
  sl_buffer_release(&right);
  return same;
}

/* The next entry of a list like --columns, and moves *at behind it. */
static void next_entry(const char **at, struct sl_text *name, struct sl_text *type) {
  size_t n = entry_length(*at);
  const char *end = *at + n;
  const char *colon = memchr(*at, ':', n);
  *name = (struct sl_text){ *at, colon == NULL ? n : (size_t)(colon - *at) };
  *type = (struct sl_text){ end, 0 };
  if (colon != NULL) {
    const char *next = memchr(colon + 1, ':', (size_t)(end - colon - 1));
    *type = (struct sl_text){ colon + 1, (size_t)((next == NULL ? end : next) - colon - 1) };
  }
  *at = end + (*end == ',');
}

static struct sl_text name_of(const struct csv_column *column) {
  return (struct sl_text){ column->name, strlen(column->name) };
}

static sl_status declare(const struct csv_columns *all, struct csv_column *column,
                         struct sl_error *err) {
  struct sl_text name;
  struct sl_text type;
  for (const char *at = all->declared; at != NULL && *at != '\0';) {
    next_entry(&at, &name, &type);
    if (type.length == 0 || !same_name(name, name_of(column))) {
      continue;
    }
    column->kind = kind_of(type);
    column->kind.declared = column->settled = true;
    return column->kind.type != CSV_NONE
               ? SL_OK
               : sl_fail(err, SL_EUSAGE,
                         "column %s: there is no type '%.*s'; the types are text, bigint, double, "
                         "decimal(P,S), bool, timestamp, date, time, json, binary, wei",
                         column->name, (int)type.length, type.data);
  }
  return SL_OK;
}

/* Looks the column up among those that the table has. A name that cannot be normalised is none of
 * them. */
static sl_status look_up(const struct csv_columns *all, struct csv_column *column,
                         struct sl_error *err) {
  struct sl_naming snake;
  struct sl_buffer own = { 0 };
  struct sl_text name;
  struct sl_text type;
  if (all->known == NULL) {
    return SL_OK;
  }
  sl_status rc = sl_naming_init(&snake, "snake_case", 0, err);
  if (rc == SL_OK) {
    (void)sl_naming_identifier(&snake, name_of(column), &own, NULL);
  }
  struct sl_text normalised = sl_text_of(own.data == NULL ? "" : own.data);
  for (const char *at = all->known; rc == SL_OK && *at != '\0';) {
    next_entry(&at, &name, &type);
    if (sl_text_equal(name, normalised) || sl_text_equal(name, name_of(column))) {
      column->known = kind_of(type);
    }
  }
  sl_buffer_release(&own);
  return rc;
}

/* ASCII letters small. */
static void lower(const char *name, size_t length, struct sl_buffer *out) {
  sl_buffer_reset(out);
  for (size_t i = 0; i < length; i++) {
    sl_buffer_char(out, (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]));
  }
}

static struct sl_text stripped(struct sl_text text) {
  while (text.length > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
    text.data++;
    text.length--;
  }
  while (text.length > 0 &&
         (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t')) {
    text.length--;
  }
  return text;
}

/* The column of that name, made when missing. `key`: the name in small letters. */
static sl_status column_of(struct csv_columns *all, const struct sl_buffer *name,
                           const struct sl_buffer *key, struct csv_column **out,
                           struct sl_error *err) {
  int32_t at = sl_map_get(&all->index, key->data, key->length);
  if (at >= 0) {
    *out = all->items[at];
    return SL_OK;
  }
  sl_status rc = sl_grow(&all->items, &all->capacity, all->count + 1, sizeof(void *), err);
  struct csv_column *column = rc == SL_OK ? sl_arena_alloc(&all->arena, sizeof *column) : NULL;
  const char *copy = column == NULL ? NULL : sl_arena_copy(&all->arena, name->data, name->length);
  if (copy == NULL) {
    return rc != SL_OK ? rc : sl_fail(err, SL_ENOMEM, "out of memory for a column");
  }
  rc = sl_map_set(&all->index, key->data, key->length, (int32_t)all->count, err);
  if (rc != SL_OK) {
    return rc;
  }
  *column = (struct csv_column){ .name = copy };
  all->items[all->count++] = column;
  *out = column;
  rc = declare(all, column, err);
  return rc == SL_OK ? look_up(all, column, err) : rc;
}

/* A name for column i that no column before it in the file has. */
static sl_status choose_name(const struct csv_head *head, size_t i, struct sl_map *taken,
                             struct sl_buffer *name, struct sl_buffer *key, struct sl_error *err) {
  struct sl_text given = { "", 0 };
  if (head != NULL && i < head->n) {
    given = stripped(head->texts[i]);
  }
  sl_status rc = SL_OK;
  for (size_t suffix = 0;; suffix++) {
    sl_buffer_reset(name);
    if (given.length == 0) {
      sl_buffer_printf(name, "column%zu", i);
    } else {
      sl_buffer_append(name, given.data, given.length);
    }
    if (suffix > 0) {
      sl_buffer_printf(name, "_%zu", suffix);
    }
    lower(name->data, name->length, key);
    rc = name->failed ? sl_buffer_check(name, err) : sl_buffer_check(key, err);
    if (rc != SL_OK || sl_map_get(taken, key->data, key->length) < 0) {
      break;
    }
  }
  return rc == SL_OK ? sl_map_set(taken, key->data, key->length, 0, err) : rc;
}

static sl_status keep_layout(struct csv_columns *all, struct csv_column **columns, size_t n,
                             const struct csv_layout **out, struct sl_error *err) {
  struct csv_layout *layout = sl_arena_alloc(&all->arena, sizeof *layout);
  struct csv_column **copy = sl_arena_alloc(&all->arena, (n + 1) * sizeof *copy);
  if (layout == NULL || copy == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", n);
  }
  memcpy(copy, columns, n * sizeof(void *));
  *layout = (struct csv_layout){ .n = n, .columns = copy };
  *out = layout;
  return SL_OK;
}

sl_status csv_layout_get(struct csv_columns *all, const struct csv_head *head, size_t n,
                         const struct csv_layout **inout, struct sl_error *err) {
  struct csv_column **columns = sl_alloc_array(n, sizeof *columns);
  struct sl_map taken = { 0 };
  struct sl_buffer name = { 0 };
  struct sl_buffer key = { 0 };
  sl_status rc =
      columns == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for %zu columns", n) : SL_OK;
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    rc = choose_name(head, i, &taken, &name, &key, err);
    if (rc == SL_OK) {
      rc = column_of(all, &name, &key, &columns[i], err);
    }
  }
  bool same = rc == SL_OK && *inout != NULL && (*inout)->n == n &&
              memcmp((*inout)->columns, columns, n * sizeof(void *)) == 0;
  if (rc == SL_OK && !same) {
    rc = keep_layout(all, columns, n, inout, err);
  }
  free(columns);
  sl_map_release(&taken);
  sl_buffer_release(&name);
  sl_buffer_release(&key);
  return rc;
}

size_t csv_columns_known(const struct csv_columns *all, const struct csv_head *head) {
  struct sl_buffer key = { 0 };
  size_t known = 0;
  for (size_t i = 0; i < head->n; i++) {
    struct sl_text name = stripped(head->texts[i]);
    lower(name.data, name.length, &key);
    known += key.length > 0 && sl_map_get(&all->index, key.data, key.length) >= 0;
  }
  sl_buffer_release(&key);
  return known;
}

static void sample_record(const struct csv_columns *all, const struct csv_layout *layout,
                          const struct csv_dialect *d, const char *data, const struct csv_record *r,
                          struct sl_buffer *unescaped) {
  for (size_t i = 0; i < layout->n; i++) {
    struct csv_column *column = layout->columns[i];
    struct csv_field f = r->fields[i];
    struct sl_text text = { data + csv_start(f), csv_length(f) };
    if (column->settled || text.length == 0) {
      continue;
    }
    if (f.end & CSV_ESCAPED) {
      sl_buffer_reset(unescaped);
      csv_unescape(d, data, f, unescaped);
      text = (struct sl_text){ unescaped->data, unescaped->length };
    }
    if (all->nulls.data == NULL || !sl_text_equal(text, all->nulls)) {
      csv_guess_add(&column->guess, text);
    }
  }
}

/* Every complete record has the layout's number of fields. */
static bool all_match(const struct csv_layout *layout, const struct csv_dialect *d,
                      const char *data, size_t size, size_t from, bool last) {
  struct csv_record r = { 0 };
  bool any = false;
  for (size_t at = from; at < size && csv_record_read(d, data, size, last, at, &r); at = r.next) {
    if (r.problem != CSV_GOOD || r.n != layout->n) {
      return false;
    }
    any = true;
  }
  return any;
}

sl_status csv_columns_sample(const struct csv_columns *columns, const struct csv_layout *layout,
                             const struct csv_dialect *d, const char *data, size_t size,
                             size_t from, bool last, bool all, struct sl_error *err) {
  bool open = false; /* a type is still to be found */
  for (size_t i = 0; i < layout->n; i++) {
    open = open || !layout->columns[i]->settled;
  }
  if (!open || (all && !all_match(layout, d, data, size, from, last))) {
    return SL_OK;
  }
  struct sl_buffer text = { 0 };
  struct csv_record r = { .capacity = layout->n };
  r.fields = sl_alloc_array(layout->n, sizeof *r.fields);
  if (r.fields == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for a record of %zu fields", layout->n);
  }
  for (size_t at = from; at < size && csv_record_read(d, data, size, last, at, &r); at = r.next) {
    if (r.problem == CSV_GOOD && r.n == layout->n) {
      sample_record(columns, layout, d, data, &r, &text);
    }
  }
  free(r.fields);
  sl_status rc = sl_buffer_check(&text, err);
  sl_buffer_release(&text);
  return rc;
}

/* The type by the sample, and by what the table has. Dates, times and truth values are left as they
 * are: their texts have too many forms to prefer one. */
static struct csv_kind choose_kind(const struct csv_column *column) {
  struct csv_kind kind = csv_guess_kind(&column->guess);
  enum csv_type known = column->known.type;
  bool number = kind.type == CSV_BIGINT || kind.type == CSV_DOUBLE || kind.type == CSV_DECIMAL;
  if (kind.type == CSV_NONE) {
    kind.type = CSV_TEXT; /* takes whatever comes */
  }
  if (known == CSV_TEXT || (known == CSV_BIGINT && (number || kind.type == CSV_TEXT)) ||
      (known == CSV_DECIMAL && number) || (known == CSV_DOUBLE && kind.type == CSV_BIGINT)) {
    kind = column->known;
  }
  return kind;
}

void csv_columns_settle(struct csv_columns *all) {
  for (size_t i = 0; i < all->count; i++) {
    struct csv_column *column = all->items[i];
    if (!column->settled) {
      column->kind = choose_kind(column);
      column->settled = true;
    }
  }
}

sl_status csv_columns_know(struct csv_columns *all, const char *known, struct sl_error *err) {
  sl_status rc = SL_OK;
  all->known = known == NULL ? NULL : sl_arena_copy(&all->arena, known, strlen(known));
  if (known != NULL && all->known == NULL) {
    return sl_fail(err, SL_ENOMEM, "out of memory for the columns of the table");
  }
  for (size_t i = 0; rc == SL_OK && i < all->count; i++) {
    struct csv_column *column = all->items[i];
    rc = look_up(all, column, err);
    if (!column->kind.declared && column->settled) {
      column->kind = choose_kind(column);
    }
  }
  return rc;
}

void csv_columns_release(struct csv_columns *all) {
  free(all->items);
  sl_map_release(&all->index);
  sl_arena_release(&all->arena);
}
