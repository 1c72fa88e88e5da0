"""Two machines (two pipelines folders) load one pipeline into one dataset, or one undoes or drops what the other loads: the server lets in
one at a time, and says who that is."""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
import servers_mysql  # noqa: E402
import servers_odbc as odbc  # noqa: E402
from servers_postgres import postgres_server  # noqa: E402
from support import SLUICE  # noqa: E402

HOLDERS = {"postgres": r"sluice {pid}@\S+, user postgres, from 127\.0\.0\.1, process \d+ of the server, since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ",
           "mariadb": r"connection \d+ of user \w+ from \S+ (idle|busy) for \d+ s"}


class Place:
    def __init__(self, folder, url, holder, env):
        self.folder, self.url, self.holder, self.env, self.started = folder, url, holder, {**os.environ, **env}, []

    def start(self, machine, *options, source="-", dataset="locked"):
        words = [SLUICE, "load", source, self.url, "--as", "t", "--dataset", dataset, "--pipeline", "p", "--pipelines-dir", self.folder / machine, "--retries", "0"]
        self.started.append(subprocess.Popen([*map(str, words), *options], stdin=subprocess.PIPE if source == "-" else None, stdout=subprocess.DEVNULL,
                                             stderr=subprocess.PIPE, text=True, env=self.env))
        return self.started[-1]

    def run(self, *words):
        done = subprocess.run([SLUICE, *map(str, words)], env=self.env, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def first(self, dataset="locked"):
        """A load that holds the lock until its input ends; it does when it reads."""
        one = self.start("one", "--progress", "json", dataset=dataset)
        one.stdin.write('{"a": 1}\n')
        one.stdin.flush()
        line, seen = ".", []
        while line and '"extract"' not in line:
            line = one.stderr.readline()
            seen.append(line)
        assert line, "".join(seen)[-500:]
        return one


@pytest.fixture(scope="module")
def postgres():
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["postgres", "mariadb", "odbc"])
def place(request, tmp_path):
    env = {}
    if request.param == "mariadb":
        server = servers_mysql.server()
        url = server.url("")
    else:
        server = request.getfixturevalue("postgres")
        url = server.url("postgres")
    if request.param == "odbc":
        url, env = odbc.postgres(server, "postgres"), odbc.Odbc(tmp_path).env
    (tmp_path / "a.jsonl").write_text('{"a": 2}\n')
    holder = HOLDERS["mariadb" if request.param == "mariadb" else "postgres"]
    made = Place(tmp_path, url, holder, env)
    yield made
    for one in made.started:
        one.kill()
        one.communicate()


def test_one_machine_at_a_time(place):
    first = place.first()
    refused = place.start("two", "--lock-wait", "0", source=place.folder / "a.jsonl")
    _, err = refused.communicate(timeout=30)
    assert refused.returncode == 1 and "pipeline p is being loaded into dataset locked by another machine or process: " in err, err
    assert re.search(place.holder.replace("{pid}", str(first.pid)), err), err
    other = place.start("two", "--lock-wait", "0", source=place.folder / "a.jsonl", dataset="other")
    waiting = place.start("three", "--lock-wait", "60", source=place.folder / "a.jsonl")
    _, err = other.communicate(timeout=30)
    assert other.returncode == 0, err
    assert waiting.poll() is None
    first.communicate(timeout=30)
    assert first.returncode == 0
    _, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, err


def test_the_lock_of_a_killed_load_is_gone(place):
    first = place.first()
    first.kill()
    first.communicate()
    after = place.start("two", "--lock-wait", "20", source=place.folder / "a.jsonl")
    _, err = after.communicate(timeout=30)
    assert after.returncode == 0, err


def test_undo_and_drop_wait_for_nobody(place):
    """Refused while another machine loads, with and without the pipeline's name; done when it has ended."""
    assert place.start("two", source=place.folder / "a.jsonl", dataset="undone").wait(timeout=30) == 0
    first = place.first("undone")
    undo = ("undo", place.url, "--dataset", "undone")
    drop = ("pipeline", "p", "drop", "--yes", "--destination", place.url, "--dataset", "undone", "--pipelines-dir", place.folder / "two")
    for words in (undo, (*undo, "--pipeline", "p", "--pipelines-dir", place.folder / "two"), drop):
        code, said = place.run(*words)
        assert code == 1 and "pipeline p is being loaded into dataset undone by another machine or process: " in said, said
        assert re.search(place.holder.replace("{pid}", str(first.pid)), said) and "Nothing was changed" in said, said
    first.communicate(timeout=30)
    assert first.returncode == 0
    for words, expected in ((undo, "Undid load"), (drop, "Dropped table undone.t")):
        code, said = place.run(*words)
        assert code == 0 and expected in said, said
