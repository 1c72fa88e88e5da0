"""How items of a source become rows of tables: the interface that a schema's normalizer has."""
import abc
from collections.abc import Generator
from typing import Any

# Yields ((table, path of the parent, path below it), row); sent False: nothing below this row.
TNormalizedRowIterator = Generator[tuple[tuple[str, tuple[str, ...], tuple[str, ...]], dict[str, Any]], bool, None]


class DataItemNormalizer(abc.ABC):
    """Made of a schema, whose hints and settings it extends."""

    @abc.abstractmethod
    def __init__(self, schema):
        pass

    @abc.abstractmethod
    def normalize_data_item(self, item, load_id, table_name):
        """The rows of an item."""

    @abc.abstractmethod
    def extend_schema(self, extend_tables=True):
        """Called for a schema that is new or was read."""

    @abc.abstractmethod
    def extend_table(self, table_name):
        """Called for a table that is new or has changed."""

    @abc.abstractmethod
    def remove_table(self, table_name):
        """Called for a table that is dropped."""

    @property
    def py_type_to_sc_type_map(self):
        """{type of Python: type of a column}, for exact types."""
        return {}

    @abc.abstractmethod
    def py_type_to_sc_type(self, t):
        """The type of a column for a type of Python, its bases looked through."""

    @abc.abstractmethod
    def can_coerce_type(self, to_type, from_type):
        pass

    @abc.abstractmethod
    def coerce_type(self, to_type, from_type, value):
        """The value as the other type, or ValueError."""


def wrap_in_dict(label, item):
    return {label: item}
