"""Pipes as objects: steps and their places, reading several at once, clones, ends; sources own copies of what is put into them."""
import asyncio
import inspect

import pytest

import sluice as dlt
from sluice import exceptions
from sluice.extract.items import DataItemWithMeta
from sluice.extract.items_transform import FilterItem, LimitItem, MapItem, MetricsItem, YieldMapItem
from sluice.extract.pipe import Pipe
from sluice.extract.pipe_iterator import ManagedPipeIterator, PipeIterator
from sluice.extract.source import DltResourceDict


def items(*pipes, **options):
    return [item.item for item in PipeIterator.from_pipes(pipes, **options)]


def twice(item):
    return item * 2


# ---- steps ----


def test_the_affinity_of_a_step_says_where_it_stands_unless_a_place_is_given():
    class Late(MapItem):
        placement_affinity = 1

    class Early(MapItem):
        placement_affinity = -1

    pipe = Pipe.from_data("letters", ["a"])
    for step in (Late(lambda x: x + "3"), Early(lambda x: x + "1"), MapItem(lambda x: x + "2")):
        pipe.append_step(step)
    assert items(pipe) == ["a123"]
    pipe.insert_step(MapItem(str.upper), 1)
    assert items(pipe) == ["A123"]
    assert pipe.gen == ["a"] and pipe.find(Late) == 4
    assert pipe.remove_by_type(Early) == 2 and items(pipe) == ["A23"]


def test_what_makes_the_rows_stays_where_it_is():
    pipe = Pipe.from_data("numbers", [1, 2])
    child = Pipe.from_data("doubled", lambda n: n * 2, parent=pipe)
    for wrong in (lambda: pipe.remove_step(0), lambda: pipe.insert_step(twice, 0), lambda: child.remove_step(0), lambda: pipe.append_step(5),
                  lambda: Pipe.from_data("x", [1], parent=pipe), lambda: Pipe.from_data("x", 5)):
        with pytest.raises(exceptions.CreatePipeException):
            wrong()
    child.insert_step(lambda n: n + 1, 0)  # only those with a parent have rows before their head
    assert items(child) == [4, 6]
    child.remove_step(0)
    child.replace_gen(lambda n: n * 3)
    assert items(child) == [3, 6]


def test_steps_get_what_was_said_of_a_row_and_may_say_something_else():
    pipe = Pipe.from_data("numbers", [DataItemWithMeta("x", 1), 2])
    pipe.append_step(lambda item, meta: DataItemWithMeta(f"{meta}!", item + 1)).append_step(MapItem(lambda item, meta: (item, meta)))
    assert [(found.item, found.meta) for found in PipeIterator.from_pipe(pipe)] == [([2, "x!"], "x!"), ([3, "None!"], "None!")]


def test_a_default_of_a_function_is_no_place_for_what_was_said():
    assert items(Pipe.from_data("n", [1]).append_step(MapItem(lambda n, add=10: n + add))) == [11]


def test_a_step_that_takes_no_page_is_refused():
    with pytest.raises(exceptions.InvalidStepFunctionArguments) as error:
        Pipe.from_data("n", [1]).append_step(lambda meta: meta)
    assert error.value.pipe_name == "n"


def test_coroutines_calls_and_iterators_of_steps_are_read():
    async def later(n):
        await asyncio.sleep(0)
        return n + 1

    for step in (later, dlt.defer(lambda n: n + 1), lambda n: iter([n + 1])):
        assert sorted(items(Pipe.from_data("n", [1, 2]).append_step(step))) == [2, 3]


def test_rows_of_yield_maps_stay_pages_of_rows():
    pipe = Pipe.from_data("n", [[{"n": 1}, {"n": 2}], {"n": 3}]).append_step(YieldMapItem(lambda row: [row, row]))
    assert items(pipe) == [[{"n": 1}] * 2 + [{"n": 2}] * 2, {"n": 3}, {"n": 3}]


