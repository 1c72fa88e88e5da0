"""The SQL of the golden files (tests/golden, made by tests/unit/sql/test_golden.c) is SQL of its dialect, as far as a parser of
that dialect knows: statements that it cannot take apart are named here one by one."""
import re
from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp

GOLDEN = Path(__file__).parents[1] / "golden"
# Db2 and Firebird have no parser there; Firebird is there itself, see tests/contract/test_firebird_destination.py.
PARSERS = {"bigquery": "bigquery", "clickhouse": "clickhouse", "duckdb": "duckdb", "mssql": "tsql", "mysql": "mysql", "oracle": "oracle", "postgres": "postgres",
           "redshift": "redshift", "snowflake": "snowflake", "sqlite": "sqlite", "starrocks": "starrocks", "trino": "trino"}
FILES = [f for d in PARSERS for f in sorted((GOLDEN / d).glob("*.sql"))]
HOSTILE = "DROP TABLE"


def statements(file):
    head, *found = file.read_text().split("--;\n")
    assert head.startswith(f"-- {file.parent.name}: {file.stem}. https://")
    return [s.rstrip("\n") for s in found if not s.startswith("-- refused: ")]


def is_known(dialect, sql):
    """What the parser of this version does not know, though the database does."""
    unknown = {"duckdb": [" USING COMPRESSION "], "mssql": ["IF SCHEMA_ID("], "oracle": ["BEGIN EXECUTE IMMEDIATE ", "CREATE PRIVATE TEMPORARY TABLE ", " MODIFY (", " DELETE WHERE ("]}
    return any(words in sql for words in unknown.get(dialect, []))


def test_every_dialect_is_there():
    assert {d.name for d in GOLDEN.iterdir() if d.is_dir()} == {*PARSERS, "db2", "firebird"}
    assert len(FILES) == 11 * len(PARSERS)


@pytest.mark.parametrize("file", FILES, ids=lambda f: f"{f.parent.name}-{f.stem}")
def test_golden_statements_parse(file):
    dialect = file.parent.name
    for sql in statements(file):
        assert dialect != "duckdb" or len(duckdb.extract_statements(sql)) == 1, sql
        if is_known(dialect, sql):
            continue
        parsed = [p for p in sqlglot.parse(sql, read=PARSERS[dialect]) if p is not None]
        assert len(parsed) == 1, sql
        assert not isinstance(parsed[0], exp.Command), sql
        kinds = (exp.Create, exp.Alter, exp.Drop, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Select, exp.Comment)
        assert isinstance(parsed[0], kinds), (type(parsed[0]), sql)
        assert parsed[0].find(exp.Drop) is None or sql.startswith(("DROP TABLE IF EXISTS ", "ALTER TABLE ")), sql  # nothing broke out of a name or value


def test_mysql_names_a_temporary_table_once():
    """MySQL: Can't reopen table."""
    for file in sorted((GOLDEN / "mysql").glob("merge-*.sql")):
        for sql in statements(file):
            names = re.findall(r"(?:FROM|JOIN|INTO|UPDATE|TABLE) `ds`\.`(_dlt_stage_\w+)`", sql)
            assert names and len(names) == len(set(names)) or "_dlt_stage_" not in sql, sql


def first_value(parsed):
    value = next(parsed.find_all(exp.Literal, exp.National, exp.HexString, bfs=False))
    return bytes.fromhex(value.this).decode() if isinstance(value, exp.HexString) else value.this


@pytest.mark.parametrize("dialect", PARSERS)
def test_hostile_values_arrive(dialect):
    """What the database would read is what was meant."""
    meant = ["it's", "'; DROP TABLE t; --", "\\'; DROP TABLE t; --", "\\", "a\nb\tc", "$$ DELIMITER", "/* no comment */ -- ", "ä😀", "{ts 'x'}", "?"]
    rows = [s for s in statements(GOLDEN / dialect / "hostile.sql") if s.startswith("INSERT INTO ")]
    parsed = [sqlglot.parse_one(s, read=PARSERS[dialect]) for s in rows]
    assert [first_value(p) for p in parsed] == meant
