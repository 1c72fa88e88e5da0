"""Formats, packings, globs, ranges, incremental files."""
import gzip
import json
import pathlib

import duckdb
import pyarrow
import pytest


def documents(n):
    return "".join(json.dumps({"id": i, "text": "line %d" % i, "kids": [{"k": i}]}) + "\n" for i in range(n))


def test_gzip_with_several_members(work):
    path = work.write("a.jsonl.gz", gzip.compress(documents(10).encode()) + gzip.compress(b'{"id": 99}\n'))
    work.load(path)
    assert work.rows("select count(*), max(id) from ds.items") == [(11, 99)]


def test_zstd(work):
    with pyarrow.CompressedOutputStream(str(work.folder / "b.jsonl.zst"), "zstd") as out:
        out.write(documents(5000).encode())
    work.load(work.folder / "b.jsonl.zst")
    assert work.rows("select count(*) from ds.items") == [(5000,)]


def test_truncated_gzip_is_an_error(work):
    path = work.write("a.jsonl.gz", gzip.compress(documents(1000).encode())[:-20])
    done = work.load(path, expect=1)
    assert "a.jsonl.gz" in done.err and "gzip" in done.err


@pytest.mark.parametrize("size", [1, 7, 64, 1000, 4096])
def test_every_border_gives_the_same_rows(work, size):
    text = documents(60).replace("line 7", "ü" * 50) + '\n\n{"id": 1000}'
    path = work.write("a.jsonl", text.replace("\n", "\r\n", 3))
    work.load(path, env={"SLUICE_TEST_BLOCK_BYTES": str(size)})
    assert work.rows("select count(*), sum(id) from ds.items") == [(61, sum(range(60)) + 1000)]
    assert work.rows("select count(*) from ds.items__kids") == [(60,)]


@pytest.mark.parametrize("size", [16, 100, 100000])
def test_json_array_and_records_path(work, size):
    items = [json.loads(line) for line in documents(50).splitlines()]
    env = {"SLUICE_TEST_BLOCK_BYTES": str(size)}
    work.load(work.write("a.json", json.dumps(items, indent=2)), env=env)
    nested = {"meta": {"data": [1]}, "page": {"data": {"x": 1}, "items": items}, "after": {"items": [9]}}
    work.load(work.write("b.json", json.dumps(nested)), "--records-path", "page.items", "--as", "b", env=env)
    assert work.rows("select count(*), sum(id) from ds.items") == work.rows("select count(*), sum(id) from ds.b")


def test_pretty_printed_documents(work):
    path = work.write("a.json", "\n".join(json.dumps({"id": i, "o": {"p": "}{"}}, indent=1) for i in range(3)))
    work.load(path)
    assert work.rows("select count(*) from ds.items where o__p = '}{'") == [(3,)]


def test_wrong_records_path(work):
    done = work.load(work.write("a.json", '{"items": []}'), "--records-path", "data", expect=1)
    assert "data" in done.err


def test_standard_input(work):
    work.load("-", stdin=documents(20).encode())
    work.load("-", "--as", "packed", stdin=gzip.compress(documents(20).encode()))
    assert work.rows("select (select count(*) from ds.items), (select count(*) from ds.packed)") == [(20, 20)]


def test_glob_folder_and_deep_glob(work):
    for name in ("p/a.jsonl", "p/b.jsonl", "p/q/c.jsonl"):
        (work.folder / name).parent.mkdir(parents=True, exist_ok=True)
        work.write(name, documents(3))
    work.load("p/*.jsonl")
    work.load("p", "--as", "folder")
    work.load("p/**/*.jsonl", "--as", "deep")
    assert work.rows("select (select count(*) from ds.items), (select count(*) from ds.folder), "
                     "(select count(*) from ds.deep)") == [(6, 9, 9)]


def test_missing_file_names_the_nearest(work):
    work.write("events.jsonl", "{}\n")
    done = work.load("event.jsonl", expect=1)
    assert "did you mean events.jsonl?" in done.err
    assert "did you mean" not in work.load("a.csv", expect=1).err, "nor the folder itself"


def test_incremental_files(work):
    work.write("d/a.jsonl" if (work.folder / "d").mkdir() is None else "", documents(3))
    options = ["--incremental-files"]
    work.load("d", *options)
    work.load("d", *options)
    work.write("d/b.jsonl", '{"id": 100}\n')
    work.load("d", *options)
    assert work.rows("select count(*) from ds.items") == [(4,)]


def test_csv(work):
    path = work.write("a.csv", "Id;Name;When;Price\n1;Ann;2024-05-01;1,5\n2;\"B;ob\";;\n")
    work.load(path, "--columns", "Price:text")
    assert work.rows("select id, name, \"when\"::varchar, price from ds.items order by id") == [
        (1, "Ann", "2024-05-01", "1,5"), (2, "B;ob", None, None)]


def test_csv_decimals_as_declared(work):
    path = work.write("a.csv", "id,amount\n1,12345678901234567890.123456789\n")
    work.load(path, "--columns", "amount:decimal(38,9)")
    assert str(work.rows("select amount from ds.items")[0][0]) == "12345678901234567890.123456789"


