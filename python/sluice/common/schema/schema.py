"""The schema of a source or dataset as an object: tables, settings, names, versions. Loads change the stored one in the engine."""
import copy
import json
from pathlib import Path

from sluice.common.schema import columns as cols
from sluice.common.schema import exceptions, stored, tables as tabs
from sluice.common.schema.contracts import Contracts
from sluice.common.schema.settings import Settings
from sluice.common.schema.typing import SCHEMA_ENGINE_VERSION



class Schema(Settings, Contracts):
    """Tables are dicts of dlt's shape. `naming` and `data_item_normalizer` work as its settings say."""

    ENGINE_VERSION = SCHEMA_ENGINE_VERSION

    def __init__(self, name, normalizers=None):
        if not stored.is_valid_schema_name(name):
            raise exceptions.InvalidSchemaName(name)
        self._reset_schema(name, normalizers)

    def _reset_schema(self, name, normalizers=None):
        from sluice.common.schema.normalizers import configured_normalizers

        self._schema_name, self._schema_tables, self._schema_description = name, {}, None
        self._stored_version = self._stored_version_hash = self._imported_version_hash = None
        self._stored_previous_hashes, self._settings = [], {"detections": stored.standard_type_detections()}
        self._normalizers_config = self.naming = self.data_item_normalizer = None
        self._compiled_preferred_types, self._compiled_hints, self._compiled_excludes, self._compiled_includes = [], {}, {}, {}
        self._configure_normalizers(normalizers or configured_normalizers(schema_name=name))
        self.data_item_normalizer.extend_schema()
        for table in (tabs.version_table(), tabs.loads_table()):
            made = tabs.normalize_table_identifiers(table, self.naming)
            self._schema_tables[made["name"]] = made
        self._compile_settings()

    # ---- the stored form ----

    @classmethod
    def from_dict(cls, d, remove_processing_hints=False, bump_version=True, validate_schema=True):
        """Of a stored form of any engine version; the dict becomes part of the schema."""
        made = stored.migrate_schema(d, d["engine_version"], cls.ENGINE_VERSION)
        if validate_schema:
            stored.validate_stored_schema(made)
        stored.apply_defaults(made)
        if remove_processing_hints:
            tabs.remove_processing_hints(made["tables"])
        if bump_version:
            stored.bump_version_if_modified(made)
        return cls.from_stored_schema(made)

    @classmethod
    def from_stored_schema(cls, stored_schema):
        """Of a stored form of this engine version, names in all tables and columns. (The command line takes more names than dlt.)"""
        self = cls.__new__(cls)
        self._reset_schema(stored_schema["name"], stored_schema.get("normalizers"))
        self._from_stored_schema(stored_schema)
        return self

    @classmethod
    def from_file(cls, path):
        """Of a file of the pipeline, as its engine has written it."""
        return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")), bump_version=False)

    def _from_stored_schema(self, stored_schema):
        self._schema_tables = stored_schema.get("tables") or {}
        for name in (self.version_table_name, self.loads_table_name):
            if name not in self._schema_tables:
                raise exceptions.SchemaCorruptedException(stored_schema["name"], f"it has no table {name}")
        self._stored_version, self._stored_version_hash = stored_schema["version"], stored_schema["version_hash"]
        self._imported_version_hash, self._schema_description = stored_schema.get("imported_version_hash"), stored_schema.get("description")
        self._settings, self._stored_previous_hashes = stored_schema.get("settings") or {}, stored_schema.get("previous_hashes") or []
        self._compile_settings()

    def to_dict(self, remove_defaults=False, remove_processing_hints=False, bump_version=True):
        """The stored form, with the version that its content makes it."""
        made = {"version": self._stored_version, "version_hash": self._stored_version_hash, "engine_version": self.ENGINE_VERSION,
                "name": self.name, "tables": self._schema_tables, "settings": self._settings, "normalizers": self._normalizers_config,
                "previous_hashes": self._stored_previous_hashes}
        if self._imported_version_hash and not remove_defaults:
            made["imported_version_hash"] = self._imported_version_hash
        if self._schema_description:
            made["description"] = self._schema_description
        if remove_processing_hints:
            made["tables"] = tabs.remove_processing_hints(copy.deepcopy(made["tables"]))
        if bump_version:
            stored.bump_version_if_modified(made)
        return stored.remove_defaults(made) if remove_defaults else made

    def to_pretty_json(self, remove_defaults=True, remove_processing_hints=False):
        return stored.to_pretty_json(self.to_dict(remove_defaults, remove_processing_hints))

    def to_pretty_yaml(self, remove_defaults=True, remove_processing_hints=False):
        return stored.to_pretty_yaml(self.to_dict(remove_defaults, remove_processing_hints))

    def clone(self, with_name=None, remove_processing_hints=False, update_normalizers=False):
        """A copy; one of another name begins its versions anew."""
        made = copy.deepcopy(self.to_dict(bump_version=False, remove_processing_hints=remove_processing_hints))
        if with_name is not None:
            made.update(name=with_name, version=None, version_hash=None, previous_hashes=[])
            made.pop("imported_version_hash", None)
        schema = type(self).from_stored_schema(made)
        schema.naming.max_length = self.naming.max_length  # not a part of the stored form
        if update_normalizers:
            schema.update_normalizers()
        return schema

    def replace_schema_content(self, schema, link_to_replaced_schema=False):
        """Becomes the other schema, of its version; the hash that this one had may join those before."""
        made = schema.to_dict(bump_version=False)
        before = self.version_hash
        if link_to_replaced_schema and schema.version_hash != before:
            stored.store_prev_hash(made, before)
        self._reset_schema(schema.name, schema._normalizers_config)
        self._from_stored_schema(made)

    def _now(self):
        return stored.bump_version_if_modified(self.to_dict(bump_version=False) | {"previous_hashes": list(self._stored_previous_hashes)})

    version = property(lambda self: self._now()[0], doc="The number of the version that the content makes it.")
    version_hash = property(lambda self: self._now()[1])
    previous_hashes = property(lambda self: self._now()[3])
    stored_version = property(lambda self: self._stored_version, doc="The number as it was read.")
    stored_version_hash = property(lambda self: self._stored_version_hash)
    is_modified = property(lambda self: self.version_hash != self._stored_version_hash)
    is_new = property(lambda self: self._stored_version_hash is None, doc="It was never stored.")
    name = property(lambda self: self._schema_name)
    tables = property(lambda self: self._schema_tables)

    def _bump_version(self):
        self._stored_version, self._stored_version_hash, _, self._stored_previous_hashes = self._now()
        return self._stored_version, self._stored_version_hash

    def _drop_version(self):
        """Back to the version before."""
        if not self._stored_previous_hashes or self._stored_version is None:
            self._stored_version = self._stored_version_hash = None
        else:
            self._stored_version -= 1
            self._stored_version_hash = self._stored_previous_hashes.pop(0)

    # ---- tables ----

    @property
    def references(self):
        """References between tables: those that tables declare, and those of rows to parents, roots and loads."""
        from sluice.common.schema.references import all_references

        return all_references(self._schema_tables, self.naming)

    def update_table(self, partial_table, normalize_identifiers=True, merge_compound_props=True):
        """Adds a table, or puts more into one; its parent must be there. Gives what was put."""
        parent = partial_table.get("parent")
        if normalize_identifiers:
            partial_table = tabs.normalize_table_identifiers(partial_table, self.naming)
        name = partial_table["name"]
        if parent is not None and parent not in self._schema_tables:
            raise exceptions.ParentTableNotFoundException(self.name, name, parent, "Declare the tables between first, also those without hints")
        known = self._schema_tables.get(name)
        if known is None:
            self._schema_tables[name] = partial_table
        else:
            partial_table = tabs.merge_table(self.name, known, partial_table, merge_compound_props)
        self.data_item_normalizer.extend_table(name)
        return partial_table

    def update_schema(self, schema):
        """Takes over settings and tables of another schema, by this one's naming if that has none."""
        self._settings = copy.deepcopy(schema.settings)
        self._configure_normalizers(copy.copy(schema._normalizers_config))
        self.data_item_normalizer.extend_schema(extend_tables=False)
        self._compile_settings()
        for table in tabs.parents_first(schema.tables):
            self.update_table(table)

    def unify_schemas(self, schemas, check_naming_convention=False):
        """A new schema with the tables of this one and of all others."""
        unified = self.clone(with_name=stored.normalize_schema_name("u_" + "_".join(sorted([self.name, *(s.name for s in schemas)]))))
        for schema in schemas:
            if check_naming_convention and str(unified.naming) != str(schema.naming):
                raise exceptions.IncompatibleSchemaException(unified.name, schema.name, f"naming convention mismatch: {schema.naming}, not {unified.naming}")
            for table in tabs.parents_first(schema.tables):
                if table["name"] in unified.tables:
                    tabs.ensure_compatible_tables(unified.name, unified.tables[table["name"]], table)
                unified.update_table(table, normalize_identifiers=False)
        return unified

    def drop_tables(self, table_names):
        """Takes tables out, all below them named as well; gives them."""
        below = {t["name"] for name in table_names if self.get_table(name) for t in tabs.get_nested_tables(self._schema_tables, name)}
        orphaned = sorted(below.difference(table_names))
        if orphaned:
            raise exceptions.SchemaCorruptedException(self.name, f"without their parents there would still be {', '.join(orphaned)}: drop them, too")
        dropped = []
        for name in dict.fromkeys(table_names):
            dropped.append(self._schema_tables.pop(name))
            self.data_item_normalizer.remove_table(name)
        return dropped

    def get_table(self, table_name):
        if table_name not in self._schema_tables:
            raise exceptions.TableNotFound(self.name, table_name)
        return self._schema_tables[table_name]

    def get_table_columns(self, table_name, include_incomplete=False):
        columns = self.get_table(table_name)["columns"]
        return columns if include_incomplete else {name: c for name, c in columns.items() if cols.is_complete_column(c)}

    def get_new_table_columns(self, table_name, existing_columns, case_sensitive, include_incomplete=False):
        """Columns of a table that are not among those that exist (names as they are, or in any case)."""
        fold = str if case_sensitive else str.casefold
        known = {fold(name) for name in existing_columns}
        if len(known) != len(existing_columns):
            raise exceptions.SchemaCorruptedException(self.name, f"columns of {table_name} differ by capitals alone: {', '.join(existing_columns)}")
        return [c for c in self.get_table_columns(table_name, include_incomplete).values() if fold(c["name"]) not in known]

    def data_tables(self, seen_data_only=False, include_incomplete=False):
        return [t for t in self._schema_tables.values() if not self._is_own(t["name"])
                and (include_incomplete or self.get_table_columns(t["name"])) and (not seen_data_only or tabs.has_table_seen_data(t))]

    def data_table_names(self, seen_data_only=False, include_incomplete=False):
        return [t["name"] for t in self.data_tables(seen_data_only, include_incomplete)]

    def dlt_tables(self):
        return [t for t in self._schema_tables.values() if self._is_own(t["name"])]

    def dlt_table_names(self):
        return [t["name"] for t in self.dlt_tables()]

    def is_new_table(self, table_name):
        return table_name not in self._schema_tables or not self.get_table_columns(table_name)

    def _is_own(self, name):
        return tabs.is_dlt_table_or_column(name, self._dlt_tables_prefix)

    def normalize_data_item(self, item, load_id, table_name):
        """((table, path of the parent, path below it), row) of an item and all below it."""
        return self.data_item_normalizer.normalize_data_item(item, load_id, table_name)

    def filter_row_with_hint(self, table_name, hint_type, row):
        """What of a row has a hint, in the order of the columns; of a table that is not there, by the default hints."""
        prop = cols.hint_to_column_prop(hint_type)
        columns = self._schema_tables.get(table_name, {}).get("columns", {})
        if table_name not in self._schema_tables or any(prop not in column for name, column in columns.items() if name in row):
            return {k: v for k, v in row.items() if self._infer_hint(hint_type, k)}
        return {k: row[k] for k, c in columns.items() if k in row and not cols.has_default_column_prop_value(prop, c[prop])}

    def __contains__(self, table):
        return table in self._schema_tables

    def __getstate__(self):
        return {key: value for key, value in self.__dict__.items() if key not in ("naming", "data_item_normalizer")}

    def __setstate__(self, state):
        self.__dict__.update(state, naming=None, data_item_normalizer=None)
        self._configure_normalizers(self._normalizers_config)
        self._compile_settings()

    def __repr__(self):
        return f"dlt.Schema(name={self.name!r}, version={self.version}, tables={list(self.tables)}, version_hash={self.version_hash!r})"
