"""Sources: resources that are loaded together, in one transaction."""
import contextlib
import copy
import inspect

from sluice import exceptions
from sluice.extract import state as states
from sluice.extract.pipe_iterator import ManagedPipeIterator, PipeIterator
from sluice.extract.resource import DltResource


class DltResourceDict(dict):
    """The resources of a source by name. What is put in is copied together with its pipe and those of its parents; resources that get rows
    from the same parent still do so afterwards."""

    def __init__(self, source_name, source_section=None):
        super().__init__()
        self.source_name, self.source_section = source_name, source_section
        self._cloned_pairs, self._resource_pipes = {}, {}  # pipes, parents included, and resources by the pipe's instance_id

    # ---- which ones ----

    @property
    def selected(self):
        return {name: r for name, r in self.items() if r.selected}

    @property
    def pipes(self):
        return [r._pipe for r in self.values()]

    @property
    def selected_pipes(self):
        return [r._pipe for r in self.values() if r.selected]

    @property
    def extracted_pipes(self):
        """The pipes of the selected ones and those that they get rows from."""
        found = []
        for pipe in self.selected_pipes:
            found += [one for one in _line_of(pipe) if one not in found]
        return found

    @property
    def extracted(self):
        """The selected ones and those that they get rows from, which need not be in the source by themselves."""
        return [self._resource_pipes[pipe.instance_id] for pipe in self.extracted_pipes if pipe.instance_id in self._resource_pipes]

    @property
    def selected_dag(self):
        """(parent, child) names of the selected ones; one that gets rows from nobody is its own parent."""
        edges = []
        for pipe in self.selected_pipes:
            line = _line_of(pipe)
            edges += [(parent.name, child.name) for child, parent in zip(line, line[1:])] or [(pipe.name, pipe.name)]
        return edges

    def with_pipe(self, pipe):
        """The resource that has the pipe, or a clone of it."""
        try:
            return self._resource_pipes[pipe.instance_id]
        except KeyError:
            raise exceptions.ResourceNotFoundError(self.source_name, list(self), pipe.name) from None

    def select(self, *names):
        if set(names) - set(self):
            raise exceptions.ResourcesNotFoundError(self.source_name, list(self), names)
        for name, resource in self.items():
            resource.selected = name in names
        return self.selected

    # ---- what is in ----

    def add(self, *resources):
        for resource in resources:
            if resource.name in self:
                raise exceptions.InvalidResourceDataTypeMultiplePipes(
                    resource.name, f"source '{self.source_name}' has a resource '{resource.name}' already: give one of them another name by "
                    "with_name()")
            self._put(resource)
        self._settle()

    def __setitem__(self, name, resource):
        if name != resource.name:
            raise ValueError(f"the resource '{resource.name}' cannot be put into a source as '{name}': with_name() gives it another name")
        self._put(resource)
        self._settle()

    def __delitem__(self, name):
        raise exceptions.DeletingResourcesNotSupported(name, f"source '{self.source_name}': resources are not removed; with_resources() selects "
                                                       "others")

    def _put(self, resource):
        owned = copy.copy(resource)
        owned.source_name, owned._hints, owned.section = self.source_name, dict(resource._hints), resource.section or self.source_section
        (pipe,), self._cloned_pairs = PipeIterator.clone_pipes([resource._pipe], self._cloned_pairs)
        owned._pipe = pipe
        self._resource_pipes[pipe.instance_id] = owned
        super().__setitem__(resource.name, owned)

    def _settle(self):
        """Parents are those of the pipes, the same for all that share them; what nobody has any more is forgotten."""
        pipes, resources = {}, {r._pipe.instance_id: r for r in self.values()}
        for resource in self.values():
            parent, given = resource, resource._parent
            for pipe in _line_of(resource._pipe):
                pipes[pipe.instance_id] = pipe
                if pipe is resource._pipe or parent is None:
                    continue
                known = resources.get(pipe.instance_id)
                if known is None and given is not None and given._pipe.instance_id == pipe.instance_id:
                    known = resources[pipe.instance_id] = self._resource_pipes.get(pipe.instance_id) or copy.copy(given)
                    known._pipe = pipe
                parent._parent = parent = known
                given = known and known._parent
        self._cloned_pairs, self._resource_pipes = pipes, resources

    def detach(self, resource_name=None):
        """A resource on its own; without a name the first one."""
        found = self[resource_name] if resource_name else next(iter(self.values()))
        return found._clone(with_parent=True)

    def __getitem__(self, name):
        try:
            return super().__getitem__(name)
        except KeyError:
            raise exceptions.ResourceNotFoundError(self.source_name, list(self), name) from None

    def __repr__(self):
        return "{" + ", ".join(f"{name!r}: {resource!r}" for name, resource in self.items()) + "}"


def _line_of(pipe):
    """The pipe, its parent, the parent's …"""
    found = []
    while pipe is not None and not pipe.is_empty:
        found.append(pipe)
        pipe = pipe.parent
    return found


