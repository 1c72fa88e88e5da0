"""What `sluice sync` asks, notices and estimates, as Dango documents it."""
import json

from test_sync import INCREMENTAL, ORDERS, SHOP, fill


def test_the_first_sync_asks(project):
    fill(project, 10)
    project.sources(SHOP)
    out = project.ask("sync", answers=["n"], expect=1)
    assert "? This will sync 1 source(s). Continue? [Yes]: " in out and "Nothing was done." in out
    assert not project.database.exists()
    assert "success" in project.ask("sync", answers=[""])
    assert "Continue?" not in project.ask("sync", answers=[])  # the warehouse is there
    out = project.ask("sync", "--full-refresh", answers=[""], expect=1)
    assert "? Full refresh will reload all data. Continue? [No]: " in out
    assert "Continue?" not in project.ask("sync", "--full-refresh", "--yes", answers=[])


def test_row_counts_that_jump_are_noticed(project):
    fill(project, 1000)
    project.sources(SHOP)
    assert "anomaly" not in project.report()["shop"]
    project.sqlite("shop.db", "DELETE FROM orders WHERE id > 600")
    assert "anomaly" not in project.report()["shop"]
    project.sqlite("shop.db", "DELETE FROM orders WHERE id > 100")
    done = project.sync()
    assert "warning: shop: Total row count dropped >50%: 100 vs previous 600" in done.err
    project.sqlite("shop.db", "INSERT INTO orders SELECT id + 1000 * n, total, updated_at FROM orders, "
                              "(SELECT 1 n UNION SELECT 2 UNION SELECT 3)")
    assert project.report()["shop"]["anomaly"] == "Total row count spiked >300%: 400 vs previous 100"
    project.sqlite("shop.db", "DELETE FROM orders")
    result = project.report("--allow-empty-replace")["shop"]
    assert result["anomaly"] == "Zero rows in database (previous total: 400)" and result["status"] == "success"
    assert project.history("shop")[-1]["total_row_count"] == 0


def test_a_gap_before_all_syncs_is_noticed(project):
    fill(project, 2000)
    project.sources(INCREMENTAL)
    assert "Gap fill" not in project.sync("--since", "2024-01-02").out
    assert "Gap fill" not in project.sync("--since", "2024-01-02").out
    out = project.sync("--since", "2024-01-01").out
    assert "shop: Gap fill: loading data from 2024-01-01 (earliest previous sync: 2024-01-02)" in out
    assert project.warehouse("SELECT count(*) FROM raw_shop.orders") == [(2000,)]


def test_a_dry_run_tells_the_time(project):
    fill(project, 1000)
    project.sources(SHOP)
    assert "It would take" not in project.sync("--dry-run").out
    project.sync()
    entry = project.history("shop")[-1]
    entry["duration_seconds"] = 8.0
    project.write(".dango/history/shop.json", json.dumps([entry]))
    fill_more = "INSERT INTO orders SELECT id + 1000, total, updated_at FROM orders"
    project.sqlite("shop.db", fill_more)
    assert "It would take about 16.0 s, at the rate of the last syncs." in project.sync("--dry-run").out
    assert abs(json.loads(project.sync("--dry-run", "--json").out)["seconds"] - 16) < 0.1
    assert "It would take" not in project.run("plan", "sqlite:shop.db", "duckdb:x.duckdb").out


READ = {"postgres", "mongodb", "mysql", "sqlite", "mssql", "odbc", "sql_database", "csv", "local_files", "filesystem", "dlt_native"}


def test_no_source_doubles_its_rows(project):  # D11: Dango appends duplicates at each sync of some sources
    types = [line.split(maxsplit=1) for line in project.run("source", "types").out.splitlines()]
    assert {name for name, rest in types if "(not in this build)" not in rest} == READ
    fill(project, 100)
    project.write("data/uploads/a.csv", "id,v\n" + "".join(f"{i},x\n" for i in range(100)))
    project.write("data/json/a.jsonl", "".join('{"id": %d}\n' % i for i in range(100)))
    project.write(".env", "SQL=sqlite:///shop.db\n")
    project.sources(SHOP.replace("shop\n", "s1\n", 1) + INCREMENTAL.replace("shop\n", "s2\n", 1) + ORDERS
                    + "- {name: j, type: local_files, local_files: {directory: data/json, file_pattern: '*.jsonl'}}\n"
                    "- {name: f, type: filesystem, generic_config: {bucket_url: data/json, file_glob: '*.jsonl'}}\n"
                    "- {name: q, type: sql_database, generic_config: {credentials_env: SQL}}\n"
                    "- {name: n, type: dlt_native, dlt_native: {source_module: sql_database, function_kwargs: "
                    "{credentials: 'sqlite:///shop.db', write_disposition: append, incremental: {cursor_column: updated_at}}}}\n")
    for _ in range(2):  # servers: test_seed_000.py
        assert {name: s["rows_in_tables"] for name, s in project.report().items()} == dict.fromkeys(
            ["s1", "s2", "orders", "j", "f", "q", "n"], 100)
    project.sources("- {name: ga, type: google_analytics}\n- {name: m, type: matomo}\n")
    for result in project.report(expect=1).values():  # what is not read says so, and loads nothing twice
        assert "cannot read sources of type" in result["error"] and result["rows"] == 0


def test_files_of_a_dry_run(project):
    project.write("data/uploads/a.csv", "id,v\n1,a\n")
    project.sources(ORDERS)
    project.sync()
    assert "It would take about" in project.sync("--dry-run").out
