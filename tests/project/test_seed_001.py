"""Every example of seed 001, taken from its text and left as it is: synced as custom sources, the outside world answered here."""
import os
import subprocess
import sys

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "tests" / "python"))
import seeds  # noqa: E402
from world import World  # noqa: E402

HEAD = "import dlt\nimport requests\n"
ITEMS = [{"id": i, "name": f"item {i}", "tags": ["a", "b"][:i % 3]} for i in range(250)]
ORDERS = [{"order_id": i, "amount": 1.5 * i, "customer_id": i % 2, "updated_at": f"2024-01-{i + 1:02}"} for i in range(10)]

# module: (what stands before the example, because the page leaves it out; its heading, first and last line, function, arguments)
EXAMPLES = {
    "my_api": ("", "Step 1: Create Python File", "import dlt", "return [get_items()]", "my_api", "{}"),
    "ecommerce_api": ("", "custom_sources/ecommerce_api.py", '"""', "return [get_products(), get_carts()", "ecommerce_api", "{}"),
    "paginated_api": ("", "custom_sources/paginated_api.py", "import dlt", "return [get_items()]", "paginated_api",
                      '{base_url: "https://api.example.com", page_size: 50}'),
    "authenticated_api": ("", "custom_sources/authenticated_api.py", "import os", "return [get_data()]", "authenticated_api", "{}"),
    "replaced": (HEAD + "def fetch_all_products():\n    return [{'id': 1}]\n", "replace (Full Refresh)", "@dlt.resource", "return fetch_all",
                 "get_products", "{}"),
    "appended": (HEAD + "def fetch_new_events():\n    return [{'id': 1}]\n", "append (Incremental Append)", "@dlt.resource", "return fetch_new",
                 "get_events", "{}"),
    "merged": (HEAD + "def fetch_all_orders():\n    return [{'order_id': 1, 'tags': [1, 2]}]\n", "merge (Upsert)", "@dlt.resource",
               "return fetch_all", "get_orders", "{}"),
    "by_date": ("", "Date-Based Incremental", "import dlt", "yield order", "get_orders", "{}"),
    "by_cursor": (HEAD, "Cursor-Based Incremental", "@dlt.resource", "cursor = data", "get_transactions", "{}"),
    "lookback": (HEAD + "def fetch_stats(start_date):\n    print('stats since', start_date)\n    for i in range(20):\n"
                 "        yield {'date': f'2024-02-{i + 1:02}', 'campaign_id': 1, 'clicks': i}\n",
                 "Lookback Window", "@dlt.resource", "yield row", "get_daily_stats", "{}"),
    "with_yield": (HEAD, "Pagination with yield", "@dlt.resource", "page += 1", "get_items", "{}"),
    "multi_resource": (HEAD, "Multiple Resources from One API", "@dlt.source", "return [get_customers()", "multi_resource_api", "{}"),
    "dependent": (HEAD, "Dependent Resources", "@dlt.source", "return get_accounts()", "dependent_resources", "{}"),
    "handling": (HEAD, "Basic Error Handling", "@dlt.resource", "raise", "get_data", "{}"),
    "retrying": (HEAD, "Retry Logic", "import time", "return response.json()", "get_data", "{}"),
    "debugging": (HEAD, "Debugging", "@dlt.resource", "return data", "get_data", "{}"),
}
TABLES = {"my_api": {"items": 250, "items__tags": 249}, "ecommerce_api": {"products": 2, "carts": 1, "users": 3, "carts__products": 2},
          "paginated_api": {"items": 250, "items__tags": 249}, "authenticated_api": {"data": 1}, "replaced": {"products": 1},
          "appended": {"events": 1}, "merged": {"orders": 1, "orders__tags": 2}, "by_date": {"orders": 10}, "by_cursor": {"transactions": 250},
          "lookback": {"daily_stats": 20}, "with_yield": {"items": 250, "items__tags": 249},
          "multi_resource": {"customers": 2, "orders": 10, "products": 1}, "dependent": {"account_details": 2}, "handling": {"data": 1},
          "retrying": {"data": 1}, "debugging": {"data": 1}}
