"""An SSH server of its own for tests: keys and settings in a temporary folder, on a free port, gone at the end.

It runs without privileges and so lets in one user: the one who runs the tests, or `postgres` for root.
"""
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from servers_postgres import free_port

ROOT = Path(__file__).resolve().parents[2]


def sshd():
    """The server program: the system's, or the one that tools/bootstrap has put aside."""
    found = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return found or str(ROOT / ".deps/openssh/usr/sbin/sshd")


class SshServer:
    def __init__(self, folder):
        self.folder, self.port = Path(folder), free_port()
        self.user = "postgres" if os.geteuid() == 0 else None
        self.login = self.user or getpass.getuser()
        self.home, self.project, self.bin = self.folder / "srv", self.folder / "srv/project", self.folder / "bin"
        self.key = self.folder / "client_key"
        for name in (self.home, self.bin):
            name.mkdir()
        os.chmod(folder, 0o755)
        for key in ("client_key", "host_key", "other_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / key], check=True)
        if self.user:
            for name in (self.home, self.folder / "host_key"):
                shutil.chown(name, self.user)
        self.start()

    def start(self, host_key="host_key"):
        config = self.folder / "sshd_config"
        config.write_text(f"""Port {self.port}
ListenAddress 127.0.0.1
HostKey {self.folder}/{host_key}
AuthorizedKeysFile {self.folder}/client_key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
SetEnv PATH={self.bin}:/usr/local/bin:/usr/bin:/bin
""")
        if self.user:
            shutil.chown(self.folder / host_key, self.user)
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen([sshd(), "-D", "-e", "-f", config], user=self.user, group=self.user,
                                        extra_groups=[] if self.user else None, stderr=self.log)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.02)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()

    def cloud_yml(self, key=None):
        return (f"provider: byos\ndroplet_ip: 127.0.0.1\nssh_port: {self.port}\nssh_user: {self.login}\n"
                f"ssh_key_path: {key or self.key}\nproject_dir: {self.project}\n")

    def program(self, name, text):
        """A program that the server's users have."""
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)


@contextmanager
def ssh_server():
    folder = tempfile.mkdtemp(prefix="sluice-ssh-")
    server = None
    try:
        server = SshServer(folder)
        yield server
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
