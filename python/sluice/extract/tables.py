"""Whether a table is described as tables are."""
import typing

from sluice.common.data_types.typing import TDataType
from sluice.common.validation import validate_dict


class _Column(typing.TypedDict, total=False):
    name: str
    data_type: typing.Optional[TDataType]
    description: typing.Optional[str]
    precision: typing.Optional[int]
    scale: typing.Optional[int]
    timezone: typing.Optional[bool]
    dedup_sort: typing.Optional[typing.Literal["asc", "desc"]]
    nullable: typing.Optional[bool]
    primary_key: typing.Optional[bool]
    merge_key: typing.Optional[bool]
    row_key: typing.Optional[bool]
    parent_key: typing.Optional[bool]
    root_key: typing.Optional[bool]
    unique: typing.Optional[bool]
    partition: typing.Optional[bool]
    cluster: typing.Optional[bool]
    sort: typing.Optional[bool]
    variant: typing.Optional[bool]
    hard_delete: typing.Optional[bool]
    incremental: typing.Optional[bool]


class _Table(typing.TypedDict, total=False):
    write_disposition: typing.Literal["skip", "append", "replace", "merge"]
    columns: dict[str, _Column]
    references: list[dict]


def check_table(table, path):
    """DictValidationException when columns or the write disposition are none; what begins with x- may be anything."""
    columns = {name: {key: value for key, value in props.items() if not key.startswith("x-")} for name, props in table["columns"].items()}
    validate_dict(_Table, {**{key: table[key] for key in ("write_disposition", "references") if key in table}, "columns": columns}, path)
    return table
