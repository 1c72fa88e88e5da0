"""The MongoDB source: what is read, cursors, parts, snapshots, broken connections, messages, compared with dlt."""
import datetime
import hashlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import bson
import pytest
from bson import Decimal128, ObjectId, Timestamp
from servers_mongodb import Fail, FakeServer, Proxy, free_port, server

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from support import SLUICE, Work  # noqa: E402


class MongoWork(Work):
    def take(self, url, *options, **kw):
        """All that is wanted, under the names of the collections."""
        return self.run("load", url, f"duckdb:{self.database}", "--dataset", "ds", "--retries", "0", "--pipelines-dir", self.folder / "p",
                        *options, **kw)

    def columns(self, table):
        return [n for (n,) in self.rows("select column_name from information_schema.columns where table_schema = 'ds' and "
                                        f"table_name = '{table}' and column_name not like '\\_dlt%' escape '\\' order by ordinal_position")]

    def checksum(self, table, column="_id"):
        return self.rows(f"select count(*), count(distinct {column}), sum(hash({column}) % 1000003) from ds.{table}")[0]


@pytest.fixture
def work(tmp_path):
    return MongoWork(tmp_path)


@pytest.fixture
def db(request):
    """An empty database of the real server."""
    name = "t" + hashlib.md5(request.node.name.encode()).hexdigest()[:12]
    server().client.drop_database(name)
    return server().client[name]


def url_of(db, options=""):
    return server().url(db.name, options)


# ---- what is read ----


def test_all_collections_or_some(work, db):
    for name in ("users", "orders", "old_orders"):
        db[name].insert_many([{"_id": i, "x": name} for i in range(3)])
    work.take(url_of(db))
    assert work.rows("select x from ds.users union all select x from ds.orders union all select x from ds.old_orders order by 1") == [
        (n,) for n in ["old_orders"] * 3 + ["orders"] * 3 + ["users"] * 3]
    for options, wanted in ((["--table", "*orders"], ["old_orders", "orders"]), (["--exclude-tables", "old*"], ["orders", "users"]),
                            (["--table", "users,orders", "--exclude-tables", "users"], ["orders"])):
        done = json.loads(work.take(url_of(db), *options, "--json").out)
        assert sorted(t["name"] for t in done["tables"]) == wanted


def test_system_collections_and_views(work):
    kinds = {"system.views": "collection", "plain": "collection", "seen": "view", "measured": "timeseries"}
    listed = {"ok": 1.0, "cursor": {"id": 0, "ns": "db.$cmd", "firstBatch": [
        {"name": n, "type": t, "options": {"capped": True} if n == "plain" else {}} for n, t in kinds.items()]}}
    with FakeServer({n: [{"_id": 1, "n": n}] for n in kinds}, lambda name, c: listed if name == "listCollections" else None) as fake:
        done = json.loads(work.take(fake.url(), "--json").out)
        assert sorted(t["name"] for t in done["tables"]) == ["measured", "plain"]
        done = json.loads(work.take(fake.url(), "--include-views", "--json").out)
        assert sorted(t["name"] for t in done["tables"]) == ["measured", "plain", "seen"]
        assert all("sort" not in c for c in fake.named("find") if c["find"] == "seen")
        assert json.loads(work.take(fake.url(), "--table", "seen", "--json").out)["tables"][0]["name"] == "seen"


def test_several_databases(work):
    client = server().client
    for name in ("multi_a", "multi_b"):
        client.drop_database(name)
        client[name].c.insert_one({"_id": 1, "d": name})
    work.take(server().url(""), "--schema", "multi_*")
    assert work.rows("select d from ds.multi_a_c union all select d from ds.multi_b_c order by 1") == [("multi_a",), ("multi_b",)]


def test_many_batches_and_batch_rows(work, db):
    db.c.insert_many([{"_id": i, "t": "x" * (i % 50)} for i in range(5000)])
    work.take(url_of(db), "--batch-rows", "37")
    assert work.rows("select count(*), sum(_id), sum(length(t)) from ds.c") == [(5000, 12497500, sum(i % 50 for i in range(5000)))]