def test_ragged_csv(work):
    path = work.write("a.csv", "id,name\n" + "".join(f"{i},n{i}\n" for i in range(50)) + "51,too,many\n52,ok\n")
    work.load(path, "--header", "yes", "--delimiter", ",", expect=1)
    done = work.load(path, "--header", "yes", "--delimiter", ",", "--rejects", "table", expect=3)
    assert work.rows("select count(*) from ds.items") == [(51,)]
    ((line, raw),) = work.rows("select line, raw::varchar from ds._rejects")
    assert line == 52 and "too" in raw
    assert "set aside" in done.out


def test_a_decimal_column_grows_with_its_digits(work):
    for name, select in [("a", "1.25::decimal(12,2)"), ("b", "unnest([7.123456, 123456789012345.5])::decimal(22,6)"),
                         ("c", "1.23456789::decimal(22,8)")]:
        duckdb.sql(f"copy (select {select} as d) to '{work.folder}/{name}.parquet'")
    work.load("a.parquet")
    work.load("b.parquet")
    assert work.rows("select d::text, typeof(d) from ds.items order by 1") == [
        ("1.250000", "DECIMAL(22,6)"), ("123456789012345.500000", "DECIMAL(22,6)"), ("7.123456", "DECIMAL(22,6)")]
    work.load("a.parquet", "--contract", "data_type=freeze")
    assert "data_type" in work.load("c.parquet", "--contract", "data_type=freeze", expect=1).err


def test_parquet_keeps_types(work):
    with duckdb.connect() as c:
        c.execute(f"copy (select 1::integer as i, 2::bigint as b, 1.25::decimal(10,2) as d, 'x' as t, date '2024-01-01' as dt, "
                  f"timestamp '2024-01-01 10:00:00' as ts, true as f, 1.5::float as fl, [1,2] as l, {{'a': 1}} as s, null::integer as n, "
                  f"'\\xAA'::blob as bl, 18446744073709551615::ubigint as u) to '{work.folder}/a.parquet'")
    work.load("a.parquet")
    (row,) = work.rows("select i, b, d::varchar, t, dt::varchar, ts::varchar, f, fl, l::varchar, s::varchar, bl from ds.items")
    assert row == (1, 2, "1.25", "x", "2024-01-01", "2024-01-01 10:00:00", True, 1.5, "[1,2]", '{"a":1}', b"\xaa")


def test_limit_reads_only_so_many(work):
    done = work.load(work.write("a.jsonl", documents(1000)), "--limit", "17", "--json")
    assert json.loads(done.out)["records"] == 17
    assert work.rows("select count(*) from ds.items") == [(17,)]


def test_many_workers_give_what_one_gives(work):
    text = "".join(json.dumps({"id": i, ("x%d" % (i % 700)): [i, "a", 1.5][i % 3], "k": [{"v": i if i % 5 else "t"}]}) + "\n" for i in range(4000))
    path = work.write("a.jsonl", text)
    env = {"SLUICE_TEST_BLOCK_BYTES": "3000"}
    work.load(path, "--as", "one", "--parallel", "1", env=env)
    work.load(path, "--as", "many", "--parallel", "4", env=env)
    shape = "select column_name, data_type from information_schema.columns where table_name = '%s' order by ordinal_position"
    assert work.rows(shape % "one") == work.rows(shape % "many")
    assert work.rows("select * exclude (_dlt_id, _dlt_load_id) from ds.one order by id") == work.rows(
        "select * exclude (_dlt_id, _dlt_load_id) from ds.many order by id")


def test_piped_input_survives_a_failed_load(work):
    lines = documents(5000)
    done = work.load("-", stdin=(lines + "{broken\n" + lines).encode(), expect=1)
    kept = done.err.strip().rsplit(" ", 1)[1]
    assert "the input was kept" in done.err and open(kept).read() == lines + "{broken\n" + lines
    work.load(kept, "--rejects", "table", expect=3)
    assert work.rows("select count(*) from ds.items") == [(10000,)]
    work.load("-", "--as", "good", stdin=lines.encode())
    folder = pathlib.Path(kept).parent
    assert [p.name for p in folder.iterdir()] == [pathlib.Path(kept).name], "only what failed is kept"


@pytest.mark.parametrize("disposition", ["append", "replace"])
def test_a_table_of_few_row_groups_is_written_once(work, disposition):
    """DuckDB would merge the last row groups of two threads with the full ones, and leave the first copy as a hole in the file."""
    path = work.write("n.csv", "id,text\n" + "".join(f"{i},{i * 7919 % 1000003:080}\n" for i in range(280_000)))
    work.load(path, "--parallel", "2", "--columns", "text:text", "--write-disposition", disposition)
    assert work.rows("select count(*), count(distinct id), count(distinct _dlt_id) from ds.items") == [(280_000,) * 3]
    free, used = work.rows("select free_blocks, used_blocks from pragma_database_size()")[0]
    assert free <= 1 < 8 < used


def test_rows_that_a_merge_takes_away_leave_no_holes(work):
    """A row group that lost rows is written anew."""
    path = work.write("n.csv", "id,text\n" + "".join(f"{i},text {i}\n" for i in range(130_000)))
    options = ["--parallel", "2", "--write-disposition", "merge", "--primary-key", "id"]
    work.load(path, *options)
    part = work.write("m.csv", "id,text\n" + "".join(f"{i},other {i}\n" for i in range(0, 130_000, 2)))
    work.load(part, *options)
    assert work.rows("select count(*), count(*) filter (text like 'other %') from ds.items") == [(130_000, 65_000)]
    groups = work.rows("select count(distinct row_group_id) from pragma_storage_info('ds.items')")[0][0]
    assert groups <= 2
