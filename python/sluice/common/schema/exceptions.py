"""What is wrong with a schema, or with a value for one of its columns."""
from sluice import exceptions


class SchemaException(exceptions.DltException):
    def __init__(self, schema_name, msg):
        self.schema_name = schema_name
        super().__init__(f"schema '{schema_name}': {msg}" if schema_name else msg)


class InvalidSchemaName(ValueError, SchemaException):
    MAXIMUM_SCHEMA_NAME_LENGTH = 64

    def __init__(self, schema_name):
        self.name = schema_name
        super().__init__(schema_name, f"the name must be letters, digits and _, at most {self.MAXIMUM_SCHEMA_NAME_LENGTH} of them, and not begin "
                                      "with a digit")


class CannotCoerceColumnException(SchemaException):
    def __init__(self, schema_name, table_name, column_name, from_type, to_type, coerced_value):
        self.table_name, self.column_name, self.from_type, self.to_type = table_name, column_name, from_type, to_type
        self.coerced_value = coerced_value
        super().__init__(schema_name, f"the {from_type} {coerced_value!r} cannot become the {to_type} that {table_name}.{column_name} holds")


class CannotCoerceNullException(SchemaException):
    def __init__(self, schema_name, table_name, column_name):
        self.table_name, self.column_name = table_name, column_name
        super().__init__(schema_name, f"the column {table_name}.{column_name} must not be null, and a row has no value for it")


class TablePropertiesConflictException(SchemaException):
    def __init__(self, schema_name, table_name, prop_name, val1, val2):
        self.table_name, self.prop_name, self.val1, self.val2 = table_name, prop_name, val1, val2
        super().__init__(schema_name, f"the table {table_name} has the {prop_name} {val1!r}, which cannot become {val2!r}")


class ParentTableNotFoundException(SchemaException):
    def __init__(self, schema_name, table_name, parent_table_name, explanation=""):
        self.table_name, self.parent_table_name = table_name, parent_table_name
        super().__init__(schema_name, f"the table {table_name} has the parent {parent_table_name}, which does not exist. {explanation}".rstrip())


class SchemaCorruptedException(SchemaException):
    pass


class SchemaEngineNoUpgradePathException(SchemaException):
    def __init__(self, schema_name, init_engine, from_engine, to_engine):
        self.init_engine, self.from_engine, self.to_engine = init_engine, from_engine, to_engine
        super().__init__(schema_name, f"it is of engine version {init_engine}, which cannot become {to_engine}: from earlier versions there is a way to "
                                      "today's, and none back")


class DataValidationError(SchemaException, exceptions.DataValidationError):
    """A contract freezes what a row would change."""

    def __init__(self, schema_name, table_name, column_name, schema_entity, contract_mode, table_schema, schema_contract, data_item,
                 extended_info=None):
        self.table_name, self.column_name, self.schema_entity = table_name, column_name, schema_entity
        self.contract_mode, self.table_schema, self.schema_contract = contract_mode, table_schema, schema_contract
        self.data_item = data_item
        place = f"{table_name}.{column_name}" if column_name else table_name
        keys = [name for name, column in ((table_schema or {}).get("columns") or {}).items()
                if any(column.get(key) for key in ("primary_key", "merge_key", "unique"))] if isinstance(data_item, dict) else []
        row = "Offending data item: " + ", ".join(f"{key}: {data_item.get(key)}" for key in keys) if keys else ""
        super().__init__(schema_name, " ".join(filter(None, (f"the contract of {place} is {schema_entity}={contract_mode}.", extended_info, row))))


class TableNotFound(KeyError, SchemaException):
    def __init__(self, schema_name, table_name):
        self.table_name = table_name
        super().__init__(schema_name, f"there is no table {table_name}")


class TableIdentifiersFrozen(SchemaException):
    def __init__(self, schema_name, table_name, to_naming, from_naming, details):
        self.table_name, self.to_naming, self.from_naming = table_name, to_naming, from_naming
        super().__init__(schema_name, f"the table {table_name} was named by {from_naming} and has data: {to_naming} cannot name it anew. {details} "
                                      "Load into another dataset, or keep the convention")


class IncompatibleSchemaException(SchemaException):
    def __init__(self, schema_name, other_name, reason):
        self.other_name = other_name
        super().__init__(schema_name, f"it does not go together with the schema '{other_name}': {reason}")


class ColumnNameConflictException(SchemaException):
    pass
