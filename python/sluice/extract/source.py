"""Sources: resources that are loaded together, in one transaction."""
import copy

from sluice import exceptions
from sluice.extract import state as states
from sluice.extract.resource import DltResource


class DltResourceDict(dict):
    """The resources of a source by name."""

    def __init__(self, source_name, source_section=None):
        super().__init__()
        self.source_name, self.source_section = source_name, source_section

    @property
    def selected(self):
        return {name: r for name, r in self.items() if r.selected}

    @property
    def extracted(self):
        """The selected ones and those that they get rows from."""
        found = {}
        for resource in self.selected.values():
            while resource is not None:
                found.setdefault(resource.name, resource)
                resource = resource._parent
        return found

    def select(self, *names):
        if set(names) - set(self):
            raise exceptions.ResourcesNotFoundError(self.source_name, list(self), names)
        for name, resource in self.items():
            resource.selected = name in names
        return self

    def add(self, *resources):
        for resource in resources:
            if resource.name in self and self[resource.name] is not resource:
                raise exceptions.DltSourceException(f"source '{self.source_name}' has two resources '{resource.name}'")
            self[resource.name] = resource

    def detach(self, resource_name=None):
        """A resource on its own; without a name the first one."""
        found = self[resource_name] if resource_name else next(iter(self.values()))
        made = found._clone()
        made.source_name = None
        return made

    def __getitem__(self, name):
        try:
            return super().__getitem__(name)
        except KeyError:
            raise exceptions.ResourceNotFoundError(self.source_name, list(self), [name]) from None


class DltSource:
    """What a function decorated with @source returns."""

    def __init__(self, schema, section=None, resources=(), max_table_nesting=None, root_key=None, schema_contract=None):
        """`schema`: a Schema, or the name of a new one."""
        name = schema if isinstance(schema, str) else schema.name
        self.name, self.section, self.max_table_nesting = name, section, max_table_nesting
        self.root_key, self.schema_contract, self._factory = root_key, schema_contract, None
        if not isinstance(schema, str):
            self.__dict__["_schema"] = schema
        self.resources = DltResourceDict(name)
        for resource in resources:
            self.add(resource)

    @classmethod
    def from_data(cls, schema, section, data):
        """A source of whatever a decorated function may return."""
        from sluice.extract.decorators import resource

        parts = data if isinstance(data, (list, tuple)) and all(isinstance(d, DltResource) for d in data) else [data]
        return cls(schema, section, [d if isinstance(d, DltResource) else resource(d) for d in parts])

    @property
    def schema(self):
        """The schema by its name; the engine fills it while it loads."""
        from sluice.schema import Schema

        if "_schema" not in self.__dict__:
            self.__dict__["_schema"] = Schema(self.name)
        return self.__dict__["_schema"]

    def discover_schema(self, item=None):
        """The schema with the tables that the hints of the selected resources make; parents before their children."""
        schema, tables = self.schema.clone(), []
        for resource in self.selected_resources.values():
            if item is not None or not resource.has_dynamic_table_name:
                tables.append(resource.compute_table_schema(item))
                tables += resource.compute_nested_table_schemas(tables[-1]["name"], schema.naming, item)
        for table in sorted(tables, key=lambda table: (bool(table.get("parent")), table["name"].count(schema.naming.PATH_SEPARATOR))):
            schema.update_table(copy.deepcopy(table))
        return schema

    def add(self, resource):
        owned = resource._clone() if resource.source_name not in (None, self.name) else resource
        owned.source_name, owned.section = self.name, owned.section or self.section
        self.resources.add(owned)

    @property
    def selected_resources(self):
        return self.resources.selected

    def with_resources(self, *names):
        """This source with only these resources selected."""
        twin = self.clone()
        twin.resources.select(*names)
        return twin

    def clone(self, with_name=None):
        twin = copy.copy(self)
        twin.name = with_name or self.name
        twin.resources = DltResourceDict(twin.name)
        copies = {id(r): r._clone() for r in self.resources.values()}
        for resource in copies.values():
            if resource._parent is not None and id(resource._parent) in copies:
                resource._parent = copies[id(resource._parent)]
            resource.source_name = twin.name
            twin.resources.add(resource)
        return twin

    def add_limit(self, max_items=None, max_time=None, count_rows=False):
        for resource in self.resources.extracted.values():
            if not resource.is_transformer:
                resource.add_limit(max_items, max_time, count_rows)
        return self

    def parallelize(self):
        for resource in self.selected_resources.values():
            if not resource.is_transformer:
                resource.parallelize()
        return self

    def decompose(self, strategy="none"):
        """Sources that can be loaded on their own: "scc" keeps resources that share rows together."""
        if strategy == "none":
            return [self]
        if strategy != "scc":
            raise ValueError(f"decompose: {strategy!r} is not one of none, scc")
        groups = {}
        for resource in self.selected_resources.values():
            root = resource
            while root._parent is not None:
                root = root._parent
            groups.setdefault(root.name, []).append(resource.name)
        return [self.with_resources(*names) for names in groups.values()]

    @property
    def state(self):
        return states.source_state(self.name)

    @property
    def exhausted(self):
        """True when a generator of it has been read to its end."""
        import inspect

        return any(inspect.isgenerator(r._data) and inspect.getgeneratorstate(r._data) == inspect.GEN_CLOSED
                   for r in self.resources.extracted.values())

    @property
    def run(self):
        from sluice import pipeline

        return pipeline(self.name).run

    def __iter__(self):
        from sluice.extract.pipes import Pipes

        selected = list(self.selected_resources.values())
        with states.reading_alone(), states.reading(self):
            for _resource, page, _meta in Pipes(selected, {id(r) for r in selected}):
                if isinstance(page, list):
                    yield from page
                else:
                    yield page

    def __getattr__(self, name):
        resources = self.__dict__.get("resources")
        if resources is not None and name in resources:
            return resources[name]
        raise AttributeError(f"source has no resource and no attribute '{name}'")

    def __setattr__(self, name, value):
        if name in self.__dict__.get("resources", {}):
            self.resources[name] = value
        super().__setattr__(name, value)

    def __repr__(self):
        lines = [f"<source '{self.name}' with {len(self.resources)} resources>"]
        lines += [f"  {'*' if r.selected else ' '} {r!r}" for r in self.resources.values()]
        return "\n".join(lines)
