"""CSV: every dialect, every border, types that change late, bad rows. Python's csv module is the measure."""
import contextlib
import csv
import datetime
import gzip
import io
import json
import random
import sqlite3

import duckdb
import pytest

SMALL_BLOCKS = [1, 7, 61, 1000]


def blocks(size):
    return {"SLUICE_TEST_BLOCK_BYTES": str(size)}


def shape(work, table="items"):
    return dict(work.rows(f"select column_name, data_type from information_schema.columns where table_name = '{table}' "
                          "and column_name not like '_dlt%' order by ordinal_position"))


# ---- dialects ----

ALPHABET = ["a", "b", "Z", "0", "7", ".", "-", " ", ",", ";", "\t", "|", '"', "'", "\\", "\n", "\r\n", "ü", "€", "😀", "x y", "don't", "1,5"]


def random_table(rng):
    columns = rng.randint(1, 7)
    names = ["Key"] + ["Col %s" % chr(65 + i) for i in range(1, columns)]
    rows = []
    for i in range(rng.randint(1, 60)):
        # a first column that is never empty and never a number, so that rows are no blank lines and words make the header
        rows.append(["k%d" % i] + ["".join(rng.choice(ALPHABET) for _ in range(rng.randint(0, 5))) for _ in range(columns - 1)])
    return names, rows


def random_dialect(rng):
    return {
        "delimiter": rng.choice([",", ";", "\t", "|"]),
        "quotechar": rng.choice(['"', '"', "'"]),
        "lineterminator": rng.choice(["\n", "\r\n"]),
        "quoting": rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
        **rng.choice([{}, {}, {"doublequote": False, "escapechar": "\\", "quoting": csv.QUOTE_ALL}]),
    }


@pytest.mark.parametrize("seed", range(12))
def test_same_as_python(work, seed):
    """Texts written by Python's csv module in random dialects, told to Sluice by options, come back letter by letter."""
    rng = random.Random(seed)
    files, wanted = [], {}
    for i in range(25):
        names, rows = random_table(rng)
        dialect = random_dialect(rng)
        out = io.StringIO(newline="")
        writer = csv.writer(out, **dialect)
        writer.writerow(names)
        writer.writerows(rows)
        text = out.getvalue()
        if rng.random() < 0.2:
            text = "\ufeff" + text
        if rng.random() < 0.3:
            text = text[:-len(dialect["lineterminator"])]
        wanted["t%d" % i] = (names, rows, dialect)
        files.append(work.write("t%d.csv" % i, text))
    size = rng.choice(SMALL_BLOCKS)
    database = work.folder / "out.db"  # SQLite, which takes a tenth of the time to open: this is about what is read
    for path in files:
        names, rows, dialect = wanted[path.stem]
        options = ["--delimiter", dialect["delimiter"], "--quote", dialect["quotechar"], "--header", "yes"]
        if dialect.get("escapechar"):
            options += ["--escape", dialect["escapechar"]]
        options += ["--columns", ",".join("col_%s:text" % chr(97 + i) for i in range(1, len(names)))] if len(names) > 1 else []
        work.run("load", path, f"sqlite:{database}", "--dataset", "main", "--pipelines-dir", work.folder / "pipelines", "--as", path.stem, *options,
                 env=blocks(size))
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        got = {name: connection.execute(f"select * from {name} order by cast(substr(key, 2) as int)").fetchall() for name in wanted}
    for path in files:
        names, rows, dialect = wanted[path.stem]
        for row, want in zip(got[path.stem], rows, strict=True):
            values = dict(row)
            for name, text in zip(names, want):
                column = name.lower().replace(" ", "_")
                # NULL or the empty text: the file says which only by quotes, which QUOTE_MINIMAL does not write
                assert (values.get(column) or "") == text, (path, dialect, row, want)


