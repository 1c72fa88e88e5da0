"""From the description of an API to what its resources need: defaults, parents, paginators, authentication, hooks."""
import graphlib
import string
import warnings
from typing import NamedTuple

from sluice import exceptions
from sluice.common.configuration.specs import resolve_configuration
from sluice.extract.hints import as_columns
from sluice.extract.incremental import Incremental
from sluice.extract.resource import DltResource
from sluice.sources.helpers.rest_client import auth as kinds
from sluice.sources.helpers.rest_client import paginators
from sluice.sources.helpers.rest_client.client import raise_for_status
from sluice.sources.helpers.rest_client.detector import single_entity_path
from sluice.sources.helpers.rest_client.exceptions import IgnoreResponseException
from sluice.sources.rest_api.paging import (IncrementalParam, _set_incremental_params, convert_incremental_values,  # noqa: F401
                                            process_parent_data_item)  # noqa: F401
from sluice.sources.rest_api.placeholders import _expressions_to_resolved_params, _find_expressions, expand_placeholders  # noqa: F401
from sluice.sources.rest_api.typing import ResolvedParam

PAGINATOR_MAP = {
    "json_link": paginators.JSONLinkPaginator, "json_response": paginators.JSONLinkPaginator,  # the name it had
    "header_link": paginators.HeaderLinkPaginator, "header_cursor": paginators.HeaderCursorPaginator, "auto": None,
    "single_page": paginators.SinglePagePaginator, "cursor": paginators.JSONResponseCursorPaginator,
    "offset": paginators.OffsetPaginator, "page_number": paginators.PageNumberPaginator,
}
AUTH_MAP = {"bearer": kinds.BearerTokenAuth, "api_key": kinds.APIKeyAuth, "http_basic": kinds.HttpBasicAuth,
            "oauth2_client_credentials": kinds.OAuth2ClientCredentials}


def without(values, *names):
    return {name: value for name, value in values.items() if name not in names}


# ---- by name ----


def register_paginator(paginator_name, paginator_class):
    """Makes a paginator usable by name in descriptions."""
    if not issubclass(paginator_class, paginators.BasePaginator):
        raise ValueError(f"Invalid paginator: `{paginator_class.__name__}`. It has to be a subclass of `BasePaginator`")
    PAGINATOR_MAP[paginator_name] = paginator_class


def get_paginator_class(paginator_name):
    if paginator_name not in PAGINATOR_MAP:
        raise exceptions.ValueErrorWithKnownValues("paginator_name", paginator_name, PAGINATOR_MAP)
    return PAGINATOR_MAP[paginator_name]


def create_paginator(paginator_config):
    """A paginator of an object, a name, or a dict with `type`; None: to be found out."""
    if paginator_config is None or isinstance(paginator_config, paginators.BasePaginator):
        return paginator_config
    settings = {"type": paginator_config} if isinstance(paginator_config, str) else paginator_config
    kind = get_paginator_class(settings.get("type", "auto"))
    try:
        return kind(**without(settings, "type")) if kind is not None else None
    except TypeError as error:
        raise ValueError(f"Paginator `{settings['type']}` requires arguments to create an instance: {error}") from None


def register_auth(auth_name, auth_class):
    """Makes a kind of authentication usable by name in descriptions."""
    if not issubclass(auth_class, kinds.AuthConfigBase):
        raise ValueError(f"Invalid auth: `{auth_class.__name__}`. It has to be a subclass of `AuthConfigBase`")
    AUTH_MAP[auth_name] = auth_class


def get_auth_class(auth_type):
    if auth_type not in AUTH_MAP:
        raise exceptions.ValueErrorWithKnownValues("auth_type", auth_type, AUTH_MAP)
    return AUTH_MAP[auth_type]


def create_auth(auth_config):
    """Authentication of an object, a name, or a dict; what it lacks comes from the configuration."""
    if auth_config is None:
        return None
    if isinstance(auth_config, str):
        auth = get_auth_class(auth_config)()
    elif isinstance(auth_config, dict):
        auth = get_auth_class(auth_config.get("type", "bearer")).from_init_value(without(auth_config, "type"))
    elif isinstance(auth_config, kinds.AuthConfigBase):
        auth = auth_config
    else:
        raise ValueError(f"Incorrect auth object type '{type(auth_config).__name__}': expected a name, a dict or an object of a subclass of "
                         "AuthConfigBase")
    return auth if auth.is_resolved() else resolve_configuration(auth)


# ---- incremental ----


