"""Where a database is: what users write for SQLAlchemy, in the engine's words."""
import urllib.parse

from sluice import exceptions

# SQLAlchemy's dialects and the engine's schemes.
_SCHEMES = {"postgresql": "postgres", "postgres": "postgres", "redshift": "postgres", "cockroachdb": "postgres", "mysql": "mysql",
            "mariadb": "mysql", "mssql": "mssql", "oracle": "oracle", "snowflake": "snowflake", "bigquery": "bigquery", "trino": "trino",
            "clickhouse": "clickhouse", "db2": "db2", "ibm_db_sa": "db2", "mongodb": "mongodb"}
# Dialects of which SQLAlchemy has one for each scheme, to write queries that callbacks have changed.
DIALECTS = {"postgres": "postgresql", "mysql": "mysql", "sqlite": "sqlite", "mssql": "mssql", "oracle": "oracle"}
FIELDS = ("drivername", "username", "password", "host", "port", "database", "query")


def location_of(credentials):
    """A location of the engine for a URL, its parts as a dict, an engine of SQLAlchemy, or credentials with to_url."""
    if credentials is None:
        raise exceptions.ConfigurationException("sql_database needs credentials: a URL like postgresql://user:password@host/database")
    if hasattr(credentials, "url"):  # sqlalchemy.Engine
        credentials = credentials.url
    if hasattr(credentials, "to_url"):
        credentials = credentials.to_url()
    if hasattr(credentials, "render_as_string"):
        credentials = credentials.render_as_string(hide_password=False)
    return _of_text(_of_fields(credentials) if isinstance(credentials, dict) else str(credentials))


def _of_fields(parts):
    if not parts.get("drivername"):
        raise exceptions.ConfigurationException("the credentials have no drivername: postgresql, mysql, sqlite, mssql, …")
    quote = lambda key: urllib.parse.quote(str(parts[key]), safe="") if parts.get(key) else ""  # noqa: E731
    user = quote("username") + (":" + quote("password") if parts.get("password") else "")
    port = f":{parts['port']}" if parts.get("port") else ""
    query = "?" + urllib.parse.urlencode(parts["query"]) if parts.get("query") else ""
    return f"{parts['drivername']}://{user + '@' if user else ''}{parts.get('host') or ''}{port}/{parts.get('database') or ''}{query}"


def _of_text(text):
    scheme, separator, rest = text.partition("://")
    if not separator:
        return text  # sqlite:path, odbc:…, a path: the engine's own
    dialect = scheme.partition("+")[0].lower()
    if dialect == "sqlite":
        return "sqlite:" + rest.removeprefix("/").partition("?")[0]
    if dialect not in _SCHEMES:
        return text
    if dialect in ("postgresql", "postgres", "mysql", "mariadb"):
        rest = _without_drivers_own(rest)
    return f"{_SCHEMES[dialect]}://{rest}"


def _without_drivers_own(rest):
    """Settings of Python's drivers mean nothing to others."""
    address, _, query = rest.partition("?")
    kept = [pair for pair in query.split("&") if pair and pair.partition("=")[0] not in ("charset", "client_encoding", "driver", "async_fallback")]
    return address + ("?" + "&".join(kept) if kept else "")
