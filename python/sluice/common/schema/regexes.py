"""The names that settings give: a name, or re: and a pattern that is searched in names."""
import re

SIMPLE_REGEX_PREFIX = "re:"


def canonical_simple_regex(regex):
    return regex if regex.startswith(SIMPLE_REGEX_PREFIX) else f"{SIMPLE_REGEX_PREFIX}^{regex}$"


def compile_simple_regex(regex):
    return re.compile(_pattern(regex))


def compile_simple_regexes(regexes):
    """One pattern that is met where any of them is."""
    alternatives = "|".join(f"({_pattern(regex)})" for regex in regexes)
    if not alternatives:
        raise ValueError("there is no pattern to be made of no patterns")
    return re.compile(alternatives)


def _pattern(regex):
    return regex[len(SIMPLE_REGEX_PREFIX):] if regex.startswith(SIMPLE_REGEX_PREFIX) else f"^{re.escape(regex)}$"


def normalize_simple_regex_column(naming, regex):
    """The same for names as a convention makes them: what is plain text becomes a name, other patterns stay."""
    prefix = SIMPLE_REGEX_PREFIX if regex.startswith(SIMPLE_REGEX_PREFIX) else ""
    text = regex[len(prefix):]
    exact = len(text) >= 2 and text.startswith("^") and text.endswith("$")
    inner = text[1:-1] if exact else text
    if inner == re.escape(inner):
        inner = naming.normalize_path(inner)
    return f"{prefix}^{inner}$" if exact else prefix + inner


def simple_regex_validator(path, pk, pv, t):
    """For validate_dict: True when t is TSimpleRegex and the value one, False for other types."""
    from sluice.common.schema.typing import TSimpleRegex

    if t is TSimpleRegex:
        check_simple_regex(pv, f"{path}/{pk}")
    return t is TSimpleRegex


def column_name_validator(naming):
    """Likewise for TColumnName: a name that the convention leaves as it is."""
    from sluice.common.schema.typing import TColumnName
    from sluice.exceptions import DictValidationException

    def validator(path, pk, pv, t):
        if t is TColumnName and not (isinstance(pv, str) and pv.strip() and naming.normalize_path(pv) == pv):
            raise DictValidationException(f"field '{pk}' is {pv!r}, which is not a valid column name", path, t, pk, pv)
        return t is TColumnName

    return validator


def check_simple_regex(regex, place):
    """A DictValidationException for what is neither a name nor a pattern."""
    from sluice.exceptions import DictValidationException

    if not isinstance(regex, str):
        raise DictValidationException(f"field '{regex}' is a {type(regex).__name__}, not a text", place)
    if not regex.startswith(SIMPLE_REGEX_PREFIX):
        if re.search(r"[^a-zA-Z\d_]", regex[:1]):
            raise DictValidationException(f"field '{regex}' looks like a regex, please prefix with 're:'", place)
        return
    try:
        compile_simple_regex(regex)
    except re.error as error:
        raise DictValidationException(f"field '{regex}' does not compile as regex: {error}", place) from None
