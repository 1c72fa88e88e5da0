/* cursor.c - values of the cursor, between BSON and text.
 *
 * MongoDB compares only values of one kind with each other, so a text from the state or from the
 * user must get back the type that the collection has: that of the highest value. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/real.h"
#include "base/time.h"
#include "schema/json_text.h"
#include "sources/mongodb/internal.h"

static const struct {
  bson_type_t type;
  const char *name, *format; /* as sl_db_column wants it */
} cursor_types[] = {
  { BSON_TYPE_OID, "ObjectId", "u" },
  { BSON_TYPE_UTF8, "string", "u" },
  { BSON_TYPE_DATE_TIME, "date", "tsu:UTC" },
  { BSON_TYPE_INT32, "int", "l" },
  { BSON_TYPE_INT64, "long", "l" },
  { BSON_TYPE_DOUBLE, "double", "g" },
  { BSON_TYPE_DECIMAL128, "decimal", "d:38,9" },
  { BSON_TYPE_BOOL, "bool", "u" },
};

static const char *name_of(int64_t type) {
  for (size_t i = 0; i < sizeof cursor_types / sizeof cursor_types[0]; i++) {
    if ((int64_t)cursor_types[i].type == type) {
      return cursor_types[i].name;
    }
  }
  return "value of another type";
}

/* ---- BSON to text ---- */

static char *print_value(const bson_value_t *v) {
  struct sl_buffer out = { 0 };
  char text[64];
  switch (v->value_type) {
    case BSON_TYPE_OID:
      for (size_t i = 0; i < 12; i++) {
        sl_buffer_printf(&out, "%02x", v->value.v_oid.bytes[i]);
      }
      break;
    case BSON_TYPE_UTF8: sl_buffer_append(&out, v->value.v_utf8.str, v->value.v_utf8.len); break;
    case BSON_TYPE_DATE_TIME:
      sl_buffer_append(&out, text, mongo_print_date(text, v->value.v_datetime));
      break;
    case BSON_TYPE_INT32: sl_buffer_printf(&out, "%" PRId32, v->value.v_int32); break;
    case BSON_TYPE_INT64: sl_buffer_printf(&out, "%" PRId64, v->value.v_int64); break;
    case BSON_TYPE_DOUBLE:
      sl_buffer_append(&out, text, mongo_print_double(text, v->value.v_double));
      break;
    case BSON_TYPE_DECIMAL128:
      mongo_print_any_decimal(text, v->value.v_decimal128.high, v->value.v_decimal128.low);
      sl_buffer_text(&out, text);
      break;
    case BSON_TYPE_BOOL: sl_buffer_text(&out, v->value.v_bool ? "true" : "false"); break;
    default: break;
  }
  return sl_buffer_take(&out);
}

/* ---- text to extended JSON ---- */

static bool is_object_id(const char *text) {
  return strlen(text) == 24 && strspn(text, "0123456789abcdefABCDEF") == 24;
}

/* Dates have milliseconds: what is finer is cut for > and <=, and rounded up for >= and <. */
static bool append_date(const char *text, enum sl_db_comparison comparison, struct sl_buffer *out) {
  struct sl_iso iso;
  if (!sl_iso_parse(sl_text_of(text), &iso) || iso.kind == SL_ISO_TIME) {
    return false;
  }
  int64_t micros = iso.kind == SL_ISO_DATE ? iso.days * SL_MICROS_PER_DAY : iso.micros;
  int64_t millis = micros / 1000;
  int64_t rest = micros % 1000;
  bool up = comparison == SL_DB_GREATER_EQUAL || comparison == SL_DB_LESS;
  millis += rest > 0 && up ? 1 : rest < 0 && !up ? -1 : 0;
  sl_buffer_printf(out, "{\"$date\":{\"$numberLong\":\"%" PRId64 "\"}}", millis);
  return true;
}

