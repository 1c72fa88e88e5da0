"""Runs dlt's own verified sources, unmodified, against written shapes of their APIs on this machine.

    .deps/venv/bin/python tests/python/verified_sources.py FOLDER

FOLDER is the folder `sources` of a checkout of dlt-hub/verified-sources; it is read and nothing of it is kept. Without it, or where a source
wants a package that is not installed, the run says so. Each source is loaded twice. The last line counts; the exit code is 1 when one fails."""
import importlib
import os
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SLUICE_BIN", ROOT / "build" / "sluice")).parent
sys.path[:0] = [str(ROOT / "python"), str(BUILD / "python"), str(ROOT / "tests" / "python")]

SOURCES = []  # (name, module, make(module), answers(world), tables)


def source(module, tables):
    """Decorates make(module, world): it says what the world answers, and gives the source."""
    def wrap(make):
        SOURCES.append((make.__name__, module, make, tables))
        return make

    return wrap


# ---- Notion ----


@source("notion", {"customers": 3, "customers__properties__tags__multi_select": 3})
def notion_databases(module, world):
    pages = [{"object": "page", "id": f"p{i}", "properties": {"Name": {"title": [{"plain_text": f"n{i}"}]}, "Tags": {"multi_select": [{"name": "a"}]}}}
             for i in range(3)]

    @world.on("api.notion.com", "/v1/search/")
    def search(request):
        return {"results": [{"object": "database", "id": "d1", "title": [{"plain_text": "customers"}]}], "next_cursor": None}

    @world.on("api.notion.com", "/v1/databases/d1/query")
    def query(request):
        start = 2 if (request.body or {}).get("start_cursor") else 0
        return {"results": pages[start:start + 2], "has_more": start == 0, "next_cursor": "c" if start == 0 else None}

    return module.notion_databases(api_key="k")


# ---- Asana ----


@source("asana_dlt", {"workspaces": 1, "projects": 2, "sections": 2, "tags": 1, "tasks": 2, "stories": 2, "teams": 1, "users": 1})
def asana_source(module, world):
    def many(path, *rows):
        world.on("app.asana.com", path)(lambda request: {"data": list(rows), "next_page": None})

    many("/api/1.0/workspaces", {"gid": "w1", "name": "w"})
    many("/api/1.0/projects", {"gid": "p1", "name": "a"}, {"gid": "p2", "name": "b"})
    many("/api/1.0/projects/p[12]/sections", {"gid": "s1", "name": "s"})
    many("/api/1.0/(workspaces/w1/)?tags", {"gid": "t1", "name": "t"})
    world.on("app.asana.com", "/api/1.0/tasks")(
        lambda request: {"data": [{"gid": "k" + request.query["project"], "modified_at": "2024-01-01T00:00:00.000Z"}], "next_page": None})
    many("/api/1.0/tasks/.*/stories", {"gid": "y1", "text": "hello"})
    many("/api/1.0/organizations/w1/teams", {"gid": "m1", "name": "team"})
    many("/api/1.0/(workspaces/w1/)?users", {"gid": "u1", "name": "user"})
    os.environ["SOURCES__ASANA_DLT__ACCESS_TOKEN"] = "k"
    return module.asana_source()


# ---- Zendesk ----


@source("zendesk", {"tickets": 2, "ticket_fields": 1, "ticket_events": 1, "ticket_metric_events": 1, "users": 2, "groups": 1})
def zendesk_support(module, world):
    moment = "2024-01-01T00:00:00Z"
    answers = {
        "/api/v2/ticket_fields.json": {"ticket_fields": [{"id": 7, "title": "Size", "custom_field_options": [{"value": "l", "name": "Large"}]}]},
        "/api/v2/incremental/ticket_events.json": {"ticket_events": [{"id": 1, "timestamp": 1700000000}], "end_of_stream": True},
        "/api/v2/incremental/tickets": {"end_of_stream": True, "tickets": [
            {"id": i, "custom_fields": [{"id": 7, "value": "l"}], "fields": [], "tags": ["x"], "updated_at": moment, "created_at": moment,
             "due_at": None} for i in (1, 2)]},
        "/api/v2/incremental/ticket_metric_events": {"ticket_metric_events": [{"id": 1, "time": moment}], "meta": {"has_more": False}},
        "/api/v2/groups.json": {"groups": [{"id": 1, "name": "g"}], "meta": {"has_more": False}},
        "/api/v2/custom_roles.json": {"custom_roles": []}, "/api/v2/dynamic_content/items.json": {"items": [], "meta": {"has_more": False}},
        "/api/v2/job_statuses.json": {"job_statuses": [], "meta": {"has_more": False}}, "/api/v2/slas/policies.json": {"sla_policies": []},
    }

    @world.on("shop.zendesk.com")
    def answer(request):
        if request.path == "/api/v2/users.json":
            more = "page" not in request.query
            return {"users": [{"id": 1 if more else 2}], "meta": {"has_more": more},
                    "links": {"next": "https://shop.zendesk.com/api/v2/users.json?page=2"}}
        name = request.path.rsplit("/", 1)[-1].removesuffix(".json")
        return answers.get(request.path, {name: [], "meta": {"has_more": False}})

    return module.zendesk_support(credentials=module.ZendeskCredentialsOAuth(subdomain="shop", oauth_token="k"))


