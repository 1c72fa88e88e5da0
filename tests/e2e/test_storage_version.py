"""Which DuckDB can read a database file that a load makes."""
import duckdb


def version_of(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("select tags['storage_version'] from duckdb_databases() where not internal").fetchone()[0]


def test_a_new_file_is_of_the_version_that_was_asked_for(work):
    work.load(work.write("a.jsonl", '{"id": 1}\n'))
    assert version_of(work.database) == "v1.3.0+"
    old = work.folder / "old.duckdb"
    first, second = (work.write(f"{n}.jsonl", f'{{"id": {n}}}\n') for n in (1, 2))
    for path, *options in ((first, "--storage-version", "v1.0.0"), (second,)):
        work.run("load", path, f"duckdb:{old}", "--dataset", "ds", "--as", "items", "--pipelines-dir", work.folder / "old", *options)
        assert version_of(old) == "v1.0.0+"  # it stays what it was
    with duckdb.connect(str(old), read_only=True) as connection:
        assert connection.execute("select id from ds.items order by id").fetchall() == [(1,), (2,)]


def test_a_version_that_is_none(work):
    done = work.load(work.write("a.jsonl", '{"id": 1}\n'), "--storage-version", "v77", expect=2)
    assert "--storage-version v77" in done.err and "v1.0.0" in done.err and not work.database.exists()
