"""--file-columns: where each row of a file comes from, as Dango's file sources tell it."""
import datetime
import gzip
import os

import duckdb
import pytest

MTIME = 1_700_000_000


def make(work, name, rows):
    path = work.folder / "in" / name
    path.parent.mkdir(exist_ok=True)
    if name.endswith(".csv"):
        path.write_text("id,v\n" + "".join(f"{r},x\n" for r in rows))
    elif name.endswith(".jsonl"):
        path.write_text("".join('{"id": %d, "v": {"w": "}"}}%s\n' % (r, "  " if r % 2 else "") for r in rows) + "\n{}")
    elif name.endswith(".jsonl.gz"):
        path.write_bytes(gzip.compress("".join('{"id": %d}\n' % r for r in rows).encode()))
    elif name.endswith(".json"):
        path.write_text("[\n" + ",\n".join('{"id": %d,\n "v": [1]}' % r for r in rows) + "]")
    else:
        quoted = str(path).replace("'", "''")
        duckdb.sql(f"COPY (SELECT unnest({rows}) AS id) TO '{quoted}' (FORMAT parquet)")
    os.utime(path, (MTIME + len(rows), MTIME + len(rows)))


@pytest.mark.parametrize("ending", ["csv", "jsonl", "jsonl.gz", "json", "parquet"])
def test_each_row_tells_its_file(work, ending):
    make(work, f"a'1.{ending}", [1, 2, 3])
    make(work, f"b.{ending}", [4])
    work.load(f"in/*.{ending}", "--file-columns", "--max-nesting", "0")
    rows = work.rows("SELECT id, _dango_filename, epoch(_dango_file_mtime)::BIGINT, _dango_deleted FROM ds.items "
                     "WHERE id IS NOT NULL ORDER BY 1")
    assert rows == [(i, f"a'1.{ending}", MTIME + 3, False) for i in (1, 2, 3)] + [(4, f"b.{ending}", MTIME + 1, False)]
    (first, last), = work.rows("SELECT min(_dango_loaded_at), max(_dango_loaded_at) FROM ds.items")
    assert first == last and abs((datetime.datetime.now(datetime.timezone.utc) - last).total_seconds()) < 300
    types = work.rows("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'items' "
                      "AND column_name LIKE '\\_dango%' ESCAPE '\\' ORDER BY ordinal_position")
    assert types == [("_dango_filename", "VARCHAR"), ("_dango_file_mtime", "TIMESTAMP WITH TIME ZONE"),
                     ("_dango_loaded_at", "TIMESTAMP WITH TIME ZONE"), ("_dango_deleted", "BOOLEAN")]
    if ending == "jsonl":  # an empty object is a row too, and what is no object is still told with its line
        assert work.rows("SELECT count(*) FROM ds.items WHERE id IS NULL AND _dango_filename IS NOT NULL") == [(2,)]
        (work.folder / "in/c.jsonl").write_text('{"id": 1}\n{"id": }\n')
        assert "c.jsonl" in work.load("in/c.jsonl", "--file-columns", expect=1).err


def test_borders_of_blocks(work):
    make(work, "a.jsonl", list(range(500)))
    make(work, "b.csv", list(range(500)))
    for name in ("a.jsonl", "b.csv"):
        work.load(f"in/{name}", "--file-columns", "--max-nesting", "0", "--write-disposition", "replace",
                  env={"SLUICE_TEST_BLOCK_BYTES": "300"})
        assert work.rows("SELECT count(*), count(DISTINCT id), min(_dango_filename) FROM ds.items WHERE id IS NOT NULL") == [
            (500, 500, name)]