def test_metrics_of_a_resource():
    def count(page, meta, metrics):
        metrics["rows"] = metrics.get("rows", 0) + len(page)

    resource = dlt.resource([[1, 2], [3]], name="n").add_metrics(count).add_filter(lambda n: n > 2)
    assert list(resource) == [3] and resource.custom_metrics == {"rows": 3}
    assert resource._pipe.find(MetricsItem) == 1


# ---- several ----


def test_turns():
    def pipes():
        def nested():
            yield from (10, None, 11)

        return Pipe.from_data("a", iter([1, nested(), 2])), Pipe.from_data("b", iter([3, 4]))

    assert items(*pipes(), next_item_mode="fifo") == [1, 10, 2, 11, 3, 4]
    assert items(*pipes()) == [1, 3, 4, 10, 2, 11]


def test_parents_are_read_once_and_give_their_pages_if_asked():
    begun = []

    def rows():
        begun.append(1)
        yield {"n": 1}

    parent = Pipe.from_data("parent", rows)
    first, second = (Pipe(name, [lambda row: row], parent=parent) for name in ("first", "second"))
    assert [found.pipe.name for found in PipeIterator.from_pipes([parent, first, second])] == ["first", "second", "parent"]
    assert [found.pipe.name for found in PipeIterator.from_pipes([first, parent], yield_parents=False)] == ["first"]
    assert begun == [1, 1]
    one, other = items(first, second, copy_on_fork=True)
    assert one == other and one is not other


def test_clones_share_their_parents():
    parent = Pipe("parent", [[1, 2]])
    children = [Pipe(name, [twice], parent=parent) for name in ("a", "b")]
    (a, b), known = PipeIterator.clone_pipes(children)
    assert a.parent is b.parent is known[parent.instance_id] is not parent
    assert a is not children[0] and a.instance_id == children[0].instance_id
    assert items(a) == items(children[0]) == [2, 4]
    parent.parent = children[0]  # a circle: clones, but has no rows
    circle, _ = PipeIterator.clone_pipes([parent])
    with pytest.raises(RecursionError):
        items(*circle)


def test_errors_close_what_is_being_read():
    closed = []

    def endless():
        try:
            while True:
                yield 1
        finally:
            closed.append(1)

    def fails(_item):
        raise KeyError("no")

    pages = ManagedPipeIterator.from_pipe(Pipe.from_data("child", fails, parent=Pipe.from_data("endless", endless())))
    with pytest.raises(exceptions.ResourceExtractionError, match="In resource `child`, transform: KeyError: 'no'"):
        list(pages)
    assert closed == [1]


def test_only_generators_can_be_closed():
    pipe = Pipe.from_data("n", (n for n in [1]))
    pipe.close()
    assert inspect.getgeneratorstate(pipe.gen) == inspect.GEN_CLOSED
    with pytest.raises(exceptions.UnclosablePipe):
        Pipe.from_data("n", [1]).close()


def test_limits_end_all_that_is_read_of_a_pipe():
    def endless():
        while True:
            yield {"n": 1}

    resource = dlt.resource([1], name="n").add_yield_map(lambda _n: endless()).add_limit(3)
    assert list(resource) == [{"n": 1}] * 3
    assert resource.limit.limit(10) == 30 and isinstance(resource._pipe.tail, LimitItem)
    resource.add_limit(4, count_rows=True)
    assert len(list(resource)) == 4 and len(resource._pipe) == 3


# ---- resources and sources ----


def test_calling_binds_a_copy_and_bind_the_resource_itself():
    @dlt.resource
    def numbers(most):
        yield from range(most)

    numbers.add_filter(lambda n: n > 0)
    called = numbers(3)
    assert list(called) == [1, 2] and called._pipe.instance_id != numbers._pipe.instance_id
    assert not numbers.args_bound and numbers.requires_args
    with pytest.raises(TypeError, match="arguments already"):
        called(4)
    assert numbers.bind(2) is numbers and list(numbers) == [1]
    with pytest.raises(TypeError):
        dlt.resource([1], name="data")()


