"""Where the rows of an unknown answer are, and how its next page is likely to be asked for."""
import re
from urllib.parse import urlsplit

from sluice.sources.helpers.rest_client import paginators

# What lists of rows are usually called.
_ROWS = {"data", "items", "results", "entries", "records", "rows", "entities", "payload", "content", "objects", "values"}
_PAGES = re.compile("(total_pages|pages|totalpages)$", re.IGNORECASE)
_DEPTH = 3


def single_entity_path(path):
    """Whether the path ends in a placeholder, so that it leads to one thing: posts/{id}."""
    last = path.rstrip("/").rpartition("/")[2]
    return re.search(r"\{[A-Za-z0-9._-]+\}", last) is not None


def _lists(document, path=()):
    for name, value in document.items():
        if isinstance(value, list):
            yield (*path, name), value
        elif isinstance(value, dict) and len(path) < _DEPTH - 1:
            yield from _lists(value, (*path, name))


def find_response_page_data(response):
    """(path, value) of the rows: the list with a telling name, else the first one, else the whole answer."""
    found = list(_lists(response)) if isinstance(response, dict) else []
    if not found:
        return ("$",), response
    return next((one for one in found if one[0][-1] in _ROWS), found[0])


def _search(document, look, path=()):
    """The first (path, value) that `look` makes of a member, depth first."""
    if not isinstance(document, dict):
        return None, None
    for name, value in document.items():
        inner = look(name, value)
        if inner is not None:
            return (*path, *inner[0]), inner[1]
        if isinstance(value, dict):
            below = _search(value, look, (*path, name))
            if below[0] is not None:
                return below
    return None, None


def _next_of(name, value):
    if not name.lower().startswith("next"):
        return None
    if isinstance(value, dict):
        return next((((name, key), inner) for key, inner in value.items()
                     if key.lower().startswith(("href", "url")) and isinstance(inner, (str, int, float))), None)
    return ((name,), value) if isinstance(value, (str, int, float)) else None


def _pages_of(name, value):
    return ((name,), value) if _PAGES.match(name) and isinstance(value, (str, int, float)) else None


def find_next_page_path(response, path=()):
    """(path, value) of what leads to the next page, or (None, None)."""
    return _search(response, _next_of, path)


def find_total_pages_path(response, path=()):
    """(path, value) of the number of pages, or (None, None)."""
    return _search(response, _pages_of, path)


def header_links_detector(response):
    return (paginators.HeaderLinkPaginator(), 1.0) if response.links.get("next") else (None, None)


def json_links_detector(response):
    path, link = find_next_page_path(response.json())
    is_link = isinstance(link, str) and (link.startswith("/") or urlsplit(link).scheme.startswith("http"))
    return (paginators.JSONLinkPaginator(".".join(path)), 1.0) if is_link else (None, None)


def pages_number_paginator_detector(response):
    path, total = find_total_pages_path(response.json())
    try:
        int(total)
    except (TypeError, ValueError):
        return None, None
    return paginators.PageNumberPaginator(total_path=".".join(path)), 0.5


def cursor_paginator_detector(response):
    path, _ = find_next_page_path(response.json())
    return (paginators.JSONResponseCursorPaginator(".".join(path)), 0.5) if path else (None, None)


def single_page_detector(response):
    return paginators.SinglePagePaginator(), 0.0


class PaginatorFactory:
    """Asks detectors in turn; each gives a paginator and how sure it is (1: certain, 0: a last resort), or (None, None)."""

    def __init__(self, detectors=None):
        self.detectors = detectors if detectors is not None else [
            header_links_detector, json_links_detector, pages_number_paginator_detector, cursor_paginator_detector, single_page_detector]

    def create_paginator(self, response):
        for detector in self.detectors:
            paginator, score = detector(response)
            if paginator is not None:
                return paginator, score
        return None, None
