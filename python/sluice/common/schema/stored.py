"""The stored form of a schema, as a dict: its version, defaults, names. Hashes, migrations and files are the engine's."""
import copy
import json

from sluice.common.schema import tables as tabs
from sluice.common.schema.exceptions import InvalidSchemaName, ParentTableNotFoundException

MOST_HASHES = 10
_MEMBERS = ("version", "engine_version", "name", "tables", "settings", "normalizers")


def standard_type_detections():
    """The detectors of a new schema."""
    return ["iso_timestamp"]


def is_valid_schema_name(name):
    return name is not None and name.isidentifier() and len(name) <= InvalidSchemaName.MAXIMUM_SCHEMA_NAME_LENGTH


def normalize_schema_name(name):
    """A name in snake_case, of at most 64 characters."""
    from sluice.common.normalizers.naming import snake_case

    return snake_case.NamingConvention(InvalidSchemaName.MAXIMUM_SCHEMA_NAME_LENGTH).normalize_identifier(name)


def _json(stored):
    from sluice.common import json as typed

    return typed.dumps(stored)


def generate_version_hash(stored_schema):
    """The hash of the content; what says which version it is counts for nothing."""
    from sluice import _engine

    return _engine.schema_hash(_json({**stored_schema, "version": stored_schema.get("version") or 1}))


def store_prev_hash(stored_schema, previous_hash, max_history_len=MOST_HASHES):
    hashes = stored_schema["previous_hashes"]
    if previous_hash not in hashes:
        hashes.insert(0, previous_hash)
        del hashes[max_history_len:]


def bump_version_if_modified(stored_schema):
    """(version, hash, hash before, previous hashes) of a stored schema, which gets them; changed content makes a next version."""
    found, before = generate_version_hash(stored_schema), stored_schema.get("version_hash")
    if not before:
        stored_schema["version"] = stored_schema.get("version") or 1
    elif found != before:
        stored_schema["version"] += 1
        store_prev_hash(stored_schema, before)
    stored_schema["version_hash"] = found
    return stored_schema["version"], found, before, stored_schema["previous_hashes"]


def verify_schema_hash(loaded_schema_dict, verifies_if_not_migrated=False):
    """Whether the content is what the hash says; older engine versions cannot be told, if that is to count as right."""
    from sluice.common.schema.typing import SCHEMA_ENGINE_VERSION

    if verifies_if_not_migrated and loaded_schema_dict.get("engine_version") != SCHEMA_ENGINE_VERSION:
        return True
    return generate_version_hash(loaded_schema_dict) == loaded_schema_dict["version_hash"]


def apply_defaults(stored_schema):
    """Names within tables and columns, and what root tables have in any case; in place."""
    for name, table in stored_schema["tables"].items():
        table["name"] = name
        for column, props in table["columns"].items():
            props["name"] = column
        if not tabs.is_nested_table(table):
            for key, value in (("write_disposition", tabs.DEFAULT_WRITE_DISPOSITION), ("resource", name)):
                if table.get(key) is None:
                    table[key] = value
    return stored_schema


def remove_defaults(stored_schema):
    """Tables and columns without the names that they stand under; the schema keeps its own tables."""
    tables = copy.deepcopy(stored_schema["tables"])
    for table in tables.values():
        table.pop("name", None)
        for column in table["columns"].values():
            column.pop("name", None)
    stored_schema["tables"] = tables
    return stored_schema


def migrate_schema(schema_dict, from_engine, to_engine):
    """A stored schema of today's engine version, made of one of another; in place."""
    from sluice import _engine
    from sluice.common.schema.exceptions import SchemaEngineNoUpgradePathException
    from sluice.common.schema.typing import SCHEMA_ENGINE_VERSION

    if from_engine == to_engine:
        return schema_dict
    if to_engine != SCHEMA_ENGINE_VERSION or from_engine > to_engine:
        raise SchemaEngineNoUpgradePathException(schema_dict["name"], from_engine, from_engine, to_engine)
    migrated = json.loads(_engine.schema_read(_json(schema_dict), False))
    schema_dict.clear()
    schema_dict.update(migrated)
    return schema_dict


def validate_stored_schema(stored_schema):
    """What a stored schema must have is there, the parents of all tables as well, and patterns are patterns."""
    from sluice.common.schema.regexes import check_simple_regex
    from sluice.exceptions import DictValidationException

    missing = [key for key in _MEMBERS if stored_schema.get(key) is None]
    if missing:
        raise DictValidationException(f"missing required fields `{', '.join(missing)}`", ".")

    for name, table in stored_schema["tables"].items():
        if table.get("parent") and table["parent"] not in stored_schema["tables"]:
            raise ParentTableNotFoundException(stored_schema["name"], name, table["parent"])
    settings = stored_schema.get("settings") or {}
    for hint, patterns in (settings.get("default_hints") or {}).items():
        for pattern in patterns:
            check_simple_regex(pattern, f"./settings/default_hints/{hint}")
    for pattern in settings.get("preferred_types") or {}:
        check_simple_regex(pattern, "./settings/preferred_types")


def to_pretty_json(stored_schema):
    from sluice.common import json as typed

    return typed.dumps(stored_schema, pretty=True)


def to_pretty_yaml(stored_schema):
    """YAML in the order of the dict, by the engine's writer."""
    from sluice import _engine

    return _engine.json_to_yaml(_json(stored_schema))


def get_dlt_prefix_by_naming_convetion(naming):
    return naming.normalize_table_identifier("_dlt")


def exclude_dlt_entities(table_schemas, normalized_dlt_prefix, exclude_dlt_tables=True, exclude_dlt_columns=True):
    """Tables without those of dlt, and without its columns."""
    is_own = tabs.is_dlt_table_or_column
    return [remove_dlt_columns_from_table(table, normalized_dlt_prefix, exclude_dlt_columns) for table in table_schemas
            if not (exclude_dlt_tables and is_own(table["name"], normalized_dlt_prefix))]


def remove_dlt_columns_from_table(table_schema, normalized_dlt_prefix, exclude_dlt_columns=True):
    if not exclude_dlt_columns or "columns" not in table_schema:
        return dict(table_schema)
    return {**table_schema, "columns": {name: column for name, column in table_schema["columns"].items()
                                        if not tabs.is_dlt_table_or_column(name, normalized_dlt_prefix)}}