def test_limit(work, db):
    db.c.insert_many([{"_id": i} for i in range(500)])
    work.take(url_of(db), "--limit", "70")
    assert work.rows("select count(*) from ds.c") == [(70,)]


def test_where_is_a_filter(work, db):
    db.c.insert_many([{"_id": ObjectId(), "n": i, "at": datetime.datetime(2024, 1, 1 + i), "o": {"k": i % 2}} for i in range(10)])
    for where, wanted in (('{"n": {"$gte": 7}}', [7, 8, 9]), ('{"at": {"$lt": {"$date": "2024-01-03T00:00:00Z"}}}', [0, 1]),
                          ('{"o.k": 1, "n": {"$in": [1, 2, 3]}}', [1, 3])):
        work.take(url_of(db), "--where", where)
        assert [n for (n,) in work.rows("select n from ds.c order by 1")] == wanted


@pytest.mark.parametrize("options, wanted", [
    (["--include-columns", "b"], ["_id", "b"]), (["--include-columns", "a,b"], ["_id", "a__x", "a__y", "b"]),
    (["--exclude-columns", "a"], ["_id", "b", "bc"]), (["--exclude-columns", "_id,b"], ["a__x", "a__y", "bc"]),
    (["--include-columns", "b*"], ["_id", "b", "bc"]), (["--exclude-columns", "b*"], ["_id", "a__x", "a__y"]),
    (["--include-columns", "b*", "--exclude-columns", "_id,bc"], ["b"])])
def test_members_are_chosen(work, db, options, wanted):
    db.c.insert_many([{"_id": i, "a": {"x": 1, "y": 2}, "b": 3, "bc": 4} for i in range(3)])
    work.take(url_of(db), *options)
    assert sorted(work.columns("c")) == wanted


def test_query_is_an_aggregation(work, db):
    db.c.insert_many([{"_id": i, "k": i % 3, "n": i} for i in range(30)])
    group = '[{"$group": {"_id": "$k", "total": {"$sum": "$n"}}}]'
    work.take(url_of(db), "--table", "c", "--query", group, "--as", "totals")
    assert work.rows("select _id, total from ds.totals order by 1") == [(0, 135), (1, 145), (2, 155)]
    work.take(url_of(db), "--table", "c", "--query", '{"$match": {"n": {"$gt": 27}}}', "--where", '{"k": 1}', "--as", "few")
    assert work.rows("select n from ds.few") == [(28,)]
    work.take(url_of(db), "--table", "c", "--query", '[{"$match": {"k": 0}}]', "--cursor", "n", "--as", "grown")
    db.c.insert_one({"_id": 33, "k": 0, "n": 33})
    work.take(url_of(db), "--table", "c", "--query", '[{"$match": {"k": 0}}]', "--cursor", "n", "--as", "grown")
    assert work.rows("select count(*), max(n) from ds.grown") == [(11, 33)]


def test_schema_changes_between_runs(work, db):
    db.c.insert_one({"_id": 1, "a": 1, "l": [1]})
    work.take(url_of(db))
    db.c.insert_many([{"_id": 2, "a": "text", "b": {"c": datetime.datetime(2024, 1, 1)}, "l": [{"m": 2}]}])
    db.c.update_one({"_id": 1}, {"$unset": {"l": 1}})
    work.take(url_of(db))
    assert work.rows("select _id, a, a__v_text, b__c from ds.c order by 1") == [
        (1, 1, None, None), (2, None, "text", datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc))]
    assert work.rows("select value, m from ds.c__l") == [(None, 2)]


def test_inspect_and_plan(work, db):
    db.orders.insert_many([{"_id": ObjectId(), "at": datetime.datetime(2024, 1, 1), "items": [{"n": 1}]} for _ in range(5)])
    done = work.run("inspect", url_of(db))
    assert "orders" in done.out and "timestamp" in done.out and "not null" in done.out
    assert "orders__items" in work.run("plan", url_of(db), f"duckdb:{work.database}", "--pipelines-dir", work.folder / "p").out


# ---- the same as dlt ----


