"""Where the folders are."""
import typing

from sluice.common.configuration.specs import BaseConfiguration, configspec


@configspec
class SchemaStorageConfiguration(BaseConfiguration):
    schema_volume_path: str = None
    import_schema_path: typing.Optional[str] = None
    export_schema_path: typing.Optional[str] = None
    external_schema_format: str = "yaml"
    external_schema_format_remove_defaults: bool = True


@configspec
class NormalizeStorageConfiguration(BaseConfiguration):
    normalize_volume_path: str = None
