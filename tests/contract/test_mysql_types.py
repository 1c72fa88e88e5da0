"""MySQL and MariaDB: every type with its extremes, compared with what MariaDB's own client prints."""
import sys
from pathlib import Path

import duckdb
import pytest
from servers_mysql import server

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from support import Work  # noqa: E402

# type: (what the client is asked for, type of the column in DuckDB, values as SQL)
PLAIN, HEX, NUMBER, EPOCH = "v", "hex(convert(v using utf8mb4))", "v + 0", "v"
MATRIX = {
    "tinyint": (PLAIN, "BIGINT", ["-128", "127", "0", "-1"]),
    "tinyint unsigned": (PLAIN, "BIGINT", ["255", "0", "128"]),
    "tinyint(1)": (PLAIN, "BIGINT", ["1", "0", "-5"]),
    "smallint": (PLAIN, "BIGINT", ["-32768", "32767", "0"]),
    "smallint unsigned": (PLAIN, "BIGINT", ["65535", "32768"]),
    "mediumint": (PLAIN, "BIGINT", ["-8388608", "8388607", "0"]),
    "mediumint unsigned": (PLAIN, "BIGINT", ["16777215"]),
    "int": (PLAIN, "BIGINT", ["-2147483648", "2147483647", "0", "-1"]),
    "int unsigned": (PLAIN, "BIGINT", ["4294967295", "2147483648"]),
    "int(6) zerofill": (NUMBER, "BIGINT", ["7", "1234567"]),
    "bigint": (PLAIN, "BIGINT", ["-9223372036854775808", "9223372036854775807", "0"]),
    "bigint unsigned": (PLAIN, "DECIMAL(20,0)", ["18446744073709551615", "9223372036854775808", "9223372036854775807", "0"]),
    "year": (NUMBER, "BIGINT", ["1901", "2155", "0"]),
    "bit(1)": (NUMBER, "BOOLEAN", ["b'1'", "b'0'"]),
    "bit(8)": (NUMBER, "BIGINT", ["b'11111111'", "b'0'", "b'10'"]),
    "bit(63)": (NUMBER, "BIGINT", ["(1 << 62) | 5"]),
    "bit(64)": (NUMBER, "DECIMAL(20,0)", ["18446744073709551615", "9223372036854775808", "1"]),
    "decimal(5,2)": (PLAIN, "DECIMAL(5,2)", ["-999.99", "999.99", "0", "0.01", "-0.01"]),
    "decimal(10,0)": (PLAIN, "DECIMAL(10,0)", ["9999999999", "-1"]),
    "decimal(18,9) unsigned": (PLAIN, "DECIMAL(18,9)", ["123456789.123456789", "0.000000001"]),
    "decimal(38,0)": (PLAIN, "DECIMAL(38,0)", ["9" * 38, "-" + "9" * 38]),
    "decimal(38,38)": (PLAIN, "DECIMAL(38,38)", ["0." + "9" * 38, "-0." + "0" * 37 + "1"]),
    "decimal(30,10)": (PLAIN, "DECIMAL(30,10)", ["1" * 20 + ".0123456789", "-0.5"]),
    "decimal(65,0)": (PLAIN, "DECIMAL(38,0)", ["9" * 65, "-" + "9" * 65, "1", "9" * 38, "1" + "0" * 38]),
    "decimal(65,30)": (PLAIN, "DECIMAL(38,30)", ["9" * 35 + "." + "9" * 30, "12345678." + "1" * 30, "-0." + "0" * 29 + "1"]),
    "float": ("v + 0e0", "DOUBLE", ["1.5", "-0.1", "3.402823e38", "1.175494e-38", "0", "16777217"]),
    "double": (PLAIN, "DOUBLE", ["0.1", "-1.7976931348623157e308", "2.2250738585072014e-308", "4.9e-324", "0", "1e22", "123456789.123456789"]),
    "float(7,3)": ("v + 0e0", "DOUBLE", ["1234.567"]),
    "double(10,4)": (PLAIN, "DOUBLE", ["123456.7891"]),
    "date": (PLAIN, "DATE", ["'1000-01-01'", "'9999-12-31'", "'1969-12-31'", "'2024-02-29'", "'0001-01-01'", "'1582-10-10'"]),
    "datetime": (PLAIN, "TIMESTAMP", ["'1000-01-01 00:00:00'", "'9999-12-31 23:59:59'", "'1970-01-01 00:00:00'", "'2024-02-29 12:34:56'"]),
    "datetime(3)": (PLAIN, "TIMESTAMP", ["'2024-01-02 03:04:05.678'", "'1969-12-31 23:59:59.999'", "'2024-01-02 03:04:05.1'"]),
    "datetime(6)": (PLAIN, "TIMESTAMP", ["'2024-01-02 03:04:05.000001'", "'9999-12-31 23:59:59.999999'", "'1000-01-01 00:00:00.000000'"]),
    "timestamp null": (EPOCH, "TIMESTAMP WITH TIME ZONE", ["'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'", "'2024-06-30 23:59:59'"]),
    "timestamp(6) null": (EPOCH, "TIMESTAMP WITH TIME ZONE", ["'2024-01-02 03:04:05.000001'", "'2038-01-19 03:14:07.999999'"]),
    "time": (PLAIN, "TIME", ["'00:00:00'", "'23:59:59'", "'12:34:56'"]),
    "time(6)": (PLAIN, "TIME", ["'23:59:59.999999'", "'00:00:00.000001'"]),
    "time(3)": (PLAIN, "TIME", ["'01:02:03.004'"]),
    "char(10)": (HEX, "VARCHAR", ["'abc'", "''", "'  x'", "'it''s \\\\ \"'", "'NULL'"]),
    "varchar(200)": (HEX, "VARCHAR", ["'x  '", "''", "'äöü€'", "'😀日本語'", "repeat('é', 200)", "'a\\nb\\tc'", "char(0, 65, 0 using utf8mb4)", "'NULL'"]),
    "varchar(50) character set latin1": (HEX, "VARCHAR", ["'äöüß'", "'€'"]),
    "varchar(50) character set cp1251": (HEX, "VARCHAR", ["'привет'"]),
    "varchar(50) character set sjis": (HEX, "VARCHAR", ["'日本'"]),
    "varchar(50) character set utf16": (HEX, "VARCHAR", ["'😀é'"]),
    "varchar(50) character set ucs2": (HEX, "VARCHAR", ["'日é'"]),
    "varchar(50) character set utf8mb3": (HEX, "VARCHAR", ["'日é'"]),
    "varchar(50) collate utf8mb4_bin": (HEX, "VARCHAR", ["'Aa'"]),
    "tinytext": (HEX, "VARCHAR", ["'t'", "''"]),
    "text": (HEX, "VARCHAR", ["repeat('ab', 30000)", "'{'"]),
    "mediumtext": (HEX, "VARCHAR", ["repeat('é', 100000)"]),
    "longtext": (HEX, "VARCHAR", ["repeat('x', 1000000)"]),
    "binary(4)": ("hex(v)", "BLOB", ["x'00ff10'", "x''", "'abcd'"]),
    "varbinary(300)": ("hex(v)", "BLOB", ["x''", "x'00'", "x'ff00fe'", "repeat(x'00ff', 150)"]),
    "tinyblob": ("hex(v)", "BLOB", ["x'80'"]),
    "blob": ("hex(v)", "BLOB", ["repeat(x'c3', 65535)", "x''"]),
    "mediumblob": ("hex(v)", "BLOB", ["repeat(x'00', 70000)"]),
    "longblob": ("hex(v)", "BLOB", ["repeat(x'ff00', 1000000)"]),
    "enum('a','b','ä','')": (HEX, "VARCHAR", ["'a'", "'ä'", "''"]),
    "set('x','y')": (HEX, "VARCHAR", ["'x'", "'x,y'", "''"]),
    "set('x','y','ü')": (HEX, "VARCHAR", ["'x,ü'", "7"]),
    "json": (HEX, "JSON", ["'{\"a\": [1, 2.50, null], \"ä\": \"😀\"}'", "'[]'", "'\"text\"'", "'null'", "'12345678901234567890'"]),
    "uuid": (PLAIN, "VARCHAR", ["'123e4567-e89b-12d3-a456-426655440000'"]),
    "inet6": (PLAIN, "VARCHAR", ["'2001:db8::ff00:42:8329'", "'::ffff:192.0.2.128'"]),
    "inet4": (PLAIN, "VARCHAR", ["'192.0.2.1'"]),
    "point": ("hex(st_aswkb(v))", "VARCHAR", ["point(1.5, -2)", "point(0.1, 1e300)"]),
    "geometry": ("hex(st_aswkb(v))", "VARCHAR", ["st_geomfromtext('LINESTRING(0 0, 1 1)')", "st_geomfromtext('GEOMETRYCOLLECTION(POINT(1 2), POLYGON((0 0,1 0,1 1,0 0)))')"]),
    "int generated always as (id * 2) stored": (PLAIN, "BIGINT", ["default"]),
    "int generated always as (id * 3) virtual": (PLAIN, "BIGINT", ["default"]),
    "int invisible": (PLAIN, "BIGINT", ["42"]),
}
# Values that the declared type cannot hold: kept as the client prints them.
SPECIAL = {
    "date": ["'0000-00-00'", "'2024-00-10'", "'2024-02-00'", "'2023-02-31'", "'0000-12-31'"],
    "datetime": ["'0000-00-00 00:00:00'", "'2024-00-00 12:00:00'", "'2023-04-31 01:02:03'"],
    "datetime(6)": ["'0000-00-00 00:00:00.000000'", "'2024-02-00 12:00:00.123456'"],
    "datetime(2)": ["'2024-00-01 12:00:00.12'"],
    "timestamp null": ["'0000-00-00 00:00:00'"],
    "time": ["'-00:00:01'", "'24:00:00'", "'838:59:59'", "'-838:59:59'", "'100:00:00'"],
    "time(6)": ["'-23:59:59.999999'", "'24:00:00.000001'", "'-838:59:59.000000'"],
    "time(2)": ["'25:00:00.12'"],
}
MODE = "set sql_mode = 'ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION'; "


