"""Which naming convention and which normalizer a schema has: by its settings, the configuration, or the destination."""
import importlib
import inspect
import types

from sluice import _config
from sluice.common.destination.capabilities import DestinationCapabilitiesContext
from sluice.common.normalizers.naming.exceptions import InvalidNamingType, NamingTypeNotFound, UnknownNamingModule
from sluice.common.normalizers.naming.naming import NamingConvention

DEFAULT_NAMING_NAMESPACE, DEFAULT_JSON_NAMESPACE = "dlt.common.normalizers.naming", "dlt.common.normalizers.json"
_DEFAULT_NAMING = "snake_case"


def import_module(name):
    """A module by its name; dlt's are ours."""
    return importlib.import_module("sluice" + name[len("dlt"):] if name.startswith("dlt.") else name)


def configured_normalizers(naming=None, json_normalizer=None, allow_identifier_change_on_table_with_data=None, use_break_path_on_normalize=None,
                           schema_name=None):
    """What the configuration says below sources.<schema>.schema, or schema."""
    sections = ("sources", schema_name, "schema") if schema_name else ("sources", "schema")

    def configured(name, given, kind):
        if given is None:
            given, _ = _config.lookup(name, sections)
        if given is None:
            given, _ = _config.lookup(name, ("schema",))
        return given if given is None or kind is None else _config.coerce(name, given, kind)

    found = {"names": serialize_reference(configured("naming", naming, None)), "json": configured("json_normalizer", json_normalizer, dict)}
    for name, given in (("allow_identifier_change_on_table_with_data", allow_identifier_change_on_table_with_data),
                        ("use_break_path_on_normalize", use_break_path_on_normalize)):
        value = configured(name, given, bool)
        if value is not None:
            found[name] = value
    return found


def import_normalizers(explicit_normalizers, default_normalizers=None):
    """(settings with all that follows, naming convention, class of the normalizer)"""
    defaults, capabilities = default_normalizers or {}, DestinationCapabilitiesContext.current()
    naming = (explicit_normalizers.get("names") or (capabilities and capabilities.naming_convention) or defaults.get("names")
              or _DEFAULT_NAMING)
    longest = min(capabilities.max_identifier_length, capabilities.max_column_identifier_length) if capabilities else None
    convention = naming_from_reference(naming, longest)
    item_normalizer = explicit_normalizers.get("json") or defaults.get("json") or {}
    module = item_normalizer.setdefault("module", "relational")
    if "." not in module:
        item_normalizer["module"] = f"{DEFAULT_JSON_NAMESPACE}.{module}"
    made = import_module(item_normalizer["module"]).DataItemNormalizer
    if capabilities and capabilities.max_table_nesting is not None and item_normalizer["module"] == f"{DEFAULT_JSON_NAMESPACE}.relational":
        item_normalizer.setdefault("config", {})["max_nesting"] = capabilities.max_table_nesting
    explicit_normalizers.update(names=serialize_reference(naming), json=item_normalizer)
    return explicit_normalizers, convention, made


def _convention_of(module, name="NamingConvention"):
    found = getattr(module, name, None)
    if found is None:
        raise NamingTypeNotFound(module.__name__, name)
    if not (inspect.isclass(found) and issubclass(found, NamingConvention)):
        raise InvalidNamingType(module.__name__, name)
    return found


def _by_name(name):
    if name == "dlt.common.normalizers.names.snake_case":  # of old schemas
        name = _DEFAULT_NAMING
    head, _, last = name.rpartition(".")
    places = [(f"{DEFAULT_NAMING_NAMESPACE}.{name}", "NamingConvention")] if not head else []
    places.append((name, "NamingConvention"))
    if head:
        places.extend([(head, last)] if "." in head else [(f"{DEFAULT_NAMING_NAMESPACE}.{head}", last), (head, last)])
    missing = None
    for module, kind in places:
        try:
            return _convention_of(import_module(module), kind)
        except NamingTypeNotFound as error:
            missing = error
        except ImportError:
            continue
    raise missing or UnknownNamingModule(name)


def naming_from_reference(names, max_length=None):
    """A convention by its short name, its module (the name or the object), or its class (likewise)."""
    if inspect.isclass(names) and issubclass(names, NamingConvention):
        return names(max_length)
    if isinstance(names, types.ModuleType):
        return _convention_of(names)(max_length)
    if isinstance(names, str):
        return _by_name(names)(max_length)
    raise ValueError(f"{names!r} is no naming convention: give a name, module or class")


def serialize_reference(naming):
    """What stands for it in settings: a text that can be imported."""
    if naming is None or isinstance(naming, str):
        return naming
    kind = type(naming_from_reference(naming))
    module = kind.__module__.replace("sluice.", "dlt.", 1) if kind.__module__.startswith("sluice.") else kind.__module__
    return f"{module}.{kind.__qualname__}"
