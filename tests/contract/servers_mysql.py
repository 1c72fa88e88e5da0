"""A real MariaDB server for tests: a new data folder, a free port, TLS, stopped at the end.

server() gives the one server of this process, started when it is first asked for; Server(folder) is one to kill."""
import atexit
import functools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

os.environ["PATH"] += os.pathsep + "/usr/sbin"  # where mariadbd is, for users other than root too


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, *options):
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-mysql-"))
        self.data, self.socket = self.folder / "data", self.folder / "s"
        self.port, self.options, self.process = free_port(), options, None
        self.as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
        self.data.mkdir()
        (self.folder / "tmp").mkdir()  # a server that starts removes what others have in a shared one
        self._certificates()
        if self.as_user:
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, "nobody", "nogroup")
        subprocess.run([*self.as_user, "mariadb-install-db", "--no-defaults", f"--datadir={self.data}", "--skip-test-db",
                        "--auth-root-authentication-method=normal", "--innodb-log-file-size=8M"], check=True,
                       capture_output=True, cwd=self.folder)
        self.start()

    def _certificates(self):
        """A CA of our own, and a certificate of it for this server."""
        def openssl(*words):
            subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=self.folder)

        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
                "-subj", "/CN=test CA")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
        (self.folder / "names").write_text("subjectAltName=DNS:localhost")
        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
                "server.pem", "-days", "2", "-extfile", "names")

    def start(self):
        log = open(self.folder / "log", "ab")
        f = self.folder
        self.process = subprocess.Popen(
            [*self.as_user, "mariadbd", "--no-defaults", f"--datadir={self.data}", f"--tmpdir={self.folder / 'tmp'}", f"--socket={self.socket}", f"--port={self.port}",
             "--bind-address=127.0.0.1", f"--pid-file={f / 'pid'}", "--innodb-buffer-pool-size=128M", "--skip-log-bin",
             "--innodb-flush-log-at-trx-commit=0", "--innodb-log-file-size=8M", f"--ssl-ca={f / 'ca.pem'}",
             f"--ssl-cert={f / 'server.pem'}", f"--ssl-key={f / 'server.key'}", "--character-set-server=utf8mb4",
             "--default-time-zone=+03:00", "--max-allowed-packet=256M", *self.options], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=f)
        log.close()
        for _ in range(300):
            if subprocess.run(["mariadb", "--no-defaults", "-S", self.socket, "-uroot", "-e", "do 1"], capture_output=True).returncode == 0:
                return
            assert self.process.poll() is None, (f / "log").read_text()[-2000:]
            time.sleep(0.1)
        raise AssertionError("the server did not start: " + (f / "log").read_text()[-2000:])

    def stop(self, how=signal.SIGKILL):
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, text, database=None, may_fail=False):
        """What MariaDB's own client prints: rows of texts, None for NULL."""
        command = ["mariadb", "--no-defaults", "-S", str(self.socket), "-uroot", "--default-character-set=utf8mb4",
                   "--batch", "--init-command=SET time_zone = '+00:00'", "-N"]
        done = subprocess.run([*command, *([database] if database else [])], input=text.encode(), capture_output=True)
        assert may_fail or done.returncode == 0, done.stderr.decode()
        return [[None if v == "NULL" else v for v in line.split("\t")] for line in done.stdout.decode().splitlines()]

    def url(self, database, user="root", password=None, options="", scheme="mysql"):
        secret = f":{password}" if password else ""
        return f"{scheme}://{user}{secret}@127.0.0.1:{self.port}/{database}{options}"

    def new_database(self, name, options=""):
        self.sql(f"drop database if exists `{name}`; create database `{name}` {options}")
        return name


@functools.cache
def server():
    one = Server()
    atexit.register(one.remove)
    return one
