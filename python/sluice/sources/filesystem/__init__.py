"""Files as sources: filesystem() lists them, read_csv, read_jsonl, read_parquet and read_csv_duckdb read them.

    filesystem("data", file_glob="**/*.jsonl") | read_jsonl()"""
from collections.abc import Iterator
from typing import Any, Optional

import sluice
from sluice.extract.incremental import Incremental
from sluice.extract.resource import DltResource
from sluice.sources.filesystem import reading
from sluice.sources.filesystem.items import FileItemDict, file_system, local_files, remote_files

FileItem = dict[str, Any]
_SECTION = "filesystem"


def _is_local(url: str) -> bool:
    return "://" not in url or url.startswith("file:")


@sluice.resource(name="filesystem", primary_key="file_url", section=_SECTION)
def filesystem(bucket_url: str = sluice.secrets.value, credentials: Any = None, file_glob: str = "*", files_per_page: int = 100,
               extract_content: bool = False, kwargs: Optional[dict[str, Any]] = None, client_kwargs: Optional[dict[str, Any]] = None,
               incremental: Optional[Incremental] = None, fetch_file_info: bool = False) -> Iterator[list[FileItemDict]]:
    """Files of a folder or bucket, in pages. The glob * stays in the folder, ** goes below it. `credentials` may be a file system of
    fsspec; others than local files need fsspec and its package for the protocol."""
    if hasattr(credentials, "glob"):
        system = credentials
    else:
        system = None if _is_local(bucket_url) else file_system(bucket_url, credentials, kwargs, client_kwargs)
    if system is None or getattr(system, "protocol", None) in ("file", ("file", "local")):
        found = local_files(bucket_url, file_glob)
    else:
        found = remote_files(system, bucket_url, file_glob, fetch_file_info)
    if incremental is not None and incremental.row_order:
        rising = (incremental.row_order == "asc") == (incremental.last_value_func is not min)
        found = iter(sorted(found, key=lambda item: item[incremental.cursor_path], reverse=not rising))
    page = []
    for about in found:
        item = FileItemDict(about, system)
        if extract_content:
            item["file_content"] = item.read_bytes()
        page.append(item)
        if len(page) >= files_per_page:
            yield page
            page = []
    if page:
        yield page


def _reader(name: str) -> DltResource:
    return sluice.transformer(getattr(reading, name), name=name, section=_SECTION)


read_csv, read_jsonl, read_parquet, read_csv_duckdb = map(_reader, ("read_csv", "read_jsonl", "read_parquet", "read_csv_duckdb"))


@sluice.source(name="readers", section=_SECTION)
def readers(bucket_url: str = sluice.secrets.value, credentials: Any = None, file_glob: str = "*", kwargs: Optional[dict[str, Any]] = None,
            client_kwargs: Optional[dict[str, Any]] = None, incremental: Optional[Incremental] = None) -> tuple[DltResource, ...]:
    """All readers over the same files; choose one: readers(...).read_csv()."""
    return tuple(filesystem(bucket_url, credentials, file_glob, kwargs=kwargs, client_kwargs=client_kwargs, incremental=incremental) | reader
                 for reader in (read_csv, read_jsonl, read_parquet, read_csv_duckdb))


__all__ = ["FileItem", "FileItemDict", "filesystem", "read_csv", "read_csv_duckdb", "read_jsonl", "read_parquet", "readers"]
