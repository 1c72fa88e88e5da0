/* ipc.c - messages of ipc.h. Field ids and numbers are those of Arrow's Schema.fbs and Message.fbs.
 */
#include "column/ipc.h"

#include <stdlib.h>

#include "base/memory.h"
#include "column/flat.h"
#include "column/ipc_body.h"

enum { VERSION_5 = 4, HEADER_SCHEMA = 1, HEADER_RECORD_BATCH = 3 };

enum {
  TYPE_NULL = 1,
  TYPE_INT,
  TYPE_FLOAT,
  TYPE_BINARY,
  TYPE_UTF8,
  TYPE_BOOL,
  TYPE_DECIMAL,
  TYPE_DATE,
  TYPE_TIME,
  TYPE_TIMESTAMP
};

/* Begins a message; what it returns is for end_message. *header: where the header is to be linked.
 */
static size_t begin_message(struct sl_flat *f, struct sl_buffer *out, int header_type,
                            int64_t body_length, size_t *header) {
  const uint32_t start[] = { 0xFFFFFFFF, 0 };
  size_t at = out->length;
  sl_buffer_append(out, start, sizeof start);
  size_t root = sl_flat_begin(f, out);
  struct sl_flat_field message[] = { { .kind = SL_FLAT_SHORT, .value = VERSION_5 },
                                     { .kind = SL_FLAT_BYTE, .value = header_type },
                                     { .kind = SL_FLAT_LINK },
                                     { .kind = SL_FLAT_LONG, .value = body_length } };
  sl_flat_link(f, root, sl_flat_table(f, message, 4));
  *header = message[2].at;
  return at;
}

/* The metadata is padded so that the body begins at a multiple of 8. */
static void end_message(struct sl_flat *f, size_t at) {
  sl_flat_align(f, 8, 0);
  uint32_t length = (uint32_t)(f->out->length - at - 8);
  if (!f->out->failed) {
    memcpy(f->out->data + at + 4, &length, sizeof length);
  }
}

static void put_pair(struct sl_flat *f, size_t link, struct sl_text key, struct sl_text value) {
  struct sl_flat_field pair[] = { { .kind = SL_FLAT_LINK }, { .kind = SL_FLAT_LINK } };
  sl_flat_link(f, link, sl_flat_table(f, pair, 2));
  sl_flat_link(f, pair[0].at, sl_flat_string(f, key.data, key.length));
  sl_flat_link(f, pair[1].at, sl_flat_string(f, value.data, value.length));
}

static struct sl_text next_text(const char **at) {
  int32_t length;
  memcpy(&length, *at, sizeof length);
  struct sl_text text = { *at + sizeof length, (size_t)length };
  *at += sizeof length + text.length;
  return text;
}

/* Metadata of the C data interface: a count, then keys and values with their lengths. */
static void put_metadata(struct sl_flat *f, size_t link, const char *metadata) {
  int32_t n;
  memcpy(&n, metadata, sizeof n);
  const char *at = metadata + sizeof n;
  size_t list = sl_flat_links(f, (size_t)n);
  sl_flat_link(f, link, list);
  for (int32_t i = 0; i < n; i++) {
    struct sl_text key = next_text(&at);
    struct sl_text value = next_text(&at);
    put_pair(f, list + 4 + 4 * (size_t)i, key, value);
  }
}

static int64_t time_unit(char unit) {
  return unit == 's' ? 0 : unit == 'm' ? 1 : unit == 'u' ? 2 : 3;
}

/* Number of the type of a format, and what its table holds; 0 = not one of ours. A third field is
 * for the text of a time zone. */
static int64_t type_of(const char *format, struct sl_flat_field fields[3], size_t *n) {
  static const char ints[] = "csilCSIL";
  const char *integer = strchr(ints, format[0]);
  *n = 2;
  fields[0] = (struct sl_flat_field){ .kind = SL_FLAT_INT };
  fields[1] = (struct sl_flat_field){ .kind = SL_FLAT_ABSENT };
  if (integer != NULL) {
    fields[0].value = 8 << ((integer - ints) % 4);
    fields[1] = (struct sl_flat_field){ .kind = SL_FLAT_BYTE, .value = integer - ints < 4 };
    return TYPE_INT;
  }
  switch (format[0]) {
    case 'f':
    case 'g':
      fields[0] =
          (struct sl_flat_field){ .kind = SL_FLAT_SHORT, .value = format[0] == 'f' ? 1 : 2 };
      return TYPE_FLOAT;
    case 'n': *n = 0; return TYPE_NULL;
    case 'b': *n = 0; return TYPE_BOOL;
    case 'u': *n = 0; return TYPE_UTF8;
    case 'z': *n = 0; return TYPE_BINARY;
    case 'd': {
      char *end;
      fields[0].value = strtol(format + 2, &end, 10);
      fields[1] = (struct sl_flat_field){ .kind = SL_FLAT_INT };
      fields[1].value = *end == ',' ? strtol(end + 1, NULL, 10) : 0;
      return TYPE_DECIMAL;
    }
    default: break;
  }
  if (format[0] != 't') {
    return 0;
  }
  fields[0].kind = SL_FLAT_SHORT;
  if (format[1] == 'd') {
    fields[0].value = format[2] == 'm';
    return TYPE_DATE;
  }
  fields[0].value = time_unit(format[2]);
  if (format[1] == 't') {
    fields[1] = (struct sl_flat_field){ .kind = SL_FLAT_INT };
    fields[1].value = format[2] == 's' || format[2] == 'm' ? 32 : 64;
    return TYPE_TIME;
  }
  fields[1].kind = format[3] == ':' && format[4] != '\0' ? SL_FLAT_LINK : SL_FLAT_ABSENT;
  return format[1] == 's' ? TYPE_TIMESTAMP : 0;
}

