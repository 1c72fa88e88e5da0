"""dlt.sources.helpers.requests: the package requests with retries. Statuses 429 and 5xx, broken connections and timeouts are tried again,
after 1, 2, 4, … seconds or what Retry-After says, five times in all."""
import time

import requests as _requests
from requests import *  # noqa: F401,F403
from requests import Response  # noqa: F401
from requests import Session as _Session
from requests.exceptions import (ChunkedEncodingError, ConnectionError, ConnectTimeout, HTTPError, JSONDecodeError,  # noqa: F401
                                 ReadTimeout, RequestException, Timeout, TooManyRedirects)

from sluice import _config

exceptions = _requests.exceptions
_TRANSIENT = (ConnectionError, Timeout, ChunkedEncodingError)
MOST_WAIT = 300  # seconds


def _number(key, default):
    value, _ = _config.lookup(key, ("runtime",))
    return float(value) if value is not None else default


class Client:
    """A session with its own rules; `client.get(...)` and so on, or `client.session`."""

    def __init__(self, request_timeout=None, max_connections=50, raise_for_status=True, status_codes=(429, *range(500, 600)),
                 exceptions=_TRANSIENT, request_max_attempts=None, retry_condition=None, request_backoff_factor=None,
                 request_max_retry_delay=None, respect_retry_after_header=True, session_attrs=None):
        self._rules = dict(timeout=request_timeout, raises=raise_for_status, codes=set(status_codes), errors=tuple(exceptions),
                           attempts=request_max_attempts, condition=retry_condition, factor=request_backoff_factor,
                           most=request_max_retry_delay, respects=respect_retry_after_header)
        self.session = Session(**self._rules)
        for name, value in (session_attrs or {}).items():
            setattr(self.session, name, value)
        for method in ("get", "post", "put", "patch", "delete", "head", "options", "request"):
            setattr(self, method, getattr(self.session, method))


class Session(_Session):
    """requests.Session with retries."""

    def __init__(self, timeout=None, raises=True, codes=None, errors=_TRANSIENT, attempts=None, condition=None, factor=None, most=None,
                 respects=True):
        super().__init__()
        self.timeout = timeout if timeout is not None else _number("request_timeout", 60)
        self.raise_for_status, self._codes, self._errors = raises, codes or {429, *range(500, 600)}, errors
        self._attempts = int(attempts or _number("request_max_attempts", 5))
        self._factor = _number("request_backoff_factor", 1) if factor is None else factor
        self._most = _number("request_max_retry_delay", MOST_WAIT) if most is None else most
        self._condition, self._respects = condition, respects

    def send(self, request, **kwargs):
        """Every request comes through here, redirects as well."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self.timeout
        for attempt in range(1, self._attempts + 1):
            response = problem = None
            try:
                response = super().send(request, **kwargs)
            except (HTTPError, *self._errors) as error:  # a hook may have raised the status
                response, problem = getattr(error, "response", None), error
            if attempt == self._attempts or not self._retries(response, problem):
                break
            time.sleep(self._wait(attempt, response))
        if problem is not None:
            raise problem
        if self.raise_for_status:
            response.raise_for_status()
        return response

    def _retries(self, response, problem):
        if problem is not None and isinstance(problem, self._errors) and response is None:
            return self._condition is None or self._condition(None, problem) is not False
        return response is not None and (response.status_code in self._codes
                                         or (self._condition is not None and bool(self._condition(response, problem))))

    def _wait(self, attempt, response):
        said = response.headers.get("Retry-After") if response is not None and self._respects else None
        try:
            seconds = float(said) if said else self._factor * 2 ** (attempt - 1)
        except ValueError:  # a date
            import email.utils

            seconds = max(0, email.utils.parsedate_to_datetime(said).timestamp() - time.time())
        return min(seconds, self._most)


def _default():
    global client
    if "client" not in globals():
        client = Client()
    return client.session


def __getattr__(name):
    if name == "client":  # made when it is first wanted: it reads the configuration
        _default()
        return client
    raise AttributeError(f"module 'sluice.sources.helpers.requests' has no attribute {name!r}")


def request(method, url, **kwargs):
    return _default().request(method, url, **kwargs)


def get(url, params=None, **kwargs):
    return _default().get(url, params=params, **kwargs)


def post(url, data=None, json=None, **kwargs):
    return _default().post(url, data=data, json=json, **kwargs)


def put(url, data=None, **kwargs):
    return _default().put(url, data=data, **kwargs)


def patch(url, data=None, **kwargs):
    return _default().patch(url, data=data, **kwargs)


def delete(url, **kwargs):
    return _default().delete(url, **kwargs)


def head(url, **kwargs):
    return _default().head(url, **kwargs)


def options(url, **kwargs):
    return _default().options(url, **kwargs)
