"""sources.filesystem: files listed as dlt lists them, read by the engine or in Python."""
import gzip
import json
import os

import pytest

import sluice as dlt
from sluice import exceptions
from sluice.sources.filesystem import FileItemDict, filesystem, read_csv, read_csv_duckdb, read_jsonl, read_parquet, readers


@pytest.fixture(autouse=True)
def files(folder):
    import pyarrow
    import pyarrow.parquet

    (folder / "in" / "deep").mkdir(parents=True)
    (folder / "in" / "a.jsonl").write_text('{"n": 1, "tags": ["x"]}\n\n{"n": 2}\n')
    (folder / "in" / "b.jsonl.gz").write_bytes(gzip.compress(b'{"n": 3}\n'))
    (folder / "in" / "t.csv").write_text("n,name\n1,\xe4\n2,b\n", encoding="utf-8")
    pyarrow.parquet.write_table(pyarrow.table({"n": [1, 2, 3]}), folder / "in" / "deep" / "p.parquet")
    for number, name in enumerate(("a.jsonl", "b.jsonl.gz", "t.csv", "deep/p.parquet")):
        os.utime(folder / "in" / name, (1_700_000_000 + number, 1_700_000_000 + number))
    return folder / "in"


def no_python(monkeypatch):
    from sluice.sources.filesystem.reading import _FileRows

    monkeypatch.setattr(_FileRows, "pages", property(lambda self: pytest.fail("rows came to Python"), lambda self, value: None), raising=False)


@pytest.mark.parametrize("reader, glob, expected", [(read_jsonl, "*.jsonl*", 3), (read_csv, "*.csv", 2), (read_csv_duckdb, "*.csv", 2),
                                                    (read_parquet, "**/*.parquet", 3)])
def test_the_engine_reads(pipe, rows, monkeypatch, reader, glob, expected):
    no_python(monkeypatch)
    pipe().run((filesystem("in", file_glob=glob) | reader()).with_name("t"))
    assert rows("select count(*), sum(n), count(_dlt_id) from ds.t") == [(expected, sum(range(expected + 1)), expected)]


def test_items_are_those_of_dlt():
    from dlt.sources.filesystem import filesystem as theirs

    for glob in ("*", "**/*", "**/*.parquet"):
        key = lambda item: item["file_url"]  # noqa: E731
        ours = sorted((dict(item) for item in filesystem("in", file_glob=glob)), key=key)
        assert ours == sorted((dict(item) for item in theirs("in", file_glob=glob)), key=key) and ours


def test_files_open_unpacked(files):
    items = {item["file_name"]: item for item in filesystem(files.as_uri())}
    with items["b.jsonl.gz"].open("rt") as file:
        assert json.loads(file.read()) == {"n": 3}
    assert items["b.jsonl.gz"].read_bytes() == (files / "b.jsonl.gz").read_bytes()
    assert items["t.csv"].local_file_path == str(files / "t.csv")
    held = next(iter(filesystem("in", file_glob="a.jsonl", extract_content=True)))
    assert isinstance(held, FileItemDict) and held["file_content"] == (files / "a.jsonl").read_bytes() == held.read_bytes()


def test_steps_in_python(pipe, rows):
    pipe().run((filesystem("in", file_glob="*.jsonl*") | read_jsonl().add_map(lambda row: {**row, "twice": 2 * row["n"]})).with_name("t"))
    assert rows("select sum(twice) from ds.t") == [(12,)]
    assert [row["n"] for row in filesystem("in", file_glob="**/*.parquet") | read_parquet()] == [1, 2, 3]
    assert [row["filename"] for row in filesystem("in", file_glob="*.csv") | read_csv_duckdb(filename=True)] == ["t.csv"] * 2


def test_filters_of_files_leave_the_reading_to_the_engine(pipe, rows, monkeypatch):
    no_python(monkeypatch)
    listed = filesystem("in", file_glob="*.jsonl*", files_per_page=1).add_filter(lambda item: item["file_name"].endswith(".gz"))
    pipe().run((listed | read_jsonl()).with_name("t"), write_disposition="replace")
    assert rows("select n from ds.t") == [(3,)]


def test_pages_of_files_are_one_table(pipe, rows):
    for _ in range(2):
        pipe().run((filesystem("in", file_glob="*.jsonl*", files_per_page=1) | read_jsonl()).with_name("t"), write_disposition="replace")
    assert rows("select n from ds.t order by 1") == [(1,), (2,), (3,)]


def test_only_new_files(pipe, rows, files):
    def load():
        listed = filesystem("in", file_glob="*.jsonl*", incremental=dlt.sources.incremental("modification_date"))
        return pipe().run((listed | read_jsonl()).with_name("t")).row_counts.get("t", 0)

    assert load() == 3 and load() == 0
    (files / "c.jsonl").write_text('{"n": 4}\n')
    assert load() == 1
    assert rows("select n from ds.t order by 1") == [(1,), (2,), (3,), (4,)]


def test_other_file_systems(pipe, rows):
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe("/box/x/one.jsonl", b'{"n": 7}\n')
    listed = list(filesystem("memory://box", credentials=memory, file_glob="**/*.jsonl"))
    assert [item["relative_path"] for item in listed] == ["x/one.jsonl"] and listed[0].read_bytes() == b'{"n": 7}\n'
    pipe().run((filesystem("memory://box", file_glob="**/*.jsonl") | read_jsonl()).with_name("t"))
    assert rows("select n from ds.t") == [(7,)]


def test_all_readers_and_the_configuration(monkeypatch):
    monkeypatch.setenv("SOURCES__FILESYSTEM__BUCKET_URL", "in")
    assert len(list(filesystem())) == 3
    source = readers(file_glob="*.jsonl*")
    assert list(source.resources) == ["read_csv", "read_jsonl", "read_parquet", "read_csv_duckdb"]
    assert [row["n"] for row in source.resources["read_jsonl"]()] == [1, 2, 3]


def test_mistakes_are_named(pipe, files):
    with pytest.raises(exceptions.MissingDependencyException, match="s3fs"):
        list(filesystem("s3://bucket/x"))
    (files / "bad.jsonl").write_text("{nope\n")
    with pytest.raises(exceptions.PipelineStepFailed, match="bad.jsonl"):
        pipe().run((filesystem("in", file_glob="bad.jsonl") | read_jsonl()).with_name("t"))
