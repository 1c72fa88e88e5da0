"""The functions behind the resources of an API: they ask for pages, of their own or for each row of a parent."""
import copy
from typing import Any, NamedTuple, Optional

from sluice.common import jsonpath
from sluice.extract.concurrency import Deferred
from sluice.extract.incremental import Incremental
from sluice.sources.rest_api.placeholders import expand_placeholders


class IncrementalParam(NamedTuple):
    """Parameters of the request that the window of an incremental fills."""

    start: Optional[str]
    end: Optional[str]


class ProcessedParentData(NamedTuple):
    """A request for one row of the parent."""

    path: str
    headers: Optional[dict[str, Any]]
    params: dict[str, Any]
    json: Optional[dict[str, Any]]
    data: Optional[Any]
    parent_record: dict[str, Any]


def convert_incremental_values(incremental, convert):
    """The values that placeholders may name, converted."""
    names = ("initial_value", "start_value", "last_value", "end_value")
    values = {name: getattr(incremental, name) for name in names}
    return {f"incremental.{name}": None if value is None else convert(value) for name, value in values.items()}


def _incremental_values(incremental, convert):
    if incremental is None:
        return {}
    return {"incremental": incremental, **(convert_incremental_values(incremental, convert) if convert else {})}


def _set_incremental_params(params, incremental, names, convert):
    if incremental is None:
        return params
    convert = convert or (lambda value: value)
    window = {names.start: lambda: incremental.last_value, names.end: lambda: incremental.end_value}
    return {**params, **{name: convert(value()) for name, value in window.items() if name}}


def _parent_values(item, resolved_params):
    """What a row of the parent fills the placeholders with."""
    if not resolved_params:
        raise ValueError("`resolved_params` is required to process parent data item")
    values = {}
    for param in resolved_params:
        found = jsonpath.find_values(param.field_path, item)
        if not found:
            said = param.resolve_config
            raise ValueError(f"Resource expects a field `{said['field']}` to be present in the incoming data from resource `{said['resource']}` "
                             f"in order to bind it to path param: `{param.param_name}`. Available parent fields are: {list(item)}")
        values[param.param_name] = found[0]
    return values


def _parent_record(item, parent, fields):
    """Members of the parent's row that its children take over, under _PARENT_FIELD."""
    record = {}
    for field in fields or ():
        name = f"_{parent}_{field}"
        if field not in item:
            raise ValueError(f"Resource expects a field `{field}` to be present in the incoming data from resource `{parent}` in order to include "
                             f"it in child records under `{name}`. Available parent fields are: {list(item)}")
        record[name] = item[field]
    return record


def process_parent_data_item(path, item, resolved_params, headers=None, params=None, request_json=None, request_data=None,
                             include_from_parent=None, incremental=None, incremental_value_convert=None):
    """The request for one row of the parent."""
    values = {**_parent_values(item, resolved_params), **_incremental_values(incremental, incremental_value_convert)}
    return ProcessedParentData(
        expand_placeholders(path, values), expand_placeholders(headers, values), expand_placeholders(params or {}, values),
        expand_placeholders(request_json, values, preserve_value_type=True), expand_placeholders(request_data, values),
        _parent_record(item, resolved_params[0].resolve_config["resource"], include_from_parent))


def paginate_resource(method, path, headers, params, json, data, paginator, data_selector, hooks, client,
                      incremental_object: Optional[Incremental], incremental_param, incremental_cursor_transform):
    """Pages of an endpoint that needs no other."""
    values = _incremental_values(incremental_object, incremental_cursor_transform)
    params = _set_incremental_params(params, incremental_object, incremental_param, incremental_cursor_transform)
    yield from client.paginate(
        method=method, path=expand_placeholders(path, values), headers=expand_placeholders(headers, values),
        params=expand_placeholders(params, values), json=expand_placeholders(json, values, preserve_value_type=True),
        data=expand_placeholders(data, values), paginator=paginator, data_selector=data_selector, hooks=hooks)


def paginate_dependent_resource(items, method, path, headers, params, json, data, paginator, data_selector, hooks, client, resolved_params,
                                include_from_parent, incremental_object: Optional[Incremental], incremental_param,
                                incremental_cursor_transform, parallelized=False):
    """Pages of an endpoint for each row of its parent; in parallel, all pages of a row at once."""
    params = _set_incremental_params(params, incremental_object, incremental_param, incremental_cursor_transform)

    def pages(item):
        request = process_parent_data_item(path, item, resolved_params, headers, params, json, data, include_from_parent,
                                           incremental_object, incremental_cursor_transform)
        for page in client.paginate(method=method, path=request.path, headers=request.headers, params=request.params, json=request.json,
                                    data=request.data, paginator=copy.deepcopy(paginator), data_selector=data_selector, hooks=hooks):
            for row in page if request.parent_record else ():
                row.update(request.parent_record)
            yield page

    for item in items if isinstance(items, list) else [items]:
        if parallelized:
            yield Deferred(lambda one: [row for page in pages(one) for row in page], (item,), {})
        else:
            yield from pages(item)