# ---- GitHub ----


def graphql(world):
    @world.on("api.github.com", "/graphql")
    def answer(request):
        if "stargazers" in request.body["query"]:
            first = not request.body["variables"].get("page_after")
            return {"data": {"repository": {"stargazers": {"edges": [{"starredAt": "2024-01-01", "node": {"login": "a"}}] if first else [],
                                                           "pageInfo": {"endCursor": "c"}}}, "rateLimit": {"cost": 1, "remaining": 9}}}
        variables = request.body["variables"]
        if "node_type" not in variables:  # reactions of comments
            return {"data": {"node_0": {"id": "c1", "reactions": {"totalCount": 1, "nodes": [{"content": "HEART"}]}},
                             "rateLimit": {"cost": 1, "remaining": 9}}}
        rows = [] if variables.get("page_after") else [
            {"number": i, "reactions": {"totalCount": 0, "nodes": []}, "comments": {"totalCount": 1, "nodes": [
                {"id": "c1", "body": "b", "reactionGroups": [{"createdAt": "2024-01-01"}]}]}} for i in range(1)]
        return {"data": {"repository": {variables["node_type"]: {"nodes": rows, "pageInfo": {"endCursor": "c"}}},
                         "rateLimit": {"cost": 1, "remaining": 9}}}


@source("github", {"issues": 1, "issues__comments": 1, "issues__comments__reactions": 1, "pull_requests": 1})
def github_reactions(module, world):
    graphql(world)
    return module.github_reactions("dagster-io", "dagster", access_token="k", max_items=250)


@source("github", {"stargazers": 1})
def github_stargazers(module, world):
    graphql(world)
    return module.github_stargazers("dlt-hub", "dlt", access_token="k")


@source("github", {"push_event": 2, "push_event__payload__commits": 2, "watch_event": 1})
def github_repo_events(module, world):
    @world.on("api.github.com", "/repos/apache/airflow/events")
    def events(request):
        second = request.query.get("page") == "2"
        rows = [{"id": "3", "type": "WatchEvent", "created_at": "2024-01-01T00:00:00Z"}] if second else [
            {"id": str(i), "type": "PushEvent", "created_at": "2024-01-02T00:00:00Z", "payload": {"commits": [{"sha": "x"}]}} for i in (1, 2)]
        links = {} if second else {"Link": '<https://api.github.com/repos/apache/airflow/events?per_page=100&page=2>; rel="next"'}
        return 200, rows, {"x-ratelimit-remaining": "59", **links}

    return module.github_repo_events("apache", "airflow", access_token="")


# ---- HubSpot ----


@source("hubspot", {"companies": 2, "companies__contacts": 1, "contacts": 2, "deals": 2, "owners": 1, "pipelines_deals": 1,
                    "stages_timing_deals": 2, "companies_property_history": 2})
def hubspot(module, world):
    settings = importlib.import_module("hubspot.settings")
    kinds = {plural: singular for plural, singular in settings.OBJECT_TYPE_SINGULAR.items()}

    @world.on("api.hubapi.com", "/crm/v3/properties/.*")
    def properties(request):
        plural = request.path.rsplit("/", 1)[-1]
        names = [*settings.ENTITY_PROPERTIES[kinds[plural]], "hs_v2_date_entered_won"]
        return {"results": [{"name": name, "type": "number" if name == "amount" else "string"} for name in names]}

    @world.on("api.hubapi.com", "/crm/v3/objects/.*")
    def objects(request):
        plural = request.path.rsplit("/", 1)[-1]
        second = request.query.get("after") == "1"
        number = "2" if second else "1"
        if "propertiesWithHistory" in request.query or second and request.query.get("history"):
            row = {"id": number, "propertiesWithHistory": {"name": [{"value": "v", "timestamp": "2024-01-01T00:00:00Z"}]}}
        else:
            row = {"id": number, "properties": {"hs_object_id": number, "name": "n", "amount": "12.5", "hs_v2_date_entered_won": "2024-01-01T00:00:00Z"}}
            if plural == "companies" and not second:
                row["associations"] = {"contacts": {"results": [{"id": "9"}]}}
        more = "&history=1" if "propertiesWithHistory" in request.query else ""
        link = f"https://api.hubapi.com{request.path}?after=1{more}"
        return {"results": [row], **({} if second else {"paging": {"next": {"link": link}}})}

    world.on("api.hubapi.com", "/crm/v3/owners/")(lambda request: {"results": [{"id": "o1", "email": "a@b.c"}]})
    world.on("api.hubapi.com", "/crm/v3/pipelines/.*")(lambda request: {"results": [{"id": "l1", "stages": [{"id": "won"}]}]})
    return module.hubspot(api_key="k", include_history=True)


