"""Bad input: a clear error, the right exit code, the destination as before or wholly loaded."""
import json
import os
import signal
import subprocess
import time

import duckdb
import pytest

from support import SLUICE

GOOD = '{"id": 1}\n{"id": 2}\n'


@pytest.mark.parametrize("name, line, reason", [
    ("truncated", b'{"id": 3', "not valid JSON"),
    ("invalid UTF-8", b'{"id": "\xff\xfe"}', "UTF-8"),
    ("surrogate half", b'{"id": "\\ud800"}', "surrogate"),
    ("garbage", b"hello", "not valid JSON"),
    ("two values", b'{"id": 3} {"id": 4}', "not valid JSON"),
])
def test_bad_line(work, name, line, reason):
    path = work.write("a.jsonl", GOOD.encode() + line + b"\n" + b'{"id": 9}\n')
    done = work.load(path, expect=1)
    assert "line 3" in done.err and reason in done.err and "a.jsonl" in done.err
    assert not work.database.exists() or work.rows("select count(*) from information_schema.tables where table_schema='ds'") == [(0,)]
    work.load(path, "--rejects", "table", expect=3)
    assert work.rows("select count(*) from ds.items") == [(3,)]
    ((line_number, offset, raw),) = work.rows("select line, byte_offset, raw from ds._rejects")
    assert (line_number, offset, bytes(raw)) == (3, len(GOOD), line)


def test_too_many_rejects(work):
    path = work.write("a.jsonl", GOOD + "bad\nbad\nbad\n")
    work.load(path, "--rejects", "table", "--max-rejects", "2", expect=1)
    work.load(path, "--rejects", "table", "--max-rejects", "50%", expect=1)
    work.load(path, "--rejects", "table", "--max-rejects", "3", expect=3)


def test_odd_but_good_values(work):
    path = work.write("a.jsonl", '\ufeff{"n": 1e400, "z": -0, "nul": "a\\u0000b", "dup": 1, "dup": 2, "": 5, "x": {"x": 1}, "x": {"y": 2}}\n\n')
    work.load(path)
    assert work.rows("select n, z, length(nul), dup, _empty, x__y from ds.items") == [("1e400", 0, 3, 2, 5, 2)]


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"])
def test_nothing_to_load(work, text):
    work.load(work.write("a.jsonl", text))


@pytest.mark.parametrize("depth", [1000, 50000])
def test_deep_nesting(work, depth):
    work.load(work.write("a.jsonl", '{"id": 1, "d": ' + '{"a":' * depth + "1" + "}" * depth + "}\n"), "--max-nesting", "3")
    work.load(work.write("b.jsonl", '{"id": 1, "d": ' + "[" * depth + "1" + "]" * depth + "}\n"), "--max-nesting", "3", "--as", "b")
    assert work.rows("select count(*) from ds.items") == [(1,)]


def test_many_distinct_keys(work):
    work.load(work.write("a.jsonl", json.dumps({"key%d" % i: i for i in range(2000)}) + "\n"))
    assert work.rows("select key1999 from ds.items") == [(1999,)]


def test_unreadable_file_in_a_glob(work):
    work.write("a.jsonl", GOOD)
    os.symlink("nowhere", work.folder / "b.jsonl")
    done = work.load("*.jsonl", expect=1)
    assert "b.jsonl" in done.err


def test_utf16(work):
    done = work.load(work.write("a.jsonl", GOOD.encode("utf-16")), expect=1)
    assert "UTF-16" in done.err


def test_locked_database(work):
    connection = duckdb.connect(str(work.database))
    try:
        done = work.load(work.write("a.jsonl", GOOD), "--lock-wait", "0", expect=1)
        assert f"is open in another process, process {os.getpid()} since 20" in done.err
    finally:
        connection.close()
    work.load("a.jsonl")


def test_foreign_file(work):
    work.database.write_bytes(b"this is no database, only text that is long enough to be looked at" * 100)
    done = work.load(work.write("a.jsonl", GOOD), expect=1)
    assert "not a DuckDB file" in done.err
    assert work.database.read_bytes().startswith(b"this is no")


def test_usage_errors(work):
    work.write("a.jsonl", GOOD)
    assert "--dataset" in work.run("load", "a.jsonl", "duckdb:x.duckdb", "--datset", "x", expect=2).err
    work.run("load", "a.jsonl", expect=2)
    work.run("lod", expect=2)
    assert "kafka" in work.run("load", "a.jsonl", "kafka://h/db", expect=2).err
    work.load("a.jsonl", "--columns", "id:integer", expect=2)
    work.load("a.jsonl", "--contract", "columns=never", expect=2)
    work.load("a.jsonl", "--write-disposition", "merge", "--strategy", "upsert", expect=2)