def test_the_same_as_dlt(work, db, tmp_path, monkeypatch):
    """Documents of the verified source's kind: ObjectIds as texts, datetimes in UTC; decimals as decimals (it makes texts)."""
    dice = random.Random(5)

    def document(i):
        return {"_id": ObjectId(f"{i:024x}"), "userId": i, "name": f"N{i}", "created At": datetime.datetime(2024, 1, 1, 0, 0, i % 60, 1000 * (i % 7)),
                "price": Decimal128(f"{i}.25"), "ratio": dice.random(), "whole": float(i), "ok": i % 2 == 0, "nothing": None, "mail": {"home": f"a{i}", "Zip": {"code": i}},
                "tags": ["x", "y"][:i % 3], "orders": [{"sku": ObjectId(f"{j:024x}"), "n": j, "parts": [1, 2]} for j in range(i % 4)],
                "mixed": [1, "a", 2.5][i % 3], "raw": bytes([i % 256]), "iso": "2024-05-01T10:00:00Z", "big": 2**40 + i}

    documents = [document(i) for i in range(200)]
    db.people.insert_many(documents)
    work.take(url_of(db))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    import dlt

    def convert(value):
        if isinstance(value, dict):
            return {k: convert(v) for k, v in value.items()}
        if isinstance(value, list):
            return [convert(v) for v in value]
        if isinstance(value, datetime.datetime):
            return value.replace(tzinfo=datetime.timezone.utc)
        return str(value) if isinstance(value, ObjectId) else value.to_decimal() if isinstance(value, Decimal128) else value

    pipeline = dlt.pipeline("oracle", destination=dlt.destinations.duckdb(str(tmp_path / "dlt.duckdb")), dataset_name="ds", pipelines_dir=str(tmp_path / "dlt"))
    pipeline.run([convert(d) for d in db.people.find()], table_name="people", write_disposition="replace", primary_key="_id",
                 loader_file_format="parquet")  # its SQL texts lose the last digit of doubles
    other = MongoWork(tmp_path)
    other.database = tmp_path / "dlt.duckdb"
    tables = "select table_name, column_name, data_type, is_nullable from information_schema.columns where table_schema = 'ds' and table_name like 'people%' order by table_name, ordinal_position"
    assert work.rows(tables) == other.rows(tables)
    for table in sorted({row[0] for row in other.rows(tables)}):
        names = [c for c in other.columns(table)]
        plain = f"select {', '.join(names) or '1'}{'' if table == 'people' else ', _dlt_list_idx'} from ds.{table} order by all"
        assert work.rows(plain) == other.rows(plain), table


# ---- parts ----


def ids_of(kind):
    numbers = list(range(1600))
    return {"numbers": numbers, "skewed": [0, *range(10**9, 10**9 + 1500), 10**15, 10**16],
            "objects": [ObjectId(f"{i:024x}") for i in numbers], "texts": [f"k{i}" for i in numbers],
            "dates": [datetime.datetime(2024, 1, 1) + datetime.timedelta(seconds=i) for i in numbers],
            "mixed": [*numbers[:900], *(ObjectId(f"{i:024x}") for i in range(400)), *(f"k{i}" for i in range(200)), None, float("nan"),
                      {"a": 1}, {"a": 2}, datetime.datetime(2024, 1, 1), True, 7.5],
            "with_nan": [*map(float, numbers), float("nan")]}[kind]


@pytest.mark.parametrize("kind", ["numbers", "skewed", "objects", "texts", "dates", "mixed", "with_nan"])
def test_parts_hold_each_document_once(work, kind):
    ids = ids_of(kind)
    sizes = {"ok": 1.0, "count": 10**6, "avgObjSize": 40}  # as if it were worth cutting
    with FakeServer({"c": [{"_id": v, "n": i} for i, v in enumerate(ids)]}, lambda name, c: sizes if name == "collStats" else None) as fake:
        work.take(fake.url(), "--parallel", "2")
        reads = [c for c in fake.named("find") if "limit" not in c]
        assert len(reads) >= 5, "it was not cut"
        work.take(fake.url(), "--parallel", "1", "--as", "whole")
    assert work.checksum("c", "n") == work.checksum("whole", "n") == (len(ids), len(ids), work.checksum("c", "n")[2])


