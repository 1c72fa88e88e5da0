"""dlt's names, as the engine makes them: OrderLines -> order_lines. For programs that want to know a name before the load."""
import re

_REPLACED = str.maketrans("+-*@|", "x_xal")
_OTHER = re.compile(r"[^a-zA-Z\d_]+")
_WORD = re.compile(r"([^_])([A-Z][a-z]+)")
_CAPITAL = re.compile(r"([a-z0-9])([A-Z])")
_LINES = re.compile("__+")


def normalize_identifier(identifier):
    """The name of a table or column."""
    if identifier is None:
        raise ValueError("name is None")
    name = identifier.strip().translate(_REPLACED)
    if not name:
        raise ValueError(f"{identifier!r} is no name")
    name = _CAPITAL.sub(r"\1_\2", _WORD.sub(r"\1_\2", _OTHER.sub("_", name))).lower()
    name = "_" + name if name[0].isdigit() else name
    kept = name.rstrip("_")
    return _LINES.sub("_", kept + "x" * (len(name) - len(kept)))


class NamingConvention:
    """dlt's convention snake_case; identifiers longer than max_length are the engine's affair."""

    PATH_SEPARATOR = "__"
    is_case_sensitive = False

    def __init__(self, max_length=None):
        self.max_length = max_length

    def normalize_identifier(self, identifier):
        return normalize_identifier(identifier)

    def normalize_table_identifier(self, identifier):
        return normalize_identifier(identifier)

    def normalize_path(self, path):
        return self.make_path(*map(normalize_identifier, self.break_path(path)))

    normalize_tables_path = normalize_path

    def make_path(self, *identifiers):
        return self.PATH_SEPARATOR.join(filter(None, identifiers))

    def break_path(self, path):
        return [part for part in path.split(self.PATH_SEPARATOR) if part]
