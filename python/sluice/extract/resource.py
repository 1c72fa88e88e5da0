"""Resources: where rows come from, what is done to them, and what is said of their table."""
import copy
import inspect
import itertools
from collections import abc
from typing import NamedTuple, Optional

from sluice import _config, exceptions
from sluice._values import is_arrow, is_frame
from sluice.extract import hints as hinting
from sluice.extract import state as states
from sluice.extract.incremental import Incremental

# Where a step stands in the pipe, whenever it was added (dlt: placement_affinity).
MAP, VALIDATE, INCREMENT, LIMIT = 0, 0.9, 1, 1.1


class Step:
    def __init__(self, kind, function, affinity=MAP):
        self.kind, self.function, self.affinity = kind, function, affinity
        self.takes_meta = function is not None and _takes_meta(function)


def _takes_meta(function):
    try:
        return len([p for p in inspect.signature(function).parameters.values()
                    if p.name == "meta" and p.kind is not p.VAR_KEYWORD]) == 1
    except (TypeError, ValueError):
        return False


class Pipe(NamedTuple):
    """What programs ask of dlt's pipes."""

    name: str
    parent: Optional["Pipe"]

    @property
    def has_parent(self):
        return self.parent is not None


class Limit:
    """add_limit: a number of pages, of rows, or of seconds."""

    def __init__(self, max_items=None, max_time=None, count_rows=False):
        self.max_items, self.max_time, self.count_rows = max_items, max_time, count_rows

    def limit(self, chunk_size):
        """How many rows a source needs to ask for, when its pages have chunk_size; None: all."""
        if self.max_items is None or self.max_items < 0 or self.max_time:
            return None
        return self.max_items if self.count_rows else self.max_items * chunk_size


def _returns_resource(function):
    found = _config._hints_of(function).get("return")
    return isinstance(found, type) and issubclass(found, DltResource)


def check_name(value):
    if not isinstance(value, str) or not value.strip():
        raise exceptions.DltResourceException(str(value), f"the name of a resource is a text, not {value!r}")
    return value