def test_a_filter_that_few_meet_is_not_cut(work):
    sizes = {"ok": 1.0, "count": 10**6, "avgObjSize": 40}
    with FakeServer({"c": [{"_id": i, "k": i % 1000} for i in range(3000)]}, lambda name, c: sizes if name == "collStats" else None) as fake:
        work.take(fake.url(), "--parallel", "4", "--where", '{"k": 7}')
        assert len([c for c in fake.named("find") if "limit" not in c]) == 1
    assert work.rows("select count(*) from ds.c") == [(3,)]


def test_parallel_is_sequential_on_a_server(work, db):
    db.c.insert_many([{"_id": i * 3} for i in range(51000)])
    work.take(url_of(db), "--parallel", "3")
    first = work.checksum("c")
    work.take(url_of(db), "--parallel", "1")
    assert first == work.checksum("c") and first[:2] == (51000, 51000)


# ---- cursors ----

CURSORS = {
    "int": lambda i: i, "double": lambda i: i + 0.5, "date": lambda i: datetime.datetime(2024, 1, 1) + datetime.timedelta(milliseconds=1500 * i),
    "string": lambda i: f"k{i:05}", "object_id": lambda i: ObjectId(f"{i + 1:024x}"), "decimal": lambda i: Decimal128(f"{i}.5"),
}


@pytest.mark.parametrize("kind, merge", [*((k, True) for k in CURSORS), ("int", False), ("date", False)])
def test_cursors_of_every_type(work, db, kind, merge):
    """Rows at the border come once, whether they are merged or known again."""
    make = CURSORS[kind]
    db.c.insert_many([{"_id": i, "c": make(i), "n": i} for i in range(100)])
    db.c.create_index("c")
    options = ["--cursor", "c", *([] if merge else ["--write-disposition", "append"])]
    work.take(url_of(db), *options)
    db.c.insert_many([{"_id": i, "c": make(i), "n": i} for i in range(100, 150)] + [{"_id": 1000, "c": make(99), "n": 1000}])
    done = json.loads(work.take(url_of(db), *options, "--json").out)
    assert work.rows("select count(*), count(distinct _id), sum(n) from ds.c") == [(151, 151, sum(range(150)) + 1000)]
    assert done["records"] <= 52
    assert json.loads(work.take(url_of(db), *options, "--json").out)["records"] <= 1


def test_cursor_by_object_id(work, db):
    first = [ObjectId() for _ in range(50)]
    db.c.insert_many([{"_id": i} for i in first])
    work.take(url_of(db), "--cursor", "_id")
    db.c.insert_many([{"_id": ObjectId()} for _ in range(20)])
    done = json.loads(work.take(url_of(db), "--cursor", "_id", "--json").out)
    assert done["records"] <= 21 and work.checksum("c")[:2] == (70, 70)


def test_values_of_the_user(work, db):
    at = datetime.datetime(2024, 1, 1)
    db.c.insert_many([{"_id": i, "at": at + datetime.timedelta(days=i), "n": i} for i in range(10)])
    for options, wanted in ((["--initial-value", "2024-01-08"], [7, 8, 9]), (["--initial-value", "2024-01-02", "--end-value", "2024-01-04"], [1, 2]),
                            (["--initial-value", "2024-01-02T00:00:00.000001Z", "--end-value", "2024-01-04", "--range-end", "closed"], [2, 3]),
                            (["--initial-value", "2024-01-02", "--end-value", "2024-01-04", "--range-start", "open"], [2])):
        work.take(url_of(db), "--cursor", "at", "--as", "w", "--write-disposition", "replace", "--pipeline", f"p{len(wanted)}{options[1][-1]}", *options)
        assert [n for (n,) in work.rows("select n from ds.w order by 1")] == wanted
    done = work.take(url_of(db), "--cursor", "at", "--initial-value", "soon", expect=2)
    assert "'soon' is no date, but the cursor at has such values" in done.err


