"""Databases as sources: sql_database() and sql_table(), in dlt's words, read by the engine.

When nothing in Python looks at the rows the engine loads the tables itself; with maps, filters, limits or transformers they come in
pages: dicts (backend sqlalchemy), Arrow tables (pyarrow, connectorx) or frames (pandas)."""
import json
import warnings
from typing import Any, Callable, Optional

import sluice
from sluice import _config, _engine, exceptions
from sluice.extract.factory import SingleSource, SourceFactory
from sluice.extract.incremental import Incremental
from sluice.extract.native import NativeRows, pages_of_table
from sluice.extract.resource import DltResource
from sluice.sources.sql_database import reflection
from sluice.sources.sql_database.locations import FIELDS, location_of

BACKENDS = ("sqlalchemy", "pyarrow", "pandas", "connectorx")
LEVELS = ("minimal", "full", "full_with_precision")
_SECTION = "sql_database"
_INCREMENTAL = ("cursor_path", "initial_value", "end_value", "row_order", "lag", "on_cursor_value_missing", "range_start", "range_end",
                "last_value_func", "primary_key")


class _Database:
    """One database and how its tables are read."""

    def __init__(self, credentials, schema, chunk_size, backend, reflection_level, include_views, callbacks, backend_kwargs, unsupported):
        for name, value in unsupported.items():
            if value:
                raise exceptions.ConfigurationException(f"{name} is not supported: tables are read without SQLAlchemy's engine")
        if backend not in BACKENDS:
            raise exceptions.ValueErrorWithKnownValues("backend", backend, BACKENDS)
        if reflection_level not in LEVELS:
            raise exceptions.ValueErrorWithKnownValues("reflection_level", reflection_level, LEVELS)
        self.location, self.schema, self.backend, self.chunk_size = location_of(credentials), schema, backend, int(chunk_size)
        self.scheme = self.location.partition(":")[0]
        self.callbacks, self.backend_kwargs = callbacks, backend_kwargs or {}
        self.options = {"reflection": reflection_level, "batch-rows": str(self.chunk_size)}
        if schema:
            self.options["schema"] = schema
        if include_views:
            self.options["include-views"] = "true"

    def source(self, options=None, tables=None):
        options = {**self.options, **(options or {})}
        if self.scheme == "mongodb":
            options = {k: v for k, v in options.items() if k in ("batch-rows",)}
        try:
            return _engine.Source(self.location, options, tables, None)
        except _engine.EngineError as error:
            raise _engine.translate(error) from error

    def wanted(self, names):
        """The engine's choice of tables: with a schema all of it, since names then may begin with it."""
        return None if self.schema or not names else ",".join(names)

    def found(self, names=None):
        """The tables there are, or the named ones."""
        source = self.source(tables=self.wanted(names))
        try:
            tables = source.tables()
        except _engine.EngineError as error:
            raise _engine.translate(error) from error
        finally:
            source.close()
        missing = [name for name in names or () if not any(name in (t["name"], t["target"]) for t in tables)]
        if missing:
            raise exceptions.DatabaseUndefinedRelation(f"there is no table {', '.join(missing)} in {self.schema or 'the database'}")
        return [t for t in tables if not names or t["name"] in names or t["target"] in names]