@pytest.mark.parametrize("seed", range(6))
def test_dialects_are_detected(work, seed):
    """Ordinary tables in random dialects, no option given: the same rows as Python reads when told the dialect."""
    rng = random.Random(1000 + seed)
    words = ["Ann", "Bob", "New York", "a, b", "x; y", "5\" pipe", "tab\there", "two\nlines", "ünïcode", ""]
    wanted = {}
    for i in range(20):
        dialect = random_dialect(rng)
        dialect["quotechar"] = '"'
        out = io.StringIO(newline="")
        writer = csv.writer(out, **dialect)
        writer.writerow(["id", "name", "price", "day"])
        rows = [(n, rng.choice(words), n / 4, datetime.date(2024, 1, 1) + datetime.timedelta(n)) for n in range(1, rng.randint(5, 80))]
        writer.writerows(rows)
        path = work.write("d%d.csv" % i, out.getvalue())
        work.load(path, "--as", "d%d" % i, env=blocks(rng.choice(SMALL_BLOCKS)))
        wanted["d%d" % i] = rows, dialect
    with duckdb.connect(str(work.database), read_only=True) as connection:
        for name, (rows, dialect) in wanted.items():
            got = connection.execute(f"select id, coalesce(name, ''), price, day from ds.{name} order by id")
            assert [str(c[1]) for c in got.description] == ["BIGINT", "VARCHAR", "DOUBLE", "DATE"], (dialect, got.description)
            assert got.fetchall() == rows, dialect


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 40, 100, 5000])
def test_every_border_gives_the_same_rows(work, size):
    rows = [(i, "line\n%d" % i if i % 3 == 0 else 'say ""%d"", ü' % i, i / 2) for i in range(60)]
    text = "id,text,half\r\n" + "".join('%d,"%s",%s\r\n' % row for row in rows) + 'x"y,"unclosed\n60,end,30.0'
    work.load(work.write("a.csv", text), "--rejects", "table", "--header", "yes", "--delimiter", ",", expect=3, env=blocks(size))
    assert work.rows("select count(*), sum(id), sum(half) from ds.items") == [(61, sum(range(61)), sum(i / 2 for i in range(61)))]
    assert work.rows("select text from ds.items where id in (3, 4) order by id") == [("line\n3",), ('say "4", ü',)]
    ((line, offset, raw),) = work.rows("select line, byte_offset, decode(raw) from ds._rejects")
    assert (line, raw) == (82, 'x"y,"unclosed') and text.encode()[offset:].startswith(b'x"y')


def test_packed_and_piped(work):
    text = "id,name\n" + "".join('%d,"n\n%d"\n' % (i, i) for i in range(5000))
    work.load(work.write("a.csv.gz", gzip.compress(text.encode())), env=blocks(3000))
    work.load("-", "--format", "csv", "--as", "piped", stdin=text.encode(), env=blocks(3000))
    work.load("-", "--format", "csv", "--as", "both", stdin=gzip.compress(text.encode()))
    for table in ("items", "piped", "both"):
        assert work.rows(f"select count(*), sum(id), max(name) from ds.{table}") == [(5000, sum(range(5000)), "n\n999")]


# ---- types ----

def test_types(work):
    text = ("i,d,big,money,t,z,day,clock,at,zoned,flag,word,none\n"
            "1,2.50,12345678901234567890,0.12345678901234568,007,+49,2024-01-02,10:11:12,2024-01-02 03:04:05,2024-01-02T03:04:05+02:00,true,yes,\n"
            "-2,1e5,1,1.5,12,1,2024/01/03,10:11:12.5,2024-01-02T03:04:05.123456,2024-01-02 03:04:05Z,FALSE,no,\n")
    work.load(work.write("a.csv", text))
    assert shape(work) == {"i": "BIGINT", "d": "DOUBLE", "big": "DECIMAL(38,0)", "money": "DOUBLE", "t": "VARCHAR", "z": "VARCHAR",
                           "day": "DATE", "clock": "TIME", "at": "TIMESTAMP", "zoned": "TIMESTAMP WITH TIME ZONE", "flag": "BOOLEAN",
                           "word": "VARCHAR"}
    assert work.rows("select i, d, big, money, t, z, day::varchar, clock::varchar, \"at\"::varchar, epoch_us(zoned), flag, word from ds.items")[0] == (
        1, 2.5, 12345678901234567890, 0.12345678901234568, "007", "+49", "2024-01-02", "10:11:12", "2024-01-02 03:04:05",
        1704157445000000, True, "yes")


