"""Who asks: authentication of requests. Each is given to requests as its `auth`, and can be filled from the configuration."""
import math
import time
from base64 import b64encode
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Optional, Union

from requests import PreparedRequest
from requests.auth import AuthBase

from sluice import exceptions
from sluice.common.configuration.specs import CredentialsConfiguration, NotResolved, configspec
from sluice.common.typing import TSecretStrValue

TApiKeyLocation = Literal["header", "cookie", "query", "param"]


class AuthConfigBase(AuthBase, CredentialsConfiguration):
    """The base of all kinds of authentication, those of users as well."""

    def __bool__(self):
        return True  # requests leaves out what is false, and without fields it would be

    def _one_text(self, field, value):
        if not isinstance(value, str):
            raise ValueError(f"`{field}` of `{type(self).__name__}` must be a `str`, not a {type(value).__name__}")
        setattr(self, field, value)


def _bearer(request, token):
    request.headers["Authorization"] = f"Bearer {token}"
    return request


@configspec
class BearerTokenAuth(AuthConfigBase):
    """Authorization: Bearer TOKEN."""

    token: TSecretStrValue = None

    def parse_native_representation(self, value: Any) -> None:
        self._one_text("token", value)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        return _bearer(request, self.token)


@configspec
class APIKeyAuth(AuthConfigBase):
    """A key in a header, in the query or in a cookie."""

    name: str = "Authorization"
    api_key: TSecretStrValue = None
    location: TApiKeyLocation = "header"

    def parse_native_representation(self, value: Any) -> None:
        self._one_text("api_key", value)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if self.location == "header":
            request.headers[self.name] = self.api_key
        elif self.location in ("query", "param"):
            request.prepare_url(request.url, {self.name: self.api_key})
        else:
            others = request.headers.get("Cookie")
            request.headers["Cookie"] = f"{others + '; ' if others else ''}{self.name}={self.api_key}"
        return request


@configspec
class HttpBasicAuth(AuthConfigBase):
    """A name and a password."""

    username: str = None
    password: TSecretStrValue = None

    def parse_native_representation(self, value: Any) -> None:
        pair = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else []
        if len(pair) != 2:
            raise ValueError("`HttpBasicAuth` is made of `username` and `password`")
        self.username, self.password = pair

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = "Basic " + b64encode(f"{self.username}:{self.password}".encode()).decode()
        return request


@configspec
class OAuth2AuthBase(AuthConfigBase):
    """A token that was got elsewhere; the base of what gets one."""

    access_token: TSecretStrValue = None

    def parse_native_representation(self, value: Any) -> None:
        self._one_text("access_token", value)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        return _bearer(request, self.access_token)


def _default_session():
    from sluice.sources.helpers import requests

    return requests.client.session


@configspec
class OAuth2ClientCredentials(OAuth2AuthBase):
    """Gets a token for a client's id and secret, and a new one when it has expired."""

    access_token: Annotated[Optional[TSecretStrValue], NotResolved()] = None
    access_token_url: str = None
    client_id: TSecretStrValue = None
    client_secret: TSecretStrValue = None
    access_token_request_data: Optional[dict[str, Any]] = None
    default_token_expiration: int = 3600
    session: Annotated[Any, NotResolved()] = None

    def __post_init__(self) -> None:
        self.access_token_request_data = self.access_token_request_data or {}
        self.token_expiry = time.time()
        self.session = self.session if self.session is not None else _default_session()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if self.access_token is None or self.is_token_expired():
            self.obtain_token()
        return _bearer(request, self.access_token)

    def is_token_expired(self) -> bool:
        return time.time() >= self.token_expiry

    def obtain_token(self) -> None:
        response = self.session.post(self.access_token_url, **self.build_access_token_request())
        response.raise_for_status()
        answer = response.json()
        self.parse_native_representation(self.parse_access_token(answer))
        self.token_expiry = time.time() + self.parse_expiration_in_seconds(answer)

    # What services do in their own ways; subclasses say how.

    def build_access_token_request(self) -> dict[str, Any]:
        """Arguments of the request for a token."""
        form = {"client_id": self.client_id, "client_secret": self.client_secret, "grant_type": "client_credentials"}
        return {"headers": {"Content-Type": "application/x-www-form-urlencoded"}, "data": {**form, **self.access_token_request_data}}

    def parse_expiration_in_seconds(self, response_json: Any) -> int:
        return int(response_json.get("expires_in", self.default_token_expiration))

    def parse_access_token(self, response_json: Any) -> str:
        return str(response_json.get("access_token"))


@configspec
class OAuthJWTAuth(BearerTokenAuth):
    """Gets a token for a JSON web token that is signed with a private key (RS256)."""

    client_id: str = None
    private_key: TSecretStrValue = None
    auth_endpoint: str = None
    scopes: Optional[Union[str, list[str]]] = None
    headers: Optional[dict[str, str]] = None
    private_key_passphrase: Optional[TSecretStrValue] = None
    default_token_expiration: int = 3600
    session: Annotated[Any, NotResolved()] = None

    def __post_init__(self) -> None:
        if self.scopes is not None and not isinstance(self.scopes, str):
            self.scopes = " ".join(self.scopes)
        self.token, self.token_expiry = None, None
        self.session = self.session if self.session is not None else _default_session()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if self.token is None or self.is_token_expired():
            self.obtain_token()
        return _bearer(request, self.token)

    def is_token_expired(self) -> bool:
        return not self.token_expiry or time.time() >= self.token_expiry

    def obtain_token(self) -> None:
        try:
            import jwt
        except ModuleNotFoundError:
            raise exceptions.MissingDependencyException("OAuthJWTAuth", ["PyJWT"]) from None
        assertion = jwt.encode(self.create_jwt_payload(), self.load_private_key(), algorithm="RS256")
        response = self.session.post(self.auth_endpoint, headers=self.headers,
                                     data={"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion})
        response.raise_for_status()
        answer = response.json()
        self.token = answer["access_token"]
        self.token_expiry = time.time() + answer.get("expires_in", self.default_token_expiration)

    def create_jwt_payload(self) -> dict[str, Any]:
        now = math.floor(time.time())
        scope = {} if self.scopes is None else {"scope": self.scopes}
        return {"iss": self.client_id, "sub": self.client_id, "aud": self.auth_endpoint, "exp": now + 3600, "iat": now, **scope}

    def load_private_key(self) -> Any:
        try:
            from cryptography.hazmat.primitives import serialization
        except ModuleNotFoundError:
            raise exceptions.MissingDependencyException("OAuthJWTAuth", ["cryptography"]) from None
        passphrase = self.private_key_passphrase.encode() if self.private_key_passphrase else None
        return serialization.load_pem_private_key(self.private_key.encode(), password=passphrase)
