"""dlt.normalize.items_normalizers"""
from sluice.normalize.items_normalizers.jsonl import JsonLItemsNormalizer  # noqa: F401
