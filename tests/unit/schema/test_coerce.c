/* test_coerce.c - the coercion table: each row is what dlt 1.31 made of the value. */
#include "schema/detect.h"

#include <stdlib.h>

#include "base/time.h"
#include "unit/test.h"

/* Values as text: TIMESTAMP, DATE and TIME come in as ISO and go out as micros, days and micros,
 * with a Z where the timestamp has a zone. want NULL = refused: the value becomes a variant. */
static const struct {
  enum sl_type from, to;
  const char *in, *want;
} cases[] = {
  { SL_TYPE_JSON, SL_TYPE_TEXT, "{\"a\":1,\"b\":[true,null,\"\xc3\xa9\"]}",
    "{\"a\":1,\"b\":[true,null,\"\xc3\xa9\"]}" },
  { SL_TYPE_BIGINT, SL_TYPE_TEXT, "-9223372036854775808", "-9223372036854775808" },
  { SL_TYPE_DOUBLE, SL_TYPE_TEXT, "1e22", "1e+22" },
  { SL_TYPE_DOUBLE, SL_TYPE_TEXT, "1e16", "1e+16" },
  { SL_TYPE_DOUBLE, SL_TYPE_TEXT, "9999999999999998.0", "9999999999999998.0" },
  { SL_TYPE_DOUBLE, SL_TYPE_TEXT, "100000.0", "100000.0" },
  { SL_TYPE_DOUBLE, SL_TYPE_TEXT, "1e-4", "0.0001" },
  { SL_TYPE_DOUBLE, SL_TYPE_TEXT, "1e-5", "1e-05" },
  { SL_TYPE_DOUBLE, SL_TYPE_TEXT, "1e-07", "1e-07" },
  { SL_TYPE_DOUBLE, SL_TYPE_TEXT, "0.1", "0.1" },
  { SL_TYPE_DOUBLE, SL_TYPE_TEXT, "-0.0", "-0.0" },
  { SL_TYPE_DOUBLE, SL_TYPE_TEXT, "nan", "nan" },
  { SL_TYPE_DOUBLE, SL_TYPE_TEXT, "-inf", "-inf" },
  { SL_TYPE_DOUBLE, SL_TYPE_TEXT, "5e-324", "5e-324" },
  { SL_TYPE_DOUBLE, SL_TYPE_TEXT, "1.7976931348623157e308", "1.7976931348623157e+308" },
  { SL_TYPE_DOUBLE, SL_TYPE_TEXT, "123456789.125", "123456789.125" },
  { SL_TYPE_DECIMAL, SL_TYPE_TEXT, "12.50", "12.50" },
  { SL_TYPE_DECIMAL, SL_TYPE_TEXT, "0.00000120", "0.00000120" },
  { SL_TYPE_DECIMAL, SL_TYPE_TEXT, "0.0000001", "1E-7" },
  { SL_TYPE_DECIMAL, SL_TYPE_TEXT, "0.000000000", "0E-9" },
  { SL_TYPE_DECIMAL, SL_TYPE_TEXT, "1E-38", "1E-38" },
  { SL_TYPE_WEI, SL_TYPE_TEXT, "1000000000000000000000", "1000000000000000000000" },
  { SL_TYPE_BOOL, SL_TYPE_TEXT, "true", "True" },
  { SL_TYPE_BOOL, SL_TYPE_TEXT, "false", "False" },
  { SL_TYPE_BINARY, SL_TYPE_TEXT, "", "" },
  { SL_TYPE_BINARY, SL_TYPE_TEXT, "a", "YQ==" },
  { SL_TYPE_BINARY, SL_TYPE_TEXT, "ab", "YWI=" },
  { SL_TYPE_BINARY, SL_TYPE_TEXT, "abc", "YWJj" },
  { SL_TYPE_TIMESTAMP, SL_TYPE_TEXT, "2024-01-02T03:04:05+00:00", "2024-01-02T03:04:05+00:00" },
  { SL_TYPE_TIMESTAMP, SL_TYPE_TEXT, "2024-01-02T03:04:05.000006", "2024-01-02T03:04:05.000006" },
  { SL_TYPE_TIMESTAMP, SL_TYPE_TEXT, "1969-12-31T23:59:59.999999+00:00",
    "1969-12-31T23:59:59.999999+00:00" },
  { SL_TYPE_DATE, SL_TYPE_TEXT, "2024-01-02", "2024-01-02" },
  { SL_TYPE_DATE, SL_TYPE_TEXT, "0001-01-01", "0001-01-01" },
  { SL_TYPE_TIME, SL_TYPE_TEXT, "10:00:00", "10:00:00" },
  { SL_TYPE_TIME, SL_TYPE_TEXT, "10:00:00.5", "10:00:00.500000" },
  { SL_TYPE_TEXT, SL_TYPE_BINARY, "0x", "" },
  { SL_TYPE_TEXT, SL_TYPE_BINARY, "0x1234",
    "\x12"
    "4" },
  { SL_TYPE_TEXT, SL_TYPE_BINARY, "0x12 34",
    "\x12"
    "4" },
  { SL_TYPE_TEXT, SL_TYPE_BINARY, "0x1", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BINARY, "0xzz", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BINARY, "YQ==", "a" },
  { SL_TYPE_TEXT, SL_TYPE_BINARY, "YWI=", "ab" },
  { SL_TYPE_TEXT, SL_TYPE_BINARY, "YR==", "a" },
  { SL_TYPE_TEXT, SL_TYPE_BINARY, "YQ", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BINARY, "YQ==YQ==", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BINARY, "Y Q=", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BINARY, "-_==", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BINARY, "\xc3\xa9", NULL },
  { SL_TYPE_BIGINT, SL_TYPE_BINARY, "0", "" },
  { SL_TYPE_BIGINT, SL_TYPE_BINARY, "1", "\x01" },
  { SL_TYPE_BIGINT, SL_TYPE_BINARY, "65535", "\xff\xff" },
  { SL_TYPE_BIGINT, SL_TYPE_BINARY, "-1", NULL },
  { SL_TYPE_BIGINT, SL_TYPE_BINARY, "9223372036854775807", "\xff\xff\xff\xff\xff\xff\xff\x7f" },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "12", "12" },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, " +5 ", "5" },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "-5", "-5" },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "1_000", "1000" },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "1__0", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "_1", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "1_", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "0x1F", "31" },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "0X1F", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "0x", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "0x_1", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "0x1_0", "16" },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "0x-5", "-5" },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "0x0x10", "16" },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "-0x5", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "3.0", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "1e3", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "9223372036854775807", "9223372036854775807" },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "9223372036854775808", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "-9223372036854775809", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "0x7fffffffffffffff", "9223372036854775807" },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "0x8000000000000000", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "\xd9\xa3\xd9\xa4", "34" },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "\xef\xbc\x91\xef\xbc\x92", "12" },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, " 7 ", "7" },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "- 5", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "nan", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "0b1", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BIGINT, "00012", "12" },
  { SL_TYPE_WEI, SL_TYPE_BIGINT, "12", "12" },
  { SL_TYPE_WEI, SL_TYPE_BIGINT, "12.5", NULL },
  { SL_TYPE_WEI, SL_TYPE_BIGINT, "9223372036854775808", NULL },
  { SL_TYPE_DECIMAL, SL_TYPE_BIGINT, "12.00", "12" },
  { SL_TYPE_DECIMAL, SL_TYPE_BIGINT, "12.01", NULL },
  { SL_TYPE_DECIMAL, SL_TYPE_BIGINT, "-9223372036854775808", "-9223372036854775808" },
  { SL_TYPE_DOUBLE, SL_TYPE_BIGINT, "3.0", "3" },
  { SL_TYPE_DOUBLE, SL_TYPE_BIGINT, "3.5", NULL },
  { SL_TYPE_DOUBLE, SL_TYPE_BIGINT, "-0.0", "0" },
  { SL_TYPE_DOUBLE, SL_TYPE_BIGINT, "9223372036854775807.0", NULL },
  { SL_TYPE_DOUBLE, SL_TYPE_BIGINT, "-9223372036854775808.0", "-9223372036854775808" },
  { SL_TYPE_DOUBLE, SL_TYPE_BIGINT, "9223372036854774784.0", "9223372036854774784" },
  { SL_TYPE_DOUBLE, SL_TYPE_BIGINT, "nan", NULL },
  { SL_TYPE_DOUBLE, SL_TYPE_BIGINT, "inf", NULL },
  { SL_TYPE_DOUBLE, SL_TYPE_BIGINT, "1e300", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "1.5", "1.5" },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, " 1.5 ", "1.5" },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "1e400", "inf" },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "-1e400", "-inf" },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "nan", "nan" },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "-NAN", "nan" },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "inf", "inf" },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "+Infinity", "inf" },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "infinit", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "1_000.5", "1000.5" },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "1_.5", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "._5", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, ".5", "0.5" },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "5.", "5.0" },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, ".", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "0x10", "16.0" },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "0x1p3", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "0x", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "0x-ff", "-255.0" },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "1e", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "1e5x", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "nan(1)", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "0x20000000000001", "9007199254740992.0" },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "0x20000000000003", "9007199254740996.0" },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "\xd9\xa3.\xd9\xa5", "3.5" },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "1,5", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "1d5", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DOUBLE, "", NULL },
  { SL_TYPE_BIGINT, SL_TYPE_DOUBLE, "9223372036854775807", "9.223372036854776e+18" },
  { SL_TYPE_BIGINT, SL_TYPE_DOUBLE, "-1", "-1.0" },
  { SL_TYPE_WEI, SL_TYPE_DOUBLE, "123456789012345678901234567890", "1.2345678901234568e+29" },
  { SL_TYPE_DECIMAL, SL_TYPE_DOUBLE, "0.1", "0.1" },
  { SL_TYPE_DECIMAL, SL_TYPE_DOUBLE, "2.50", "2.5" },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "1.50", "1.50" },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, " 1.5 ", "1.5" },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "1_0.5", "10.5" },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "_1_", "1" },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "1e5", "100000" },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "1e-38", "0.00000000000000000000000000000000000001" },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "1e-39", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "1e38", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "NaN", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "Infinity", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "0x10", "16" },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "0x4b3b4ca85a86c47a098a223fffffffff",
    "99999999999999999999999999999999999999" },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "0x4b3b4ca85a86c47a098a224000000000", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "99999999999999999999999999999999999999",
    "99999999999999999999999999999999999999" },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "100000000000000000000000000000000000000", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, ".5", "0.5" },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "5.", "5" },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, ".", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "1.0e", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "\xd9\xa3.\xd9\xa5", "3.5" },
  { SL_TYPE_TEXT, SL_TYPE_DECIMAL, "0x1.5", NULL },
  { SL_TYPE_BIGINT, SL_TYPE_DECIMAL, "-5", "-5" },
  { SL_TYPE_DOUBLE, SL_TYPE_DECIMAL, "0.1", "0.1" },
  { SL_TYPE_DOUBLE, SL_TYPE_DECIMAL, "1e22", "10000000000000000000000" },
  { SL_TYPE_DOUBLE, SL_TYPE_DECIMAL, "1e-7", "0.0000001" },
  { SL_TYPE_DOUBLE, SL_TYPE_DECIMAL, "1e38", NULL },
  { SL_TYPE_DOUBLE, SL_TYPE_DECIMAL, "1e-39", NULL },
  { SL_TYPE_DOUBLE, SL_TYPE_DECIMAL, "nan", NULL },
  { SL_TYPE_DOUBLE, SL_TYPE_DECIMAL, "inf", NULL },
  { SL_TYPE_DOUBLE, SL_TYPE_DECIMAL, "2.5", "2.5" },
  { SL_TYPE_WEI, SL_TYPE_DECIMAL, "12.5", "12.5" },
  { SL_TYPE_TEXT, SL_TYPE_WEI, "12", "12" },
  { SL_TYPE_TEXT, SL_TYPE_WEI, "12.5", "12.5" },
  { SL_TYPE_TEXT, SL_TYPE_WEI, "0xff", "255" },
  { SL_TYPE_TEXT, SL_TYPE_WEI, "x", NULL },
  { SL_TYPE_BIGINT, SL_TYPE_WEI, "7", "7" },
  { SL_TYPE_DOUBLE, SL_TYPE_WEI, "1e20", "100000000000000000000" },
  { SL_TYPE_DECIMAL, SL_TYPE_WEI, "1.5", "1.5" },
  { SL_TYPE_TEXT, SL_TYPE_BOOL, "yes", "true" },
  { SL_TYPE_TEXT, SL_TYPE_BOOL, "TRUE", "true" },
  { SL_TYPE_TEXT, SL_TYPE_BOOL, "t", "true" },
  { SL_TYPE_TEXT, SL_TYPE_BOOL, "Y", "true" },
  { SL_TYPE_TEXT, SL_TYPE_BOOL, "1", "true" },
  { SL_TYPE_TEXT, SL_TYPE_BOOL, "no", "false" },
  { SL_TYPE_TEXT, SL_TYPE_BOOL, "False", "false" },
  { SL_TYPE_TEXT, SL_TYPE_BOOL, "f", "false" },
  { SL_TYPE_TEXT, SL_TYPE_BOOL, "N", "false" },
  { SL_TYPE_TEXT, SL_TYPE_BOOL, "0", "false" },
  { SL_TYPE_TEXT, SL_TYPE_BOOL, " true", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BOOL, "2", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BOOL, "", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BOOL, "on", NULL },
  { SL_TYPE_TEXT, SL_TYPE_BOOL, "yess", NULL },
  { SL_TYPE_BIGINT, SL_TYPE_BOOL, "0", "false" },
  { SL_TYPE_BIGINT, SL_TYPE_BOOL, "-3", "true" },
  { SL_TYPE_DOUBLE, SL_TYPE_BOOL, "0.0", "false" },
  { SL_TYPE_DOUBLE, SL_TYPE_BOOL, "-0.0", "false" },
  { SL_TYPE_DOUBLE, SL_TYPE_BOOL, "0.5", "true" },
  { SL_TYPE_DOUBLE, SL_TYPE_BOOL, "nan", "true" },
  { SL_TYPE_DECIMAL, SL_TYPE_BOOL, "0.00", "false" },
  { SL_TYPE_DECIMAL, SL_TYPE_BOOL, "0.01", "true" },
  { SL_TYPE_WEI, SL_TYPE_BOOL, "0", "false" },
  { SL_TYPE_WEI, SL_TYPE_BOOL, "1", "true" },
  { SL_TYPE_TEXT, SL_TYPE_JSON, "{\"a\": 1}", "{\"a\":1}" },
  { SL_TYPE_TEXT, SL_TYPE_JSON, "[1, 2]", "[1,2]" },
  { SL_TYPE_TEXT, SL_TYPE_JSON, "\"x\"", "\"x\"" },
  { SL_TYPE_TEXT, SL_TYPE_JSON, "1", "1" },
  { SL_TYPE_TEXT, SL_TYPE_JSON, "{a:1}", NULL },
  { SL_TYPE_TEXT, SL_TYPE_JSON, "1e400", NULL },
  { SL_TYPE_TEXT, SL_TYPE_JSON, "[1,]", NULL },
  { SL_TYPE_TEXT, SL_TYPE_JSON, "", NULL },
  { SL_TYPE_TEXT, SL_TYPE_JSON, "nul", NULL },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "2013-01-10T07:58:30Z", "1357804710000000Z" },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "2024-01-15", "1705276800000000" },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "2024", "1704067200000000" },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "20240115", "1705276800000000" },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "2024-W03-1", "1705276800000000" },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "2024-01-15T10:00:00-05:00", "1705330800000000Z" },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "10:00", NULL },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "1705312800", "1705312800000000Z" },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "1705312800.1234565", "1705312800123456Z" },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, " 12 ", "12000000Z" },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "1e3", "1000000000Z" },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "nan", NULL },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "inf", NULL },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "0x10", NULL },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "253402300799", "253402300799000000Z" },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "253402300800", NULL },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "-62135596800", "-62135596800000000Z" },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "-62135596801", NULL },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "x", NULL },
  { SL_TYPE_TEXT, SL_TYPE_TIMESTAMP, "1_000", "1000000000Z" },
  { SL_TYPE_BIGINT, SL_TYPE_TIMESTAMP, "0", "0Z" },
  { SL_TYPE_BIGINT, SL_TYPE_TIMESTAMP, "-1", "-1000000Z" },
  { SL_TYPE_BIGINT, SL_TYPE_TIMESTAMP, "253402300799", "253402300799000000Z" },
  { SL_TYPE_BIGINT, SL_TYPE_TIMESTAMP, "253402300800", NULL },
  { SL_TYPE_BIGINT, SL_TYPE_TIMESTAMP, "-62135596800", "-62135596800000000Z" },
  { SL_TYPE_BIGINT, SL_TYPE_TIMESTAMP, "-62135596801", NULL },
  { SL_TYPE_BIGINT, SL_TYPE_TIMESTAMP, "1705312800000", NULL },
  { SL_TYPE_DOUBLE, SL_TYPE_TIMESTAMP, "0.5", "500000Z" },
  { SL_TYPE_DOUBLE, SL_TYPE_TIMESTAMP, "-0.5", "-500000Z" },
  { SL_TYPE_DOUBLE, SL_TYPE_TIMESTAMP, "-1e-07", "0Z" },
  { SL_TYPE_DOUBLE, SL_TYPE_TIMESTAMP, "0.0000005", "0Z" },
  { SL_TYPE_DOUBLE, SL_TYPE_TIMESTAMP, "0.0000015", "2Z" },
  { SL_TYPE_DOUBLE, SL_TYPE_TIMESTAMP, "1705312800.123456", "1705312800123456Z" },
  { SL_TYPE_DOUBLE, SL_TYPE_TIMESTAMP, "253402300799.9999", "253402300799999908Z" },
  { SL_TYPE_DOUBLE, SL_TYPE_TIMESTAMP, "253402300800.0", NULL },
  { SL_TYPE_DOUBLE, SL_TYPE_TIMESTAMP, "nan", NULL },
  { SL_TYPE_DOUBLE, SL_TYPE_TIMESTAMP, "-inf", NULL },
  { SL_TYPE_DATE, SL_TYPE_TIMESTAMP, "2024-01-02", "1704153600000000" },
  { SL_TYPE_DATE, SL_TYPE_TIMESTAMP, "0001-01-01", "-62135596800000000" },
  { SL_TYPE_TEXT, SL_TYPE_DATE, "2024-01-15", "19737" },
  { SL_TYPE_TEXT, SL_TYPE_DATE, "2024-01-15T23:00:00-05:00", "19738" },
  { SL_TYPE_TEXT, SL_TYPE_DATE, "2024-01-15T10:00:00Z", "19737" },
  { SL_TYPE_TEXT, SL_TYPE_DATE, "2024-W03-1", "19737" },
  { SL_TYPE_TEXT, SL_TYPE_DATE, "1705312800", "19737" },
  { SL_TYPE_TEXT, SL_TYPE_DATE, "10:00", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DATE, "x", NULL },
  { SL_TYPE_TEXT, SL_TYPE_DATE, "2024-01-15T23:00:00", "19737" },
  { SL_TYPE_TIMESTAMP, SL_TYPE_DATE, "1969-12-31T23:59:59.999999+00:00", "-1" },
  { SL_TYPE_TIMESTAMP, SL_TYPE_DATE, "2024-01-02T03:04:05", "19724" },
  { SL_TYPE_BIGINT, SL_TYPE_DATE, "-1", "-1" },
  { SL_TYPE_BIGINT, SL_TYPE_DATE, "86400", "1" },
  { SL_TYPE_BIGINT, SL_TYPE_DATE, "253402300800", NULL },
  { SL_TYPE_DOUBLE, SL_TYPE_DATE, "-0.5", "-1" },
  { SL_TYPE_DOUBLE, SL_TYPE_DATE, "nan", NULL },
  { SL_TYPE_TEXT, SL_TYPE_TIME, "10:00", "36000000000" },
  { SL_TYPE_TEXT, SL_TYPE_TIME, "10:00:00.5", "36000500000" },
  { SL_TYPE_TEXT, SL_TYPE_TIME, "10:00+05:00", "18000000000" },
  { SL_TYPE_TEXT, SL_TYPE_TIME, "01:00+05:00", "72000000000" },
  { SL_TYPE_TEXT, SL_TYPE_TIME, "2024-01-01T10:00", NULL },
  { SL_TYPE_TEXT, SL_TYPE_TIME, "25:00", NULL },
  { SL_TYPE_TEXT, SL_TYPE_TIME, "T10", "36000000000" },
  { SL_TYPE_BOOL, SL_TYPE_BIGINT, "true", NULL },
  { SL_TYPE_BOOL, SL_TYPE_DOUBLE, "true", NULL },
  { SL_TYPE_BOOL, SL_TYPE_DECIMAL, "true", NULL },
  { SL_TYPE_TIMESTAMP, SL_TYPE_BIGINT, "2024-01-02T03:04:05+00:00", NULL },
  { SL_TYPE_TIMESTAMP, SL_TYPE_DOUBLE, "2024-01-02T03:04:05+00:00", NULL },
  { SL_TYPE_DATE, SL_TYPE_BIGINT, "2024-01-02", NULL },
  { SL_TYPE_BINARY, SL_TYPE_JSON, "{}", NULL },
  { SL_TYPE_JSON, SL_TYPE_BIGINT, "1", NULL },
  { SL_TYPE_JSON, SL_TYPE_BINARY, "[]", NULL },
  { SL_TYPE_TIME, SL_TYPE_TIMESTAMP, "10:00:00", NULL },
  { SL_TYPE_BIGINT, SL_TYPE_TIME, "5", NULL },
  { SL_TYPE_BIGINT, SL_TYPE_JSON, "5", NULL },
  { SL_TYPE_DOUBLE, SL_TYPE_JSON, "1.5", NULL },
  { SL_TYPE_DOUBLE, SL_TYPE_BINARY, "1.5", NULL },
  { SL_TYPE_TIMESTAMP, SL_TYPE_TIME, "2024-01-02T03:04:05+00:00", NULL },
};

