"""Rows into MariaDB: sluice from Parquet; LOAD DATA LOCAL of the same rows by MariaDB's own client; dlt's
sqlalchemy destination, fast and as it is by default. None of them with TLS."""
import subprocess

from databases import bare, dlt_only, into_by_dlt, lineitem
from measure import paired
from mysql import filled


def url(server, scheme="mysql"):
    return f"{scheme}://bench:bench@127.0.0.1:{server.port}"


def sections(bench):
    path, rows = lineitem(bench.folder, bench.scale / 4, "parquet")
    with filled(bench, bench.scale / 100) as (server, _):
        load = [bench.sluice, "load", path, f"{url(server)}?ssl-mode=disabled", "--as", "items", "--dataset", "ds", "--pipelines-dir", "WORK/p", "-q"]
        client = f"mariadb --no-defaults -h127.0.0.1 -P{server.port} -ubench -pbench --skip-ssl --local-infile=1"
        same = bench.folder / "rows.tsv"  # the rows that sluice writes

        def clear():
            server.sql("drop database if exists ds; drop database if exists dlt_ds; drop table if exists bench.copied; create table bench.copied like bench.made")

        server.sql("drop database if exists ds")
        first = [str(word).replace("WORK", str(bench.folder / "first")) for word in load]
        paired({"sluice": first}, 1, bench.folder)
        server.sql("create or replace table made like ds.items", "bench")
        with open(same, "wb") as file:
            subprocess.run(["sh", "-c", f"{client} -BN -e 'select * from ds.items'"], stdout=file, check=True)
        commands = {
            "sluice": load,
            "sluice without dlt's columns": bare(load),
            "sluice, INSERT": [*load, "--mysql-bulk", "insert"],
            "LOAD DATA LOCAL": ["sh", "-c", f"{client} bench -e \"load data local infile '{same}' into table copied\""],
            **into_by_dlt("sqlalchemy", path, f"{url(server, 'mysql+pymysql')}/bench"),
        }
        figures = paired(commands, bench.runs, bench.folder, server.process.pid, once=dlt_only(commands), before=clear)
        yield f"Parquet into MariaDB, lineitem, {rows:,} rows", figures
