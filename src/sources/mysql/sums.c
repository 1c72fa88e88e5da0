/* sums.c - checksums by CRC32, the one fast hash that MySQL and MariaDB have, of values as texts.
 * Floats have none: they are printed with fewer digits than they have. */
#include "sources/mysql/internal.h"

void maria_hash(struct sl_db_session *base, const struct sl_db_column *column,
                struct sl_source_sum *sum, struct sl_buffer *out) {
  struct sl_buffer name = { 0 };
  const char *form = NULL; /* of SQL, around the name; + 0 takes away leading zeros */
  (void)base;
  switch ((enum maria_decode)column->type) {
    case MARIA_TINY_BOOL:
      sum->form = SL_SUM_INTEGER;
      form = "CRC32(%s <> 0)";
      break;
    case MARIA_BIT:
    case MARIA_TINY:
    case MARIA_SHORT:
    case MARIA_LONG:
    case MARIA_LONGLONG:
    case MARIA_UNSIGNED:
      sum->form = column->format[0] == 'd' ? SL_SUM_DECIMAL : SL_SUM_INTEGER;
      form = "CRC32(%s + 0)";
      break;
    case MARIA_DECIMAL:
      sum->form = SL_SUM_DECIMAL;
      sum->scale = (int32_t)(column->detail & 0xFF);
      form = "CRC32(%s + 0)";
      break;
    case MARIA_DATE:
      sum->form = SL_SUM_DATE;
      form = "CRC32(TO_DAYS(%s) - 719528)";
      break;
    case MARIA_DATETIME:
      sum->form = SL_SUM_MOMENT;
      form = "CRC32(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', %s))";
      break;
    case MARIA_TIME:
      sum->form = SL_SUM_TIME;
      form = "CRC32(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ADDTIME('1970-01-01 00:00:00', %s)))";
      break;
    case MARIA_TEXT:
      sum->form = SL_SUM_TEXT;
      form = "CRC32(CONVERT(%s USING utf8mb4))";
      break;
    case MARIA_BINARY:
      sum->form = SL_SUM_TEXT;
      form = "CRC32(%s)";
      break;
    default: return;
  }
  sl_db_quote(&maria_driver, column->name, &name);
  for (const char *c = form; !name.failed && *c != '\0'; c++) {
    if (c[0] == '%' && c[1] == 's') {
      sl_buffer_text(out, name.data);
      c++;
    } else {
      sl_buffer_char(out, *c);
    }
  }
  out->failed = out->failed || name.failed;
  sl_buffer_release(&name);
}

sl_status maria_ask(struct sl_db_session *base, const char *sql, char **out, struct sl_error *err) {
  return maria_value((struct maria_session *)base, sql, out, err);
}