def test_lag_and_order(work, db):
    at = datetime.datetime(2024, 1, 1)
    db.c.insert_many([{"_id": i, "at": at + datetime.timedelta(minutes=i), "v": 1} for i in range(30)])
    work.take(url_of(db), "--cursor", "at", "--lag", "300")
    db.c.update_many({"_id": {"$gte": 20}}, {"$set": {"v": 2}})
    done = json.loads(work.take(url_of(db), "--cursor", "at", "--lag", "300", "--json").out)
    assert done["records"] == 6 and work.rows("select count(*), count(*) filter (v = 2) from ds.c") == [(30, 6)]
    for order, wanted in (("asc", list(range(30))), ("desc", list(range(29, -1, -1)))):
        work.take(url_of(db), "--cursor", "at", "--row-order", order, "--as", order, "--write-disposition", "append")
        assert [n for (n,) in work.rows(f"select _id from ds.{order} order by rowid")] == wanted


def test_cursors_that_are_missing(work, db):
    db.c.insert_many([{"_id": 1, "c": 1}, {"_id": 2}, {"_id": 3, "c": None}])
    done = work.take(url_of(db), "--cursor", "c", expect=1)
    assert "in 2 rows the cursor c is NULL" in done.err
    work.take(url_of(db), "--cursor", "c", "--on-cursor-null", "include")
    assert work.checksum("c")[:2] == (3, 3)
    work.take(url_of(db), "--cursor", "c", "--on-cursor-null", "exclude", "--as", "without", "--pipeline", "q")
    assert work.rows("select _id from ds.without") == [(1,)]


def test_a_cursor_that_is_written_wrongly(work, db):
    db.c.insert_many([{"_id": i, "created": i} for i in range(3)])
    done = work.take(url_of(db), "--cursor", "creatd", expect=1)
    assert "collection c: no document has a value of the cursor 'creatd' (did you mean 'created'?)" in done.err
    done = work.take(url_of(db), "--cursor", "creatd", "--on-cursor-null", "include")
    assert "did you mean 'created'?" in done.err and work.checksum("c")[:2] == (3, 3)
    db.empty.insert_one({"_id": 1})
    work.take(url_of(db), "--table", "empty", "--cursor", "c", "--on-cursor-null", "exclude")


def test_cursors_that_are_none(work, db):
    db.c.insert_many([{"_id": 1, "c": {"a": 1}, "m": "x"}, {"_id": 2, "m": 5}])
    done = work.take(url_of(db), "--cursor", "c", expect=2)
    assert "the highest value of c is no number, date, string or ObjectId" in done.err
    done = work.take(url_of(db), "--cursor", "m")
    assert "the cursor m has values of several types; only documents where it is a string are read" in done.err
    assert "no index begins with the cursor m" in done.err


def test_a_nested_cursor(work, db):
    db.c.insert_many([{"_id": i, "meta": {"at": i}} for i in range(5)])
    work.take(url_of(db), "--cursor", "meta.at")
    db.c.insert_one({"_id": 9, "meta": {"at": 9}})
    assert json.loads(work.take(url_of(db), "--cursor", "meta.at", "--json").out)["records"] <= 2
    assert work.checksum("c")[:2] == (6, 6)


# ---- snapshots and sessions ----

NOW = Timestamp(1700000000, 5)


def test_all_reads_are_at_one_time(work):
    with FakeServer({n: [{"_id": i} for i in range(500)] for n in "ab"}, replica_set=True, snapshot=NOW) as fake:
        work.take(fake.url(), "--batch-rows", "100", "--cursor", "_id")
        reads = [c for c in fake.named("find") if "batchSize" in c] + fake.named("aggregate")
        assert len(reads) >= 4 and all(c["readConcern"] == {"level": "snapshot", "atClusterTime": NOW} for c in reads)
        assert len({bytes(c["lsid"]["id"]) for c in reads + fake.named("getMore")}) >= 1
        assert all("lsid" in c for c in reads + fake.named("getMore"))
        work.take(fake.url(), "--snapshot", "off")
        assert all(c.get("readConcern", {}).get("level") != "snapshot" for c in fake.named("find")[-2:])
    assert work.checksum("a")[:2] == (500, 500)