def setup_incremental_object(request_params, incremental_config=None):
    """(incremental, its parameters of the request, conversion), or three times None."""
    found = {name: value for name, value in request_params.items()
             if isinstance(value, Incremental) or (isinstance(value, dict) and value.get("type") == "incremental")}
    if len(found) > 1:
        raise ValueError(f"Only a single incremental parameter is allowed per endpoint. Found parameters: `{list(found)}`")
    for name, value in found.items():
        settings = {"end_value": value.end_value} if isinstance(value, Incremental) else value
        if settings.get("end_value") or settings.get("end_param"):
            raise ValueError(f"Only `initial_value` is allowed in the configuration of param: `{name}`. To set `end_value` too use the "
                             "incremental configuration at the resource level")
        if isinstance(value, Incremental):
            return value, IncrementalParam(name, None), None
        return Incremental(**without(value, "type", "convert", "transform")), IncrementalParam(name, None), _conversion(value)
    if incremental_config:
        made = Incremental(**without(incremental_config, "start_param", "end_param", "convert", "transform"))
        return made, IncrementalParam(incremental_config.get("start_param"), incremental_config.get("end_param")), \
            _conversion(incremental_config)
    return None, None, None


def _conversion(settings):
    if settings.get("transform"):
        warnings.warn("`transform` of an incremental configuration is called `convert` now", DeprecationWarning, stacklevel=2)
    return settings.get("transform") or settings.get("convert")


# ---- resources ----


def _copy(value):
    """Dicts anew, everything else as it is."""
    return {k: _copy(v) for k, v in value.items()} if isinstance(value, dict) else value


def _make_endpoint_resource(resource, default_config):
    """A resource in its long form, over the defaults: a text is its name and path, a path alone its endpoint."""
    resource = {"name": resource} if isinstance(resource, str) else resource
    endpoint = resource.get("endpoint") or {}
    endpoint = {"path": endpoint} if isinstance(endpoint, str) else dict(endpoint)
    endpoint.setdefault("path", resource["name"])
    return _merge_resource_endpoints(default_config, {**resource, "endpoint": endpoint})


def _merge_resource_endpoints(default_config, config):
    """The resource over the defaults; params, json and columns are merged, everything else is replaced."""
    default, own = default_config.get("endpoint") or {}, config["endpoint"]
    default = {"path": default} if isinstance(default, str) else default
    endpoint = {**default, **own}
    for part in ("json", "params"):
        if own.get(part) is not None:
            endpoint[part] = {**(default.get(part) or {}), **own[part]}
    merged = {**default_config, **config, "endpoint": endpoint}
    columns = [c.get("columns") for c in (default_config, config)]
    if all(c and isinstance(c, (dict, list)) for c in columns):
        merged["columns"] = _merge_columns(*map(as_columns, columns))
    return merged


def _merge_columns(columns, more):
    """Complete columns keep their place, those without a type go to the end, as dlt has them."""
    columns = dict(columns)
    for name, props in more.items():
        old = columns.get(name, {})
        if not old.get("data_type") and name in columns:
            del columns[name]
        columns[name] = {**old, **props}
    return columns


def _setup_single_entity_endpoint(endpoint):
    """A path that ends in a placeholder leads to one thing: one page, and all of it is the row."""
    if single_entity_path(endpoint["path"]):
        if endpoint.get("data_selector") is None:
            endpoint["data_selector"] = "$"
        if endpoint.get("paginator") is None:
            endpoint["paginator"] = paginators.SinglePagePaginator()
    return endpoint


def _find_resolved_params(endpoint):
    return [ResolvedParam(name, value) for name, value in (endpoint.get("params") or {}).items()
            if isinstance(value, dict) and value.get("type") == "resolve"]


def _get_available_contexts(endpoint):
    return {"resources", "incremental"} if "incremental" in endpoint else {"resources"}


def _bind_path_params(resource):
    """Fills the path with parameters that are plain values, and takes those out of the query."""
    endpoint = resource["endpoint"]
    params, path = endpoint.get("params") or {}, endpoint["path"]
    resolved = {param.param_name for param in _find_resolved_params(endpoint)}
    contexts = tuple(f"{name}." for name in _get_available_contexts(endpoint))
    made, bound, used = "", set(), {}
    for literal, name, _layout, _conversion_ in string.Formatter().parse(path):
        made += literal
        if not name:
            continue
        if name.startswith(contexts) or name in resolved:
            made += f"{{{name}}}"
            bound.add(name)
        elif name not in params and name not in used:
            raise ValueError(_unknown_placeholder(resource, path, name, params))
        else:
            value = used.setdefault(name, params.get(name))
            if isinstance(value, dict):
                raise ValueError(f"The path `{path}` defined in resource `{resource['name']}` tries to bind param `{name}` with type "
                                 f"`{value.get('type')}`. Paths can only bind 'resolve' type params.")
            made += str(value)
    loose = sorted(resolved - bound)
    if loose:
        raise ValueError(f"Resource `{resource['name']}` defines resolve params `{loose}` that are not bound in path `{path}`. To reference "
                         "parent resource in query params use syntax 'resources.<parent_resource>.<field>'")
    for name in used:
        params.pop(name, None)
    endpoint["path"] = made


