"""sources.rest_api and rest_client against a local service: the same requests and rows as the real dlt."""
import importlib
import os

import pytest
import requests
from web_support import POSTS, Service

import sluice as dlt
from sluice import exceptions


@pytest.fixture(scope="module")
def service():
    server = Service()
    yield server
    server.shutdown()


@pytest.fixture
def client(service):
    from sluice.sources.helpers.rest_client import RESTClient

    service.taken()
    return lambda **options: RESTClient(service.url, **options)


def described(url):
    """Every part of the description at least once."""
    comments = {"name": "comments", "include_from_parent": ["title"], "endpoint": {"path": "posts/{resources.posts.id}/comments"}}
    details = {"name": "details", "endpoint": {"path": "posts/{post}", "params": {"post": {"type": "resolve", "resource": "posts", "field": "id"}},
                                               "response_actions": [{"status_code": 404, "action": "ignore"}]}}
    return {
        "client": {"base_url": url, "auth": {"type": "bearer", "token": "t1"}},
        "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
        "resources": [
            {"name": "posts", "endpoint": {"incremental": {"cursor_path": "updated_at", "initial_value": "2024-01-02", "start_param": "since"}},
             "processing_steps": [{"filter": lambda row: row["id"] != 3}, {"map": lambda row: {**row, "long": len(row["title"]) > 5}}]},
            comments, details,
            {"name": "linked", "endpoint": {"paginator": "header_link"}},
            {"name": "numbered", "endpoint": {"paginator": {"type": "page_number", "total_path": "total_pages"}}},
            {"name": "guessed", "endpoint": {"path": "numbered"}},
            {"name": "cursors", "endpoint": {"paginator": "cursor", "data_selector": "results"}},
            {"name": "offsets", "endpoint": {"paginator": {"type": "offset", "limit": 2}}},
            {"name": "in_body", "endpoint": {"path": "offsets", "method": "POST", "json": {"offset": 0}, "data_selector": "$.rows[*]",
                                             "paginator": {"type": "offset", "limit": 4, "offset_body_path": "offset",
                                                           "limit_body_path": "limit"}}},
            {"name": "window", "endpoint": {"path": "posts", "params": {"since": "{incremental.start_value}"}, "incremental": {
                "cursor_path": "updated_at", "initial_value": "2024-01-03", "end_value": "2024-01-05T00:00:00Z",
                "convert": lambda value: value[:10]}}},
        ],
    }


def load(package, service, folder):
    """(requests of two runs, rows of all tables) with one of the two packages."""
    rest_api = importlib.import_module(f"{package.__name__}.sources.rest_api")
    pipeline = package.pipeline(f"api_{package.__name__}", pipelines_dir=str(folder / package.__name__), dataset_name="ds",
                                destination=package.destinations.duckdb(str(folder / f"{package.__name__}.duckdb")))
    service.taken()
    asked = []
    for _ in range(2):
        pipeline.run(rest_api.rest_api_source(described(service.url), name="web"))
        asked.append(sorted(service.taken()))
    cursor = pipeline.state["sources"]["web"]["resources"]["posts"]["incremental"]["updated_at"]
    return asked, contents(folder / f"{package.__name__}.duckdb"), {k: cursor[k] for k in ("initial_value", "last_value", "unique_hashes")}


def contents(path):
    import duckdb

    with duckdb.connect(str(path), read_only=True) as connection:
        names = [row[0] for row in connection.execute("select table_name from information_schema.tables where table_schema = 'ds'").fetchall()
                 if not row[0].startswith("_dlt")]
        return {name: sorted(map(repr, connection.execute(f'select columns(c -> c not like \'\\_dlt%\' escape \'\\\') from ds."{name}"').fetchall()))
                for name in names}


def test_the_same_requests_tables_and_state_as_dlt(service, folder):
    import dlt as real

    ours, theirs = load(dlt, service, folder), load(real, service, folder)
    assert ours[0] == theirs[0]
    assert ours[1] == theirs[1]
    assert ours[2] == theirs[2]
    assert len(ours[0][0]) > 30 and len(ours[1]) > 9


def test_rows_of_dependent_resources_in_parallel(service):
    from sluice.sources.rest_api import rest_api_source

    config = {"client": {"base_url": service.url}, "resources": [
        "posts", {"name": "comments", "parallelized": True, "include_from_parent": ["id"],
                  "endpoint": "posts/{resources.posts.id}/comments"}]}
    rows = list(rest_api_source(config).with_resources("comments"))
    assert sorted((row["_posts_id"], row["id"]) for row in rows) == [(n, n * 10 + i) for n in range(7) for i in range(n % 3)]


@pytest.mark.parametrize("auth", [{"token": "t1"}, {"type": "api_key", "api_key": "key1"},
                                  {"type": "api_key", "name": "key", "api_key": "key1", "location": "query"},
                                  {"type": "api_key", "name": "key", "api_key": "key1", "location": "cookie"},
                                  {"type": "http_basic", "username": "u", "password": "p"}])
def test_kinds_of_authentication(service, auth):
    from sluice.sources.rest_api import rest_api_source

    assert list(rest_api_source({"client": {"base_url": service.url, "auth": auth}, "resources": ["private"]})) == [{"id": 1}]


def test_client_credentials_get_one_token(service, client):
    from sluice.sources.helpers.rest_client.auth import OAuth2ClientCredentials

    auth = OAuth2ClientCredentials(access_token_url=f"{service.url}/token", client_id="me", client_secret="secret")
    made = client(auth=auth)
    assert made.get("/private").json() == made.get("/private").json() == [{"id": 1}]
    assert [path for _, path, _, _ in service.taken()] == ["/token", "/private", "/private"]
    with pytest.raises(requests.HTTPError):
        client(auth=OAuth2ClientCredentials(access_token_url=f"{service.url}/token", client_id="me", client_secret="x")).get("/private")


