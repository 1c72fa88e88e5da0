"""dlt.common.storages: folders with schemas, and with files of items."""
from sluice.common.storages.configuration import NormalizeStorageConfiguration, SchemaStorageConfiguration  # noqa: F401
from sluice.common.storages.file_storage import FileStorage  # noqa: F401
from sluice.common.storages.normalize_storage import NormalizeStorage  # noqa: F401
from sluice.common.storages.schema_storage import SchemaStorage  # noqa: F401
