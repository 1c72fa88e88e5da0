"""The examples of seed 001, unchanged but for the server's address: `import dlt` is this package there."""
import http.server
import json
import os
import subprocess
import sys
import threading
import urllib.parse

import pytest

from conftest import BUILD, REPO

ITEMS = [{"id": i, "name": f"item {i}", "updated_at": f"2024-01-{i + 1:02}", "tags": ["a", "b"][:i % 3]} for i in range(20)]


class Api(http.server.BaseHTTPRequestHandler):
    fails = 0  # answers 503 so often first

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if type(self).fails > 0:
            type(self).fails -= 1
            return self.answer(503, {"error": "later"})
        if url.path == "/secure" and self.headers.get("Authorization") != "Bearer key-1":
            return self.answer(401, {"error": "who?"})
        offset, limit = int(query.get("offset", 0)), int(query.get("limit", 100))
        if url.path == "/orders":
            return self.answer(200, [i for i in ITEMS if i["updated_at"] >= query["updated_since"]])
        if url.path.startswith("/accounts/"):
            return self.answer(200, {"id": int(url.path[10:]), "detail": "d"})
        if url.path == "/accounts":
            return self.answer(200, [{"id": 1}, {"id": 2}])
        return self.answer(200, {"items": ITEMS[offset:offset + limit]})

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args):
        pass


@pytest.fixture
def api():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def project(folder, api):
    """A folder with the seed's sources, and a function that syncs one of them."""
    (folder / "custom_sources").mkdir()

    def sync(code, function, expect=0, module="my_api", **kwargs):
        (folder / "custom_sources" / f"{module}.py").write_text(code.replace("https://api.example.com", api), encoding="utf-8")
        paths = os.pathsep.join([str(REPO / "python"), str(BUILD / "python")])
        done = subprocess.run([sys.executable, "-m", "sluice", "source", module, function, "--project", str(folder), "--kwargs",
                               json.dumps(kwargs), "--destination", f"duckdb:{folder}/out.duckdb", "--dataset", "ds"],
                              capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths, "API_URL": api}, timeout=60)
        assert done.returncode == expect, done.stderr + done.stdout
        return json.loads(done.stdout.splitlines()[-1])

    return sync


SIMPLE = '''
import dlt
import requests

@dlt.source
def my_api():
    """My custom API source"""
    @dlt.resource(name="items", write_disposition="replace")
    def get_items():
        response = requests.get("https://api.example.com/items")
        response.raise_for_status()
        return response.json()["items"]
    return [get_items()]
'''

PAGINATED = '''
import dlt
import requests

@dlt.source
def paginated_api(base_url: str, page_size: int = 100):
    """API with configurable pagination"""
    @dlt.resource(name="items", write_disposition="replace")
    def get_items():
        page = 0
        while True:
            response = requests.get(
                f"{base_url}/items",
                params={"limit": page_size, "offset": page * page_size}
            )
            response.raise_for_status()
            items = response.json()["items"]
            if not items:
                break
            yield from items
            page += 1
    return [get_items()]
'''

AUTHENTICATED = '''
import os
import dlt
import requests

@dlt.source
def authenticated_api():
    api_key = os.environ.get("MY_API_KEY")
    if not api_key:
        raise ValueError("MY_API_KEY environment variable required")
    headers = {"Authorization": f"Bearer {api_key}"}
    @dlt.resource(name="data", write_disposition="replace")
    def get_data():
        response = requests.get(
            "https://api.example.com/secure",
            headers=headers
        )
        response.raise_for_status()
        return response.json()
    return [get_data()]
'''

INCREMENTAL = '''
import dlt
from dlt.sources.helpers import requests

@dlt.resource(
    name="orders",
    write_disposition="merge",
    primary_key="id"
)
def get_orders(updated_since=dlt.sources.incremental("updated_at", lag=7)):
    """Fetch orders updated since last sync"""
    response = requests.get(
        "https://api.example.com/orders",
        params={"updated_since": updated_since.last_value or "2024-01-01"}
    )
    print("since", updated_since.last_value)
    for order in response.json():
        yield order
'''

