"""A load whose connection breaks is run again by itself, and its rows are there once; what cannot pass by itself fails at once."""
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import servers_mysql
from breaking import Breaker
from servers_postgres import postgres_server

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from support import SLUICE, Work  # noqa: E402

ROWS = 20000


@pytest.fixture(scope="module")
def postgres():
    with postgres_server(log_statement="none") as server:
        server.sql("create database shop")
        server.sql("create database target")
        server.sql(f"create table items as select i as id, repeat(md5(i::text), 4) as name from generate_series(1, {ROWS}) i", "shop")
        yield server


def load(folder, source, destination, *options):
    words = [SLUICE, "load", source, destination, "--dataset", "ds", "--pipelines-dir", folder / "p", "--json", "--retry-max-wait", "1", *options]
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("part", [0.2, 0.5, 0.8])
def test_a_source_that_is_lost(tmp_path, postgres, part):
    work = Work(tmp_path)
    with Breaker(postgres.port) as whole:
        assert load(tmp_path, postgres.url("shop", port=whole.port), f"duckdb:{tmp_path}/first.duckdb", "--write-disposition", "append").returncode == 0
    with Breaker(postgres.port, int(whole.passed * part)) as line:
        done = load(tmp_path / "again", postgres.url("shop", port=line.port), f"duckdb:{work.database}", "--write-disposition", "append")
    assert done.returncode == 0, done.stderr
    assert work.rows("select count(*), count(distinct id), min(id), max(id) from ds.items") == [(ROWS, ROWS, 1, ROWS)]


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
def test_a_destination_that_is_lost(tmp_path, postgres, kind):
    work = Work(tmp_path)
    source = work.write("items.jsonl", "".join(json.dumps({"id": i, "name": "x" * 100}) + "\n" for i in range(ROWS)))
    server = postgres if kind == "postgres" else servers_mysql.server()
    url = (lambda port: postgres.url("target", port=port)) if kind == "postgres" else (lambda port: f"mysql://root@127.0.0.1:{port}/")
    with Breaker(server.port, 1_000_000, both=True) as line:
        done = load(tmp_path, source, url(line.port))
        assert line.done
    assert done.returncode == 0, done.stderr
    assert any("attempt 1 failed, tried again after" in note for note in json.loads(done.stdout)["notes"])
    query = "select count(*), count(distinct id) from ds.items"
    rows = postgres.rows(query, "target") if kind == "postgres" else server.sql(query)
    assert [tuple(map(int, row)) for row in rows] == [(ROWS, ROWS)]


def test_it_ends_after_so_many(tmp_path, postgres):
    work = Work(tmp_path)
    source = work.write("items.jsonl", "".join(json.dumps({"id": i, "name": "x" * 100}) + "\n" for i in range(ROWS)))
    lines = []

    class Worse(Breaker):
        """Every connection that sends rows breaks."""
        def _allowed(self, size):
            size, here = super()._allowed(size)
            if here:
                lines.append(1)
                self.done, self.passed = False, 0
            return size, here

    with Worse(postgres.port, 1_000_000, both=True) as line:
        done = load(tmp_path, source, postgres.url("target", port=line.port), "--retries", "2", "--dataset", "never")
    assert done.returncode == 1 and len(lines) == 3, done.stderr
    failed = subprocess.run([SLUICE, "pipeline", "items", "failed-jobs", "--pipelines-dir", tmp_path / "p"], capture_output=True, text=True).stdout
    assert "items" in failed and "lost" in failed


def test_what_cannot_pass_by_itself_fails_at_once(tmp_path, postgres):
    begun = time.monotonic()
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 1}\n')
    for url in (postgres.url("nowhere"), postgres.url("target", password="wrong"), postgres.url("target", port=1)):
        assert load(tmp_path, path, url, "--retry-max-wait", "60").returncode == 1
    assert time.monotonic() - begun < 5


def test_a_pause_can_be_stopped(tmp_path, postgres):
    work = Work(tmp_path)
    source = work.write("items.jsonl", "".join(json.dumps({"id": i, "name": "x" * 100}) + "\n" for i in range(ROWS)))
    with Breaker(postgres.port, 1_000_000, both=True) as line:
        words = [SLUICE, "load", source, postgres.url("target", port=line.port), "--dataset", "paused", "--pipelines-dir", tmp_path / "p"]
        running = subprocess.Popen([str(w) for w in words], stderr=subprocess.PIPE, text=True)
        while not line.done:
            time.sleep(0.01)
        threading.Timer(0.2, running.send_signal, [signal.SIGTERM]).start()
        _, err = running.communicate(timeout=20)
    assert running.returncode == 1 and "lost" in err, err
