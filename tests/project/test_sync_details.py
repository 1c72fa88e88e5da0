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


def test_files_of_a_dry_run(project):
    project.write("data/uploads/a.csv", "id,v\n1,a\n")
    project.sources(ORDERS)
    project.sync()
    assert "It would take about" in project.sync("--dry-run").out
