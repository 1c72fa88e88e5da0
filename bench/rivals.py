"""The rivals, each as a process of its own: rivals.py WHAT INPUT DATABASE."""
import json
import os
import sys


def dlt_load(source, database, file_format):
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["RUNTIME__LOG_LEVEL"] = "CRITICAL"
    import dlt

    def rows():
        with open(source, encoding="utf-8") as f:
            for line in f:
                yield json.loads(line)

    folder = os.path.dirname(database)
    p = dlt.pipeline("bench", destination=dlt.destinations.duckdb(database), dataset_name="ds", pipelines_dir=folder + "/dlt")
    p.run(dlt.resource(rows, name="items"), loader_file_format=file_format)


def duckdb_read(source, database, reader):
    import duckdb

    with duckdb.connect(database, config={"threads": os.cpu_count()}) as c:
        c.execute(f"create table items as select * from {reader}('{source}')")


what, source, database = sys.argv[1:4]
if what in ("parquet", "insert_values"):
    dlt_load(source, database, what)
else:
    duckdb_read(source, database, what)
