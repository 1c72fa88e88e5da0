"""The relational normalizer, but a value of another type than its column always goes to a variant."""
from sluice.common.normalizers.json import relational


class DataItemNormalizer(relational.DataItemNormalizer):
    """Nothing is converted. For callers of Python: loads convert."""

    def can_coerce_type(self, to_type, from_type):
        return to_type == from_type

    def coerce_type(self, to_type, from_type, value):
        if to_type != from_type:
            raise ValueError(f"this normalizer makes no {to_type} of a {from_type}")
        return value