static struct sl_value read_value(enum sl_type type, const char *in) {
  struct sl_value v = { .type = type };
  struct sl_iso iso = { 0 };
  switch (type) {
    case SL_TYPE_BIGINT: v.as.integer = strtoll(in, NULL, 10); break;
    case SL_TYPE_DOUBLE: v.as.real = strtod(in, NULL); break;
    case SL_TYPE_BOOL: v.as.boolean = strcmp(in, "true") == 0; break;
    case SL_TYPE_DECIMAL:
    case SL_TYPE_WEI: CHECK_CASE(in, sl_decimal_parse(sl_text_of(in), &v.as.decimal)); break;
    case SL_TYPE_TIMESTAMP:
    case SL_TYPE_TIME:
    case SL_TYPE_DATE:
      CHECK_CASE(in, sl_iso_parse(sl_text_of(in), &iso));
      v.as.integer = type == SL_TYPE_DATE ? iso.days : iso.micros;
      v.zoned = iso.has_zone;
      break;
    default: v.as.text = sl_text_of(in); break;
  }
  return v;
}

static void check_value(const char *label, const struct sl_value *got, const char *want) {
  char text[48];
  switch (got->type) {
    case SL_TYPE_DOUBLE: CHECK_DOUBLE(label, got->as.real, strtod(want, NULL)); break;
    case SL_TYPE_BOOL: CHECK_STR(label, got->as.boolean ? "true" : "false", want); break;
    case SL_TYPE_DECIMAL:
    case SL_TYPE_WEI:
      sl_decimal_print(text, got->as.decimal);
      CHECK_STR(label, text, want);
      break;
    case SL_TYPE_BIGINT:
    case SL_TYPE_TIMESTAMP:
    case SL_TYPE_TIME:
    case SL_TYPE_DATE:
      CHECK_INT(label, got->as.integer, strtoll(want, NULL, 10));
      CHECK_INT(label, got->zoned, strchr(want, 'Z') != NULL);
      break;
    default: CHECK_MEM(label, got->as.text.data, got->as.text.length, want, strlen(want)); break;
  }
}

