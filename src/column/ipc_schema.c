/* ipc_schema.c - the schema of an Arrow stream. Field ids and numbers are those of Arrow's
 * Schema.fbs. */
#include <stdio.h>

#include "column/ipc_parts.h"
#include "column/read.h"

enum { MOST_DEPTH = 64, LEAST_FIELD_BYTES = 16 };

static const char *int_format(struct sl_flat_view *v, size_t type) {
  static const char *const formats[2][4] = { { "C", "S", "I", "L" }, { "c", "s", "i", "l" } };
  bool is_signed = sl_flat_number(v, type, 1, 1, 0) != 0;
  switch (sl_flat_number(v, type, 0, 4, 0)) {
    case 8: return formats[is_signed][0];
    case 16: return formats[is_signed][1];
    case 32: return formats[is_signed][2];
    case 64: return formats[is_signed][3];
    default: return NULL;
  }
}

/* One of `units`, by its number. */
static char unit_of(struct sl_flat_view *v, size_t type, const char *units, int64_t usual) {
  int64_t unit = sl_flat_number(v, type, 0, 2, usual);
  return unit < 0 || unit >= (int64_t)strlen(units) ? '\0' : units[unit];
}

static const char *time_format(struct sl_arena *arena, struct sl_flat_view *v, size_t type,
                               const char *kind, const char *units, int64_t usual) {
  char unit = unit_of(v, type, units, usual);
  return unit == '\0' ? NULL : sl_arena_printf(arena, "%s%c", kind, unit);
}

static const char *timestamp_format(struct sl_arena *arena, struct sl_flat_view *v, size_t type) {
  char unit = unit_of(v, type, "smun", 0);
  struct sl_text zone = sl_flat_text(v, type, 1);
  return unit == '\0' ? NULL
                      : sl_arena_printf(arena, "ts%c:%.*s", unit, (int)zone.length,
                                        zone.data == NULL ? "" : zone.data);
}

static const char *decimal_format(struct sl_arena *arena, struct sl_flat_view *v, size_t type) {
  int64_t precision = sl_flat_number(v, type, 0, 4, 0);
  int64_t scale = sl_flat_number(v, type, 1, 4, 0);
  int64_t width = sl_flat_number(v, type, 2, 4, 128);
  bool good = precision >= 1 && precision <= 76 && scale >= -76 && scale <= 76 &&
              (width == 32 || width == 64 || width == 128 || width == 256);
  if (!good) {
    return NULL;
  }
  return width == 128
             ? sl_arena_printf(arena, "d:%d,%d", (int)precision, (int)scale)
             : sl_arena_printf(arena, "d:%d,%d,%d", (int)precision, (int)scale, (int)width);
}

/* "w:16", "+w:3": bytes or items of each value. */
static const char *sized_format(struct sl_arena *arena, struct sl_flat_view *v, size_t type,
                                const char *kind) {
  int64_t size = sl_flat_number(v, type, 0, 4, 0);
  return size < 0 ? NULL : sl_arena_printf(arena, "%s:%d", kind, (int)size);
}

static const char *union_format(struct sl_arena *arena, struct sl_flat_view *v, size_t type,
                                size_t n_children) {
  size_t n = 0;
  bool dense = sl_flat_number(v, type, 0, 2, 0) == 1;
  size_t ids = sl_flat_vector(v, type, 1, 4, &n);
  if ((n > 0 && n != n_children) || n_children == 0 || n_children > 127) {
    return NULL;
  }
  char text[8 + 5 * 127];
  int used = snprintf(text, sizeof text, "+u%c:", dense ? 'd' : 's');
  for (size_t i = 0; i < n_children; i++) {
    int64_t id = n == 0 ? (int64_t)i : sl_flat_number_at(v, ids + 4 * i, 4);
    if (id < 0 || id > 127) {
      return NULL;
    }
    used += snprintf(text + used, sizeof text - (size_t)used, "%s%d", i == 0 ? "" : ",", (int)id);
  }
  return sl_arena_copy(arena, text, (size_t)used);
}

