"""Items of JSON's kinds into rows whose values have the types of their columns; columns that are missing are inferred."""
import functools

from sluice.common import json
from sluice.common.data_types.type_helpers import autodetect_sc_type, normalize_timezone
from sluice.common.schema import columns as cols
from sluice.common.schema import tables as tabs
from sluice.common.schema.exceptions import CannotCoerceColumnException, CannotCoerceNullException


class JsonLItemsNormalizer:
    """Changes the schema as rows come; rows go to item_storage.write_data_item. Types and conversions are the engine's."""

    def __init__(self, item_storage, load_storage, normalize_storage, schema, load_id, config, **_ignored):
        self.item_storage, self.load_storage, self.normalize_storage = item_storage, load_storage, normalize_storage
        self.schema, self.load_id, self.config, self.naming = schema, load_id, config, schema.naming
        self._null_only_columns = {}  # {table: columns of which only None was seen}
        self._contracts, self._refused_tables, self._refused_columns = {}, set(), {}

    @property
    def null_only_columns(self):
        return self._null_only_columns

    def __call__(self, extracted_items_file, root_table_name):
        """What the schema learns from a file of the storage, of one item or list of items a line."""
        updates = []
        with self.normalize_storage.open_file(extracted_items_file, "rb") as lines:
            for line in lines:
                items = json.loadb(line)
                updates.append(self._normalize_chunk(root_table_name, items if isinstance(items, list) else [items], json.may_have_pua(line), False))
        return updates

    def normalize_items(self, items, root_table_name):
        return self._normalize_chunk(root_table_name, items, False, False)

    def _normalize_chunk(self, root_table_name, items, may_have_pua, skip_write):
        """{table: [what it gets]} of the schema; rows are written unless skip_write."""
        update = {}
        for item in items:
            rows = self.schema.normalize_data_item(item, self.load_id, root_table_name)
            descend = None
            while True:
                try:
                    (table, parent_path, _), row = rows.send(descend)
                except StopIteration:
                    break
                if may_have_pua:
                    json.custom_pua_decode_nested(row)
                row = self._kept_row(table, self.naming.shorten_fragments(*parent_path), row, update)
                descend = bool(row)
                if row and not skip_write:
                    self.item_storage.write_data_item(self.load_id, self.schema.name, table, row, self.schema.get_table_columns(table))
        return update

    def _kept_row(self, table, parent, row, update):
        """The row as the table takes it; None when filters or the contract leave nothing of it."""
        if table in self._refused_tables:
            return None
        row = self._without_refused(table, self._filter_row(table, row))
        if not row:
            return None
        row, partial = self._coerce_row(table, parent, row)
        if partial is None:
            return row
        if table not in self._contracts:
            asked = table if table in self.schema.tables else parent or table
            self._contracts[table] = self.schema.resolve_contract_settings_for_table(asked)
        partial, filters = self.schema.apply_schema_contract(self._contracts[table], partial, data_item=row)
        for entity, name, mode in filters:
            if entity == "tables":
                self._refused_tables.add(name)
            else:
                self._refused_columns.setdefault(table, {})[name] = mode
        if partial is None:
            return None
        if partial["columns"]:
            self.schema.update_table(partial, normalize_identifiers=False)
            update.setdefault(table, []).append(partial)
        return self._without_refused(table, row)

    def _without_refused(self, table, row):
        for name, mode in self._refused_columns.get(table, {}).items() if row else ():
            if name in row:
                if mode == "discard_row":
                    return None
                del row[name]
        return row

    # ---- values ----

    def _coerce_row(self, table_name, parent_table, row):
        """(row with values of the types of their columns, table with the columns that it needs and that are missing, or None)"""
        table = self.schema.tables.get(table_name) or tabs.new_table(table_name, parent_table)
        made, added = {}, {}
        for name, value in row.items():
            if value is None:
                self._coerce_null_value(table["columns"], table_name, name)
                continue
            name, column, value = self._coerce_non_null_value(table["columns"], table_name, name, value)
            made[name] = value
            if column is not None:
                added[name] = column
        return made, {**table, "columns": added} if added else None

    def _coerce_null_value(self, table_columns, table_name, col_name):
        column = table_columns.get(col_name)
        if column is not None and cols.is_complete_column(column):
            if not cols.is_nullable_column(column):
                raise CannotCoerceNullException(self.schema.name, table_name, col_name)
            return
        if column is None and self.schema._infer_hint("not_null", col_name):
            raise CannotCoerceNullException(self.schema.name, table_name, col_name)
        self._null_only_columns.setdefault(table_name, set()).add(col_name)

    def _coerce_non_null_value(self, table_columns, table_name, col_name, v, is_variant=False):
        """(name of the column or its variant, the column when it is new, value)"""
        known = table_columns.get(col_name)
        complete = known is not None and cols.is_complete_column(known)
        wanted = known["data_type"] if complete else self._infer_column_type(v, col_name, skip_preferred=is_variant)
        own = self.schema.data_item_normalizer.py_type_to_sc_type(type(v))
        try:
            value = self.schema.data_item_normalizer.coerce_type(wanted, own, v)
        except (ValueError, SyntaxError):
            if is_variant:
                raise CannotCoerceColumnException(self.schema.name, table_name, col_name, own, wanted, v) from None
            variant = self._variant_name(table_columns, col_name, own)
            return self._coerce_non_null_value(table_columns, table_name, variant, v, is_variant=True)
        if callable(value):  # a value that knows what it would rather be: Wei beyond what decimals hold
            value = value()
            if isinstance(value, tuple):
                variant = self.naming.shorten_fragments(col_name, f"v_{value[0]}")
                return self._coerce_non_null_value(table_columns, table_name, variant, value[1], is_variant=True)
        column = None
        if not complete:
            column = cols.merge_column(self._infer_column(col_name, v, wanted, is_variant), known or {})
        if wanted == "timestamp":
            value = normalize_timezone(value, (column or known).get("timezone", True))
        return col_name, column, value

    def _variant_name(self, table_columns, col_name, kind):
        if kind == "json":  # dlt's name for it until 1.0
            old = self.naming.shorten_fragments(col_name, "v_complex")
            if table_columns.get(old, {}).get("variant"):
                return old
        return self.naming.shorten_fragments(col_name, f"v_{kind}")

    def _infer_column_type(self, v, col_name, skip_preferred=False):
        preferred = None if skip_preferred else self.schema.get_preferred_type(col_name)
        return (preferred or autodetect_sc_type(self.schema._type_detections, type(v), v)
                or self.schema.data_item_normalizer.py_type_to_sc_type(type(v)))

    def _infer_column(self, k, v, data_type=None, is_variant=False, table_name=None):
        """The column that a value makes, with the default hints of its name; None of a None."""
        not_null = self.schema._infer_hint("not_null", k)
        if v is None and data_type is None:
            if not_null:
                raise CannotCoerceNullException(self.schema.name, table_name, k)
            return None
        column = {"name": k, "data_type": data_type or self._infer_column_type(v, k), "nullable": not not_null}
        column.update(self.schema.default_hint_props(k))
        return {**column, "variant": True} if is_variant else column

    # ---- filters of rows ----

    def _filter_row(self, table_name, row):
        """The row without what filters of its table, and of those above it, exclude."""
        if not self.schema._compiled_excludes:
            return row
        branch = self.naming.break_path(table_name)
        for depth in range(len(branch), 0, -1):
            above = self.naming.make_path(*branch[:depth])
            path_of = functools.partial(self.naming.make_path, *branch[depth:])
            row = {name: value for name, value in row.items() if not self._is_excluded(above, path_of(name))}
        return row

    def _is_excluded(self, table, path):
        def meets(patterns):
            return any(pattern.search(path) for pattern in patterns.get(table, ()))

        return meets(self.schema._compiled_excludes) and not meets(self.schema._compiled_includes)