static sl_status put_field(struct sl_flat *f, size_t link, const struct ArrowSchema *column,
                           struct sl_error *err) {
  struct sl_flat_field type[3];
  size_t n_type;
  int64_t number = type_of(column->format, type, &n_type);
  if (number == 0 || column->dictionary != NULL || !sl_ipc_can(column->format)) {
    return sl_fail(err, SL_EUNSUPPORTED,
                   "column %s: Arrow type '%s' cannot be written as an Arrow stream", column->name,
                   column->format);
  }
  struct sl_flat_field field[] = {
    { .kind = SL_FLAT_LINK }, /* name */
    { .kind = SL_FLAT_BYTE, .value = (column->flags & ARROW_FLAG_NULLABLE) != 0 },
    { .kind = SL_FLAT_BYTE, .value = number },
    { .kind = SL_FLAT_LINK },   /* type */
    { .kind = SL_FLAT_ABSENT }, /* dictionary */
    { .kind = SL_FLAT_LINK },   /* children */
    { .kind = column->metadata == NULL ? SL_FLAT_ABSENT : SL_FLAT_LINK },
  };
  sl_flat_link(f, link, sl_flat_table(f, field, 7));
  sl_flat_link(f, field[0].at, sl_flat_string(f, column->name, strlen(column->name)));
  sl_flat_link(f, field[3].at, sl_flat_table(f, type, n_type));
  if (number == TYPE_TIMESTAMP && type[1].kind == SL_FLAT_LINK) {
    const char *zone = column->format + 4;
    sl_flat_link(f, type[1].at, sl_flat_string(f, zone, strlen(zone)));
  }
  sl_flat_link(f, field[5].at, sl_flat_links(f, 0));
  if (column->metadata != NULL) {
    put_metadata(f, field[6].at, column->metadata);
  }
  return SL_OK;
}

sl_status sl_ipc_schema(const struct ArrowSchema *schema, const struct sl_ipc_pair *metadata,
                        size_t n_metadata, struct sl_buffer *out, struct sl_error *err) {
  struct sl_flat f;
  size_t header;
  size_t at = begin_message(&f, out, HEADER_SCHEMA, 0, &header);
  struct sl_flat_field table[] = { { .kind = SL_FLAT_SHORT }, /* endianness: little */
                                   { .kind = SL_FLAT_LINK },
                                   { .kind = n_metadata > 0 ? SL_FLAT_LINK : SL_FLAT_ABSENT } };
  sl_flat_link(&f, header, sl_flat_table(&f, table, 3));
  size_t fields = sl_flat_links(&f, (size_t)schema->n_children);
  sl_flat_link(&f, table[1].at, fields);
  sl_status rc = SL_OK;
  for (int64_t i = 0; rc == SL_OK && i < schema->n_children; i++) {
    rc = put_field(&f, fields + 4 + 4 * (size_t)i, schema->children[i], err);
  }
  if (n_metadata > 0) {
    size_t pairs = sl_flat_links(&f, n_metadata);
    sl_flat_link(&f, table[2].at, pairs);
    for (size_t i = 0; i < n_metadata; i++) {
      put_pair(&f, pairs + 4 + 4 * i, sl_text_of(metadata[i].key), sl_text_of(metadata[i].value));
    }
  }
  end_message(&f, at);
  return rc == SL_OK ? sl_buffer_check(out, err) : rc;
}

sl_status sl_ipc_batch(const struct ArrowSchema *schema, const struct ArrowArray *array,
                       int64_t from, int64_t to, struct sl_buffer *out, struct sl_error *err) {
  struct sl_ipc_layout layout = { 0 };
  struct sl_flat f;
  size_t header;
  sl_status rc = sl_ipc_measure(&layout, schema, array, from, to, err);
  if (rc == SL_OK) {
    size_t at = begin_message(&f, out, HEADER_RECORD_BATCH, layout.body_length, &header);
    struct sl_flat_field table[] = { { .kind = SL_FLAT_LONG, .value = to - from },
                                     { .kind = SL_FLAT_LINK },
                                     { .kind = SL_FLAT_LINK } };
    sl_flat_link(&f, header, sl_flat_table(&f, table, 3));
    sl_flat_link(&f, table[1].at,
                 sl_flat_structs(&f, layout.nodes, layout.n_nodes, sizeof *layout.nodes));
    sl_flat_link(&f, table[2].at,
                 sl_flat_structs(&f, layout.buffers, layout.n_buffers, sizeof *layout.buffers));
    end_message(&f, at);
    rc = sl_ipc_write_body(&layout, schema, array, from, to, out, err);
  }
  sl_ipc_layout_release(&layout);
  return rc;
}

void sl_ipc_end(struct sl_buffer *out) {
  const uint32_t end[] = { 0xFFFFFFFF, 0 };
  sl_buffer_append(out, end, sizeof end);
}
