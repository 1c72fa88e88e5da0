"""The names that dlt's tests take from tests.normalize.utils, with the destinations that sluice has."""
from dlt.destinations import duckdb, filesystem, postgres

DEFAULT_CAPS = postgres().capabilities
INSERT_CAPS = [duckdb().capabilities, DEFAULT_CAPS]
JSONL_CAPS = [filesystem().capabilities]
ALL_CAPABILITIES = INSERT_CAPS + JSONL_CAPS


def json_case_path(name):
    return f"./tests/normalize/cases/{name}.json"


def add_preferred_types(schema):
    schema._settings["preferred_types"] = {"timestamp": "timestamp", "re:confidence": "double", "value": "wei", "re:^number$": "decimal"}
    schema._compile_settings()
