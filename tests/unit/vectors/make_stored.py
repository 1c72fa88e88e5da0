"""Writes stored.json and state.json: what dlt 1.31 makes of stored schemas, YAML, canonical JSON and states.

Run it with a Python that has dlt: python tests/unit/vectors/make_stored.py. The inputs are written here; the
answers come from dlt, orjson and PyYAML.
"""
import copy
import json
import os
import pathlib
import tempfile

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
import yaml
from dlt.common.json import json as dlt_json
from dlt.common.schema import Schema, utils
from dlt.common.schema.migrations import migrate_schema
from dlt.common.versioned_state import compress_state, json_decode_state
from dlt.pipeline.state_sync import (
    bump_pipeline_state_version_if_modified,
    generate_pipeline_state_version_hash,
    migrate_state_to_current,
)

HERE = pathlib.Path(__file__).parent


def canonical(value):
    return dlt_json.dumps(value, sort_keys=True)


def new_schema(name, change=None):
    d = json.loads(dlt_json.dumps(Schema(name).to_dict()))
    if change is not None:
        change(d)
    return d


ODD_COLUMNS = {
    "z": {"name": "z", "data_type": "bigint", "nullable": False, "primary_key": True},
    "a": {"name": "a", "data_type": "text"},
    "half": {"name": "half", "nullable": True},
    "keyed": {"name": "keyed", "nullable": False, "merge_key": True},
    "price": {"name": "price", "data_type": "decimal", "precision": 10, "scale": 2, "nullable": True},
    "when": {"name": "when", "data_type": "timestamp", "timezone": False, "precision": 3, "nullable": True},
    "total__v_double": {"name": "total__v_double", "data_type": "double", "nullable": True, "variant": True},
    "no": {"name": "no", "data_type": "bool", "unique": False, "partition": None, "nullable": True},
    "x": {"name": "x", "data_type": "json", "x-foo": {"b": [1, 2.5, 1e16, 1e-7], "a": None}, "nullable": True},
    "é☃": {"name": "é☃", "data_type": "text", "description": "two\nlines, 'quoted' \"twice\" \u2028", "nullable": True},
    "sorted": {"name": "sorted", "data_type": "date", "dedup_sort": "desc", "hard_delete": True, "nullable": True},
}


def odd_tables(d):
    d["tables"]["orders"] = {
        "name": "orders", "columns": copy.deepcopy(ODD_COLUMNS), "write_disposition": "merge", "resource": "shop",
        "schema_contract": {"columns": "freeze", "data_type": "freeze", "tables": "freeze"},
        "x-normalizer": {"seen-data": True, "evolve-columns-once": True, "max_nesting": 2, "own": 1},
        "x-merge-strategy": "scd2", "references": [{"columns": ["a"], "referenced_table": "b"}],
        "filters": {"excludes": ["re:^a"], "includes": []},
    }
    d["tables"]["orders__items"] = {"name": "orders__items", "columns": {}, "parent": "orders"}
    d["tables"]["bare"] = {"columns": {}}
    d["tables"]["nothing"] = {
        "columns": {}, "description": None, "schema_contract": None, "x-normalizer": {}, "resource": "r",
        "write_disposition": "replace", "table_format": "iceberg", "file_format": "parquet",
    }


def odd_settings(d):
    d["settings"] = {
        "detections": ["iso_date", "a_new_one", "timestamp"], "schema_contract": "freeze",
        "preferred_types": {"re:^a": "text", "b": "wei"}, "default_hints": {}, "own": [1],
    }
    d["normalizers"]["json"]["config"] = {
        "max_nesting": 3, "row_id_type": "random", "propagation": {"tables": {"a": {"_dlt_id": "_dlt_root_id"}}},
    }
    d["normalizers"]["use_break_path_on_normalize"] = True
    d["description"] = "a shop"
    d["imported_version_hash"] = "abc="
    d["previous_hashes"] = ["one=", "two="]
    d["x-own"] = {"b": 1, "a": [True]}
    d["version"] = 7


def no_settings(d):
    del d["settings"]["detections"]
    del d["settings"]["default_hints"]
    d["normalizers"]["json"]["config"] = {}


def seen_null_first(d):
    d["tables"]["t"] = {"columns": {
        "gone": {"x-normalizer": {"seen-null-first": True}, "nullable": True},
        "kept": {"data_type": "text", "x-normalizer": {"seen-null-first": True}},
        "kept_too": {"data_type": "text", "x-normalizer": {"seen-null-first": True, "other": 1}},
        "not_yet": {"x-normalizer": {"seen-null-first": False}},
    }}