TEST(values_convert_as_in_dlt) {
  struct sl_buffer scratch = { 0 };
  for (size_t i = 0; i < COUNT(cases); i++) {
    char label[160];
    struct sl_value in = read_value(cases[i].from, cases[i].in);
    struct sl_value out;
    snprintf(label, sizeof label, "%s -> %s: %s", sl_type_name(cases[i].from),
             sl_type_name(cases[i].to), cases[i].in);
    sl_buffer_reset(&scratch);
    bool good = sl_coerce(&in, cases[i].to, &out, &scratch);
    if (!CHECK_INT(label, good, cases[i].want != NULL) || !good) continue;
    CHECK_INT(label, out.type, cases[i].to);
    check_value(label, &out, cases[i].want);
  }
  sl_buffer_release(&scratch);
}

/* dlt.md 2.6: everything else has no way at all, whatever the value. */
TEST(the_table_has_no_other_ways) {
  static const char *const may[SL_TYPE_COUNT] = {
    /* to, from in the order of enum sl_type: text double bool timestamp bigint binary json decimal
     * wei date time */
    [SL_TYPE_TEXT] = "-++++++++++",   [SL_TYPE_DOUBLE] = "+---+--++--",
    [SL_TYPE_BOOL] = "++--+--++--",   [SL_TYPE_TIMESTAMP] = "++--+----+-",
    [SL_TYPE_BIGINT] = "++-----++--", [SL_TYPE_BINARY] = "+---+------",
    [SL_TYPE_JSON] = "+----------",   [SL_TYPE_DECIMAL] = "++--+---+--",
    [SL_TYPE_WEI] = "++--+--+---",    [SL_TYPE_DATE] = "++-++------",
    [SL_TYPE_TIME] = "+----------",
  };
  static const char *const values[SL_TYPE_COUNT] = {
    [SL_TYPE_TEXT] = "1",     [SL_TYPE_DOUBLE] = "1.0",
    [SL_TYPE_BOOL] = "true",  [SL_TYPE_TIMESTAMP] = "2024-01-02T03:04:05",
    [SL_TYPE_BIGINT] = "1",   [SL_TYPE_BINARY] = "1",
    [SL_TYPE_JSON] = "1",     [SL_TYPE_DECIMAL] = "1",
    [SL_TYPE_WEI] = "1",      [SL_TYPE_DATE] = "2024-01-02",
    [SL_TYPE_TIME] = "10:00",
  };
  struct sl_buffer scratch = { 0 };
  for (int to = SL_TYPE_TEXT; to < SL_TYPE_COUNT; to++) {
    for (int from = SL_TYPE_TEXT; from < SL_TYPE_COUNT; from++) {
      if (from == to || from == SL_TYPE_TEXT) continue; /* text depends on what it says */
      char label[64];
      struct sl_value in = read_value((enum sl_type)from, values[from]);
      struct sl_value out;
      snprintf(label, sizeof label, "%s -> %s", sl_type_name((enum sl_type)from),
               sl_type_name((enum sl_type)to));
      CHECK_INT(label, sl_coerce(&in, (enum sl_type)to, &out, &scratch), may[to][from - 1] == '+');
    }
  }
  sl_buffer_release(&scratch);
}

