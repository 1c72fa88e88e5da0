"""Who finds a pipeline or a file taken waits for it, and is told by whom; a lock of a dead process is none."""
import os
import signal
import subprocess
import time

import duckdb
import pytest

from support import SLUICE

LINE = '{"id": 1}\n'


def endless(work, *more):
    """A load that holds its pipeline and its database until it is killed."""
    words = [SLUICE, "load", "-", f"duckdb:{work.database}", "--dataset", "ds", "--as", "items", "--pipelines-dir", str(work.folder / "pipelines"), *more]
    load = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=work.folder)
    lock = work.folder / "pipelines" / "items" / "sluice.lock"
    while not (lock.exists() and str(load.pid) in lock.read_text()):
        assert load.poll() is None
        time.sleep(0.01)
    return load


def test_a_pipeline_that_is_taken(work):
    path = work.write("a.jsonl", LINE)
    holder = endless(work)
    try:
        done = work.load(path, "--lock-wait", "0", expect=1)
        assert f"is being loaded by process {holder.pid} on " in done.err and " since 20" in done.err
    finally:
        holder.kill()
        holder.communicate()
    work.load(path, "--lock-wait", "0")  # the lock ended with its holder
    assert work.rows("select id from ds.items") == [(1,)]


def test_a_file_that_is_taken_is_waited_for(work):
    path = work.write("a.jsonl", LINE)
    with duckdb.connect(str(work.database)):
        words = [SLUICE, "load", str(path), f"duckdb:{work.database}", "--dataset", "ds", "--pipelines-dir", str(work.folder / "pipelines")]
        load = subprocess.Popen(words, stderr=subprocess.PIPE)
        time.sleep(0.3)
        assert load.poll() is None
    assert load.wait(timeout=20) == 0, load.stderr.read()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_who_waits_can_be_stopped(work, how):
    path = work.write("a.jsonl", LINE)
    holder = endless(work)
    try:
        words = [SLUICE, "load", str(path), f"duckdb:{work.database}", "--dataset", "ds", "--as", "items", "--pipelines-dir", str(work.folder / "pipelines")]
        load = subprocess.Popen(words, stderr=subprocess.PIPE)
        time.sleep(0.3)
        load.send_signal(how)
        _, err = load.communicate(timeout=10)
        assert load.returncode == 1 and b"stopped while it waited" in err
    finally:
        holder.kill()
        holder.communicate()
    assert os.path.exists(path)
