"""DuckDB's extensions, from the packages that tools/bootstrap test installs, in a folder as DuckDB itself lays it out."""
import importlib
from pathlib import Path

import duckdb


def extension_directory(folder, *names):
    version, = duckdb.execute("select library_version from pragma_version()").fetchone()
    platform, = duckdb.execute("pragma platform").fetchone()
    place = Path(folder) / version / platform
    place.mkdir(parents=True)
    for name in names:
        package = Path(importlib.import_module(f"duckdb_extension_{name}").__file__).parent
        (place / f"{name}.duckdb_extension").symlink_to(next(package.rglob(f"{name}.duckdb_extension")))
    return folder
