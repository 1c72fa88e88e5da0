"""A load that is asked to stop stops wherever it waits."""
import signal
import sqlite3
import subprocess
import time

import pytest
from support import SLUICE, Work

# Takes minutes: SQLite counts 10^12 rows.
ENDLESS = "select count(*) as n from numbers a, numbers b, numbers c where a.i + b.i + c.i >= 0"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("options", [["--query", ENDLESS], ["--query", ENDLESS, "--cursor", "n"]])
def test_a_query_that_waits_is_stopped(tmp_path, how, options):
    work = Work(tmp_path)
    with sqlite3.connect(tmp_path / "a.sqlite") as connection:
        connection.execute("create table numbers (i integer)")
        connection.executemany("insert into numbers values (?)", [(i,) for i in range(10000)])
    load = subprocess.Popen([SLUICE, "load", "sqlite:a.sqlite", f"duckdb:{work.database}", "--as", "n", "--pipelines-dir",
                             tmp_path / "pipelines", *options], cwd=tmp_path, stderr=subprocess.PIPE)
    time.sleep(1.0)
    assert load.poll() is None, "the query should still be counting"
    load.send_signal(how)
    _, err = load.communicate(timeout=20)
    assert load.returncode == 1 and b"stopped" in err
