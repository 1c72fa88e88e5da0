"""What is said about a table: names, keys, columns, contracts; and how the engine is told."""
import json

from sluice.exceptions import ConfigurationException, DataItemRequiredForDynamicTableHints, InconsistentTableTemplate
from sluice.extract.columns import as_columns, contract_of_model, is_model, names, type_of  # noqa: F401

NAMES = ("table_name", "parent_table_name", "write_disposition", "columns", "primary_key", "merge_key", "schema_contract",
         "table_format", "file_format", "references", "nested_hints", "incremental", "validator", "original_columns")
_NATURAL = ("validator", "incremental", "original_columns")  # functions, but not of the row


class TableNameMeta:
    """Rows for another table than the resource's own."""

    def __init__(self, table_name):
        self.table_name = table_name


class HintsMeta:
    """Hints that come with a row; for a variant only the row's table gets them."""

    def __init__(self, hints, create_table_variant=False):
        self.hints, self.create_table_variant = hints, create_table_variant


class DataItemWithMeta:
    def __init__(self, meta, data):
        self.meta, self.data = meta, data


class MaterializedEmptyList(list):
    """No rows, but a table."""


def make_hints(table_name=None, **hints):
    """Hints as a dict, for apply_hints and mark.with_hints."""
    unknown = set(hints) - set(NAMES) - {"create_table_variant"}
    additional = hints.pop("additional_table_hints", None) or {}
    if unknown - {"additional_table_hints"}:
        raise TypeError(f"unknown hint {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    made = {name: value for name, value in {"table_name": table_name, **hints}.items() if value is not None}
    return {**additional, **made}


def make_nested_hints(**hints):
    """Hints of a nested table, for nested_hints."""
    known = ("parent_table_name", "write_disposition", "columns", "primary_key", "merge_key", "schema_contract", "table_format", "file_format",
             "references")
    unknown = set(hints) - set(known)
    if unknown:
        raise TypeError(f"unknown hint {', '.join(sorted(unknown))} of a nested table; there are {', '.join(known)}")
    return make_hints(**hints)


def _is_function(value):
    return callable(value) and not isinstance(value, type)


def kept(hints):
    """Hints as a resource keeps them: columns by their names, and what they were made of."""
    columns = hints.get("columns")
    if columns is None or _is_function(columns):
        return hints
    return {**hints, "columns": as_columns(columns), **({"original_columns": columns} if is_model(columns) else {})}


def model_of(hints):
    """The pydantic model that the columns were given as, or None."""
    return next((hints[key] for key in ("original_columns", "columns") if is_model(hints.get(key))), None)


def _merge_columns(merged, value):
    merged.pop("original_columns", None)
    if _is_function(value) or not value or not isinstance(merged.get("columns"), dict):
        merged["columns"] = value or {}
    else:
        for column, props in as_columns(value).items():
            merged["columns"] = {**merged["columns"], column: {**merged["columns"].get(column, {}), **props}}
    if is_model(value):
        merged["original_columns"] = value


def merge_hints(old, new):
    """The effect of apply_hints: None keeps, an empty value removes, columns are merged."""
    merged = kept(old)
    merged = dict(merged)
    for name, value in new.items():
        if value is None:
            continue
        if name == "columns":
            _merge_columns(merged, value)
        elif name == "references" and isinstance(value, list) and isinstance(merged.get(name), list):
            new_tables = {one["referenced_table"] for one in value}
            merged[name] = [one for one in merged[name] if one["referenced_table"] not in new_tables] + value
        elif value or callable(value) or value is False:
            merged[name] = value
        else:
            merged.pop(name, None)
    check_dynamic(merged)
    return kept(merged)


def is_dynamic(hints):
    return any(_is_function(v) for k, v in hints.items() if k not in _NATURAL)


def without_functions(hints):
    return {name: value for name, value in hints.items() if not _is_function(value)}


def check_dynamic(hints):
    others = [k for k, v in hints.items() if _is_function(v) and k not in ("table_name", *_NATURAL)]
    if others and not callable(hints.get("table_name")):
        raise InconsistentTableTemplate(f"{', '.join(others)} is a function of the row, so table_name must be one as well")


def of_row(hints, row, resource_name):
    """Hints without functions: each was called with the row."""
    if not is_dynamic(hints):
        return hints
    if row is None:
        raise DataItemRequiredForDynamicTableHints(resource_name)
    return {k: v(row) if _is_function(v) and k not in _NATURAL else v for k, v in hints.items()}


# ---- for the engine ----

_STRATEGIES = {"validity_column_names": None, "active_record_timestamp": "scd2-active", "boundary_timestamp": "scd2-boundary",
               "row_version_column_name": "scd2-row-version", "source_filter": "source-filter", "destination_scope": "destination-scope"}
_FLAGS = ("primary_key", "merge_key", "unique", "hard_delete", "partition", "cluster", "sort")


def _disposition(value, options):
    if isinstance(value, str):
        options["write-disposition"] = value
        return
    options["write-disposition"] = value["disposition"]
    if value.get("strategy"):
        options["strategy"] = value["strategy"]
    for key, option in _STRATEGIES.items():
        if option and value.get(key):
            given = value[key]
            options[option] = given.isoformat() if hasattr(given, "isoformat") else str(given)
    if value.get("validity_column_names"):
        options["scd2-valid-from"], options["scd2-valid-to"] = value["validity_column_names"]


def _column(name, props):
    if any(c in name for c in ",:()"):
        raise ConfigurationException(f"column {name!r}: hints cannot be given to columns with one of , : ( ) in their names")
    kind = props.get("data_type") or ""
    if kind and props.get("precision") is not None:
        kind += f"({props['precision']}" + (f",{props['scale']}" if props.get("scale") is not None else "") + ")"
    parts = [name, kind, *(flag for flag in _FLAGS if props.get(flag))]
    if props.get("nullable") is not None:
        parts.append("nullable" if props["nullable"] else "not_null")
    if props.get("timezone") is False:
        parts.append("naive")
    return ":".join(parts)


def contract_text(contract):
    return contract if isinstance(contract, str) else ",".join(f"{entity}={mode}" for entity, mode in contract.items() if mode)


def _column_texts(columns):
    return ",".join(_column(name, props) for name, props in columns.items() if set(props) - {"name", "dedup_sort"})


def _nested_entry(path, hints, root_disposition):
    """What the engine is told of one nested table that is the child of another."""
    disposition = hints.get("write_disposition")
    if disposition is not None and disposition != root_disposition:
        raise ConfigurationException(f"nested table {'.'.join(path)}: rows of one load cannot be written by {disposition!r} here and by "
                                     f"{root_disposition!r} in the table around it; give it a primary_key or merge_key, then it is a table of its own")
    if hints.get("table_format") in ("delta", "iceberg", "hive"):
        raise ConfigurationException(f"nested table {'.'.join(path)}: the table format {hints['table_format']} is not supported")
    entry = {"path": path, "columns": _column_texts(as_columns(hints.get("columns"))) or None, "references": hints.get("references"),
             "contract": contract_text(hints["schema_contract"]) if hints.get("schema_contract") else None}
    return {key: value for key, value in entry.items() if value is not None}


def _nested_options(hints, options):
    """Hints of nested tables without keys. Where one has a contract, that of the table around it must not count as said for the load."""
    disposition = hints.get("write_disposition") or "append"
    entries = [_nested_entry(list(path), one, disposition) for path, one in nested_of(hints) if not has_own_key(one)]
    own = {"references": hints["references"]} if hints.get("references") else {}
    if any("contract" in entry for entry in entries) and "contract" in options:
        own["contract"] = options.pop("contract")
    if own:
        entries.insert(0, {"path": [], **own})
    if entries:
        options["nested-hints"] = json.dumps(entries)


def options_of(hints):
    """Options of a load (as in `sluice load --help`) with the meaning of the hints."""
    options = {}
    _disposition(hints.get("write_disposition") or "append", options)
    columns = as_columns(hints.get("columns"))
    for key in ("primary_key", "merge_key"):
        if names(hints.get(key)):
            options[key.replace("_", "-")] = ",".join(names(hints[key]))
    sorts = [f"{name}:{props['dedup_sort']}" for name, props in columns.items() if props.get("dedup_sort")]
    if sorts:
        options["dedup-sort"] = sorts[0]
    said = _column_texts(columns)
    if said:
        options["columns"] = said
    contract = hints.get("schema_contract") or (contract_of_model(model_of(hints)) if model_of(hints) else None)
    if contract:
        options["contract"] = contract_text(contract)
    if hints.get("max_table_nesting") is not None:
        options["max-nesting"] = str(hints["max_table_nesting"])
    if hints.get("nested_hints") or hints.get("references"):
        _nested_options(hints, options)
    return options


# ---- for reading ----


def _checked(table, path):
    from sluice.extract.tables import check_table

    return check_table(table, path)


def _table(hints):
    """dlt's table schema of resolved hints, without its name."""
    columns = {name: dict(props) for name, props in as_columns(hints.get("columns")).items()}
    for key in ("primary_key", "merge_key"):
        given = names(hints.get(key))
        for name in [name for name, props in columns.items() if given and name not in given and props.get(key)]:
            del columns[name][key]  # the hint says all of them
        for name in given:
            columns[name] = {"name": name, "nullable": False, **columns.get(name, {}), key: True}
    table, disposition = {"columns": columns}, hints.get("write_disposition")
    if isinstance(disposition, dict):
        table["write_disposition"] = disposition["disposition"]
        if disposition.get("strategy"):
            table["x-merge-strategy" if disposition["disposition"] == "merge" else "x-replace-strategy"] = disposition["strategy"]
    elif disposition:
        table["write_disposition"] = disposition
    for key in ("schema_contract", "table_format", "file_format", "references"):
        if hints.get(key) is not None:
            table[key] = hints[key]
    table.update({key: value for key, value in hints.items() if key.startswith("x-")})
    if hints.get("parent_table_name"):
        table["parent"] = hints["parent_table_name"]
    return table


def table_schema(resource, hints):
    """dlt's table schema of a resource: what compute_table_schema gives."""
    table = {"name": hints.get("table_name") or resource.name, **_table({"write_disposition": "append", **hints})}
    if "parent" not in table:
        table["resource"] = resource.name
    return _checked(table, f"new_table/{resource.name}")


def nested_of(hints):
    """[(path, hints)] of nested tables, the outer before the inner ones."""
    found = [((path,) if isinstance(path, str) else tuple(path), one) for path, one in (hints.get("nested_hints") or {}).items()]
    return sorted(found, key=lambda pair: len(pair[0]))


def has_own_key(hints):
    """Whether a nested table has a key and so is no child of its parent but a table of its own."""
    return bool(names(hints.get("primary_key")) or names(hints.get("merge_key"))
                or any(props.get("primary_key") or props.get("merge_key") for props in as_columns(hints.get("columns")).values()))


def nested_table_schemas(resource, hints, root_table, naming, item=None):
    """dlt's table schemas of nested tables: what compute_nested_table_schemas gives."""
    tables = []
    for path, nested in nested_of(hints):
        name = naming.shorten_fragments(root_table, *path)
        table = {"name": name, **_table(of_row(nested, item, resource.name))}
        if "parent" not in table:
            table.update({"resource": resource.name} if has_own_key(nested) else {"parent": naming.shorten_fragments(root_table, *path[:-1])})
        tables.append(_checked(table, f"new_table/{name}"))
    return tables
