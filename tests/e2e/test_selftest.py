"""`sluice selftest`: kills its own loads, finds nothing lost or doubled, and leaves nothing behind."""
import json
import os
import signal
import sqlite3
import subprocess
import time

from support import SLUICE

POINTS = 15


def test_a_file_of_its_own(work):
    (work.folder / "tmp").mkdir()
    done = work.run("selftest", "--json", env={"TMPDIR": str(work.folder / "tmp")}, timeout=300)  # long under sanitizers, on a busy machine
    result = json.loads(done.out)
    assert result["ok"] and (result["lost"], result["doubled"]) == (0, 0), result
    assert len(result["faults"]) == POINTS and all(f["trials"] > 0 for f in result["faults"]), result["faults"]
    assert result["trials"] > 50 and result["continued"] > 10 and result["certificates"] > 15, result
    assert list((work.folder / "tmp").iterdir()) == []


def test_a_database_of_the_user(work):
    with sqlite3.connect(work.folder / "shop.db") as connection:
        connection.execute("create table kept as select 1 as id")
    connection.close()
    done = work.run("selftest", "env:PLACE", env={"PLACE": f"sqlite:{work.folder}/shop.db"})
    lines = done.out.splitlines()
    assert lines[0].split() == ["fault", "trials", "lost", "doubled"] and len(lines) == POINTS + 2, done.out
    assert all(line.split()[2:] == ["0", "0"] for line in lines[1:-1]), done.out
    assert "0 rows lost, 0 doubled" in lines[-1]
    assert [p.name for p in work.folder.iterdir()] == ["shop.db"]
    with sqlite3.connect(work.folder / "shop.db") as connection:
        assert connection.execute("select name from sqlite_master").fetchall() == [("kept",)]
    connection.close()


def test_a_stopped_one_clears_up(work):
    (work.folder / "tmp").mkdir()
    running = subprocess.Popen([SLUICE, "selftest", f"sqlite:{work.folder}/shop.db"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, "TMPDIR": str(work.folder / "tmp")})
    while not list(work.folder.glob("shop__*.db")) and running.poll() is None:
        time.sleep(0.02)
    running.send_signal(signal.SIGTERM)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 1 and "the selftest was stopped" in err, (out, err)
    assert not list(work.folder.glob("shop__*")) and list((work.folder / "tmp").iterdir()) == []


def test_a_folder(work):
    (work.folder / "out [1]" / "ds").mkdir(parents=True)
    result = json.loads(work.run("selftest", f"{work.folder}/out [1]/", "--json").out)
    assert result["ok"] and (result["lost"], result["doubled"], result["certificates"]) == (0, 0, 0), result
    assert result["trials"] > 30 and result["continued"] > 4, result
    assert [p.name for p in (work.folder / "out [1]").iterdir()] == ["ds"]


def test_what_cannot_be_asked(work):
    assert "answers no queries" in work.run("selftest", "exec:cat", expect=1).err
    assert "answers no queries" in work.run("selftest", "s3://bucket/place", expect=1).err
    assert "usage" in work.run("selftest", "a", "b", expect=2).err