def test_digits_that_a_double_cannot_hold(work):
    work.load(work.write("a.csv", "v,w\n1.5,1\n0.1234567890123456789,9007199254740993.5\n"))
    assert [str(x) for x in work.rows("select v, w from ds.items")[1]] == ["0.1234567890123456789", "9007199254740993.500000000"]


def late(first, value, rows, at):
    """A file whose sample sees only `first`: the odd value stands between the stretches that are looked at."""
    lines = ["%d,%s,%s\n" % (i, first, "x" * 20) for i in range(rows)]
    lines[at] = "%d,%s,odd\n" % (at, value)
    return "id,v,pad\n" + "".join(lines)


@pytest.mark.parametrize("first, value, column, found", [
    ("1", "2.5", "v__v_double", 2.5),
    ("1", "2.0", "v__v_double", 2.0),
    ("1", "007", "v__v_text", "007"),
    ("1", "n/a", "v__v_text", "n/a"),
    ("1", "12345678901234567890", "v__v_decimal", 12345678901234567890),
    ("1.5", "9007199254740993", "v__v_bigint", 9007199254740993),
    ("1.5", "0.1234567890123456789", "v__v_text", "0.1234567890123456789"),
    ("1.5", "0.123456789012345678", "v__v_decimal", "0.123456789012345678"),
    ("1.5", "98765432109876543210987654321.5", "v__v_text", "98765432109876543210987654321.5"),
    ("true", "1", "v__v_bigint", 1),
    ("2024-01-02", "2024-01-02 10:00:00", "v__v_timestamp", datetime.datetime(2024, 1, 2, 10)),
    ("2024-01-02 10:00:00", "2024-01-02 10:00:00Z", "v__v_text", "2024-01-02 10:00:00Z"),
    ("2024-01-02 10:00:00", "2024-01-02", "v__v_date", datetime.date(2024, 1, 2)),
    ("10:00:00", " soon", "v__v_text", " soon"),
])
def test_late_values_of_another_type(work, first, value, column, found):
    rows, at = 24_000, 20_017
    path = work.write("a.csv.gz", gzip.compress(late(first, value, rows, at).encode(), 1))  # only the beginning of a packed file is a sample
    work.load(path, env=blocks(100_000))
    (row,) = work.rows(f"select v, {column}, pad from ds.items where id = {at}")
    assert row[0] is None and row[2] == "odd"
    assert row[1] == found or str(row[1]) == found
    assert work.rows(f"select count(*), count(v), count({column}) from ds.items") == [(rows, rows - 1, 1)]


def test_late_fraction_widens(work):
    path = work.write("a.csv.gz", gzip.compress(late("1", "2.5", 24_000, 20_017).encode(), 1))
    work.load(path, "--on-type-change", "widen", env=blocks(100_000))
    assert shape(work)["v"] == "DECIMAL(38,18)"
    assert [str(v) for (v,) in work.rows("select v from ds.items where id in (20016, 20017) order by id")] == ["1.000000000000000000", "2.500000000000000000"]


def test_plain_files_are_sampled_all_over(work):
    text = late("1", "1", 60_000, 5).rsplit("\n", 2)[0] + "\n60000,2.5,end\n"
    work.load(work.write("a.csv", text))
    assert shape(work)["v"] == "DOUBLE"
    assert work.rows("select v from ds.items where id = 60000") == [(2.5,)]