static bool append_number(const char *text, int64_t type, struct sl_buffer *out) {
  struct sl_decimal d;
  int64_t integer;
  const char *end = NULL;
  double real = sl_real_parse(text, &end);
  bool decimal = sl_decimal_parse(sl_text_of(text), &d);
  if (decimal && sl_decimal_to_int64(d, &integer)) {
    sl_buffer_printf(out, "{\"$numberLong\":\"%" PRId64 "\"}", integer);
  } else if (type == BSON_TYPE_DECIMAL128 && end != text && *end == '\0') {
    sl_buffer_printf(out, "{\"$numberDecimal\":\"%s\"}", text);
  } else if (end != text && *end == '\0') {
    char shortest[40];
    mongo_print_double(shortest, real);
    sl_buffer_printf(out, "{\"$numberDouble\":\"%s\"}", shortest);
  } else {
    return false;
  }
  return true;
}

static bool append_literal(const struct sl_db_column *column, enum sl_db_comparison comparison,
                           const char *value, struct sl_buffer *out) {
  switch (column->type) {
    case BSON_TYPE_OID:
      sl_buffer_printf(out, "{\"$oid\":\"%s\"}", value);
      return is_object_id(value);
    case BSON_TYPE_DATE_TIME: return append_date(value, comparison, out);
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
    case BSON_TYPE_DOUBLE:
    case BSON_TYPE_DECIMAL128: return append_number(value, column->type, out);
    case BSON_TYPE_BOOL:
      sl_buffer_text(out, value);
      return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
    default: sl_json_string(out, value, strlen(value)); return true;
  }
}

sl_status mongo_compare(const struct sl_db_table *table, const struct sl_db_column *column,
                        enum sl_db_comparison comparison, const char *value, struct sl_buffer *out,
                        struct sl_error *err) {
  static const char *const operators[] = { "$eq", "$lt", "$lte", "$gt", "$gte", "$eq" };
  sl_buffer_char(out, '{');
  sl_json_string(out, column->name, strlen(column->name));
  sl_buffer_printf(out, ":{\"%s\":", operators[comparison]);
  if (comparison == SL_DB_IS_NULL) {
    sl_buffer_text(out, "null");
  } else if (!append_literal(column, comparison, value, out)) {
    return sl_fail(err, SL_EUSAGE,
                   "collection %s: '%s' is no %s, but the cursor %s has such values; check "
                   "--initial-value and --end-value, or begin anew with another --pipeline name",
                   table->name, value, name_of(column->type), column->name);
  }
  sl_buffer_text(out, "}}");
  return SL_OK;
}

void mongo_both(const char *a, const char *b, struct sl_buffer *out) {
  sl_buffer_printf(out, "{\"$and\":[%s,%s]}", a, b);
}

/* ---- the highest value ---- */

struct extreme {
  const char *member;
  bool has_value; /* not null, and not missing */
  bson_type_t type;
  char *text;
};

static sl_status keep_extreme(void *arg, const bson_t *document, struct sl_error *err) {
  struct extreme *e = arg;
  bson_iter_t top;
  bson_iter_t found;
  if (!MONGO(bson_iter_init)(&top, document) ||
      !MONGO(bson_iter_find_descendant)(&top, e->member, &found)) {
    return SL_OK;
  }
  e->type = MONGO(bson_iter_type)(&found);
  e->has_value = e->type != BSON_TYPE_NULL && e->type != BSON_TYPE_UNDEFINED;
  free(e->text);
  e->text = print_value(MONGO(bson_iter_value)(&found));
  return e->text == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a cursor value") : SL_OK;
}

/* The first document's value when sorted by the member. */
static sl_status find_extreme(struct mongo_session *s, const struct sl_db_table *table,
                              const bson_t *filter, bool highest, struct extreme *out,
                              struct sl_error *err) {
  bson_t command = BSON_INITIALIZER;
  struct mongo_query query = { .table = table,
                               .filter = filter,
                               .sort = out->member,
                               .descending = highest,
                               .only = out->member,
                               .limit = 1,
                               .in_snapshot = mongo_snapshot_covers(s, table) };
  sl_status rc = mongo_build(s, &query, &command, err);
  if (rc == SL_OK) {
    rc = mongo_each(s, mongo_database(s, table), &command, keep_extreme, out, err);
  }
  MONGO(bson_destroy)(&command);
  return rc;
}

