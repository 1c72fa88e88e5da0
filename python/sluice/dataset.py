"""Reading what was loaded: dataset().table("orders").arrow(), SQL, cursors. The destination answers; results are Arrow."""
import re

from sluice import _engine


def _quote(name):
    return '"' + name.replace('"', '""') + '"'


def _literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return repr(value)
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return "'" + text.replace("'", "''") + "'"


def in_dataset(dataset, sql):
    """The query with the dataset's tables under their plain names, as dlt has them."""
    named = [t for t in dataset.tables if re.search(rf'(?<![\w."`])["`]?{re.escape(t)}\b', sql)
             and not re.search(rf'["`]?\b{re.escape(t)}["`]?\s+as\s*\(', sql, re.IGNORECASE)]
    if not named:
        return sql
    tables = ", ".join(f"{_quote(t)} AS (SELECT * FROM {_quote(dataset.dataset_name)}.{_quote(t)})" for t in named)
    own = re.match(r"\s*with\s+(recursive\s+)?", sql, re.IGNORECASE)
    return f"WITH {(own[1] or '')}{tables}, {sql[own.end():]}" if own else f"WITH {tables} {sql}"


class ArrowResult:
    """The rows of a query, once: what has the Arrow PyCapsule interface."""

    def __init__(self, capsule):
        self._capsule = capsule

    def __arrow_c_stream__(self, requested_schema=None):
        if self._capsule is None:
            raise ValueError("this result has been read already")
        capsule, self._capsule = self._capsule, None
        return capsule


def _pyarrow():
    try:
        import pyarrow
    except ImportError:
        raise ImportError("rows are read through pyarrow: pip install pyarrow") from None
    return pyarrow


class Relation:
    """A query, run when its rows are asked for."""

    def __init__(self, dataset, sql, table=None):
        self._dataset, self._sql, self._table = dataset, sql, table

    @property
    def location(self):
        """Of the database that answers."""
        return self._dataset._pipeline.dataset_location

    def to_sql(self, pretty=False):
        return self._sql

    query = to_sql

    def _over(self, what="*", tail=""):
        return Relation(self._dataset, f"SELECT {what} FROM ({self._sql}) AS t{tail}")

    def select(self, *columns):
        return self._over(", ".join(map(_quote, columns)))

    def __getitem__(self, columns):
        return self.select(*([columns] if isinstance(columns, str) else columns))

    def limit(self, limit):
        return self._over(tail=f" LIMIT {int(limit)}")

    def head(self, limit=5):
        return self.limit(limit)

    def where(self, column, operator=None, value=None):
        """A condition as SQL text, or column, operator, value."""
        if operator is None:
            return self._over(tail=f" WHERE {column}")
        signs = {"eq": "=", "ne": "<>", "gt": ">", "lt": "<", "gte": ">=", "lte": "<=", "in": "IN", "not_in": "NOT IN"}
        sign = signs.get(operator, operator)
        right = "(" + ", ".join(map(_literal, value)) + ")" if sign in ("IN", "NOT IN") else _literal(value)
        return self._over(tail=f" WHERE {_quote(column)} {sign} {right}")

    filter = where

    def order_by(self, column, direction="asc"):
        return self._over(tail=f" ORDER BY {_quote(column)} {'DESC' if direction.lower() == 'desc' else 'ASC'}")

    def max(self, column=None):
        return self._over(f"MAX({_quote(column or self._one_column())})")

    def min(self, column=None):
        return self._over(f"MIN({_quote(column or self._one_column())})")

    def count(self):
        return self._over("COUNT(*)")

    def _one_column(self):
        names = self.columns
        if len(names) != 1:
            raise ValueError("choose one column first")
        return names[0]

    def __arrow_c_stream__(self, requested_schema=None):
        return ArrowResult(self._dataset._query(self._sql)).__arrow_c_stream__()

    def arrow(self, chunk_size=None):
        return _pyarrow().RecordBatchReader.from_stream(self).read_all()

    def iter_arrow(self, chunk_size=None):
        """Record batches, or tables of chunk_size rows."""
        if chunk_size is None:
            yield from _pyarrow().RecordBatchReader.from_stream(self)
            return
        table = self.arrow()
        for start in range(0, table.num_rows, chunk_size):
            yield table.slice(start, chunk_size)

    def df(self, chunk_size=None):
        return self.arrow().to_pandas()

    def iter_df(self, chunk_size):
        for part in self.iter_arrow(chunk_size):
            yield part.to_pandas()

    def polars(self):
        import polars

        return polars.DataFrame(self)

    def iter_fetch(self, chunk_size):
        for part in self.iter_arrow(chunk_size):
            yield _tuples(part)

    def fetchall(self):
        return _tuples(self.arrow())

    def fetchmany(self, size):
        return self.fetchall()[:size]

    def fetchone(self):
        rows = self.limit(1).fetchall()
        return rows[0] if rows else None

    def fetchscalar(self):
        row = self.fetchone()
        return row[0] if row else None

    scalar = fetchscalar

    @property
    def columns(self):
        return list(_pyarrow().RecordBatchReader.from_stream(self.limit(0)).schema.names)

    @property
    def columns_schema(self):
        return self._dataset.schema.get_table_columns(self._table) if self._table else {}

    def __repr__(self):
        from sluice.pipeline.info import table_text

        head = self.limit(10).arrow()
        return table_text(head.column_names, _tuples(head)) + "\n(at most 10 rows are shown)"

    def _repr_html_(self):
        from sluice.pipeline.info import table_html

        head = self.limit(10).arrow()
        return table_html(head.column_names, _tuples(head), "At most 10 rows are shown.")


