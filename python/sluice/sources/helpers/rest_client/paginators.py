"""How the next page of an answer is asked for.

A paginator is told of the first request (init_request), then of each response (update_state), and changes the request for the next
page (update_request) as long as has_next_page is true."""
import warnings
from abc import ABC, abstractmethod
from urllib.parse import urljoin, urlsplit

from sluice.common import jsonpath

_TRUTHS = {"true": True, "yes": True, "y": True, "t": True, "1": True, "on": True,
           "false": False, "no": False, "n": False, "f": False, "0": False, "off": False}


class BasePaginator(ABC):
    """The base of all paginators, those of users as well."""

    def __init__(self):
        self._has_next_page = True

    @property
    def has_next_page(self):
        """Whether there is another page after the one that was seen last."""
        return self._has_next_page

    def init_request(self, request):  # noqa: B027 - may be left as it is
        """Called once, with the request for the first page, which it may change."""

    @abstractmethod
    def update_state(self, response, data=None):
        """Learns from a response and the rows that were found in it."""

    @abstractmethod
    def update_request(self, request):
        """Changes the request so that it asks for the next page."""

    def _details(self):
        return {}

    def __str__(self):
        said = " ".join(f"{name}: {value}" for name, value in self._details().items() if value is not None)
        return f"{type(self).__name__} at {id(self):x}" + (f": {said}" if said else "")


class SinglePagePaginator(BasePaginator):
    """One page is all."""

    def update_state(self, response, data=None):
        self._has_next_page = False

    def update_request(self, request):
        pass


def _first(path, document):
    values = jsonpath.find_values(path, document)
    return values[0] if values else None


def _more(paginator, response):
    """What the response says at has_more_path."""
    said = _first(paginator.has_more_path, response.json())
    if said is None:
        raise ValueError(f"{type(paginator).__name__}: Has more value not found in the response: there is no `{paginator.has_more_path}` in "
                         f"{str(response.json())[:500]}")
    if isinstance(said, str):
        said = _TRUTHS.get(said.strip().lower(), said)
    if not isinstance(said, bool):
        raise ValueError(f"{type(paginator).__name__}: '{paginator.has_more_path}' is not a `bool` in the response, it is {said!r}")
    return said


def _one_place(param, body_path, default, what):
    """The name of the parameter, unless the value goes into the body."""
    if param is None and body_path is None:
        return default
    if bool(param) == bool(body_path):
        raise ValueError(f"Either '{what}_param' or '{what}_body_path' must be provided, not both.")
    return param


def _put(request, param, body_path, value):
    """Writes a value into the query or the body of a request."""
    if body_path:
        if request.json is None:
            request.json = {}
        jsonpath.set_value_at_path(request.json, body_path, value)
        return
    if not param:
        raise ValueError("`param_name` must not be empty.")
    if request.params is None:
        request.params = {}
    request.params[param] = value


class RangePaginator(BasePaginator):
    """Counts: pages or offsets, up to a total, a maximum, or an empty page."""

    def __init__(self, param_name=None, initial_value=0, value_step=1, base_index=0, maximum_value=None, total_path=None,
                 error_message_items="items", stop_after_empty_page=True, *, has_more_path=None, param_body_path=None):
        super().__init__()
        if bool(param_name) == bool(param_body_path):
            raise ValueError("Either 'param_name' or 'param_body_path' must be provided, not both.")
        if total_path is None and maximum_value is None and has_more_path is None and not stop_after_empty_page:
            raise ValueError("One of `total_path`, `maximum_value`, `has_more_path`, or `stop_after_empty_page` must be provided.")
        self.param_name, self.param_body_path = param_name, param_body_path
        self.initial_value = self.current_value = initial_value
        self.value_step, self.base_index, self.maximum_value = value_step, base_index, maximum_value
        self.total_path = jsonpath.compile_path(total_path) if total_path else None
        self.has_more_path = jsonpath.compile_path(has_more_path) if has_more_path else None
        self.error_message_items, self.stop_after_empty_page = error_message_items, stop_after_empty_page

    def init_request(self, request):
        self._has_next_page, self.current_value = True, self.initial_value
        self.update_request(request)

    def update_state(self, response, data=None):
        if self.stop_after_empty_page and not data:
            self._has_next_page = False
            return
        total = self._total(response)
        self.current_value += self.value_step
        ends = [] if total is None else [total + self.base_index]
        if self.maximum_value is not None:
            ends.append(self.maximum_value)
        if any(self.current_value >= end for end in ends):
            self._has_next_page = False
        if self.has_more_path is not None:
            self._has_next_page = _more(self, response) and self._has_next_page

    def _total(self, response):
        if self.total_path is None:
            return None
        said = _first(self.total_path, response.json())
        if said is None:
            raise ValueError(f"{type(self).__name__}: Total `{self.error_message_items}` not found in the response: there is no "
                             f"`{self.total_path}` in {str(response.json())[:500]}; give total_path=None when the service tells no total")
        try:
            return int(said)
        except (TypeError, ValueError):
            raise ValueError(f"{type(self).__name__}: '{self.total_path}' is not an `int` in the response, it is {said!r}") from None

    def update_request(self, request):
        _put(request, self.param_name, self.param_body_path, self.current_value)

    def _details(self):
        return {"current value": self.current_value, "param_name": self.param_name, "param_body_path": self.param_body_path,
                "total_path": self.total_path, "maximum_value": self.maximum_value, "has_more_path": self.has_more_path}


