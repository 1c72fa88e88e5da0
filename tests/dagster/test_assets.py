"""Assets of a source: specs, keys, tables, metadata, checks, partitions."""
import os
import time

import dagster as dg
import pytest
from dagster_sluice import DagsterDltResource, DagsterDltTranslator, build_dlt_asset_specs, dlt_assets, sluice_assets
from dagster_sluice.translator import DltResourceTranslatorData

import sluice as dlt

KEY = dg.AssetKey


@dlt.source
def shop(n_lines=2, color=None):
    @dlt.resource(primary_key="id", write_disposition="merge")
    def Orders():
        """All orders."""
        yield [{"id": i, "color": color, "lines": [{"sku": k, "taxes": [{"t": k}]} for k in range(n_lines)]} for i in range(3)]

    @dlt.transformer(data_from=Orders)
    def details(page):
        for row in page:
            yield {"order": row["id"], "note": "n"}

    return Orders, details


def assets_of(make=dlt_assets, source=None, counts=False, **options):
    @make(dlt_source=source or shop(), name="shop", **options)
    def shop_assets(context: dg.AssetExecutionContext, dlt: DagsterDltResource):
        events = dlt.run(context=context)
        yield from events.fetch_row_count() if counts else events

    return shop_assets


def materialize(assets, instance, **options):
    return dg.materialize([assets], resources={"dlt": DagsterDltResource(progress_seconds=0)}, instance=instance, **options)


def metadata(result):
    return {event.asset_key.to_user_string(): {name: getattr(value, "value", value) for name, value in
            event.step_materialization_data.materialization.metadata.items()} for event in result.get_asset_materialization_events()}


# ---- specs ----


def test_specs_have_the_names_of_dagster_dlt(pipeline):
    orders, details = build_dlt_asset_specs(shop(), pipeline())
    assert (orders.key, details.key) == (KEY("dlt_shop_Orders"), KEY("dlt_shop_details"))
    assert [dep.asset_key for dep in orders.deps] == [KEY("shop_Orders")] == [dep.asset_key for dep in details.deps]
    assert orders.description == "All orders."
    assert orders.kinds == {"dlt", "duckdb"}
    assert orders.metadata["dagster/table_name"] == "Orders"
    assert not os.path.exists(dlt.pipeline().working_dir), "specs leave nothing behind"


def test_a_translator_decides(pipeline):
    class Renamed(DagsterDltTranslator):
        def get_asset_spec(self, data: DltResourceTranslatorData) -> dg.AssetSpec:
            spec = super().get_asset_spec(data)
            return spec.replace_attributes(key=KEY(f"{data.resource.name}"), deps=[KEY("common_upstream_dlt_dependency")])

    class Parts(DagsterDltTranslator):
        def get_group_name(self, resource):
            return "raw"

        def get_owners(self, resource):
            return ["team:data"]

        def get_tags(self, resource):
            return {"tier": "1"}

        def get_automation_condition(self, resource):
            return dg.AutomationCondition.eager()

    renamed = assets_of(dlt_pipeline=pipeline(), dagster_dlt_translator=Renamed())
    assert renamed.keys == {KEY("Orders"), KEY("details")}
    assert renamed.dependency_keys == {KEY("common_upstream_dlt_dependency")}
    spec = build_dlt_asset_specs(shop(), pipeline(), Parts())[0]
    assert (spec.group_name, list(spec.owners), spec.tags["tier"]) == ("raw", ["team:data"], "1")
    assert spec.automation_condition is not None
    with pytest.raises(dg.DagsterInvariantViolationError, match="group"):
        assets_of(dlt_pipeline=pipeline(), dagster_dlt_translator=Parts(), group_name="other")


def test_upstream_and_downstream(pipeline, instance):
    """Seed 004: metadata of upstream assets, and an asset below a resource's."""
    loaded = assets_of(dlt_pipeline=pipeline(), group_name="shop")
    upstream = [dg.AssetSpec(key, group_name="thinkific") for key in loaded.dependency_keys]
    below = next(DagsterDltTranslator().get_asset_spec(DltResourceTranslatorData(resource=r, destination=pipeline().destination))
                 for r in shop().selected_resources.values() if r.name == "details")
    seen = []

    @dg.asset(deps=[below])
    def example_downstream_asset():
        seen.append(1)

    graph = dg.Definitions(assets=[loaded, *upstream, example_downstream_asset],
                           resources={"dlt": DagsterDltResource(progress_seconds=0)}).get_repository_def().asset_graph
    assert graph.get(KEY("shop_Orders")).group_name == "thinkific"
    assert graph.get(KEY("example_downstream_asset")).parent_keys == {KEY("dlt_shop_details")}
    result = dg.materialize([loaded, example_downstream_asset], instance=instance, resources={"dlt": DagsterDltResource(progress_seconds=0)})
    assert result.success and seen == [1]


