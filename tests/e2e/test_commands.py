"""inspect, plan, query, pipeline, help and the examples."""
import json
import subprocess

from support import REPO, SLUICE


def test_version_and_help(work):
    assert work.run("--version").out.startswith("sluice ")
    assert "load" in work.run("help").out
    for command in ("load", "plan", "inspect", "query", "pipeline", "completion", "reference"):
        assert "Usage: sluice " + command in work.run("help", command).out
    assert "--write-disposition" in work.run("load", "--help").out
    for shell in ("bash", "zsh", "fish"):
        assert "sluice" in work.run("completion", shell).out
    assert ".TH SLUICE" in work.run("reference", "man").out


def test_plan_touches_nothing(work):
    path = work.write("a.jsonl", '{"id": 1, "kids": [{"a": 1}]}\n')
    done = work.run("plan", path, f"duckdb:{work.database}", "--dataset", "ds", "--as", "items")
    assert "CREATE TABLE" in done.out and not work.database.exists()
    work.load(path)
    before = work.database.read_bytes()
    again = work.run("plan", work.write("b.jsonl", '{"id": 2, "more": 1}\n'), f"duckdb:{work.database}", "--dataset", "ds", "--as", "items",
                     "--pipeline", "items")
    assert "ADD COLUMN" in again.out and work.database.read_bytes() == before


def test_inspect(work):
    path = work.write("a.csv", "id,name\n1,x\n")
    assert "name" in work.run("inspect", path).out
    tables = json.loads(work.run("inspect", work.write("b.jsonl", '{"id": 1, "k": [1]}\n'), "--json").out)["tables"]
    assert [t["name"] for t in tables] == ["b", "b__k"]


def test_query_formats(work):
    work.load(work.write("a.jsonl", '{"id": 1, "t": "a,\\"b\\""}\n{"id": 2, "t": null}\n'))
    sql = "select id, t from ds.items order by id"
    assert work.run("query", work.database, sql, "--format", "csv").out == 'id,t\n1,"a,""b"""\n2,\n'
    assert json.loads(work.run("query", work.database, sql, "--format", "json").out) == [{"id": 1, "t": 'a,"b"'}, {"id": 2, "t": None}]
    assert "(2 rows)" in work.run("query", work.database, sql).out
    work.run("query", work.database, "select nothing from nowhere", expect=1)
    work.run("query", work.database, "delete from ds.items", expect=1)
    work.run("query", work.folder / "none.duckdb", "select 1", expect=1)


def test_pipeline_commands(work):
    work.load(work.write("a.jsonl", '{"id": 1}\n'), "--pipeline", "shop")
    at = ["--pipelines-dir", work.folder / "pipelines"]
    assert "shop" in work.run("pipeline", *at).out
    info = json.loads(work.run("pipeline", "shop", "info", "--json", *at).out)
    assert info["dataset_name"] == "ds" and info["packages"][0]["state"] == "loaded"
    assert "items" in work.run("pipeline", "shop", "trace", *at).out
    assert "items:" in work.run("pipeline", "shop", "schema", *at).out
    work.load(work.write("b.jsonl", "broken\n"), "--pipeline", "shop", expect=1)
    work.run("pipeline", "shop", "failed-jobs", *at)
    assert "did you mean" in work.run("pipeline", "shp", "info", *at, expect=1).err
    work.run("pipeline", "shop", "sync", "--destination", work.database, *at)
    work.run("pipeline", "shop", "drop", "--yes", "--destination", work.database, *at)
    assert work.rows("select count(*) from information_schema.tables where table_name = 'items'") == [(0,)]


def test_schema_import_and_export(work):
    work.load(work.write("a.jsonl", '{"id": 1, "price": 5}\n'), "--export-schema", work.folder, "--pipeline", "shop")
    text = (work.folder / "shop.schema.yaml").read_text()
    assert "price" in text
    (work.folder / "shop.schema.yaml").write_text(text.replace("data_type: bigint", "data_type: text"))
    work.database.unlink()
    work.load("a.jsonl", "--import-schema", work.folder, "--pipeline", "shop")
    assert work.rows("select price from ds.items") == [("5",)]


