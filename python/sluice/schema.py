"""The stored schema of a pipeline, for reading."""
import json
from pathlib import Path


class Schema:
    """dlt's schema by its stored form; the engine is the one that changes it."""

    def __init__(self, name, stored=None):
        self.name = name
        self._stored = stored or {"name": name, "version": 1, "tables": {}, "settings": {}}

    @classmethod
    def from_file(cls, path):
        stored = json.loads(Path(path).read_text(encoding="utf-8"))
        return cls(stored["name"], stored)

    @property
    def tables(self):
        return {name: {"name": name, **table, "columns": {c: {"name": c, **props} for c, props in table.get("columns", {}).items()}}
                for name, table in self._stored.get("tables", {}).items()}

    @property
    def version(self):
        return self._stored.get("version", 1)

    @property
    def version_hash(self):
        return self._stored.get("version_hash")

    stored_version_hash = version_hash

    def data_tables(self, seen_data_only=False, include_incomplete=False):
        return [t for name, t in self.tables.items() if not name.startswith("_dlt_")]

    def data_table_names(self, seen_data_only=False, include_incomplete=False):
        return [t["name"] for t in self.data_tables()]

    def dlt_table_names(self):
        return [name for name in self.tables if name.startswith("_dlt_")]

    def get_table(self, name):
        return self.tables[name]

    def get_table_columns(self, name, include_incomplete=False):
        return self.tables[name]["columns"]

    def to_dict(self):
        return self._stored

    def to_pretty_json(self, **_ignored):
        return json.dumps(self._stored, indent=2, ensure_ascii=False)

    def to_pretty_yaml(self, **_ignored):
        try:
            import yaml
        except ImportError:  # JSON is YAML, too
            return self.to_pretty_json()
        return yaml.safe_dump(self._stored, allow_unicode=True, sort_keys=False)

    def __contains__(self, table):
        return table in self._stored.get("tables", {})

    def __repr__(self):
        return f"<Schema '{self.name}' version {self.version}: {', '.join(self.data_table_names()) or 'no tables'}>"
