"""Items into rows of a table and of those below it, one at a time, for callers of Python. A load does the same in the engine, by the page."""
import functools

from sluice.common.data_types import type_helpers
from sluice.common.normalizers import json as base
from sluice.common.normalizers.exceptions import InvalidJsonNormalizer
from sluice.common.normalizers.json import helpers
from sluice.common.normalizers.json.typing import RelationalNormalizerConfig, RelationalNormalizerConfigPropagation  # noqa: F401
from sluice.common.normalizers.utils import generate_dlt_id
from sluice.common.schema.columns import get_first_column_name_with_prop
from sluice.common.schema.tables import get_root_table
from sluice.common.utils import update_dict_nested

MOST_NESTING = 1000
_MEMBERS = ("generate_dlt_id", "max_nesting", "root_key_propagation", "propagation")


class DataItemNormalizer(base.DataItemNormalizer):
    """Objects inside an item become columns, lists tables."""

    C_DLT_ROOT_ID, C_DLT_PARENT_ID, C_DLT_LIST_IDX, C_VALUE = "_dlt_root_id", "_dlt_parent_id", "_dlt_list_idx", "value"
    EMPTY_KEY_IDENTIFIER = "_empty"

    def __init__(self, schema):
        self.schema, self.naming = schema, schema.naming
        self._load_id = None
        self._reset()

    def _reset(self):
        """Takes names and settings from the schema anew."""
        name = self.naming.normalize_identifier
        self.c_dlt_id, self.c_dlt_load_id, self.c_value = name("_dlt_id"), name("_dlt_load_id"), name(self.C_VALUE)
        self.c_dlt_root_id, self.c_dlt_parent_id = name(self.C_DLT_ROOT_ID), name(self.C_DLT_PARENT_ID)
        self.c_dlt_list_idx = name(self.C_DLT_LIST_IDX)
        self.max_nesting = self.normalizer_config.get("max_nesting", MOST_NESTING)
        self._shorten_fragments = functools.cache(lambda *parts: self.naming.shorten_fragments(*parts))
        self._table_name = functools.cache(functools.partial(helpers.normalize_table_identifier, self.schema, self.naming))
        self._column_name = functools.cache(functools.partial(helpers.normalize_identifier, self.schema, self.naming))
        self._clear_schema_caches()

    @property
    def normalizer_config(self):
        return self.schema._normalizers_config["json"].get("config") or {}

    @property
    def propagation_config(self):
        return self.normalizer_config.get("propagation")

    def _clear_schema_caches(self):
        """What follows from tables, which may have changed."""
        self._is_nested_type = functools.cache(functools.partial(helpers.is_nested_type, self.schema))
        self._should_be_nested = functools.cache(functools.partial(helpers.should_be_nested, self.schema))
        self._row_id_type = functools.cache(functools.partial(helpers.get_root_row_id_type, self.schema))

    # ---- types ----

    @property
    def py_type_to_sc_type_map(self):
        return type_helpers.PY_TYPE_TO_SC_TYPE

    def py_type_to_sc_type(self, t):
        return type_helpers.py_type_to_sc_type(t)

    def can_coerce_type(self, to_type, from_type):
        return type_helpers.can_coerce_type(to_type, from_type)

    def coerce_type(self, to_type, from_type, value):
        return type_helpers.coerce_value(to_type, from_type, value)

    # ---- rows ----

    def normalize_data_item(self, item, load_id, table_name):
        """((table, path of the parent, path below it), row) of the item and of all that is below it. `send(False)`: nothing below this row."""
        self._load_id = load_id
        root = self._table_name(table_name)
        nesting = helpers.get_table_nesting_level(self.schema, root, self.max_nesting)
        yield from self._normalize_row(item if isinstance(item, dict) else {self.c_value: item}, {}, (root,), _r_lvl=nesting, is_root=True)

    def _flatten(self, table, dict_row, _r_lvl):
        """(columns, {path: list}) of an object; objects inside come after what stands beside them, the last first."""
        row, lists, waiting = {}, {}, [(dict_row, _r_lvl, ())]
        while waiting:
            current, level, path = waiting.pop()
            for key, value in current.items():
                name = self._column_name(key) if key and not key.isspace() else self.EMPTY_KEY_IDENTIFIER
                whole = self._shorten_fragments(*path, name) if path else name
                kind = type(value)
                if kind not in (dict, list) or self._is_nested_type(table, whole, level):
                    row[whole] = value
                elif kind is dict:
                    waiting.append((value, level - 1, (*path, name)))
                else:
                    lists[(*path, self._table_name(key) if key and not key.isspace() else name)] = value
        return row, lists

    def _normalize_row(self, dict_row, extend, ident_path, parent_path=(), parent_row_id=None, pos=None, _r_lvl=0, is_root=False):
        table = self._shorten_fragments(*parent_path, *ident_path)
        row, lists = self._flatten(table, dict_row, _r_lvl)
        row.update(extend or {})
        is_root = is_root or not self._should_be_nested(table)
        if is_root:
            row[self.c_dlt_load_id] = self._load_id
        row_id = row.get(self.c_dlt_id) or self._add_row_id(table, dict_row, row, parent_row_id, pos, is_root)
        passed_on = self._propagated(table, row, is_root)
        descend = yield (table, parent_path, ident_path), row
        if descend is False:
            return
        for path, values in lists.items():
            yield from self._normalize_list(values, {**(extend or {}), **passed_on}, path, parent_path + ident_path, row_id, _r_lvl - 1)

    def _normalize_list(self, seq, extend, ident_path, parent_path, parent_row_id=None, _r_lvl=0):
        table = self._shorten_fragments(*parent_path, *ident_path)
        for position, value in enumerate(seq):
            if type(value) is dict:
                yield from self._normalize_row(value, extend, ident_path, parent_path, parent_row_id, position, _r_lvl)
            elif type(value) is list:  # a row of the table between, with the inner list below it
                yield from self._normalize_row({"list": value}, extend, ident_path, parent_path, parent_row_id, position, _r_lvl - 1)
            else:
                row = {self.c_value: value, **(extend or {})}
                self._add_row_id(table, row, row, parent_row_id, position, not self._should_be_nested(table))
                yield (table, parent_path, ident_path), row

    def _add_row_id(self, table, dict_row, flattened_row, parent_row_id, pos, is_root):
        if not is_root:
            row_id = helpers.get_nested_row_hash(parent_row_id, table, pos)
            flattened_row[self.c_dlt_parent_id], flattened_row[self.c_dlt_list_idx] = parent_row_id, pos
        elif self._row_id_type(table) == "key_hash":
            row_id = helpers.get_row_hash(flattened_row, helpers.get_primary_key(self.schema, table))
        elif self._row_id_type(table) == "row_hash":  # of what came, so that a change in a list is one of the row
            row_id = helpers.get_row_hash(dict_row)
        else:
            row_id = generate_dlt_id()
        flattened_row[self.c_dlt_id] = row_id
        return row_id

    def _propagated(self, table, row, is_root):
        """What all rows below this one get of it."""
        config = self.propagation_config
        if not config:
            return {}
        names = {**((config.get("root") or {}) if is_root else {}), **((config.get("tables") or {}).get(table) or {})}
        return {target: row[source] for source, target in names.items() if source in row}

    # ---- the schema ----

    def extend_schema(self, extend_tables=True):
        """Hints for the columns that the normalizer adds."""
        self._validate_normalizer_config(self.schema, self.schema._normalizers_config["json"].get("config") or {})
        self.schema._merge_hints({
            "not_null": [self.c_dlt_id, self.c_dlt_root_id, self.c_dlt_parent_id, self.c_dlt_list_idx, self.c_dlt_load_id],
            "parent_key": [self.c_dlt_parent_id], "root_key": [self.c_dlt_root_id], "unique": [self.c_dlt_id], "row_key": [self.c_dlt_id],
        }, normalize_identifiers=False)
        for name in list(self.schema.tables) if extend_tables else ():
            self.extend_table(name)

    def extend_table(self, table_name):
        """Rows below a table that needs it get the id of their root."""
        root = get_root_table(self.schema.tables, table_name)
        if helpers.requires_root_key(self.schema, root, self.normalizer_config.get("root_key_propagation")):
            row_key = get_first_column_name_with_prop(root, "row_key", include_incomplete=True) or self.c_dlt_id
            self.update_normalizer_config(self.schema, {"propagation": {"tables": {root["name"]: {row_key: self.c_dlt_root_id}}}})
        self._clear_schema_caches()

    def remove_table(self, table_name):
        config = self.get_normalizer_config(self.schema)
        ((config.get("propagation") or {}).get("tables") or {}).pop(table_name, None)
        self._clear_schema_caches()

    @classmethod
    def ensure_this_normalizer(cls, norm_config):
        named = norm_config["module"].replace("dlt.", "sluice.", 1) if norm_config["module"].startswith("dlt.") else norm_config["module"]
        if named != cls.__module__:
            raise InvalidJsonNormalizer(cls.__module__.replace("sluice.", "dlt.", 1), norm_config["module"])

    @classmethod
    def update_normalizer_config(cls, schema, config):
        """Puts settings into those of the schema."""
        cls._validate_normalizer_config(schema, config)
        present = schema._normalizers_config["json"]
        cls.ensure_this_normalizer(present)
        update_dict_nested(present.setdefault("config", {}), config)

    @classmethod
    def get_normalizer_config(cls, schema):
        present = schema._normalizers_config["json"]
        cls.ensure_this_normalizer(present)
        return present.get("config", {})

    @classmethod
    def _validate_normalizer_config(cls, schema, config):
        """Names of columns as the convention makes them; members that are not settings are refused."""
        from sluice.exceptions import DictValidationException

        for member in config:
            if member not in _MEMBERS:
                raise DictValidationException(f"field '{member}' is none of {', '.join(_MEMBERS)}", "./normalizers/json/config")
        name = schema.naming.normalize_path
        propagation = config.get("propagation") or {}
        if "root" in propagation:
            propagation["root"] = {name(source): name(target) for source, target in propagation["root"].items()}
        for table, names in (propagation.get("tables") or {}).items():
            propagation["tables"][table] = {name(source): name(target) for source, target in names.items()}