class DltResource:
    """What @resource and @transformer make. Calling one binds arguments; iterating one gives its rows."""

    Empty = None  # set below

    def __init__(self, name, data=None, function=None, parent=None, hints=None, section=None, selected=True, parallelized=False,
                 spec_name=None, source_name=None, is_transformer=False, max_table_nesting=None):
        self.name, self._data, self._function, self._parent = name, data, function, parent
        self._hints = hinting.kept({k: v for k, v in (hints or {}).items() if v is not None})
        self.section, self.selected, self.parallelized = section, selected, parallelized
        self._spec_name, self.source_name, self.is_transformer = spec_name or name, source_name, is_transformer
        self._args, self._kwargs, self._bound = (), {}, False
        self._steps, self._order = [], itertools.count()
        self._limit, self.max_table_nesting = None, max_table_nesting
        self._incremental, self._custom_metrics, self._metrics_steps = None, {}, []
        self._only_tables = None
        self._spec = self._spec_section = self._factory = None
        if function is not None:
            self.__doc__ = function.__doc__
            self.__wrapped__ = function
            self.__signature__ = inspect.signature(function).replace(return_annotation=type(self))
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
        make = decorators.resource if data_from is None else decorators.transformer
        more = {} if data_from is None else {"data_from": data_from}
        return make(data, name=name, section=section, selected=selected, **(hints or {}), **more)

    # ---- what it is ----

    @property
    def _pipe(self):
        """Name and parent in dlt's words."""
        return Pipe(self.name, self._parent._pipe if self._parent is not None else None)

    @property
    def signature(self):
        return inspect.signature(self._function) if self._function is not None else None

    @property
    def _free_parameters(self):
        """Names of parameters that rows do not fill: a transformer's first is the row."""
        if self._function is None:
            return []
        parameters = list(self.signature.parameters.values())
        return parameters[1:] if self.is_transformer else parameters

    @property
    def requires_args(self):
        """True when a parameter has neither a value nor a default."""
        given = self.signature.bind_partial(*((None,) if self.is_transformer else ()), *self._args, **self._kwargs).arguments \
            if self._function is not None else {}
        return any(p.default is p.empty and p.name not in given and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
                   for p in self._free_parameters)

    @property
    def args_bound(self):
        return self._bound or self._function is None or not self.requires_args

    @property
    def _args_bound(self):
        """False while it can be called, also where it need not be."""
        return self._bound or self._function is None

    @property
    def explicit_args(self):
        if self._function is None:
            return {}
        return dict(self.signature.bind_partial(*((None,) if self.is_transformer else ()), *self._args, **self._kwargs).arguments)

    @property
    def has_dynamic_table_name(self):
        return callable(self._hints.get("table_name"))

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
    def incremental(self):
        return self._incremental if self._incremental is not None else self._own_incremental()

    @property
    def limit(self):
        return self._limit

    @property
    def validator(self):
        return next((s.function for s in self._steps if s.kind == "validate"), None)

    @property
    def state(self):
        """What the resource remembers; outside of runs, what the pipeline that was made last has stored."""
        pipeline = None if states.is_running() else states.active_pipeline()
        if pipeline is not None:
            found = pipeline.state["sources"].get(self.source_name or pipeline.default_schema_name, {})
            return found.get("resources", {}).get(self.name, {})
        with states.in_source(states.current_source() or self.source_name or self.name):
            return states.resource_state(self.name)

    @property
    def custom_metrics(self):
        return self._custom_metrics

    def add_metrics(self, function, insert_at=None):
        """Calls function(rows, meta, metrics) for each page; metrics are what it may write to."""
        self._metrics_steps.append(function)
        return self

    # ---- arguments ----

    def __call__(self, *args, **kwargs):
        if self._function is None:
            if args or kwargs:
                raise TypeError(f"resource '{self.name}' is no function: it takes no arguments")
            return self._clone()
        if self._bound:
            raise TypeError(f"resource '{self.name}' has its arguments already: it was called before")
        made = self._clone()
        made.bind(*args, **kwargs)
        if callable(self._spec_name):
            made.name = check_name(self._spec_name(made.explicit_args))
        if self._spec_section is not None:
            made.section = self._spec_section(made.explicit_args)
        return made._evaluated() if _returns_resource(self._function) else made

    def _evaluated(self):
        """The resource that the function returns, as its annotation says, takes the place of this one."""
        bound, _ = self._arguments()
        found = self._function(*bound.args, **bound.kwargs)
        if not isinstance(found, DltResource):
            raise exceptions.InvalidResourceDataType(self.name, f"resource '{self.name}' is to return a resource and returned {found!r}")
        return found

    def bind(self, *args, **kwargs):
        try:
            self.signature.bind_partial(*((None,) if self.is_transformer else ()), *args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self._function.__name__}(): {error}") from None
        self._args, self._kwargs, self._bound = args, kwargs, True
        return self

    def _clone(self):
        twin = copy.copy(self)
        twin._steps, twin._hints, twin._order = list(self._steps), dict(self._hints), itertools.count(len(self._steps))
        twin._custom_metrics, twin._metrics_steps = {}, list(self._metrics_steps)
        return twin

    def with_name(self, name, new_section=None):
        """The same under another name, which it also has in the configuration unless it has its arguments already."""
        twin = self._clone()
        twin.name = check_name(name)
        if name != self.name and not self._bound:
            twin._spec_name = name
        if new_section:
            twin.section, twin._spec_section = new_section, None
        return twin

    # ---- pipes ----

    def pipe_data_from(self, parent):
        if not self.is_transformer:
            raise exceptions.ResourceNotATransformer(self.name, f"'{self.name}' gets no rows from others: decorate it with transformer")
        if not isinstance(parent, DltResource):
            kind = exceptions.InvalidParentResourceIsAFunction if inspect.isfunction(parent) else exceptions.InvalidParentResourceIsNotAResource
            raise kind(self.name, f"'{self.name}' can get rows from a resource only, not from {parent!r}")
        self._parent = parent
        return self

    def __or__(self, other):
        """parent | transformer"""
        if isinstance(other, DltResource):
            if other._parent is not None and other._parent is not self:
                other = other._clone()
            return other.pipe_data_from(self)
        if callable(other):
            return self.add_map(other)
        return NotImplemented

    def __ror__(self, data):
        """Any iterable | transformer"""
        parent = data if isinstance(data, DltResource) else DltResource(f"{self.name}_input", data, selected=False)
        return self.pipe_data_from(parent)

    # ---- steps ----

    def add_step(self, step, insert_at=None):
        place = len(self._steps) if insert_at is None else max(0, insert_at - 1)
        self._steps.insert(place, step)
        if insert_at is None:
            self._steps.sort(key=lambda s: s.affinity)
        return self

    def add_map(self, item_map, insert_at=None):
        return self.add_step(Step("map", item_map), insert_at)

    def add_filter(self, item_filter, insert_at=None):
        return self.add_step(Step("filter", item_filter), insert_at)

    def add_yield_map(self, item_map, insert_at=None):
        return self.add_step(Step("yield", item_map), insert_at)

    def add_limit(self, max_items=None, max_time=None, count_rows=False):
        self._limit = Limit(max_items, max_time, count_rows)
        return self

    def parallelize(self):
        if self._function is None and not isinstance(self._data, (abc.Iterator, abc.Generator)):
            raise exceptions.InvalidParallelResourceDataType(self.name, f"resource '{self.name}' is no generator: it cannot be read in parallel")
        self.parallelized = True
        return self

    def select_tables(self, *table_names):
        """Only rows of these tables go on."""
        self._only_tables = set(table_names)
        return self

    def _validate_with(self, model):
        def validate(item):
            if isinstance(item, model):
                return item
            make = getattr(model, "model_validate", None) or model.parse_obj
            try:
                return make(item)
            except ValueError as error:
                raise exceptions.DataValidationError(f"In resource `{self.name}`: a row does not fit the model {model.__name__}: {error}; "
                                                     f"the row: {str(item)[:300]}") from error

        contract = self._hints.get("schema_contract")
        extra = (getattr(model, "model_config", None) or {}).get("extra")
        if not contract and extra is None:
            return  # anything goes: the model only names columns and their types
        self._steps = [s for s in self._steps if s.kind != "validate"]
        self.add_step(Step("validate", validate, VALIDATE))

    # ---- hints ----

    def apply_hints(self, table_name=None, parent_table_name=None, write_disposition=None, columns=None, primary_key=None, merge_key=None,
                    incremental=None, schema_contract=None, additional_table_hints=None, table_format=None, file_format=None,
                    references=None, create_table_variant=False, nested_hints=None):
        new = dict(table_name=table_name, parent_table_name=parent_table_name, write_disposition=write_disposition, columns=columns,
                   primary_key=primary_key, merge_key=merge_key, schema_contract=schema_contract, table_format=table_format,
                   file_format=file_format, references=references, nested_hints=nested_hints, **(additional_table_hints or {}))
        if create_table_variant:
            if not isinstance(table_name, str):
                raise ValueError("a table variant needs the name of its table")
            variants = dict(self._hints.get("_variants") or {})
            variants[table_name] = hinting.merge_hints(variants.get(table_name, {}), new)
            self._hints["_variants"] = variants
            return self
        self._hints = hinting.merge_hints(self._hints, new)
        if incremental is not None:
            incremental = Incremental(**incremental) if isinstance(incremental, dict) else incremental
            self._incremental = None if incremental is Incremental.EMPTY else incremental
        if hinting.is_model(columns):
            self._validate_with(columns)
        return self

    def set_incremental(self, incremental, from_hints=False):
        self._incremental = incremental
        return incremental

    def merge_hints(self, hints):
        self._hints = hinting.merge_hints(self._hints, hints)

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
            hints = {**hints, "table_name": meta.table_name, **((hints.get("_variants") or {}).get(meta.table_name) or {})}
        hints = hinting.of_row(hints, item, self.name)
        if self.max_table_nesting is not None:
            hints = {**hints, "max_table_nesting": self.max_table_nesting}
        if hints.get("incremental") is not None:
            hints = {k: v for k, v in hints.items() if k != "incremental"}
        return hints

    # ---- reading ----

    def _sections(self):
        """Where its arguments are in the configuration: in the section of the source that is read, else in its own."""
        around = _config.source_sections.get()
        section = around[1] if len(around) == 3 and around[0] == "sources" and around[1] else self.section
        return tuple(s for s in ("sources", section, self._spec_name if isinstance(self._spec_name, str) else self.name) if s)

    def _own_incremental(self):
        """The incremental that is a default or an argument of the function."""
        for parameter in self._free_parameters:
            value = self.explicit_args.get(parameter.name, parameter.default)
            if isinstance(value, Incremental):
                return value
        return self._hints.get("incremental") if isinstance(self._hints.get("incremental"), Incremental) else None

    def _arguments(self, first=(), running=None):
        """Arguments of the function for one call, incremental and configuration included; and the bound incremental, which is `running`
        when a run has bound one already."""
        bound = self.signature.bind_partial(*first, *self._args, **self._kwargs)
        given, incremental = bound.arguments, None
        for parameter in self._free_parameters:
            value = given.get(parameter.name, parameter.default)
            value = self._as_incremental(parameter, value)
            if isinstance(value, Incremental):
                default = parameter.default
                if parameter.name in given and isinstance(default, Incremental) and value is not default:
                    value = default.merge(value)
                if value.cursor_path is None:
                    given[parameter.name] = None
                    continue
                if self._incremental is not None:
                    value = value.merge(self._incremental)
                incremental = running or self._configured(value).bound(self.name, self._hints.get("primary_key"))
                given[parameter.name] = incremental
            elif parameter.name in given or parameter.default is parameter.empty:
                continue
            elif self._incremental is not None and "incremental" in str(parameter.annotation).lower():
                incremental = running or self._configured(self._incremental).bound(self.name, self._hints.get("primary_key"))
                given[parameter.name] = incremental
        _config.inject(self._function, self.signature, given, self._sections(), skip=set(given), spec=self._spec)
        missing = [p.name for p in self._free_parameters if p.name not in given and p.default is p.empty
                   and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        if missing:
            raise exceptions.ParametrizedResourceUnbound(self.name, f"resource '{self.name}' was not called: its function "
                                                         f"{self._function.__name__} wants {', '.join(missing)}")
        return bound, incremental

    def _as_incremental(self, parameter, value):
        """A plain value is where an incremental begins; a missing one may stand in the configuration."""
        default, name = parameter.default, parameter.name
        if isinstance(default, Incremental) and value is not None and not isinstance(value, Incremental):
            made = default.merge(Incremental(initial_value=value))
            return made
        wanted = (value is None or isinstance(value, _config._Marker)) and "incremental" in str(parameter.annotation).lower()
        if wanted and self._incremental is None:
            sections = self._sections()
            fields = {key: found for key in ("cursor_path", "initial_value", "end_value", "row_order", "lag")
                      if (found := _config.lookup(key, sections, inner=(name,))[0]) is not None}
            if "cursor_path" in fields:
                return Incremental(**fields)
        return value

    def _configured(self, incremental):
        """[sources.x.y.updated_at] initial_value = …"""
        sections = tuple(s for s in ("sources", self.section, self.name, incremental.cursor_path) if s)
        changes = {}
        for key in ("initial_value", "end_value", "lag", "row_order", "on_cursor_value_missing"):
            if getattr(incremental, key) is None:
                place, _ = _config.lookup(key, sections[:2] + sections[-2:]) if "." not in incremental.cursor_path else (None, ())
                if place is not None:
                    changes[key] = place
        if not changes:
            return incremental
        made = copy.copy(incremental)
        for key, value in changes.items():
            setattr(made, key, float(value) if key == "lag" else value)
        made.start_value = made.initial_value
        return made

    def open(self):
        """(iterator of pages, bound incremental) of one reading."""
        if self._function is not None:
            bound, incremental = self._arguments()
            data = self._function(*bound.args, **bound.kwargs)
            if data is None:
                raise exceptions.InvalidResourceDataTypeIsNone(self.name, f"resource '{self.name}': its function returned nothing; yield rows, or "
                                                               "return an empty list if there are none")
        else:
            data, incremental = self._data, None
        incremental = incremental or self._hinted_incremental()
        return pages_of(self.name, data), incremental

    def bind_incremental(self):
        """The incremental of a transformer's rows, bound for a run."""
        return self._arguments((None,))[1] or self._hinted_incremental()

    def call(self, page, incremental=None):
        """What a transformer makes of a page: anything that a resource may give. The incremental is the one that the run has bound."""
        bound, _ = self._arguments((page,), incremental)
        return self._function(*bound.args, **bound.kwargs)

    def _hinted_incremental(self):
        given = self._incremental or self._hints.get("incremental")
        if given is None or given.cursor_path is None:
            return None
        return self._configured(given).bound(self.name, self._hints.get("primary_key"))

    def __iter__(self):
        """The rows after all steps, without loading them."""
        from sluice.extract.pipes import Pipes

        with states.reading_alone(), states.in_source(states.current_source() or self.source_name or self.name):
            for resource, page, _meta in Pipes([self], {id(self)}):
                if isinstance(page, list):
                    yield from page
                else:
                    yield page

    def __repr__(self):
        kind = "transformer" if self.is_transformer else "resource"
        parent = f", data from '{self._parent.name}'" if self._parent is not None else ""
        return f"<{kind} '{self.name}' into table '{'(by row)' if self.has_dynamic_table_name else self.table_name}'{parent}>"


def pages_of(name, data):
    """An iterator of pages over whatever a resource may be made of."""
    if data is None:
        return iter(())
    if isinstance(data, DltResource):
        raise exceptions.InvalidResourceReturnsResource(name, f"resource '{name}' returned another resource: put resources into a source")
    if inspect.isasyncgen(data) or hasattr(data, "__anext__") or inspect.iscoroutine(data):
        return data
    if is_arrow(data) or is_frame(data) or isinstance(data, (dict, str, bytes)) or hasattr(data, "model_dump"):
        return iter([data])
    if isinstance(data, list) and not data:
        return iter([data])  # no rows, but a table
    if isinstance(data, abc.Iterator):
        return data
    if isinstance(data, abc.Iterable):
        return iter(data)
    return iter([data])


DltResource.Empty = DltResource("_empty", data=[], selected=False)