static bool is_cursor_type(bson_type_t type, size_t *index) {
  for (*index = 0; *index < sizeof cursor_types / sizeof cursor_types[0]; ++*index) {
    if (cursor_types[*index].type == type) {
      return true;
    }
  }
  return false;
}

static sl_status fail_cursor(const struct sl_db_table *table, const char *member,
                             struct sl_error *err) {
  return sl_fail(
      err, SL_EUSAGE,
      "collection %s: the highest value of %s is no number, date, string or ObjectId, so "
      "it cannot be the cursor; choose another member",
      table->name, member);
}

/* Values of two kinds: only those of the higher kind are met by comparisons with the end. */
static sl_status warn_of_mixture(struct mongo_session *s, const struct sl_db_table *table,
                                 const char *member, bson_type_t type, struct sl_error *err) {
  char message[512];
  struct extreme lowest = { .member = member };
  bson_t *filter = NULL;
  struct sl_buffer text = { 0 };
  sl_buffer_char(&text, '{');
  sl_json_string(&text, member, strlen(member));
  sl_buffer_text(&text, ":{\"$ne\":null}}");
  sl_status rc = sl_buffer_check(&text, err);
  if (rc == SL_OK) {
    rc = mongo_parse(text.data, "a filter", &filter, err);
  }
  if (rc == SL_OK) {
    rc = find_extreme(s, table, filter, false, &lowest, err);
  }
  if (rc == SL_OK && lowest.has_value && mongo_bracket(lowest.type) != mongo_bracket(type) &&
      s->config->warn != NULL) {
    snprintf(message, sizeof message,
             "collection %s: the cursor %s has values of several types; only documents where it is "
             "a %s are read",
             table->name, member, name_of((int64_t)type));
    s->config->warn(s->config->warn_arg, message);
  }
  if (filter != NULL) {
    MONGO(bson_destroy)(filter);
  }
  free(lowest.text);
  sl_buffer_release(&text);
  return rc;
}

/* The document's members; none is near when the wanted one is there. */
static sl_status look_at_members(void *arg, const bson_t *document, struct sl_error *err) {
  struct mongo_nearest *nearest = arg;
  bson_iter_t member;
  sl_status rc = SL_OK;
  bool looked = !MONGO(bson_iter_init_find)(&member, document, nearest->wanted) &&
                MONGO(bson_iter_init)(&member, document);
  while (rc == SL_OK && looked && MONGO(bson_iter_next)(&member)) {
    rc = mongo_keep_nearest(nearest, MONGO(bson_iter_key)(&member), err);
  }
  return rc;
}

/* No document has a value of the cursor: it may be written wrongly. */
static sl_status tell_nearest(struct mongo_session *s, const struct sl_db_table *table,
                              const char *member, struct sl_error *err) {
  bson_t command = BSON_INITIALIZER;
  char message[512];
  struct mongo_nearest nearest = mongo_nearest_to(member);
  struct mongo_query query = { .table = table,
                               .limit = 1,
                               .in_snapshot = mongo_snapshot_covers(s, table) };
  sl_status rc = mongo_build(s, &query, &command, err);
  if (rc == SL_OK) {
    rc = mongo_each(s, mongo_database(s, table), &command, look_at_members, &nearest, err);
  }
  MONGO(bson_destroy)(&command);
  if (rc != SL_OK || nearest.name[0] == '\0') {
    return rc;
  }
  snprintf(message, sizeof message,
           "collection %s: no document has a value of the cursor '%s' (did you mean '%s'?)",
           table->name, member, nearest.name);
  if (strcmp(s->settings->common.on_cursor_null, "raise") == 0) {
    return sl_fail(err, SL_ENOTFOUND, "%s", message);
  }
  if (s->config->warn != NULL) {
    s->config->warn(s->config->warn_arg, message);
  }
  return SL_OK;
}

