"""dlt.common.libs.pydantic: models as descriptions of tables."""
from typing import TypedDict

from pydantic import BaseModel  # noqa: F401

from sluice.extract.columns import as_columns
from sluice.extract.validation import model_with_contract as apply_schema_contract_to_model  # noqa: F401


class DltConfig(TypedDict, total=False):
    """The member `dlt_config` of a model: whether nested values are left to the rows, and whether rows stay instances of the model."""

    skip_nested_types: bool
    skip_complex_types: bool
    return_validated_models: bool


def pydantic_to_table_schema_columns(model):
    """Columns of a model, or of an instance of one."""
    return as_columns(model if isinstance(model, type) else type(model))
