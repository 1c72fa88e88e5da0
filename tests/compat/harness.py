"""Runs the same load with dlt and with sluice and compares the two DuckDB files.

Rows are compared exactly. Random ids are compared by structure: `_dlt_id` of root rows is replaced by the row's
content, parent and root links by the content of the row they point to; ids made of hashes are recomputed."""
import base64, hashlib, json, os, subprocess, sys
from pathlib import Path

import duckdb

REPO = Path(__file__).resolve().parents[2]
SLUICE = os.environ.get("SLUICE_BIN", str(REPO / "build" / "sluice"))
SHARED = Path(os.environ.get("SLUICE_SHARED", REPO.parent / "shared"))
SYSTEM = ("_dlt_version", "_dlt_loads", "_dlt_pipeline_state")


def run_sluice(folder, source, *options, expect=0, pipeline="pipe", dataset="ds", table="items"):
    command = [SLUICE, "load", str(source), f"duckdb:{folder}/out.duckdb", "--dataset", dataset, "--as", table,
               "--pipeline", pipeline, "--pipelines-dir", f"{folder}/pipelines", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == expect, f"exit {done.returncode}: {done.stderr}\n{done.stdout}"
    return done


def run_dlt(folder, items, pipeline="pipe", dataset="ds", table="items", naming=None, pipelines="pipelines",
            database="out.duckdb", import_schema_path=None, **hints):
    """One load with the real dlt; in this process, which conftest keeps away from the network."""
    import dlt

    if naming:
        os.environ["SCHEMA__NAMING"] = naming
    try:
        contract = hints.pop("schema_contract", None)
        nesting = hints.pop("max_table_nesting", None)
        resource = dlt.resource(items, name=table, **hints)
        if nesting is not None:
            resource.max_table_nesting = nesting
        p = dlt.pipeline(pipeline, destination=dlt.destinations.duckdb(f"{folder}/{database}"), dataset_name=dataset,
                         pipelines_dir=f"{folder}/{pipelines}",
                         import_schema_path=import_schema_path and str(import_schema_path))
        p.run(resource, schema_contract=contract)
        return p
    finally:
        os.environ.pop("SCHEMA__NAMING", None)


def columns(connection, dataset, table):
    rows = connection.execute("select column_name, data_type, is_nullable from information_schema.columns where "
                              "table_schema = ? and table_name = ? order by ordinal_position", [dataset, table])
    return rows.fetchall()


def tables(connection, dataset):
    rows = connection.execute("select table_name from information_schema.tables where table_schema = ?", [dataset])
    return sorted(r[0] for r in rows.fetchall())


def read_rows(connection, dataset, table, exact_ids):
    names = [c[0] for c in columns(connection, dataset, table)]
    quoted = ", ".join('"' + n.replace('"', '""') + '"' for n in names)
    return [dict(zip(names, r)) for r in connection.execute(f'select {quoted} from "{dataset}"."{table}"').fetchall()]


def content(rows_by_table, dataset_tables, exact_ids):
    """Each table as a sorted list of texts without random parts."""
    by_id, result = {}, {}
    order = sorted(dataset_tables, key=lambda t: t.count("__"))
    for table in order:
        texts = []
        for row in rows_by_table[table]:
            shown = {}
            for name, value in row.items():
                if name in ("_dlt_parent_id", "_dlt_root_id"):
                    shown[name] = by_id.get(value, "DANGLING " + str(value)[:0])
                elif name == "_dlt_id":
                    shown[name] = value if exact_ids and "_dlt_parent_id" not in row else "id"
                elif name == "_dlt_load_id":
                    shown[name] = "load"
                elif name in ("_dlt_valid_from", "_dlt_valid_to"):
                    shown[name] = None if value is None else "moment"
                else:
                    shown[name] = value
            text = json.dumps(shown, default=str, sort_keys=True)
            if row.get("_dlt_id") is not None:
                by_id[row["_dlt_id"]] = hashlib.md5(text.encode()).hexdigest()
            texts.append(text)
        result[table] = sorted(texts)
    return result


def check_child_ids(rows_by_table):
    """A nested row's id is made of its parent's, its table and its place (dlt.md 2.3)."""
    for table, rows in rows_by_table.items():
        for row in rows:
            if "_dlt_parent_id" in row:
                text = f"{row['_dlt_parent_id']}_{table}_{row['_dlt_list_idx']}"
                digest = hashlib.shake_128(text.encode()).digest(10)
                wanted = base64.b64encode(digest).decode().rstrip("=")
                assert row["_dlt_id"] == wanted, f"{table}: id {row['_dlt_id']} is not {wanted}"


def load_dataset(path, dataset, exact_ids):
    connection = duckdb.connect(str(path), read_only=True)
    names = [t for t in tables(connection, dataset) if t not in SYSTEM]
    shape = {t: columns(connection, dataset, t) for t in names}
    rows = {t: read_rows(connection, dataset, t, exact_ids) for t in names}
    schema = json.loads(connection.execute(f'select schema from "{dataset}"._dlt_version order by inserted_at desc, '
                                           "version desc limit 1").fetchone()[0])
    loads = connection.execute(f'select schema_name, status, schema_version_hash from "{dataset}"._dlt_loads').fetchall()
    connection.close()
    return shape, rows, schema, loads


def compare(dlt_path, sluice_path, dataset="ds", exact_ids=False, schema_too=True, child_ids=True, column_order=True):
    """Asserts that both datasets are the same; messages name the table and the first differences."""
    from dlt.common.schema import Schema

    a_shape, a_rows, a_schema, a_loads = load_dataset(dlt_path, dataset, exact_ids)
    b_shape, b_rows, b_schema, b_loads = load_dataset(sluice_path, dataset, exact_ids)
    assert sorted(a_shape) == sorted(b_shape), f"tables: dlt {sorted(a_shape)}, sluice {sorted(b_shape)}"
    for table in a_shape:
        if not column_order:
            a_shape[table].sort(), b_shape[table].sort()
        assert a_shape[table] == b_shape[table], f"columns of {table}:\n dlt    {a_shape[table]}\n sluice {b_shape[table]}"
    a, b = content(a_rows, list(a_shape), exact_ids), content(b_rows, list(b_shape), exact_ids)
    for table in a:
        if a[table] != b[table]:
            only_a = [r for r in a[table] if r not in b[table]][:3]
            only_b = [r for r in b[table] if r not in a[table]][:3]
            raise AssertionError(f"rows of {table}: {len(a[table])} and {len(b[table])}\n only dlt: {only_a}\n"
                                 f" only sluice: {only_b}")
    if child_ids:
        check_child_ids(b_rows)
    # dlt records no load when nothing was loaded; sluice records each.
    assert len(b_loads) >= len(a_loads) and {l[1] for l in b_loads} == {0}, f"loads: dlt {a_loads}, sluice {b_loads}"
    # dlt itself accepts the stored schema, and recomputes the same hash.
    assert Schema.from_dict(b_schema).stored_version_hash == b_schema["version_hash"] == b_loads[-1][2]
    if schema_too:
        for table in a_shape:
            left, right = a_schema["tables"][table], b_schema["tables"][table]
            assert left == right, f"stored schema of {table}:\n dlt    {left}\n sluice {right}"
        assert a_schema["settings"] == b_schema["settings"]
        assert a_schema["normalizers"] == b_schema["normalizers"]
