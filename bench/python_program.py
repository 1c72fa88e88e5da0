"""One load from a Python program, for bench/python.py: WHAT (sluice, dlt, duckdb, made) SHAPE (dicts, arrow) ROWS DATABASE; a DATABASE that
ends in .parquet is a file, or the folder of files, that the rows go to."""
import itertools
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = 1000


def dicts(count):
    """Events as a generator of pages makes them: documents of the shared sample with ids of their own."""
    items = json.loads((ROOT.parent / "shared" / "data" / "github_events.json").read_text(encoding="utf-8"))
    rows = ({**item, "id": str(i)} for i, item in zip(range(count), itertools.cycle(items)))
    while page := list(itertools.islice(rows, PAGE)):
        yield page


def arrow(count):
    """Tables of 100,000 rows of numbers, texts and times."""
    import pyarrow as pa
    import pyarrow.compute as pc

    part = 100_000
    ids = pa.array(range(part))
    for start in range(0, count, part):
        numbers = pc.add(ids, start)
        yield pa.table({"id": numbers, "amount": pc.divide(pc.cast(numbers, pa.float64()), 7), "name": pc.cast(pc.multiply(numbers, 7919),
                        pa.string()), "at": pc.cast(pc.multiply(numbers, 1_000_000), pa.timestamp("us", "UTC"))})


def main():
    what, shape, count, database = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    rows = {"dicts": dicts, "arrow": arrow}[shape](count)
    if what == "made":  # what the program's own rows cost
        for _ in rows:
            pass
    elif what == "duckdb":
        import duckdb
        import pyarrow as pa

        tables = list(rows)
        reader = pa.RecordBatchReader.from_batches(tables[0].schema, (b for t in tables for b in t.to_batches()))
        with duckdb.connect(":memory:" if database.endswith(".parquet") else database, config={"preserve_insertion_order": False}) as connection:
            into = f"copy (from reader) to '{database}'" if database.endswith(".parquet") else "create table items as select * from reader"
            connection.execute(into)
            assert reader is not None
    else:
        if what == "sluice":
            sys.path[:0] = [str(ROOT / "python"), os.environ["SLUICE_PYTHON"]]
            import sluice as dlt
        else:
            import dlt
        files = database.endswith(".parquet")
        destination = dlt.destinations.filesystem(f"file://{database}") if files else dlt.destinations.duckdb(database)
        pipeline = dlt.pipeline("bench", destination=destination, dataset_name="ds", pipelines_dir=os.path.dirname(database) + "/pipelines")
        options = {"loader_file_format": "parquet"} if what == "dlt" or files else {}
        pipeline.run(dlt.resource(rows, name="items"), **options)


main()
