"""`sluice sync` with sources that need no server: what is loaded, counted, kept, and refused."""
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import duckdb
from support import SLUICE

SHOP = """- name: shop
  type: sqlite
  generic_config:
    path: shop.db
"""
INCREMENTAL = SHOP + "    incremental: {cursor_column: updated_at}\n"
ORDERS = """- name: orders
  type: csv
  csv:
    directory: data/uploads
"""


def fill(project, n=1000, name="shop.db"):
    project.sqlite(name, "CREATE TABLE orders (id INTEGER PRIMARY KEY, total NUMERIC, updated_at TIMESTAMP)",
                   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
                   "INSERT INTO orders SELECT i, i / 4.0, datetime('2024-01-01', i || ' minutes') FROM n" % n)


def test_a_full_load_replaces(project):  # D1, D11: Dango appends, and has every row twice
    fill(project)
    project.sources(SHOP)
    for _ in range(2):
        result = project.report()["shop"]
        assert (result["status"], result["rows"], result["rows_in_tables"]) == ("success", 1000, 1000)
    assert project.warehouse("SELECT count(*), count(DISTINCT id) FROM raw_shop.orders") == [(1000, 1000)]
    project.sqlite("shop.db", "DELETE FROM orders WHERE id > 10")
    assert project.report()["shop"]["rows_in_tables"] == 10


def test_the_history_is_a_table(project):
    fill(project, 3)
    project.sources(SHOP + SHOP.replace("shop", "gone"))
    project.sync(expect=3)
    documented = (Path(__file__).parents[2] / "docs/project.md").read_text()
    sql = documented.split("## Runs as a table")[1].split('warehouse.duckdb "')[1].split('"')[0]
    rows = json.loads(project.run("query", project.database, sql, "--format", "json").out)
    assert sorted((row["source"], row["status"], row["rows_processed"]) for row in rows) == [("gone", "failed", 0), ("shop", "success", 3)]


def test_incremental_without_python(project):  # D2: Dango fails with an unexpected keyword argument
    fill(project)
    project.sources("""- name: shop
  type: dlt_native
  dlt_native:
    source_module: sql_database
    source_function: sql_database
    function_kwargs:
      table_names:
      - orders
      chunk_size: 100000
      backend: "pyarrow"
      incremental:
        cursor_column: "updated_at"
        initial_value: "2024-01-01"
""")
    project.write(".dlt/secrets.toml", '[sources.sql_database]\ncredentials = "sqlite:///shop.db"\n')
    assert project.report()["shop"]["rows"] == 1000
    project.sqlite("shop.db", "UPDATE orders SET total = 7, updated_at = '2025-01-01' WHERE id = 3",
                   "INSERT INTO orders VALUES (1001, 1, '2025-01-02')")
    result = project.report()["shop"]  # D5: rows moved, and rows in the table
    assert (result["rows"], result["rows_in_tables"]) == (2, 1001)
    assert project.warehouse("SELECT total FROM raw_shop.orders WHERE id = 3") == [(7,)]
    entry = project.history("shop")[-1]
    assert (entry["status"], entry["rows_processed"], entry["total_row_count"]) == ("success", 2, 1001)


def test_lookback_days_are_read_again(project):  # D4: Dango ignores lookback_days
    fill(project)
    project.sources(INCREMENTAL + "  lookback_days: 30\n")
    project.report()
    project.sqlite("shop.db", "UPDATE orders SET total = 99 WHERE id = 5")  # the cursor did not move
    assert project.report()["shop"]["rows"] == 1000
    assert project.warehouse("SELECT total FROM raw_shop.orders WHERE id = 5") == [(99,)]


def test_settings_of_single_tables(project):  # D10: no WHERE, no columns, no keys, no types for one table
    fill(project)
    project.sqlite("shop.db", "CREATE TABLE items (sku TEXT, price NUMERIC)", "INSERT INTO items VALUES ('a', 1.5)")
    project.sources(SHOP + """    tables:
      orders:
        where: id <= 10
        included_columns: [id, total]
        columns: total:decimal
""")
    result = project.report()["shop"]
    assert result["rows"] == 11
    assert project.warehouse("SELECT typeof(total) FROM raw_shop.orders LIMIT 1")[0][0].startswith("DECIMAL")
    columns = project.warehouse("SELECT column_name FROM information_schema.columns WHERE table_name = 'orders'")
    assert ("updated_at",) not in columns


