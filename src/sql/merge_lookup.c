/* merge_lookup.c - key tests of the merges: is there a row with the same key? And names of
 * temporary tables. */
#include "sql/merge.h"

/* k1, k2 */
static void write_keys(const struct merge *m, const struct merge_keys *keys, const char *prefix,
                       struct sl_buffer *out) {
  const struct sl_table *root = m->plan->root;
  const char *separator = "";
  if (keys->hint == 0) {
    merge_column(m, prefix, keys->key, out);
  }
  for (size_t i = 0; keys->hint != 0 && i < root->n_columns; i++) {
    if ((root->columns[i]->hints & keys->hint) != 0) {
      sl_buffer_text(out, separator);
      merge_column(m, prefix, root->columns[i]->name, out);
      separator = ", ";
    }
  }
}

/* ((d.k1, d.k2) IN (SELECT s.k1, s.k2 FROM …)) IS NOT TRUE */
static void lookup_by_in(const struct merge *m, const struct merge_keys *keys, bool negate,
                         const char *from, const char *extra, struct sl_buffer *out) {
  sl_buffer_text(out, "((");
  write_keys(m, keys, keys->outer, out);
  sl_buffer_text(out, ") IN (SELECT ");
  write_keys(m, keys, keys->inner, out);
  sl_buffer_printf(out, " FROM %s%s%s))%s", from, extra == NULL ? "" : " WHERE ",
                   extra == NULL ? "" : extra, negate ? " IS NOT TRUE" : "");
}

void merge_lookup(const struct merge *m, const struct merge_keys *keys, bool negate,
                  const char *from, const char *extra, struct sl_buffer *out) {
  if (m->sql->dialect->keys_by_in) {
    lookup_by_in(m, keys, negate, from, extra, out);
    return;
  }
  sl_buffer_printf(out, "%sEXISTS (SELECT 1 FROM %s WHERE ", negate ? "NOT " : "", from);
  if (keys->hint != 0) {
    merge_key_equal(m, keys->hint, keys->outer, keys->inner, out);
  } else {
    merge_column(m, keys->inner, keys->key, out);
    sl_buffer_text(out, " = ");
    merge_column(m, keys->outer, keys->key, out);
  }
  sl_buffer_printf(out, "%s%s)", extra == NULL ? "" : " AND ", extra == NULL ? "" : extra);
}

void merge_in_staged(const struct merge *m, const struct merge_keys *keys, bool negate,
                     struct sl_buffer *out) {
  struct sl_buffer from = { 0 };
  if (m->sql->dialect->merges_by_join && keys->hint == SL_HINT_MERGE_KEY) {
    merge_temporary(m, "partitions", &from); /* it may be the second look at the staging table */
    sl_buffer_printf(&from, " AS %s", keys->inner);
  } else {
    merge_source(m, keys->inner, &from);
  }
  merge_lookup(m, keys, negate, from.failed ? "" : from.data, NULL, out);
  sl_buffer_release_part(&from, out);
}

void merge_in_final(const struct merge *m, const struct merge_keys *keys, bool negate,
                    const struct sl_table *table, const char *extra, struct sl_buffer *out) {
  struct sl_buffer from = { 0 };
  merge_table(m, merge_final(m, table), &from);
  sl_buffer_printf(&from, "%s%s", merge_as(m), keys->inner);
  merge_lookup(m, keys, negate, from.failed ? "" : from.data, extra, out);
  sl_buffer_release_part(&from, out);
}

void merge_temporary(const struct merge *m, const char *what, struct sl_buffer *out) {
  struct sl_buffer name = { 0 };
  const char *root = m->plan->root->name;
  const char *prefix = m->sql->dialect->temporary_prefix;
  size_t rest = strlen(what) + strlen(m->plan->uid) + 2 + (prefix == NULL ? 0 : strlen(prefix));
  size_t most = m->sql->capabilities->max_identifier_length;
  size_t length = strlen(root);
  if (most > rest && length > most - rest) { /* a server that cuts would cut off what is unique */
    length = sl_utf8_cut(root, length, most - rest);
  }
  sl_buffer_printf(&name, "%.*s_%s_%s", (int)length, root, what, m->plan->uid);
  if (!name.failed) {
    struct sl_table_name table = { .dataset = m->plan->dataset,
                                   .table = name.data,
                                   .temporary = true };
    merge_table(m, table, out);
  }
  sl_buffer_release_part(&name, out);
}