# ---- runs ----


def test_metadata_of_each_resource(pipeline, instance, rows):
    result = materialize(assets_of(dlt_pipeline=pipeline(), counts=True), instance)
    found = metadata(result)
    orders = found["dlt_shop_Orders"]
    assert rows("select count(*) from ds.orders__lines__taxes") == [(6,)]
    assert {key: orders[key] for key in ("rows_loaded", "dagster/row_count", "first_run", "dataset_name", "destination_name",
                                         "dagster/table_name")} == {
        "rows_loaded": 3, "dagster/row_count": 3, "first_run": True, "dataset_name": "ds", "destination_name": "duckdb",
        "dagster/table_name": "duckdb.ds.orders"}
    assert [job["table_name"] for job in orders["jobs"]] == ["orders"]
    columns = {column.name: column for column in orders["dagster/column_schema"].columns}
    assert columns["id"].type == "bigint" and not columns["id"].constraints.nullable and "primary_key" in columns["id"].constraints.other
    assert [column.name for column in orders["orders__lines__taxes"].columns][0] == "t"
    assert orders["child_rows"] == {"orders__lines": 6, "orders__lines__taxes": 6}
    assert found["dlt_shop_details"]["rows_loaded"] == 3


def test_an_asset_for_each_table(pipeline, instance):
    materialize(assets_of(sluice_assets, dlt_pipeline=pipeline()), instance)
    again = assets_of(sluice_assets, dlt_pipeline=pipeline())  # the definitions are loaded again: now the child tables are known
    lines, taxes = KEY("dlt_shop_Orders__lines"), KEY("dlt_shop_Orders__lines__taxes")
    assert again.keys == {KEY("dlt_shop_Orders"), lines, taxes, KEY("dlt_shop_details")}
    assert again.asset_deps[taxes] == {lines} and again.asset_deps[lines] == {KEY("dlt_shop_Orders")}
    found = metadata(materialize(again, instance))
    assert {key: one["rows_loaded"] for key, one in found.items()} == {
        "dlt_shop_Orders": 3, "dlt_shop_Orders__lines": 6, "dlt_shop_Orders__lines__taxes": 6, "dlt_shop_details": 3}
    assert found["dlt_shop_Orders__lines"]["dagster/table_name"] == "duckdb.ds.orders__lines"
    assert "orders__lines" not in found["dlt_shop_Orders"], "it has an asset of its own"
    only = materialize(again, instance, selection=[taxes])
    assert list(metadata(only)) == ["dlt_shop_Orders__lines__taxes"]


def test_child_tables_named_before_the_first_run(pipeline):
    specs = build_dlt_asset_specs(shop(), pipeline("new"), child_tables={"Orders": ["orders__lines"]})
    assert [spec.key.to_user_string() for spec in specs] == ["dlt_shop_Orders", "dlt_shop_Orders__lines", "dlt_shop_details"]


def test_a_subset_loads_only_its_resources(pipeline, instance, rows):
    result = materialize(assets_of(dlt_pipeline=pipeline()), instance, selection=[KEY("dlt_shop_details")])
    assert list(metadata(result)) == ["dlt_shop_details"]
    assert rows("select table_name from information_schema.tables where table_schema = 'ds' and table_name not like '\\_dlt%' escape '\\'") == [
        ("details",)]


def test_in_an_op(pipeline, instance):
    @dg.op(out={})
    def load(context: dg.OpExecutionContext, dlt: DagsterDltResource):
        for event in dlt.run(context=context, dlt_source=shop(), dlt_pipeline=pipeline()).fetch_row_count():
            context.log_event(event)

    @dg.job(resource_defs={"dlt": DagsterDltResource(progress_seconds=0)})
    def job():
        load()

    result = job.execute_in_process(instance=instance)
    events = [e.event_specific_data.materialization for e in result.all_events if e.is_step_materialization]
    assert [e.asset_key.to_user_string() for e in events] == ["dlt_shop_Orders", "dlt_shop_details"]
    assert events[0].metadata["dagster/row_count"].value == 3


def test_user_code_that_fails(pipeline, instance):
    @dlt.source
    def broken():
        @dlt.resource
        def items():
            yield {"a": 1}
            raise KeyError("the line of the user")

        return items

    result = materialize(assets_of(source=broken(), dlt_pipeline=pipeline()), instance, raise_on_error=False)
    error = result.failure_data_for_node("shop").error
    assert not result.success and not metadata(result)
    assert "the line of the user" in error.to_string() and "test_assets.py" in error.to_string()


