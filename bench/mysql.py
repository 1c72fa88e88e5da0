"""MariaDB into DuckDB, TPC-H lineitem: DuckDB's scanner, dlt, and the rows fetched by MariaDB's own client and thrown away."""
from contextlib import contextmanager

from databases import TABLE, at_once, bare, lineitem, rival, sluice
from measure import paired


@contextmanager
def filled(bench, scale):
    """A server whose database `bench` has lineitem; user and password are `bench`."""
    from servers_mysql import Server

    path, rows = lineitem(bench.folder, scale, "csv")
    server = Server("--innodb-buffer-pool-size=1G", "--innodb-log-file-size=96M", "--local-infile=1", "--innodb-autoinc-lock-mode=2")
    try:
        server.new_database("bench")
        server.sql("create user bench@'127.0.0.1' identified by 'bench'; grant all on *.* to bench@'127.0.0.1'")
        server.sql(f"{TABLE}; load data local infile '{path}' into table lineitem fields terminated by ',' optionally enclosed by '\"'; "
                   "analyze table lineitem", "bench")
        yield server, rows
    finally:
        server.remove()


def url(server, scheme="mysql"):
    return f"{scheme}://bench:bench@127.0.0.1:{server.port}/bench"


def fetched(server, condition):
    return (f"mariadb --no-defaults -h127.0.0.1 -P{server.port} -ubench -pbench --skip-ssl --quick -BN bench "
            f"-e 'select * from lineitem where {condition}'")


def sections(bench):
    with filled(bench, bench.scale / 3) as (server, rows):
        half = server.sql("select max(l_orderkey) div 2 from lineitem", "bench")[0][0]
        plain = sluice(bench, url(server), "--table", "lineitem")
        attach = f"host=127.0.0.1 port={server.port} user=bench password=bench database=bench"
        commands = {
            "sluice": plain,
            "sluice without dlt's columns": bare(plain),
            "DuckDB mysql scanner": rival("mysql_scanner", attach),
            "limit: rows as text, 1 connection": at_once(fetched(server, "true")),
            "limit: rows as text, 2 connections": at_once(fetched(server, f"l_orderkey < {half}"), fetched(server, f"l_orderkey >= {half}")),
            "dlt, connectorx": rival("dlt_connectorx", url(server, "mysql+pymysql")),
            "dlt, pyarrow": rival("dlt_pyarrow", url(server, "mysql+pymysql")),
        }
        figures = paired(commands, bench.runs, bench.folder, server.process.pid, once=("dlt, connectorx", "dlt, pyarrow"))
        yield f"MariaDB into DuckDB, lineitem, {rows:,} rows", figures
