"""Rows into SQLite: sluice from CSV, the sqlite3 shell's .import of the same file, and dlt's SQLAlchemy destination from Parquet,
fast and as it is by default."""
import re

from databases import COLUMNS, bare, dlt_only, into_by_dlt, lineitem
from measure import paired


def sections(bench):
    scale = bench.scale / 4
    csv, rows = lineitem(bench.folder, scale, "csv")
    parquet, _ = lineitem(bench.folder, scale, "parquet")
    columns = re.findall(r"\bl_\w+", COLUMNS)

    def load(source, *options):
        return [bench.sluice, "load", source, "sqlite:WORK/shop.db", "--as", "lineitem", "--dataset", "main", "--pipelines-dir", "WORK/p", "-q", *options]

    headed = bench.folder / "headed.csv"
    with open(headed, "wb") as out, open(csv, "rb") as rows_of:
        out.write((",".join(columns) + "\n").encode())
        while block := rows_of.read(1 << 20):
            out.write(block)
    commands = {
        "sluice": load(headed),
        "sluice without dlt's columns": bare(load(headed)),
        "sluice from Parquet": load(parquet),
        "sqlite3 .import": ["sqlite3", "WORK/shell.db", f"create table lineitem ({COLUMNS})", f".import --csv {csv} lineitem"],
        **into_by_dlt("sqlalchemy", parquet, "sqlite:///WORK/dlt.db"),
    }
    yield f"CSV into SQLite, lineitem, {rows:,} rows", paired(commands, bench.runs, bench.folder, once=dlt_only(commands))
