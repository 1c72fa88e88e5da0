"""dlt's filesystem destination and ours in one dataset: each goes on where the other stopped."""
import gzip
import json
import subprocess
from pathlib import Path

import dlt
import duckdb
import pytest
from dlt.destinations import filesystem
from harness import SLUICE

ROWS = [{"id": 1, "name": "a", "real": 1.5, "at": "2024-01-02T03:04:05.0006Z", "yes": True, "kids": [{"k": 1}, {"k": 2}]},
        {"id": 2, "name": None, "yes": False, "kids": []}, {"id": 3, "name": "line\nquote\"comma,", "real": 1e22}]


def sluice(folder, source, *options):
    done = subprocess.run([SLUICE, "load", str(source), f"{folder}/out/", "--dataset", "ds", "--as", "items", "--pipeline", "pipe",
                           "--pipelines-dir", f"{folder}/ours", *options], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done


def pipeline(folder, where="theirs"):
    return dlt.pipeline("pipe", destination=filesystem(f"file://{folder}/out"), dataset_name="ds", pipelines_dir=f"{folder}/{where}")


def write(folder, rows, name="in.jsonl"):
    path = folder / name
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return path


def table(folder, kind, name="items", columns="id"):
    reader = {"jsonl": "read_json_auto", "parquet": "read_parquet", "csv": "read_csv_auto"}[kind]
    files = [str(p) for p in sorted(Path(folder, "out", "ds", name).iterdir())]
    named = ", union_by_name=true"
    return duckdb.execute(f"select {columns} from {reader}({files!r}{named}) order by all").fetchall()


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "csv"])
def test_dlt_goes_on(tmp_path, kind):
    sluice(tmp_path, write(tmp_path, ROWS), "--file-format", kind)
    p = pipeline(tmp_path)
    p.sync_destination()
    assert p.default_schema_name == "pipe" and "items__kids" in p.default_schema.tables
    p.run([{"id": 4, "kids": [{"k": 5}]}], table_name="items", loader_file_format=kind)
    assert table(tmp_path, kind) == [(1,), (2,), (3,), (4,)]
    assert table(tmp_path, kind, "items__kids", "k") == [(1,), (2,), (5,)]
    p.run([{"id": 9}], table_name="items", write_disposition="replace", loader_file_format=kind)
    assert table(tmp_path, kind) == [(9,)]  # dlt finds and deletes our files


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_we_go_on(tmp_path, kind):
    pipeline(tmp_path).run(ROWS, table_name="items", loader_file_format=kind)
    versions = len(list((tmp_path / "out/ds/_dlt_version").iterdir()))
    sluice(tmp_path, write(tmp_path, [{"id": 4, "kids": [{"k": 5}]}]), "--file-format", kind)
    assert len(list((tmp_path / "out/ds/_dlt_version").iterdir())) == versions  # the schema is known
    assert table(tmp_path, kind) == [(1,), (2,), (3,), (4,)]
    p = pipeline(tmp_path, "third")
    p.sync_destination()
    assert p.default_schema_name == "pipe"
    sluice(tmp_path, write(tmp_path, [{"id": 9}]), "--file-format", kind, "--write-disposition", "replace")
    assert table(tmp_path, kind) == [(9,)]


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_the_same_text(tmp_path, kind):
    """What the two write of the same rows is the same, but for ids."""
    ours, theirs = tmp_path / "a", tmp_path / "b"
    ours.mkdir(), theirs.mkdir()
    rows = [{"id": 1, "name": "a\"b", "real": 1.5, "yes": True, "n": 7, "e": ""},
            {"id": 2, "name": "ü", "real": -0.25, "n": None, "yes": False, "e": "x"}]
    sluice(ours, write(ours, rows), "--file-format", kind)
    pipeline(theirs).run(rows, table_name="items", loader_file_format=kind)
    texts = []
    for folder in (ours, theirs):
        (path,) = (folder / "out/ds/items").iterdir()
        data = path.read_bytes()  # the tests run dlt without compression
        lines = (gzip.decompress(data) if path.suffix == ".gz" else data).decode().splitlines()
        if kind == "jsonl":
            lines = [{k: v for k, v in json.loads(l).items() if not k.startswith("_dlt")} for l in lines]
        else:
            lines = [",".join(l.split(",")[:-2]) for l in lines]
        texts.append(lines)
    assert texts[0] == texts[1]


def test_system_files(tmp_path):
    """Names and members are dlt's."""
    ours, theirs = tmp_path / "a", tmp_path / "b"
    ours.mkdir(), theirs.mkdir()
    sluice(ours, write(ours, ROWS))
    pipeline(theirs).run(ROWS, table_name="items")
    for name in ("_dlt_version", "_dlt_loads", "_dlt_pipeline_state", "init"):
        found = []
        for folder in (ours, theirs):
            path = folder / "out/ds" / name
            path = path if path.is_file() else next(path.iterdir())
            found.append((path.name.count("__"), path.suffix, list(json.loads(path.read_text()))))
        assert found[0] == found[1], name
