"""Types of PostgreSQL and values of each, as SQL literals: what the type matrix of test_postgres.py is made of."""

INFINITE = ("'infinity'", "'-infinity'")

# type -> literals. NULL is added to each.
TYPES = {
    "bool": ["true", "false"],
    "int2": ["0", "1", "-1", "32767", "-32768"],
    "int4": ["0", "1", "-1", "2147483647", "-2147483648"],
    "int8": ["0", "1", "-1", "9223372036854775807", "-9223372036854775808"],
    "oid": ["0", "1", "4294967295"],
    "float4": ["0", "'-0'", "0.1", "-0.1", "1.17549435e-38", "3.4028235e38", "1e-45", "16777216", "0.3", "1234567.9", "1e10", "-3.5e-20",
               "9.999999e-14", "1e28", "'NaN'", *INFINITE],
    "float8": ["0", "'-0'", "0.1", "-1e-300", "1.7976931348623157e308", "5e-324", "0.30000000000000004", "1e22", "'NaN'", *INFINITE],
    "numeric": ["0", "1", "-1", "0.000000001", "123456789.123456789", "-99999999999999999999999999999.999999999", "0.1234567890123456789",
                "1e30", "12345678901234567890123456789012345678", "1e60", "1e-40", "0.00", "1000000", "'NaN'", *INFINITE],
    "numeric(12,2)": ["0", "0.01", "-0.01", "9999999999.99", "-9999999999.99", "100", "10000", "'NaN'"],
    "numeric(38,0)": ["99999999999999999999999999999999999999", "-99999999999999999999999999999999999999", "0", "10000"],
    "numeric(38,38)": ["0.99999999999999999999999999999999999999", "-0.00000000000000000000000000000000000001", "0"],
    "numeric(5,0)": ["99999", "-1", "0"],
    "numeric(4,4)": ["0.9999", "0.0001", "0"],
    "numeric(20,5)": ["123456789012345.12345", "0.00001", "1.5"],
    "numeric(3,-2)": ["12300", "-99900", "0"],
    "numeric(3,5)": ["0.00123", "0"],
    "numeric(60,20)": ["1e39", "0.00000000000000000001", "5"],
    "money": ["0", "1234.56", "-92233720368547758.08", "92233720368547758.07"],
    "text": ["''", "'a'", "'héllo wörld'", "'日本語 🎉'", "E'tab\\tline\\nquote\"''\\\\'", "repeat('x', 100000)", "'NaN'", "' spaces  '",
             "E'\\u0001\\u007f'"],
    "varchar(10)": ["''", "'1234567890'", "'ünïcödé'"],
    "char(5)": ["''", "'ab'", "'12345'"],
    "\"char\"": ["'a'", "''"],
    "name": ["'a_name'", "'x'"],
    "bytea": ["''", "'\\x00'", "'\\xdeadbeef00ff'", "decode(repeat('00ff', 5000), 'hex')"],
    "uuid": ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"],
    "date": ["'2024-02-29'", "'1970-01-01'", "'1969-12-31'", "'0001-01-01'", "'9999-12-31'", "'10000-01-01'", "'0044-03-15 BC'", "'4713-01-01 BC'",
             "'5874897-12-31'", *INFINITE],
    "time": ["'00:00:00'", "'23:59:59.999999'", "'12:34:56.7'", "'24:00:00'"],
    "timetz": ["'12:34:56+02'", "'00:00:00-15:59'", "'23:59:59.999999+00'"],
    "timestamp": ["'2024-02-29 12:34:56.123456'", "'1970-01-01'", "'1969-12-31 23:59:59.999999'", "'0001-01-01'", "'9999-12-31 23:59:59.999999'",
                  "'294276-12-31 23:59:59.999999'", "'4713-01-01 00:00:00 BC'", "'10000-01-01 00:00:00.5'", *INFINITE],
    "timestamptz": ["'2024-02-29 12:34:56.123456+05:30'", "'1970-01-01 00:00:00+00'", "'0001-01-01 00:00:00+00'", "'9999-12-31 23:59:59+00'",
                    "'2024-03-31 02:30:00 Europe/Berlin'", "'0001-12-31 23:00:00+00 BC'", *INFINITE],
    "timestamp(3)": ["'2024-02-29 12:34:56.123'"],
    "interval": ["'0'", "'1 year 2 mons 3 days 04:05:06.000007'", "'-1 day -00:00:01'", "'178000000 years'"],
    "json": ["'{\"a\": 1.50, \"a\": 2}'", "'null'", "'[]'", "'\"text\"'", "'12345678901234567890.123'", "'{\"u\": \"\\u00e9\"}'"],
    "jsonb": ["'{\"b\": 1.50, \"a\": [1, null]}'", "'null'", "'\"\"'", "'1e400'", "'{}'"],
    "xml": ["'<a b=\"c\">d</a>'", "'text'"],
    "inet": ["'192.168.0.1'", "'10.0.0.0/8'", "'255.255.255.255/32'", "'::1'", "'2001:db8::1/64'", "'::ffff:1.2.3.4'", "'::'", "'fe80::1:0:0:1'",
             "'1:0:0:2:0:0:0:3'", "'::1.2.3.4'", "'::5'", "'1::'"],
    "cidr": ["'10.0.0.0/8'", "'192.168.0.1/32'", "'2001:db8::/32'", "'::/0'"],
    "macaddr": ["'08:00:2b:01:02:03'"],
    "macaddr8": ["'08:00:2b:01:02:03:04:05'"],
    "bit(5)": ["B'10101'", "B'00000'"],
    "varbit": ["B''", "B'1'", "B'101010101010101010101'"],
    "tsvector": ["'a:1 fat:2 cat:3'", "''"],
    "tsquery": ["'fat & cat'"],
    "point": ["'(1.5,-2)'"],
    "box": ["'(1,1),(0,0)'"],
    "polygon": ["'((0,0),(1,1),(1,0))'"],
    "circle": ["'<(0,0),2>'"],
    "path": ["'[(0,0),(1,1)]'"],
    "lseg": ["'[(0,0),(1,1)]'"],
    "line": ["'{1,2,3}'"],
    "pg_lsn": ["'16/B374D848'"],
    "int4range": ["'[1,10)'", "'empty'", "'(,5]'"],
    "tstzrange": ["'[2024-01-01 00:00+00, 2024-02-01 00:00+00)'"],
    "int4multirange": ["'{[1,3),[5,9)}'", "'{}'"],
    "regclass": ["'pg_class'"],
    "jsonpath": ["'$.a[*]'"],
    "mood": ["'sad'", "'very happy'", "'glücklich'"],
    "positive": ["1", "2147483647"],
    "price": ["0.01", "12345678.90"],
    "price_again": ["0.01", "12345678.90"],
    "short_text": ["'abc'"],
}