AGAIN = {"appended": {"events": 1}, "by_date": {}, "by_cursor": {}, "lookback": {"daily_stats": 8},
         "with_yield": {"items": 250, "items__tags": 249}}


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    made.fails = 0  # so often the API says to come later

    @made.on("api.example.com", "/items")
    def items(request):
        if "page" in request.query:
            start = (int(request.query["page"]) - 1) * 100
            return {"items": ITEMS[start:start + 100]}
        start = int(request.query.get("offset", 0))
        return {"items": ITEMS[start:start + int(request.query.get("limit", 1000))]}

    @made.on("api.example.com", "/data")
    def data(request):
        if request.headers.get("Authorization", "Bearer key-1") != "Bearer key-1":
            return 401, {"error": "who?"}, {}
        if made.fails:
            made.fails -= 1
            return 503, {"error": "later"}, {"Retry-After": "0"}
        return {"id": 1}

    @made.on("api.example.com", "/orders")
    def orders(request):
        return [o for o in ORDERS if o["updated_at"] >= request.query.get("updated_since", "")]

    made.on("api.example.com", "/customers")(lambda request: [{"id": 0, "segment": "old"}, {"id": 1, "segment": "new"}])
    made.on("api.example.com", "/products")(lambda request: [{"id": 1}])
    made.on("api.example.com", "/accounts")(lambda request: [{"id": 1}, {"id": 2}])
    made.on("api.example.com", "/accounts/.")(lambda request: {"id": int(request.path[-1]), "detail": "d"})
    made.on("api.example.com", "/transactions")(
        lambda request: [{"id": i, "v": i} for i in range(int(request.query["after_id"]) + 1, min(int(request.query["after_id"]) + 101, 251))])
    made.on("dummyjson.com", "/products")(lambda request: {"products": [{"id": 1}, {"id": 2}]})
    made.on("dummyjson.com", "/carts")(lambda request: {"carts": [{"id": 1, "products": [{"id": 1}, {"id": 2}]}]})
    made.on("dummyjson.com", "/users")(lambda request: {"users": [{"id": i} for i in range(int(request.query["limit"]) // 10)]})
    yield made
    made.close()


@pytest.fixture
def env(world):
    """The world, and the Python of the tests as python3."""
    return {**world.env, "PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]}


def entry(name, module, function, kwargs="{}", more=""):
    return (f"- name: {name}\n  type: dlt_native\n  dlt_native:\n    source_module: {module}\n    source_function: {function}\n"
            f"    function_kwargs: {kwargs}\n{more}")


def tables_of(report):
    return {name: {t["name"]: t["rows"] for t in source["tables"]} for name, source in report.items()}


def test_every_example(project, env, world):
    for module, (head, heading, first, last, _function, _kwargs) in EXAMPLES.items():
        nth = 2 if last == "raise" or module == "retrying" else 1
        project.write(f"custom_sources/{module}.py", head + seeds.block(1, heading, first, last, 1 if module == "retrying" else nth))
    project.write(".env", "MY_API_KEY=key-1\n")
    project.sources("".join(entry(name, name, example[4], example[5]) for name, example in EXAMPLES.items()))
    assert tables_of(project.report(env=env)) == TABLES
    world.fails = 2
    assert tables_of(project.report("retrying", env=env)) == {"retrying": {"data": 1}} and world.fails == 0
    warehouse = project.warehouse
    assert warehouse("select count(*), count(distinct id) from raw_by_cursor.transactions") == [(250, 250)]
    assert warehouse("select id, detail from raw_dependent.account_details order by 1") == [(1, "d"), (2, "d")]
    again = tables_of(project.report("appended", "by_date", "by_cursor", "lookback", "with_yield", env=env))
    assert again == AGAIN
    assert warehouse("select count(*) from raw_lookback.daily_stats") == [(20,)]
    assert warehouse("select count(*) from raw_appended.events") == [(2,)]
    assert warehouse("select count(*) from raw_with_yield.items") == [(250,)]
    assert [r.query["updated_since"] for r in world.requests if r.path == "/orders" and r.query] == ["2024-01-01", "2024-01-10"]


def test_reading_the_warehouse_while_it_is_written(project, env):
    """The sync has the file open for writing all the time: the example gets what is committed."""
    project.write("custom_sources/multi.py", HEAD + seeds.block(1, *EXAMPLES["multi_resource"][1:4]))
    project.write("custom_sources/enriched.py", seeds.block(1, "Reading from DuckDB", "import dlt", "return [enrich()]"))
    project.sources(entry("my_api", "multi", "multi_resource_api") + entry("enriched", "enriched", "enriched_data"))
    project.report("my_api", env=env)
    assert tables_of(project.report("enriched", env=env)) == {"enriched": {"enriched_orders": 10}}
    assert project.warehouse("select order_id, amount from raw_enriched.enriched_orders order by 1") == [(i, 1.5 * i) for i in range(10)]


def test_standalone_first(project, env, tmp_path):
    """ "Test Independently First": the module is a program, too."""
    source = seeds.block(1, *EXAMPLES["my_api"][1:4]) + seeds.block(1, "Test Independently First", "if __name__", "print(load_info)")
    project.write("custom_sources/my_api.py", source)
    paths = os.pathsep.join([str(ROOT / "python"), str(os.path.dirname(os.environ.get("SLUICE_BIN", ROOT / "build" / "sluice")) + "/python")])
    done = subprocess.run([sys.executable, "-m", "sluice", "run", "custom_sources/my_api.py"], cwd=project.folder, text=True, capture_output=True,
                          env={**os.environ, **env, "PYTHONPATH": paths, "DLT_DATA_DIR": str(tmp_path / "dlt")}, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Pipeline test_pipeline load step completed" in done.stdout and "items" in done.stdout
