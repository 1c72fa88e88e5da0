"""Whether nested dicts are what a TypedDict says: one check for what users describe in dicts."""
import types
import typing

from sluice.exceptions import DictValidationException


def _name(kind):
    return getattr(kind, "__name__", None) or str(kind).replace("typing.", "")


def _choices(kind):
    """The members of a union, else the type alone."""
    return typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else (kind,)


def _optional(kind):
    return type(None) in _choices(kind)


def validate_dict(spec, doc, path):
    """DictValidationException when `doc` lacks a member of the TypedDict `spec`, has others, or one with a wrong type."""
    fields = typing.get_type_hints(spec)
    missing = {name for name, kind in fields.items() if name in spec.__required_keys__ and not _optional(kind)} - set(doc)
    if missing:
        raise DictValidationException(f"missing required fields `{missing}`", path)
    unexpected = set(doc) - set(fields)
    if unexpected:
        raise DictValidationException(f"received unexpected fields `{unexpected}`", path)
    for name, value in doc.items():
        _check(value, fields[name], name, path)


def _check(value, kind, name, path):
    choices = [c for c in _choices(kind) if c is not type(None)]
    if (value is None and _optional(kind)) or typing.Any in choices:
        return
    if len(choices) == 1:
        _check_one(value, choices[0], name, path)
        return
    problems = []
    for choice in choices:
        try:
            _check_one(value, choice, name, path)
            return
        except DictValidationException as problem:
            problems.append((choice, problem))
    problems.sort(key=lambda pair: -pair[1].path.count("/"))  # the deepest is what was meant
    why = "".join(f"\nFor `{_name(choice)}`: {problem}" for choice, problem in problems)
    raise DictValidationException(f"field `{name}` expects the following types: `{[_name(c) for c in choices]}`. Provided value `{value}` with "
                                  f"type `{type(value).__name__}` is invalid with the following errors:{why}", path, kind, name, value)


def _check_one(value, kind, name, path):
    origin, wrong = typing.get_origin(kind), None
    if typing.is_typeddict(kind):
        if isinstance(value, dict):
            validate_dict(kind, value, f"{path}/{name}")
            return
        wrong = "dict"
    elif origin is typing.Literal:
        if value in typing.get_args(kind):
            return
        raise DictValidationException(f"field `{name}={value}` is not one of: {typing.get_args(kind)}", path, kind, name, value)
    elif origin in (list, tuple, set):
        if isinstance(value, origin):
            for position, one in enumerate(value):
                _check(one, typing.get_args(kind)[0], f"{name}[{position}]", path)
            return
        wrong = origin.__name__
    elif origin is dict:
        if isinstance(value, dict):
            for key, one in value.items():
                _check(one, typing.get_args(kind)[1], f"{name}[{key!r}]", path)
            return
        wrong = "dict"
    elif "Callable" in str(kind):
        if callable(value):
            return
        wrong = "Callable"
    elif not isinstance(kind, type) or isinstance(value, kind):
        return
    else:
        wrong = kind.__name__
    raise DictValidationException(f"field `{name}={value}` has invalid type `{type(value).__name__}` while `{wrong}` is expected", path, kind, name,
                                  value)
