"""CSV files: what dlt's own reader of them (by DuckDB) puts into the warehouse, Sluice puts there as well."""
import datetime

from harness import compare, run_dlt, run_sluice

TEXT = ("id,name,price,day,at,ok,clock,zip\n"
        "1,Ann,2.50,2024-01-31,2024-01-31 10:11:12,true,10:11:12,00123\n"
        "2,\"Bob, \"\"the\"\" builder\",1e3,2024-02-29,2024-02-29T23:59:59.5,false,23:59:59.25,99\n"
        "3,,,,,,,\n"
        "4,ünïcode,-0.125,1999-12-31,1999-12-31 00:00:00,true,00:00:00,7\n")


def dlt_reads(folder):
    from dlt.sources.filesystem import filesystem, read_csv_duckdb

    return list(filesystem(bucket_url=folder.as_uri(), file_glob="*.csv") | read_csv_duckdb())


def test_an_ordinary_file(tmp_path):
    """Timestamps with a zone: those without one are naive in Sluice, as in dlt's way over Arrow."""
    left, right, source = tmp_path / "dlt", tmp_path / "sluice", tmp_path / "source"
    for folder in (left, right, source):
        folder.mkdir()
    text = TEXT.replace("10:11:12,true", "10:11:12Z,true").replace("59.5,false", "59.5+02:00,false").replace("00:00:00,true", "00:00:00Z,true")
    (source / "a.csv").write_text(text, encoding="utf-8")
    items = dlt_reads(source)
    assert [type(v) for v in items[0].values()] == [int, str, float, datetime.date, datetime.datetime, bool, datetime.time, str]
    run_dlt(left, items)
    run_sluice(right, source / "a.csv")
    compare(left / "out.duckdb", right / "out.duckdb", schema_too=False)


def test_a_table_that_dlt_began(tmp_path):
    """Sluice goes on with dlt's table: no variant, no other type."""
    left, right, source = tmp_path / "dlt", tmp_path / "sluice", tmp_path / "source"
    for folder in (left, right, source):
        folder.mkdir()
    (source / "a.csv").write_text(TEXT, encoding="utf-8")
    items = dlt_reads(source)
    for folder in (left, right):
        run_dlt(folder, items)
    run_dlt(left, items)
    run_sluice(right, source / "a.csv")
    compare(left / "out.duckdb", right / "out.duckdb", schema_too=False)
