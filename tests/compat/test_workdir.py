"""The working folder is one: what sluice wrote there dlt opens, continues and restores, and the reverse."""
import json
import os
import subprocess
import time
from pathlib import Path

import dlt
import duckdb
import pytest
import yaml
from dlt.common.schema import Schema
from dlt.common.schema.utils import verify_schema_hash

REPO = Path(__file__).resolve().parents[2]
SLUICE = os.environ.get("SLUICE_BIN", str(REPO / "build" / "sluice"))
ROWS = [{"id": 1, "items": [{"a": 1}], "at": "2024-01-01T00:00:00Z"}, {"id": 2, "name": "two"}]


class Shop:
    """A pipeline `shop` with dataset `shop_data`, loaded by either side."""

    def __init__(self, folder):
        self.folder, self.pipelines, self.database = folder, folder / "pipelines", folder / "shop.duckdb"

    def sluice(self, rows=ROWS, *options, expect=0, table="orders"):
        source = self.folder / f"{table}.jsonl"
        source.write_text(rows if isinstance(rows, str) else "".join(json.dumps(r) + "\n" for r in rows))
        done = subprocess.run(
            [SLUICE, "load", str(source), f"duckdb:{self.database}", "--pipeline", "shop", "--dataset", "shop_data",
             "--pipelines-dir", str(self.pipelines), *options], capture_output=True, text=True, timeout=60)
        assert done.returncode == expect, done.stderr
        return done

    def dlt(self, pipelines=None):
        return dlt.pipeline("shop", pipelines_dir=str(pipelines or self.pipelines), dataset_name="shop_data",
                            destination=dlt.destinations.duckdb(str(self.database)))

    def query(self, sql):
        with duckdb.connect(str(self.database)) as connection:
            return connection.execute(sql).fetchall()

    def stored(self):
        return json.loads((self.pipelines / "shop/schemas/shop.schema.json").read_text())


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


def test_dlt_attaches_to_our_folder(shop):
    shop.sluice()
    pipeline = dlt.attach("shop", pipelines_dir=str(shop.pipelines))
    assert pipeline.dataset_name == "shop_data"
    assert pipeline.default_schema_name == "shop"
    assert pipeline.state["destination_type"] == "dlt.destinations.duckdb"
    assert not pipeline.first_run and not pipeline.has_pending_data
    assert set(pipeline.default_schema.data_table_names()) == {"orders", "orders__items"}


def test_the_stored_schema_is_dlts_own(shop):
    shop.sluice()
    stored = shop.stored()
    assert verify_schema_hash(stored)
    ours, hash_before = stored["tables"], stored["version_hash"]
    again = Schema.from_dict(stored).to_dict()
    assert again["version_hash"] == hash_before and again["tables"] == ours
    [(text,)] = shop.query("select schema from shop_data._dlt_version where schema_name = 'shop'")
    assert Schema.from_dict(json.loads(text)).version_hash == hash_before


def test_dlt_lists_our_packages(shop):
    shop.sluice()
    pipeline = dlt.attach("shop", pipelines_dir=str(shop.pipelines))
    [load_id] = pipeline.list_completed_load_packages()
    assert [(load_id,)] == shop.query("select load_id from shop_data._dlt_loads")
    info = pipeline.get_load_package_info(load_id)
    assert info.state == "loaded" and info.schema_name == "shop" and info.schema_hash == shop.stored()["version_hash"]
    assert {j.job_file_info.table_name for j in info.jobs["completed_jobs"]} >= {"orders", "orders__items"}
    assert not any(info.jobs[state] for state in ("new_jobs", "started_jobs", "failed_jobs"))
    assert {"orders", "orders__items"} <= set(info.schema_update)
    assert list(info.schema_update["orders"]["columns"])[0] == "id"
    assert "loaded" in info.asstr(verbosity=1).lower()
    assert info.asdict()["tables"]
    assert pipeline.get_load_package_state(load_id)["_state_engine_version"] == 1