TEST(a_value_of_the_type_stays_as_it_is) {
  struct sl_buffer scratch = { 0 };
  struct sl_value in = read_value(SL_TYPE_TEXT, " as is ");
  struct sl_value out;
  CHECK(sl_coerce(&in, SL_TYPE_TEXT, &out, &scratch));
  CHECK(out.as.text.data == in.as.text.data && scratch.data == NULL);
  sl_buffer_release(&scratch);
}

TEST(text_with_nul_is_no_number) {
  static const enum sl_type types[] = { SL_TYPE_BIGINT,  SL_TYPE_DOUBLE,    SL_TYPE_BOOL,
                                        SL_TYPE_DECIMAL, SL_TYPE_TIMESTAMP, SL_TYPE_DATE };
  struct sl_buffer scratch = { 0 };
  struct sl_value in = { .type = SL_TYPE_TEXT, .as.text = { "1\0", 2 } };
  struct sl_value out;
  for (size_t i = 0; i < COUNT(types); i++) {
    CHECK_CASE(sl_type_name(types[i]), !sl_coerce(&in, types[i], &out, &scratch));
  }
  sl_buffer_release(&scratch);
}

/* int() refuses more than 4300 digits even when they are zeros. */
TEST(very_long_numbers_are_judged_by_their_value) {
  static char zeros[5001];
  struct sl_buffer scratch = { 0 };
  struct sl_value out;
  memset(zeros, '0', sizeof zeros - 1);
  zeros[4999] = '7';
  struct sl_value in = { .type = SL_TYPE_TEXT, .as.text = { zeros + 700, 4300 } };
  CHECK(sl_coerce(&in, SL_TYPE_BIGINT, &out, &scratch));
  CHECK_INT("4300 digits", out.as.integer, 7);
  in.as.text = (struct sl_text){ zeros, 5000 };
  CHECK(!sl_coerce(&in, SL_TYPE_BIGINT, &out, &scratch));
  CHECK(sl_coerce(&in, SL_TYPE_DOUBLE, &out, &scratch));
  CHECK_DOUBLE("float", out.as.real, 7.0);
  CHECK(sl_coerce(&in, SL_TYPE_DECIMAL, &out, &scratch));
  CHECK_INT("Decimal", out.as.decimal.coefficient, 7);
  sl_buffer_release(&scratch);
}

