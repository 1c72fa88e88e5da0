"""The names that dlt's tests take from tests.pipeline.utils, written for sluice."""

PIPELINE_TEST_CASES_PATH = "./tests/pipeline/cases/"


def assert_load_info(info, expected_load_packages=1):
    assert len(info.loads_ids) == expected_load_packages
    info.raise_on_failed_jobs()


def load_table_counts(pipeline, *table_names):
    names = table_names or pipeline.default_schema.data_table_names()
    return {name: pipeline.dataset().table(name).count().fetchscalar() for name in names}


def load_tables_to_dicts(pipeline, *table_names, exclude_system_cols=False, sortkey=None, **_ignored):
    made = {}
    for name in table_names or pipeline.default_schema.data_table_names():
        rows = pipeline.dataset().table(name).arrow().to_pylist()
        if exclude_system_cols:
            rows = [{k: v for k, v in row.items() if not k.startswith("_dlt")} for row in rows]
        made[name] = sorted(rows, key=lambda row: row[sortkey]) if sortkey else rows
    return made


def assert_query_column(pipeline, query, expected, **_ignored):
    with pipeline.sql_client() as client:
        rows = client.execute_sql(query)
    assert [row[0] for row in rows] == list(expected)


def assert_data_table_counts(pipeline, expected):
    assert load_table_counts(pipeline, *expected) == expected


def assert_table_column(pipeline, table_name, table_data, **_ignored):
    rows = pipeline.dataset().table(table_name).arrow().to_pylist()
    assert sorted(next(v for k, v in row.items() if not k.startswith("_dlt")) for row in rows) == sorted(table_data)


def expect_extracted_file(*_args, **_kwargs):
    raise AssertionError("sluice has no dlt.common.storages: nothing is extracted to files")
