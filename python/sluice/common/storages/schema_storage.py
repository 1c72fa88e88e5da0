"""A folder of schemas as pipelines have it, with schemas to import and to export beside it."""
import json
from pathlib import Path

from sluice.common.schema import Schema, stored
from sluice.common.storages.exceptions import InStorageSchemaModified, SchemaNotFoundError
from sluice.common.storages.file_storage import FileStorage


class SchemaStorage:
    """{name: Schema}, each in a file name.schema.json."""

    def __init__(self, config, makedirs=False):
        self.config, self.storage = config, FileStorage(config.schema_volume_path, makedirs=makedirs)

    def load_schema(self, name):
        """The stored schema; one to import is taken when there is none, or when it has changed since."""
        own = None
        if self.has_schema(name):
            own = json.loads(self.storage.load(_file_of(name, "json")))
            if not stored.verify_schema_hash(own, verifies_if_not_migrated=True):
                raise InStorageSchemaModified(name, self.config.schema_volume_path)
        imported = self._imported(name)
        if imported is None:
            if own is None:
                raise SchemaNotFoundError(name, self.config.schema_volume_path, self.config.import_schema_path, self.config.external_schema_format)
            return Schema.from_dict(own)
        known = None if own is None else Schema.from_dict(own)
        if known is not None and known._imported_version_hash == imported.stored_version_hash:
            return known
        imported._imported_version_hash = imported.stored_version_hash
        if known is not None:
            known.replace_schema_content(imported, link_to_replaced_schema=True)
            known._imported_version_hash = imported.stored_version_hash
            imported = known
        self._save(imported)
        return imported

    def save_schema(self, schema):
        """Gives the path of the file."""
        imported = self._imported(schema.name)
        if imported is not None:
            schema._imported_version_hash = imported.stored_version_hash
        path = self._save(schema)
        if self.config.export_schema_path:
            self._export(schema, self.config.export_schema_path, True)
        return path

    def save_import_schema_if_not_exists(self, schema):
        """Writes the schema to where one is imported from; False: there is one."""
        if not self.config.import_schema_path or self._imported(schema.name) is not None:
            return False
        self._export(schema, self.config.import_schema_path, self.config.external_schema_format_remove_defaults)
        schema._imported_version_hash = schema.version_hash
        return True

    @staticmethod
    def load_schema_file(path, name, extensions=("json", "yaml"), remove_processing_hints=False):
        """The schema in the first of name.schema.<extension> that is there."""
        for extension in extensions:
            found = _read(Path(path) / _file_of(name, extension), remove_processing_hints)
            if found is not None:
                return found
        raise SchemaNotFoundError(name, path)

    def remove_schema(self, name):
        if self.has_schema(name):
            self.storage.delete(_file_of(name, "json"))

    def has_schema(self, name):
        return self.storage.has_file(_file_of(name, "json"))

    def list_schemas(self):
        ending = ".schema.json"
        return sorted(found.name[:-len(ending)] for found in Path(self.storage.storage_path).glob(f"*{ending}"))

    def clear_storage(self):
        for name in self.list_schemas():
            self.remove_schema(name)

    def _save(self, schema):
        schema._bump_version()
        return self.storage.save(_file_of(schema.name, "json"), schema.to_pretty_json(remove_defaults=False))

    def _export(self, schema, folder, remove_defaults):
        write = schema.to_pretty_yaml if self.config.external_schema_format == "yaml" else schema.to_pretty_json
        text = write(remove_defaults=remove_defaults, remove_processing_hints=True)
        FileStorage(folder, makedirs=True).save(_file_of(schema.name, self.config.external_schema_format), text)

    def _imported(self, name):
        """The schema to import, of its own version, or None."""
        folder = self.config.import_schema_path
        return _read(Path(folder) / _file_of(name, self.config.external_schema_format), True) if folder else None

    __getitem__ = load_schema
    __contains__ = has_schema

    def __len__(self):
        return len(self.list_schemas())

    def __iter__(self):
        return iter(self.list_schemas())


def _read(path, remove_processing_hints):
    """A schema of a file, or None; the engine reads it."""
    from sluice import _engine

    if not path.is_file():
        return None
    found = json.loads(_engine.schema_read(path.read_text(encoding="utf-8"), path.suffix == ".yaml"))
    return Schema.from_dict(found, remove_processing_hints)


def _file_of(name, form):
    return f"{name}.schema.{form}"