def _check_end(total_path, maximum, maximum_name, has_more_path, stop_after_empty_page):
    if total_path is None and maximum is None and has_more_path is None and not stop_after_empty_page:
        raise ValueError(f"One of `total_path`, `{maximum_name}`, `has_more_path`, or `stop_after_empty_page` must be provided.")


class PageNumberPaginator(RangePaginator):
    """?page=1, 2, 3, … `total_path` leads to the number of pages."""

    def __init__(self, base_page=0, page=None, page_param=None, total_path="total", maximum_page=None, stop_after_empty_page=True, *,
                 has_more_path=None, page_body_path=None):
        page_param = _one_place(page_param, page_body_path, "page", "page")
        _check_end(total_path, maximum_page, "maximum_page", has_more_path, stop_after_empty_page)
        super().__init__(page_param, base_page if page is None else page, 1, base_page, maximum_page, total_path, "pages",
                         stop_after_empty_page, has_more_path=has_more_path, param_body_path=page_body_path)


class OffsetPaginator(RangePaginator):
    """?offset=100&limit=50. `total_path` leads to the number of rows."""

    def __init__(self, limit, offset=0, offset_param=None, limit_param=None, total_path="total", maximum_offset=None,
                 stop_after_empty_page=True, *, has_more_path=None, offset_body_path=None, limit_body_path=None):
        offset_param = _one_place(offset_param, offset_body_path, "offset", "offset")
        self.limit_param = _one_place(limit_param, limit_body_path, "limit", "limit")
        _check_end(total_path, maximum_offset, "maximum_offset", has_more_path, stop_after_empty_page)
        super().__init__(offset_param, offset, limit, 0, maximum_offset, total_path, "items", stop_after_empty_page,
                         has_more_path=has_more_path, param_body_path=offset_body_path)
        self.limit, self.limit_body_path = limit, limit_body_path

    def update_request(self, request):
        super().update_request(request)
        _put(request, self.limit_param, self.limit_body_path, self.limit)

    def _details(self):
        return {**super()._details(), "limit": self.limit, "limit_param": self.limit_param, "limit_body_path": self.limit_body_path}


class BaseReferencePaginator(BasePaginator):
    """The response names the next page: an address, or a text that stands for it."""

    def __init__(self):
        super().__init__()
        self._reference = None

    @property
    def _next_reference(self):
        return self._reference

    @_next_reference.setter
    def _next_reference(self, value):
        self._reference, self._has_next_page = value, value is not None


class BaseNextUrlPaginator(BaseReferencePaginator):
    """The reference is the address of the next page, perhaps relative to this one's."""

    def update_request(self, request):
        if self._next_reference and not urlsplit(self._next_reference).scheme:
            self._next_reference = urljoin(request.url, self._next_reference)
        request.url = self._next_reference
        request.params = None  # the address has them


class HeaderLinkPaginator(BaseNextUrlPaginator):
    """Link: <https://…?page=2>; rel="next"."""

    def __init__(self, links_next_key="next"):
        super().__init__()
        self.links_next_key = links_next_key

    def update_state(self, response, data=None):
        self._next_reference = response.links.get(self.links_next_key, {}).get("url")

    def _details(self):
        return {"links_next_key": self.links_next_key}


class JSONLinkPaginator(BaseNextUrlPaginator):
    """The address stands in the body, at next_url_path."""

    def __init__(self, next_url_path="next"):
        super().__init__()
        self.next_url_path = jsonpath.compile_path(next_url_path)

    def update_state(self, response, data=None):
        self._next_reference = _first(self.next_url_path, response.json()) or None

    def _details(self):
        return {"next_url_path": self.next_url_path}


class JSONResponsePaginator(JSONLinkPaginator):
    """The name that JSONLinkPaginator had."""

    def __init__(self, next_url_path="next"):
        warnings.warn("JSONResponsePaginator is called JSONLinkPaginator now", DeprecationWarning, stacklevel=2)
        super().__init__(next_url_path)


class JSONResponseCursorPaginator(BaseReferencePaginator):
    """A cursor in the body, at cursor_path, that goes into the query or the body of the next request."""

    def __init__(self, cursor_path="cursors.next", cursor_param=None, cursor_body_path=None, *, stop_after_empty_page=False,
                 has_more_path=None):
        super().__init__()
        self.cursor_path = jsonpath.compile_path(cursor_path)
        self.cursor_param = _one_place(cursor_param, cursor_body_path, "cursor", "cursor")
        self.cursor_body_path, self.stop_after_empty_page = cursor_body_path, stop_after_empty_page
        self.has_more_path = jsonpath.compile_path(has_more_path) if has_more_path else None

    def update_state(self, response, data=None):
        self._next_reference = _first(self.cursor_path, response.json()) or None
        if self.stop_after_empty_page and not data:
            self._has_next_page = False
        elif self.has_more_path is not None:
            self._has_next_page = _more(self, response) and self._has_next_page

    def update_request(self, request):
        _put(request, self.cursor_param, self.cursor_body_path, self._next_reference)

    def _details(self):
        return {"cursor_path": self.cursor_path, "cursor_param": self.cursor_param, "cursor_body_path": self.cursor_body_path}


class HeaderCursorPaginator(BaseReferencePaginator):
    """A cursor in a header of the response, that goes into the query of the next request."""

    def __init__(self, cursor_key="next", cursor_param="cursor"):
        super().__init__()
        self.cursor_key, self.cursor_param = cursor_key, cursor_param

    def update_state(self, response, data=None):
        self._next_reference = response.headers.get(self.cursor_key)

    def update_request(self, request):
        _put(request, self.cursor_param, None, self._next_reference)

    def _details(self):
        return {"cursor_key": self.cursor_key, "cursor_param": self.cursor_param}
