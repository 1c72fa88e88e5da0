"""Passwords are in no message and no file, the working folder is its user's alone, and TLS trusts nobody it does not know."""
import json
import os
import stat
import sys
import urllib.parse
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
import servers_mysql  # noqa: E402
from servers_http import make_certificate, serving  # noqa: E402
from servers_postgres import postgres_server  # noqa: E402
from support import Work  # noqa: E402

# Each part can be looked for alone: what follows a special character is as secret as what stands before it.
PARTS = ["geheim%d" % i for i in range(17)]
SPECIAL = "/@:?# &;'\"=%{},)\\"
RAW = "".join(a + b for a, b in zip(PARTS, SPECIAL)) + "end"
WRITTEN = {"escaped": urllib.parse.quote(RAW, safe=""), "raw": RAW}


class Secrets(Work):
    """Every run is looked at, and so are the files that are left."""

    def run(self, *words, expect=None, **kw):
        words = [*words, *(["--pipelines-dir", self.folder / "pipelines"] if words[0] in ("load", "plan") else [])]
        try:
            done = super().run(*words, expect=expect, **kw) if expect is not None else self.any(*words)
        finally:
            for file in self.folder.rglob("*"):
                if file.is_file():
                    assert b"geheim" not in file.read_bytes(), file
        assert "geheim" not in (done.out + done.err).lower(), done.out + done.err
        return done

    def any(self, *words):
        for code in (1, 2, 0):
            try:
                return super().run(*words, expect=code)
            except AssertionError as wrong:
                last = wrong
        raise last

    def all_commands(self, url, *options):
        source = self.write("items.jsonl", '{"a": 1}\n')
        for words in (("load", source, url, "--json", "--retries", "0", "-v"), ("load", url, f"duckdb:{self.database}", "--as", "items", "--json", "--retries", "0"),
                      ("load", url, f"duckdb:{self.database}", "--no-such-option"), ("plan", source, url), ("inspect", url), ("query", url, "select 1")):
            yield self.run(*words, *options)


@pytest.fixture
def work(tmp_path):
    return Secrets(tmp_path)


PLACES = ["postgres://joe:{}@127.0.0.1:1/db", "mysql://joe:{}@127.0.0.1:1/db", "mongodb://joe:{}@127.0.0.1:1/db?serverSelectionTimeoutMS=200", "firebird://joe:{}@127.0.0.1:1/db",
          "http://joe:{}@127.0.0.1:1/in", "nosuch://joe:{}@host/db", "nosuch://host/db?password={}", "postgres:host=127.0.0.1 port=1 user=joe password={}",
          "odbc:Driver=none;Server=127.0.0.1,1;UID=joe;PWD={}"]


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("place", PLACES, ids=lambda p: p.split("{")[0].replace("/", ""))
def test_places_that_cannot_be_reached(work, place, written):
    if place.startswith("http:"):
        work.run("load", work.write("items.jsonl", '{"a": 1}\n'), place.format(WRITTEN[written]), "--sink-retries", "0", "--sink-give-up", "--json", "--retries", "0")
        return
    assert any([done.returncode for done in work.all_commands(place.format(WRITTEN[written]))])


@pytest.fixture(scope="module")
def postgres():
    with postgres_server() as server:
        server.sql("CREATE ROLE joe LOGIN PASSWORD '{}'; CREATE DATABASE shop OWNER joe".format(RAW.replace("'", "''")))
        server.sql("CREATE TABLE items AS SELECT 1 AS a; GRANT SELECT ON items TO joe", "shop")
        yield server


def test_postgres(work, postgres):
    good = postgres.url("shop", "joe", WRITTEN["escaped"])
    for url in (good + "x", good + "?sslmode=require", good + "?nonsense=1", postgres.url("shop", "joe", WRITTEN["escaped"] + "x"), postgres.url("shop", "joe", RAW)):
        assert any([done.returncode for done in work.all_commands(url)])
    work.run("load", good, f"duckdb:{work.database}", "--table", "items", "--json", expect=0)
    work.run("load", good, good, "--table", "items", "--dataset", "copied", "--json", "-v", expect=0)
    work.run("load", work.write("items.jsonl", '{"a": 1}\n{"a": "x"}\n'), good, "--columns", "a:nonsense", expect=2)
    for name in os.listdir(work.folder / "pipelines"):
        work.run("pipeline", name, "trace", "--json", "--pipelines-dir", work.folder / "pipelines", expect=0)


def test_mariadb(work):
    server = servers_mysql.server()
    server.new_database("shop")
    sql = RAW.replace("\\", "\\\\").replace("'", "\\'")
    server.sql(f"CREATE TABLE items AS SELECT 1 AS a; CREATE OR REPLACE USER joe@'127.0.0.1' IDENTIFIED BY '{sql}'; GRANT ALL ON *.* TO joe@'127.0.0.1'", "shop")
    good = server.url("shop", "joe", WRITTEN["escaped"])
    for url in (server.url("shop", "joe", WRITTEN["escaped"] + "x"), server.url("shop", "joe", RAW), good + "?nonsense=1"):
        assert any([done.returncode for done in work.all_commands(url)])
    work.run("load", good, good, "--table", "items", "--dataset", "copied", "--json", "-v", expect=0)


def test_the_working_folder_is_private(work):
    """Others may not read what was loaded, in whatever state it is left."""
    os.umask(0o022)
    work.run("load", work.write("items.jsonl", '{"a": 1}\n'), f"duckdb:{work.database}", expect=0)
    work.run("load", work.write("sent.jsonl", '{"a": 1}\n'), "http://127.0.0.1:1/in", "--sink-retries", "0", "--retries", "0", expect=1)
    pipelines = [work.folder / "pipelines" / name for name in ("items", "sent")]
    assert [stat.S_IMODE(p.stat().st_mode) for p in pipelines] == [0o700, 0o700]
    for file in (f for p in pipelines for f in p.rglob("*")):
        mode = stat.S_IMODE(file.stat().st_mode)
        assert not file.is_file() or mode == 0o600, f"{file}: {mode:o}"


@pytest.mark.parametrize("place, environment", [
    ("s3://bucket/p", {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": PARTS[0], "AWS_REGION": "us-east-1"}),
    ("az://container/p", {"AZURE_STORAGE_ACCOUNT_NAME": "a", "AZURE_STORAGE_ACCOUNT_KEY": "Z2VoZWlt"})], ids=["s3", "azure"])
def test_stores_with_a_certificate_that_nobody_signed(work, tmp_path, place, environment):
    folder = tmp_path / "certificates"
    folder.mkdir()
    certificate = make_certificate(folder)
    source = work.write("items.jsonl", json.dumps({"a": 1}) + "\n")
    with serving(certificate) as (receiver, url):
        words = ("load", source, place, "--endpoint-url", url, "--retries", "0")
        done = work.run(*words, expect=1, env=environment)
        assert "certificate" in done.err and "--ca-file" in done.err and receiver.requests == [], done.err
        done = work.run(*words, "--ca-file", folder / "cert.pem", expect=1, env=environment)
        assert "certificate" not in done.err, done.err  # it is trusted now; the service is no store
