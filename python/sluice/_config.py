"""Configuration and secrets with dlt's lookup: environment, .dlt/secrets.toml, .dlt/config.toml.

Keys are looked for from the most to the least specific section, first below the pipeline's name, as dlt.md 7.1 says."""
import contextlib
import contextvars
import datetime
import decimal
import functools
import inspect
import json
import os
import types
import typing
from pathlib import Path

from sluice import exceptions

pipeline_name = contextvars.ContextVar("pipeline_name", default=None)
source_sections = contextvars.ContextVar("source_sections", default=())  # of the source whose function runs


class _Marker(str):
    """`dlt.config.value`: a default that says where the value comes from."""

    def __bool__(self):
        return False


CONFIG_VALUE, SECRET_VALUE = _Marker("dlt.config.value"), _Marker("dlt.secrets.value")


def project_folder():
    return Path(os.environ.get("DLT_PROJECT_DIR") or ".") / ".dlt"


def data_folder():
    """Where pipelines live: dlt's own folder, so that both see the same ones."""
    if os.environ.get("DLT_DATA_DIR"):
        return Path(os.environ["DLT_DATA_DIR"])
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/dlt")
    home = Path.home() / ".dlt"
    if not home.exists() and os.environ.get("XDG_DATA_HOME"):
        return Path(os.environ["XDG_DATA_HOME"]) / "dlt"
    return home


class EnvironProvider:
    name, secrets = "Environment variable", True

    def key(self, name, sections):
        return "__".join([*sections, name]).upper()

    def get(self, name, sections):
        return os.environ.get(self.key(name, sections))


class TomlProvider:
    """One file of the project over the same file of the user."""

    def __init__(self, file, secrets):
        self.file, self.secrets, self._read = file, secrets, None
        self.name = file

    def key(self, name, sections):
        return ".".join([*sections, name])

    def _values(self):
        paths = [data_folder() / self.file, project_folder() / self.file]
        stamp = [(str(p.resolve()), p.stat().st_mtime_ns) if p.is_file() else None for p in paths]
        if self._read is None or self._read[0] != stamp:
            merged = {}
            for path in paths:
                if path.is_file():
                    _merge(merged, _toml(path))
            self._read = (stamp, merged)
        return self._read[1]

    def get(self, name, sections):
        node = self._values()
        for step in (*sections, *name.split(".")):
            node = node.get(step) if isinstance(node, dict) else None
        return node

    def set(self, dotted, value):
        node = self._values()
        *parents, last = dotted.split(".")
        for step in parents:
            node = node.setdefault(step, {})
        node[last] = value


def _toml(path):
    try:
        import tomllib
    except ImportError:  # Python 3.10
        import tomli as tomllib
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise exceptions.ConfigurationException(f"{path}: {error}") from None


def _merge(into, more):
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


ENVIRON, SECRETS, CONFIG = EnvironProvider(), TomlProvider("secrets.toml", True), TomlProvider("config.toml", False)
PROVIDERS = [ENVIRON, SECRETS, CONFIG]


def _places(sections):
    """Sections from the most to the least specific; sources.<module>.<name> also as sources.<name>."""
    places = [tuple(sections[:n]) for n in range(len(sections), -1, -1)]
    if len(sections) == 3 and sections[0] == "sources":
        places.insert(2, (sections[0], sections[2]))
    return list(dict.fromkeys(places))


def lookup(name, sections=(), secret=False, inner=()):
    """(value, traces): the value is None when no provider has it; traces are the places that were tried. `inner` sections stay, however
    few of the others are left: sources.x.credentials, then credentials."""
    traces = []
    prefixes = [(pipeline_name.get(),)] if pipeline_name.get() else []
    for prefix in [*prefixes, ()]:
        for provider in PROVIDERS:
            if secret and not provider.secrets:
                continue
            for place in [(*place, *inner) for place in _places(sections)]:
                traces.append((provider.name, provider.key(name, (*prefix, *place))))
                value = provider.get(name, (*prefix, *place))
                if value is not None:
                    return value, traces
    if secret:
        value = _secret_file(name, sections, traces)
        if value is not None:
            return value, traces
    return None, traces


def _secret_file(name, sections, traces):
    """Secrets that are mounted as files."""
    path = Path("/run/secrets") / "-".join([*sections, name]).lower().replace("_", "-")
    traces.append(("File", str(path)))
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


def fields(name, sections, keys):
    """What the environment says of the parts of a value: DESTINATION__POSTGRES__CREDENTIALS__PASSWORD."""
    found = {}
    for key in keys:
        value, _ = lookup(key, (*sections, name))
        if value is not None:
            found[key] = value
    return found


# ---- types ----


def _plain_type(hint):
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return _plain_type(typing.get_args(hint)[0])
    if origin in (typing.Union, types.UnionType):
        kinds = [a for a in typing.get_args(hint) if a is not type(None)]
        return _plain_type(kinds[0]) if len(kinds) == 1 else None
    if origin is typing.Literal:
        return type(typing.get_args(hint)[0])
    return origin or hint


_TRUTH = {"yes": True, "true": True, "t": True, "y": True, "1": True, "on": True,
          "no": False, "false": False, "f": False, "n": False, "0": False, "off": False}