def _unknown_placeholder(resource, path, name, params):
    if "." in name:
        return (f"The `path='{path}'` defined in resource `{resource['name']}` contains a placeholder `{name}`. This placeholder is not a valid "
                "name. Valid names are: ['resources', 'incremental'].")
    return (f"The path '{path}' defined in resource '{resource['name']}' requires a param named '{name}', but it was not found in "
            f"'endpoint.params': {params}")


def expand_and_index_resources(resource_list, resource_defaults):
    """Resources by name, in their long form."""
    found = {}
    for given in resource_list:
        if isinstance(given, DltResource):
            found[given.name] = given
            continue
        resource = _copy(_make_endpoint_resource(_copy(given), _copy(resource_defaults)))
        _setup_single_entity_endpoint(resource["endpoint"])
        _bind_path_params(resource)
        if resource["name"] in found:
            raise ValueError(f"Resource `{resource['name']}` is already defined.")
        found[resource["name"]] = resource
    return found


class Dependencies(NamedTuple):
    """Which resource needs which: an order, the resources, and for each what its parent's rows fill (None: no parent)."""

    graph: graphlib.TopologicalSorter
    resources: dict
    resolved_params: dict


def build_resource_dependency_graph(resource_defaults, resource_list):
    graph, resolved = graphlib.TopologicalSorter(), {}
    resources = expand_and_index_resources(resource_list, resource_defaults)
    for name, resource in resources.items():
        params = [] if isinstance(resource, DltResource) else _params_of_parents(resource["endpoint"])
        parents = {param.resolve_config["resource"] for param in params}
        if len(parents) > 1:
            raise ValueError(f"Multiple parent resources for resource `{name}` with params `{params}`")
        for parent in parents - set(resources):
            raise ValueError(f"A dependent resource `{name}` refers to non existing parent resource `{parent}` on param `{params[0]}`")
        graph.add(name, *parents)
        resolved[name] = params or None
    return Dependencies(graph, resources, resolved)


def _params_of_parents(endpoint):
    contexts = tuple(f"{name}." for name in _get_available_contexts(endpoint))
    expressions = _find_expressions(endpoint["path"], contexts)
    for part in ("params", "json", "data", "headers"):
        found = _find_expressions(endpoint.get(part) or {})
        for expression in found:
            if not expression.startswith(contexts):
                raise ValueError(f"Expression `{expression}` defined in `{part}` is not valid. Valid expressions must start with one of: "
                                 f"`{_get_available_contexts(endpoint)}`. If you need to use literal curly braces in your expression, escape "
                                 "them by doubling them: {{ and }}")
        expressions |= found
    return _find_resolved_params(endpoint) + _expressions_to_resolved_params({e for e in expressions if e.startswith("resources.")})


# ---- responses ----


def _applies(response, action):
    """Whether an action is meant for this response: its status and its content fit, as far as they are given."""
    status, content = action.get("status_code"), action.get("content")
    if status is None and content is None:
        return not isinstance(action.get("action"), str)
    return (status is None or response.status_code == status) and (content is None or content in response.text)


def _handle_response_action(response, action):
    """(kind, functions) of what is to be done: ("ignore", None), (None, [function, …]), or (None, None)."""
    if callable(action):
        return None, [action]
    what = action.get("action")
    functions = [what] if callable(what) else what
    if not isinstance(what, str) and not (isinstance(functions, list) and all(callable(f) for f in functions)):
        raise exceptions.TypeErrorWithKnownTypes("action['action']", what, ["str", "Callable", "List[Callable]"])
    if not _applies(response, action):
        return None, None
    return (what, None) if isinstance(what, str) else (None, functions)


def _hook_of(action):
    def hook(response, *_args, **_kwargs):
        kind, functions = _handle_response_action(response, action)
        for function in functions or ():
            function(response)
        if kind == "ignore":
            raise IgnoreResponseException(f"status {response.status_code} is ignored")

    return hook


def create_response_hooks(response_actions):
    """Hooks of requests for the actions; whatever they leave of errors raises after them."""
    return {"response": [*map(_hook_of, response_actions), raise_for_status]} if response_actions else None
