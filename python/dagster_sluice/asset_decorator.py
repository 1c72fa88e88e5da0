"""@dlt_assets and @sluice_assets: a source and a pipeline as assets that one step materializes."""
from dagster import BackfillPolicy, TimeWindowPartitionsDefinition, multi_asset
from dagster._core.errors import DagsterInvariantViolationError

from dagster_sluice import constants, tables
from dagster_sluice.checks import check_specs
from dagster_sluice.translator import DagsterDltTranslator, DltResourceTranslatorData


def _child_names(resource, pipeline, child_tables):
    """Names of child tables: those of the schema that earlier runs have stored, and those that are given."""
    own = tables.own_table(resource)
    if not child_tables or own is None:
        return []
    known = tables.child_tables(pipeline.default_schema, own) if hasattr(pipeline.default_schema, "tables") else []
    given = child_tables.get(resource.name, []) if isinstance(child_tables, dict) else []
    return list(dict.fromkeys([*known, *given]))


def build_dlt_asset_specs(dlt_source, dlt_pipeline, dagster_dlt_translator=None, child_tables=False):
    """A spec for each selected resource; with child_tables also one for each child table.

    Child tables are known from the schema that the pipeline's last run has stored in its folder; nothing is read from the source or the
    destination. child_tables={"orders": ["orders__lines"]} names those that are to be assets before the first run."""
    translator = dagster_dlt_translator or DagsterDltTranslator()
    common = {constants.META_KEY_SOURCE: dlt_source, constants.META_KEY_PIPELINE: dlt_pipeline, constants.META_KEY_TRANSLATOR: translator}
    specs = []
    for resource in dlt_source.selected_resources.values():
        data = DltResourceTranslatorData(resource=resource, pipeline=dlt_pipeline)
        spec = translator.get_asset_spec(data)
        meta = {**common, constants.META_KEY_RESOURCE: resource.name}
        specs.append(spec.merge_attributes(metadata=meta))
        by_table = {tables.own_table(resource): spec}
        for table in _child_names(resource, dlt_pipeline, child_tables):
            stored = dlt_pipeline.default_schema.tables.get(table, {})
            child = translator.get_child_asset_spec(data, spec, table)
            above = by_table.get(stored.get("parent"), spec)
            by_table[table] = child = child.replace_attributes(deps=[above.key])
            specs.append(child.merge_attributes(metadata={**meta, constants.META_KEY_TABLE: table}))
    return specs


def dlt_assets(*, dlt_source, dlt_pipeline, name=None, group_name=None, dagster_dlt_translator=None, partitions_def=None,
               backfill_policy=None, hooks=None, op_tags=None, pool=None, child_tables=False, checks=False, verify=False):
    """The decorated function gets the context and a DagsterDltResource: `yield from dlt.run(context=context)`.

    With the defaults as dagster-dlt's: an asset for each resource. child_tables: see build_dlt_asset_specs. checks: an asset check for
    each table with a schema contract. verify: rows are read back and compared before the commit; the certificate is an asset check.
    Partitioned assets of a pipeline share a pool of its name, for which a concurrency limit can be set: runs of one pipeline wait for
    each other in any case, but then outside their steps."""
    if isinstance(partitions_def, TimeWindowPartitionsDefinition) and backfill_policy is None:
        backfill_policy = BackfillPolicy.single_run()
    specs = build_dlt_asset_specs(dlt_source, dlt_pipeline, dagster_dlt_translator, child_tables)
    if group_name and any(spec.group_name for spec in specs):
        raise DagsterInvariantViolationError(f"group_name cannot be given to the assets of source {dlt_source.name}: the translator gives "
                                             "some of them a group")
    if verify:
        specs = [spec.merge_attributes(metadata={constants.META_KEY_VERIFY: True}) for spec in specs]
    if pool is None and partitions_def is not None:
        pool = f"sluice_{dlt_pipeline.pipeline_name}"
    return multi_asset(name=name, group_name=group_name, can_subset=True, partitions_def=partitions_def, backfill_policy=backfill_policy,
                       hooks=hooks, op_tags=op_tags, pool=pool, specs=specs,
                       check_specs=check_specs(dlt_source, specs, checks, verify) or None)


def sluice_assets(*, sluice_source=None, sluice_pipeline=None, child_tables=True, checks=True, **options):
    """dlt_assets with an asset for each table and the checks of contracts; its arguments may also be called dlt_source, dlt_pipeline."""
    options.setdefault("dlt_source", sluice_source)
    options.setdefault("dlt_pipeline", sluice_pipeline)
    return dlt_assets(child_tables=child_tables, checks=checks, **options)
