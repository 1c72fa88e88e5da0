"""Tables over ODBC drivers into DuckDB, TPC-H lineitem: rows fetched by pyodbc and thrown away, and dlt over pyodbc."""
import mysql
import postgres
from databases import bare, rival, sluice
from measure import paired


def section(bench, name, server, rows, pid, location):
    from servers_odbc import Odbc

    folder = bench.folder / "odbc"
    folder.mkdir(exist_ok=True)
    plain = sluice(bench, f"odbc:{location}", "--table", "lineitem")
    commands = {
        "sluice": plain,
        "sluice without dlt's columns": bare(plain),
        "limit: pyodbc's rows, 1 connection": rival("pyodbc_raw", location),
        "dlt, pyodbc": rival("dlt_pyodbc", location),
    }
    figures = paired(commands, bench.runs, bench.folder, pid, once=("dlt, pyodbc",), env=Odbc(folder).env)
    return f"ODBC into DuckDB, {name}, lineitem, {rows:,} rows", figures


def sections(bench):
    common = "Server=127.0.0.1;Database=bench;UID=bench;PWD=bench;Port="
    with postgres.filled(bench, bench.scale / 6) as (server, rows):
        yield section(bench, "psqlODBC", server, rows, server.pid, f"Driver={{PostgreSQL Unicode}};{common}{server.port}")
    with mysql.filled(bench, bench.scale / 6) as (server, rows):
        yield section(bench, "MariaDB ODBC", server, rows, server.process.pid, f"Driver={{MariaDB Unicode}};{common}{server.port}")