def test_declared_types_refuse_what_does_not_fit(work):
    text = "id,price,day\n1,1.50,2024-01-01\n2,1.505,2024-01-02\n3,2,soon\n4,\"\",\n"
    path = work.write("a.csv", text)
    types = ["--columns", "price:decimal(12,2),day:date"]
    done = work.load(path, *types, expect=1)
    assert "a.csv, line 3 (byte 31): column price: '1.505' is not decimal(12,2)" in done.err
    work.load(path, *types, "--rejects", "table", expect=3)
    assert work.rows("select id, price::varchar, day::varchar from ds.items order by id") == [(1, "1.50", "2024-01-01"), (4, None, None)]
    assert work.rows("select distinct table_name from ds._rejects") == [("items",)]
    assert work.rows("select line, byte_offset, column_name, decode(raw), reason from ds._rejects order by line") == [
        (3, 31, "price", "2,1.505,2024-01-02", "column price: '1.505' is not decimal(12,2)"),
        (4, 50, "day", "3,2,soon", "column day: 'soon' is not date")]


def test_declared_types_take_what_dlt_takes(work):
    path = work.write("a.csv", "Flag,At,Number,Code\nyes,2024-01-02T03:04:05+02:00, 007 ,1.50\nf,2024-01-02,1_000,2\n")
    work.load(path, "--columns", "flag:bool,at:timestamp,number:bigint,code:text")
    assert work.rows("select flag, epoch_us(\"at\"), number, code from ds.items") == [
        (True, 1704157445000000, 7, "1.50"), (False, 1704153600000000, 1000, "2")]


def test_what_the_table_has_already(work):
    """A second file is read as what its values will be stored as."""
    work.load(work.write("a.csv", "Code,Amount Net,n,w\nA1,12345678901234567.25,1,1.5\nB2,2.5,2,2.5\n"))
    assert shape(work) == {"code": "VARCHAR", "amount_net": "DECIMAL(38,9)", "n": "BIGINT", "w": "DOUBLE"}
    work.load(work.write("b.csv", "Code,Amount Net,n,w\n1.50,0.10000000000000001,3,3\n2.25,7,007,4\n"))
    assert work.rows("select code, amount_net::varchar, n, w, n__v_text from ds.items where w > 2.6 order by w") == [
        ("1.50", "0.10000000000000001", 3, 3.0, None), ("2.25", "7.00000000000000000", None, 4.0, "007")]


# ---- NULL ----

def test_empty_and_null(work):
    path = work.write("a.csv", 'id,text,n\n1,,\n2,"",""\n3,NA,3\n4,"NA",4\n')
    work.load(path)
    assert work.rows("select id, text, n from ds.items order by id") == [(1, None, None), (2, "", None), (3, "NA", 3), (4, "NA", 4)]
    work.load(path, "--nulls", "NA", "--as", "na")
    assert work.rows("select id, text, n from ds.na order by id") == [(1, "", None), (2, "", None), (3, None, 3), (4, None, 4)]


# ---- bad rows ----

BAD = [
    ("too few fields", b"2,b", "the row has 2 fields, the header 3"),
    ("too many fields", b"2,b,c,d", "the row has 4 fields, the header 3"),
    ("text after a quote", b'2,"b"x,c', "does not end as it should"),
    ("no closing quote", b'2,"b,c', "does not end as it should"),
    ("NUL", b"2,b\0b,c", "byte 4 of the row is NUL"),
    ("invalid UTF-8", b"2,b,\xc3(", "byte 5 of the row is not UTF-8"),
]


@pytest.mark.parametrize("name, line, reason", BAD)
def test_bad_rows(work, name, line, reason):
    before = "id,name,note\r\n" + "".join('%d,n%d,"two\r\nlines"\r\n' % (i, i) for i in range(50))
    path = work.write("a.csv", before.encode() + line + b"\r\n" + b"".join(b"%d,x,y\r\n" % i for i in range(100, 150)))
    done = work.load(path, expect=1)
    assert f"a.csv, line 102 (byte {len(before)}): " in done.err and reason in done.err
    work.load(path, "--rejects", "table", env=blocks(200), expect=3)
    assert work.rows("select count(*) from ds.items") == [(100,)]
    ((number, offset, raw, why),) = work.rows("select line, byte_offset, raw, reason from ds._rejects")
    assert (number, offset, bytes(raw)) == (102, len(before), line) and reason in why