sl_status mongo_describe_cursor(struct mongo_session *s, struct sl_db_table *table,
                                struct sl_error *err) {
  const char *member = s->settings->common.cursor;
  struct extreme highest = { .member = member };
  struct sl_db_column *column;
  size_t index = 0;
  bool own_id = strcmp(member, "_id") == 0 && table->query == NULL;
  sl_status rc = find_extreme(s, table, NULL, true, &highest, err);
  bool known = highest.has_value && is_cursor_type(highest.type, &index);
  if (rc == SL_OK && highest.has_value && !known) {
    rc = fail_cursor(table, member, err);
  }
  if (rc == SL_OK && known && !own_id) {
    rc = warn_of_mixture(s, table, member, highest.type, err);
  }
  if (rc == SL_OK && !highest.has_value) {
    rc = tell_nearest(s, table, member, err);
  }
  if (rc == SL_OK) { /* no value at all: nothing will be compared that matters */
    rc = sl_db_table_add_column(table, member, known ? cursor_types[index].name : "document member",
                                known ? cursor_types[index].format : "u", !own_id, &column, err);
  }
  if (rc == SL_OK) {
    column->type = known ? (int64_t)highest.type : 0;
  }
  free(highest.text);
  return rc;
}

static sl_status keep_count(void *arg, const bson_t *document, struct sl_error *err) {
  bson_iter_t found;
  (void)err;
  if (MONGO(bson_iter_init_find)(&found, document, "n")) {
    *(int64_t *)arg = MONGO(bson_iter_as_int64)(&found);
  }
  return SL_OK;
}

static sl_status count(struct mongo_session *s, const struct sl_db_table *table,
                       const bson_t *filter, char **out, struct sl_error *err) {
  bson_t command = BSON_INITIALIZER;
  int64_t n = 0;
  char digits[24];
  struct mongo_query query = {
    .table = table, .filter = filter, .count = true, .in_snapshot = mongo_snapshot_covers(s, table)
  };
  sl_status rc = mongo_build(s, &query, &command, err);
  if (rc == SL_OK) {
    rc = mongo_each(s, mongo_database(s, table), &command, keep_count, &n, err);
  }
  MONGO(bson_destroy)(&command);
  snprintf(digits, sizeof digits, "%" PRId64, n);
  *out = rc == SL_OK ? strdup(digits) : NULL;
  return rc == SL_OK && *out == NULL ? sl_fail(err, SL_ENOMEM, "out of memory for a count") : rc;
}

sl_status mongo_scalar(struct sl_db_session *base, const struct sl_db_table *table,
                       const char *function, const struct sl_db_column *column,
                       const char *condition, char **out, struct sl_error *err) {
  struct mongo_session *s = (struct mongo_session *)base;
  struct extreme highest = { 0 };
  bson_t *filter = NULL;
  *out = NULL;
  sl_status rc = condition == NULL ? SL_OK : mongo_parse(condition, "the filter", &filter, err);
  if (rc == SL_OK && column == NULL) {
    rc = count(s, table, filter, out, err);
  } else if (rc == SL_OK) {
    highest.member = column->name;
    rc = find_extreme(s, table, filter, strcmp(function, "max") == 0, &highest, err);
    if (rc == SL_OK && highest.has_value && highest.text[0] == '\0' &&
        highest.type != BSON_TYPE_UTF8) {
      rc = fail_cursor(table, column->name, err);
    }
    *out = rc == SL_OK && highest.has_value ? highest.text : NULL;
    highest.text = *out != NULL ? NULL : highest.text;
  }
  if (filter != NULL) {
    MONGO(bson_destroy)(filter);
  }
  free(highest.text);
  return rc;
}