def test_a_failed_load_is_an_aborted_package(shop):
    shop.sluice()
    shop.sluice('{"id": 3}\n{"id": \n', expect=1)
    pipeline = dlt.attach("shop", pipelines_dir=str(shop.pipelines))
    newest = sorted(pipeline.list_completed_load_packages())[-1]
    assert pipeline.get_load_package_info(newest).state == "aborted"
    assert not pipeline.has_pending_data
    assert shop.query("select count(*) from shop_data.orders") == [(2,)]
    trace = json.loads((shop.pipelines / "shop/trace.json").read_text())
    assert trace["runs"][-1]["outcome"] == "failed" and trace["runs"][-1]["error"]["message"]


def info(shop, *options):
    done = subprocess.run([SLUICE, "pipeline", "shop", "info", "--pipelines-dir", str(shop.pipelines), *options],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_packages_that_dlt_has_not_loaded(shop):
    """Somebody should know: their rows are missing, and dlt's next run ignores its new data."""
    assert "warning" not in shop.sluice().stderr and "Warning" not in info(shop)
    assert json.loads(info(shop, "--json"))["warning"] is None
    pipeline = shop.dlt()
    pipeline.extract([{"id": 10}], table_name="orders")
    done = shop.sluice()
    assert "1 load package of pipeline shop that is not loaded (1 extracted, 0 normalized" in done.stderr
    pipeline.normalize()
    pipeline.extract([{"id": 11}], table_name="orders")
    done = shop.sluice(ROWS, "--json")
    (warning,) = json.loads(done.stdout)["warnings"]
    assert "2 load packages" in warning and "(1 extracted, 1 normalized" in warning and "abort-packages" in warning
    assert json.loads(info(shop, "--json"))["warning"] == warning and warning in info(shop)
    # What it advises works, beside the loads that came in between.
    pipeline.normalize()
    pipeline.load()
    assert "Warning" not in info(shop) and "warning" not in shop.sluice().stderr
    assert shop.query("select count(*) filter (id >= 10), count(*) from shop_data.orders") == [(2, 10)]


def test_a_killed_load_leaves_no_lock_and_no_rows(shop):
    shop.sluice()
    source = shop.folder / "many.jsonl"
    source.write_text("".join(f'{{"id": {i}, "text": "{i:040}", "items": [{{"a": 1}}, {{"a": 2}}]}}\n' for i in range(400000)))
    command = [SLUICE, "load", str(source), f"duckdb:{shop.database}", "--as", "orders", "--pipeline", "shop",
               "--dataset", "shop_data", "--pipelines-dir", str(shop.pipelines)]
    load = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    begun = shop.pipelines / "shop/load/new"
    while load.poll() is None and not os.listdir(begun):
        time.sleep(0.002)
    assert load.poll() is None, "the load ended before it could be killed"
    [load_id] = os.listdir(begun)
    load.kill()
    load.wait()
    shop.sluice([{"id": 3}])
    assert shop.query("select count(*) from shop_data.orders") == [(3,)]
    assert os.listdir(begun) == []
    pipeline = dlt.attach("shop", pipelines_dir=str(shop.pipelines))
    assert pipeline.get_load_package_info(load_id).state == "aborted"
    assert shop.query(f"select count(*) from shop_data._dlt_loads where load_id = '{load_id}'") == [(0,)]


def test_two_loads_of_one_pipeline_wait_for_each_other(shop):
    shop.sluice()
    loads = [subprocess.Popen([SLUICE, "load", str(shop.folder / "orders.jsonl"), f"duckdb:{shop.database}", "--pipeline",
                               "shop", "--dataset", "shop_data", "--pipelines-dir", str(shop.pipelines)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [load.wait() for load in loads] == [0] * 4, [load.stderr.read() for load in loads]
    assert shop.query("select count(*) from shop_data.orders") == [(10,)]
    assert len(os.listdir(shop.pipelines / "shop/load/loaded")) == 5


def test_dlt_continues_what_we_began(shop):
    shop.sluice()
    before = shop.stored()
    pipeline = shop.dlt()
    pipeline.run([{"id": 3, "extra": 1.5, "items": [{"a": 2}]}], table_name="orders")
    after = shop.stored()
    assert after["version"] == before["version"] + 1 and before["version_hash"] in after["previous_hashes"]
    assert list(after["tables"]["orders"]["columns"])[:len(before["tables"]["orders"]["columns"])] == \
        list(before["tables"]["orders"]["columns"])
    assert shop.query("select id, extra from shop_data.orders order by id") == [(1, None), (2, None), (3, 1.5)]
    assert shop.query("select count(*) from shop_data._dlt_loads") == [(2,)]


def test_we_continue_what_dlt_began(shop):
    @dlt.resource(name="orders")
    def orders():
        dlt.current.resource_state()["seen"] = {"last": 2.5, "at": ["x"]}
        yield ROWS

    shop.dlt().run(orders())
    before, state = shop.stored(), json.loads((shop.pipelines / "shop/state.json").read_text())
    shop.sluice([{"id": 3, "extra": 1.5}])
    after = shop.stored()
    assert verify_schema_hash(after)
    assert after["version"] == before["version"] + 1 and before["version_hash"] in after["previous_hashes"]
    assert after["tables"]["orders__items"] == before["tables"]["orders__items"]
    pipeline = dlt.attach("shop", pipelines_dir=str(shop.pipelines))
    assert pipeline.state["sources"]["shop"]["resources"]["orders"] == {"seen": {"last": 2.5, "at": ["x"]}}
    assert pipeline.state["_state_version"] >= state["_state_version"]
    assert shop.query("select id, extra from shop_data.orders order by id") == [(1, None), (2, None), (3, 1.5)]


def test_taking_turns_adds_no_versions(shop):
    """When nothing changes, neither side finds the other's schema or state different from its own."""
    shop.sluice()
    shop.dlt().run([{"id": 3}], table_name="orders")
    schema, state = shop.stored(), json.loads((shop.pipelines / "shop/state.json").read_text())
    rows = shop.query("select count(*) from shop_data._dlt_pipeline_state")
    shop.sluice()
    shop.dlt().run([{"id": 4}], table_name="orders")
    shop.sluice()
    now = json.loads((shop.pipelines / "shop/state.json").read_text())
    assert shop.stored()["version_hash"] == schema["version_hash"]
    assert (now["_state_version"], now["_version_hash"]) == (state["_state_version"], state["_version_hash"])
    assert shop.query("select count(*) from shop_data._dlt_pipeline_state") == rows
    assert shop.query("select count(*) from shop_data._dlt_version") == \
        [(len(shop.query("select distinct version_hash from shop_data._dlt_version")),)]
    assert shop.query("select count(*) from shop_data._dlt_loads") == [(5,)]


def test_dlt_restores_from_our_dataset(shop, tmp_path):
    shop.sluice()
    pipeline = shop.dlt(tmp_path / "elsewhere")
    pipeline.sync_destination()
    ours = json.loads((shop.pipelines / "shop/state.json").read_text())
    assert pipeline.state["_version_hash"] == ours["_version_hash"]
    assert pipeline.default_schema.version_hash == shop.stored()["version_hash"]
    assert pipeline.default_schema.tables["orders"]["columns"] == shop.stored()["tables"]["orders"]["columns"]


def test_we_restore_from_dlts_dataset(shop, tmp_path):
    shop.dlt(tmp_path / "elsewhere").run(ROWS, table_name="orders")
    shop.sluice([{"id": 3}])
    theirs = json.loads((tmp_path / "elsewhere/shop/state.json").read_text())
    ours = json.loads((shop.pipelines / "shop/state.json").read_text())
    assert ours["_state_version"] >= theirs["_state_version"] and ours["_version_hash"] == theirs["_version_hash"]
    assert verify_schema_hash(shop.stored())


def test_other_schemas_of_the_pipeline_stay(shop, tmp_path):
    shop.sluice()
    pipeline = shop.dlt()
    pipeline.run([{"id": 1}], table_name="other", schema=Schema("second"))
    shop.sluice([{"id": 3}])
    assert dlt.attach("shop", pipelines_dir=str(shop.pipelines)).schema_names == ["second", "shop"]
    fresh = shop.dlt(tmp_path / "elsewhere")
    fresh.sync_destination()
    assert fresh.schema_names == ["second", "shop"] and fresh.default_schema_name == "shop"
    assert "other" in fresh.schemas["second"].tables


def test_a_lost_dataset_starts_anew(shop):
    shop.sluice()
    shop.database.unlink()
    shop.sluice([{"id": 9}])
    assert list(shop.stored()["tables"]["orders"]["columns"]) == ["id", "_dlt_load_id", "_dlt_id"]
    assert shop.dlt().default_schema.version_hash == shop.stored()["version_hash"]


def test_the_exported_schema_is_read_by_dlt(shop, tmp_path):
    shop.sluice(ROWS, "--export-schema", str(tmp_path))
    exported = yaml.safe_load((tmp_path / "shop.schema.yaml").read_text())
    assert "name" not in exported["tables"]["orders"]["columns"]["id"]
    assert Schema.from_dict(exported).version_hash == shop.stored()["version_hash"]


def test_an_import_schema_of_dlt_decides_types(shop, tmp_path):
    schema = Schema("shop")
    schema.update_table(dlt.common.schema.utils.new_table("orders", columns=[
        {"name": "id", "data_type": "text", "nullable": True}, {"name": "late", "data_type": "decimal", "nullable": True}]))
    (tmp_path / "shop.schema.yaml").write_text(schema.to_pretty_yaml())
    shop.sluice(ROWS, "--import-schema", str(tmp_path / "shop.schema.yaml"))
    assert shop.stored()["imported_version_hash"] == schema.version_hash
    assert shop.query("select id from shop_data.orders order by id") == [("1",), ("2",)]
    assert "late" in shop.stored()["tables"]["orders"]["columns"]


def test_a_changed_import_replaces_the_schema(shop, tmp_path):
    shop.sluice()
    before = shop.stored()["version_hash"]
    schema = Schema("shop")
    schema.update_table(dlt.common.schema.utils.new_table("more", columns=[{"name": "a", "data_type": "text", "nullable": True}]))
    (tmp_path / "shop.schema.json").write_text(schema.to_pretty_json())
    shop.sluice(ROWS, "--import-schema", str(tmp_path))
    assert "more" in shop.stored()["tables"] and before in shop.stored()["previous_hashes"]
    evolved = shop.stored()["version_hash"]
    shop.sluice(ROWS, "--import-schema", str(tmp_path))
    assert shop.stored()["version_hash"] == evolved
    assert shop.query("select count(*) from shop_data.orders") == [(6,)]
    (tmp_path / "shop.schema.json").write_text(schema.to_pretty_json()[:500])
    failed = shop.sluice(ROWS, "--import-schema", str(tmp_path), expect=1)
    assert "shop.schema.json" in failed.stderr and "broken at byte" in failed.stderr


def test_dlts_command_line_shows_our_pipeline(shop):
    shop.sluice()
    load_id = sorted(os.listdir(shop.pipelines / "shop/load/loaded"))[0]
    for command in (["info"], ["load-package", load_id], ["failed-jobs"], ["schema"]):
        done = subprocess.run(
            [str(Path(dlt.__file__).parents[4] / "bin/dlt"), "pipeline", "--pipelines-dir", str(shop.pipelines), "shop", *command],
            capture_output=True, text=True, timeout=120, cwd=shop.folder, env={**os.environ, "DLT_DISABLE_PLUGINS": ""})
        assert done.returncode == 0, done.stdout + done.stderr