# ---- Stripe ----


def stripe_lists(module, world):
    module.stripe.ca_bundle_path = str(world.certificate)  # Stripe's package brings its own list of authorities

    @world.on("api.stripe.com", "/v1/.*")
    def rows(request):
        name = request.path.rsplit("/", 1)[-1].rstrip("s")
        second = "starting_after" in request.query
        return {"object": "list", "url": request.path, "has_more": not second, "data": [
            {"id": f"{name}_{2 if second else 1}", "object": name, "created": 1700000000 + second, "metadata": {"k": "v"}}]}


@source("stripe_analytics", {"subscription": 2, "customer": 2, "invoice": 2, "price": 2})
def stripe_source(module, world):
    stripe_lists(module, world)
    return module.stripe_source(stripe_secret_key="sk_test_1")


@source("stripe_analytics", {"event": 2, "balance_transaction": 2})
def incremental_stripe_source(module, world):
    stripe_lists(module, world)
    return module.incremental_stripe_source(stripe_secret_key="sk_test_1")


# ---- others with plain APIs ----


@source("jira", {"issues": 2, "users": 1, "workflows": 1, "projects": 1})
def jira(module, world):
    @world.on("shop.atlassian.net", "/+rest/api/3/.*")
    def answer(request):
        if request.path.endswith("/jql"):
            second = "nextPageToken" in request.query
            return {"issues": [{"id": "2" if second else "1", "fields": {"summary": "s"}}], **({} if second else {"nextPageToken": "n"})}
        rows = [] if request.query.get("startAt", "0") != "0" else [{"id": "1"}]
        return rows if request.path.endswith("users") else {"values": rows}

    return module.jira(subdomain="shop", email="a@b.c", api_token="k")


@source("freshdesk", {"tickets": 1, "contacts": 1})
def freshdesk_source(module, world):
    world.on("shop.freshdesk.com", "/api/v2/.*")(
        lambda request: [{"id": 1, "updated_at": "2024-01-01T00:00:00Z"}] if request.query.get("page", "1") == "1" else [])
    return module.freshdesk_source(endpoints=["tickets", "contacts"], domain="shop", api_secret_key="k")


def run(name, module, make, tables, world):
    """None, or what is wrong."""
    import sluice

    made = importlib.import_module(module)
    world.answers.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for again in (False, True):
            pipeline = sluice.pipeline(name, destination=sluice.destinations.duckdb(f"{name}.duckdb"), dataset_name="ds")
            counts = pipeline.run(make(made, world)).row_counts
            wrong = {table: counts.get(table) for table, rows in tables.items() if counts.get(table) != rows}
            if wrong and not again:
                return f"rows differ: {wrong} of {tables}"
    return None


def main(arguments):
    folder = Path(arguments[0]) if arguments else None
    if folder is None or not folder.is_dir():
        print(f"verified sources: {folder or 'no folder given'}: not there, nothing was run")
        return 0
    from sluice import _alias
    from world import World

    _alias.install()
    sys.path.insert(0, str(folder.resolve()))
    passed, failed, left_out = 0, 0, 0
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        world = World(Path(work))
        os.environ.update(world.env, DLT_DATA_DIR=work)
        for name, module, make, tables in SOURCES:
            try:
                wrong = run(name, module, make, tables, world)
            except ModuleNotFoundError as error:
                print(f"left out  {name}: package {error.name} is not installed")
                left_out += 1
                continue
            except Exception as error:  # of a source: the next is run all the same
                wrong = f"{type(error).__name__}: {str(error)[:500]}"
                if "--trace" in arguments:
                    traceback.print_exc()
            print(f"{'FAILED' if wrong else 'passed':8}  {name}{': ' + wrong if wrong else ''}")
            passed, failed = passed + (not wrong), failed + bool(wrong)
        world.close()
    print(f"verified sources: {passed} passed, {failed} failed, {left_out} left out")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