/* The format of a type; NULL = it has none, or no memory is left. */
static const char *format_of(struct sl_arena *arena, struct sl_flat_view *v, int64_t number,
                             size_t type, size_t n_children) {
  static const char *const plain[] = {
    /* those that have nothing to tell */
    [1] = "n",   [4] = "z",   [5] = "u",   [6] = "b",    [12] = "+l",
    [13] = "+s", [17] = "+m", [19] = "Z",  [20] = "U",   [21] = "+L",
    [22] = "+r", [23] = "vz", [24] = "vu", [25] = "+vl", [26] = "+vL"
  };
  static const char *const reals[] = { "e", "f", "g" };
  if (number < 0 || number >= (int64_t)(sizeof plain / sizeof plain[0])) {
    return NULL;
  }
  switch (number) {
    case 2: return int_format(v, type);
    case 3: {
      int64_t precision = sl_flat_number(v, type, 0, 2, 0);
      return precision < 0 || precision > 2 ? NULL : reals[precision];
    }
    case 7: return decimal_format(arena, v, type);
    case 8: return time_format(arena, v, type, "td", "Dm", 1);
    case 9: return time_format(arena, v, type, "tt", "smun", 1);
    case 10: return timestamp_format(arena, v, type);
    case 11: return time_format(arena, v, type, "ti", "MDn", 0);
    case 14: return union_format(arena, v, type, n_children);
    case 15: return sized_format(arena, v, type, "w");
    case 16: return sized_format(arena, v, type, "+w");
    case 18: return time_format(arena, v, type, "tD", "smun", 1);
    default: return plain[number];
  }
}

/* Of the field's metadata the name of an extension type is kept, in the layout of the C data
 * interface. NULL = it has none. */
static const char *extension_of(struct sl_arena *arena, struct sl_flat_view *v, size_t field) {
  static const char wanted[] = "ARROW:extension:name";
  size_t n = 0;
  size_t pairs = sl_flat_vector(v, field, 6, 4, &n);
  for (size_t i = 0; i < n; i++) {
    size_t pair = sl_flat_table_at(v, pairs + 4 * i);
    struct sl_text key = sl_flat_text(v, pair, 0);
    struct sl_text value = sl_flat_text(v, pair, 1);
    if (value.data == NULL || !sl_text_equal(key, sl_text_of(wanted))) {
      continue;
    }
    char *blob = sl_arena_alloc(arena, 3 * sizeof(int32_t) + key.length + value.length);
    const int32_t head[] = { 1, (int32_t)key.length };
    const int32_t length = (int32_t)value.length;
    if (blob != NULL) {
      memcpy(blob, head, sizeof head);
      memcpy(blob + sizeof head, key.data, key.length);
      memcpy(blob + sizeof head + key.length, &length, sizeof length);
      memcpy(blob + sizeof head + key.length + sizeof length, value.data, value.length);
    }
    return blob;
  }
  return NULL;
}

static void release_nothing(struct ArrowSchema *schema) {
  schema->release = NULL; /* the root has the memory */
}

static bool children_fit(const struct ArrowSchema *field) {
  const char *f = field->format;
  if (strcmp(f, "+m") == 0) {
    return field->n_children == 1 && strcmp(field->children[0]->format, "+s") == 0 &&
           field->children[0]->n_children == 2;
  }
  return f[0] != '+' || f[1] == 's' || f[1] == 'u' || f[1] == 'r' || field->n_children == 1;
}

static sl_status read_field(struct sl_ipc_parts *parts, struct sl_flat_view *v, size_t field,
                            int depth, struct ArrowSchema *out, struct sl_error *err);

static sl_status read_children(struct sl_ipc_parts *parts, struct sl_flat_view *v, size_t table,
                               size_t id, int depth, struct ArrowSchema *out,
                               struct sl_error *err) {
  struct sl_arena *arena = &parts->memory->arena;
  size_t n = 0;
  size_t fields = sl_flat_vector(v, table, id, 4, &n);
  out->children = sl_arena_alloc(arena, (n + 1) * sizeof *out->children);
  struct ArrowSchema *children = sl_arena_alloc(arena, (n + 1) * sizeof *children);
  if (out->children == NULL || children == NULL) {
    return sl_ipc_no_memory(err);
  }
  sl_status rc = SL_OK;
  for (size_t i = 0; rc == SL_OK && i < n; i++) {
    out->children[i] = &children[i];
    rc = read_field(parts, v, sl_flat_table_at(v, fields + 4 * i), depth + 1, &children[i], err);
  }
  out->n_children = (int64_t)n;
  return rc;
}