OLD_COLUMNS = {
    "_dlt_id": {"data_type": "text", "unique": True, "nullable": False},
    "_dlt_parent_id": {"data_type": "text", "foreign_key": True, "nullable": False},
    "data": {"data_type": "complex", "nullable": True},
    "amount": {"data_type": "wei", "foreign_key": False},
}


def engine_1(version):
    return {
        "name": "old", "version": 3, "engine_version": version,
        "hints": {"not_null": ["^_dlt_id$", "_timestamp$"], "foreign_key": ["^_dlt_parent_id$"], "unique": []},
        "preferred_types": {"_at$": "timestamp", "^blob": "complex"},
        "tables": {
            "event": {"_dlt_id": {"data_type": "text", "nullable": False, "unique": True}},
            "event__parse_data__items": {"value": {"data_type": "complex"}},
            "event__parse_data__items__deep": {},
            "__lonely": {},
        },
        **({"excludes": ["^event__parse_data__x", "^other__path"], "includes": ["^event__a"]} if version == 2 else {}),
    }


def engine(version):
    d = {
        "name": "old", "version": 4, "version_hash": "x=", "engine_version": version,
        "tables": {
            "orders": {"columns": copy.deepcopy(OLD_COLUMNS), "write_disposition": "append", "table_sealed": True},
            "orders__items": {"parent": "orders", "columns": copy.deepcopy(OLD_COLUMNS)},
            "plain": {"columns": {"a": {"data_type": "bigint"}}},
            "_dlt_loads": {"columns": {"load_id": {"data_type": "text"}}},
            "_dlt_version": {"columns": {"version": {"data_type": "bigint"}}},
        },
        "settings": {
            "schema_sealed": True, "detections": ["timestamp"],
            "default_hints": {"foreign_key": ["_dlt_parent_id"], "unique": ["_dlt_id"]},
            "preferred_types": {"re:^x": "complex"},
        },
        "normalizers": {
            "names": "dlt.common.normalizers.names.snake_case",
            "json": {"module": "dlt.common.normalizers.json.relational", "config": {"generate_dlt_id": True, "max_nesting": 5}},
        },
    }
    if version == 3:
        del d["version_hash"]
    if version >= 8:
        d["previous_hashes"] = ["p="]
    if version >= 10:
        d = json.loads(json.dumps(d).replace("complex", "json"))
    return d


def schema_vectors():
    inputs = {
        "new": new_schema("shop"),
        "odd tables": new_schema("shop", odd_tables),
        "odd settings": new_schema("shop", odd_settings),
        "no settings": new_schema("shop", no_settings),
        "seen null first": new_schema("shop", seen_null_first),
    }
    inputs.update({f"engine {v}": engine_1(v) for v in (1, 2)})
    inputs.update({f"engine {v}": engine(v) for v in range(3, 11)})
    vectors = []
    for label, given in inputs.items():
        stored = migrate_schema(copy.deepcopy(given), given["engine_version"], 11)
        utils.apply_defaults(stored)
        stored.setdefault("previous_hashes", [])
        vectors.append({
            "label": label, "json": json.dumps(given), "hash": utils.generate_version_hash(stored),
            "yaml": yaml.dump(given, allow_unicode=True, default_flow_style=False, sort_keys=False),
            "stored": canonical(stored),
            "intact": utils.verify_schema_hash(copy.deepcopy(given), verifies_if_not_migrated=True),
        })
    return vectors


def version_vectors():
    """A schema that changes three times, the last time back to what it was."""
    schema = Schema("shop")
    steps = []

    def note(what):
        d = schema.to_dict()
        steps.append({"what": what, "version": d["version"], "hash": d["version_hash"], "previous": list(d["previous_hashes"])})
        schema._bump_version()

    note("new")
    schema.update_table(utils.new_table("t", columns=[{"name": "b", "data_type": "text", "nullable": True}]))
    note("table")
    schema.update_table({"name": "t", "columns": {"a": {"name": "a", "data_type": "bigint", "nullable": True}}})
    note("column")
    return steps


def state_table():
    """_dlt_pipeline_state as it stands in the schema of a pipeline that has run."""
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline("shop", pipelines_dir=folder, destination=dlt.destinations.duckdb(f"{folder}/s.duckdb"), dataset_name="d")
        pipeline.run([{"id": 1}], table_name="t")
        table = pipeline.default_schema.to_dict()["tables"]["_dlt_pipeline_state"]
        return {"table": canonical(table), "columns": list(table["columns"])}