def test_parents_that_were_bound_through_the_pipe():
    @dlt.resource
    def numbers(most):
        yield from range(most)

    line = numbers | dlt.transformer(lambda n, times: n * times, name="times")
    with pytest.raises(exceptions.ParametrizedResourceUnbound) as error:
        list(line(2))
    assert (error.value.resource_name, error.value.func_name) == ("numbers", "numbers")
    line._pipe.parent.bind_gen(3)
    assert list(line(2)) == [0, 2, 4]


def test_renamed_transformers_have_parents_of_their_own():
    line = dlt.resource([1, 2], name="numbers") | dlt.transformer(twice, name="doubled")
    other = line.with_name("other")
    assert (other._pipe.parent.name, other._parent._pipe is other._pipe.parent) == ("numbers_other", True)
    assert other.table_name == "other" and list(other) == [2, 4]
    source = dlt.source(lambda: (line, other), name="both")()
    assert len(source.resources.extracted) == 4


def test_what_is_put_into_a_source_is_a_copy_that_keeps_its_parent():
    numbers = dlt.resource([1, 2], name="numbers")
    doubled = numbers | dlt.transformer(twice, name="doubled")
    found = DltResourceDict("s")
    found.add(doubled, numbers)
    assert found["doubled"]._pipe.parent is found["numbers"]._pipe is not numbers._pipe
    assert found["doubled"]._parent is found["numbers"] and doubled._parent is numbers
    found["numbers"].add_map(lambda n: n + 10)
    assert list(numbers) == [1, 2] and list(found["doubled"]) == [22, 24]
    with pytest.raises(exceptions.InvalidResourceDataTypeMultiplePipes):
        found.add(numbers)
    with pytest.raises(ValueError, match="cannot be put"):
        found["other"] = numbers
    with pytest.raises(exceptions.DeletingResourcesNotSupported):
        del found["numbers"]
    with pytest.raises(exceptions.ResourceNotFoundError) as error:
        found["none"]
    assert error.value.resource_name == "none"
    assert found.detach("doubled").source_name is None


def test_parts_of_a_source_that_share_rows_stay_together():
    @dlt.source
    def shop():
        root = dlt.resource([1], name="root", selected=False)
        return root, root | dlt.transformer(twice, name="a"), root | dlt.transformer(twice, name="b"), dlt.resource([5], name="alone")

    source = shop()
    assert [list(part.selected_resources) for part in source.decompose("scc")] == [["a", "b"], ["alone"]]
    assert source.resources.selected_dag == [("root", "a"), ("root", "b"), ("alone", "alone")]
    assert [resource.name for resource in source.resources.extracted] == ["a", "root", "b", "alone"]
    source.new = dlt.resource([7], name="new")
    assert "new" in source.resources and sorted(source) == [2, 2, 5, 7]


def test_a_source_whose_generator_has_begun_is_exhausted():
    source = dlt.source(lambda: dlt.resource((n for n in [1, 2]), name="n"), name="once")()
    assert not source.exhausted and next(iter(source)) == 1
    assert source.exhausted and "already iterated" in str(source)


def test_state_needs_a_pipeline(pipe):
    from sluice.pipeline import core

    core.activate(None)
    source = dlt.source(lambda: dlt.resource([1], name="n"), name="s")()
    for asked in (source, source.n):
        with pytest.raises(exceptions.PipelineStateNotAvailable):
            asked.state
    pipe()
    assert source.state == source.n.state == {}


def test_a_pipe_that_was_changed_is_what_is_loaded(pipe, rows):
    resource = dlt.resource([[{"n": n}] for n in range(4)], name="n")
    resource._pipe.append_step(lambda page: [{**row, "seen": True} for row in page])
    resource._pipe.append_step(FilterItem(lambda row: row["n"] % 2))
    pipe().run(resource)
    assert rows("select n, seen from ds.n order by n") == [(1, True), (3, True)]