/* A field whose values are indices: its own format is that of the indices. */
static sl_status read_dictionary(struct sl_ipc_parts *parts, struct sl_flat_view *v,
                                 size_t encoding, struct ArrowSchema *field, struct sl_error *err) {
  struct ArrowSchema *values = sl_arena_alloc(&parts->memory->arena, sizeof *values);
  if (values == NULL) {
    return sl_ipc_no_memory(err);
  }
  size_t type = sl_flat_table_of(v, encoding, 1);
  const char *format = type == 0 ? "i" : int_format(v, type);
  sl_status rc = format == NULL
                     ? sl_ipc_damaged(err, "indices of an unknown type")
                     : sl_grow(&parts->dictionaries, &parts->capacity, parts->n_dictionaries + 1,
                               sizeof *parts->dictionaries, err);
  if (rc == SL_OK) {
    *values = *field;
    values->name = "";
    field->format = format;
    field->n_children = 0;
    field->dictionary = values;
    parts->dictionaries[parts->n_dictionaries++] =
        (struct sl_ipc_dictionary){ field, sl_flat_number(v, encoding, 0, 8, 0), NULL };
  }
  return rc;
}

static sl_status read_field(struct sl_ipc_parts *parts, struct sl_flat_view *v, size_t field,
                            int depth, struct ArrowSchema *out, struct sl_error *err) {
  struct sl_arena *arena = &parts->memory->arena;
  /* Links may lead to one table again and again. */
  if (field == 0 || depth > MOST_DEPTH || ++parts->n_fields > v->size / LEAST_FIELD_BYTES) {
    return sl_ipc_damaged(err, "fields within fields");
  }
  struct sl_text name = sl_flat_text(v, field, 0);
  *out = (struct ArrowSchema){
    .name = sl_arena_copy(arena, name.data == NULL ? "" : name.data, name.length),
    .flags = sl_flat_number(v, field, 1, 1, 0) != 0 ? ARROW_FLAG_NULLABLE : 0,
    .metadata = extension_of(arena, v, field),
    .release = release_nothing
  };
  sl_status rc = read_children(parts, v, field, 5, depth, out, err);
  if (rc != SL_OK) {
    return rc;
  }
  out->format = format_of(arena, v, sl_flat_number(v, field, 2, 1, 0),
                          sl_flat_table_of(v, field, 3), (size_t)out->n_children);
  if (out->format == NULL || out->name == NULL || v->damaged || !children_fit(out)) {
    return sl_ipc_damaged(err, "the type of a column");
  }
  size_t encoding = sl_flat_table_of(v, field, 4);
  return encoding == 0 ? SL_OK : read_dictionary(parts, v, encoding, out, err);
}

sl_status sl_ipc_read_schema(struct sl_ipc_parts *parts, struct sl_ipc_message *message,
                             struct sl_error *err) {
  struct sl_flat_view *v = &message->meta;
  struct ArrowSchema *root = sl_arena_alloc(&parts->memory->arena, sizeof *root);
  if (root == NULL) {
    return sl_ipc_no_memory(err);
  }
  if (sl_flat_number(v, message->header, 0, 2, 0) != 0) {
    return sl_ipc_damaged(err, "numbers in big-endian order");
  }
  *root = (struct ArrowSchema){ .format = "+s", .name = "", .release = release_nothing };
  sl_status rc = read_children(parts, v, message->header, 1, 0, root, err);
  for (int64_t i = 0; rc == SL_OK && i < root->n_children; i++) {
    rc = sl_read_check(root->children[i], err);
  }
  parts->schema = root;
  return rc == SL_OK && v->damaged ? sl_ipc_damaged(err, "its schema") : rc;
}