def test_another_destination(project):  # D10: Dango has one DuckDB file and nothing else
    fill(project)
    project.write(".dango/project.yml", "project: {name: shop}\nplatform: {destination: 'sqlite:out.sqlite'}\n")
    project.sources(SHOP)
    assert project.report()["shop"]["rows"] == 1000


def test_windows(project):
    fill(project)
    project.sources(INCREMENTAL)
    assert project.report("--since", "2024-01-01 10:00:00", "--until", "2024-01-01 11:00:00")["shop"]["rows"] == 60
    assert project.report("--limit", "10", "--full-refresh")["shop"]["rows_in_tables"] == 10
    assert project.report("--full-refresh")["shop"]["rows_in_tables"] == 1000
    assert project.report("--backfill", "1d")["shop"]["rows"] == 0
    err = project.sync("--backfill", "1x", expect=2).err
    assert "7d, 2w, 1m" in err
    assert "give one of them" in project.sync("--backfill", "1d", "--since", "2024-01-01", expect=2).err
    project.sources(SHOP)
    assert "--since, --until and --backfill need incremental" in project.sync("--since", "2024-01-01", expect=2).err


def test_nothing_is_emptied_unless_allowed(project):
    fill(project, 5)
    project.sources(SHOP)
    project.report()
    project.sqlite("shop.db", "DELETE FROM orders")
    assert project.report(expect=1)["shop"]["status"] == "failed"
    assert project.warehouse("SELECT count(*) FROM raw_shop.orders") == [(5,)]
    assert project.report("--allow-empty-replace")["shop"]["rows_in_tables"] == 0
    fill(project, 5, "other.db")
    project.sources(SHOP.replace("shop.db", "other.db") + "  empty_sync_policy: allow\n")
    project.report()
    project.sqlite("other.db", "DELETE FROM orders")
    assert project.report()["shop"]["rows_in_tables"] == 0


def test_several_at_once_and_partial_success(project):  # D8: one after another
    names = [f"s{i}" for i in range(6)]
    for name in names:
        fill(project, 3000, f"{name}.db")
    text = "".join(SHOP.replace("shop", name) for name in names)
    project.sources(text)
    assert {s["rows_in_tables"] for s in project.report().values()} == {3000}
    (project.folder / "s3.db").unlink()
    result = project.report(expect=3)
    assert [n for n in names if result[n]["status"] == "failed"] == ["s3"]
    assert "s3.db" in result["s3"]["error"]  # D12: the cause, not a guess from words in it
    assert project.warehouse("SELECT count(*) FROM raw_s3.orders") == [(3000,)]


def test_files_are_tracked(project):
    project.write("data/uploads/a.csv", "id,v\n1,a\n2,b\n")
    project.sources(ORDERS)
    assert "1 new" in project.sync().out
    assert project.report()["orders"]["rows"] == 0
    project.write("data/uploads/b.csv", "id,v\n3,c\n")
    result = project.report()["orders"]
    assert (result["rows"], result["rows_in_tables"]) == (1, 3)
    time.sleep(0.01)
    project.write("data/uploads/a.csv", "id,v\n1,changed\n")
    assert "1 updated, 1 unchanged" in project.sync().out
    assert project.warehouse("SELECT id, v FROM raw_orders.orders ORDER BY id") == [(1, "changed"), (3, "c")]
    (project.folder / "data/uploads/b.csv").unlink()
    assert "1 deleted" in project.sync().out
    assert project.warehouse("SELECT id FROM raw_orders.orders") == [(1,)]


def test_dry_run_shows_and_touches_nothing(project):  # D3: names only, and a crash for csv
    project.write("data/uploads/a.csv", "id,v\n1,a\n2,b\n")
    project.sources(ORDERS)
    out = project.sync("--dry-run").out
    assert "2 rows" in out and "CREATE TABLE" in out and "replace" in out
    assert not project.database.exists()


