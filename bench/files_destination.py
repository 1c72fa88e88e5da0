"""Files: Sluice against DuckDB's COPY TO of the same rows, and against dlt's filesystem destination. CPU seconds (user + system) and wall time.

  bench/files_destination.py [rows, 1000000 if not said]

COPY TO is measured from a DuckDB table with two threads, Sluice from the Parquet file that it made: both have the rows typed in columns already."""
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
SLUICE = os.environ.get("SLUICE_BIN", str(REPO / "build" / "sluice"))
ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
MAKE = (f"select range as id, 'name of ' || range as name, range * 0.5 as amount, (range % 7 = 0) as flag, "
        f"timestamptz '2024-01-01 00:00:00+00' + interval (range) second as at from range({ROWS})")


def measured(label, words, **kw):
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, **kw)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{label:48} {cpu:7.2f} s CPU {time.monotonic() - begin:7.2f} s", flush=True)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = [sys.executable, "-c"]
        subprocess.run([*python, f"import duckdb; c = duckdb.connect('in.duckdb'); c.execute(\"create table t as {MAKE}\"); "
                                 f"c.execute(\"copy t to 'in.parquet'\")"], cwd=folder, check=True)
        copy = "import duckdb; c = duckdb.connect('in.duckdb', config={'threads': 2}); c.execute(\"copy t to 'out.%s' (%s)\")"
        for kind, options in (("parquet", "format parquet, compression snappy"), ("csv", "format csv"), ("json", "format json")):
            measured(f"DuckDB COPY TO {kind}", [*python, copy % (kind, options)], cwd=folder)
        for kind, more in (("parquet", []), ("csv", ["--file-compression", "none"]), ("jsonl", ["--file-compression", "none"]), ("jsonl.gz", [])):
            measured(f"Sluice, Parquet to {kind}", [SLUICE, "load", "in.parquet", "out/", "--as", "t", "--pipeline", "p" + kind[:5], "--dataset",
                                                    kind.replace(".", "_"), "--pipelines-dir", "pd", "--no-dlt-id", "--no-dlt-load-id",
                                                    "--file-format", kind.split(".")[0], *more], cwd=folder)
        dlt = ("import dlt, pyarrow.parquet as pq; p = dlt.pipeline('d', destination=dlt.destinations.filesystem('file://%s/dlt'), dataset_name='%s', "
               "pipelines_dir='%s/dp'); p.run(pq.read_table('in.parquet')%s, table_name='t', loader_file_format='%s')")
        measured("dlt filesystem, Arrow to parquet", [*python, dlt % (folder, "a", folder, "", "parquet")], cwd=folder)
        few = min(ROWS, 100_000)
        measured(f"dlt filesystem, {few} rows of Python to jsonl", [*python, dlt % (folder, "b", folder, f".slice(0, {few}).to_pylist()", "jsonl")],
                 cwd=folder)


if __name__ == "__main__":
    main()
