/* dialect_mysql.c - MySQL (8.0.17 and later) and MariaDB (10.2.7 and later).
 *
 * Pages of dev.mysql.com/doc/refman/8.0/en/: data-types, create-table, create-temporary-table
 * (temporary-table-problems: a temporary table once in a statement), delete, update, load-data; of
 * mariadb.com/kb/en/: the same, and comment-syntax.
 *
 * Texts are compared byte by byte, blanks at their end included, as everywhere else: what decides
 * is the collation, and each of the two has its own, told in comments that the other one skips. */
#include "sql/dialect.h"

#include <inttypes.h>

enum { KEY_CHARS = 128, MOST_VARCHAR = 1024 };

#define TEXTS                           \
  " DEFAULT CHARACTER SET utf8mb4"      \
  "/*!80017 COLLATE utf8mb4_0900_bin*/" \
  "/*M! COLLATE utf8mb4_nopad_bin*/"

/* Characters of a VARCHAR; 0 = LONGTEXT. Keys that we make ourselves are short. */
static int varchar_of(const struct sl_column *c) {
  if (c->precision > 0) {
    return c->precision <= MOST_VARCHAR ? c->precision : 0;
  }
  uint32_t keys = SL_HINT_UNIQUE | SL_HINT_ROW_KEY | SL_HINT_PARENT_KEY | SL_HINT_ROOT_KEY;
  return (c->hints & keys) != 0 ? KEY_CHARS : 0;
}

static bool write_type(const struct sl_sql_context *sql, const struct sl_column *c,
                       struct sl_buffer *out) {
  static const char *const integers[] = { "SMALLINT", "SMALLINT", "INT", "BIGINT",
                                          "DECIMAL(38,0)" };
  int precision, scale;
  switch (c->type) {
    case SL_TYPE_BIGINT: sl_dialect_integer(c, integers, out); return true;
    case SL_TYPE_TEXT:
      if (varchar_of(c) == 0) {
        return false;
      }
      sl_buffer_printf(out, "VARCHAR(%d)", varchar_of(c));
      return true;
    case SL_TYPE_TIMESTAMP:
      sl_buffer_printf(out, "DATETIME(%d)", sl_dialect_fraction(c, 6));
      return true;
    case SL_TYPE_TIME: sl_buffer_printf(out, "TIME(%d)", sl_dialect_fraction(c, 6)); return true;
    case SL_TYPE_WEI:
    case SL_TYPE_DECIMAL:
      sl_dialect_decimal(sql, c, &precision, &scale);
      sl_buffer_printf(out, "DECIMAL(%d,%d)", precision, scale);
      return true;
    default: return false;
  }
}

/* Whether a backslash stands for itself is a setting of the session, so texts that hold one are
 * written in digits; texts with NUL too, which would end a statement here. */
static void write_text(const char *text, size_t length, struct sl_buffer *out) {
  bool plain = true;
  for (size_t i = 0; i < length; i++) {
    plain = plain && text[i] != '\\' && text[i] != '\0';
  }
  sl_buffer_text(out, plain ? "'" : "_utf8mb4 X'");
  for (size_t i = 0; i < length; i++) {
    if (!plain) {
      sl_buffer_printf(out, "%02X", (unsigned)(unsigned char)text[i]);
    } else {
      sl_buffer_text(out, text[i] == '\'' ? "'" : "");
      sl_buffer_char(out, text[i]);
    }
  }
  sl_buffer_char(out, '\'');
}

static void create_dataset(const struct sl_sql_context *sql, const char *dataset,
                           struct sl_buffer *out) {
  sl_dialect_create_database(sql, dataset, out);
  sl_buffer_text(out, TEXTS);
}

static void table_options(const struct sl_sql_context *sql, const struct sl_table *table,
                          struct sl_buffer *out) {
  (void)sql, (void)table;
  sl_buffer_text(out, " ENGINE=InnoDB" TEXTS);
}

