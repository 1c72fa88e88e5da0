"""OpenLineage events of a sync: what is told to whom, and that nobody waits for it."""
import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from test_sync import SHOP, fill

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


@pytest.fixture
def receiver():
    events = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            events.append((self.path, self.headers.get("Authorization"), body))
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.events = events
    yield server
    server.shutdown()
    server.server_close()


def columns(dataset):
    return [f["name"] for f in dataset["facets"]["schema"]["fields"]]


def origins(dataset):
    fields = dataset["facets"]["columnLineage"]["fields"]
    return {to: [(i["name"], i["field"]) for i in about["inputFields"]] for to, about in fields.items()}


def test_from_the_source_to_the_staging_model(project, receiver):
    fill(project, 10)
    project.sqlite("shop.db", "ALTER TABLE orders RENAME COLUMN total TO \"Total Sum\"")
    project.sources(SHOP)
    project.write(".env", f"OPENLINEAGE_URL=http://127.0.0.1:{receiver.server_port}/\nOPENLINEAGE_API_KEY=k3y\nOPENLINEAGE_NAMESPACE=ours\n")
    project.write(".dango/project.yml", "project:\n  name: shop\n")
    project.sync()
    assert {(path, key) for path, key, _ in receiver.events} == {("/api/v1/lineage", "Bearer k3y")}
    start, complete, staging = (event for *_, event in receiver.events)
    for event in (start, complete, staging):
        assert UUID.match(event["run"]["runId"]) and event["schemaURL"].endswith("#/$defs/RunEvent")
        assert event["job"]["namespace"] == "ours" and event["producer"].startswith("urn:sluice:")
    assert [e["eventType"] for e in (start, complete, staging)] == ["START", "COMPLETE", "COMPLETE"]
    assert start["run"] == complete["run"] != staging["run"] and start["job"]["name"] == "shop.shop.sync"
    [source], [raw] = complete["inputs"], complete["outputs"]
    assert (source["namespace"], source["name"].rsplit("/", 1)[-1]) == ("file", "shop.db.orders")
    assert columns(source) == ["id", "Total Sum", "updated_at"]
    assert (raw["namespace"], raw["name"]) == (f"duckdb://{project.database}", "warehouse.raw_shop.orders")
    assert columns(raw)[:3] == ["id", "total_sum", "updated_at"] and "_dlt_id" in columns(raw)
    assert origins(raw) == {"id": [(source["name"], "id")], "total_sum": [(source["name"], "Total Sum")],
                            "updated_at": [(source["name"], "updated_at")]}
    assert raw["outputFacets"]["outputStatistics"]["rowCount"] == 10
    [model] = staging["outputs"]
    assert (model["name"], columns(model)) == ("warehouse.staging.stg_shop__orders", ["id", "total_sum", "updated_at"])
    assert origins(model)["total_sum"] == [("warehouse.raw_shop.orders", "total_sum")]


def test_a_failure_without_its_password(project):
    project.sources("- name: gone\n  type: postgres\n  generic_config: {credentials_env: GONE, retries: 0}\n")
    project.write(".env", "GONE=postgresql://u:s3cret@127.0.0.1:1/db\n")
    project.write("openlineage.yml", "transport:\n  type: file\n  log_file_path: events.json\n")
    project.sync(expect=1)
    text = (project.folder / "events.json").read_text()
    start, fail = map(json.loads, text.splitlines())
    assert (start["eventType"], fail["eventType"]) == ("START", "FAIL") and start["run"]["runId"] == fail["run"]["runId"]
    assert "127.0.0.1" in fail["run"]["facets"]["errorMessage"]["message"] and "s3cret" not in text


def test_nobody_waits_for_a_receiver(project):
    fill(project, 10)
    project.sources(SHOP)
    with socket.socket() as deaf:  # takes connections and never answers
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        done = project.sync(env={"OPENLINEAGE_URL": f"http://127.0.0.1:{deaf.getsockname()[1]}"})
    assert "an event did not reach OpenLineage" in done.err and project.history("shop")[-1]["status"] == "success"
    assert project.history("shop")[-1]["duration_seconds"] < 2.5
    assert project.sync(env={"OPENLINEAGE_URL": "http://127.0.0.1:1", "OPENLINEAGE_DISABLED": "true"}).err == ""
    project.write("openlineage.yml", "transport: {type: kafka}\n")
    assert "transport kafka" in project.sync().err