def test_all_bad_rows_at_once(work):
    lines = [b"%d,b,c" % i for i in range(100, 110)]
    text = b"id,name,note\n"
    for i, (_, line, _) in enumerate(BAD):
        text += line + b"\n" + lines[i] + b"\n"
    path = work.write("a.csv", text)
    for size in (1, 50, 5000):
        options = ["--rejects", "table", "--header", "yes", "--delimiter", ",", "--as", "b%d" % size]
        work.load(path, *options, env=blocks(size), expect=3)
        assert work.rows(f"select count(*) from ds.b{size}") == [(len(BAD),)]
    found = work.rows("select line, count(distinct reason), count(*) from ds._rejects group by line order by line")
    assert found == [(2 + 2 * i, 1, 3) for i in range(len(BAD))]


def test_long_rows(work):
    long = "x" * 3_000_000
    work.load(work.write("a.csv", f'id,text\n1,{long}\n2,"{long}\n"\n3,y\n'), env=blocks(1000))
    assert work.rows("select id, length(text) from ds.items order by id") == [(1, 3000000), (2, 3000001), (3, 1)]


def test_quote_that_never_closes(work):
    """Costs its line and no more, however much comes after it."""
    text = 'id,text\n1,a\n2,"b\n' + "".join("%d,%s\n" % (i, "z" * 90) for i in range(3, 200_003))
    path = work.write("a.csv", text)
    work.load(path, "--rejects", "table", "--memory", "64MB", expect=3)
    assert work.rows("select count(*) from ds.items") == [(200_001,)]
    assert work.rows("select line, decode(raw) from ds._rejects") == [(3, '2,"b')]


def test_row_longer_than_memory(work):
    path = work.write("a.csv", "id,text\n1," + "x" * 20_000_000 + "\n")
    done = work.load(path, "--memory", "64MB", expect=1)
    assert "a.csv" in done.err and "row at byte 8 is longer than 16 MB" in done.err


def test_utf16(work):
    assert "UTF-16" in work.load(work.write("a.csv", "a,b\n1,2\n".encode("utf-16")), expect=1).err
    assert "UTF-16" in work.load("-", "--format", "csv", stdin="a,b\n1,2\n".encode("utf-16"), expect=1).err


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", "id,name\n", "\r\n\r\n"])
def test_nothing_to_load(work, text):
    done = work.load(work.write("a.csv", text), "--json")
    assert json.loads(done.out)["records"] == 0


@pytest.mark.parametrize("header, reason", [(b'id,"na', "not closed"), (b'id,"na"me', "not closed"), (b"id,n\xff", "not UTF-8"),
                                            (b"id,n\0", "NUL")])
def test_bad_headers(work, header, reason):
    path = work.write("a.csv", header + b"\n1,x\n2,y\n")
    done = work.load(path, "--header", "yes", "--delimiter", ",", "--rejects", "table", expect=1)
    assert "a.csv: the header" in done.err and reason in done.err


def test_json_and_binary_columns(work):
    path = work.write("a.csv", 'id,doc,bytes\n1,"{""a"": [1, 2.50]}",aGk=\n2,"",\n')
    work.load(path, "--columns", "doc:json,bytes:binary")
    assert work.rows("select doc::varchar, bytes from ds.items order by id") == [('{"a":[1,2.50]}', b"hi"), (None, None)]
    assert shape(work) == {"id": "BIGINT", "doc": "JSON", "bytes": "BLOB"}


def test_usage(work):
    path = work.write("a.csv", "a,b\n1,2\n")
    for options in (["--delimiter", ""], ["--quote", "ab"], ["--column-types", "a:integer"], ["--header", "maybe"]):
        work.load(path, *options, expect=2)