def table_names():
    return {type_: f"t{i}" for i, type_ in enumerate(dict.fromkeys([*MATRIX, *SPECIAL]))}


def values_of(type_):
    ordinary = MATRIX.get(type_, (PLAIN, "", []))[2]
    return [*ordinary, *SPECIAL.get(type_, []), *([] if "generated" in type_ else ["null"])]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """All types in one load, a table each: {type: {id: (printed by the client, arrived, variant)}}, and types in DuckDB."""
    s, names = server(), table_names()
    s.new_database("types")
    script = [MODE, "use types;"]
    for type_, name in names.items():
        script.append(f"create table {name} (id int primary key, v {type_});")
        for i, value in enumerate(values_of(type_)):
            script.append(f"insert into {name} (id, v) values ({i}, {value});")
    s.sql("\n".join(script))
    work = Work(tmp_path_factory.mktemp("types"))
    work.run("load", s.url("types"), f"duckdb:{work.database}", "--dataset", "ds", "--pipelines-dir", work.folder / "p")
    printed = {}
    for type_, name in names.items():
        asked = MATRIX.get(type_, (PLAIN, "", []))[0]
        printed[type_] = {int(r[0]): None if r[1] == "1" else r[2] for r in
                          s.sql(f"select id, v is null, {asked} from {name} order by id", "types")}
    with duckdb.connect(str(work.database), read_only=True) as c:
        columns, arrived = {}, {}
        for type_, name in names.items():
            columns[type_] = dict(c.execute(f"select column_name, data_type from information_schema.columns where table_schema = 'ds' and table_name = '{name}'").fetchall())
            variants = [n for n in columns[type_] if n.startswith("v__v_")]
            extra = f"coalesce({', '.join(variants)}, null)" if variants else "null"
            arrived[type_] = {r[0]: r[1:] for r in c.execute(f"select id, {as_text(columns[type_]['v'])}, v is null, {extra} from ds.{name}").fetchall()}
    return printed, arrived, columns


