"""Pipes: what makes rows (the head, `gen`), and the steps that its pages take; pipes with a parent get the parent's pages."""
import copy
import functools
import inspect
from collections import abc

from sluice import exceptions
from sluice._values import is_arrow, is_frame
from sluice.common.utils import uniq_id
from sluice.extract import state as states
from sluice.extract.items import PipeItem
from sluice.extract.items_transform import takes_meta

END = object()  # what next() would raise


def is_function(step):
    """A function, and not data that can be called as well."""
    return callable(step) and not isinstance(step, type) and not hasattr(step, "__iter__")


def name_of(function):
    return getattr(function, "__name__", type(function).__name__)


def with_meta(step):
    """The step as a function of a page and what was said of it."""
    if hasattr(step, "placement_affinity") or "meta" in _parameters(step):
        return step
    whole = takes_meta(step)

    @functools.wraps(step)
    def stepped(item, meta=None):
        return step(item, meta) if whole else step(item)

    stepped.__signature__ = _STEP
    return stepped


def _step(item, meta=None):
    """What all steps look like."""


_STEP = inspect.signature(_step)


def _parameters(function):
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # built in
        return {}


def call_user(pipe, kind, function, *args):
    """Calls user code with the pipe's resource as the current one; failures say which it was. END: it has nothing more."""
    token = states.enter_resource(pipe)
    try:
        return function(*args)
    except (StopIteration, StopAsyncIteration):
        return END
    except (exceptions.DltException, KeyboardInterrupt, RecursionError) as error:
        if isinstance(error, exceptions.DataValidationError):  # of a row, which is the resource's
            raise exceptions.ResourceExtractionError(pipe.name, function, f"DataValidationError: {error}", kind) from error
        raise
    except SystemExit as error:
        raise exceptions.ResourceExtractionError(pipe.name, function, f"the code called sys.exit({error.code!r})", "generator") from error
    except BaseException as error:
        raise exceptions.ResourceExtractionError(pipe.name, function, f"{type(error).__name__}: {error}", kind) from error
    finally:
        states.leave_resource(token)


class BoundCall:
    """A function with arguments that it was given; a transformer's first one, the page, is left open."""

    def __init__(self, function, args, kwargs, open_parameters=0):
        functools.update_wrapper(self, function)
        self.function, self.args, self.kwargs = function, args, kwargs
        parameters = list(_parameters(function).values())[:open_parameters]
        if open_parameters and "meta" in _parameters(function) and parameters[0].name != "meta":
            parameters.append(inspect.Parameter("meta", inspect.Parameter.KEYWORD_ONLY, default=None))
        self.__signature__ = inspect.Signature(parameters)

    def __call__(self, *first, **more):
        return self.function(*first, *self.args, **{**self.kwargs, **more})


class Fork:
    """The end of a pipe that others get their pages from: each page goes to all of them."""

    placement_affinity = 2

    def __init__(self, copy_items=False):
        self.targets, self.copy_items = [], copy_items

    def add(self, pipe, step=-1):
        """Pages go to the pipe, as if they had left its step of that number; last to the pipe that ends here."""
        if not any(known is pipe for known, _ in self.targets):
            self.targets.insert(len(self.targets) if step >= 0 else 0, (pipe, step))

    def __call__(self, item, meta=None):
        if len(self.targets) == 1:
            pipe, step = self.targets[0]
            return PipeItem(item, step, pipe, meta)
        return self._to_each(item, meta)

    def _to_each(self, item, meta):
        for number, (pipe, step) in enumerate(self.targets):
            yield PipeItem(copy.copy(item) if self.copy_items and number else item, step, pipe, meta)


def _affinity(step):
    return getattr(step, "placement_affinity", 0)


