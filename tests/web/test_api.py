"""The server's API: what it answers, whom it refuses, what it writes."""
import os
import sqlite3
import stat

from support import until


def message(answer):
    return answer.json["error"]["message"]


def test_status_metrics_and_openapi(project):
    project.serve()
    status = project.get("/api/status").json
    assert (status["project"], status["root"]) == ("demo", str(project.folder))
    assert 0 < status["memory_bytes"] < 30e6
    metrics = project.get("/metrics")
    assert metrics.headers["Content-Type"].startswith("text/plain")
    assert 'sluice_source_running{source="shop"} 0' in metrics.text
    paths = project.get("/api/openapi.json").json["paths"]
    assert set(paths["/api/sources/{name}"]) == {"get", "put", "delete"}
    for path, methods in paths.items():  # what the document lists is there
        if "get" in methods and "{" not in path and path != "/api/events":
            assert project.get(path).status == 200, path


def test_every_answer_carries_the_safe_headers(project):
    project.serve()
    for path in ("/", "/assets/app.js", "/api/status", "/nothing"):
        answer = project.get(path)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert project.get("/").headers["Content-Type"] == "text/html; charset=utf-8"
    assert project.get("/assets/app.js").headers["Content-Type"].startswith("text/javascript")
    assert project.get("/assets/../server.c").status == 404


def test_only_this_machine_is_answered(project):
    project.serve()
    refused = project.get("/api/status", Host="evil.example")
    assert refused.status == 403 and "localhost" in message(refused)
    assert project.get("/api/status", Host=f"localhost:{project.port}").status == 200
    assert project.get("/api/status", Host="[::1]:8800").status == 200
    failed = project.command("web", "--host", "0.0.0.0", "--port", "0", expect=2)
    assert "--token" in failed.stderr


def test_forged_requests_change_nothing(project):
    project.serve()
    order = {"sql": "SELECT 1"}
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"},
                    {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}):
        assert project.ask("POST", "/api/query", order, headers).status == 403, headers
        assert project.ask("DELETE", "/api/sources/shop", {}, headers).status == 403, headers
    assert "shop" in project.sources.read_text()
    own = {"Origin": f"http://127.0.0.1:{project.port}", "Sec-Fetch-Site": "same-origin"}
    assert project.ask("DELETE", "/api/sources/none", {}, own).status == 404


def test_token(project):
    token = "0123456789abcdef0123"
    project.serve(env={"SLUICE_WEB_TOKEN": token})
    assert project.get("/").status == 200  # the page itself asks for the token
    assert project.get("/api/status").status == 401
    assert project.get("/api/status", Authorization="Bearer 0123456789abcdef0124").status == 401
    assert project.get("/api/status", Authorization=f"Bearer {token}", Host="data.example").status == 200
    assert project.ask("POST", "/api/login", {"token": "wrong"}).status == 401
    entered = project.ask("POST", "/api/login", {"token": token})
    cookie = entered.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert project.get("/api/status", Cookie=cookie.split(";")[0]).status == 200
    failed = project.command("web", "--token", "short", "--port", "0", expect=2)
    assert "16 to 400" in failed.stderr and "short" not in failed.stderr


def test_sources_are_added_changed_and_removed(project):
    project.serve()
    kinds = {t["name"]: t for t in project.get("/api/source-types").json}
    assert "credentials_env" in [f["key"] for f in kinds["postgres"]["fields"]]
    entry = {"name": "crm", "type": "postgres", "enabled": True,
             "generic_config": {"credentials_env": "CRM_URL", "schema": "sales"},
             "variables": {"CRM_URL": "postgres://me:s3cret@db/crm"}}
    assert project.ask("POST", "/api/sources", entry).status == 201
    env = project.folder / ".env"
    assert "CRM_URL=" in env.read_text() and stat.S_IMODE(os.stat(env).st_mode) == 0o600
    text = project.sources.read_text()
    assert "s3cret" not in text and "# kept beside the warehouse" in text
    listed = project.get("/api/sources")
    assert [s["name"] for s in listed.json["sources"]] == ["shop", "crm"] and "s3cret" not in listed.text
    again = project.ask("POST", "/api/sources", entry)
    assert again.status >= 400 and "crm" in message(again)
    wrong = project.ask("POST", "/api/sources", {"name": "x", "type": "postgres", "generic_config": {"shema": "a"}})
    assert wrong.status == 400 and "schema" in message(wrong)
    entry["generic_config"]["schema"] = "public"
    assert project.ask("PUT", "/api/sources/crm", {k: entry[k] for k in entry if k != "variables"}).status == 200
    assert project.get("/api/sources/crm").json["config"]["schema"] == "public"
    assert project.ask("DELETE", "/api/sources/crm", {}).status == 200
    assert project.sources.read_text().count("name:") == 1 and "# the shop's own database" in project.sources.read_text()
    assert project.get("/api/sources/crm").status == 404


def test_broken_yaml_is_shown_with_its_place(project):
    project.sources.write_text("version: '1.0'\nsources:\n  - name: shop\n    type: sqlite\n    enabld: true\n")
    project.serve()
    answer = project.get("/api/sources")
    assert answer.status == 400 and "sources.yml:5:" in message(answer) and "enabled" in message(answer)