# Compared with what to_json prints: arrays and composites become JSON.
JSON_TYPES = {
    "int4[]": ["'{}'", "'{1,NULL,-3}'", "'{{1,2},{3,4}}'", "'[0:1]={7,8}'"],
    "numeric[]": ["'{1.50,12345678901234567890.123456789,NaN}'"],
    "text[]": ["'{}'", "'{a,\"b \\\"c\\\\\",NULL,é}'"],
    "float8[]": ["'{0.1,1e300,NaN,Infinity}'"],
    "timestamptz[]": ["'{2024-01-01 00:00:00.5+00,infinity}'"],
    "bytea[]": ["ARRAY['\\x00ff'::bytea]"],
    "jsonb[]": ["ARRAY['{\"a\": 1.50}'::jsonb]"],
    "uuid[]": ["'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'"],
    "mood[]": ["'{sad,glücklich}'"],
    "address": ["ROW('Main St', 5, 1.50)", "ROW(NULL, NULL, NULL)"],
    "address[]": ["ARRAY[ROW('Main St', 5, 1.50)::address]"],
    "int_list": ["'{1,2}'"],
}

PREPARE = """
CREATE TYPE mood AS ENUM ('sad', 'very happy', 'glücklich');
CREATE DOMAIN positive AS int4 CHECK (VALUE > 0);
CREATE DOMAIN price AS numeric(10,2);
CREATE DOMAIN price_again AS price;
CREATE DOMAIN short_text AS varchar(20);
CREATE DOMAIN int_list AS int4[];
CREATE TYPE address AS (street text, number int, share numeric(5,2));
"""


def tables():
    """(name of the table, type, literals, is it compared as JSON)."""
    for number, (name, values) in enumerate(TYPES.items()):
        yield f"m{number:02}", name, values + ["NULL"], False
    for number, (name, values) in enumerate(JSON_TYPES.items()):
        yield f"j{number:02}", name, values + ["NULL"], True


def script():
    lines = [PREPARE]
    for table, type_name, values, _ in tables():
        lines.append(f"CREATE TABLE {table} (id int PRIMARY KEY, v {type_name});")
        lines += [f"INSERT INTO {table} VALUES ({i}, ({value})::{type_name});" for i, value in enumerate(values)]
    return "\n".join(lines)


CASES = sum(len(values) for _, _, values, _ in tables())
assert CASES >= 150
