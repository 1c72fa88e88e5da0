"""A place between the program and a server where things break, at the byte that a test says."""
import os
import signal
import socket
import threading
import time


class Breaker:
    """Passes on what the server sends until it was `at` bytes, counted over all connections; then the connection that is at this
    point breaks, after `action`. New ones may come. at=None: never. change: what the client gets instead of the server's bytes.
    both: what the client sends counts too."""

    def __init__(self, port, at=None, action=None, change=None, both=False):
        self.target, self.at, self.action, self.change, self.both = port, at, action, change, both
        self.passed, self.done, self.lock = 0, False, threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
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
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:  # it was killed
                client.close()
                continue
            threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()

    def _allowed(self, size):
        """How many of these bytes may still pass, and whether this is the point."""
        with self.lock:
            if self.at is None or self.done or self.passed + size < self.at:
                self.passed += size
                return size, False
            self.done = True
            return self.at - self.passed, True

    def _pump(self, source, sink, from_server):
        try:
            while data := source.recv(32768):
                size, here = self._allowed(len(data)) if from_server or self.both else (len(data), False)
                data = data[:size]
                sink.sendall(self.change(data) if from_server and self.change else data)
                if here:
                    if self.action is not None:
                        self.action()
                    break
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        if from_server:
            source.close()
            sink.close()


def points(total):
    """Ten, from the first byte to one that is nearly the last."""
    return [1, *(int(total * part) for part in (0.01, 0.05, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 0.99))]


def kill_all(parent):
    """kill -9 for a process and its children; returns when they are gone."""
    with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as file:
        pids = [parent, *map(int, file.read().split())]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    for pid in pids:
        while alive(pid):
            time.sleep(0.005)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
