"""Keys of the metadata by which an asset finds what loads it."""

META_KEY_SOURCE = "dagster_dlt/source"
META_KEY_PIPELINE = "dagster_dlt/pipeline"
META_KEY_TRANSLATOR = "dagster_dlt/translator"
META_KEY_RESOURCE = "dagster_sluice/resource"
META_KEY_TABLE = "dagster_sluice/table"  # of a child table's asset
META_KEY_VERIFY = "dagster_sluice/verify"

CONTRACT_CHECK = "schema_contract"
CERTIFICATE_CHECK = "certificate"
