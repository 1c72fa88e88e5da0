"""dlt's usual convention: OrderLines -> order_lines."""
import re

from sluice.common.normalizers.naming.naming import EngineConvention


class NamingConvention(EngineConvention):
    """Lower case, words parted by _, other characters _ or a letter that looks like them; no _ at the end."""

    _engine_name = "snake_case"
    # What the rules of the engine say, for conventions that derive from this one.
    RE_NON_ALPHANUMERIC = re.compile(r"[^a-zA-Z\d_]+")
    RE_UNDERSCORES = re.compile("__+")
    RE_LEADING_DIGITS = re.compile(r"^\d+")
    _REDUCE_ALPHABET = ("+-*@|", "x_xal")
