"""ODBC for tests: an odbcinst.ini and odbc.ini of their own, so that the machine's settings are neither used nor touched."""
import glob
from pathlib import Path

LIBRARIES = {"PostgreSQL Unicode": "psqlodbcw.so", "PostgreSQL ANSI": "psqlodbca.so", "MariaDB Unicode": "libmaodbc.so",
             "SQLite3": "libsqlite3odbc.so", "FreeTDS": "libtdsodbc.so"}
FOLDERS = ["/usr/lib/*-linux-gnu/odbc", "/usr/lib64", "/usr/lib/odbc", "/usr/lib/*-linux-gnu"]


def library(driver):
    """Where the driver's library is; None without it."""
    found = [p for folder in FOLDERS for p in glob.glob(f"{folder}/{LIBRARIES[driver]}")]
    return found[0] if found else None


def manager():
    return any(glob.glob(f"{folder}/libodbc.so.2") for folder in FOLDERS)


class Odbc:
    """ini files in a folder; `env` leads the driver manager to them."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.env = {"ODBCSYSINI": str(self.folder), "ODBCINI": str(self.folder / "odbc.ini"), "ODBCINSTINI": "odbcinst.ini"}
        self.write("odbcinst.ini", {name: {"Driver": library(name)} for name in LIBRARIES if library(name)})
        self.write("odbc.ini", {})

    def write(self, name, sections):
        lines = [f"[{section}]\n" + "".join(f"{k}={v}\n" for k, v in values.items()) for section, values in sections.items()]
        (self.folder / name).write_text("\n".join(lines), encoding="utf-8")


def quoted(value):
    return "{" + value.replace("}", "}}") + "}" if set(value) & set(";{}") else value


def connection(driver, **keywords):
    return f"odbc:Driver={{{driver}}};" + ";".join(f"{k}={quoted(str(v))}" for k, v in keywords.items())


def postgres(server, database="postgres", driver="PostgreSQL Unicode", user="postgres", password="pässwörd/@:", port=None, **more):
    return connection(driver, Server="127.0.0.1", Port=port or server.port, Database=database, UID=user, PWD=password, **more)


def mariadb(server, database, user="root", password="", port=None, **more):
    return connection("MariaDB Unicode", Server="127.0.0.1", Port=port or server.port, Database=database, UID=user, PWD=password, **more)


def sqlite(path, **more):
    return connection("SQLite3", Database=path, **more)
