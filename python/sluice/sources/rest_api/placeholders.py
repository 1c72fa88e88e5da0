"""{resources.posts.id} and {incremental.start_value} in paths, parameters, headers and bodies."""
import string

from sluice.sources.rest_api.typing import ResolvedParam


class _Formatter(string.Formatter):
    """Names with points in them are looked for as they are first."""

    def get_field(self, field_name, args, kwargs):
        return (kwargs[field_name], field_name) if field_name in kwargs else super().get_field(field_name, args, kwargs)


_FORMATTER = _Formatter()


def expand_placeholders(value, values, preserve_value_type=False):
    """The value with all placeholders filled, in nested dicts and lists as well. With preserve_value_type a text that is one placeholder
    and nothing else becomes the value itself."""
    if isinstance(value, str):
        parts = list(_FORMATTER.parse(value))
        if preserve_value_type and len(parts) == 1:
            literal, name, layout, conversion = parts[0]
            if name and not literal and not layout and conversion is None:
                return _FORMATTER.get_field(name, (), values)[0]
        return _FORMATTER.format(value, **values)
    if isinstance(value, dict):
        return {expand_placeholders(k, values, preserve_value_type): expand_placeholders(v, values, preserve_value_type)
                for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [expand_placeholders(one, values, preserve_value_type) for one in value]
    return value


def _find_expressions(content, prefixes=None):
    """The names of all placeholders, or of those that begin with one of the prefixes."""
    if isinstance(content, dict):
        return set().union(*(_find_expressions(part, prefixes) for pair in content.items() for part in pair))
    if isinstance(content, (list, tuple)):
        return set().union(*(_find_expressions(part, prefixes) for part in content))
    if not isinstance(content, str):
        return set()
    names = {name for _, name, _, _ in _FORMATTER.parse(content) if name}
    return names if prefixes is None else {name for name in names if name.startswith(tuple(prefixes))}


def _expressions_to_resolved_params(expressions):
    """Each resources.PARENT.FIELD as a parameter that the parent's rows fill."""
    found = []
    for expression in sorted(expressions):
        parts = expression.strip().split(".", 2)
        if len(parts) != 3:
            raise ValueError(f"Invalid definition of `{expression}`. Expected format: 'resources.<resource>.<field>'")
        found.append(ResolvedParam(expression, {"type": "resolve", "resource": parts[1], "field": parts[2]}))
    return found