def test_a_snapshot_that_gets_too_old(work):
    state = {"failed": False}

    def hook(name, command):
        if name == "getMore" and not state["failed"]:
            state["failed"] = True
            raise Fail(239, "Read timestamp is older than the oldest available timestamp")

    with FakeServer({"a": [{"_id": i} for i in range(500)]}, hook, replica_set=True, snapshot=NOW) as fake:
        done = work.take(fake.url(), "--batch-rows", "100")
        assert "the server has forgotten the snapshot that was read at" in done.err
        assert work.checksum("a")[:2] == (500, 500)
        state["failed"] = False
        done = work.take(fake.url(), "--batch-rows", "100", "--snapshot", "required", expect=1)
        assert "raise minSnapshotHistoryWindowInSeconds there, or use --snapshot off" in done.err
    with FakeServer({"a": [{"_id": 1}]}) as fake:
        done = work.take(fake.url(), "--snapshot", "required", expect=1)
        assert "offers no snapshot to read at" in done.err


# ---- broken connections ----


@pytest.mark.parametrize("point", range(10))
def test_a_lost_connection_is_taken_up(work, point):
    """Cut at ten places of a load: it goes on behind the last document."""
    documents = [{"_id": i, "t": "x" * 200} for i in range(4000)]
    with FakeServer({"c": documents}) as fake:
        proxy = Proxy(fake.port)
        proxy.cut_after = 4000 + point * 90000
        work.take(proxy.url("db"), "--batch-rows", "300")
        assert proxy.cuts == 1
        proxy.close()
    assert work.rows("select count(*), count(distinct _id), sum(_id), sum(length(t)) from ds.c") == [(4000, 4000, 7998000, 800000)]


def test_parts_are_taken_up_too(work):
    sizes = {"ok": 1.0, "count": 10**6, "avgObjSize": 220}
    for ids in ("mixed", "objects"):
        documents = [{"_id": v, "t": "x" * 200, "n": i} for i, v in enumerate(ids_of(ids))]
        with FakeServer({ids: documents}, lambda name, c: sizes if name == "collStats" else None) as fake:
            proxy = Proxy(fake.port)
            threading.Thread(target=lambda: [time.sleep(0.3), proxy.cut(), time.sleep(0.3), proxy.cut()], daemon=True).start()
            work.take(proxy.url("db"), "--parallel", "2", "--batch-rows", "50")
            proxy.close()
        assert work.checksum(ids, "n")[:2] == (len(documents), len(documents))


def test_what_cannot_be_taken_up_says_so_and_comes_next_time(work):
    """A view has no order to go on in: nothing is half there, and the next load is whole."""
    listed = {"ok": 1.0, "cursor": {"id": 0, "ns": "db.$cmd", "firstBatch": [{"name": "v", "type": "view", "options": {}}]}}
    with FakeServer({"v": [{"_id": i, "t": "x" * 200} for i in range(4000)]}, lambda name, c: listed if name == "listCollections" else None) as fake:
        proxy = Proxy(fake.port)
        proxy.cut_after = 300000
        done = work.take(proxy.url("db"), "--include-views", "--batch-rows", "300", expect=1)
        assert "the connection was lost; is the server up? Run the load again" in done.err
        work.take(proxy.url("db"), "--include-views", "--batch-rows", "300")
        proxy.close()
    assert work.checksum("v")[:2] == (4000, 4000)


def test_a_server_that_goes_away_for_good(work):
    with FakeServer({"c": [{"_id": i, "t": "x" * 200} for i in range(4000)]}) as fake:
        proxy = Proxy(fake.port)
        proxy.cut_after = 300000
        fake.hook = lambda name, c: setattr(proxy, "down", True) if name == "getMore" else None
        done = work.take(proxy.url("db"), "--batch-rows", "300", expect=1)
        assert "the connection was lost" in done.err and "collection c" in done.err
        proxy.close()
    assert not work.database.exists() or work.rows("select count(*) from information_schema.tables where table_name = 'c'") == [(0,)]


@pytest.mark.parametrize("code", [43, 11600, 10107, 13435])
def test_servers_that_give_up_a_cursor(work, code):
    failed = []

    def hook(name, command):
        if name == "getMore" and len(failed) < 2:
            failed.append(1)
            raise Fail(code, "not now")

    with FakeServer({"c": [{"_id": i} for i in range(2000)]}, hook) as fake:
        work.take(fake.url(), "--batch-rows", "300")
    assert work.checksum("c")[:2] == (2000, 2000)