def coerce(name, value, hint):
    kind = _plain_type(hint)
    if not isinstance(value, str) or kind in (None, str, inspect.Parameter.empty, typing.Any) or not isinstance(kind, type):
        return str(value) if kind is str and isinstance(value, (int, float)) else value
    try:
        if kind is bool:
            return _TRUTH[value.strip().lower()]
        if kind in (int, float, decimal.Decimal):
            return kind(value)
        if kind is datetime.datetime:
            return datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        if kind is datetime.date:
            return datetime.date.fromisoformat(value)
        if kind in (dict, list, tuple, set) or issubclass(kind, (typing.Mapping, typing.Sequence)):
            read = json.loads(value)
            return kind(read) if kind in (tuple, set) else read
    except (KeyError, ValueError, decimal.InvalidOperation):
        raise exceptions.ConfigValueCannotBeCoercedException(name, value, getattr(kind, "__name__", kind)) from None
    return value


# ---- injection ----


def _specs_of(hint):
    """Classes of configuration among the types of a hint."""
    return [kind for kind in (hint, *typing.get_args(hint)) if isinstance(kind, type) and hasattr(kind, "from_init_value")]


def _filled(specs, value, name, sections):
    """The first of the classes for which all fields are found, in the value or below the sections; None: none is."""
    for spec in specs:
        try:
            return spec.from_init_value(value).resolve(sections, inner=(name,))
        except (exceptions.ConfigurationException, ValueError):
            continue
    return None


def _inject_spec(spec, hints, signature, bound, sections):
    """Fills the fields of `spec` below the sections, then the arguments that have their names or are the spec itself."""
    given = next((bound[name] for name, hint in hints.items() if hint is spec and isinstance(bound.get(name), spec)), None)
    config = spec() if given is None else given
    fields = set(config.field_names())
    config.update({name: value for name, value in bound.items() if name in fields and not isinstance(value, _Marker)})
    config.resolve(sections)
    for name in signature.parameters:
        if hints.get(name) is spec:
            bound[name] = config
        elif name in fields and getattr(config, name) is not None:
            bound[name] = getattr(config, name)


def inject(function, signature, bound, sections, skip=(), spec=None):
    """Fills arguments that were not given: from the configuration, else from their defaults."""
    hints = _hints_of(function)
    if spec is not None:
        _inject_spec(spec, hints, signature, bound, sections)
    for name, parameter in signature.parameters.items():
        hint = hints.get(name, parameter.annotation)
        if isinstance(bound.get(name), (dict, str)) and _specs_of(hint):
            bound[name] = _filled(_specs_of(hint), bound[name], name, sections) or bound[name]
        if name in bound or name in skip or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        default = parameter.default
        secret = default is SECRET_VALUE
        if default is parameter.empty or (default is not None and not isinstance(default, (_Marker, str, int, float, bool))):
            continue  # required ones are the caller's to give
        value, traces = lookup(name, sections, secret)
        made = _filled(_specs_of(hint), value, name, sections) if isinstance(default, _Marker) else None
        if made is not None or value is not None:
            bound[name] = coerce(name, value, hint) if made is None else made
        elif isinstance(default, _Marker):
            if type(None) in typing.get_args(hint):
                bound[name] = None
            else:
                raise exceptions.ConfigFieldMissingException(".".join(sections) or function.__name__, name, traces, secret)
    _remember(function, signature, bound)
    return bound


def _remember(function, signature, bound):
    """What the function was called with last, as far as the configuration may say it; get_fun_last_config reads it."""
    fields = {name: bound.get(name, p.default) for name, p in signature.parameters.items() if p.default is not p.empty}
    if fields:
        with contextlib.suppress(AttributeError, TypeError):  # not every callable has attributes
            inspect.unwrap(function).__dict__["_dlt_config"] = fields


@functools.lru_cache(maxsize=1024)
def _hints_of(function):
    try:
        return typing.get_type_hints(function, include_extras=True)
    except Exception:  # names that exist only for type checkers
        return {}


def with_config(function=None, /, spec=None, sections=(), section_arg_name=None, **_ignored):
    """dlt's decorator of that name: arguments of a plain function from the configuration. `sections` may be a function of the arguments."""
    if function is None:
        return functools.partial(with_config, spec=spec, sections=sections, section_arg_name=section_arg_name)
    signature = inspect.signature(function)

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        bound = signature.bind_partial(*args, **kwargs)
        place = sections(bound.arguments) if callable(sections) else sections
        place = (place,) if isinstance(place, str) else tuple(place or source_sections.get())
        last = signature.parameters[section_arg_name].default if section_arg_name else None
        last = bound.arguments.get(section_arg_name, last)
        inject(function, signature, bound.arguments, (*place, last) if isinstance(last, str) else place, spec=spec)
        return function(*bound.args, **bound.kwargs)

    if spec is not None:
        inspect.unwrap(function).__dict__["__SPEC__"] = spec
    return wrapper


class Accessor:
    """`dlt.config` and `dlt.secrets`: values by dotted key."""

    def __init__(self, marker, writes_to):
        self.value, self._provider = marker, writes_to

    def get(self, field, expected_type=None):
        """The value at exactly this key, of the first provider that has it."""
        *sections, name = field.split(".")
        providers = [p for p in PROVIDERS if p.secrets or not self._provider.secrets]
        value = next((v for p in providers if (v := p.get(name, tuple(sections))) is not None), None)
        return value if value is None or expected_type is None else coerce(field, value, expected_type)

    def __getitem__(self, field):
        value = self.get(field)
        if value is None:
            *sections, name = field.split(".")
            raise exceptions.ConfigFieldMissingException("the program", name, lookup(name, tuple(sections))[1], self._provider.secrets)
        if isinstance(value, str):
            try:
                return json.loads(value)
            except ValueError:
                return value
        return value

    def __setitem__(self, field, value):
        self._provider.set(field, value)

    def __contains__(self, field):
        return self.get(field) is not None


config, secrets = Accessor(CONFIG_VALUE, CONFIG), Accessor(SECRET_VALUE, SECRETS)
