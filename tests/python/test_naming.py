"""Naming conventions as Python objects: the names that a load makes, and conventions that people derive."""
import importlib

import pytest

import sluice as dlt
from sluice.common.normalizers.naming import snake_case

HARD = ["OrderLines", " a+b*c@d|e ", "123BaNaNa", "BANANA____", "Ölüb९ Straße", "a\nb\"c'd", "🦚Peacock", "x" * 80, "e-.!:*<>value"]


@pytest.mark.parametrize("name", ["snake_case", "direct", "duck_case", "sql_cs_v1", "sql_ci_v1"])
def test_names_of_a_load(name, tmp_path, monkeypatch):
    naming = importlib.import_module(f"sluice.common.normalizers.naming.{name}").NamingConvention()
    assert naming.name() == name
    pipeline = dlt.pipeline("names", pipelines_dir=tmp_path / "p", destination=dlt.destinations.duckdb(tmp_path / "w.duckdb"))
    monkeypatch.setenv("SCHEMA__NAMING", name)
    pipeline.run([{key: 1 for key in HARD}], table_name="t")
    loaded = pipeline.default_schema.get_table_columns("t")
    assert [naming.normalize_path(key) for key in HARD] == list(loaded)[:len(HARD)]


class Prefixed(snake_case.NamingConvention):
    def normalize_identifier(self, identifier):
        return "column_" + super().normalize_identifier(identifier)


def test_derived_conventions():
    naming = Prefixed()
    assert naming.normalize_path("Some__Path") == "column_some__column_path"
    assert naming.name() == __name__
    short = Prefixed(20)
    assert len(short.normalize_path("A" * 10 + "__" + "B" * 10)) == 20


def test_what_is_no_name():
    naming = snake_case.NamingConvention()
    for blank in (None, "", " \t\n"):
        with pytest.raises(ValueError):
            naming.normalize_identifier(blank)
