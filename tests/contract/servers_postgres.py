"""A PostgreSQL server of its own for tests: made in a temporary folder, on a free port, gone at the end."""
import csv
import glob
import io
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

NULL = "<NULL>"


def binaries():
    """The folder with the newest server's programs, None without one."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda p: int(p.split("/")[4]))
    if found:
        return Path(found[-1]).parent
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """Superuser `postgres` without a password on the socket; over TCP passwords are asked for (scram)."""

    def __init__(self, folder, bin_folder, settings):
        self.folder, self.bin, self.port = Path(folder), bin_folder, free_port()
        self.data, self.log_file = self.folder / "data", self.folder / "log"
        self.user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
        if self.user:
            os.chmod(folder, 0o755)
            shutil.chown(folder, self.user)
        self._do("initdb", "-D", self.data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth-local=trust",
                 "--auth-host=scram-sha-256", "--no-sync")
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{self.folder}'\n"
                       "fsync = off\nshared_buffers = 32MB\nlog_statement = all\nmax_connections = 30\n"
                       + "".join(f"{k} = {v}\n" for k, v in settings.items()))
        self.start()
        self.sql("ALTER USER postgres PASSWORD 'pässwörd/@:'")

    def _do(self, program, *words):
        done = subprocess.run([self.bin / program, *map(str, words)], user=self.user, group=self.user, cwd=self.folder,
                              extra_groups=[] if self.user else None, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert done.returncode == 0, done.stderr.decode()

    def start(self):
        self._do("pg_ctl", "-D", self.data, "-l", self.log_file, "-w", "start")

    def stop(self, mode="immediate"):
        self._do("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def kill(self):
        """As if the machine had failed; the next start recovers."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        for _ in range(200):
            if not (self.data / "postmaster.pid").exists():
                return
            time.sleep(0.02)

    def url(self, database="postgres", user="postgres", password="p%C3%A4ssw%C3%B6rd%2F%40%3A", port=None, query=""):
        secret = f":{password}" if password else ""
        return f"postgres://{user}{secret}@127.0.0.1:{port or self.port}/{database}{query}"

    def socket_url(self, database="postgres", user="postgres"):
        return f"postgres:host={self.folder} port={self.port} user={user} dbname={database}"

    def psql(self, *words, database="postgres", stdin=None):
        environment = {**os.environ, "PGTZ": "UTC", "PGDATESTYLE": "ISO, YMD", "PGCLIENTENCODING": "UTF8"}
        done = subprocess.run([self.bin / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-p", str(self.port),
                               "-U", "postgres", "-d", database, *words], input=stdin, capture_output=True, env=environment)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8")

    def sql(self, text, database="postgres"):
        self.psql("-f", "-", database=database, stdin=text.encode("utf-8"))

    def rows(self, query, database="postgres"):
        """Rows as texts, as the server prints them; None for NULL."""
        text = self.psql("--csv", "-t", "-P", f"null={NULL}", "-c", query, database=database)
        return [tuple(None if v == NULL else v for v in row) for row in csv.reader(io.StringIO(text))]

    def log_mark(self):
        return self.log_file.stat().st_size

    def log_since(self, mark):
        with open(self.log_file, "rb") as log:
            log.seek(mark)
            return log.read().decode("utf-8", "replace")


@contextmanager
def postgres_server(**settings):
    """`with postgres_server(ssl="on") as server:`"""
    folder = tempfile.mkdtemp(prefix="sluice-pg-")
    server = None
    try:
        server = Server(folder, binaries(), settings)
        yield server
    finally:
        if server is not None:
            try:
                server.stop()
            except AssertionError:
                pass  # a test had stopped it
        shutil.rmtree(folder, ignore_errors=True)


class Proxy:
    """Stands between a client and a server, and acts where a test wants it.

    events: {number of the connection: (bytes, action)}; connections count from 0. Once the server has sent so many bytes to the
    client, action is called; if it is None or returns True, the connection breaks. everything: all later ones break too."""

    def __init__(self, port, events, everything=False):
        self.target, self.events, self.everything, self.broken = port, dict(events), everything, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            number, self.connections = self.connections, self.connections + 1
            threading.Thread(target=self._serve, args=(client, number), daemon=True).start()

    def _serve(self, client, number):
        limit, action = self.events.get(number, (None, None))
        if self.everything and self.broken:
            limit = 0
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            client.close()
            return
        threading.Thread(target=self._pump, args=(client, server), daemon=True).start()
        self._pump(server, client, limit, action)

    def _pump(self, source, target, limit=None, action=None):
        seen = 0
        try:
            while True:
                if limit is not None and seen >= limit:
                    limit = None
                    if action is None or action():
                        self.broken += 1
                        break
                data = source.recv(65536 if limit is None else min(65536, limit - seen))
                if not data:
                    break
                target.sendall(data)
                seen += len(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()
