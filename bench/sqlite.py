"""SQLite into DuckDB, TPC-H lineitem: DuckDB's scanner, dlt, and SQLite's own scan of all columns."""
import sqlite3

from databases import TABLE, bare, lineitem, rival, sluice
from measure import paired

# All columns are read and nothing is sent anywhere.
SCAN = ("select " + ", ".join(f"sum({c})" for c in ("l_orderkey", "l_partkey", "l_suppkey", "l_linenumber", "l_quantity", "l_extendedprice",
                                                     "l_discount", "l_tax"))
        + ", " + ", ".join(f"sum(length({c}))" for c in ("l_returnflag", "l_linestatus", "l_shipdate", "l_commitdate", "l_receiptdate",
                                                          "l_shipinstruct", "l_shipmode", "l_comment")) + " from lineitem")


def fill(path, database):
    """From DuckDB row by row, as a program would have written it: numbers as numbers, dates as texts."""
    import duckdb

    with duckdb.connect(str(database), read_only=True) as source, sqlite3.connect(path, isolation_level=None) as target:
        for statement in ("pragma journal_mode = off", "pragma synchronous = off", "begin", TABLE):
            target.execute(statement)
        rows = source.execute("select * replace (l_quantity::double as l_quantity, l_extendedprice::double as l_extendedprice, l_discount::double "
                              "as l_discount, l_tax::double as l_tax, l_shipdate::varchar as l_shipdate, l_commitdate::varchar as l_commitdate, "
                              "l_receiptdate::varchar as l_receiptdate) from lineitem")
        while some := rows.fetchmany(50_000):
            target.executemany("insert into lineitem values (" + ",".join("?" * 16) + ")", some)
        target.execute("commit")
        target.execute("analyze")


def sections(bench):
    scale = bench.scale / 3
    csv, rows = lineitem(bench.folder, scale, "csv")
    path = bench.folder / "shop.db"
    fill(path, csv.with_name(f"tpch-{scale:g}.duckdb"))
    plain = sluice(bench, f"sqlite:{path}", "--table", "lineitem")
    commands = {
        "sluice": plain,
        "sluice without dlt's columns": bare(plain),
        "DuckDB sqlite scanner": rival("sqlite_scanner", path),
        "limit: SQLite's own scan": rival("sqlite_scan", path),
        "dlt, connectorx": rival("dlt_connectorx", f"sqlite:///{path}"),
        "dlt, pyarrow": rival("dlt_pyarrow", f"sqlite:///{path}"),
    }
    yield f"SQLite into DuckDB, lineitem, {rows:,} rows", paired(commands, bench.runs, bench.folder, once=("dlt, connectorx", "dlt, pyarrow"))
    path.unlink()
