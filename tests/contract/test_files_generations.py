"""Files that a replace put away (--keep-generations) and `sluice undo`, in a folder and in a bucket."""
import itertools
import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
from files_support import Folder, Loads, files, kill_library, rows  # noqa: E402
from servers_azure import Container, azure_server  # noqa: E402
from servers_s3 import Bucket, s3_server  # noqa: E402

REPLACE = ("--write-disposition", "replace", "--keep-generations")
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("moto")) as running:
        yield running


@pytest.fixture(params=["folder", "s3"])
def loads(request, tmp_path):
    if request.param == "folder":
        return Loads(tmp_path, Folder(tmp_path / "out"))
    server = request.getfixturevalue("s3")
    server.plan = None
    place = Bucket(server, f"kept-{next(numbers)}")
    (tmp_path / "tmp").mkdir()
    return Loads(tmp_path, place, *place.options, env=place.env(TMPDIR=str(tmp_path / "tmp"), HOME=str(tmp_path)))


folder = pytest.mark.parametrize("loads", ["folder"], indirect=True)


def undo(loads, *words, **kw):
    done = loads.run("undo", loads.place.url, "--dataset", "ds", "--pipelines-dir", "pipelines", *words, **kw)
    return done.stdout + done.stderr


def seen(loads):
    """Ids of all three kinds of readers, which must agree, and keys of child rows."""
    assert loads.ids() == loads.exact_ids()
    return loads.ids(), sorted(r["k"] for r in rows(loads.place, "ds", "items__kids"))


def document(i):
    return {"id": i, "kids": [{"k": i * 10}, {"k": i * 10 + 1}]}


def kept(loads):
    return loads.place.keys("ds/_sluice/old/")


def test_kept_listed_and_undone(loads):
    for i in range(1, 5):
        loads.load(loads.write(f"{i}.jsonl", document(i)), *REPLACE, "2", "--layout", "{table_name}/a ü/{load_id}.{file_id}.{ext}")
        assert seen(loads) == ([i], [i * 10, i * 10 + 1])
        assert len(kept(loads)) == 2 * min(2, i - 1)  # the oldest ones are gone from the disk
    info = json.loads(loads.run("pipeline", "pipe", "info", "--pipelines-dir", "pipelines", "--destination", loads.place.url, "--json").stdout)
    assert [(g["table"], g["rows"]) for g in info["generations"]] == [("items", 1), ("items__kids", 2), ("items", 1), ("items__kids", 2), ("items", 0)]
    assert "This would undo" in undo(loads, "--dry-run") and seen(loads)[0] == [4]
    for i in (3, 2):
        assert "Undid load" in undo(loads, *(["--pipeline", "pipe"] if i == 3 else []))
        assert seen(loads) == ([i], [i * 10, i * 10 + 1])
    assert not kept(loads) and "was not kept" in undo(loads, expect=2)
    assert seen(loads)[0] == [2]
    loads.load("4.jsonl", *REPLACE, "1")
    assert seen(loads)[0] == [4] and len(kept(loads)) == 2
    if hasattr(loads.place, "path"):
        loads.load("3.jsonl", *REPLACE, "1")
        old = [p for p in (loads.place.path / "ds/_sluice/old").rglob("*")]
        assert sum(p.is_file() for p in old) == 2 and all(any(p.iterdir()) for p in old if p.is_dir())  # no empty folders


def test_first_load_and_appends(loads):
    loads.load(loads.write("1.jsonl", document(1)), *REPLACE, "1")
    loads.load(loads.write("2.jsonl", document(2)), "--write-disposition", "append")
    assert "removed" in undo(loads) and seen(loads) == ([1], [10, 11])
    assert "forgotten" in undo(loads) and seen(loads) == ([], []) and not files(loads.place, "ds", "items")
    assert "holds no load" in undo(loads, expect=1)
    loads.load("2.jsonl", *REPLACE, "1")
    loads.load("1.jsonl", *REPLACE, "1")
    assert seen(loads)[0] == [1] and len(kept(loads)) == 2
    loads.run("pipeline", "pipe", "drop", "--yes", "--destination", loads.place.url, "--pipelines-dir", "pipelines")
    assert not kept(loads) and not files(loads.place, "ds", "items") and not loads.place.keys("ds/_sluice/generations/")


@folder
def test_the_state_goes_back(loads):
    source = loads.folder / "source.sqlite"
    with sqlite3.connect(source) as db:
        db.execute("create table orders (id integer, at integer not null)")
        db.execute("insert into orders values (1, 10)")
    load = lambda: loads.load(f"sqlite:{source}", "--table", "orders", "--cursor", "at", "--write-disposition", "append")  # noqa: E731
    load()
    with sqlite3.connect(source) as db:
        db.execute("insert into orders values (2, 20)")
    load()
    assert loads.ids() == [1, 2] and "as before the load" in undo(loads) and loads.ids() == [1]
    load()
    load()
    assert loads.ids() == [1, 2] == loads.exact_ids()


