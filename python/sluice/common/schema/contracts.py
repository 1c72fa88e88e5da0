"""What of a new table or column a schema contract lets in."""
from sluice.common.schema import columns as cols
from sluice.common.schema import tables as tabs
from sluice.common.schema.exceptions import DataValidationError

DEFAULT_SCHEMA_CONTRACT_MODE = {"tables": "evolve", "columns": "evolve", "data_type": "evolve"}
_TYPE_PROPS = ("data_type", "nullable", "precision", "scale", "timezone")


class Contracts:
    """A part of Schema."""

    @staticmethod
    def expand_schema_contract_settings(settings, default=None):
        """A contract with all its members, of one mode for all or of some members."""
        if isinstance(settings, str):
            settings = dict.fromkeys(DEFAULT_SCHEMA_CONTRACT_MODE, settings)
        return {**(default or DEFAULT_SCHEMA_CONTRACT_MODE), **(settings or {})}

    def resolve_contract_settings_for_table(self, table_name, new_table_schema=None):
        """The contract that holds for a table: its own, that of a parent, or that of the schema."""
        settings = {}
        if not self._is_own(table_name):
            tables = {**self._schema_tables, table_name: new_table_schema} if new_table_schema else self._schema_tables
            try:
                settings = tabs.get_inherited_table_hint(tables, table_name, "schema_contract")
            except ValueError:
                settings = self._settings.get("schema_contract", {})
        return self.expand_schema_contract_settings(settings)

    def set_schema_contract(self, settings):
        """The contract of all tables that have none; None: there is none."""
        if settings:
            self._settings["schema_contract"] = settings
        else:
            self._settings.pop("schema_contract", None)

    def apply_schema_contract(self, schema_contract, partial_table, data_item=None, raise_on_freeze=True):
        """(what of partial_table is let in, or None, [(entity, name, mode)] of what is not). What is frozen raises."""
        if schema_contract == DEFAULT_SCHEMA_CONTRACT_MODE:
            return partial_table, []
        name = partial_table["name"]
        known = self._schema_tables.get(name)
        is_new = known is None or self.is_new_table(name)

        def refuse(entity, column, why):
            if raise_on_freeze and schema_contract[entity] == "freeze":
                raise DataValidationError(self.name, name, column, entity, "freeze", known, schema_contract, data_item, why)
            return ("columns" if column else "tables", column or name, schema_contract[entity])

        if is_new and schema_contract["tables"] != "evolve":
            return None, [refuse("tables", None, f"Can't add table {name}")]
        may_add = is_new or known.get("x-normalizer", {}).get("evolve-columns-once") or schema_contract["columns"] == "evolve"
        filters = []
        for column, props in list(partial_table["columns"].items()):
            existing = known["columns"].get(column) if known else None
            reason = None if self._is_own(column) else _reason(schema_contract, may_add, existing, props)
            if reason is not None:
                entity, why = reason
                filters.append(refuse(entity, column, why.format(column)))
                del partial_table["columns"][column]
        return partial_table, filters


def _reason(contract, may_add, existing, props):
    """(entity of the contract, why) when a column is not let in."""
    is_variant = props.get("variant", False)
    if existing is None or not cols.is_complete_column(existing):
        if not is_variant:
            return None if may_add else ("columns", "Can't add table column {}")
    if contract["data_type"] == "evolve":
        return None
    if is_variant:
        return "data_type", "Can't add variant column {}"
    changed = [prop for prop in _TYPE_PROPS if prop in props and props[prop] != existing.get(prop)]
    return ("data_type", f"Can't evolve column type of {{}}: it would have the {changed[0]} {props[changed[0]]!r}, not {existing.get(changed[0])!r}") if changed else None
