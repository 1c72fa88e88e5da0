"""Sources and resources by reference, where their arguments come from, and what decorators make of functions."""
import asyncio
import sqlite3

import pytest

import sluice as dlt
from sluice import exceptions
from sluice.common.configuration.inject import get_fun_last_config, get_fun_spec
from sluice.common.configuration.specs import BaseConfiguration, configspec
from sluice.extract.reference import SourceReference


@dlt.source
def shop(size: int = dlt.config.value):
    return dlt.resource([{"size": size}], name="sizes")


@dlt.resource
def letters(count: int, first: str = dlt.config.value):
    yield from (chr(ord(first) + i) for i in range(count))


def test_a_source_is_found_by_its_place_and_made_with_other_options(monkeypatch):
    factory = SourceReference.find("test_references.shop")
    assert factory is shop and factory.ref.ref == "test_references.shop"
    other = factory.clone(name="store", section="special", max_table_nesting=1)
    monkeypatch.setenv("SOURCES__SPECIAL__STORE__SIZE", "7")
    made = other()
    assert (made.name, made.section, made.max_table_nesting, list(made)) == ("store", "special", 1, [{"size": 7}])
    assert made._factory is other and shop.name == "shop"


def test_a_resource_by_reference_is_a_source_with_it_alone(monkeypatch):
    monkeypatch.setenv("SOURCES__TEST_REFERENCES__LETTERS__FIRST", "m")
    assert list(SourceReference.find("test_references.letters")(2)) == ["m", "n"]
    monkeypatch.setenv("SOURCES__S__OTHER__FIRST", "x")
    assert list(SourceReference.find("test_references.letters").clone(name="other", section="s")(2)) == ["x", "y"]


def test_a_table_of_a_database_by_reference(tmp_path):
    with sqlite3.connect(tmp_path / "a.sqlite") as connection:
        connection.execute("create table t (id integer)")
        connection.execute("insert into t values (3)")
    made = SourceReference.find("sql_database.sql_table")(credentials=f"sqlite:///{tmp_path}/a.sqlite", table="t")
    assert list(made) == [{"id": 3}] and made.single_resource.name == "t"


def test_an_unknown_reference_says_what_was_tried():
    with pytest.raises(exceptions.UnknownSourceReference) as caught:
        SourceReference.find("test_references.lettres")
    assert [trace.reason for trace in caught.value.traces][0] == "AttrNotFound" and "letters" in str(caught.value)


@pytest.mark.parametrize("keys, wins", [
    (("SOURCES__TEST_REFERENCES__SHOP__SIZE", "SOURCES__TEST_REFERENCES__SIZE"), 0),
    (("SOURCES__SHOP__SIZE", "SOURCES__TEST_REFERENCES__SIZE"), 1),
    (("SOURCES__SIZE", "SOURCES__SHOP__SIZE"), 1),
])
def test_which_section_wins(monkeypatch, keys, wins):
    for value, key in enumerate(keys):
        monkeypatch.setenv(key, str(value))
    assert list(shop()) == [{"size": wins}]


def test_resources_are_looked_up_in_the_section_of_the_source_that_is_read(monkeypatch):
    @dlt.source(section="around", name="holder")
    def holder():
        return letters(1)

    monkeypatch.setenv("SOURCES__TEST_REFERENCES__FIRST", "o")
    monkeypatch.setenv("SOURCES__AROUND__FIRST", "a")
    assert list(holder()) == ["a"] and list(letters(1)) == ["o"]


def test_specs_of_functions():
    assert set(get_fun_spec(shop).get_resolvable_fields()) == {"size"}
    assert set(shop.ref.SPEC().keys()) == {"size"}
    assert list(letters(1, "q")) == ["q"] and get_fun_last_config(letters)["first"] == "q"


def test_a_spec_of_ones_own(monkeypatch):
    @configspec
    class Settings(BaseConfiguration):
        host: str = None
        port: int = 80

    @dlt.resource(spec=Settings, section="net")
    def pages(path: str, settings: Settings = None, host: str = None):
        yield f"{host}:{settings.port}{path}"

    monkeypatch.setenv("SOURCES__NET__PAGES__HOST", "example")
    assert list(pages("/a")) == ["example:80/a"]


def test_async_sources_and_postprocessors():
    @dlt.source
    async def later():
        await asyncio.sleep(0)
        return dlt.resource([1, 2], name="a"), dlt.resource([3], name="b")

    async def only_a(source):
        return (await source).with_resources("a")

    assert list(asyncio.run(later.clone().add_postprocessor(only_a)())) == [1, 2]


def test_names_and_sections_from_arguments(monkeypatch):
    @dlt.resource(name=lambda args: args["table"], section=lambda args: args["place"])
    def tables(table, place, size: int = dlt.config.value):
        yield [table] * size

    monkeypatch.setenv("SOURCES__HERE__USERS__SIZE", "2")
    made = tables("users", "here")
    assert (made.name, made.section, list(made)) == ("users", "here", ["users", "users"])
    with pytest.raises(TypeError, match="arguments already"):
        made()


def test_wrong_hints_are_refused_where_the_table_is_made():
    wrong = dlt.resource([1], name="t", columns={"a": {"data_type": "strange"}})
    with pytest.raises(exceptions.DictValidationException, match="strange"):
        wrong.compute_table_schema()
    with pytest.raises(exceptions.DictValidationException, match="write_disposition"):
        dlt.resource([1], name="t", write_disposition="often").compute_table_schema()
