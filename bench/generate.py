"""Inputs for the benchmarks: the samples of shared/data repeated with new ids, up to a size."""
import json
import os
from pathlib import Path

SHARED = Path(os.environ.get("SLUICE_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def repeat(lines, ids, path, megabytes):
    """Writes the lines in turn, the id of each replaced by a running number, until the file is large enough."""
    size = 0
    with open(path, "w", encoding="utf-8") as out:
        n = 0
        while size < megabytes * 1_000_000:
            line = lines[n % len(lines)].replace(ids[n % len(ids)], str(10**17 + n)) + "\n"
            out.write(line)
            size += len(line.encode("utf-8"))
            n += 1
    return n


def events(path, megabytes):
    items = json.loads((SHARED / "data" / "github_events.json").read_text(encoding="utf-8"))
    return repeat([json.dumps(i, separators=(",", ":"), ensure_ascii=False) for i in items], [i["id"] for i in items], path, megabytes)


def tweets(path, megabytes):
    items = json.loads((SHARED / "data" / "twitter.json").read_text(encoding="utf-8"))["statuses"]
    return repeat([json.dumps(i, separators=(",", ":"), ensure_ascii=False) for i in items], [i["id_str"] for i in items], path, megabytes)


def lineitem(folder, megabytes):
    """A table of lineitem's shape, made by DuckDB from a seed, as CSV and Parquet."""
    import duckdb

    rows = megabytes * 8000
    with duckdb.connect() as c:
        c.execute("select setseed(0.5)")
        c.execute(f"""create table lineitem as select (i // 4)::bigint as l_orderkey, (i * 7919 % 200000)::bigint as l_partkey,
            (i * 104729 % 10000)::bigint as l_suppkey, (i % 4 + 1)::bigint as l_linenumber, (i % 50 + 1)::decimal(15,2) as l_quantity,
            ((i * 31337 % 10000000) / 100)::decimal(15,2) as l_extendedprice, ((i % 11) / 100)::decimal(15,2) as l_discount,
            ((i % 9) / 100)::decimal(15,2) as l_tax, ['A','N','R'][i % 3 + 1] as l_returnflag, ['O','F'][i % 2 + 1] as l_linestatus,
            date '1992-01-01' + (i % 2500)::integer as l_shipdate, date '1992-02-01' + (i % 2400)::integer as l_commitdate,
            date '1992-03-01' + (i % 2300)::integer as l_receiptdate, ['NONE','COLLECT COD','TAKE BACK RETURN'][i % 3 + 1] as l_shipinstruct,
            ['AIR','MAIL','SHIP','TRUCK'][i % 4 + 1] as l_shipmode, 'comment number ' || (i % 5000) as l_comment from range({rows}) t(i)""")
        c.execute(f"copy lineitem to '{folder}/lineitem.csv' (header)")
        c.execute(f"copy lineitem to '{folder}/lineitem.parquet'")
    return rows