def test_quickstart():
    done = subprocess.run([REPO / "examples" / "quickstart.sh", SLUICE], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "orders__lines__discounts" in done.stdout and "revenue" in done.stdout


def steps_of(work, name="items"):
    run = json.loads((work.folder / "pipelines" / name / "trace.json").read_text())["runs"][-1]
    return run, {step["step"]: step for step in run["steps"]}


def figures(step):
    return {m["table_name"]: (m["items_count"], m["file_size"]) for m in step[step["step"] + "_info"]["table_metrics"]}


def test_trace_has_the_steps_of_dlt(work):
    text = "".join(json.dumps({"id": i, "kids": [{"a": i}, {"a": 2}]}) + "\n" for i in range(1000))
    work.load(work.write("a.jsonl", text))
    run, steps = steps_of(work)
    assert list(steps) == ["extract", "normalize", "load", "run"]
    assert figures(steps["extract"]) == {"items": (1000, len(text))}
    assert {t: f[0] for t, f in figures(steps["normalize"]).items()} == {"items": 1000, "items__kids": 2000}
    assert figures(steps["load"]) == figures(steps["normalize"])
    assert figures(steps["load"])["items"][1] > 1000 * (8 + 14 + 17)  # id, row id and load id at least
    times = [(s["started_at"], s["finished_at"]) for s in steps.values()]
    assert all(start <= end for start, end in times) and all(s["step_exception"] is None for s in steps.values())
    assert steps["run"]["started_at"] <= steps["extract"]["started_at"] <= steps["normalize"]["started_at"] <= steps["load"]["started_at"]
    jobs = [json.loads(p.read_text()) for p in work.folder.glob("pipelines/items/load/loaded/*/completed_jobs/*.stream")]
    assert {j["table"]: (j["rows"], j["bytes"]) for j in jobs} == figures(steps["load"])
    assert "load       COMPLETED" in work.run("pipeline", "items", "trace", "--pipelines-dir", work.folder / "pipelines").out


def test_trace_tells_which_step_failed(work):
    work.load(work.write("a.jsonl", '{"id": 1}\n{"id":\n'), expect=1)
    run, steps = steps_of(work)
    assert "not valid JSON" in steps["normalize"]["step_exception"] and steps["extract"]["step_exception"] is None
    work.load(work.write("b.jsonl", '{"id": 1000}\n'), "--columns", "id:bigint(8)", expect=1)
    run, steps = steps_of(work)
    assert "range" in steps["load"]["step_exception"] and steps["normalize"]["step_exception"] is None
    assert run["outcome"] == "failed" and steps["run"]["step_exception"] == run["error"]["message"]
    work.load(work.write("c.jsonl.gz", b"\x1f\x8bnot gzip at all"), expect=1)
    run, steps = steps_of(work)
    assert steps["extract"]["step_exception"]


def test_progress_for_programs(work):
    source = work.write("items.jsonl", "".join(f'{{"id": {i}, "tags": ["a", "b"]}}\n' for i in range(1000)))
    done = work.load(source, "--progress", "json")
    events = [json.loads(line)["progress"] for line in done.err.splitlines() if line.startswith('{"progress"')]
    assert [e["phase"] for e in events][-1] == "commit"
    last = events[-1]
    assert (last["table"], last["documents"], last["rows"], last["rejected"]) == ("items", 1000, 3000, 0)
    assert last["bytes"] == last["total_bytes"] == source.stat().st_size and last["total_documents"] is None
    assert "progress" not in work.load(source, "--progress", "none").err
    assert "auto|json|none" in work.load(source, "--progress", "loud", expect=2).err


def test_locations_in_environment_variables(work):
    source = work.write("items.jsonl", '{"id": 7}\n')
    env = {"FROM": str(source), "TO": f"duckdb:{work.database}"}
    work.run("load", "env:FROM", "env:TO", "--dataset", "ds", "--pipelines-dir", work.folder / "p", env=env)
    assert work.run("query", "env:TO", "SELECT id FROM ds.items", "--format", "csv", env=env).out == "id\n7\n"
    assert "items" in work.run("inspect", "env:FROM", env=env).out
    assert "MISSING_ONE is not set" in work.run("inspect", "env:MISSING_ONE", expect=2).err


def test_guarded_queries_reach_nothing_else(work):
    work.load(work.write("items.jsonl", '{"id": 12345678901234567, "note": ""}\n{"id": 2, "note": null}\n{"id": 3}\n'))
    ask = ["query", f"duckdb:{work.database}", "--guarded", "--format", "arrays"]
    got = json.loads(work.run(*ask, "SELECT id, note FROM ds.items ORDER BY id", "--rows", "2").out)
    assert got == {"columns": [{"name": "id", "number": True}, {"name": "note", "number": False}],
                   "rows": [["2", None], ["3", None]], "more": True}
    whole = json.loads(work.run(*ask, "SELECT max(id), min(note) FROM ds.items").out)
    assert (whole["rows"], whole["more"]) == ([["12345678901234567", ""]], False)
    secret = work.write("secret.csv", "a\n1\n")
    for sql in (f"SELECT * FROM read_csv('{secret}')", f"COPY ds.items TO '{work.folder}/out.csv'",
                f"ATTACH '{work.folder}/other.db'", "SET enable_external_access = true", "DROP TABLE ds.items",
                "INSERT INTO ds.items (id) VALUES (1)", "INSTALL httpfs", "SELECT * FROM read_text('/etc/hostname')"):
        work.run(*ask, sql, expect=1)
    assert sorted(p.name for p in work.folder.iterdir()) == ["items.jsonl", "out.duckdb", "pipelines", "secret.csv"]
    assert "--guarded" in work.run("query", "sqlite:x.db", "SELECT 1", "--guarded", expect=1).err