def test_not_null_column(work):
    path = work.write("a.jsonl", '{"id": 1, "v": "x"}\n{"id": 2}\n')
    done = work.load(path, "--columns", "v:text:not_null", expect=1)
    assert "column v" in done.err and "line 2" in done.err


def big(work, megabytes):
    line = json.dumps({"id": 1, "text": "x" * 900, "kids": [{"a": 1}, {"a": 2}]}) + "\n"
    path = work.folder / "big.jsonl"
    with open(path, "w") as f:
        for _ in range(megabytes):
            f.write(line * 1000)
    return path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("disposition", ["append", "replace"])
def test_stopped_in_the_middle(work, number, disposition):
    work.load(work.write("a.jsonl", GOOD))
    path = big(work, 60)
    process = subprocess.Popen([SLUICE, "load", str(path), f"duckdb:{work.database}", "--dataset", "ds", "--as", "items", "--pipelines-dir",
                                str(work.folder / "pipelines"), "--write-disposition", disposition], stderr=subprocess.PIPE)
    time.sleep(0.15)  # somewhere in the load, wherever that is: before or after is fine too
    process.send_signal(number)
    code = process.wait(timeout=60)
    process.stderr.close()
    count = work.rows("select count(*) from ds.items")[0][0]
    whole = 60000 + (2 if disposition == "append" else 0)
    assert count == (whole if code == 0 else 2)
    work.load("a.jsonl")  # nothing blocks the next load
    assert work.rows("select count(*) from ds.items")[0][0] == count + 2


def test_nothing_of_a_killed_load_stays(work):
    """Folders half made, files half written, what DuckDB spilled: the next load cleans up."""
    pipeline = work.folder / "pipelines" / "items"
    path = work.folder / "big.jsonl"
    path.write_text("".join(json.dumps({"id": i, "t": os.urandom(48).hex()}) + "\n" for i in range(300000)))
    options = ["--write-disposition", "merge", "--primary-key", "id", "--memory", "64MB"]
    command = [SLUICE, "load", str(path), f"duckdb:{work.database}", "--dataset", "ds", "--as", "items",
               "--pipelines-dir", str(work.folder / "pipelines"), *options]
    spilled = work.folder / "out.duckdb.tmp"
    for moment in ("begun", "spilled"):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        there = (lambda: any(spilled.glob("duckdb_temp_*"))) if moment == "spilled" else (lambda: any(pipeline.glob("load/*new*/*")))
        while process.poll() is None and not there():
            time.sleep(0.002)
        process.kill()
        process.wait(timeout=60)
    (pipeline / "load" / ".new-17.5" / "new_jobs").mkdir(parents=True)  # the moment that is too short to meet
    (pipeline / "state.json.17.0.tmp").write_text("{")
    work.load(work.write("a.jsonl", GOOD), *options)
    assert not spilled.exists()
    assert [str(p) for p in pipeline.rglob("*") if p.name.endswith(".tmp") or ".new" in p.name] == []
    assert list((pipeline / "load" / "new").iterdir()) == []


def test_full_disk(work):
    """A small file system of its own; needs the right to mount one."""
    small = work.folder / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(small)], capture_output=True).returncode != 0:
        pytest.skip("no right to mount a tmpfs")
    try:
        rows = "".join(json.dumps({"id": i, "t": os.urandom(200).hex()}) + "\n" for i in range(40000))
        path = work.write("a.jsonl", rows)
        done = work.run("load", path, f"duckdb:{small}/x.duckdb", "--as", "t", "--dataset", "ds", "--pipelines-dir",
                        work.folder / "pipelines", expect=1)
        assert "space" in done.err or "disk" in done.err.lower()
    finally:
        subprocess.run(["umount", str(small)])


@pytest.mark.parametrize("length", [0, 4096, 8192])
def test_a_database_file_that_was_never_whole(work, length):
    """What DuckDB leaves when it is killed while it makes the file, which it refuses itself."""
    with duckdb.connect(str(work.database)):
        pass
    os.truncate(work.database, length)
    work.load(work.write("a.jsonl", GOOD))
    assert work.rows("select count(*) from ds.items") == [(2,)]


@pytest.mark.parametrize("content", [b"short notes\n", b"12345678DUC", b"x" * 20000])
def test_other_files_are_never_overwritten(work, content):
    work.database.write_bytes(content)
    work.load(work.write("a.jsonl", GOOD), expect=1)
    assert work.database.read_bytes() == content
