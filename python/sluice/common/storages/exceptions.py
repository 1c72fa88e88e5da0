"""What is wrong with a folder of schemas."""
from sluice.exceptions import DltException


class SchemaStorageException(DltException):
    pass


class SchemaNotFoundError(SchemaStorageException, FileNotFoundError, KeyError):
    def __init__(self, schema_name, schema_path, import_schema_path=None, import_schema_format=None):
        self.schema_name = schema_name
        also = f", and none to import in {import_schema_path} ({import_schema_format})" if import_schema_path else ""
        super().__init__(f"there is no schema '{schema_name}' in {schema_path}{also}")


class InStorageSchemaModified(SchemaStorageException):
    def __init__(self, schema_name, storage_path):
        super().__init__(f"the schema '{schema_name}' in {storage_path} was edited: its hash is not that of its content. Edit the one to import")