@folder
def test_what_cannot_be_undone(loads):
    loads.load(loads.write("1.jsonl", document(1)), "--write-disposition", "append")
    loads.load(loads.write("2.jsonl", document(2)), *REPLACE, "1")
    assert "is not the last one" in undo(loads, "--load", "1.2", expect=2)
    extra = loads.place.path / "ds/items/others.parquet"
    extra.write_bytes(b"PAR1")
    assert "others have added items/others.parquet" in undo(loads, expect=2)
    extra.unlink()
    (loads.place.path / kept(loads)[0]).unlink()
    assert "is not there any more" in undo(loads, expect=2) and seen(loads)[0] == [2]


def test_a_load_with_checkpoints_keeps_what_it_replaces(loads):
    loads.load(loads.write("1.jsonl", document(1)), *REPLACE, "1")
    loads.write("2.jsonl", *(document(i) for i in range(2, 902)))
    words, blocks = (*REPLACE, "1", "--checkpoint", "200rows"), {"SLUICE_TEST_BLOCK_BYTES": "4000"}
    loads.load("2.jsonl", *words, env={**blocks, "SLUICE_FAULT": "after-checkpoint:2=kill"}, expect=-9)
    assert "not finished" in undo(loads, expect=2)
    loads.load("2.jsonl", *words, env=blocks)
    assert seen(loads)[0] == list(range(2, 902))
    undo(loads)
    assert seen(loads) == ([1], [10, 11])


@folder
def test_killed_at_every_step(loads, tmp_path_factory):
    """kill -9 of a replace that keeps, and of its undo, at calls that change the dataset: a reader sees one of two states, and the next undo
    or load ends what was begun."""
    library = kill_library(tmp_path_factory.mktemp("kill"))
    loads.load(loads.write("1.jsonl", document(1)), *REPLACE, "1")
    loads.load(loads.write("2.jsonl", document(2)), *REPLACE, "1")
    loads.write("3.jsonl", document(3))
    loads.write("4.jsonl", {"id": 4})
    subprocess.run("mkdir begin && mv out pipelines begin", shell=True, cwd=loads.folder, check=True)
    done = {}
    for undone, step in itertools.product((False, True), range(1, 90, 3)):
        if done.get(undone):
            continue
        subprocess.run("rm -rf out pipelines && cp -r begin/. .", shell=True, cwd=loads.folder, check=True)
        env = {"LD_PRELOAD": str(library), "KILL_AT": str(step), "KILL_PATH": "/ds/"}
        run = (lambda **kw: loads.run("undo", loads.place.url, "--dataset", "ds", "--pipelines-dir", "pipelines", **kw)) if undone else (
            lambda **kw: loads.load("3.jsonl", *REPLACE, "1", **kw))
        code = run(expect=None, env=env).returncode
        after = 1 if undone else 3
        if code == 0:
            done[undone] = step
            assert seen(loads)[0] == [after]
            continue
        assert code == -signal.SIGKILL
        now = loads.exact_ids()
        assert now in ([2], [after]), f"step {step}"
        loads.load("4.jsonl", "--write-disposition", "append")
        there, kids = seen(loads)
        assert there in ([2, 4], sorted([after, 4])) and (now == [2] or there != [2, 4]), f"step {step}"
        assert not loads.place.keys("ds/_sluice/pending/") and not loads.place.keys("ds/_sluice/new/"), f"step {step}"
        records = [json.loads(loads.place.read(k)) for k in loads.place.keys("ds/_sluice/generations/")]
        noted = {f"ds/_sluice/old/{r['load_id']}/{f['path']}" for r in records for t in r["tables"] for f in t["files"]}
        assert set(kept(loads)) == noted, f"step {step}"
    assert done[False] > 20 and done[True] > 10, done


@pytest.mark.parametrize("loads", ["s3"], indirect=True)
def test_the_store_refuses_a_copy(loads):
    """The load fails before its commit is complete, and nothing of it stays."""
    loads.load(loads.write("1.jsonl", document(1)), *REPLACE, "1")
    loads.place.server.plan = lambda n, method, path: ("status", 403) if method == "PUT" and "_sluice/old/" in path else None
    assert "copying" in loads.load(loads.write("2.jsonl", document(2)), *REPLACE, "1", expect=1).stderr
    loads.place.server.plan = None
    assert seen(loads) == ([1], [10, 11]) and not kept(loads)
    loads.load("2.jsonl", *REPLACE, "1")
    assert seen(loads)[0] == [2] and len(kept(loads)) == 2


def test_azure_keeps_none(tmp_path):
    with azure_server() as server:
        place = Container(server, "kept")
        (tmp_path / "tmp").mkdir()
        loads = Loads(tmp_path, place, *place.options, env=place.env(TMPDIR=str(tmp_path / "tmp"), HOME=str(tmp_path)))
        assert "cannot keep what a replace puts away" in loads.load(loads.write("1.jsonl", {"id": 1}), *REPLACE, "1", expect=2).stderr