class Pipe:
    """A head and steps. Reading takes clones: whatever else a head is, it stays as it is. instance_id tells which pipes are clones of the
    same one."""

    def __init__(self, name, steps=None, parent=None):
        self.name, self.parent, self.instance_id = name, parent, uniq_id()
        self.owner = None  # the resource, which completes the arguments of the head
        self.parallelized = False
        self._steps, self._gen_idx = [], 0
        for number, step in enumerate(steps or ()):
            self.insert_step(step, number)

    @classmethod
    def from_data(cls, name, gen, parent=None):
        return cls(name, [gen], parent=parent)

    # ---- what it is ----

    @property
    def steps(self):
        return self._steps

    @property
    def gen(self):
        """What makes the rows, or the function of the parent's pages."""
        return self._steps[self._gen_idx]

    @property
    def tail(self):
        return self._steps[-1]

    @property
    def is_empty(self):
        return not self._steps

    @property
    def has_parent(self):
        return self.parent is not None

    @property
    def is_data_bound(self):
        """Whether rows come from somewhere."""
        return self.parent.is_data_bound if self.has_parent else not self.is_empty

    def find(self, *kinds):
        """The number of the first step of these classes, or -1."""
        return next((number for number, step in enumerate(self._steps) if isinstance(step, kinds)), -1)

    def get_by_type(self, *kinds):
        return next((step for step in self._steps if isinstance(step, kinds)), None)

    def __getitem__(self, number):
        return self._steps[number]

    def __len__(self):
        return len(self._steps)

    # ---- steps ----

    def append_step(self, step):
        """Behind all steps whose affinity is not higher."""
        if not self._steps:
            self._check_head(step)
            self._steps.append(step)
            return self
        step, place = self._checked(step), len(self._steps)
        while place > 0 and _affinity(self._steps[place - 1]) > _affinity(step):
            place -= 1
        return self._insert(step, place)

    def insert_step(self, step, index):
        """At a place, whatever its affinity; only those that have a parent have a place before the head."""
        if not self._steps:
            return self.append_step(step)
        if index == 0 and not self.has_parent:
            raise exceptions.CreatePipeException(self.name, f"pipe '{self.name}': only transformers have steps before what makes their rows")
        return self._insert(self._checked(step), index)

    def _insert(self, step, place):
        if place == 0 and not self.has_parent:
            place = 1
        self._steps.insert(place, step)
        if place <= self._gen_idx:
            self._gen_idx += 1
        return self

    def remove_step(self, index):
        if index == self._gen_idx:
            raise exceptions.CreatePipeException(self.name, f"pipe '{self.name}': step {index} makes its rows and cannot be removed")
        self._steps.pop(index)
        self._gen_idx -= index < self._gen_idx

    def remove_by_type(self, *kinds):
        """Removes the first step of these classes; where it was, or -1."""
        found = self.find(*kinds)
        if found >= 0:
            self.remove_step(found)
        return found

    def replace_by_type(self, step, *kinds):
        """Puts a step in the place of the first one of these classes."""
        self._steps[self.find(*kinds)] = step

    def replace_gen(self, gen):
        self._steps[self._gen_idx] = gen

    def _check_head(self, step):
        if self.has_parent:
            if not is_function(step):
                raise exceptions.CreatePipeException(self.name, f"pipe '{self.name}' gets rows from '{self.parent.name}': its step is a function "
                                                     f"of them, not {type(step).__name__}")
        elif not (callable(step) or isinstance(step, (abc.Iterable, abc.AsyncIterable)) or hasattr(step, "__anext__") or is_single(step)):
            raise exceptions.CreatePipeException(self.name, f"pipe '{self.name}': rows come from functions and what can be iterated, not from "
                                                 f"{type(step).__name__}")

    def _checked(self, step):
        if not callable(step):
            raise exceptions.CreatePipeException(self.name, f"pipe '{self.name}': a step is a function of a page, not {type(step).__name__}")
        step = with_meta(step)
        try:
            inspect.signature(step).bind("item", meta="meta")
        except TypeError as error:
            raise exceptions.InvalidStepFunctionArguments(self.name, name_of(step), inspect.signature(step), str(error)) from None
        except ValueError:  # built in
            pass
        return step

    # ---- relatives ----

    def fork(self, child, child_step=-1, copy_on_fork=False):
        """Pages that come out of this pipe go into the child."""
        if not self._steps:
            raise exceptions.CreatePipeException(self.name, f"pipe '{self.name}' has no rows for '{child.name}'")
        if not isinstance(self.tail, Fork):
            self._steps.append(Fork(copy_on_fork))
        self.tail.add(child, child_step)
        return self

    def _clone(self, new_name=None):
        """A pipe with the same steps and the same parent."""
        twin = copy.copy(self)
        twin.name, twin._steps = new_name or self.name, list(self._steps)
        return twin

    # ---- arguments and rows ----

    def bind_gen(self, *args, **kwargs):
        """Gives the head its arguments."""
        gen = self.gen
        if not is_function(gen):
            raise TypeError(f"'{self.name}' is no function: it takes no arguments")
        left_open = 1 if self.has_parent else 0
        try:
            inspect.signature(gen).bind_partial(*(None,) * left_open, *args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{name_of(gen)}(): {error}") from None
        self.replace_gen(BoundCall(gen, args, kwargs, left_open))
        return self.gen

    def evaluate_gen(self):
        """Gets the pipe ready for one reading: the head becomes an iterator of pages, or a step that knows its arguments."""
        if not self.is_data_bound:
            raise exceptions.PipeNotBoundToData(self.name, self.has_parent)
        gen = self.gen
        if self.owner is not None and is_function(gen):
            gen = call_user(self, "transform" if self.has_parent else "generator", self.owner.complete, gen, self.has_parent)
        elif self.has_parent:
            gen = with_meta(gen)
            self._check_arguments(gen, "item", meta=None)
        elif is_function(gen):
            self._check_arguments(gen)
            gen = call_user(self, "generator", gen)
        self.replace_gen(gen if self.has_parent else pages_of(self.name, gen))
        bound = [step.bind(self) if hasattr(step, "placement_affinity") and hasattr(step, "bind") else step for step in self._steps]
        self._steps = [step for step in bound if step is not None]  # a place for an incremental that there is none for

    def _check_arguments(self, function, *args, **kwargs):
        try:
            inspect.signature(function).bind(*args, **kwargs)
        except TypeError as error:
            raise exceptions.ParametrizedResourceUnbound(self.name, name_of(function), inspect.signature(function),
                                                         "transformer" if self.has_parent else "resource", str(error)) from None

    def close(self):
        """Ends the generator of the head."""
        if not inspect.isgenerator(self.gen):
            raise exceptions.UnclosablePipe(self.name, self.gen)
        self.gen.close()

    def __repr__(self):
        return f"<Pipe '{self.name}' of {len(self._steps)} steps" + (f", data from {self.parent!r}>" if self.has_parent else ">")


def pages_of(name, data):
    """An iterator of pages over whatever a resource may be made of."""
    if data is None or data is END:
        return iter(())
    if hasattr(data, "_pipe") or isinstance(data, Pipe):
        raise exceptions.InvalidResourceReturnsResource(name, f"resource '{name}' returned another resource: put resources into a source")
    if inspect.isasyncgen(data) or hasattr(data, "__anext__"):
        return data
    if hasattr(data, "__aiter__"):
        return data.__aiter__()
    if is_single(data) or inspect.iscoroutine(data):
        return iter([data])
    if isinstance(data, list) and not data:
        return iter([data])  # no rows, but a table
    if isinstance(data, abc.Iterator):
        return data
    return iter(data) if isinstance(data, abc.Iterable) else iter([data])


def is_single(data):
    """One row, or one table."""
    return isinstance(data, (dict, str, bytes)) or is_arrow(data) or is_frame(data) or hasattr(data, "model_dump")
