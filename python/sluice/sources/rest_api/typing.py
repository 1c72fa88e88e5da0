"""The description of a REST API in dicts."""
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Optional, TypedDict, Union

from requests import Session

from sluice.common import jsonpath
from sluice.extract.resource import DltResource
from sluice.sources.helpers.rest_client.auth import (APIKeyAuth, AuthConfigBase, BearerTokenAuth, HttpBasicAuth,  # noqa: F401
                                                     OAuth2ClientCredentials, TApiKeyLocation)
from sluice.sources.helpers.rest_client.paginators import BasePaginator
from sluice.sources.helpers.rest_client.typing import HTTPMethodBasic

TPath = Union[str, jsonpath.JsonPath]

PaginatorType = Literal["json_link", "json_response", "header_link", "header_cursor", "auto", "single_page", "cursor", "offset", "page_number"]


class PaginatorTypeConfig(TypedDict, total=True):
    type: PaginatorType


class PageNumberPaginatorConfig(PaginatorTypeConfig, total=False):
    base_page: Optional[int]
    page: Optional[int]
    page_param: Optional[str]
    page_body_path: Optional[str]
    total_path: Optional[TPath]
    maximum_page: Optional[int]
    stop_after_empty_page: Optional[bool]
    has_more_path: Optional[TPath]


class OffsetPaginatorConfig(PaginatorTypeConfig, total=False):
    limit: int
    offset: Optional[int]
    offset_param: Optional[str]
    limit_param: Optional[str]
    offset_body_path: Optional[str]
    limit_body_path: Optional[str]
    total_path: Optional[TPath]
    maximum_offset: Optional[int]
    stop_after_empty_page: Optional[bool]
    has_more_path: Optional[TPath]


class HeaderLinkPaginatorConfig(PaginatorTypeConfig, total=False):
    links_next_key: Optional[str]


class JSONLinkPaginatorConfig(PaginatorTypeConfig, total=False):
    next_url_path: Optional[TPath]


class JSONResponseCursorPaginatorConfig(PaginatorTypeConfig, total=False):
    cursor_path: Optional[TPath]
    cursor_param: Optional[str]
    cursor_body_path: Optional[TPath]
    stop_after_empty_page: Optional[bool]
    has_more_path: Optional[TPath]


class HeaderCursorPaginatorConfig(PaginatorTypeConfig, total=False):
    cursor_key: Optional[str]
    cursor_param: Optional[str]


PaginatorConfig = Union[PaginatorType, PageNumberPaginatorConfig, OffsetPaginatorConfig, HeaderLinkPaginatorConfig, HeaderCursorPaginatorConfig,
                        JSONLinkPaginatorConfig, JSONResponseCursorPaginatorConfig, BasePaginator]

AuthType = Literal["bearer", "api_key", "http_basic", "oauth2_client_credentials"]


class AuthTypeConfig(TypedDict, total=True):
    type: AuthType


class BearerTokenAuthConfig(TypedDict, total=False):
    type: Optional[AuthType]  # the type that is meant when none is given
    token: str


class ApiKeyAuthConfig(AuthTypeConfig, total=False):
    name: Optional[str]
    api_key: str
    location: Optional[TApiKeyLocation]


class HttpBasicAuthConfig(AuthTypeConfig, total=True):
    username: str
    password: str


class OAuth2ClientCredentialsConfig(AuthTypeConfig, total=False):
    access_token: Optional[str]
    access_token_url: str
    client_id: str
    client_secret: str
    access_token_request_data: Optional[dict[str, Any]]
    default_token_expiration: Optional[int]
    session: Optional[Session]


AuthConfig = Union[AuthConfigBase, AuthType, BearerTokenAuthConfig, ApiKeyAuthConfig, HttpBasicAuthConfig, OAuth2ClientCredentialsConfig]


class ClientConfig(TypedDict, total=False):
    base_url: str
    headers: Optional[dict[str, str]]
    auth: Optional[AuthConfig]
    paginator: Optional[PaginatorConfig]
    session: Optional[Session]


class IncrementalRESTArgs(TypedDict, total=False):
    cursor_path: str
    initial_value: Optional[Any]
    last_value_func: Optional[Any]
    primary_key: Optional[Any]
    end_value: Optional[Any]
    row_order: Optional[Literal["asc", "desc"]]
    allow_external_schedulers: Optional[bool]
    on_cursor_value_missing: Optional[Literal["raise", "include", "exclude"]]
    lag: Optional[Any]
    range_start: Optional[Literal["open", "closed"]]
    range_end: Optional[Literal["open", "closed"]]
    convert: Optional[Callable[..., Any]]
    transform: Optional[Callable[..., Any]]  # the name that convert had


class IncrementalConfig(IncrementalRESTArgs, total=False):
    start_param: Optional[str]
    end_param: Optional[str]


ParamBindType = Literal["resolve", "incremental"]


class ParamBindConfig(TypedDict):
    type: ParamBindType


class ResolveParamConfig(ParamBindConfig):
    resource: str
    field: str


class IncrementalParamConfig(ParamBindConfig, IncrementalRESTArgs):
    pass


@dataclass
class ResolvedParam:
    """A placeholder that a member of the parent's row fills."""

    param_name: str
    resolve_config: ResolveParamConfig
    field_path: Any = field(init=False)

    def __post_init__(self) -> None:
        self.field_path = jsonpath.compile_path(self.resolve_config["field"])


class ResponseActionDict(TypedDict, total=False):
    status_code: Optional[Union[int, str]]
    content: Optional[str]
    action: Optional[Union[str, Callable[..., Any], list[Callable[..., Any]]]]


ResponseAction = Union[ResponseActionDict, Callable[..., Any]]


class Endpoint(TypedDict, total=False):
    path: Optional[str]
    method: Optional[HTTPMethodBasic]
    params: Optional[dict[str, Any]]
    json: Optional[dict[str, Any]]
    data: Optional[Any]
    paginator: Optional[PaginatorConfig]
    data_selector: Optional[TPath]
    response_actions: Optional[list[ResponseAction]]
    incremental: Optional[IncrementalConfig]
    auth: Optional[AuthConfig]
    headers: Optional[dict[str, Any]]


class ProcessingSteps(TypedDict, total=False):
    filter: Optional[Any]
    map: Optional[Any]
    yield_map: Optional[Any]


class ResourceBase(TypedDict, total=False):
    """What the decorator resource takes as well."""

    table_name: Optional[Any]
    parent_table_name: Optional[Any]
    max_table_nesting: Optional[int]
    write_disposition: Optional[Any]
    columns: Optional[Any]
    primary_key: Optional[Any]
    merge_key: Optional[Any]
    schema_contract: Optional[Any]
    table_format: Optional[Any]
    file_format: Optional[Any]
    references: Optional[Any]
    nested_hints: Optional[Any]
    selected: Optional[bool]
    parallelized: Optional[bool]
    processing_steps: Optional[list[ProcessingSteps]]


class EndpointResourceBase(ResourceBase, total=False):
    endpoint: Optional[Union[str, Endpoint]]
    include_from_parent: Optional[list[str]]


class EndpointResource(EndpointResourceBase, total=False):
    name: Any


class RESTAPIConfigBase(TypedDict):
    client: ClientConfig
    resources: list[Union[str, EndpointResource, DltResource]]


class RESTAPIConfig(RESTAPIConfigBase, total=False):
    resource_defaults: Optional[EndpointResourceBase]