class DltSource:
    """What a function decorated with @source returns."""

    def __init__(self, schema, section=None, resources=(), max_table_nesting=None, root_key=None, schema_contract=None):
        """`schema`: a Schema, or the name of a new one."""
        name = schema if isinstance(schema, str) else schema.name
        self.name, self.section, self._settings = name, section, {}
        self.schema_contract, self._factory = schema_contract, None
        if not isinstance(schema, str):
            self.__dict__["_schema"] = schema
        self.max_table_nesting, self.root_key = max_table_nesting, root_key
        self.resources = DltResourceDict(name, section)
        self.resources.add(*resources)

    @classmethod
    def from_data(cls, schema, section, data):
        """A source of whatever a decorated function may return."""
        from sluice.extract.decorators import resource

        parts = data if isinstance(data, (list, tuple)) and all(isinstance(d, DltResource) for d in data) else [data]
        return cls(schema, section, [d if isinstance(d, DltResource) else resource(d) for d in parts])

    @property
    def has_schema(self):
        """Whether one was given, or asked for."""
        return "_schema" in self.__dict__

    @property
    def schema(self):
        """The schema by its name; the engine fills it while it loads."""
        from sluice.schema import Schema

        if "_schema" not in self.__dict__:
            self.__dict__["_schema"] = Schema(self.name)
            self._config.update(self._settings)
        return self.__dict__["_schema"]

    @schema.setter
    def schema(self, schema):
        self.__dict__["_schema"] = schema

    @property
    def _config(self):
        """How rows are normalized: what the schema says, if there is one already."""
        return self.schema._normalizers_config["json"].setdefault("config", {}) if self.has_schema else self._settings

    @property
    def max_table_nesting(self):
        """Below how many levels nested values stay in one column; None: there is no limit."""
        return self._config.get("max_nesting")

    @max_table_nesting.setter
    def max_table_nesting(self, value):
        self._config["max_nesting"] = value
        if value is None:
            del self._config["max_nesting"]

    @property
    def root_key(self):
        """Whether nested rows carry the key of their root."""
        if self._config.get("root_key_propagation") is None:
            self.root_key = None
        return self._config.get("root_key_propagation")

    @root_key.setter
    def root_key(self, value):
        value = self._get_root_key_legacy(self._config) if value is None else value
        if value is not None:
            self._config["root_key_propagation"] = value

    def _get_root_key_legacy(self, config):
        """True for schemas of old versions, which say it by what they propagate, and do so no more afterwards; else None."""
        told = (config.get("propagation") or {}).get("root") or {}
        return True if told.pop("_dlt_id", None) is not None else None

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

    @property
    def selected_resources(self):
        return self.resources.selected

    def with_resources(self, *names):
        """This source with only these resources selected."""
        twin = self.clone()
        twin.resources.select(*names)
        return twin

    def clone(self, with_name=None):
        """A copy with resources and pipes of its own."""
        twin = copy.copy(self)
        twin.name = with_name or self.name
        if with_name or "_schema" in self.__dict__:
            twin.__dict__["_schema"] = self.schema.clone(with_name=with_name)
        twin.resources = DltResourceDict(twin.name, self.section)
        twin.resources.add(*self.resources.values())
        return twin

    def add_limit(self, max_items=None, max_time=None, count_rows=False):
        for resource in self.resources.extracted:
            resource.add_limit(max_items, max_time, count_rows)
        return self

    def parallelize(self):
        """Reads the selected resources in threads, but for those that are no generators."""
        for resource in self.selected_resources.values():
            with contextlib.suppress(exceptions.InvalidParallelResourceDataType):
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
            groups.setdefault(_line_of(resource._pipe)[-1].instance_id, []).append(resource.name)
        return [self.with_resources(*names) for names in groups.values()]

    @property
    def state(self):
        """What the source remembers; outside of runs, what the pipeline that was made last has stored."""
        stored = states.stored()
        return states.source_state(self.name) if stored is None else stored.get(self.name, {})

    @property
    def exhausted(self):
        """True when the reading of a generator of it has begun: that cannot be done again."""
        return any(inspect.isgenerator(pipe.gen) and inspect.getgeneratorstate(pipe.gen) != inspect.GEN_CREATED
                   for pipe in self.resources.selected_pipes)

    @property
    def run(self):
        from sluice import pipeline

        return pipeline(self.name).run

    def __iter__(self):
        """The rows of the selected resources, without loading them."""
        with states.reading_alone(), states.reading(self), ManagedPipeIterator.from_pipes(self.resources.selected_pipes) as pages:
            for item in pages:
                if isinstance(item.item, list):
                    yield from item.item
                else:
                    yield item.item

    def __getattr__(self, name):
        resources = self.__dict__.get("resources")
        if resources is not None and name in resources:
            return resources[name]
        raise AttributeError(f"source has no resource and no attribute '{name}'")

    def __setattr__(self, name, value):
        if isinstance(value, DltResource):
            self.resources[name] = value
        else:
            super().__setattr__(name, value)

    def __repr__(self):
        return f"@dlt.source(name={self.name!r}, section={self.section!r}, resources={list(self.resources)!r})"

    def __str__(self):
        lines = [f"Source `{self.name}` in section `{self.section}` has {len(self.resources)} resources"]
        for name, resource in self.resources.items():
            kind, place = ("transformer", f" and takes rows from `{resource._pipe.parent.name}`") if resource.is_transformer else ("resource", "")
            lines.append(f"{kind} `{name}` is {'' if resource.selected else 'not '}selected{place}")
        lines.append("Source is already iterated: its generators give their rows once." if self.exhausted
                     else "Iterate it, as list(source) does, to see its rows; generators give theirs once.")
        return "\n".join(lines)
