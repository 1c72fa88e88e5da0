"""Tables as SQLAlchemy describes them, made of what the engine has found: for callbacks that change tables, types and queries."""
import inspect

from sluice import exceptions
from sluice.sources.sql_database.locations import DIALECTS


def _sqlalchemy():
    try:
        import sqlalchemy
    except ImportError:
        raise exceptions.MissingDependencyException("callbacks of sql_database", ["sqlalchemy"]) from None
    return sqlalchemy


def _type_of(layout, sa):
    if layout.startswith("d:"):
        precision, scale = layout[2:].split(",")[:2]
        return sa.Numeric(int(precision), int(scale))
    if layout.startswith("ts"):
        return sa.DateTime(timezone=layout.partition(":")[2] != "")
    kinds = {"l": sa.BigInteger, "i": sa.Integer, "s": sa.SmallInteger, "g": sa.Double, "f": sa.Float, "b": sa.Boolean, "z": sa.LargeBinary,
             "Z": sa.LargeBinary, "tdD": sa.Date, "json": sa.JSON}
    return sa.Time() if layout.startswith("tt") else kinds.get(layout, sa.Text)()


def table_of(found, schema):
    """A sqlalchemy.Table of one entry of Source.tables()."""
    sa = _sqlalchemy()
    keys = (found["primary_key"] or "").split(",")
    columns = [sa.Column(name, _type_of(layout, sa), primary_key=name in keys, nullable=nullable) for name, layout, nullable in found["columns"]]
    return sa.Table(found["name"].rpartition(".")[2], sa.MetaData(schema=schema), *columns)


_KINDS = (("Boolean", "bool"), ("BigInteger", "bigint"), ("Integer", "bigint"), ("Double", "double"), ("Float", "double"), ("Numeric", "decimal"),
          ("DateTime", "timestamp"), ("Date", "date"), ("Time", "time"), ("LargeBinary", "binary"), ("JSON", "json"), ("ARRAY", "json"),
          ("Uuid", "text"), ("String", "text"))


def column_hint(name, kind):
    """A column's hint of a type of SQLAlchemy."""
    sa = _sqlalchemy()
    kind = kind() if isinstance(kind, type) else kind
    said = next((ours for theirs, ours in _KINDS if isinstance(kind, getattr(sa, theirs))), None)
    if said is None:
        raise exceptions.ConfigurationException(f"type_adapter_callback: the type {kind!r} of column '{name}' has no column type here")
    hint = {"name": name, "data_type": said}
    if said == "decimal" and getattr(kind, "precision", None):
        hint.update(precision=kind.precision, scale=kind.scale or 0)
    return hint


def adapted_hints(table, type_adapter):
    """Columns whose type the callback has replaced, as hints."""
    hints = {}
    for column in table.columns:
        kind = type_adapter(column.type)
        if kind is not None and kind is not column.type:
            hints[column.name] = column_hint(column.name, kind)
    return hints


def adapted_query(scheme, table, columns, callback, incremental):
    """The text of the query that the callback makes of the table's."""
    sa = _sqlalchemy()
    if scheme not in DIALECTS:
        raise exceptions.ConfigurationException(f"query_adapter_callback: queries for {scheme} cannot be written; give table names and "
                                                "included_columns, or use a view")
    query = _window(sa.select(*[c for c in table.columns if c.name in columns]), table, incremental)
    wanted = len(inspect.signature(callback).parameters)
    made = callback(*(query, table, incremental, None)[:max(2, wanted)])
    if isinstance(made, str):
        return made
    dialect = getattr(__import__("sqlalchemy.dialects", fromlist=[DIALECTS[scheme]]), DIALECTS[scheme]).dialect()
    return str(made.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _window(query, table, incremental):
    """What dlt would ask for: rows from the last value on, up to the end."""
    if incremental is None or incremental.last_value_func not in (max, min) or incremental.start_value is None:
        return query
    column, rising = table.c[incremental.cursor_path], incremental.last_value_func is max
    start, end = incremental.start_value, incremental.end_value
    closed = incremental.range_start == "closed"
    where = (column >= start if closed else column > start) if rising else (column <= start if closed else column < start)
    if end is not None:
        ends = incremental.range_end == "closed"
        where = where & ((column <= end if ends else column < end) if rising else (column >= end if ends else column > end))
    if incremental.on_cursor_value_missing == "include":
        where = where | column.is_(None)
    query = query.where(where)
    if incremental.row_order:
        query = query.order_by(column.asc() if (incremental.row_order == "asc") == rising else column.desc())
    return query