def test_a_signed_token(service, client):
    import sys
    import types
    from unittest import mock

    from sluice.sources.helpers.rest_client.auth import OAuthJWTAuth

    said = []
    fake = types.SimpleNamespace(encode=lambda payload, key, algorithm: said.append((payload, key, algorithm)) or "signed")
    auth = OAuthJWTAuth(client_id="me", private_key="k", auth_endpoint=f"{service.url}/token", scopes=["a", "b"])
    with mock.patch.dict(sys.modules, jwt=fake), mock.patch.object(OAuthJWTAuth, "load_private_key", lambda self: "key"):
        with pytest.raises(requests.HTTPError):
            client(auth=auth).get("/private")
    assert said[0][0]["scope"] == "a b" and said[0][1:] == ("key", "RS256")
    assert "assertion=signed" in service.taken()[0][2]


def test_secrets_come_from_the_configuration(service, monkeypatch):
    from sluice.sources.rest_api import rest_api_source

    config = {"client": {"base_url": service.url, "auth": "api_key"}, "resources": ["private"]}
    with pytest.raises(exceptions.ConfigFieldMissingException, match="SOURCES__REST_API__MINE__CREDENTIALS__API_KEY"):
        rest_api_source(config, name="mine")
    monkeypatch.setenv("SOURCES__REST_API__CREDENTIALS__API_KEY", "key1")
    assert list(rest_api_source(config, name="mine")) == [{"id": 1}]


def test_the_whole_source_comes_from_the_configuration(service, folder):
    from sluice.sources.rest_api import rest_api

    os.makedirs(".dlt")
    (folder / ".dlt" / "config.toml").write_text(f'[sources.rest_api]\nresources = ["posts"]\n[sources.rest_api.client]\nbase_url = "{service.url}"')
    assert [row["id"] for row in rest_api()] == list(range(7))


@pytest.mark.parametrize("config, said", [
    ({"client": {"base_url": ""}}, "missing required fields"),
    ({"client": {"base_url": "", "nose": 1}, "resources": []}, "./client`: received unexpected fields"),
    ({"client": {"base_url": "", "auth": {"type": "bearer", "token": "hidden-token", "x": 1}}, "resources": []}, r"h\*\*\*\*\*n"),
    ({"client": {"base_url": "x", "paginator": "pages"}, "resources": []}, "field `paginator` expects"),
    ({"client": {"base_url": "x"}, "resources": ["a", "a"]}, "already defined"),
    ({"client": {"base_url": "x"}, "resources": ["a/{b}"]}, "requires a param named 'b'"),
    ({"client": {"base_url": "x"}, "resources": [{"name": "a", "endpoint": "a/{resources.c.id}"}]}, "non existing parent resource `c`"),
    ({"client": {"base_url": "x"}, "resources": [{"name": "a", "include_from_parent": ["id"]}]}, "not dependent on another"),
])
def test_wrong_descriptions_say_where(config, said):
    from sluice.sources.rest_api import rest_api_source

    with pytest.raises((exceptions.DictValidationException, ValueError), match=said) as caught:
        rest_api_source(config)
    assert "hidden-token" not in str(caught.value)


def test_errors_hide_secrets_and_show_the_answer(client, monkeypatch):
    with pytest.raises(requests.HTTPError, match=r"404 Client Error.*key=\*\*\*") as caught:
        list(client().paginate("/nowhere", params={"key": "secret1"}))
    assert "secret1" not in str(caught.value) and "not found" not in str(caught.value)
    monkeypatch.setenv("RUNTIME__HTTP_SHOW_ERROR_BODY", "true")
    with pytest.raises(requests.HTTPError, match="not found"):
        list(client().paginate("/nowhere"))


def test_busy_services_are_asked_again(service, client):
    service.fail("/linked", 503, 429)
    assert sum(map(len, client().paginate("/linked"))) == len(POSTS)
    assert len(service.taken()) == 5
    service.fail("/linked", *[500] * 5)
    with pytest.raises(requests.HTTPError, match="500 Server Error"):
        list(client().paginate("/linked"))
    assert len(service.taken()) == 5


def test_pages_know_their_request_and_hooks_may_change_it(client):
    from sluice.sources.helpers.rest_client.paginators import BasePaginator

    class Twice(BasePaginator):
        def update_state(self, response, data=None):
            self._has_next_page = "again" not in response.request.url

        def update_request(self, request):
            request.params = {"again": 1}

    seen = []
    pages = list(client().paginate("/posts/1", paginator=Twice(), hooks={"response": [lambda response, *a, **k: seen.append(response.status_code)]}))
    assert [page.response.url.rpartition("?")[2] for page in pages][1] == "again=1"
    assert seen == [200, 200] and pages[0] == ["a", "b"]


def test_paginate_of_an_address_alone(service):
    from sluice.sources.helpers.rest_client import paginate

    assert [row["id"] for page in paginate(f"{service.url}/cursors") for row in page] == list(range(7))


def test_paths():
    from sluice.common import jsonpath

    document = {"a": {"b.c": [{"d": 1}, {"d": 2}], "x y": 3}, "list": [1, 2, 3]}
    for path, found in {"$": [document], "a.'b.c'[*].d": [1, 2], "$['a']['x y']": [3], "list[1:]": [2, 3], "list[-1]": [3], "$..d": [1, 2],
                        "a.nothing": [], "*": [document["a"], document["list"]]}.items():
        assert jsonpath.find_values(path, document) == found, path
    with pytest.raises(ValueError, match="no JSONPath"):
        jsonpath.compile_path("a[")