def test_title_lines(work):
    path = work.write("a.csv", "Report 2024\nid,name\n1,x\n2,y\n3,z\n")
    assert "--skip-lines" in work.load(path, expect=1).err
    path = work.write("a.csv", "Report 2024\nfor you\nid,name\n1,x\n2,y\n3,z\n4,\"\n")
    done = work.load(path, "--skip-lines", "2", "--rejects", "table", expect=3)
    assert work.rows("select id, name from ds.items order by id") == [(1, "x"), (2, "y"), (3, "z")]
    assert work.rows("select line from ds._rejects") == [(7,)] and "set aside" in done.out


# ---- several files ----

def test_columns_by_name(work):
    (work.folder / "d").mkdir()
    work.write("d/1.csv", "id,name,price\n1,a,1.5\n")
    work.write("d/2.csv", "")
    work.write("d/3.csv", "Price,ID\n2,2\n")
    work.write("d/4.csv", "extra,name,id\ntrue,b,3\n")
    for size in (1, 100000):
        work.load("d", "--as", "t%d" % size, env=blocks(size))
        assert work.rows(f"select id, name, price, extra from ds.t{size} order by id") == [
            (1, "a", 1.5, None), (2, None, 2.0, None), (3, "b", None, True)]


def test_types_of_all_files_count(work):
    (work.folder / "d").mkdir()
    for i in range(40):
        work.write("d/%02d.csv" % i, "id,v\n%d,%s\n" % (i, "2.5" if i == 39 else "1"))
    work.load("d")
    assert shape(work)["v"] == "DOUBLE"


def test_files_without_header(work):
    (work.folder / "d").mkdir()
    work.write("d/1.csv", "1,a\n2,b\n")
    work.write("d/2.csv", "3,c,true\n")
    work.load("d")
    assert work.rows("select * exclude (_dlt_id, _dlt_load_id) from ds.items order by 1") == [(1, "a", None), (2, "b", None), (3, "c", True)]


def test_a_file_that_does_not_belong(work):
    (work.folder / "d").mkdir()
    work.write("d/1.csv", "id,name\n1,a\n")
    work.write("d/2.csv", "7,b\n8,c\n")
    done = work.load("d", expect=1)
    assert "2.csv" in done.err and "none of the columns" in done.err


def test_names(work):
    work.load(work.write("a.csv", "a,,A,a, b \n1,2,3,4,5\n"))
    assert list(shape(work)) == ["a", "column1", "a_1", "a_2", "b"]


def test_incremental_files(work):
    (work.folder / "d").mkdir()
    work.write("d/1.csv", "id,name\n1,a\n")
    work.load("d", "--incremental-files")
    work.load("d", "--incremental-files")
    work.write("d/2.csv", "name,id\nb,2\n")
    work.load("d", "--incremental-files")
    assert work.rows("select id, name from ds.items order by id") == [(1, "a"), (2, "b")]


# ---- around it ----

def test_inspect_and_limit(work):
    path = work.write("a.csv", "id;name;day\n" + "".join("%d;n%d;2024-01-01\n" % (i, i) for i in range(5000)) + "bad\n")
    shown = json.loads(work.run("inspect", path, "--json").out)
    assert shown["description"] == "1 CSV file, delimiter ';', header"
    done = work.load(path, "--limit", "17", "--json")
    assert json.loads(done.out)["records"] == 17
    many = work.write("many.csv", "id;name\n" + "".join("%06d;n\n" % i for i in range(100_000)))
    (table,) = json.loads(work.run("inspect", many, "--json").out)["tables"]
    assert 95_000 < table["rows"] < 105_000
    assert work.rows("select count(*) from ds.items") == [(17,)]


def test_row_hashes_do_not_depend_on_other_rows(work):
    """scd2 compares rows by hash: a row keeps its hash when another row of its block has a value of another type."""
    def load(value):
        path = work.write("a.csv.gz", gzip.compress(late("1", value, 24_000, 20_017).encode(), 1))
        work.load(path, "--write-disposition", "merge", "--strategy", "scd2")
    load("1")
    load("n/a")
    assert work.rows("select count(*), count(_dlt_valid_to) from ds.items") == [(24_001, 1)]
