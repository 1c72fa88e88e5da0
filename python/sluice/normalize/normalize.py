"""Items into the rows of all their tables, with a schema that learns from them."""
from sluice.normalize.configuration import NormalizeConfiguration
from sluice.normalize.items_normalizers.jsonl import JsonLItemsNormalizer


class _Rows:
    """Keeps rows where a load would write files."""

    def __init__(self):
        self.tables = {}

    def write_data_item(self, _load_id, _schema_name, table_name, item, _columns):
        self.tables.setdefault(table_name, []).append(item)


class Normalize:
    """Normalizes without a load: to see what would become of items."""

    def __init__(self, config=None):
        self.config = config or NormalizeConfiguration().resolve(("normalize",))

    def normalize_items(self, schema, items, table_name, load_id="0"):
        """({table: rows}, {table: what the schema has learned}) of a list of items."""
        rows = _Rows()
        update = JsonLItemsNormalizer(rows, None, None, schema, load_id, self.config).normalize_items(items, table_name)
        return rows.tables, update
