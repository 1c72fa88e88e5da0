"""A project folder, `sluice web` on it, and plain requests."""
import http.client
import json
import os
import re
import sqlite3
import subprocess

from support import SLUICE

SOURCES = """version: '1.0'
sources:
  # the shop's own database
  - name: shop
    type: sqlite
    enabled: true
    description: The shop's database
    generic_config:
      path: data/shop.db   # kept beside the warehouse
"""


class Answer:
    def __init__(self, response):
        self.status, self.headers = response.status, dict(response.getheaders())
        self.text = response.read().decode()

    @property
    def json(self):
        return json.loads(self.text)


class Project:
    def __init__(self, folder):
        self.folder, self.process = folder, None
        (folder / ".dango").mkdir()
        (folder / "data").mkdir()
        (folder / ".dango" / "project.yml").write_text(
            "project:\n  name: demo\nplatform:\n  duckdb_path: ./data/warehouse.duckdb\n  port: 8800\n")
        self.sources = folder / ".dango" / "sources.yml"
        self.sources.write_text(SOURCES)
        with sqlite3.connect(folder / "data" / "shop.db") as shop:
            shop.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, amount DECIMAL(10,2), note TEXT)")
            shop.executemany("INSERT INTO orders VALUES (?, ?, ?)", [(i, i * 1.5, f"n{i}") for i in range(500)])

    def command(self, *words, expect=0):
        done = subprocess.run([SLUICE, *words], cwd=self.folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == expect, done.stderr
        return done

    def fill(self):
        self.command("load", "sqlite:data/shop.db", "duckdb:data/warehouse.duckdb", "--dataset", "raw_shop",
                     "--pipelines-dir", str(self.folder / "pipelines"), "-q")

    def serve(self, *options, env=None):
        self.process = subprocess.Popen([SLUICE, "web", "--port", "0", *options], cwd=self.folder, text=True,
                                        stdout=subprocess.PIPE, env={**os.environ, **(env or {})})
        self.url = re.search(r"http://\S+", self.process.stdout.readline()).group()
        self.port = int(self.url.rsplit(":", 1)[1])
        return self

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process.stdout.close()
            self.process = None

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {"Content-Type": "application/json", **(headers or {})}
        data = None if body is None else body if isinstance(body, (str, bytes)) else json.dumps(body)
        try:
            connection.request(method, path, data, {k: v for k, v in sent.items() if v is not None})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers)
