"""RESTClient: requests to one service, and the pages of its answers."""
import copy
from urllib.parse import urlsplit

from requests import HTTPError, Request

from sluice import _config
from sluice.common import jsonpath, logger
from sluice.sources.helpers.rest_client.detector import PaginatorFactory, find_response_page_data
from sluice.sources.helpers.rest_client.exceptions import IgnoreResponseException, PaginatorNotFound
from sluice.sources.helpers.rest_client.redaction import sanitize_url
from sluice.sources.helpers.rest_client.typing import HookEvent, HookFunction, Hooks, HTTPMethod, HTTPMethodBasic  # noqa: F401
from sluice.sources.helpers.rest_client.utils import join_url

MOST_ERROR_TEXT = 8192  # characters of a body that an error shows


class PageData(list):
    """The rows of a page, with the request and the response that they came from."""

    def __init__(self, rows, request, response, paginator, auth):
        super().__init__(rows)
        self.request, self.response, self.paginator, self.auth = request, response, paginator, auth


def _dlt_raise_for_status(response, show_error_body, max_error_body_length, *_args, **_kwargs):
    """HTTPError for statuses from 400 on, with the service's own words and without secrets of the address."""
    if response.status_code < 400:
        return
    reason = response.reason.decode("utf-8", "replace") if isinstance(response.reason, bytes) else response.reason
    side = "Client" if response.status_code < 500 else "Server"
    message = f"{response.status_code} {side} Error: {reason} for url: {sanitize_url(response.url)}"
    if show_error_body and response.text:
        text = response.text
        if len(text) > max_error_body_length:
            text = text[:max_error_body_length] + "… (truncated)"
        message += f"\nResponse: {text}"
    raise HTTPError(message, response=response)


def raise_for_status(response, *_args, **_kwargs):
    """The same as a hook, by the settings [runtime] http_show_error_body and http_max_error_body_length."""
    shown, _ = _config.lookup("http_show_error_body", ("runtime",))
    length, _ = _config.lookup("http_max_error_body_length", ("runtime",))
    _dlt_raise_for_status(response, bool(shown) and _config.coerce("http_show_error_body", shown, bool), int(length or MOST_ERROR_TEXT))


def _without_raising(session):
    """A session whose own raise_for_status would keep hooks from seeing errors."""
    if getattr(session, "raise_for_status", False) is True:
        logger.warning("the session raises errors by itself, so response_actions do not see them: make it with "
                       "Client(raise_for_status=False).session")
    return session


class RESTClient:
    """Requests to a service: its address, headers, authentication, and how its answers are paged.

    `paginate` gives lists of rows, page by page; `get`, `post` and `request` give responses."""

    def __init__(self, base_url, headers=None, auth=None, paginator=None, data_selector=None, session=None, paginator_factory=None,
                 config=None):
        self.base_url, self.headers, self.auth = base_url, headers, auth
        self.paginator, self.data_selector = paginator, data_selector
        self.pagination_factory = paginator_factory or PaginatorFactory()
        self._show_errors = getattr(config, "http_show_error_body", None)
        self._most_error_text = getattr(config, "http_max_error_body_length", MOST_ERROR_TEXT)
        if session is not None:
            self.session = _without_raising(session)
        else:
            from sluice.sources.helpers.requests import Client

            self.session = Client(raise_for_status=False).session

    # ---- single requests ----

    def _create_request(self, path_or_url, method, headers=None, params=None, json=None, data=None, auth=None, hooks=None):
        if json and data:
            raise ValueError("Cannot use both 'json' and 'data' parameters simultaneously: a request has one body")
        whole = urlsplit(path_or_url).scheme in ("http", "https")
        return Request(method=method, url=path_or_url if whole else join_url(self.base_url, path_or_url),
                       headers={**(self.headers or {}), **(headers or {})}, params=params, json=json, data=data, auth=auth or self.auth,
                       hooks=hooks)

    def _send_request(self, request, **kwargs):
        prepared = self.session.prepare_request(request)
        logger.info("%s %s", request.method.upper(), sanitize_url(prepared.url))
        settings = self.session.merge_environment_settings(prepared.url, kwargs.pop("proxies", {}), kwargs.pop("stream", None),
                                                           kwargs.pop("verify", None), kwargs.pop("cert", None))
        return self.session.send(prepared, **{**settings, **kwargs})

    def request(self, path="", method="GET", **kwargs):
        parts = {name: kwargs.pop(name, None) for name in ("headers", "params", "json", "data", "auth", "hooks")}
        return self._send_request(self._create_request(path, method, **parts), **kwargs)

    def get(self, path, params=None, **kwargs):
        return self.request(path, "GET", params=params, **kwargs)

    def post(self, path, json=None, *, data=None, **kwargs):
        return self.request(path, "POST", json=json, data=data, **kwargs)

    # ---- pages ----

    def paginate(self, path="", method="GET", params=None, json=None, auth=None, paginator=None, data_selector=None, hooks=None,
                 headers=None, *, data=None, **kwargs):
        """Pages of rows. The paginator and the selector of the rows are found out from the first response when nobody says them;
        statuses from 400 on raise, unless hooks are given."""
        paginator = paginator if paginator is not None else copy.deepcopy(self.paginator)
        selector, auth, hooks = data_selector or self.data_selector, auth or self.auth, dict(hooks or {})
        hooks.setdefault("response", [self._raise_errors])
        request = self._create_request(path, method, headers, params, json, data, auth, hooks)
        if paginator is not None:
            paginator.init_request(request)
        while True:
            try:
                response = self._send_request(request, **kwargs)
            except IgnoreResponseException:
                return
            selector = selector or self.detect_data_selector(response)
            rows = self.extract_response(response, selector)
            paginator = paginator if paginator is not None else self.detect_paginator(response, rows)
            paginator.update_state(response, rows)
            paginator.update_request(request)
            yield PageData(rows, request, response, paginator, auth)
            if not paginator.has_next_page:
                return

    def _raise_errors(self, response, *args, **kwargs):
        if self._show_errors is None:
            raise_for_status(response)
        else:
            _dlt_raise_for_status(response, self._show_errors, self._most_error_text)

    def extract_response(self, response, data_selector):
        """The list of rows at the selector: a single value is one row, a list the rows, null no rows."""
        found = jsonpath.find_values(data_selector, response.json())
        rows = found[0] if len(found) == 1 else found
        return rows if isinstance(rows, list) else [] if rows is None else [rows]

    def detect_data_selector(self, response):
        path, _ = find_response_page_data(response.json())
        return ".".join(path)

    def detect_paginator(self, response, data):
        paginator, score = self.pagination_factory.create_paginator(response)
        if paginator is None:
            raise PaginatorNotFound(f"No suitable paginator found for the response of {sanitize_url(response.url)}")
        if 0 < score < 1 or (score == 0 and isinstance(data, list) and len(data) > 1):
            logger.warning("the paginator %s is a guess: better say which one it is", paginator)
        return paginator
