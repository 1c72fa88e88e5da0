"""MongoDB: every BSON type with its extremes, compared with what MongoDB's own client (pymongo) reads.

The values come over the wire as raw BSON, as written by pymongo or, where it writes no such type, by hand.
"""
import datetime
import math
import random
import struct
import sys
import uuid
from decimal import Decimal
from pathlib import Path

import bson
import pytest
from bson import Binary, Code, DatetimeMS, DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.codec_options import CodecOptions, DatetimeConversion
from servers_mongodb import FakeServer, server

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from support import Work  # noqa: E402

OPTIONS = CodecOptions(uuid_representation=4, datetime_conversion=DatetimeConversion.DATETIME_MS)
DICE = random.Random(7)
MARKS = [chr(c) for c in range(0xF026, 0xF02F)]
LONG = 1 << 63


def ms(*parts):
    moment = datetime.datetime(*parts, tzinfo=datetime.timezone.utc) - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return DatetimeMS(moment // datetime.timedelta(milliseconds=1))


# collection: (type of the column v, values)
MATRIX = {
    "int32": ("BIGINT", [0, 1, -1, 2**31 - 1, -2**31, 42]),
    "int64": ("BIGINT", [Int64(v) for v in (0, 2**31, -2**31 - 1, 2**53, 2**53 + 1, -2**53 - 1, LONG - 1, -LONG, 10**18, -10**18, 999999999999999999)]),
    "double": ("DOUBLE", [0.0, -0.0, 0.1, -0.1, 1 / 3, 1e22, 1e-7, 1e15, 1e16, 1e17, 123456789.123456789, 0.1 + 0.2, 100.0, -5.0,
                          1.7976931348623157e308, 2.2250738585072014e-308, 5e-324, -5e-324, 9007199254740993.0, 2.0**53, 2.0**53 - 1,
                          2.0**63, -(2.0**63), 1e100, 1e-100, math.nan, math.inf, -math.inf, 4.35, 0.000001, 123456.7,
                          *(struct.unpack("<d", DICE.randbytes(8))[0] for _ in range(40)), *(DICE.uniform(-180, 180) for _ in range(20))]),
    "string": ("VARCHAR", ["plain", "", " ", "  a  ", '"', "\\", "a\"b\\c", "line\nbreak", "tab\t", "\r\n", "\x01", "\x1f", "\x7f", "\0", "a\0b",
                           "äöüß", "日本語", "😀", "e\u0301", "שלום", "\ufeffbom", "\uffff", "\U0010ffff", "NULL", "true", "123", "1.5", "NaN",
                           "2024-01-01", "{}", "[1]", "aaaaaaa\"", "aaaaaaaa\"", "aaaaaaaaa\\", "aaaaaaa\n", "ä" * 7 + '"', "x" * 100000,
                           "ü\n" * 5000, "\u2028", "/", "'", *MARKS, *(m + "1" for m in MARKS), MARKS[8] + MARKS[0] + "1", "\uf02f1", "\uf0251"]),
    "object_id": ("VARCHAR", [ObjectId("000000000000000000000000"), ObjectId("ffffffffffffffffffffffff"), ObjectId("507191234567890123456789")]),
    "date": ("TIMESTAMP WITH TIME ZONE", [ms(1970, 1, 1), DatetimeMS(1), DatetimeMS(-1), DatetimeMS(999), DatetimeMS(1000), ms(2024, 2, 29, 12, 34, 56, 789000),
                                          ms(1, 1, 1), ms(9999, 12, 31, 23, 59, 59, 999000), ms(1582, 10, 10), ms(1900, 2, 28), ms(2038, 1, 19, 3, 14, 8),
                                          DatetimeMS(253402300800000), DatetimeMS(-62135596800001), DatetimeMS(9223372036854775),
                                          *(DatetimeMS(DICE.randrange(-6 * 10**13, 2 * 10**14)) for _ in range(15))]),
    "date_special": ("", [DatetimeMS(LONG - 1), DatetimeMS(-LONG), DatetimeMS(9223372036854776)]),
    "bool": ("BOOLEAN", [True, False]),
    "decimal": ("DECIMAL(38,9)", [Decimal128(v) for v in ("0", "-0", "1", "1.0", "1.50", "-1.5", "1E+3", "1E-3", "0.000000001", "-999999999.999999999",
                                                          "123456789012345678.123456789", "1234567890123456789012345", "0E+3", "0E-20", "1.500000000000",
                                                          "9" * 25 + "." + "9" * 9)]),
    "decimal_fine": ("DECIMAL(38,33)", [Decimal128(v) for v in ("0." + "0" * 32 + "1", "-0." + "9" * 33, "1." + "2" * 33, "99999", "0.1")]),
    "decimal_whole": ("DECIMAL(38,0)", [Decimal128(v) for v in ("9" * 34 + "E+4", "-1E+37", "12345678901234567890123456789012", "0")]),
    "decimal_special": ("DECIMAL(38,9)", [Decimal128(v) for v in ("NaN", "-NaN", "Infinity", "-Infinity", "1E+38", "1E-39", "9.999999999999999999999999999999999E+6144",
                                                                  "1E-6176", "-1E+6144")]),
    "decimal_mixed": ("DECIMAL(38,15)", [Decimal128(v) for v in ("1.5", "1E-15", "1E+20", "1E-30", "1E+37", "1E-38", "NaN", "2.5")]),
    "binary": ("BLOB", [b"", b"\0", b"hi", bytes(range(256)), b"\xff" * 1000, *(Binary(b"\x01\x02\x03", t) for t in (1, 5, 6, 7, 8, 128, 255)),
                        Binary(b"", 128), Binary(bytes(range(16)), 3), Binary(b"short", 4), b"x" * 4]),
    "old_binary": ("BLOB", [Binary(b"hi", 2), Binary(b"", 2)]),
    "uuid": ("VARCHAR", [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")]),
    "regex": ("VARCHAR", [Regex("a", ""), Regex("a/b\\d", "i"), Regex("", "imsux"), Regex("ü", "m")]),
    "code": ("VARCHAR", [Code("function() { return \"x\"; }"), Code("")]),
    "code_with_scope": ("", [Code("f()", {"x": 1}), Code("g()", {})]),
    "timestamp": ("", [Timestamp(0, 0), Timestamp(1704164645, 7), Timestamp(2**32 - 1, 2**32 - 1)]),
    "keys": ("VARCHAR", [MinKey(), MaxKey()]),
    "dbref": ("", [DBRef("c", 1), DBRef("c", ObjectId("507191234567890123456789"), "other")]),
    "null": ("", [None, None]),
}
# Types of old servers: raw values, and what must arrive.
BY_HAND = {
    "symbol": (0x0E, [(struct.pack("<i", 2) + b"x\0", "x"), (struct.pack("<i", 3) + "ü".encode() + b"\0", "ü")]),
    "undefined": (0x06, [(b"", None)]),
    "not_utf8": (0x02, [(struct.pack("<i", 3) + b"\xff\xfe\0", b"\xff\xfe"), (struct.pack("<i", 4) + b"\xed\xa0\x80\0", b"\xed\xa0\x80")]),
}


def element(kind, value):
    body = b"\x10_id\0\x01\0\0\0" + bytes([kind]) + b"v\0" + value
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def same_double(a, b):
    return struct.pack("<d", a) == struct.pack("<d", b) or (math.isnan(a) and math.isnan(b))


def raw_documents():
    documents = {name: [bson.encode({"_id": i, "v": v}, codec_options=OPTIONS) for i, v in enumerate(values)]
                 for name, (_, values) in MATRIX.items()}
    for name, (kind, values) in BY_HAND.items():
        documents[name] = [element(kind, raw)[:9] + struct.pack("<i", i) + element(kind, raw)[13:] for i, (raw, _) in enumerate(values)]
    return documents


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """All collections in one load, from raw BSON."""
    work = Work(tmp_path_factory.mktemp("types"))
    with FakeServer(raw_documents(), as_they_are=True) as fake:
        work.run("load", fake.url(), f"duckdb:{work.database}", "--dataset", "ds", "--pipelines-dir", work.folder / "p")
    return work


def columns(work, table):
    return dict(work.rows(f"select column_name, data_type from information_schema.columns where table_schema = 'ds' and table_name = '{table}'"))


def values_of(work, table, select="{}"):
    """For each _id, the value of v or of its variants."""
    found = {}
    for name in columns(work, table):
        if name == "v" or name.startswith("v__v_"):
            for key, value in work.rows(f"select _id, {select.format(name)} from ds.{table} where {name} is not null"):
                assert key not in found, "a value in two columns"
                found[key] = value
    return found


@pytest.mark.parametrize("name", ["int32", "int64", "string", "object_id", "bool", "uuid", "code", "keys"])
def test_plain_values(loaded, name):
    kind, values = MATRIX[name]
    assert columns(loaded, name)["v"] == kind
    assert columns(loaded, name)["_id"] == "BIGINT"
    got = values_of(loaded, name)
    for i, value in enumerate(values):
        wanted = {"object_id": str, "uuid": str, "code": str, "keys": lambda v: type(v).__name__}.get(name, lambda v: v)(value)
        assert got[i] == wanted, value


def test_doubles_bit_for_bit(loaded):
    kind, values = MATRIX["double"]
    assert columns(loaded, "double")["v"] == kind
    got = values_of(loaded, "double")
    for i, value in enumerate(values):
        assert same_double(got[i], value), value


def test_dates_to_the_millisecond(loaded):
    kind, values = MATRIX["date"]
    assert columns(loaded, "date")["v"] == kind
    got = values_of(loaded, "date", "epoch_us({})")
    for i, value in enumerate(values):
        assert got[i] == int(value) * 1000, value


def test_dates_that_no_timestamp_holds(loaded):
    assert values_of(loaded, "date_special") == {0: "+292278994-08-17T07:12:55.807000+00:00", 1: "-292275055-05-16T16:47:04.192000+00:00",
                                                 2: "+294247-01-10T04:00:54.776000+00:00"}


@pytest.mark.parametrize("name", ["decimal", "decimal_fine", "decimal_whole", "decimal_special", "decimal_mixed"])
def test_decimals_digit_for_digit(loaded, name):
    kind, values = MATRIX[name]
    assert columns(loaded, name).get("v", kind) == kind
    got = values_of(loaded, name)
    for i, value in enumerate(values):
        wanted = value.to_decimal()
        assert Decimal(got[i]) == wanted or (wanted.is_nan() and got[i] == "NaN"), value
        if not wanted.is_finite() or wanted.adjusted() > 37 or wanted.as_tuple().exponent < -38:
            assert isinstance(got[i], str)


@pytest.mark.parametrize("name", ["binary", "old_binary"])
def test_binaries(loaded, name):
    kind, values = MATRIX[name]
    assert columns(loaded, name)["v"] == kind
    got = values_of(loaded, name)
    for i, value in enumerate(values):
        assert got[i] == bytes(value)


def test_regular_expressions(loaded):
    got = values_of(loaded, "regex")
    assert got == {0: "/a/", 1: "/a/b\\d/i", 2: "//imsux", 3: "/ü/m"}


def test_types_that_become_objects(loaded):
    assert loaded.rows("select v__code, v__scope__x from ds.code_with_scope order by _id") == [("f()", 1), ("g()", None)]
    assert loaded.rows("select epoch_us(v__t), v__i from ds.timestamp order by _id") == [
        (0, 0), (1704164645000000, 7), ((2**32 - 1) * 1000000, 2**32 - 1)]
    got = loaded.rows("select v___ref, v___id, v___id__v_text, v___db from ds.dbref order by _id")
    assert got == [("c", 1, None, None), ("c", None, "507191234567890123456789", "other")]


def test_nulls_have_no_column(loaded):
    assert list(columns(loaded, "null")) == ["_id", "_dlt_load_id", "_dlt_id"]
    assert "v" not in columns(loaded, "undefined")
    assert loaded.rows("select count(*) from ds.null") == [(2,)]


def test_types_of_old_servers(loaded):
    assert values_of(loaded, "symbol") == {0: "x", 1: "ü"}
    assert values_of(loaded, "not_utf8") == {0: b"\xff\xfe", 1: b"\xed\xa0\x80"}


def test_there_are_enough_cases():
    assert sum(len(values) for _, values in [*MATRIX.values(), *BY_HAND.values()]) >= 150


def test_the_same_values_through_a_server(tmp_path):
    """What the Java server stores, written and read back by pymongo."""
    work, client = Work(tmp_path), server().client
    client.drop_database("types")
    database = client.get_database("types", codec_options=OPTIONS)
    stored = ["int32", "int64", "double", "string", "object_id", "date", "bool", "decimal", "uuid"]
    for name in stored:
        database[name].insert_many([{"_id": i, "v": v} for i, v in enumerate(MATRIX[name][1])])
    work.run("load", server().url("types"), f"duckdb:{work.database}", "--dataset", "ds", "--pipelines-dir", work.folder / "p")
    for name in stored:
        got = values_of(work, name, "epoch_us({})" if name == "date" else "{}")
        for document in database[name].find():
            value = document["v"]
            if isinstance(value, float):
                assert same_double(got[document["_id"]], value)
            elif isinstance(value, Decimal128):
                assert Decimal(got[document["_id"]]) == value.to_decimal()
            elif isinstance(value, DatetimeMS):
                assert got[document["_id"]] == int(value) * 1000
            else:
                assert got[document["_id"]] == (str(value) if isinstance(value, (ObjectId, uuid.UUID)) else value)


def test_special_values_null_and_error(tmp_path):
    work = Work(tmp_path)
    documents = {"c": [{"_id": 1, "a": {"b": Decimal128("NaN")}, "d": DatetimeMS(LONG - 1), "e": 1}]}
    with FakeServer(documents, as_they_are=True) as fake:
        work.load(fake.url(), "--special-values", "null")
        assert [n for n in columns(work, "items") if not n.startswith("_dlt")] == ["_id", "e"]
        done = work.load(fake.url(), "--special-values", "error", expect=1)
        assert "collection c, member a.b: no column can hold NaN" in done.err


def test_legacy_uuids(tmp_path):
    work = Work(tmp_path)
    with FakeServer({"c": [{"_id": 1, "v": Binary(bytes(range(16)), 3)}]}) as fake:
        for order, wanted in (("pythonLegacy", "00010203-0405-0607-0809-0a0b0c0d0e0f"),
                              ("javaLegacy", "07060504-0302-0100-0f0e-0d0c0b0a0908"),
                              ("csharpLegacy", "03020100-0504-0706-0809-0a0b0c0d0e0f")):
            work.load(fake.url(options=f"?appName=x&uuidRepresentation={order}"), "--as", f"t_{order}")
            assert work.rows(f"select v from ds.t_{order.lower().replace('legacy', '_legacy')}") == [(wanted,)]
        done = work.load(fake.url(options="?uuidRepresentation=odd"), expect=2)
        assert "choose standard, pythonLegacy, javaLegacy or csharpLegacy" in done.err


def test_shapes(tmp_path):
    work = Work(tmp_path)
    document = {"_id": 1, "empty": {}, "none": [], "o": {"p": {"q": 1}, "r": None}, "l": [1, 2.5, "x", None, {"m": [1, 2]}, [3, [4]]],
                "a-b": 1, "a_b": 2, "": 3, "ü.x": 4, "$k": 5}
    with FakeServer({"c": [document]}) as fake:
        work.load(fake.url())
        assert work.rows("select o__p__q, a_b, _empty, _x, _k from ds.items") == [(1, 2, 3, 4, 5)]
        assert work.rows("select _dlt_list_idx, value, value__v_double, value__v_text from ds.items__l order by 1") == [
            (0, 1, None, None), (1, None, 2.5, None), (2, None, None, "x"), (3, None, None, None), (4, None, None, None), (5, None, None, None)]
        assert work.rows("select value from ds.items__l__m order by 1") == [(1,), (2,)]
        work.load(fake.url(), "--max-nesting", "0", "--as", "flat")
        assert work.rows("select o, l from ds.flat") == [('{"p":{"q":1},"r":null}', '[1,2.5,"x",null,{"m":[1,2]},[3,[4]]]')]
