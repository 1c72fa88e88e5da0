"""Destinations: where to, in the engine's words. dlt.destinations.duckdb("file.duckdb"), .postgres(...), .filesystem(...) and so on."""
import os
import urllib.parse

from sluice import _config, exceptions

_FIELDS = ("drivername", "username", "password", "host", "port", "database", "query")


class Destination:
    """A place to write to: its type, its name for the configuration, and its credentials."""

    def __init__(self, kind, credentials=None, destination_name=None, options=None):
        self.destination_type, self.destination_name = kind, destination_name or kind
        self.credentials, self.options = credentials, dict(options or {})

    def to_name(self):
        return self.destination_name

    @property
    def config_params(self):
        return {"credentials": self.credentials, **self.options}

    def _credentials(self):
        given = self.credentials
        if given is None:
            for section in dict.fromkeys((self.destination_name, self.destination_type)):
                given, _ = _config.lookup("credentials", ("destination", section))
                parts = _config.fields("credentials", ("destination", section), _FIELDS)
                if parts:
                    given = {**(given if isinstance(given, dict) else {}), **parts}
                if given is not None:
                    break
        return given

    def location(self, pipeline):
        """What the engine calls it: duckdb:path, postgres://…"""
        given = self._credentials()
        return _LOCATIONS[self.destination_type](self, given, pipeline)

    def capabilities(self, **_ignored):
        """What the destination can hold and do."""
        from sluice.common.destination.capabilities import DestinationCapabilitiesContext

        return DestinationCapabilitiesContext.of_destination(_SCHEMES.get(self.destination_type, self.destination_type))

    def engine_options(self):
        return {name.replace("_", "-"): str(value) for name, value in self.options.items() if name in _ENGINE_OPTIONS}

    def __repr__(self):
        name = "" if self.destination_name == self.destination_type else f" '{self.destination_name}'"
        return f"<destination {self.destination_type}{name}>"


_SCHEMES = {"filesystem": "file", "sqlalchemy": "sqlite", "mariadb": "mysql"}  # of the engine, where its name is another
_ENGINE_OPTIONS = {"file_format", "file_compression", "storage_version"}


def _missing(destination, what):
    section = destination.destination_name
    return exceptions.ConfigFieldMissingException(f"destination {section}", what, _config.lookup(what, ("destination", section))[1], True)


def _duckdb(destination, given, pipeline):
    if given is not None and not isinstance(given, (str, os.PathLike, dict)):  # an open connection
        rows = given.execute("pragma database_list").fetchall()
        raise exceptions.ConfigurationException(f"give the path of the database instead of an open connection, and close that first: {rows[0][2]}")
    if isinstance(given, dict):
        given = given.get("database")
    path = os.fspath(given) if given is not None else f"{pipeline.pipeline_name}.duckdb"
    path = path.removeprefix("duckdb:///").removeprefix("duckdb:")
    if path == ":pipeline:":
        path = os.path.join(pipeline.working_dir, f"{pipeline.pipeline_name}.duckdb")
    return f"duckdb:{path}"


def _url(scheme):
    def make(destination, given, pipeline):
        if given is None:
            raise _missing(destination, "credentials")
        if isinstance(given, dict):
            quote = lambda key: urllib.parse.quote(str(given.get(key, "")), safe="")  # noqa: E731
            user = quote("username") + (":" + quote("password") if given.get("password") else "")
            query = given.get("query") or {}
            tail = "?" + urllib.parse.urlencode(query) if query else ""
            return (f"{scheme}://{user + '@' if user else ''}{given.get('host', 'localhost')}"
                    f"{':' + str(given['port']) if given.get('port') else ''}/{given.get('database', '')}{tail}")
        text = str(given)
        return scheme + text[text.index("://"):] if "://" in text else text

    return make


def _sqlite(destination, given, pipeline):
    path = given.get("database") if isinstance(given, dict) else given
    return f"sqlite:{os.fspath(path).removeprefix('sqlite:///').removeprefix('sqlite:')}" if path else f"sqlite:{pipeline.pipeline_name}.sqlite"


def _sqlalchemy(destination, given, pipeline):
    text = given if isinstance(given, str) else (given or {}).get("drivername", "")
    dialect = text.partition(":")[0].partition("+")[0]
    if dialect == "sqlite":
        return _sqlite(destination, given, pipeline)
    if dialect in ("mysql", "mariadb", "postgres", "postgresql"):
        return _url("mysql" if dialect in ("mysql", "mariadb") else "postgres")(destination, given, pipeline)
    return _url(dialect or "odbc")(destination, given, pipeline)


def _filesystem(destination, given, pipeline):
    url = destination.options.get("bucket_url") or _config.lookup("bucket_url", ("destination", destination.destination_name))[0]
    if not url:
        raise _missing(destination, "bucket_url")
    url = os.fspath(url)
    return url if "://" in url and not url.startswith("file://") else f"file:{url.removeprefix('file://').removeprefix('file:')}"


_LOCATIONS = {"duckdb": _duckdb, "postgres": _url("postgres"), "mysql": _url("mysql"), "mariadb": _url("mysql"), "sqlite": _sqlite,
              "sqlalchemy": _sqlalchemy, "mssql": _url("mssql"), "snowflake": _url("snowflake"), "bigquery": _url("bigquery"),
              "oracle": _url("oracle"), "clickhouse": _url("clickhouse"), "filesystem": _filesystem}


class _Factory:
    """`dlt.destinations.postgres`: calling it makes a Destination."""

    def __init__(self, kind):
        self.kind = kind

    def __call__(self, credentials=None, destination_name=None, environment=None, **options):
        if self.kind == "filesystem":
            options["bucket_url"] = options.get("bucket_url") or credentials
            credentials = options.pop("credentials", None)
        return Destination(self.kind, credentials, destination_name, options)


def __getattr__(name):
    if name in _LOCATIONS:
        return _Factory(name)
    raise AttributeError(f"module 'sluice.destinations' has no attribute {name!r}; it has {', '.join(_LOCATIONS)}")


def resolve(given, credentials=None):
    """A Destination from what users write: a name, an object, a factory, a location of the engine."""
    if given is None:
        given, _ = _config.lookup("destination_type", ())
        if given is None:
            raise exceptions.PipelineConfigMissing("the pipeline has no destination: give one to pipeline() or run(), for example 'duckdb'")
    if isinstance(given, _Factory) or getattr(given, "is_sink", False):
        given = given()
    if hasattr(given, "location"):
        if credentials is not None and hasattr(given, "credentials"):
            given.credentials = credentials
        return given
    name = str(given).removeprefix("dlt.destinations.")
    kind = next(filter(None, (p.get("destination_type", ("destination", name)) for p in _config.PROVIDERS)), None)
    if kind in _LOCATIONS:  # first, as dlt: "snowflake" may be a DuckDB file here
        return Destination(kind, credentials, name)
    if name in _LOCATIONS:
        return Destination(name, credentials)
    if ":" in name:
        return Located(name)
    import difflib

    near = difflib.get_close_matches(name, _LOCATIONS, n=1)
    raise exceptions.UnknownDestinationModule(f"there is no destination '{name}'" + (f"; did you mean {near[0]}?" if near else "")
                                              + f" There are {', '.join(_LOCATIONS)}")


class Located:
    """A location as the command line takes it: duckdb:warehouse.duckdb"""

    def __init__(self, text):
        self.text = text
        self.destination_type = self.destination_name = text.partition(":")[0]

    def location(self, pipeline):
        return self.text

    def engine_options(self):
        return {}

    def to_name(self):
        return self.destination_name