def test_progress_is_logged_while_rows_come(pipeline, instance):
    @dlt.source
    def slow():
        @dlt.resource
        def items():
            for i in range(8):
                yield [{"i": i, "text": "x" * 200_000}] * 10
                time.sleep(0.05)

        return items

    assets = assets_of(source=slow(), dlt_pipeline=pipeline())
    result = dg.materialize([assets], resources={"dlt": DagsterDltResource(progress_seconds=0.02)}, instance=instance)
    said = [log.user_message for log in instance.all_logs(result.run_id) if log.user_message and "rows/s" in log.user_message]
    assert said and all(line.split(":")[0].rsplit(" ", 1)[-1] == "items" for line in said)


# ---- partitions ----


def test_static_partitions(pipeline, instance, rows):
    """Seed 004: "static named partitions from a dlt source"."""
    colors = dg.StaticPartitionsDefinition(["red", "green", "blue"])

    @dlt_assets(dlt_source=shop(), dlt_pipeline=pipeline(), name="example_dlt_assets", partitions_def=colors)
    def compute(context: dg.AssetExecutionContext, dlt: DagsterDltResource):
        yield from dlt.run(context=context, dlt_source=shop(color=context.partition_key)).fetch_row_count()

    assert compute.op.pool == "sluice_shop", "a concurrency limit can be set for the pool"
    for color in ("red", "blue"):
        found = metadata(materialize(compute, instance, partition_key=color))
        assert found["dlt_shop_Orders"]["dagster/partition_row_count"] == 3
        assert rows("select distinct color from ds.orders") == [(color,)]
    assert instance.get_materialized_partitions(KEY("dlt_shop_Orders")) == {"red", "blue"}


def test_time_windows_are_one_run(pipeline):
    days = dg.DailyPartitionsDefinition("2024-01-01")
    assert assets_of(dlt_pipeline=pipeline(), partitions_def=days).backfill_policy == dg.BackfillPolicy.single_run()
    given = assets_of(dlt_pipeline=pipeline(), partitions_def=days, backfill_policy=dg.BackfillPolicy.multi_run(2), pool="mine")
    assert given.backfill_policy == dg.BackfillPolicy.multi_run(2) and given.op.pool == "mine"


# ---- checks ----


@dlt.source
def strict(row, contract):
    @dlt.resource(schema_contract={"columns": contract})
    def items():
        yield row

    @dlt.resource
    def free():
        yield {"b": 1}

    return items, free


@pytest.mark.parametrize("contract, success, passed, severity", [("freeze", False, False, "ERROR"), ("discard_value", True, False, "WARN"),
                                                                ("evolve", True, True, "WARN")])
def test_contracts_are_checks(pipeline, instance, contract, success, passed, severity):
    pipeline().run(strict({"a": 1}, contract))
    assets = assets_of(sluice_assets, source=strict({"a": 1, "new": 2}, contract), dlt_pipeline=pipeline())
    assert [spec.asset_key.to_user_string() for spec in assets.check_specs] == ["dlt_strict_items"]
    result = materialize(assets, instance, raise_on_error=False)
    check, = result.get_asset_check_evaluations()
    assert (result.success, check.check_name, check.passed, check.severity.value) == (success, "schema_contract", passed, severity)
    if contract == "freeze":
        assert "new" in check.metadata["error"].value
    if contract == "discard_value":
        assert check.metadata["discarded_values"].value == 1


def test_certificates_are_checks(pipeline, instance):
    result = materialize(assets_of(sluice_assets, dlt_pipeline=pipeline(), checks=False, verify=True), instance)
    found = {check.asset_key.to_user_string(): check for check in result.get_asset_check_evaluations()}
    assert set(found) == {"dlt_shop_Orders", "dlt_shop_details"} and all(check.passed for check in found.values())
    assert found["dlt_shop_Orders"].check_name == "certificate"
    assert found["dlt_shop_Orders"].metadata["rows"].value == 3
    assert "3 values" in found["dlt_shop_Orders"].metadata["columns"].value["id"]


def test_a_selection_without_checks(pipeline, instance):
    assets = assets_of(sluice_assets, dlt_pipeline=pipeline(), verify=True)
    result = materialize(assets, instance, selection=dg.AssetSelection.assets("dlt_shop_details").without_checks())
    assert result.success and not result.get_asset_check_evaluations()