static void write_index_part(const struct sl_sql_context *sql, const struct sl_column *c, int most,
                             struct sl_buffer *out) {
  bool long_text = c->type == SL_TYPE_TEXT && varchar_of(c) == 0;
  bool cut = c->type == SL_TYPE_TEXT && varchar_of(c) > most;
  sl_sql_identifier(sql, c->name, out);
  if (long_text || cut || c->type == SL_TYPE_BINARY || c->type == SL_TYPE_JSON) {
    sl_buffer_printf(out, "(%d)", most);
  }
}

/* In some modes of a session backslashes escape, in others they do not: doubled they end no literal
 * in any, and are seen twice in some. */
static void write_comment(const char *text, size_t length, struct sl_buffer *out) {
  sl_buffer_char(out, '\'');
  for (size_t i = 0; i < length; i++) {
    bool twice = text[i] == '\'' || text[i] == '\\';
    sl_buffer_append(out, twice ? text + i : "", twice ? 1 : 0);
    sl_buffer_char(out, text[i]);
  }
  sl_buffer_char(out, '\'');
}

/* Locks have names, for the whole server. It tells no more of a session than its list of processes
 * does, so `who` stays with us. */
static void try_lock(uint64_t key, const char *who, struct sl_buffer *out) {
  (void)who;
  sl_buffer_printf(
      out,
      "SELECT CASE GET_LOCK('sluice_%016" PRIx64
      "', 0) WHEN 1 THEN '' ELSE COALESCE((SELECT CONCAT('connection ', ID, ' of user ', "
      "USER, ' from ', HOST, CASE COMMAND WHEN 'Sleep' THEN ', idle for ' ELSE ', busy for "
      "' END, TIME, ' s') FROM information_schema.PROCESSLIST WHERE ID = "
      "IS_USED_LOCK('sluice_%016" PRIx64 "')), 'another session') END",
      key, key);
}

const struct sl_dialect sl_dialect_mysql = {
  .name = "mysql",
  .databases = "MariaDB|MySQL",
  .capabilities = { SL_MYSQL_CAPABILITIES, .max_query_length = INT64_C(1) << 20 },
  .undefined_states = "42S02",
  .undefined_words = "Unknown database",
  .try_lock = try_lock,
  .lock_patience = "SET SESSION lock_wait_timeout = 5",
  .lock_table = "LOCK TABLES ",
  .lock_alone = " WRITE",
  .unlock_tables = "UNLOCK TABLES",
  .identifier_quote = '`',
  .temporary_in_dataset = true,
  /* Aria takes rows twice as fast as InnoDB; MySQL has none, and takes its default. */
  .temporary_options = "/*M! ENGINE=Aria TRANSACTIONAL=0*/" TEXTS,
  .row_order = "`\001row`", /* the name of nobody's column */
  .row_order_type = "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
  .random_key = "LEFT(MD5(CONCAT(UUID(), RAND(), RAND())), 20)",
  .types = { [SL_TYPE_TEXT] = "LONGTEXT",
             [SL_TYPE_DOUBLE] = "DOUBLE",
             [SL_TYPE_BOOL] = "TINYINT(1)",
             [SL_TYPE_BINARY] = "LONGBLOB",
             [SL_TYPE_JSON] = "JSON",
             [SL_TYPE_DATE] = "DATE" },
  .stored_as = { [SL_TYPE_BOOL] = SL_TYPE_BIGINT },
  .type = write_type,
  .create_dataset = create_dataset,
  .datasets_are_databases = true,
  .table_options = table_options,
  .alter_column = " MODIFY COLUMN ",
  .alter_type = " ",
  .alter_restates = true,
  .merges_by_join = true,
  .index_part = write_index_part,
  .comment_open = " COMMENT ",
  .comment_close = "",
  .comment_literal = write_comment,
  .longest_comment = 1024, /* of a column: characters */
  .text_literal = write_text,
  .bytes_prefix = "X'",
  .bytes_suffix = "'",
  .time_literal = sl_dialect_quote_moment,
};
