"""What the benchmarks of databases share: TPC-H's lineitem, commands of sluice and of its rivals."""
import importlib
import sys
from pathlib import Path

from measure import ROOT

sys.path.insert(0, str(ROOT / "tests" / "contract"))  # the servers of the contract tests

COLUMNS = """l_orderkey bigint not null, l_partkey integer not null, l_suppkey integer not null, l_linenumber integer not null,
 l_quantity decimal(15,2) not null, l_extendedprice decimal(15,2) not null, l_discount decimal(15,2) not null, l_tax decimal(15,2) not null,
 l_returnflag char(1) not null, l_linestatus char(1) not null, l_shipdate date not null, l_commitdate date not null,
 l_receiptdate date not null, l_shipinstruct char(25) not null, l_shipmode char(10) not null, l_comment varchar(44) not null"""
TABLE = f"create table lineitem ({COLUMNS}, primary key (l_orderkey, l_linenumber))"


def extension(name):
    """The file of one of DuckDB's extensions, from its package."""
    module = importlib.import_module(f"duckdb_extension_{name}")
    return next(Path(module.__file__).parent.rglob("*.duckdb_extension"))


def lineitem(folder, scale, kind):
    """TPC-H's lineitem of a scale as a file (csv, parquet, json), made once; its path and its rows. Dates are dates, as TPC-H has them."""
    import duckdb

    path = folder / f"lineitem-{scale:g}.{kind}"
    database = str(folder / f"tpch-{scale:g}.duckdb")
    with duckdb.connect(database) as c:
        if not c.execute("select 1 from duckdb_tables() where table_name = 'lineitem'").fetchall():
            c.execute(f"load '{extension('tpch')}'")
            c.execute(f"call dbgen(sf = {scale})")
        if not path.exists():
            c.execute(f"copy lineitem to '{path}'" + (" (header false)" if kind == "csv" else ""))
        return path, c.execute("select count(*) from lineitem").fetchone()[0]


def sluice(bench, source, *options):
    return [bench.sluice, "load", source, "duckdb:WORK/out.duckdb", "--dataset", "ds", "--pipelines-dir", "WORK/p", "-q", *options]


def bare(command):
    """Without the columns that dlt adds, as the scanners do it."""
    return [*command, "--no-dlt-id", "--no-dlt-load-id"]


def rival(what, source):
    return [sys.executable, ROOT / "bench" / "rivals.py", what, source, "WORK/out.duckdb"]


def into_by_dlt(kind, path, url):
    """Rows of Parquet into a database by dlt's destination: its fastest way, and the one that it takes when nothing is said."""
    fast = "ADBC" if kind == "postgres" else "Parquet"
    source = f"{path} {url}"
    return {f"dlt, {kind}, {fast}": rival(f"dlt_into_{kind}", source), f"dlt, {kind}, default": rival(f"dlt_into_{kind}_default", source)}


def dlt_only(commands):
    return tuple(name for name in commands if name.startswith("dlt"))


def duckdb_copy(source, kind):
    """The rows of a file into a file by DuckDB alone."""
    return rival("duckdb_copy", f"{source} {kind}")


def at_once(*commands):
    """Shell commands that run at the same time, thrown away."""
    return ["sh", "-c", " & ".join(f"{c} >/dev/null" for c in commands) + " & wait"]
