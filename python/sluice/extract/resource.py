"""Resources: where rows come from, what is done to them, and what is said of their table."""
import copy
import inspect
from collections import abc

from sluice import _config, exceptions
from sluice.common.utils import uniq_id
from sluice.extract import hints as hinting
from sluice.extract import state as states
from sluice.extract.arguments import Arguments
from sluice.extract.incremental.wrapper import IncrementalResourceWrapper
from sluice.extract.items_transform import FilterItem, LimitItem, MapItem, MetricsItem, ValidateItem, YieldMapItem
from sluice.extract.pipe import Pipe, name_of
from sluice.extract.utils import check_name, dynstr


def _returns_resource(function):
    found = _config._hints_of(function).get("return")
    return isinstance(found, type) and issubclass(found, DltResource)


class DltResource(Arguments):
    """What @resource and @transformer make: a pipe, and hints for the table of its rows. Calling one binds arguments; iterating one gives its
    rows."""

    Empty = None  # set below: what transformers get rows from that get none yet

    def __init__(self, pipe, hints=None, selected=True, *, section=None):
        self._pipe, self._parent = pipe, None
        self._hints = hinting.kept({k: v for k, v in (hints or {}).items() if v is not None})
        self.section, self.selected, self._spec_name, self.source_name = section, selected, pipe.name, None
        self.max_table_nesting, self._custom_metrics, self._hints_variants = None, {}, {}
        self._spec = self._spec_section = self._factory = None
        function = self._function
        if function is not None:
            self.__doc__ = function.__doc__
            self.__wrapped__ = function
            self.__signature__ = inspect.signature(function).replace(return_annotation=type(self))
        self._take_incremental()
        model = hinting.model_of(self._hints)
        if model is not None:
            self._validate_with(model)

    @classmethod
    def from_data(cls, data, name=None, section=None, hints=None, selected=True, data_from=None, **_ignored):
        """A resource of data, as the decorator makes it."""
        from sluice.extract import decorators

        if data is None:
            raise exceptions.InvalidResourceDataTypeIsNone(str(name), f"resource '{name}': there are no rows in None")
        if isinstance(data, DltResource):
            return data
        if isinstance(data, Pipe):
            return cls(data, hints, selected, section=section)
        make = decorators.resource if data_from is None else decorators.transformer
        more = {} if data_from is None else {"data_from": data_from}
        return make(data, name=name, section=section, selected=selected, **(hints or {}), **more)

    # ---- what it is ----

    @property
    def _pipe(self):
        return self._own_pipe

    @_pipe.setter
    def _pipe(self, pipe):
        self._own_pipe, pipe.owner = pipe, self

    @property
    def name(self):
        return self._pipe.name

    @name.setter
    def name(self, value):
        self._pipe.name = value

    @property
    def is_transformer(self):
        """Whether its rows come from another resource's."""
        return self._pipe.has_parent

    @property
    def parallelized(self):
        return self._pipe.parallelized

    @property
    def args_bound(self):
        """False as long as it can be called, also where it need not be."""
        return self._function is None or self._function is not self._pipe.gen

    _args_bound = args_bound

    @property
    def has_dynamic_table_name(self):
        return callable(self._hints.get("table_name"))

    @property
    def has_other_dynamic_hints(self):
        """Whether more than the name of the table depends on the row."""
        return hinting.is_dynamic({**self._hints, "table_name": None})

    @property
    def has_other_dynamic_hints(self):
        """Whether other hints than the name of the table are functions of the row."""
        return hinting.is_dynamic({name: hint for name, hint in self._hints.items() if name != "table_name"})

    _table_name_hint_fun = property(lambda self: self._hints["table_name"] if self.has_dynamic_table_name else None)
    _table_has_other_dynamic_hints = has_other_dynamic_hints

    @property
    def table_name(self):
        return self._hints.get("table_name") or self.name

    @table_name.setter
    def table_name(self, value):
        self.apply_hints(table_name=value)

    @property
    def write_disposition(self):
        return self._hints.get("write_disposition") or "append"

    @write_disposition.setter
    def write_disposition(self, value):
        self.apply_hints(write_disposition=value)

    @property
    def nested_hints(self):
        return self._hints.get("nested_hints")

    @property
    def columns(self):
        return self._hints.get("columns")

    @property
    def schema_contract(self):
        return self._hints.get("schema_contract")

    @property
    def hints(self):
        return self._hints

    @property
    def limit(self):
        return self._pipe.get_by_type(LimitItem)

    @property
    def validator(self):
        """The step that checks rows."""
        return self._pipe.get_by_type(ValidateItem)

    @validator.setter
    def validator(self, step):
        place = self._pipe.remove_by_type(ValidateItem)
        if step is not None:
            self.add_step(step, place if place >= 0 else None)

    @property
    def state(self):
        """What the resource remembers; outside of runs, what the pipeline that was made last has stored."""
        stored, name = states.stored(), self.source_name or states.current_source() or self._state_name()
        if stored is None:
            return states.resource_state(self.name, name)
        return stored.get(name, {}).get("resources", {}).get(self.name, {})

    def _state_name(self):
        """Where its state is: with that of its source, or of the pipeline that was made last."""
        pipeline = states.active_pipeline()
        return self.source_name or (pipeline.default_schema_name if pipeline is not None else self.name)

    @property
    def custom_metrics(self):
        return self._custom_metrics

    # ---- arguments ----

    def _check_unbound(self):
        if self.args_bound:
            raise TypeError(f"Parametrized resource `{self.name}` has its arguments already, or is no function: it is not called again")

    def __call__(self, *args, **kwargs):
        self._check_unbound()
        made = self._clone().bind(*args, **kwargs)
        if isinstance(self.name, dynstr):
            made.name = check_name(self.name(made.explicit_args))
        if self._spec_section is not None:
            made.section = self._spec_section(made.explicit_args)
        return made._evaluated() if _returns_resource(self._function) else made

    def _evaluated(self):
        """The resource that the function returns, as its annotation says, takes the place of this one."""
        found = self.complete(self._pipe.gen, False)
        if not isinstance(found, DltResource):
            raise exceptions.InvalidResourceDataType(self.name, f"resource '{self.name}' is to return a resource and returned {found!r}")
        return found

    def bind(self, *args, **kwargs):
        """Gives this very resource its arguments."""
        self._check_unbound()
        self._pipe.bind_gen(*args, **kwargs)
        return self

    def _clone(self, new_name=None, new_section=None, with_parent=False):
        """The same with a pipe of its own, in no source; with_parent: and so the resources that it gets rows from, which have parts of their
        names changed where this one's name is."""
        twin = copy.copy(self)
        pipe = self._pipe._clone(new_name)
        pipe.instance_id = uniq_id()
        twin._pipe, twin._hints, twin._custom_metrics, twin.source_name = pipe, dict(self._hints), {}, None
        twin._hints_variants = dict(self._hints_variants)
        if not self.args_bound and isinstance(self.incremental, IncrementalResourceWrapper):
            pipe.replace_by_type(copy.copy(self.incremental), IncrementalResourceWrapper)
        if new_section:
            twin.section, twin._spec_section = new_section, None
        parent = self._parent
        if with_parent and parent is not None:
            renamed = new_name and (parent.name.replace(self.name, new_name) if self.name in parent.name else f"{parent.name}_{new_name}")
            twin._parent = parent._clone(renamed, new_section, True)
            pipe.parent = twin._parent._pipe
        return twin

    def with_name(self, new_name, new_section=None):
        """The same under another name, which it also has in the configuration unless it has its arguments already."""
        twin = self._clone(check_name(new_name), new_section, with_parent=True)
        if new_name != self.name and not self.args_bound:
            twin._spec_name = new_name
        return twin

    # ---- pipes ----

    def pipe_data_from(self, parent):
        if not self.is_transformer:
            raise exceptions.ResourceNotATransformer(self.name, f"'{self.name}' gets no rows from others: decorate it with transformer")
        if not isinstance(parent, DltResource):
            kind = exceptions.InvalidParentResourceIsAFunction if inspect.isfunction(parent) else exceptions.InvalidParentResourceDataType
            raise kind(self.name, f"'{self.name}' can get rows from a resource only, not from {parent!r}")
        self._parent, self._pipe.parent = parent, parent._pipe
        return self

    def __or__(self, other):
        """parent | transformer, or a function of a row"""
        if isinstance(other, DltResource):
            if other._parent is not None and other._parent is not self:
                other = other._clone()
            return other.pipe_data_from(self)
        if callable(other):
            return self.add_yield_map(other) if inspect.isgeneratorfunction(other) else self.add_map(other)
        return NotImplemented

    def __ror__(self, data):
        """Any iterable | transformer"""
        parent = data if isinstance(data, DltResource) else DltResource(Pipe.from_data(f"iter_{uniq_id(4)}", data), selected=False)
        return self.pipe_data_from(parent)

    # ---- steps ----

    def add_step(self, step, insert_at=None):
        """A function of a page, or an object with such a __call__; without a place as far back as its kind allows."""
        if insert_at is None:
            self._pipe.append_step(step)
        else:
            self._pipe.insert_step(step, insert_at)
        return self

    def add_map(self, item_map, insert_at=None):
        return self.add_step(MapItem(item_map), insert_at)

    def add_filter(self, item_filter, insert_at=None):
        return self.add_step(FilterItem(item_filter), insert_at)

    def add_yield_map(self, item_map, insert_at=None):
        return self.add_step(YieldMapItem(item_map), insert_at)

    def add_metrics(self, metrics_f, insert_at=None):
        """Calls metrics_f(page, meta, metrics) for each page; metrics are what it may write to."""
        return self.add_step(MetricsItem(metrics_f), insert_at)

    def add_limit(self, max_items=None, max_time=None, count_rows=False):
        """Ends the reading after so many pages, rows or seconds. Transformers are not limited: they take all that they get."""
        if not self.is_transformer:
            self._pipe.remove_by_type(LimitItem)
            self.add_step(LimitItem(max_items, max_time, count_rows))
        return self

    def parallelize(self):
        """Reads it in threads, beside other resources."""
        function = self._function
        if inspect.isasyncgenfunction(function) or function is None and not isinstance(self._pipe.gen, abc.Iterator):
            raise exceptions.InvalidParallelResourceDataType(self.name, f"resource '{self.name}' is no generator: it cannot be read in parallel")
        self._pipe.parallelized = True
        return self

    def select_tables(self, *table_names):
        """Only rows of these tables go on."""
        def is_wanted(row, meta=None):
            said = self._hints.get("table_name")
            table = meta.table_name if isinstance(meta, hinting.TableNameMeta) else said(row) if callable(said) else self.table_name
            return table in table_names

        return self.add_filter(is_wanted)

    def _validate_with(self, model):
        """Rows are checked by the model; the contract that it stands for is the resource's."""
        from sluice.extract.validation import create_item_validator

        validator, contract = create_item_validator(model, self._hints.get("schema_contract"))
        if contract is not None:
            self._hints["schema_contract"] = contract
        self.validator = validator

    # ---- hints ----

    def apply_hints(self, table_name=None, parent_table_name=None, write_disposition=None, columns=None, primary_key=None, merge_key=None,
                    incremental=None, schema_contract=None, additional_table_hints=None, table_format=None, file_format=None,
                    references=None, create_table_variant=False, nested_hints=None):
        new = dict(table_name=table_name, parent_table_name=parent_table_name, write_disposition=write_disposition, columns=columns,
                   primary_key=primary_key, merge_key=merge_key, schema_contract=schema_contract, table_format=table_format,
                   file_format=file_format, references=references, nested_hints=nested_hints, **(additional_table_hints or {}))
        self.merge_hints(new, create_table_variant)
        if create_table_variant:
            return self
        if incremental is not None:
            self.set_incremental(incremental)
        if columns is not None or schema_contract is not None:
            model = hinting.model_of(self._hints)
            if model is not None or columns is not None:
                self._validate_with(model)
        return self

    def merge_hints(self, hints, create_table_variant=False):
        """Hints over those that there are; of a variant, for rows of that table alone, which begins with those of the resource."""
        table = hints.get("table_name")
        if not create_table_variant:
            self._hints = hinting.merge_hints(self._hints, hints)
            if hints.get("incremental") is not None:
                self.set_incremental(hints["incremental"])
            elif self.incremental is not None:
                self._tell_key()
        elif isinstance(table, str):
            known = self._hints_variants.get(table) or hinting.without_functions(self._hints)
            self._hints_variants[table] = hinting.merge_hints(known, hints)
        else:
            raise ValueError("a table variant needs the name of its table")

    def compute_table_schema(self, item=None, meta=None):
        """dlt's table schema that the hints make."""
        return hinting.table_schema(self, self.hints_for(item, meta))

    def compute_nested_table_schemas(self, root_table_name, naming, item=None, meta=None):
        """dlt's table schemas of the nested tables that nested_hints name."""
        return hinting.nested_table_schemas(self, self.hints_for(item, meta), root_table_name, naming, item)

    def hints_for(self, item=None, meta=None):
        """Hints for the table of a row, without functions."""
        hints = self._hints
        if isinstance(meta, hinting.HintsMeta):
            hints = hinting.merge_hints({} if meta.create_table_variant else hints, meta.hints)
        elif isinstance(meta, hinting.TableNameMeta):
            hints = self._hints_variants.get(meta.table_name) or {**hints, "table_name": meta.table_name}
        hints = hinting.of_row(hints, item, self.name)
        if self.max_table_nesting is not None:
            hints = {**hints, "max_table_nesting": self.max_table_nesting}
        if hints.get("incremental") is not None:
            hints = {k: v for k, v in hints.items() if k != "incremental"}
        return hints

    # ---- reading ----

    def __iter__(self):
        """The rows after all steps, without loading them."""
        from sluice.extract.pipe_iterator import ManagedPipeIterator

        with states.reading_alone(), states.in_source(states.current_source() or self._state_name()), \
                ManagedPipeIterator.from_pipe(self._pipe) as pages:
            for item in pages:
                if isinstance(item.item, list):
                    yield from item.item
                else:
                    yield item.item

    def __repr__(self):
        said = {"name": str(self.name), "section": self.section, "table_name": None if self.has_dynamic_table_name else self._hints.get("table_name"),
                "write_disposition": self._hints.get("write_disposition"), "limit": self.limit and self.limit.limit(1),
                "steps": [name_of(step) for step in self._pipe.steps[1:]] or None,
                "parent": self.is_transformer and self._pipe.parent.name or None}
        said = ", ".join(f"{key}={value!r}" for key, value in said.items() if value is not None)
        return f"@dlt.{'transformer' if self.is_transformer else 'resource'}({said})"

    def __str__(self):
        lines = [f"Resource `{self.name}`" + (f" in section `{self.section}`" if self.section else "")
                 + (f" of source `{self.source_name}`" if self.source_name else "")]
        if self.is_transformer:
            lines.append(f"This resource is a transformer and takes rows from `{self._pipe.parent.name}`.")
        elif self.requires_args:
            lines.append(f"This resource is parametrized and takes the following arguments: {self.signature}. Call it before it is loaded.")
        elif self._pipe.is_data_bound:
            lines.append("If you want to see the data items in the resource you can iterate it, as list(resource) does; a generator gives them once.")
        return "\n".join(lines)


DltResource.Empty = DltResource(Pipe(None), selected=False)