def as_text(column_type):
    if column_type == "BLOB":
        return "hex(v)"
    if column_type in ("VARCHAR", "JSON"):
        return "hex(encode(v::varchar))"
    if column_type.startswith("TIMESTAMP WITH"):
        return "make_timestamp(epoch_us(v))::varchar"
    return "v::varchar"


def canonical(text, type_):
    """Fractions of seconds without zeros at their end; other things the two clients print differently."""
    if text is None:
        return None
    if type_.startswith(("date", "time")) and "." in text:
        return text.rstrip("0").rstrip(".")
    if type_.startswith("bit(1)"):
        return {"true": "1", "false": "0"}.get(text, text)
    if type_.startswith("decimal"):
        return text.replace("-.", "-0.") if text.startswith("-.") else text.replace(".", "0.", 1) if text.startswith(".") else text
    if type_.startswith(("float", "double")):
        return float(text).hex()
    return text


CASES = [(type_, i) for type_ in table_names() for i in range(len(values_of(type_)))]


@pytest.mark.parametrize("type_,i", CASES, ids=[f"{t}-{i}" for t, i in CASES])
def test_value_arrives_as_the_client_prints_it(loaded, type_, i):
    printed, arrived, columns = loaded
    want = printed[type_][i]
    value, is_null, variant = arrived[type_][i]
    if is_null and variant is not None:
        assert i >= len(MATRIX.get(type_, (0, 0, []))[2]) or type_.startswith("decimal(65"), "an ordinary value became a variant"
        value = variant
    elif columns[type_]["v"] == "VARCHAR" and MATRIX.get(type_, (PLAIN,))[0] != HEX:
        value = None if value is None else bytes.fromhex(value).decode()
    assert canonical(value, type_) == canonical(want, type_)


def test_there_are_enough_cases():
    assert len(CASES) >= 150


@pytest.mark.parametrize("type_", MATRIX)
def test_column_has_the_documented_type(loaded, type_):
    assert loaded[2][type_]["v"] == MATRIX[type_][1]


@pytest.mark.parametrize("type_", SPECIAL)
def test_special_values_go_to_a_variant(loaded, type_):
    _, arrived, columns = loaded
    assert columns[type_]["v__v_text"] == "VARCHAR"
    assert all(arrived[type_][i][1] for i in range(len(values_of(type_))) if i >= len(MATRIX.get(type_, (0, 0, []))[2]))
