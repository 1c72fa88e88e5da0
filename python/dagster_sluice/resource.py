"""DagsterDltResource: runs a pipeline in a step and tells Dagster what became of each table."""
from typing import Optional

from dagster import AssetExecutionContext, AssetMaterialization, ConfigurableResource, MaterializeResult
from pydantic import Field

from dagster_sluice import checks, constants, metadata, tables
from dagster_sluice.dlt_event_iterator import DltEventIterator
from dagster_sluice.progress import logged
from dagster_sluice.translator import DagsterDltTranslator, DltResourceTranslatorData


class _Target:
    """An asset of the step: which resource and table it stands for."""

    def __init__(self, key, resource_name, table):
        self.key, self.resource_name, self.table = key, resource_name, table


class DagsterDltResource(ConfigurableResource):
    """Runs sluice pipelines. One instance serves all assets."""

    progress_seconds: float = Field(default=10.0, description="How often the log tells how far a load is; 0: never.")
    lock_wait: Optional[int] = Field(default=None, description="Seconds to wait while another run has the same pipeline, 30 if not given.")

    def run(self, context, dlt_source=None, dlt_pipeline=None, dagster_dlt_translator=None, **kwargs):
        """Runs the pipeline for the selected assets; kwargs go to Pipeline.run. An iterator of MaterializeResult, in an op of
        AssetMaterialization."""
        known = {}
        if isinstance(context, AssetExecutionContext):
            known = context.assets_def.metadata_by_key
            first = next(iter(known.values()))
            dlt_source = dlt_source or first.get(constants.META_KEY_SOURCE)
            dlt_pipeline = dlt_pipeline or first.get(constants.META_KEY_PIPELINE)
            dagster_dlt_translator = dagster_dlt_translator or first.get(constants.META_KEY_TRANSLATOR)
            kwargs.setdefault("verify", first.get(constants.META_KEY_VERIFY))
        for name, given in (("dlt_source", dlt_source), ("dlt_pipeline", dlt_pipeline)):
            if given is None:
                raise ValueError(f"DagsterDltResource.run: {name} is needed in an op, and in assets that dlt_assets has not made")
        events = self._run(context, dlt_source, dlt_pipeline, dagster_dlt_translator or DagsterDltTranslator(), known, kwargs)
        return DltEventIterator(events, context, dlt_pipeline)

    def _targets(self, context, source, pipeline, translator, known):
        """The assets of this step that the source can fill."""
        resources = source.selected_resources
        found = [_Target(key, meta[constants.META_KEY_RESOURCE], meta.get(constants.META_KEY_TABLE))
                 for key, meta in known.items() if meta.get(constants.META_KEY_RESOURCE) in resources]
        if not found:
            found = [_Target(translator.get_asset_spec(DltResourceTranslatorData(resource=r, pipeline=pipeline)).key, r.name, None)
                     for r in resources.values()]
        if getattr(context, "is_subset", False):
            found = [target for target in found if target.key in context.selected_asset_keys]
        return found

    def _run(self, context, source, pipeline, translator, known, options):
        targets = self._targets(context, source, pipeline, translator, known)
        wanted = list(dict.fromkeys(target.resource_name for target in targets))
        if set(wanted) != set(source.selected_resources):
            source = source.with_resources(*wanted)
        selected = set(context.selected_asset_check_keys) if known else set()
        pipeline.drop_pending_packages()
        options = {name: value for name, value in {"lock_wait": self.lock_wait, **options}.items() if value is not None}
        try:
            with logged(pipeline, context.log, self.progress_seconds):
                info = pipeline.run(source, **options)
            info.raise_on_failed_jobs()
        except Exception as error:
            yield from checks.failures(selected, error)
            raise
        context.log.info(str(info))
        yield from self._events(context, source, pipeline, info, targets, selected, bool(known))

    def _events(self, context, source, pipeline, info, targets, selected, assets):
        shown = {target.table for target in targets}
        resources = source.resources
        for target in targets:
            table = target.table or tables.own_table(resources[target.resource_name])
            children = tables.child_tables(pipeline.default_schema, table) if table else []
            meta = metadata.of_table(pipeline, info, table, with_children=not shown.intersection(children)) if table else \
                self._of_many(info)
            if not assets:
                yield AssetMaterialization(asset_key=target.key, metadata=meta)
                continue
            yield MaterializeResult(asset_key=target.key, metadata=meta, check_results=checks.results(selected, target.key, table, info.summary))

    @staticmethod
    def _of_many(info):
        """Of a resource whose rows choose their table: all tables of the run."""
        return {"tables": {name: table["rows"] for name, table in tables.tables_of_run(info).items()}}