TEST(scratch_is_appended_to) {
  struct sl_buffer scratch = { 0 };
  struct sl_value in = { .type = SL_TYPE_BIGINT, .as.integer = 12 };
  struct sl_value first;
  struct sl_value second;
  CHECK(sl_buffer_reserve(&scratch, 100)); /* so that the first stays where it is */
  CHECK(sl_coerce(&in, SL_TYPE_TEXT, &first, &scratch));
  in.as.integer = 345;
  CHECK(sl_coerce(&in, SL_TYPE_TEXT, &second, &scratch));
  CHECK_MEM("first", first.as.text.data, first.as.text.length, "12", 2);
  CHECK_MEM("second", second.as.text.data, second.as.text.length, "345", 3);
  sl_buffer_release(&scratch);
}

/* Powers of two are where shortest digits go wrong: the gap below is half the gap above. */
TEST(doubles_print_the_shortest_text_that_reads_back) {
  struct sl_buffer text = { 0 };
  for (int e = -1074; e < 1024; e++) {
    double value = ldexp(1.0, e);
    sl_buffer_reset(&text);
    sl_print_double(value, &text);
    CHECK_DOUBLE(text.data, strtod(text.data, NULL), value);
    int digits = 0;
    int zeros = 0;
    for (const char *c = text.data; *c != '\0' && *c != 'e'; c++) {
      if (*c >= '1' && *c <= '9') {
        digits += zeros + 1;
        zeros = 0;
      } else if (*c == '0') {
        zeros += digits > 0;
      }
    }
    if (digits > 1) {
      char fewer[40];
      snprintf(fewer, sizeof fewer, "%.*e", digits - 2, value);
      CHECK_CASE(text.data, strtod(fewer, NULL) != value);
    }
  }
  sl_buffer_release(&text);
}
