"""A real Firebird server for tests: a folder with users of its own, a free port, stopped at the end; and what isql says."""
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from servers_mysql import free_port

LIBRARY = next(Path("/usr/lib").glob("*/firebird/3.0"))
SCRIPT = Path("/usr/share/firebird/3.0/security.sql")  # the tables of a database of users


def isql(database, text, user="SYSDBA", password=None, may_fail=False):
    """Rows of a query as lists of texts, as Firebird's own client prints them; a database is a path or host/port:path."""
    command = ["isql-fb", "-q", "-b", "-user", user, *(["-password", password] if password else []), "-ch", "UTF8", str(database)]
    done = subprocess.run(command, input=f"set heading off; set list on;\n{text}\n", capture_output=True, text=True, timeout=60)
    assert may_fail or (done.returncode == 0 and not done.stderr), done.stderr + done.stdout
    rows = [block.splitlines() for block in done.stdout.strip("\n").split("\n\n") if block.strip()]
    return [[line[31:].strip() for line in block if line.strip()] for block in rows]


class Server:
    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-firebird-"))
        self.port = free_port()
        for name in ("plugins", "intl", "firebird.msg", "plugins.conf"):
            (self.folder / name).symlink_to(LIBRARY / name)
        (self.folder / "firebird.conf").write_text(
            f"RemoteServicePort = {self.port}\nRemoteBindAddress = localhost\nAuthServer = Srp\nUserManager = Srp\n"
            f"SecurityDatabase = {self.folder / 'users.fdb'}\nIpcName = SLUICE_{self.port}\n")
        (self.folder / "databases.conf").write_text(f"shop = {self.folder / 'shop.fdb'}\n")
        (self.folder / "run").mkdir()
        environment = {**os.environ, "FIREBIRD": str(self.folder), "FIREBIRD_LOCK": str(self.folder / "run"), "FIREBIRD_TMP": str(self.folder / "run")}
        users = self.folder / "users.fdb"
        subprocess.run(["isql-fb", "-q", "-user", "SYSDBA"], env=environment, check=True, capture_output=True, text=True, timeout=60, input=(
            f"create database '{users}';\nin {SCRIPT};\ncommit;\n" + "".join(
                f"create user {name} password 'pass' using plugin Srp;\n" for name in ("sysdba", "loader", "few")) + "commit;\n"))
        self.process = subprocess.Popen(["firebird", "-e", str(self.folder), "-el", str(self.folder / "run"), "-em", str(self.folder)],
                                        env={**environment, "PATH": environment["PATH"] + ":/usr/sbin"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            assert self.process.poll() is None, "the server ended at once"
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError("the server did not start")

    def url(self, path="shop", user="sysdba", password="pass"):
        return f"firebird://{user}:{password}@127.0.0.1:{self.port}/{path}"

    def remove(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, text, user="sysdba", path="shop", **kw):
        return isql(f"127.0.0.1/{self.port}:{path}", text, user, "pass", **kw)
