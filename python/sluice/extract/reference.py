"""Sources by reference: those that were decorated so far, and those that an import finds."""
import importlib
import sys
from typing import NamedTuple, Optional

from sluice import exceptions


class ImportTrace(NamedTuple):
    """What became of one way to import a reference; reason: ModuleSpecNotFound, ImportError, AttrNotFound, TypeCheck."""

    ref: str
    module: str
    attr_name: str
    reason: str
    exc: Optional[BaseException]


def _ours():
    """The name that this package has in the running program."""
    return "dlt" if sys.modules.get("dlt") is sys.modules["sluice"] else "sluice"


def _plugin_modules():
    from sluice.common.configuration.plugins import PluginContext

    return [_ours(), *PluginContext.active().plugin_modules]


class SourceReference:
    """One source or resource at the top of a module, under the place where its function is."""

    SOURCES = {}

    def __init__(self, ref, factory):
        self.ref, self.factory = ref, factory

    @property
    def name(self):
        return self.factory.name

    @property
    def section(self):
        return self.factory.section

    @property
    def SPEC(self):
        from sluice.common.configuration.inject import get_fun_spec

        return self.factory.spec or get_fun_spec(self.factory._function)

    @classmethod
    def register(cls, reference):
        cls.SOURCES[reference.ref] = reference

    @classmethod
    def expand_shorthand_ref(cls, ref):
        """`name` and `section.name` are looked for among the sources of this package and of plugins."""
        parts = ref.split(".")
        if len(parts) > 2:
            return []
        return [f"{module}.sources.{ref}.{ref}" if len(parts) == 1 else f"{module}.sources.{ref}" for module in _plugin_modules()]

    @classmethod
    def find(cls, ref, /, raise_exec_errors=False, import_missing_modules=False, _impl_sig=None, _impl_cls=None):
        """The factory of a source: registered under this reference, or under this name or section.name, else imported."""
        refs = [ref, *(one for one in cls.expand_shorthand_ref(ref) if one != ref)]
        for one in refs:
            if (found := cls.SOURCES.get(one) or cls.SOURCES.get(one.replace("dlt.", "sluice.", 1))) is not None:
                return found.factory
        for found in cls.SOURCES.values():
            if ref in (found.name, f"{found.section}.{found.name}"):
                return found.factory
        traces = []
        for one in refs:
            if "." in one:
                factory, trace = _imported(one, raise_exec_errors)
                if factory is not None:
                    return factory
                traces.append(trace)
        raise exceptions.UnknownSourceReference(ref, refs, traces, [name for found in cls.SOURCES.values() for name in (found.ref, found.name)])

    @classmethod
    def from_reference(cls, ref, /, source_args=None, source_kwargs=None, **options):
        """The source itself: options are those of the decorator."""
        return cls.find(ref).clone(**options)(*(source_args or ()), **(source_kwargs or {}))


def _imported(ref, raise_errors):
    """(factory, None) or (None, why not)"""
    import importlib.util

    from sluice.extract.factory import SourceFactory

    module, _, attribute = ref.rpartition(".")

    def failed(reason, error=None):
        return None, ImportTrace(ref, module, attribute, reason, error)

    try:
        if importlib.util.find_spec(module) is None:
            return failed("ModuleSpecNotFound")
        found = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        if error.name is not None and (module == error.name or module.startswith(f"{error.name}.")):
            return failed("ModuleSpecNotFound", error)
        if raise_errors:
            raise
        return failed("ImportError", error)
    except AttributeError as error:
        return failed("AttrNotFound", error)
    except Exception as error:  # the module's own code
        if raise_errors:
            raise
        return failed("ImportError", error)
    factory = getattr(found, "_factory", None) or found
    return (factory, None) if isinstance(factory, SourceFactory) else failed("TypeCheck")


def __getattr__(name):
    if name == "SourceFactory":
        from sluice.extract.factory import SourceFactory

        return SourceFactory
    raise AttributeError(f"module 'sluice.extract.reference' has no attribute {name!r}")
