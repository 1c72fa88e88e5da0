"""Readers of files: transformers after filesystem(). The engine reads the files itself when nothing in Python looks at the rows."""
import json
import os
import shutil
import tempfile

from sluice import _engine, exceptions
from sluice.extract.native import NativeRows


class _Folder:
    """The files of a page in a folder of their own: links to local ones, copies of others."""

    def __init__(self, items):
        self.folder = tempfile.TemporaryDirectory(prefix="sluice-files-")
        for number, item in enumerate(items):
            path = os.path.join(self.folder.name, f"{number:06d}-{os.path.basename(item['file_name'])}")
            if item.is_local and "file_content" not in item:
                os.symlink(item.local_file_path, path)
            else:
                with item.open(compression="disable") as remote, open(path, "wb") as local:
                    shutil.copyfileobj(remote, local, 1 << 20)

    def source(self, options):
        try:
            made = _engine.Source(f"file:{self.folder.name}", options, None, None)
        except _engine.EngineError as error:
            raise _engine.translate(error) from error
        return _Held(made, self.folder)


class _Held:
    """A source whose folder goes with it."""

    def __init__(self, source, folder):
        self.made, self.folder = source, folder

    def close(self):
        self.made.close()
        self.folder.cleanup()


def _native(items, options, pages, arrow=False):
    """The files as rows of the engine, or `pages` of them."""
    files = list(items)
    return _FileRows(files, options, pages, arrow)


class _FileRows(NativeRows):
    def __init__(self, files, options, pages, arrow):
        super().__init__(None, "", lambda incremental: pages(files), arrow=arrow)
        self._files, self._options, self._held = files, options, None

    @property
    def source(self):
        if self._held is None:
            self._held = _Folder(self._files).source(self._options)
        return self._held.made

    def primary_key(self):
        return None

    def close(self):
        if self._held is not None:
            self._source = self._held.made
            super().close()
            self._held.close()


def _pandas():
    try:
        import pandas
    except ImportError:
        raise exceptions.MissingDependencyException("read_csv with steps in Python", ["pandas"]) from None
    return pandas


def read_csv(items, chunksize=10000, **pandas_kwargs):
    """Rows of CSV files. With steps in Python, or arguments of pandas.read_csv, pandas reads them."""
    def pages(files):
        kwargs = {"header": "infer", **pandas_kwargs, "chunksize": chunksize}
        text = {name: kwargs.pop(key) for key, name in (("encoding", "encoding"), ("encoding_errors", "errors")) if key in kwargs}
        for item in files:
            with item.open("rt" if text else "rb", **text) as file:
                for frame in _pandas().read_csv(file, **kwargs):
                    yield frame.to_dict(orient="records")

    if pandas_kwargs:
        yield from pages(items)
    else:
        yield _native(items, {"format": "csv"}, pages)


def read_jsonl(items, chunksize=1000):
    """Rows of files with one JSON value a line."""
    def pages(files):
        for item in files:
            rows = []
            with item.open() as file:
                for line in file:
                    if line.strip():
                        rows.append(json.loads(line))
                    if len(rows) >= chunksize:
                        yield rows
                        rows = []
            if rows:
                yield rows

    yield _native(items, {"format": "jsonl"}, pages)


def read_parquet(items, chunksize=1000, use_pyarrow=False):
    """Rows of Parquet files; use_pyarrow: as batches of Arrow."""
    def pages(files):
        from pyarrow import parquet

        for item in files:
            with item.open() as file:
                for batch in parquet.ParquetFile(file).iter_batches(batch_size=chunksize):
                    yield batch if use_pyarrow else batch.to_pylist()

    yield _native(items, {"format": "parquet"}, pages, use_pyarrow)


def _batches(relation, rows):
    """In the words of DuckDB before and after 1.4."""
    return relation.to_arrow_reader(rows) if hasattr(relation, "to_arrow_reader") else relation.fetch_arrow_reader(rows)


def read_csv_duckdb(items, chunk_size=5000, use_pyarrow=False, **duckdb_kwargs):
    """Rows of CSV files as DuckDB reads them. With steps in Python, or arguments of DuckDB's read_csv, the package duckdb is needed."""
    add_filename = duckdb_kwargs.pop("filename", False)

    def pages(files):
        try:
            import duckdb
        except ImportError:
            raise exceptions.MissingDependencyException("read_csv_duckdb with steps in Python", ["duckdb"]) from None
        with duckdb.connect() as connection:
            for item in files:
                with item.open() as file:
                    relation = connection.from_csv_auto(file, **duckdb_kwargs)
                    for batch in _batches(relation, chunk_size):
                        rows = batch if use_pyarrow else batch.to_pylist()
                        for row in rows if add_filename and not use_pyarrow else ():
                            row["filename"] = item["file_name"]
                        yield rows

    if duckdb_kwargs or add_filename:
        yield from pages(items)
    else:
        yield _native(items, {"format": "csv"}, pages, use_pyarrow)


def imported(items, file_format):
    """The rows of files for mark.with_file_import."""
    readers = {"csv": read_csv, "jsonl": read_jsonl, "parquet": read_parquet}
    if file_format not in readers:
        raise exceptions.ValueErrorWithKnownValues("file_format", file_format, readers)
    rows = next(readers[file_format](items))
    rows.arrow = file_format != "jsonl"
    return rows
