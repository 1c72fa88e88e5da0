"""Seed 004 as it stands in its text: its blocks of code in a project with a verified-style source, in a real Dagster instance and web server."""
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from conftest import PATHS, REPO

sys.path.insert(0, str(REPO / "tests" / "python"))
import seeds  # noqa: E402
from world import World  # noqa: E402

# The seed's `dlt init github` fetches this; here is one of our own with the same functions.
GITHUB = '''
import dlt
from dlt.sources.helpers import requests

@dlt.source
def github_reactions(owner: str, name: str, access_token: str = dlt.secrets.value, items_per_page: int = 100, max_items: int = None):
    def pages(kind):
        """Loads from the API of GitHub."""
        assert access_token == "key-1"
        for page in range(max_items // 100 + 1):
            answer = requests.get(f"https://api.github.com/{owner}/{name}/{kind}", params={"page": page})
            yield answer.json()
    return (dlt.resource(pages, name="issues", write_disposition="replace")("issues"),
            dlt.resource(pages, name="pull_requests", write_disposition="replace")("pulls"))
'''
KEYS = ["dlt_github_reactions_issues", "dlt_github_reactions_pull_requests"]


@pytest.fixture
def project(folder):
    """A folder with the seed's project, and the environment of a Dagster program in it."""
    world = World(folder)
    world.on("api.github.com")(lambda request: [
        {"id": int(request.query["page"]) * 10 + i, "title": "t", "comments": [{"body": "b"}]} for i in range(5)])
    blocks = seeds.fenced(4)
    definitions = "".join(block for block in blocks if "DagsterDltResource" in block or "Definitions(" in block)
    files = {"dlt_sources/__init__.py": "", "dlt_sources/github/__init__.py": GITHUB, "definitions.py": definitions, "home/dagster.yaml":
             "concurrency:\n  pools:\n    default_limit: 1\ntelemetry:\n  enabled: false\n"}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    # Snowflake is not here: dlt's way to say what else a name means
    env = {**os.environ, **world.env, "PYTHONPATH": os.pathsep.join(PATHS), "DAGSTER_HOME": str(folder / "home"), "NO_PROXY": "127.0.0.1,localhost",
           "no_proxy": "127.0.0.1,localhost", "SOURCES__GITHUB__ACCESS_TOKEN": "key-1", "DESTINATION__SNOWFLAKE__DESTINATION_TYPE": "duckdb",
           "DESTINATION__SNOWFLAKE__CREDENTIALS": "out.duckdb"}
    yield env
    world.close()


def dagster(env, *words):
    """A command of Dagster's, in which `dlt` and `dagster_dlt` are ours."""
    done = subprocess.run([sys.executable, "-m", "sluice", "run", "-m", *words], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def test_the_first_block(folder, pipeline):
    """The source of "How it works": two resources, two assets."""
    from dagster_sluice import build_dlt_asset_specs

    import sluice as dlt

    scope = {"dlt": dlt, "requests": None, "BASE_URL": "https://api.example.com/", "_paginate": lambda url: []}
    exec(compile(seeds.fenced(4)[0], "seed", "exec"), scope)
    specs = build_dlt_asset_specs(scope["example"](api_key="k"), pipeline())
    assert [spec.key.to_user_string() for spec in specs] == ["dlt_example_courses", "dlt_example_users"]
    scope = {"dlt": dlt}
    exec(compile(seeds.fenced(4)[1], "seed", "exec"), scope)
    assert (scope["pipeline"].destination.destination_type, scope["pipeline"].dataset_name) == ("snowflake", "example_data")


def ask(port, query, **variables):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", json.dumps({"query": query, "variables": variables}).encode(),
                                     {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        told = json.load(answer)
    assert "errors" not in told, told
    return told["data"]


def wait_for(check, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if found := check():
                return found
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"did not come within {seconds} s: {check}")


ASSETS = "{ assetNodes { assetKey { path } groupName kinds dependencyKeys { path } assetMaterializations(limit: 1) { metadataEntries { label ... on IntMetadataEntry { intValue } } } } }"


def test_materialized_and_served(project, folder, rows):
    """Materialized by Dagster's command, then looked at through its web server: assets, groups, metadata."""
    out = dagster(project, "dagster", "asset", "materialize", "--select", "*", "-f", "definitions.py")
    assert "RUN_SUCCESS" in out and "1 load package(s) were loaded to destination snowflake and into dataset github" in out
    assert rows("select count(*), count(distinct id) from github.issues") == [(15, 15)]
    assert rows("select count(*) from github.pull_requests__comments") == [(15,)]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "sluice", "run", "-m", "dagster_webserver", "-f", "definitions.py", "-p", str(port), "-h",
                               "127.0.0.1"], env=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        nodes = wait_for(lambda: ask(port, ASSETS)["assetNodes"])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/assets", timeout=30) as page:
            assert b"<div id=\"root\">" in page.read()
    finally:
        server.terminate()
        server.wait(30)
    found = {node["assetKey"]["path"][0]: node for node in nodes}
    assert set(KEYS) <= set(found)
    for key in KEYS:
        node = found[key]
        assert node["groupName"] == "github" and {"dlt", "snowflake"} <= set(node["kinds"])
        told = {entry["label"]: entry.get("intValue") for entry in node["assetMaterializations"][0]["metadataEntries"]}
        assert told["rows_loaded"] == 15
        assert {"dagster/column_schema", "jobs", "dataset_name", "first_run"} <= set(told)


def test_definitions_validate(project):
    assert "All code locations passed validation" in dagster(project, "dagster", "definitions", "validate", "-f", "definitions.py")


def test_two_partitions_at_once(project, folder, rows):
    """Two processes run partitions of one pipeline: the second waits for the first, nothing is lost."""
    (folder / "definitions.py").write_text('''
import dagster as dg
import dlt
from dagster_dlt import DagsterDltResource, dlt_assets

@dlt.source
def colored(color=None):
    @dlt.resource(primary_key="color", write_disposition="merge")
    def load_colors():
        import time
        time.sleep(0.5)
        yield {"color": color}
    return load_colors

@dlt_assets(dlt_source=colored(), name="example_dlt_assets", partitions_def=dg.StaticPartitionsDefinition(["red", "green", "blue"]),
            dlt_pipeline=dlt.pipeline(pipeline_name="example", dataset_name="ds", destination=dlt.destinations.duckdb("out.duckdb")))
def compute(context: dg.AssetExecutionContext, dlt: DagsterDltResource):
    yield from dlt.run(context=context, dlt_source=colored(color=context.partition_key))

if __name__ == "__main__":
    import sys
    dg.materialize([compute], resources={"dlt": DagsterDltResource()}, partition_key=sys.argv[1], instance=dg.DagsterInstance.ephemeral())
''', encoding="utf-8")
    running = [subprocess.Popen([sys.executable, "-m", "sluice", "run", "definitions.py", color], env=project, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT) for color in ("red", "blue")]
    for process in running:
        out = process.communicate(timeout=120)[0].decode()
        assert process.returncode == 0, out[-3000:]
    assert rows("select color from ds.load_colors order by 1") == [("blue",), ("red",)]
