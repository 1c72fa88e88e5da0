"""The state of sources and resources: JSON-like dicts that are committed together with the rows."""
import contextvars
import copy
from contextlib import contextmanager

from sluice import _config
from sluice.exceptions import CurrentSourceSchemaNotAvailable, PipelineStateNotAvailable

_sources = contextvars.ContextVar("sources_state", default=None)  # the member `sources` of the pipeline's state
_source = contextvars.ContextVar("source", default=None)
_resource = contextvars.ContextVar("resource", default=None)
_schema = contextvars.ContextVar("schema", default=None)


@contextmanager
def _set(variable, value):
    token = variable.set(value)
    try:
        yield value
    finally:
        variable.reset(token)


def sources_state(state):
    """While the block runs, `state` is what current.* give and change."""
    return _set(_sources, state)


class Forgotten(dict):
    """The state outside of runs: nothing keeps it."""


@contextmanager
def reading_alone():
    """For rows that are read without a run: on from what the pipeline that was made last has stored, which stays as it is."""
    if _sources.get() is None or isinstance(_sources.get(), Forgotten):
        pipeline = active_pipeline()
        with _set(_sources, Forgotten(copy.deepcopy(pipeline.state.get("sources", {})) if pipeline is not None else {})):
            yield
    else:
        yield


def is_running():
    """Whether a run or a reading has set the state."""
    return _sources.get() is not None and not isinstance(_sources.get(), Forgotten)


def active_pipeline():
    """The pipeline that was made last, or None."""
    import sys

    core = sys.modules.get("sluice.pipeline.core")
    return core._active if core is not None else None


def stored():
    """Outside of runs what the pipeline that was made last remembers of its sources; None while one runs."""
    if is_running():
        return None
    pipeline = active_pipeline()
    if pipeline is None:
        raise PipelineStateNotAvailable("no pipeline has been made yet that could remember something")
    return pipeline.state.get("sources", {})


def in_source(name):
    return _set(_source, name)


@contextmanager
def reading(source):
    """While rows of a source are read: what is looked up in the configuration or asked of dlt.current belongs to it."""
    sections = ("sources", source.section or "", source.name)
    with _set(_source, source.name), _set(_schema, source), _set(_config.source_sections, sections):
        yield source


@contextmanager
def making(schema, sections):
    """While the function of a source runs, which will have this schema."""
    with _set(_source, schema.name), _set(_schema, schema), _set(_config.source_sections, sections):
        yield


def source_schema():
    """The schema of the source whose function runs or whose rows are read; it may be changed."""
    found = _schema.get()
    if found is None:
        raise CurrentSourceSchemaNotAvailable("there is no current source: source_schema() works in functions that are decorated with source, "
                                              "resource or transformer")
    return getattr(found, "schema", found)


def in_resource(name):
    return _set(_resource, name)


def enter_resource(pipe):
    """in_resource for what is called for every page of a pipe: a token for leave_resource."""
    return _resource.set(pipe)


def leave_resource(token):
    _resource.reset(token)


def current_source():
    return _source.get()


def current_resource():
    """The name of the resource whose code runs."""
    found = _resource.get()
    return found if found is None or isinstance(found, str) else found.name


def current_resource_object():
    """The resource itself."""
    owner = getattr(_resource.get(), "owner", None)
    if owner is None:
        raise PipelineStateNotAvailable("there is no current resource: resource() and resource_metrics() work in functions of one")
    return owner


def _all():
    state = _sources.get()
    if state is None:  # outside of a run: what is written is forgotten, as in dlt
        state = Forgotten()
        _sources.set(state)
    return state


def source_state(source=None):
    """What the current source remembers; the caller may change it."""
    name = source or _source.get()
    if name is None:
        raise PipelineStateNotAvailable("there is no current source: source_state() works in a function that is decorated with source or resource")
    return _all().setdefault(name, {})


def resource_state(resource=None, source=None):
    """What the current resource remembers; the caller may change it."""
    name = resource or current_resource()
    if name is None:
        raise PipelineStateNotAvailable("there is no current resource: resource_state() works in a function that is decorated with resource; "
                                        "elsewhere give its name")
    return source_state(source).setdefault("resources", {}).setdefault(name, {})


def reset_resource_state(resource, source=None):
    source_state(source).get("resources", {}).pop(resource, None)


def delete_source_state_keys(key, source_state_=None):
    """Removes the dotted key or keys."""
    state = source_state() if source_state_ is None else source_state_
    for one in [key] if isinstance(key, str) else key:
        node, *rest = state, *one.removeprefix("$.").split(".")
        for step in rest[:-1]:
            node = node.get(step, {})
        node.pop(rest[-1], None)


def state():
    """The state of the whole pipeline: {"sources": …}."""
    return {"sources": _all()}
