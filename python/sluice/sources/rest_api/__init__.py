"""REST APIs by description: `rest_api_source({"client": {...}, "resources": [...]})`, in dlt's words."""
import importlib
from typing import Any, Optional

import sluice
from sluice.common.validation import validate_dict
from sluice.extract.resource import DltResource
from sluice.extract.source import DltSource
from sluice.sources.helpers.rest_client.client import RESTClient
from sluice.sources.rest_api import config_setup, paging
from sluice.sources.rest_api.config_setup import (create_auth, create_paginator, create_response_hooks, register_auth,  # noqa: F401
                                                  register_paginator, setup_incremental_object, without)
from sluice.sources.rest_api.typing import (ClientConfig, Endpoint, EndpointResource, RESTAPIConfig, ResolvedParam,  # noqa: F401
                                            ResponseAction)

PARAM_TYPES = ["incremental", "resolve"]
_SECRETS = ("token", "api_key", "username", "password", "client_id", "client_secret", "access_token")
_SHORTEST_SHOWN = 10  # longer secrets show their first and last characters


@sluice.source(name="rest_api", section="rest_api")
def rest_api(client: ClientConfig = sluice.config.value, resources: list = sluice.config.value,
             resource_defaults: Optional[dict[str, Any]] = None) -> list[DltResource]:
    """Resources of an API; each argument may come from the configuration."""
    description = {"client": client, "resources": resources}
    return rest_api_resources({**description, **({"resource_defaults": resource_defaults} if resource_defaults else {})})


def rest_api_source(config: RESTAPIConfig, name: Optional[str] = None, section: Optional[str] = None, max_table_nesting: Optional[int] = None,
                    root_key: Optional[bool] = None, schema: Any = None, schema_contract: Any = None, parallelized: bool = False) -> DltSource:
    """A source of a whole description."""
    _validate_config(config)
    factory = rest_api.clone(name=name, section=section, max_table_nesting=max_table_nesting, root_key=root_key,
                             schema=schema, schema_contract=schema_contract, parallelized=parallelized)
    return factory(**config)


def rest_api_resources(config: RESTAPIConfig) -> list[DltResource]:
    """The resources of a description, for sources that have others beside them."""
    _validate_config(config)
    found = config_setup.build_resource_dependency_graph(config.get("resource_defaults") or {}, config["resources"])
    made: dict[str, DltResource] = {}
    for name in found.graph.static_order():
        given = found.resources[name]
        made[name] = given if isinstance(given, DltResource) else _resource(name, given, config["client"], found.resolved_params[name], made)
    return [made[name] for name in made]


def _resource(name, described, client_config, resolved, made):
    endpoint = described["endpoint"]
    params = endpoint.get("params") or {}
    included = described.get("include_from_parent") or []
    if included and not resolved:
        raise ValueError(f"Resource `{name}` has `include_from_parent` but is not dependent on another resource")
    _validate_param_type(params)
    incremental, names, convert = setup_incremental_object(params, endpoint.get("incremental"))
    client = RESTClient(client_config["base_url"], client_config.get("headers"), create_auth(endpoint.get("auth", client_config.get("auth"))),
                        create_paginator(client_config.get("paginator")), session=client_config.get("session"))
    request = dict(method=endpoint.get("method") or "GET", path=endpoint["path"], headers=endpoint.get("headers"), params=params,
                   json=endpoint.get("json"), data=endpoint.get("data"), paginator=create_paginator(endpoint.get("paginator")),
                   data_selector=endpoint.get("data_selector"), hooks=create_response_hooks(endpoint.get("response_actions")), client=client,
                   incremental_object=incremental, incremental_param=names, incremental_cursor_transform=convert)
    hints = without(described, "endpoint", "include_from_parent", "processing_steps")
    if resolved is None:
        resource = sluice.resource(paging.paginate_resource, **hints)(**request)
    else:
        request["params"] = without(params, *(param.param_name for param in resolved))
        parallelized = hints.pop("parallelized", False)
        resource = sluice.resource(paging.paginate_dependent_resource, data_from=made[resolved[0].resolve_config["resource"]], **hints)(
            **request, resolved_params=resolved, include_from_parent=included, parallelized=bool(parallelized))
    return _processed(resource, described.get("processing_steps"))


