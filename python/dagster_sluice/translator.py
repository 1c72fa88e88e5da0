"""How resources and their tables become assets. Every part can be overridden, the whole spec too."""
from dataclasses import dataclass
from typing import Any, Optional

from dagster import AssetKey, AssetSpec, AutoMaterializePolicy, AutomationCondition
from dagster._core.definitions.metadata.metadata_set import TableMetadataSet

from dagster_sluice.tables import own_table


@dataclass(frozen=True)
class DltResourceTranslatorData:
    """What a spec is made of: the resource, and the pipeline or at least its destination."""

    resource: Any
    pipeline: Any = None
    destination: Any = None

    def __post_init__(self):
        if self.destination is None and self.pipeline is not None:
            object.__setattr__(self, "destination", self.pipeline.destination)


def root_of(resource):
    """The resource at the beginning of the pipe."""
    while getattr(resource, "_parent", None) is not None:
        resource = resource._parent
    return resource


@dataclass
class DagsterDltTranslator:
    """The default translation; subclasses change what they need."""

    def get_asset_spec(self, data: DltResourceTranslatorData) -> AssetSpec:
        """The asset of a resource."""
        resource = data.resource
        condition = self.get_automation_condition(resource)
        return AssetSpec(
            key=self.get_asset_key(resource),
            deps=list(self.get_deps_asset_keys(resource)),
            description=self.get_description(resource),
            group_name=self.get_group_name(resource),
            automation_condition=condition,
            metadata={**self.get_metadata(resource),
                      **TableMetadataSet(storage_kind=data.destination.destination_name if data.destination else None)},
            owners=self.get_owners(resource),
            tags=self.get_tags(resource),
            kinds=self.get_kinds(resource, data.destination),
        )

    def get_child_asset_spec(self, data: DltResourceTranslatorData, parent: AssetSpec, table: str) -> AssetSpec:
        """The asset of a child table: downstream of the asset whose rows have the lists. `parent` is that of the resource."""
        own = own_table(data.resource) or ""
        last = table.removeprefix(f"{own}__")
        return AssetSpec(
            key=AssetKey([*parent.key.path[:-1], f"{parent.key.path[-1]}__{last}"]),
            deps=[parent.key],
            description=f"Lists in the rows of {own}: table {table}.",
            group_name=parent.group_name,
            automation_condition=parent.automation_condition,
            metadata={**TableMetadataSet(table_name=table, storage_kind=data.destination.destination_name if data.destination else None)},
            owners=parent.owners,
            kinds=self.get_kinds(data.resource, data.destination),
        )

    # ---- the parts, by dagster-dlt's names ----

    def get_asset_key(self, resource) -> AssetKey:
        return AssetKey(f"dlt_{resource.source_name}_{resource.name}")

    def get_deps_asset_keys(self, resource):
        """The outside system: an asset that nothing materializes. Of a transformer, that of the resource it gets rows from."""
        return [AssetKey(f"{resource.source_name}_{root_of(resource).name}")]

    def get_description(self, resource) -> Optional[str]:
        function = getattr(resource, "_function", None)
        return function.__doc__ if function is not None else None

    def get_metadata(self, resource):
        name = resource.table_name
        return dict(TableMetadataSet(table_name=None if callable(name) else str(name)))

    def get_auto_materialize_policy(self, resource) -> Optional[AutoMaterializePolicy]:
        return None

    def get_automation_condition(self, resource) -> Optional[AutomationCondition]:
        policy = self.get_auto_materialize_policy(resource)
        return policy.to_automation_condition() if policy is not None else None

    def get_group_name(self, resource) -> Optional[str]:
        return None

    def get_owners(self, resource):
        return None

    def get_tags(self, resource):
        return {}

    def get_kinds(self, resource, destination) -> set:
        return {"dlt", *([destination.destination_name] if destination else [])}
