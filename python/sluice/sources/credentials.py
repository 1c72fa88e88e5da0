"""dlt.sources.credentials: credentials as classes whose fields the configuration fills."""
import json
import urllib.parse
from typing import Any, Optional

from sluice.common.configuration.specs import CredentialsConfiguration, configspec
from sluice.common.typing import TSecretStrValue


@configspec
class ConnectionStringCredentials(CredentialsConfiguration):
    """drivername://username:password@host:port/database?query, in one text or in fields."""

    drivername: str = None
    database: Optional[str] = None
    username: Optional[str] = None
    password: Optional[TSecretStrValue] = None
    host: Optional[str] = None
    port: Optional[int] = None
    query: Optional[dict] = None

    def parse_native_representation(self, value):
        url = urllib.parse.urlsplit(str(value))
        if not url.scheme:
            raise ValueError("a connection string begins with the name of a driver: postgresql://user@host/database")
        plain = lambda text: urllib.parse.unquote(text) if text else None  # noqa: E731
        self.update({"drivername": url.scheme, "username": plain(url.username), "password": plain(url.password), "host": url.hostname,
                     "port": url.port, "database": plain(url.path.lstrip("/")), "query": dict(urllib.parse.parse_qsl(url.query)) or None})

    def to_url(self):
        quote = lambda text: urllib.parse.quote(str(text), safe="")  # noqa: E731
        user = quote(self.username) + (f":{quote(self.password)}" if self.password else "") + "@" if self.username else ""
        place = (self.host or "") + (f":{self.port}" if self.port else "")
        tail = "?" + urllib.parse.urlencode(self.query) if self.query else ""
        return f"{self.drivername}://{user}{place}/{self.database or ''}{tail}"

    to_native_representation = to_url


@configspec
class AwsCredentials(CredentialsConfiguration):
    aws_access_key_id: Optional[str] = None
    aws_secret_access_key: Optional[TSecretStrValue] = None
    aws_session_token: Optional[TSecretStrValue] = None
    profile_name: Optional[str] = None
    region_name: Optional[str] = None
    endpoint_url: Optional[str] = None

    def to_session_credentials(self):
        return {"aws_access_key_id": self.aws_access_key_id, "aws_secret_access_key": self.aws_secret_access_key,
                "aws_session_token": self.aws_session_token}


class GcpCredentials(CredentialsConfiguration):
    """What Google's kinds of credentials share."""

    def parse_native_representation(self, value):
        self.update(value if isinstance(value, dict) else json.loads(value))


@configspec
class GcpServiceAccountCredentials(GcpCredentials):
    project_id: str = None
    private_key: TSecretStrValue = None
    client_email: str = None
    token_uri: Optional[str] = "https://oauth2.googleapis.com/token"

    def to_native_credentials(self) -> Any:
        from google.oauth2 import service_account

        return service_account.Credentials.from_service_account_info({**self, "type": "service_account"})


@configspec
class GcpOAuthCredentials(GcpCredentials):
    client_id: str = None
    client_secret: TSecretStrValue = None
    project_id: Optional[str] = None
    refresh_token: Optional[TSecretStrValue] = None
    token: Optional[TSecretStrValue] = None
    scopes: Optional[list] = None

    def to_native_credentials(self) -> Any:
        from google.oauth2.credentials import Credentials

        return Credentials(self.token, refresh_token=self.refresh_token, client_id=self.client_id, client_secret=self.client_secret,
                           token_uri="https://oauth2.googleapis.com/token", scopes=self.scopes)
