"""dlt.extract.utils: what programs use of it."""
import re

from sluice import exceptions


def check_name(value):
    if not isinstance(value, str) or not value.strip():
        raise exceptions.DltResourceException(str(value), f"the name of a resource is a text, not {value!r}")
    return value


class dynstr(str):
    """A name that is not known before the arguments are: calling it with them gives it; until then it is its placeholder."""

    __slots__ = ("dyn",)

    def __new__(cls, placeholder, dyn):
        made = super().__new__(cls, placeholder)
        made.dyn = dyn
        return made

    def __call__(self, arguments):
        return self.dyn(arguments)


def make_schema_with_default_name(pipeline_name):
    """The name of the schema of a pipeline for which none is given."""
    return re.sub(r"[^a-z0-9_]", "_", pipeline_name.lower())


def ensure_table_schema_columns(columns):
    """{name: properties} of columns in any of their forms."""
    from sluice.extract.columns import as_columns

    return as_columns(columns)


def ensure_table_schema_columns_hint(columns):
    """The same of columns that may be a function of the row: then a function again."""
    if callable(columns) and not isinstance(columns, type):
        return lambda item: ensure_table_schema_columns(columns(item))
    return ensure_table_schema_columns(columns)
