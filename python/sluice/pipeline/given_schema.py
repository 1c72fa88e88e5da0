"""What sources say by the settings of their schemas: the engine takes it over as a schema to import. (Tables are hints: declared.py.)"""
import contextlib
import os
import tempfile


def limits_of(source):
    """(levels of nesting, contract) of a source; without a contract of its own, that of its schema."""
    contract = source.schema_contract
    if contract is None and source.has_schema:
        contract = source.schema.settings.get("schema_contract")
    return source.max_table_nesting, contract


def _config(schema):
    return schema._normalizers_config["json"].get("config") or {}


def _said(schema):
    """The settings that concern names of columns, wherever they are."""
    return {**schema.settings, "schema_contract": None, "propagation": _config(schema).get("propagation")}


def together(sources, pipeline):
    """The stored schema with the settings of others; None when they have no more than new ones."""
    from sluice.common.schema import Schema

    schemas = [source.schema for source in sources if source.has_schema]
    saying = [schema for schema in schemas if _said(schema) != _said(Schema(schema.name))]
    if not saying:
        return None
    made = pipeline.default_schema.clone()
    for schema in saying:
        _join(made, schema)
    return made


def _join(made, schema):
    from sluice.common.utils import update_dict_nested

    said = _said(schema)
    made.merge_hints(said.get("default_hints") or {}, normalize_identifiers=False)
    made.update_preferred_types(said.get("preferred_types") or {}, normalize_identifiers=False)
    for detection in said.get("detections") or ():
        made.add_type_detection(detection)
    if said["propagation"]:
        update_dict_nested(made._normalizers_config["json"].setdefault("config", {}), {"propagation": said["propagation"]})


@contextlib.contextmanager
def file_of(sources, pipeline):
    """The path of a file with all that schemas say, for the time of the block; None: they say nothing."""
    made = together(sources, pipeline) if any(source.has_schema for source in sources) else None
    if made is None:
        yield None
        return
    handle, path = tempfile.mkstemp(suffix=".schema.json")
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(made.to_pretty_json(remove_defaults=False))
        yield path
    finally:
        os.unlink(path)
