"""The rivals, each as a process of its own: rivals.py WHAT INPUT DATABASE."""
import json
import os
import sys


def dlt_run(resource, database, file_format="parquet"):
    import dlt

    folder = os.path.dirname(database)
    p = dlt.pipeline("bench", destination=dlt.destinations.duckdb(database), dataset_name="ds", pipelines_dir=folder + "/dlt")
    p.run(resource, loader_file_format=file_format)


def dlt_file(source, database, file_format):
    import dlt

    def rows():
        with open(source, encoding="utf-8") as f:
            for line in f:
                yield json.loads(line)

    dlt_run(dlt.resource(rows, name="items"), database, file_format)


def dlt_sql(url, database, backend):
    """dlt's own source of databases, with the settings that its documentation gives for speed."""
    from dlt.sources.sql_database import sql_table

    kwargs = {"return_type": "arrow_stream"} if backend == "connectorx" else None
    dlt_run(sql_table(url, "lineitem", backend=backend, chunk_size=100_000, backend_kwargs=kwargs), database)


def dlt_into(destination, path, database, as_dicts=False, **kwargs):
    """Rows of Parquet as Arrow batches, which is what dlt takes fastest, or as the dicts that most of its sources yield."""
    import dlt
    import pyarrow.parquet

    def pages():
        for batch in pyarrow.parquet.ParquetFile(path).iter_batches():
            yield batch.to_pylist() if as_dicts else batch

    p = dlt.pipeline("bench", destination=destination, dataset_name="dlt_ds", pipelines_dir=os.path.dirname(database) + "/dlt")
    p.run(dlt.resource(pages, name="items"), **kwargs)


def dlt_into_database(inputs, database, how):
    """postgres or sqlalchemy. default: dicts, and the file format that dlt chooses; fast: Arrow and Parquet, into PostgreSQL by ADBC,
    which its documentation names as the fastest way."""
    import dlt

    path, url = inputs.split(" ")
    kind, _, default = how.partition("_")
    settings = {"as_dicts": True} if default else {"loader_file_format": "parquet"}
    dlt_into(getattr(dlt.destinations, kind)(url), path, database, **settings)


def dlt_into_files(inputs, database):
    import dlt

    path, kind = inputs.split(" ")
    dlt_into(dlt.destinations.filesystem("file://" + os.path.dirname(database) + "/out"), path, database, loader_file_format=kind)


def duckdb_copy(inputs, database):
    import duckdb

    path, kind = inputs.split(" ")
    with duckdb.connect(":memory:", config={"threads": os.cpu_count(), "preserve_insertion_order": False}) as c:
        c.execute(f"copy (from '{path}') to '{os.path.dirname(database)}/out.{kind}' (format {'json' if kind == 'jsonl' else kind})")


def dlt_mongodb(url, database):
    """What dlt's verified source does: pages of documents, ObjectIds as texts."""
    import dlt
    from bson import ObjectId
    from dlt.common.utils import map_nested_values_in_place
    from pymongo import MongoClient

    def plain(value):
        return str(value) if isinstance(value, ObjectId) else value

    def pages():
        page = []
        for document in MongoClient(url).get_default_database().events.find(batch_size=10_000):
            page.append(map_nested_values_in_place(plain, document))
            if len(page) == 10_000:
                yield page
                page = []
        yield page

    dlt_run(dlt.resource(pages, name="events"), database)


def dlt_pyodbc(location, database):
    import dlt
    import pyodbc

    def pages():
        rows = pyodbc.connect(location, readonly=True).execute("select * from lineitem")
        names = [c[0] for c in rows.description]
        while page := rows.fetchmany(10_000):
            yield [dict(zip(names, row)) for row in page]

    dlt_run(dlt.resource(pages, name="lineitem"), database)


def duckdb_read(source, database, reader):
    import duckdb

    with duckdb.connect(database, config={"threads": os.cpu_count()}) as c:
        c.execute(f"create table items as select * from {reader}('{source}')")


def duckdb_scan(location, database, kind):
    """A table of another database by DuckDB's extension, over as many connections as it likes."""
    import duckdb

    from databases import extension

    with duckdb.connect(database, config={"threads": os.cpu_count()}) as c:
        c.execute(f"load '{extension(kind + '_scanner')}'")
        c.execute(f"attach '{location}' as source (type {kind}, read_only)")
        c.execute("create table lineitem as select * from source.lineitem")


def sqlite_scan(path, _):
    import sqlite3

    from sqlite import SCAN

    sqlite3.connect(path).execute(SCAN).fetchall()


def mongodb_raw(url, _):
    from pymongo import MongoClient

    for _batch in MongoClient(url).get_default_database().events.find_raw_batches(batch_size=10_000):
        pass


def pyodbc_raw(location, _):
    import pyodbc

    rows = pyodbc.connect(location, readonly=True).execute("select * from lineitem")
    while rows.fetchmany(10_000):
        pass


WITH_CHOICE = {"parquet": dlt_file, "insert_values": dlt_file, "read_json": duckdb_read, "read_csv": duckdb_read, "read_parquet": duckdb_read}
PLAIN = {"dlt_into_files": dlt_into_files,
         "duckdb_copy": duckdb_copy, "dlt_mongodb": dlt_mongodb, "dlt_pyodbc": dlt_pyodbc, "sqlite_scan": sqlite_scan, "mongodb_raw": mongodb_raw, "pyodbc_raw": pyodbc_raw}


def main():
    what, source, database = sys.argv[1:4]
    os.environ.update(RUNTIME__DLTHUB_TELEMETRY="false", RUNTIME__LOG_LEVEL="CRITICAL")
    if what in PLAIN:
        PLAIN[what](source, database)
    elif what.startswith(("dlt_into_postgres", "dlt_into_sqlalchemy")):
        dlt_into_database(source, database, what.removeprefix("dlt_into_"))
    elif what in WITH_CHOICE:
        WITH_CHOICE[what](source, database, what)
    elif what.endswith("_scanner"):
        duckdb_scan(source, database, what.removesuffix("_scanner"))
    else:
        dlt_sql(source, database, what.removeprefix("dlt_"))


main()
