"""PostgreSQL into DuckDB, TPC-H lineitem: DuckDB's scanner, dlt's two fast backends, COPY thrown away on one and two connections."""
from contextlib import contextmanager

from databases import COLUMNS, at_once, bare, lineitem, rival, sluice
from measure import paired


@contextmanager
def filled(bench, scale):
    """A server whose database `bench` has lineitem; user and password are `bench`."""
    from servers_postgres import postgres_server

    path, rows = lineitem(bench.folder, scale, "csv")
    with postgres_server(shared_buffers="1GB", log_statement="none", max_wal_size="8GB", synchronous_commit="off") as server:
        server.sql("create user bench superuser password 'bench'")
        server.sql("create database bench owner bench")
        server.sql(f"create table lineitem ({COLUMNS})", "bench")
        server.psql("-c", f"\\copy lineitem from '{path}' (format csv)", database="bench")
        server.sql("vacuum (analyze, freeze) lineitem; checkpoint", "bench")
        server.pid = int((server.data / "postmaster.pid").read_text().split()[0])
        yield server, rows


def url(server):
    return f"postgresql://bench:bench@127.0.0.1:{server.port}/bench"


def copied(server, condition):
    return f"{server.bin}/psql '{url(server)}' -Xqc \"copy (select * from lineitem where {condition}) to stdout (format binary)\""


def sections(bench):
    with filled(bench, bench.scale) as (server, rows):
        half = int(server.rows("select pg_relation_size('lineitem') / 8192 / 2", "bench")[0][0])
        source = url(server).replace("postgresql", "postgres")
        plain = sluice(bench, source, "--table", "lineitem")
        commands = {
            "sluice": plain,
            "sluice without dlt's columns": bare(plain),
            "DuckDB postgres scanner": rival("postgres_scanner", url(server)),
            "limit: COPY, 1 connection": at_once(copied(server, "true")),
            "limit: COPY, 2 connections": at_once(copied(server, f"ctid < '({half},0)'"), copied(server, f"ctid >= '({half},0)'")),
            "dlt, connectorx": rival("dlt_connectorx", url(server)),
            "dlt, pyarrow": rival("dlt_pyarrow", url(server)),
        }
        figures = paired(commands, bench.runs, bench.folder, server.pid, once=("dlt, connectorx", "dlt, pyarrow"))
        yield f"PostgreSQL into DuckDB, lineitem, {rows:,} rows", figures
