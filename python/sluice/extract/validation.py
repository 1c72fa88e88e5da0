"""Rows and pydantic models: what a model and a contract together say of a row."""
import types
import typing

from sluice._values import is_arrow, is_frame
from sluice.extract.columns import is_model
from sluice.extract.items_transform import ValidateItem

_EXTRA = {"evolve": "allow", "discard_value": "ignore", "discard_row": "forbid", "freeze": "forbid"}  # of new columns, in pydantic's words
_MODES = {"allow": "evolve", "ignore": "discard_value", "forbid": "freeze"}


def _said_extra(model):
    return (getattr(model, "model_config", None) or {}).get("extra")


def _deep(kind, change):
    """The type with each model in it changed."""
    args = typing.get_args(kind)
    if is_model(kind):
        return change(kind)
    if not args or typing.get_origin(kind) in (typing.Annotated, typing.Literal):
        return kind
    made = tuple(_deep(one, change) for one in args)
    if all(new is old for new, old in zip(made, args)):
        return kind
    origin = typing.get_origin(kind)
    return typing.Union[made] if origin in (typing.Union, types.UnionType) else origin[made]


def model_with_contract(model, column_mode, data_mode, _known=None):
    """A model that takes new fields and wrong values as the contract says; the model itself when it does so already."""
    from pydantic import Field, create_model

    if data_mode == "discard_value":
        raise NotImplementedError("data_type=discard_value: single values of pydantic models cannot be left out")
    if getattr(model, "__pydantic_root_model__", False):
        return model
    config = getattr(model, "dlt_config", None)
    if data_mode == "evolve":
        model = create_model(f"{model.__name__}Any", __module__=model.__module__,
                             **{name: (typing.Any, Field(None, alias=field.alias)) for name, field in model.model_fields.items()})
    extra = _EXTRA[column_mode]
    if extra != (_said_extra(model) or "ignore"):
        known = {} if _known is None else _known
        known[model] = model  # a model that holds itself
        change = lambda inner: known.get(inner) or model_with_contract(inner, column_mode, data_mode, known)  # noqa: E731
        fields = {name: (_deep(field.annotation, change), field) for name, field in model.model_fields.items()}
        fields = {name: (kind, field) for name, (kind, field) in fields.items() if kind is not model.model_fields[name].annotation}
        said = {**model.model_config, "extra": extra}
        known[model] = model = create_model(f"{model.__name__}Extra{extra.title()}", __base__=model, **fields)
        model.model_config = said
        model.model_rebuild(force=True)
    if config is not None:
        model.dlt_config = config
    return model


class PydanticValidator(ValidateItem):
    """Rows become what a model makes of them; the contract says what happens to those that do not fit."""

    def __init__(self, model, column_mode, data_mode):
        from pydantic import TypeAdapter

        super().__init__()
        self.original_model, self.column_mode, self.data_mode = model, column_mode, data_mode
        self.model = model_with_contract(model, column_mode, data_mode)
        self._returns_models = bool((getattr(model, "dlt_config", None) or {}).get("return_validated_models"))
        self._pages = TypeAdapter(list[self.model])

    def _given(self, row):
        """Rows that are instances of the model before the contract."""
        other = isinstance(row, self.original_model) and not isinstance(row, self.model)
        return row.model_dump(by_alias=True) if other else row

    def _row(self, row):
        """What becomes of one row; None: it is left out."""
        from pydantic import ValidationError

        try:
            made = self.model.model_validate(self._given(row))
        except ValidationError as error:
            self._refuse(row, error)
            return None
        return made if self._returns_models else made.model_dump(by_alias=True)

    def _refuse(self, row, error):
        """Raises unless the contract leaves such rows out."""
        from sluice.common.schema.exceptions import DataValidationError

        for problem in error.errors():
            entity = "columns" if problem["type"] == "extra_forbidden" else "data_type"
            mode = self.column_mode if entity == "columns" else self.data_mode
            if mode != "discard_row":
                raise DataValidationError(None, self.table_name, str(problem["loc"]), entity, mode, None,
                                          {"columns": self.column_mode, "data_type": self.data_mode}, row,
                                          f"The row does not fit the model {self.model.__name__}: {error}; the row: {str(row)[:300]}") from error

    def __call__(self, item, meta=None):
        from pydantic import ValidationError

        if item is None or is_arrow(item) or is_frame(item):
            return item
        if not isinstance(item, list):
            return self._row(item)
        try:
            made = self._pages.validate_python([self._given(row) for row in item])
        except ValidationError:  # then row by row, to know which
            return [made for row in item if (made := self._row(row)) is not None]
        return made if self._returns_models else self._pages.dump_python(made, by_alias=True)

    def __str__(self):
        return f"PydanticValidator(model={self.model.__qualname__})"


def create_item_validator(columns, schema_contract=None):
    """(validator, contract) of columns that are a pydantic model, else (None, contract). Without a contract new fields are left out,
    or what the model says of them, and wrong values are errors."""
    if not is_model(columns) or not hasattr(columns, "model_fields"):
        return None, schema_contract
    said = dict.fromkeys(("tables", "columns", "data_type"), schema_contract) if isinstance(schema_contract, str) else schema_contract or {}
    whole = {"tables": "evolve", "columns": _MODES[_said_extra(columns) or "ignore"], "data_type": "freeze", **said}
    return PydanticValidator(columns, whole["columns"], whole["data_type"]), schema_contract or whole