def test_a_collection_that_is_dropped_midway(work):
    def hook(name, command):
        if name == "getMore":
            raise Fail(175, "collection dropped")

    with FakeServer({"c": [{"_id": i} for i in range(2000)]}, hook) as fake:
        done = work.take(fake.url(), "--batch-rows", "300", expect=1)
    assert "the collection was dropped or changed while it was read; run the load again" in done.err


def test_stopping_does_not_wait_for_the_server(work):
    """SIGINT while the server is silent; its cursor is ended over another connection."""
    with FakeServer({"c": [{"_id": i, "t": "x" * 200} for i in range(4000)]}) as fake:
        proxy = Proxy(fake.port)
        fake.hook = lambda name, c: setattr(proxy, "stall", True) if name == "getMore" else None
        process = subprocess.Popen([SLUICE, "load", proxy.url("db"), f"duckdb:{work.database}", "--batch-rows", "300",
                                    "--pipelines-dir", str(work.folder / "p")], stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(200):
            if proxy.stall:
                break
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        fake.hook, proxy.stall = None, True
        threading.Timer(0.5, lambda: setattr(proxy, "stall", False)).start()
        process.communicate(timeout=20)
        assert time.monotonic() - started < 5 and process.returncode != 0
        assert fake.named("killCursors")
        proxy.close()


# ---- bad cases ----


def fails(work, url, *options, code=1):
    done = work.take(url, *options, expect=code)
    assert "s3cr3t" not in done.err + done.out
    return done.err


def test_messages_of_connecting(work, db):
    port = free_port()
    err = fails(work, f"mongodb://user:s3cr3t@127.0.0.1:{port}/x")
    assert "connection refused" in err and "is the server running there, are host and port right" in err
    err = fails(work, "mongodb://user:s3cr3t@no-such-host.invalid/x")
    assert "no such host: check its name, and the network" in err
    with socket.create_server(("127.0.0.1", 0)) as silent:
        err = fails(work, f"mongodb://user:s3cr3t@127.0.0.1:{silent.getsockname()[1]}/x", "--connect-timeout", "1")
    assert "nothing answered in time: check host and port, firewalls, --connect-timeout" in err
    err = fails(work, server().url("x", "?tls=true&tlsAllowInvalidCertificates=true"), "--connect-timeout", "2")
    assert "see the tls options of the URL" in err
    err = fails(work, server().url("x", "?replicaSet=other"), "--connect-timeout", "2")
    assert "check replicaSet and readPreference in the URL, or use directConnection=true" in err


def test_messages_of_the_url(work):
    err = fails(work, "mongodb://user:s3cr3t@/x", code=2)
    assert "it looks like mongodb://user:password@host:27017/database" in err
    err = fails(work, "mongodb://127.0.0.1:1", code=2)
    assert "the URL names no database: write mongodb://…/DATABASE" in err
    assert "no such option" not in err
    err = fails(work, "mongodb+srv://no-such-cluster.example.invalid/x")
    assert "no such host" in err


def test_wrong_password(work):
    with FakeServer({"c": []}, lambda name, c: (_ for _ in ()).throw(Fail(18, "Authentication failed.")) if name == "saslStart" else None) as fake:
        err = fails(work, fake.url(user="user:s3cr3t@"))
    assert "wrong user name or password, or another database holds the user: authSource in the URL names it" in err


def test_no_permission_on_one_of_many(work):
    def hook(name, command):
        if name == "find" and command["find"] == "c7":
            raise Fail(13, "not authorized on db to execute command")

    with FakeServer({f"c{i}": [{"_id": 1}] for i in range(20)}, hook) as fake:
        err = fails(work, fake.url())
        assert "collection c7: " in err and "grant this user the role read on the database, or leave the collection out (--exclude-tables)" in err
        work.take(fake.url(), "--exclude-tables", "c7")
    assert work.rows("select count(*) from information_schema.tables where table_schema = 'ds' and table_name like 'c%'") == [(19,)]


def test_no_permission_to_list(work):
    """A user who may not list the database is asked for what it may read."""
    def hook(name, command):
        if name == "listCollections" and not command.get("authorizedCollections"):
            raise Fail(13, "not authorized")

    with FakeServer({"c": [{"_id": 1}]}, hook) as fake:
        work.take(fake.url())
    assert work.checksum("c")[:2] == (1, 1)


def test_messages_of_names_and_texts(work, db):
    db.orders.insert_one({"_id": 1})
    assert "no table 'ordesr' (did you mean 'orders'?)" in fails(work, url_of(db), "--table", "ordesr")
    assert f"did you mean '{db.name}'?" in fails(work, url_of(db) + "x")
    assert "--where (a filter) is not valid extended JSON" in fails(work, url_of(db), "--where", "{status: 'x'}", code=2)
    assert "--query needs --table with the one name that it is about" in fails(work, url_of(db), "--query", "[]", code=2)
    assert "--query has the stage $out: Sluice only reads" in fails(work, url_of(db), "--table", "orders", "--query", '[{"$out": "x"}]', code=2)
    err = fails(work, url_of(db), "--table", "orders", "--query", '[{"$nope": 1}]', code=2)
    assert "$nope" in err


def test_a_document_that_is_damaged(work):
    good = bson.encode({"_id": 1, "a": "text"})
    bad = good.replace(b"\x05\0\0\0text", b"\xff\0\0\0text")
    with FakeServer({"c": [good, bad]}, as_they_are=True) as fake:
        err = fails(work, fake.url())
    assert "collection c: a document is damaged at member a" in err


def test_the_library_is_missing(work):
    done = work.take("mongodb://127.0.0.1:1/x", expect=1, env={"SLUICE_LIBMONGOC": "libmongoc-none.so"})
    assert "install it (Debian and Ubuntu: apt-get install libmongoc-1.0-0" in done.err


# ---- what every source promises ----


@pytest.mark.parametrize("program", ["contract_sources", "contract_source_stops", "contract_source_memory"])
def test_the_contract_of_all_sources(work, program):
    path = Path(SLUICE).parent / program
    if not path.exists():
        pytest.skip(f"{program} is not built")

    def wait(name, command):
        if name == "find" and "batchSize" in command:
            time.sleep(600)

    rows = [{"_id": i, "name": f"row {i}", "weight": i * 0.25, "at": datetime.datetime(2024, 1, 1), "l": [{"a": i}], "text": "text " * (i % 30)} for i in range(20000)]
    damaged = bson.encode({"_id": 1, "a": "text"}).replace(b"\x05\0\0\0text", b"\xff\0\0\0text")
    large = [bson.encode({"_id": 1, "t": "t" * 4000})] * (40000 if program.endswith("memory") else 10)
    with FakeServer({"c": rows}) as fake, FakeServer({"c": [damaged]}, as_they_are=True) as broken, FakeServer({}) as empty, \
            FakeServer({"c": large}, as_they_are=True) as big, FakeServer({"c": [{"_id": 1}]}, wait) as slow:
        place = "SLUICE_CONTRACT_SOURCE_MONGODB"
        done = subprocess.run([path], capture_output=True, text=True, timeout=120, env={
            **os.environ, "SLUICE_CONTRACT_PLACE": "mongodb", place: fake.url(), f"{place}_OPTIONS": "batch-rows=3000", f"{place}_MISSING": empty.url(),
            f"{place}_BROKEN": broken.url(), f"{place}_REFUSED": "mongodb:///x", f"{place}_SECRET": "mongodb://joe:s3cr3tS3nt1n3l@127.0.0.1:1/x",
            f"{place}_SLOW": slow.url(), f"{place}_LARGE": big.url()})
    assert done.returncode == 0 and "0 failed" in done.stdout, done.stdout


# ---- memory ----


def test_memory_is_bounded(work):
    """More than the memory that is allowed, in one collection: the same bytes again and again."""
    one = bson.encode({"_id": ObjectId(), "text": "t" * 8000, "l": [{"a": i} for i in range(3)]})
    code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    with FakeServer({"c": [one] * 40000}, as_they_are=True) as fake:
        done = subprocess.run([sys.executable, "-c", code, SLUICE, "load", fake.url(), f"duckdb:{work.database}", "--memory", "200MB",
                               "--parallel", "2", "--include-columns", "text,l", "--pipelines-dir", str(work.folder / "p")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 256 << 10, f"{int(done.stdout) >> 10} MB"
