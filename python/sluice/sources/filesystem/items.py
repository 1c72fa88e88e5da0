"""Files as rows: where they are, how large, how old; and how to read them."""
import datetime
import glob
import gzip
import io
import mimetypes
import os
import posixpath
import urllib.parse
from pathlib import Path

from sluice import exceptions

_PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs", "adl": "adlfs",
             "sftp": "paramiko", "http": "aiohttp", "https": "aiohttp"}
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "modifiedTime", "created")


class FileItemDict(dict):
    """One file: file_url, file_name, relative_path, mime_type, encoding, modification_date, size_in_bytes, and file_content if it was
    asked for."""

    def __init__(self, mapping, fsspec=None):
        super().__init__(mapping)
        self._fsspec = fsspec

    @property
    def is_local(self):
        return self["file_url"].startswith("file://")

    @property
    def local_file_path(self):
        if not self.is_local:
            raise ValueError(f"{self['file_url']} is no local file")
        return urllib.parse.unquote(urllib.parse.urlsplit(self["file_url"]).path)

    @property
    def fsspec(self):
        """The file system that has the file."""
        if self._fsspec is None:
            self._fsspec = file_system(self["file_url"])
        return self._fsspec

    def open(self, mode="rb", compression="auto", **kwargs):
        """An open file for reading, unpacked if it is gzipped (compression: auto, enable, disable)."""
        if compression not in ("auto", "enable", "disable"):
            raise ValueError("compression is one of auto, enable, disable")
        packed = compression == "enable" or (compression == "auto" and self.get("encoding") == "gzip")
        if "file_content" in self:
            raw = io.BytesIO(self["file_content"])
            packed = packed and self["file_content"][:2] == b"\x1f\x8b"
        elif self.is_local and self._fsspec is None:
            raw = open(self.local_file_path, "rb")
        else:
            raw = self.fsspec.open(self["file_url"], "rb")
            raw = raw.open() if hasattr(raw, "open") else raw
        data = gzip.GzipFile(fileobj=raw) if packed else raw
        text = {k: v for k, v in kwargs.items() if k in ("encoding", "errors", "newline")}
        return io.TextIOWrapper(data, **{"encoding": "utf-8", **text}) if "b" not in mode else data

    def read_bytes(self):
        """All of the file, as it is stored."""
        if "file_content" in self:
            return self["file_content"]
        with self.open(compression="disable") as file:
            return file.read()


def file_system(url, credentials=None, kwargs=None, client_kwargs=None):
    """The file system of fsspec for a URL."""
    protocol = urllib.parse.urlsplit(url).scheme or "file"
    try:
        import fsspec

        options = {**_credentials(protocol, credentials), **(kwargs or {})}
        if client_kwargs:
            options["client_kwargs"] = {**options.get("client_kwargs", {}), **client_kwargs}
        return fsspec.filesystem(protocol, **options)
    except ImportError as error:
        wanted = [_PACKAGES[protocol]] if protocol in _PACKAGES and "fsspec" not in str(error.name) else ["fsspec"]
        raise exceptions.MissingDependencyException(f"filesystem source of {protocol}://", wanted) from error


def _credentials(protocol, given):
    """dlt's names of credentials in fsspec's."""
    if not given or not isinstance(given, dict):
        return {}
    if protocol in ("s3", "s3a"):
        client = {"endpoint_url": given["endpoint_url"]} if given.get("endpoint_url") else {}
        if given.get("region_name"):
            client["region_name"] = given["region_name"]
        return {"key": given.get("aws_access_key_id"), "secret": given.get("aws_secret_access_key"), "token": given.get("aws_session_token"),
                "client_kwargs": client}
    if protocol in ("az", "abfs", "abfss", "adl"):
        names = {"account_name": "azure_storage_account_name", "account_key": "azure_storage_account_key", "sas_token": "azure_storage_sas_token"}
        return {ours: given[theirs] for ours, theirs in names.items() if given.get(theirs)}
    if protocol in ("gs", "gcs"):
        return {"token": dict(given), "project": given.get("project_id")}
    return dict(given)


def _kind(name):
    kind, encoding = mimetypes.guess_type(posixpath.basename(name), strict=False)
    return kind or "application/" + (posixpath.splitext(name)[1][1:] or "octet-stream"), encoding


def _item(url, name, path, modified, size):
    kind, encoding = _kind(path)
    item = {"file_name": name, "relative_path": path, "file_url": url, "mime_type": kind, "modification_date": modified, "size_in_bytes": size}
    return {**item, "encoding": encoding} if encoding else item


def local_files(folder, file_glob):
    """Files of a folder that a glob matches, in the glob's order."""
    root = Path(urllib.parse.unquote(urllib.parse.urlsplit(folder).path) if folder.startswith("file:") else folder).expanduser().absolute()
    for found in glob.glob(str(root / file_glob), recursive=True):
        path = Path(found)
        if path.is_file():
            about = path.stat()
            modified = datetime.datetime.fromtimestamp(about.st_mtime, datetime.timezone.utc)
            yield _item(Path(os.path.normpath(path)).as_uri(), path.name, path.relative_to(root).as_posix(), modified, about.st_size)


def local_items(paths):
    """Files by their paths."""
    for path in map(Path, paths):
        if not path.is_file():
            raise FileNotFoundError(f"there is no file {path}")
        yield FileItemDict(next(local_files(str(path.absolute().parent), glob.escape(path.name))))


def remote_files(system, bucket_url, file_glob, fetch_file_info=False):
    """Files below a URL of another file system."""
    scheme = urllib.parse.urlsplit(bucket_url).scheme
    root = system._strip_protocol(bucket_url)
    for path, about in system.glob(posixpath.join(root, file_glob), detail=True).items():
        if about.get("type") != "file":
            continue
        if fetch_file_info and (about.get("size") is None or _time_of(about) is None):
            about = system.info(path)
        url = f"{scheme}://{path.lstrip('/')}" if "://" not in path else path
        yield _item(url, posixpath.basename(path), posixpath.relpath(path, root), _time_of(about) or datetime.datetime.now(datetime.timezone.utc),
                    about.get("size"))


def _time_of(about):
    said = next((about[name] for name in _TIMES if about.get(name) is not None), None)
    if isinstance(said, (int, float)):
        return datetime.datetime.fromtimestamp(said, datetime.timezone.utc)
    if isinstance(said, str):
        said = datetime.datetime.fromisoformat(said.replace("Z", "+00:00"))
    return said if said is None or said.tzinfo else said.replace(tzinfo=datetime.timezone.utc)
