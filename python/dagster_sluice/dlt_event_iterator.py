"""The events of a run; fetch_row_count() adds how many rows the tables have."""
from dagster import AssetMaterialization
from dagster._core.definitions.metadata.metadata_set import TableMetadataSet


def _count(pipeline, table):
    with pipeline.sql_client() as client:
        sql = f"select count(*) as row_count from {client.make_qualified_table_name(table)}"
        return int(client.execute_sql(sql)[0][0])


def row_count_metadata(event, context, pipeline):
    """Of a partitioned run the rows it has loaded, else the rows of the table."""
    kind = pipeline.destination.destination_name
    if context.has_partition_key:
        loaded = event.metadata.get("rows_loaded")
        return TableMetadataSet(partition_row_count=loaded.value if loaded else 0, storage_kind=kind)
    named = event.metadata["dagster/table_name"]
    table = getattr(named, "value", named).rpartition(".")[2]
    try:
        return TableMetadataSet(row_count=_count(pipeline, table), storage_kind=kind)
    except Exception as error:  # the rows are loaded: a count that cannot be had is no failure
        context.log.error(f"The rows of {table} could not be counted, and the event says no number of them: {error}")
        return TableMetadataSet(row_count=None, storage_kind=kind)


class DltEventIterator:
    """What DagsterDltResource.run gives."""

    def __init__(self, events, context, dlt_pipeline):
        self._events, self._context, self._pipeline = iter(events), context, dlt_pipeline

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._events)

    def _with_counts(self):
        for event in self:
            if not event.metadata:
                yield event
                continue
            metadata = {**row_count_metadata(event, self._context, self._pipeline), **event.metadata}
            if isinstance(event, AssetMaterialization):
                yield event.with_metadata(metadata)
            else:
                yield event._replace(metadata=metadata)

    def fetch_row_count(self):
        """Adds dagster/row_count to each event."""
        return DltEventIterator(self._with_counts(), self._context, self._pipeline)