def test_connections_are_tried(project):
    project.serve()
    found = project.ask("POST", "/api/sources/test", {"location": "sqlite:data/shop.db"})
    assert found.status == 200 and [t["name"] for t in found.json["tables"]] == ["orders"]
    failed = project.ask("POST", "/api/sources/test", {"location": "sqlite:data/none.db"})
    assert failed.status == 400 and "none.db" in message(failed)
    assert "s3cret" not in project.ask("POST", "/api/sources/test",
                                       {"location": "postgres://me:s3cret@127.0.0.1:1/db"}).text


def test_tables_and_queries(project):
    project.fill()
    project.serve()
    catalog = project.get("/api/catalog").json
    assert ["raw_shop", "orders", "500", "amount"] in [row[:4] for row in catalog["rows"]]
    rows = project.get("/api/catalog/raw_shop/orders").json
    assert len(rows["rows"]) == 100 and rows["more"] and rows["rows"][1][:2] == ["1", "1.50"]
    assert project.get("/api/catalog/raw_shop/none").status == 400
    asked = project.ask("POST", "/api/query", {"sql": "SELECT sum(amount) AS total FROM raw_shop.orders"}).json
    assert asked["rows"] == [["187125.00"]]
    for sql in ("DROP TABLE raw_shop.orders", "COPY raw_shop.orders TO 'x.csv'", "SELECT * FROM read_text('/etc/hosts')",
                "SELECT", "SET memory_limit = '1GB'"):
        assert project.ask("POST", "/api/query", {"sql": sql}).status == 400, sql
    assert not (project.folder / "x.csv").exists()
    assert project.ask("POST", "/api/query", "{").status == 400
    assert project.ask("POST", "/api/query", {"sql": 3}).status == 400


def test_endless_queries_are_stopped(project):
    config = project.folder / ".dango" / "project.yml"
    config.write_text(config.read_text() + "api:\n  query_timeout_seconds: 1\n  query_max_rows: 3\n")
    project.fill()
    project.serve()
    slow = project.ask("POST", "/api/query", {"sql": "SELECT count(*) FROM range(1000000000) a, range(1000000000) b"})
    assert slow.status == 400 and "1 second" in message(slow)
    few = project.ask("POST", "/api/query", {"sql": "SELECT * FROM range(1000)"}).json
    assert (len(few["rows"]), few["more"]) == (3, True)


def test_a_taken_port_is_told(project):
    project.serve()
    failed = project.command("web", "--port", str(project.port), expect=1)
    assert f"port {project.port}" in failed.stderr and "--port" in failed.stderr


def test_schedules_are_listed_changed_and_run(project):
    project.serve("--schedules")
    assert project.get("/api/schedules").json == []
    assert project.get("/api/scheduler").json == {"process": project.process.pid, "problems": None, "unscheduled": ["shop"]}
    added = {"name": "nightly", "cron": "daily", "sources": ["shop"], "timezone": "UTC"}
    assert project.ask("POST", "/api/schedules", added).status == 200
    again = project.ask("POST", "/api/schedules", added)
    assert again.status == 400 and "two schedules" in again.json["error"]["message"]
    [one] = project.get("/api/schedules").json
    assert one["next_run_time"].endswith("T06:00:00+00:00") and one["last_run"] is None
    assert project.ask("PUT", "/api/schedules/nightly", {"enabled": False, "cron": "weekly"}).status == 200
    [one] = project.get("/api/schedules").json
    assert (one["enabled"], one["cron"], one["next_run_time"]) == (False, "weekly", None)
    assert project.ask("PUT", "/api/schedules/nightly", {"name": "x"}).status == 400
    assert project.ask("POST", "/api/schedules/nightly/trigger", {}).status == 202
    until(lambda: (project.get("/api/schedules").json[0]["last_run"] or {}).get("status") == "success")
    assert [(run["rows_processed"], run["sources"]) for run in project.get("/api/schedules/nightly/history").json] == [(500, ["shop"])]
    assert project.get("/api/sync/jobs").json[0]["schedule"] == "nightly"
    assert project.ask("POST", "/api/schedules/other/trigger", {}).status == 404
    assert project.ask("DELETE", "/api/schedules/nightly", {}).status == 200
    assert project.get("/api/schedules").json == []


def test_schema_drift_and_rejects(project):
    with project.sources.open("a") as out:
        out.write("  - name: lines\n    type: csv\n    csv: {directory: data/in, rejects: table, columns: 'n:bigint'}\n")
    (project.folder / "data" / "in").mkdir()
    (project.folder / "data" / "in" / "a.csv").write_text("n,t\n1,a\nx,b\n")
    project.command("sync", "--no-dbt", expect=3)
    with sqlite3.connect(project.folder / "data" / "shop.db") as shop:
        shop.execute("ALTER TABLE orders DROP COLUMN note")
    project.command("sync", "shop", "--no-dbt")
    project.serve()
    schema = project.get("/api/sources/shop/schema").json
    assert schema["now"]["orders"] == {"id": "bigint", "amount": "decimal(10,2)"}
    assert schema["changes"] == ["orders.note: column removed"]
    assert project.get("/api/governance/schema-drift").json == [{"source": "shop", "changes": "orders.note: column removed"}]
    assert project.ask("POST", "/api/governance/drift/shop/accept", {}).json == {"accepted": 1}
    assert project.get("/api/governance/schema-drift").json == []
    found = project.get("/api/sources/lines/rejects").json
    [row] = [dict(zip((c["name"] for c in found["columns"]), row)) for row in found["rows"]]
    assert (row["column"], row["row"]) == ("n", "x,b") and "x" in row["reason"], row
    assert project.get("/api/sources/shop/rejects").json["rows"] == []
    assert project.get("/api/sources/other/rejects").status == 404