def _function(given):
    """A function, or one by its import path: my_module.my_function."""
    if not isinstance(given, str):
        return given
    module, _, name = given.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _processed(resource, steps):
    for step in steps or ():
        for kind, add in (("filter", resource.add_filter), ("map", resource.add_map), ("yield_map", resource.add_yield_map)):
            if step.get(kind) is not None:
                add(_function(step[kind]))
    return resource


# ---- checks ----


def _validate_config(config):
    """The description is checked with its secrets masked, since errors show what is wrong."""
    shown = {**config, "client": _masked(config.get("client"))} if "client" in config else dict(config)
    if isinstance(config.get("resources"), list):
        shown["resources"] = [{**r, "endpoint": _masked(r["endpoint"])} if isinstance(r, dict) and isinstance(r.get("endpoint"), dict) else r
                              for r in config["resources"]]
    for part in _paginators_and_auths(shown):
        _known_names(part)
    validate_dict(RESTAPIConfig, _builtin_names(shown), path=".")


def _paginators_and_auths(config):
    endpoints = [r["endpoint"] for r in config.get("resources") or [] if isinstance(r, dict) and isinstance(r.get("endpoint"), dict)]
    return [part for part in (config.get("client"), *endpoints) if isinstance(part, dict)]


def _registered(part, key, known, builtin):
    """Whether a paginator or an authentication is one that the program has registered."""
    said = part.get(key)
    kind = said.get("type") if isinstance(said, dict) else said
    return isinstance(kind, str) and kind in known and kind not in builtin


def _known_names(part):
    if isinstance(part.get("paginator"), dict) and part["paginator"].get("type") is not None:
        config_setup.get_paginator_class(part["paginator"]["type"])


_BUILTIN = {"paginator": (config_setup.PAGINATOR_MAP, frozenset(config_setup.PAGINATOR_MAP)),
            "auth": (config_setup.AUTH_MAP, frozenset(config_setup.AUTH_MAP))}


def _builtin_names(config):
    """The description without registered paginators and authentications: only their own classes know their settings."""
    def plain(part):
        if not isinstance(part, dict):
            return part
        return without(part, *(key for key, known in _BUILTIN.items() if _registered(part, key, *known)))

    out = dict(config)
    if "client" in out:
        out["client"] = plain(out["client"])
    if isinstance(out.get("resources"), list):
        out["resources"] = [{**r, "endpoint": plain(r["endpoint"])} if isinstance(r, dict) and "endpoint" in r else r for r in out["resources"]]
    return out


def _masked(part):
    return {**part, "auth": _mask_secrets(part["auth"])} if isinstance(part, dict) and part.get("auth") else part


def _mask_secrets(auth_config):
    """The authentication with its secrets hidden, for messages."""
    if isinstance(auth_config, dict):
        return {k: _mask_secret(v) if k in _SECRETS else v for k, v in auth_config.items()}
    if hasattr(auth_config, "field_names") and any(name in auth_config for name in _SECRETS):
        import copy

        masked = copy.copy(auth_config)
        masked.update({name: _mask_secret(masked[name]) for name in _SECRETS if name in masked})
        return masked
    return auth_config


def _mask_secret(secret):
    if secret is None:
        return "None"
    return "*****" if len(secret) < _SHORTEST_SHOWN else f"{secret[0]}*****{secret[-1]}"


def _validate_param_type(request_params):
    for name, value in request_params.items():
        if isinstance(value, dict) and value.get("type") not in PARAM_TYPES:
            raise sluice.exceptions.ValueErrorWithKnownValues(f"{name}['type']", value.get("type"), PARAM_TYPES)