CANONICAL = [
    '{"b":1,"a":{"d":[3,2],"c":null},"é":true,"":0,"ab":1,"a\\u0000":2}',
    '[0.0,-0.0,1.0,1e15,1e16,1e17,0.0001,0.00001,1e-6,5e-324,1.7976931348623157e308,0.1,100.0,123456789012345680.0]',
    '[9223372036854775807,-9223372036854775808,18446744073709551615,0,-1]',
    '"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\\"\\\\/\\u007f\\u0080\\u2028é😀"',
    '[[],{},[[[{"a":[]}]]]]', '1.5', 'null',
]

YAML = [
    "a: yes\nb: No\nc: 'no'\nd: ~\ne:\nf: null\ng: NULL\nh: nUll\n", "a: 017\nb: 0x1F\nc: 0b11\nd: 1_000\ne: +5\nf: -7\ng: 0\nh: 08\n",
    "a: 1.5\nb: 1e5\nc: 1.0e+5\nd: .5\ne: 5.\nf: -1.5e-3\ng: 1.5e3\n", "a: &x [1, {b: c}]\nd: *x\n", "- a\n- - b\n  - c\n- d: e\n",
    "text: |\n  two\n  lines\nfolded: >\n  one\n  line\nquoted: \"a\\tb\\u00e9\"\nsingle: 'it''s'\n", "{}\n", "a: {}\nb: []\n", "12345678901234567890123\n",
    "a: !!str 12\nb: !!int 13\n", "on: 1\ntrue: 2\n", "a: on\nb: Off\n# a comment\nc: x # y\nd: x#y\n",
]


def yaml_vectors():
    def texts(value):
        if isinstance(value, dict):  # our keys are always texts
            return {("on" if k is True and i == 0 else "true" if k is True else str(k)): texts(v) for i, (k, v) in enumerate(value.items())}
        return [texts(v) for v in value] if isinstance(value, list) else value

    vectors = []
    for text in YAML:
        if text.startswith("on:"):
            continue  # Python merges the keys True and True
        vectors.append({"yaml": text, "json": json.dumps(texts(yaml.safe_load(text)), ensure_ascii=False)})
    return vectors


STATES = {
    "typical": {
        "_state_version": 3, "_state_engine_version": 4, "_version_hash": "old=",
        "_local": {"first_run": False, "_last_extracted_at": "\uf0272024-01-02T03:04:05.000006+00:00", "_last_extracted_hash": "h", "initial_cwd": "/here"},
        "pipeline_name": "shop", "schema_names": ["shop"], "default_schema_name": "shop", "dataset_name": "shop_data",
        "destination_type": "dlt.destinations.duckdb", "destination_name": None,
        "sources": {"shop": {"resources": {"orders": {"incremental": {"id": {"last_value": 2.50, "unique_hashes": ["é"]}}, "t": "\uf0272024-01-02T00:00:00+00:00"}}}},
    },
    "no hash": {"_state_version": 0, "_state_engine_version": 4, "_local": {}, "pipeline_name": "p"},
    "engine 1": {"_state_version": 5, "_state_engine_version": 1, "pipeline_name": "p", "destination": "dlt.destinations.postgres", "sources": {"a": {"b": 1}}},
    "engine 3": {"_state_version": 5, "_state_engine_version": 3, "_version_hash": "x=", "_local": {}, "pipeline_name": "p", "destination": "dlt.destinations.duckdb", "staging": "filesystem"},
    "named": {"_state_version": 5, "_state_engine_version": 4, "_version_hash": "x=", "_local": {}, "pipeline_name": "p", "destination_type": "dlt.destinations.duckdb", "destination_name": "duckdb", "staging_type": "x.filesystem", "staging_name": "bucket"},
}


def state_vectors():
    vectors = []
    for label, given in STATES.items():
        text = dlt_json.dumps(given)
        state = migrate_state_to_current("p", json_decode_state(text))
        migrated = dlt_json.typed_dumps(state, sort_keys=True)
        row = {k: v for k, v in state.items() if k != "_local"}
        vector = {"label": label, "json": text, "migrated": migrated, "row": compress_state(row),
                  "hash": generate_pipeline_state_version_hash(state)}
        version, _, _ = bump_pipeline_state_version_if_modified(state)
        vector["bumped_version"] = version
        vectors.append(vector)
    return vectors


def write(name, value):
    (HERE / name).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


write("stored.json", {
    "schemas": schema_vectors(), "versions": version_vectors(), "state_table": state_table(), "yaml": yaml_vectors(),
    "canonical": [{"json": text, "canonical": dlt_json.dumps(json.loads(text), sort_keys=True)} for text in CANONICAL],
})
write("state.json", {"states": state_vectors()})
