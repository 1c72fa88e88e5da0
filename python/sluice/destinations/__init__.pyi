from typing import Any

class Destination:
    destination_type: str
    destination_name: str
    credentials: Any
    options: dict[str, Any]
    def __init__(self, kind: str, credentials: Any = None, destination_name: str | None = None, options: dict[str, Any] | None = None) -> None: ...
    def to_name(self) -> str: ...
    @property
    def config_params(self) -> dict[str, Any]: ...
    def location(self, pipeline: Any) -> str: ...
    def engine_options(self) -> dict[str, str]: ...

class Located:
    text: str
    destination_type: str
    destination_name: str
    def __init__(self, text: str) -> None: ...
    def location(self, pipeline: Any) -> str: ...
    def engine_options(self) -> dict[str, str]: ...
    def to_name(self) -> str: ...

class _Factory:
    kind: str
    def __init__(self, kind: str) -> None: ...
    def __call__(self, credentials: Any = None, destination_name: str | None = None, environment: str | None = None, **options: Any) -> Destination: ...

duckdb: _Factory
postgres: _Factory
mysql: _Factory
mariadb: _Factory
sqlite: _Factory
sqlalchemy: _Factory
mssql: _Factory
snowflake: _Factory
bigquery: _Factory
oracle: _Factory
clickhouse: _Factory
filesystem: _Factory

def resolve(given: Any, credentials: Any = None) -> Any: ...
