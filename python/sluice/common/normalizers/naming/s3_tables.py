"""Names for S3 Tables: those of snake_case, of at most 255 characters, where those of tables do not begin with _."""
from sluice.common.normalizers.naming.snake_case import NamingConvention as SnakeCase

S3_TABLES_MAX_IDENTIFIER_LENGTH = 255


class NamingConvention(SnakeCase):
    """For callers of Python: the engine writes no S3 Tables."""

    def __init__(self, max_length=None):
        if max_length and max_length > S3_TABLES_MAX_IDENTIFIER_LENGTH:
            raise ValueError(f"names of S3 Tables have at most {S3_TABLES_MAX_IDENTIFIER_LENGTH} characters, not {max_length}")
        super().__init__(S3_TABLES_MAX_IDENTIFIER_LENGTH if max_length is None else max_length)

    def normalize_table_identifier(self, identifier):
        return self._remove_leading_underscores(super().normalize_table_identifier(identifier))