class _Table:
    """One table: what the engine is asked for, and its rows in Python."""

    def __init__(self, database, name, included, excluded, described=None):
        self.database, self.name, self.described = database, name, described
        self.included, self.excluded = included, excluded

    @property
    def _changes_query(self):
        return self.database.callbacks["query"] is not None

    def columns(self):
        """Names of the columns that are read, and the table for callbacks; (None, None) when nobody needs to know."""
        adapt = self.database.callbacks["table"]
        if adapt is None and not self._changes_query and self.database.callbacks["type"] is None:
            return None, None
        if self.described is None:
            self.described = next(iter(self.database.found([self.name])))
        table = reflection.table_of(self.described, self.database.schema)
        if adapt is not None:
            changed = adapt(table)
            table = table if changed is None else changed
        names = [c.name for c in table.columns]
        if self.included:
            names = [n for n in names if n in self.included]
        return [n for n in names if n not in (self.excluded or ())], table

    def options(self, incremental):
        """Options of the engine for this table."""
        options, (names, table) = {}, self.columns()
        if self._changes_query:
            options["query"] = reflection.adapted_query(self.database.scheme, table, names, self.database.callbacks["query"], incremental)
            return options
        if names is not None and len(names) < len(self.described["columns"]):
            options["include-columns"] = ",".join(names)
        elif names is None and self.included:
            options["include-columns"] = ",".join(self.included)
        if names is None and self.excluded:
            options["exclude-columns"] = ",".join(self.excluded)
        return {**options, **_window(incremental)}

    def keeps(self, incremental):
        """Whether the engine can follow the cursor itself."""
        if self.database.backend_kwargs.get("conn"):
            return False
        return incremental is None or (not self._changes_query and _follows(incremental))

    def open(self, incremental):
        options = self.options(incremental)
        return self.database.source(options, None if "query" in options else self.database.wanted([self.name]))

    def rows(self):
        """The resource's function."""
        yield NativeRows(self.open, "" if self._changes_query else self.name, self.pages, self.keeps, self.database.backend != "sqlalchemy")

    def pages(self, incremental):
        """The rows in the form of the backend, from the incremental's last value on."""
        narrowed = None
        if incremental is not None and _follows(incremental):
            narrowed = Incremental(incremental.cursor_path, incremental.last_value, end_value=incremental.end_value,
                                   row_order=incremental.row_order, on_cursor_value_missing=incremental.on_cursor_value_missing,
                                   range_start=incremental.range_start, range_end=incremental.range_end, primary_key=())
        source = self.open(incremental if self._changes_query else narrowed)
        for page in pages_of_table(source, "" if self._changes_query else self.name):
            yield self._in_form(page)

    def _in_form(self, page):
        """A page in the form of the backend."""
        import pyarrow

        if self.database.backend == "sqlalchemy":
            rows = page if isinstance(page, list) else page.to_pylist()
            for name in _json_columns(self.described):
                for row in rows:
                    row[name] = json.loads(row[name]) if isinstance(row.get(name), str) else row.get(name)
            return rows
        table = pyarrow.Table.from_pylist(page) if isinstance(page, list) else pyarrow.Table.from_batches([page])
        return table.to_pandas(**self.database.backend_kwargs) if self.database.backend == "pandas" else table


def _json_columns(described):
    return [name for name, layout, _ in described["columns"] if layout == "json"] if described else []


def _follows(incremental):
    return incremental.last_value_func is max and incremental.get_cursor_column_name() is not None and not callable(incremental.primary_key)


def _text(value):
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _window(incremental):
    """The engine's options of an incremental."""
    if incremental is None:
        return {}
    options = {"cursor": incremental.cursor_path, "range-start": incremental.range_start, "range-end": incremental.range_end,
               "on-cursor-null": incremental.on_cursor_value_missing}
    for option, value in (("initial-value", incremental.initial_value), ("end-value", incremental.end_value), ("lag", incremental.lag)):
        if value is not None:
            options[option] = _text(value)
    if incremental.row_order:
        options["row-order"] = incremental.row_order
    return options


# ---- what users call ----


def _configured(table, sections=(_SECTION,)):
    """Settings of one table: [sources.sql_database.TABLE]."""
    place = ("sources", *sections, table)
    found = {}
    value, _ = _exactly("incremental", place)
    parts = {key: v for key in _INCREMENTAL if (v := _exactly(key, (*place, "incremental"))[0]) is not None}
    if isinstance(value, dict) or parts:
        found["incremental"] = Incremental(**{**(value if isinstance(value, dict) else {}), **parts})
    for key in ("included_columns", "excluded_columns", "write_disposition", "primary_key"):
        value, _ = _exactly(key, place)
        if value is not None:
            found[key] = _config.coerce(key, value, list) if key.endswith("columns") else value
    return found


def _exactly(name, sections):
    for provider in _config.PROVIDERS:
        value = provider.get(name, sections)
        if value is not None:
            return value, provider.key(name, sections)
    return None, None


def _resource(database, name, given, described=None):
    given = {**_configured(name), **{k: v for k, v in given.items() if v is not None}}
    table = _Table(database, name, given.get("included_columns"), given.get("excluded_columns"), described)
    hints = {k: given[k] for k in ("write_disposition", "primary_key", "merge_key") if k in given}
    if described is not None and described["primary_key"] and "primary_key" not in hints:
        hints["primary_key"] = described["primary_key"].split(",")
    hints["columns"] = {column: {"name": column, "data_type": "json"} for column in _json_columns(described)
                        if column not in (given.get("excluded_columns") or ()) and column in (given.get("included_columns") or (column,))}
    if database.callbacks["type"] is not None:
        hints["columns"] |= reflection.adapted_hints(table.columns()[1], database.callbacks["type"])
    made = sluice.resource(table.rows, name=name, section=_SECTION, **hints)
    if given.get("incremental") is not None:
        made.apply_hints(incremental=given["incremental"])
    return made


def _callbacks(table, kind, query):
    return {"table": table, "type": kind, "query": query}


def _credentials(given, sections):
    """Given ones, with what the environment says of their parts."""
    parts = {key: value for key in FIELDS if (value := _config.lookup(key, sections, True, ("credentials",))[0]) is not None}
    if parts and (given is None or isinstance(given, (dict, _config._Marker))):
        return {**(given if isinstance(given, dict) else {}), **parts}
    return given