def test_state_is_of_the_project(project, tmp_path):  # D9: ~/.dlt/pipelines/<source> is shared by all projects
    fill(project)
    project.sources(INCREMENTAL)
    project.report(env={"HOME": str(tmp_path)})
    assert not (tmp_path / ".dlt").exists()
    assert (project.folder / ".dango/state/pipelines/shop/state.json").exists()
    assert (project.folder / ".dango/state/.gitignore").read_text() == "*\n"


def test_a_killed_sync_is_shown_as_such(project):
    fill(project, 300000)
    project.sources(SHOP)
    process = subprocess.Popen([SLUICE, "sync", "-q"], cwd=project.folder)
    marker = project.folder / ".dango/state/running/shop.json"
    while not marker.exists() or not marker.read_text():
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert "interrupted" in project.run("status").out
    assert project.history("shop")[-1]["status"] == "interrupted"
    assert project.report()["shop"]["rows_in_tables"] == 300000


def test_two_syncs_at_once(project):
    fill(project, 1000)
    project.sources(SHOP)
    state = project.folder / ".dango/state"
    state.mkdir()
    import fcntl
    with open(state / "sync.lock", "w+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711\n")
        lock.flush()
        err = project.sync("--wait", "0", expect=1).err
        assert "queued: another sync runs (process 4711)" in err and "still running (process 4711)" in err
    first = subprocess.Popen([SLUICE, "sync", "-q"], cwd=project.folder)
    assert project.report()["shop"]["status"] == "success"
    assert first.wait() == 0


def test_the_warehouse_is_open_elsewhere(project):
    fill(project)
    project.sources(SHOP)
    project.report()
    program = ("import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()")
    import sys
    other = subprocess.Popen([sys.executable, "-c", program, str(project.database)], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    other.stdout.readline()
    err = project.sync(expect=1).err
    assert f"PID {other.pid}" in err and "close it there" in err
    other.communicate()


def test_secrets_in_git_are_refused(project):
    fill(project)
    project.sources(SHOP)
    project.write(".env", "A=1\n")
    git = ["git", "-C", str(project.folder), "-c", "user.name=t", "-c", "user.email=t@t"]
    subprocess.run([*git, "init", "-q"], check=True)
    project.report()
    subprocess.run([*git, "add", "-f", ".env"], check=True)
    err = project.sync(expect=2).err
    assert ".env holds secrets and is tracked by git: run `git rm --cached .env`" in err


def test_a_missing_variable_says_who_needs_it(project):
    project.sources("- name: pg\n  type: postgres\n  generic_config:\n    credentials_env: PG_URL\n")
    err = project.sync(expect=2).err
    assert "source pg needs the variable PG_URL" in err and ".env" in err and "sources.yml:6:22" in err


def test_drift_is_seen_at_the_source(project):
    fill(project)
    project.sources(SHOP)
    project.report()
    project.sqlite("shop.db", "ALTER TABLE orders ADD COLUMN note TEXT")
    assert project.report()["shop"]["drift"] == "orders.note: column added\n"
    assert project.run("drift").out.strip() == "No source has changed since it was accepted."
    project.sqlite("shop.db", "ALTER TABLE orders DROP COLUMN total")
    assert project.report()["shop"]["drift"] == "orders.total: column removed\n"
    assert "orders.total: column removed" in project.run("drift").out
    project.run("accept", "shop")
    assert project.report()["shop"]["drift"] == ""


def test_a_thousand_rows_take_no_time(project):  # D6: 24 s; CPU time, for other tests run beside this one
    project.write("data/uploads/a.csv", "id,v\n" + "".join(f"{i},v{i}\n" for i in range(1000)))
    project.sources(ORDERS)
    before = os.times()
    project.sync()
    after = os.times()
    if not os.environ.get("SLUICE_SANITIZED"):
        assert after.children_user + after.children_system - before.children_user - before.children_system < 0.4
    with duckdb.connect(str(project.database), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM raw_orders.orders").fetchall() == [(1000,)]
