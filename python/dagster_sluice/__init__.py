"""Dagster assets from sources: dagster-dlt's names on this engine, with an asset for each table, checks and live progress.

Code for dagster-dlt runs with `dagster_dlt` replaced by `dagster_sluice`, or as it is under `python -m sluice run -m dagster …`."""
from dagster_sluice.asset_decorator import build_dlt_asset_specs, dlt_assets, sluice_assets
from dagster_sluice.dlt_event_iterator import DltEventIterator
from dagster_sluice.resource import DagsterDltResource
from dagster_sluice.translator import DagsterDltTranslator, DltResourceTranslatorData

__all__ = ["DagsterDltResource", "DagsterDltTranslator", "DltEventIterator", "DltResourceTranslatorData", "build_dlt_asset_specs",
           "dlt_assets", "sluice_assets"]
