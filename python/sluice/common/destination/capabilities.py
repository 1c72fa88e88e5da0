"""What a destination can hold and do, as the engine's connectors promise it."""
import dataclasses
import typing

from sluice.common.configuration.container import ContainerInjectableContext

TLoaderFileFormat = typing.Literal["jsonl", "typed-jsonl", "insert_values", "parquet", "csv", "reference", "model"]
_MOST = 65536


@dataclasses.dataclass
class DestinationCapabilitiesContext(ContainerInjectableContext):
    """The members by dlt's names; those that nobody states are what most databases have."""

    naming_convention: typing.Any = None
    max_identifier_length: int = _MOST
    max_column_identifier_length: int = _MOST
    has_case_sensitive_identifiers: bool = False
    decimal_precision: tuple = (38, 9)
    wei_precision: tuple = (38, 0)
    timestamp_precision: int = 6
    max_timestamp_precision: int = 6
    supports_tz_aware_datetime: bool = True
    supports_transactions: bool = True
    supports_ddl_transactions: bool = True
    supports_multiple_statements: bool = True
    alter_add_multi_column: bool = True
    max_query_length: int = 32 * 1024 * 1024
    max_table_nesting: typing.Optional[int] = None
    supported_merge_strategies: typing.Sequence[str] = ("delete-insert",)
    supported_replace_strategies: typing.Sequence[str] = ("truncate-and-insert", "insert-from-staging")
    sqlglot_dialect: typing.Optional[str] = None

    can_create_default: typing.ClassVar[bool] = False

    @classmethod
    def generic_capabilities(cls, **stated):
        return cls(**stated)

    @classmethod
    def of_destination(cls, kind):
        """Those of a connector of the engine, by its scheme."""
        from sluice import _engine

        found = _engine.capabilities(f"{kind}:")
        return cls(**{key: value or _MOST if key.endswith("identifier_length") else value for key, value in found.items()})

    @classmethod
    def current(cls):
        """Those of the block that we are in (Container().injectable_context), or None."""
        return cls._current.get()


def resolve_merge_strategy(tables, table, destination_capabilities=None):
    """How rows of a table with `merge` are merged: what the table or a parent says, else the destination's first; None without merge."""
    from sluice import exceptions
    from sluice.common.schema.tables import get_inherited_table_hint, get_merge_strategy

    if get_inherited_table_hint({**tables, table["name"]: table}, table["name"], "write_disposition", allow_none=True) != "merge":
        return None
    capabilities = destination_capabilities or DestinationCapabilitiesContext.current() or DestinationCapabilitiesContext()
    supported = capabilities.supported_merge_strategies
    if not supported:
        return None
    strategy = get_merge_strategy(tables, table["name"]) or supported[0]
    if strategy not in supported:
        raise exceptions.DestinationTerminalException(f"the table {table['name']} has the merge strategy {strategy}, and the destination has "
                                                      f"{', '.join(supported)}")
    return strategy
