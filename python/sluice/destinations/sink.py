"""@destination: a function that gets the rows, in batches that are each delivered once (reverse ETL)."""
import datetime
import decimal
import functools
import inspect
import json
import re

from sluice import _config, _engine, exceptions
from sluice.destinations import Destination, resolve

WHOLE = 1 << 40  # rows: more than a table has


def _reader(format_):
    """What makes a Python value of a column's JSON."""
    if format_ == "json":
        return lambda v: json.loads(v) if isinstance(v, str) else v
    if format_.startswith("ts"):
        return lambda v: datetime.datetime.fromisoformat(v.replace("Z", "+00:00"))
    if format_.startswith("d:"):
        return decimal.Decimal
    return {"tdD": datetime.date.fromisoformat, "ttu": datetime.time.fromisoformat}.get(format_)


class SinkDestination(Destination):
    """One use of a function as a destination."""

    def __init__(self, function, name, batch_size, parallel, skip_dlt, as_arrow, arguments):
        super().__init__("destination", None, name)
        self.function, self.batch_size, self.parallel, self.skip_dlt, self.as_arrow = function, batch_size, parallel, skip_dlt, as_arrow
        self.arguments, self.error = arguments, None
        self.sink_name = re.sub(r"[^a-z0-9_]", "_", name.lower())  # the same in each run: a load that failed goes on

    def location(self, pipeline):
        signature = inspect.signature(self.function)
        given = dict(self.arguments)
        names = list(signature.parameters)[:2]
        _config.inject(self.function, signature, given, ("destination", self.destination_name), skip=set(names))
        self._given = given
        _engine.register_sink(self.sink_name, functools.partial(self._take, pipeline), self.batch_size or WHOLE, self.parallel)
        return f"callback:{self.sink_name}"

    def _take(self, pipeline, table, text, info):
        if self.skip_dlt and table.startswith("_dlt_"):
            return "accepted"
        try:
            self.function(self._rows(text, info["columns"]), self._schema(pipeline, table, info), **self._given)
        except exceptions.DestinationTransientException as error:
            self.error = error
            return f"retry:{error}"
        except BaseException as error:
            self.error = error
            return f"refused:the function {self.function.__name__} failed: {type(error).__name__}: {error}"[:800]
        return "accepted"

    def _rows(self, text, columns):
        rows = json.loads(text, parse_float=float)
        readers = {name: _reader(format_) for name, format_ in columns.items()}
        kept = [name for name in columns if not (self.skip_dlt and name.startswith("_dlt_"))]
        made = [{name: readers[name](row[name]) if readers[name] and row[name] is not None else row[name] for name in kept if name in row}
                for row in rows]
        if not self.as_arrow:
            return made
        import pyarrow

        return pyarrow.Table.from_pylist(made)

    def _schema(self, pipeline, table, info):
        known = pipeline.default_schema.tables.get(table, {})
        keys = set((info["primary_key"] or "").split(","))
        columns = {name: {"name": name, **({"primary_key": True} if name in keys else {})} for name in info["columns"]
                   if not (self.skip_dlt and name.startswith("_dlt_"))}
        for name, props in known.get("columns", {}).items():
            if name in columns:
                columns[name].update(props)
        return {"name": table, "write_disposition": info["write_disposition"], **{k: v for k, v in known.items() if k != "columns"},
                "columns": columns}


def destination(func=None, /, loader_file_format=None, batch_size=10, name=None, naming_convention="direct",
                skip_dlt_columns_and_tables=True, max_table_nesting=0, spec=None, max_parallel_load_jobs=None,
                loader_parallelism_strategy=None, destination_type=None, credentials=None, **options):
    """Marks a function of (rows, table) as a destination; with a text, makes a named destination."""
    if isinstance(func, str):
        made = resolve(destination_type or func, credentials)
        made.destination_name = func
        return made

    def wrap(function):
        shown = name or function.__name__

        @functools.wraps(function)
        def make(*args, **arguments):
            if args:
                raise TypeError(f"{shown}(): arguments of a destination are given by name")
            return SinkDestination(function, arguments.pop("destination_name", shown), batch_size, max_parallel_load_jobs or 0,
                                   skip_dlt_columns_and_tables, loader_file_format == "parquet", arguments)

        make.is_sink = True
        return make

    return wrap if func is None else wrap(func)