def _tuples(table):
    columns = [column.to_pylist() for column in table.columns]
    return list(zip(*columns)) if columns else []


class Dataset:
    """The tables of a pipeline's dataset."""

    def __init__(self, pipeline):
        self._pipeline = pipeline
        self.dataset_name = pipeline.dataset_name

    @property
    def schema(self):
        return self._pipeline.default_schema

    @property
    def tables(self):
        schema = self.schema
        return [] if schema.is_new else [*schema.data_table_names(), *schema.dlt_table_names()]

    def _query(self, sql):
        try:
            return _engine.query(self._pipeline.destination.location(self._pipeline), sql)
        except _engine.EngineError as error:
            raise _engine.translate(error) from error

    def table(self, name):
        if name not in self.tables:
            import difflib

            near = difflib.get_close_matches(name, self.tables, n=1)
            raise ValueError(f"dataset '{self.dataset_name}' has no table '{name}'" + (f"; did you mean {near[0]}?" if near else "")
                             + f" It has {', '.join(self.tables)}")
        return Relation(self, f"SELECT * FROM {_quote(self.dataset_name)}.{_quote(name)}", name)

    def query(self, sql):
        """Any query of the destination's SQL; the dataset's tables go by their names."""
        return Relation(self, in_dataset(self, sql))

    __call__ = query
    __getitem__ = table

    def __getattr__(self, name):
        if name.startswith("__") or name not in self.tables:
            raise AttributeError(f"dataset has no table and no attribute {name!r}")
        return self.table(name)

    def row_counts(self, table_names=None, dlt_tables=False, data_tables=True, **_ignored):
        names = table_names or [*(self.schema.data_table_names() if data_tables else []), *(self.schema.dlt_table_names() if dlt_tables else [])]
        sql = " UNION ALL ".join(f"SELECT {_literal(n)} AS table_name, COUNT(*) AS row_count FROM {_quote(self.dataset_name)}.{_quote(n)}"
                                 for n in names)
        return self.query(sql)

    def load_ids(self):
        return [row[0] for row in self.table("_dlt_loads").select("load_id").order_by("load_id").fetchall()]

    def __repr__(self):
        return f"<dataset '{self.dataset_name}' of {self._pipeline.destination!r}: {', '.join(self.schema.data_table_names())}>"


class Cursor:
    def __init__(self, relation):
        table = relation.arrow()
        self.description = [(name, None, None, None, None, None, None) for name in table.column_names]
        self._table, self._at = table, 0

    def fetchall(self):
        rows = _tuples(self._table.slice(self._at))
        self._at = self._table.num_rows
        return rows

    def fetchmany(self, size):
        rows = _tuples(self._table.slice(self._at, size))
        self._at += len(rows)
        return rows

    def fetchone(self):
        rows = self.fetchmany(1)
        return rows[0] if rows else None

    def arrow(self):
        return self._table

    def df(self, **_ignored):
        return self._table.to_pandas()


class SqlClient:
    """pipeline.sql_client(): statements and queries, each in a connection of its own."""

    def __init__(self, pipeline):
        self._pipeline, self._dataset = pipeline, Dataset(pipeline)
        self.dataset_name = pipeline.dataset_name

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return False

    @staticmethod
    def _filled(sql, args):
        parts = sql.split("%s")
        if len(parts) - 1 != len(args):
            return sql
        return "".join(part + (_literal(args[i]) if i < len(args) else "") for i, part in enumerate(parts))

    def execute_sql(self, sql, *args, **_kwargs):
        sql = self._filled(sql, args)
        if sql.lstrip()[:6].lower() in ("select", "with a") or sql.lstrip()[:4].lower() == "with":
            return self._dataset.query(sql).fetchall()
        try:
            return _engine.execute(self._pipeline.destination.location(self._pipeline), sql)
        except _engine.EngineError as error:
            raise _engine.translate(error) from error

    class _Query:
        def __init__(self, relation):
            self._relation = relation

        def __enter__(self):
            return Cursor(self._relation)

        def __exit__(self, *_error):
            return False

    def execute_query(self, sql, *args, **_kwargs):
        return self._Query(self._dataset.query(self._filled(sql, args)))

    def make_qualified_table_name(self, table_name, **_ignored):
        return f"{_quote(self.dataset_name)}.{_quote(table_name)}"