DEPENDENT = '''
import dlt
import requests

@dlt.source
def dependent_resources():
    """Fetch child data for each parent"""
    @dlt.resource(name="accounts")
    def get_accounts():
        return requests.get("https://api.example.com/accounts").json()

    @dlt.transformer(
        name="account_details",
        write_disposition="replace"
    )
    def get_account_details(account):
        """Fetch details for each account"""
        account_id = account["id"]
        response = requests.get(f"https://api.example.com/accounts/{account_id}")
        return response.json()
    return get_accounts() | get_account_details
'''

ENRICHED = '''
import dlt
import duckdb

@dlt.source
def enriched_data():
    @dlt.resource(name="enriched_orders", write_disposition="replace")
    def enrich():
        conn = duckdb.connect("seed.duckdb", read_only=True)
        orders = conn.execute("""
            SELECT 1 AS order_id, 2.5 AS amount, 'x' AS segment
        """).fetchall()
        conn.close()
        for row in orders:
            yield dict(zip(["order_id", "amount", "segment"], row))
    return [enrich()]
'''


def test_a_simple_source(project, rows):
    assert {t["name"]: t["rows"] for t in project(SIMPLE, "my_api")["tables"]} == {"items": 20, "items__tags": 19}
    project(SIMPLE, "my_api")
    assert rows("select count(*) from ds.items") == [(20,)]


def test_pages_and_arguments(project, rows, api):
    project(PAGINATED, "paginated_api", base_url=api, page_size=6)
    assert rows("select count(*), count(distinct id) from ds.items") == [(20, 20)]


def test_a_secret_of_dotenv(project, rows, folder):
    (folder / ".env").write_text('# keys\nexport MY_API_KEY="key-1"\n', encoding="utf-8")
    project(AUTHENTICATED, "authenticated_api")
    assert rows("select count(*) from ds.data__items") == [(20,)]


def test_a_missing_secret_points_at_the_line(project):
    told = project(AUTHENTICATED, "authenticated_api", expect=1)
    assert told["error"] == "ValueError"
    assert told["message"] == "MY_API_KEY environment variable required"
    assert told["file"] == "custom_sources/my_api.py"
    assert AUTHENTICATED.splitlines()[told["line"] - 1].strip().startswith("raise ValueError")


def test_incremental_with_lag_and_retries(project, rows):
    Api.fails = 1
    project(INCREMENTAL, "get_orders")
    assert rows("select count(*) from ds.orders") == [(20,)]
    again = project(INCREMENTAL, "get_orders")
    assert {t["name"]: t["rows"] for t in again["tables"]}["orders"] == 8  # the last day and seven before it
    assert rows("select count(*) from ds.orders") == [(20,)]


def test_a_transformer_for_each_parent(project, rows):
    project(DEPENDENT, "dependent_resources")
    assert rows("select id, detail from ds.account_details order by 1") == [(1, "d"), (2, "d")]


def test_reading_a_warehouse(project, rows, folder):
    import duckdb

    duckdb.connect(str(folder / "seed.duckdb")).close()
    project(ENRICHED, "enriched_data")
    assert rows("select order_id, amount::double, segment from ds.enriched_orders") == [(1, 2.5, "x")]


@pytest.mark.parametrize("code, function, module, message", [
    (SIMPLE, "my_apy", "my_api", "Did you mean my_api?"),
    ("import nothing_like_this\n", "f", "my_api", "No module named 'nothing_like_this'"),
    ("def broken(:\n", "f", "my_api", "invalid syntax"),
    ("import dlt\n@dlt.resource\ndef f():\n    yield {'a': 1}\n    raise KeyError('b')\n", "f", "my_api", "'b'"),
])
def test_what_is_wrong_is_told(project, code, function, module, message):
    told = project(code, function, expect=1, module=module)
    assert message in told["message"]


def test_an_unchanged_script(folder, rows):
    (folder / "script.py").write_text("import dlt\nfrom dlt.common.typing import TDataItem\nfrom dlt.extract.exceptions import "
                                      "ResourceExtractionError\nassert dlt.__name__ == 'sluice'\n"
                                      "p = dlt.pipeline('p', destination=dlt.destinations.duckdb('out.duckdb'), dataset_name='ds')\n"
                                      "p.run([{'a': 1}], table_name='t')\n", encoding="utf-8")
    paths = os.pathsep.join([str(REPO / "python"), str(BUILD / "python")])
    subprocess.run([sys.executable, "-m", "sluice", "run", "script.py"], check=True, env={**os.environ, "PYTHONPATH": paths}, timeout=60)
    assert rows("select a from ds.t") == [(1,)]