@sluice.source(name="sql_database", section=_SECTION)
def _sql_database(credentials: Any = None, **options: Any) -> list[DltResource]:
    return list(_tables(credentials, **options))


def _tables(credentials, schema, table_names, defer_table_reflect, include_views, **options):
    database = _Database(credentials, schema, include_views=include_views, **options)
    if defer_table_reflect:
        if not table_names:
            raise ValueError("with defer_table_reflect, which asks the database for nothing, table_names are needed")
        for name in table_names:
            yield _resource(database, name, {})
        return
    for described in database.found(table_names):
        yield _resource(database, described["target"] or described["name"], {}, described)


def sql_database(credentials: Any = sluice.secrets.value, schema: Optional[str] = None, metadata: Any = None,
                 table_names: Optional[list[str]] = None, chunk_size: int = 50000, backend: str = "sqlalchemy",
                 detect_precision_hints: Optional[bool] = False, reflection_level: str = "full", defer_table_reflect: Optional[bool] = None,
                 table_adapter_callback: Optional[Callable[..., Any]] = None, backend_kwargs: Optional[dict[str, Any]] = None,
                 include_views: bool = False, type_adapter_callback: Optional[Callable[..., Any]] = None,
                 query_adapter_callback: Optional[Callable[..., Any]] = None, resolve_foreign_keys: bool = False,
                 engine_adapter_callback: Optional[Callable[..., Any]] = None, engine_kwargs: Optional[dict[str, Any]] = None,
                 table_loader_class: Any = None) -> Any:
    """A source with a resource for each table; arguments that are not given come from [sources.sql_database]."""
    given = _filled(sql_database, locals())
    found = _sql_database(
        credentials=given["credentials"], schema=given["schema"], table_names=given["table_names"],
        defer_table_reflect=given["defer_table_reflect"], include_views=given["include_views"], **_reading(given))
    return found


def sql_table(credentials: Any = sluice.secrets.value, table: str = sluice.config.value, schema: Optional[str] = None, metadata: Any = None,
              incremental: Optional[Incremental] = None, chunk_size: int = 50000, backend: str = "sqlalchemy",
              detect_precision_hints: Optional[bool] = None, reflection_level: str = "full", defer_table_reflect: Optional[bool] = None,
              table_adapter_callback: Optional[Callable[..., Any]] = None, backend_kwargs: Optional[dict[str, Any]] = None,
              type_adapter_callback: Optional[Callable[..., Any]] = None, included_columns: Optional[list[str]] = None,
              excluded_columns: Optional[list[str]] = None, query_adapter_callback: Optional[Callable[..., Any]] = None,
              resolve_foreign_keys: bool = False, engine_adapter_callback: Optional[Callable[..., Any]] = None,
              engine_kwargs: Optional[dict[str, Any]] = None, write_disposition: Any = None, primary_key: Any = None, merge_key: Any = None,
              table_loader_class: Any = None) -> DltResource:
    """A resource of one table."""
    given = _filled(sql_table, locals())
    database = _Database(given["credentials"], given["schema"], include_views=True, **_reading(given))
    described = None
    if not given["defer_table_reflect"]:
        described = database.found([given["table"]])[0]
    return _resource(database, given["table"], {key: given[key] for key in ("incremental", "included_columns", "excluded_columns",
                                                                           "write_disposition", "primary_key", "merge_key")}, described)


sql_table._factory = SourceFactory(sql_table, {"section": _SECTION}, SingleSource).registered()  # type: ignore[attr-defined]


def _filled(function, given):
    """The arguments, with those from the configuration."""
    import inspect

    sections = ("sources", _SECTION)
    signature = inspect.signature(function)
    bound = {name: value for name, value in given.items() if value is not signature.parameters[name].default}
    bound["credentials"] = _credentials(given["credentials"], sections)
    if isinstance(bound["credentials"], _config._Marker):
        del bound["credentials"]
    _config.inject(function, signature, bound, sections)
    if given.get("detect_precision_hints"):
        warnings.warn("detect_precision_hints is called reflection_level='full_with_precision' now", DeprecationWarning, stacklevel=3)
        bound["reflection_level"] = "full_with_precision"
    return {**given, **bound}


def _reading(given):
    return dict(chunk_size=given["chunk_size"], backend=given["backend"], reflection_level=given["reflection_level"],
                callbacks=_callbacks(given["table_adapter_callback"], given["type_adapter_callback"], given["query_adapter_callback"]),
                backend_kwargs=given["backend_kwargs"],
                unsupported={name: given.get(name) for name in ("resolve_foreign_keys", "engine_adapter_callback", "table_loader_class")})


def remove_nullability_adapter(table: Any) -> Any:
    """A table_adapter_callback: columns may be null, whatever the database says."""
    for column in table.columns:
        column.nullable = True
    return table


__all__ = ["remove_nullability_adapter", "sql_database", "sql_table"]
