"""Datasets of files as readers see them: by the folders alone, by _dlt_loads, and by Sluice's manifests."""
import csv
import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as parquet

sys.path[:0] = [str(Path(__file__).parents[1] / "e2e")]
from support import SLUICE  # noqa: E402

# Kills the process at the n-th call that changes a folder or reaches the disk; loaded with LD_PRELOAD. KILL_AT says
# which call, names that do not hold KILL_PATH do not count.
KILL_AT = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int calls;
static void step(const char *path) {
  const char *at = getenv("KILL_AT"), *wanted = getenv("KILL_PATH");
  if (at != NULL && (path == NULL || wanted == NULL || strstr(path, wanted) != NULL) &&
      __sync_add_and_fetch(&calls, 1) == atoi(at)) kill(getpid(), SIGKILL);
}
int rename(const char *a, const char *b) { step(b); return ((int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename"))(a, b); }
int unlink(const char *a) { step(a); return ((int (*)(const char *))dlsym(RTLD_NEXT, "unlink"))(a); }
int fsync(int fd) { step(NULL); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd); }
"""


def kill_library(folder):
    (folder / "kill_at.c").write_text(KILL_AT)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / "kill_at.so", folder / "kill_at.c", "-ldl"], check=True)
    return folder / "kill_at.so"


class Folder:
    """A local folder with datasets; the same few calls as Bucket has."""

    def __init__(self, path):
        self.path = Path(path)
        self.url = f"{path}/"

    def keys(self, prefix=""):
        found = sorted(str(p.relative_to(self.path)) for p in self.path.rglob("*") if p.is_file())
        return [k for k in found if k.startswith(prefix)]

    def read(self, key):
        return (self.path / key).read_bytes()

    def uploads(self):
        return []


def rows_of(place, key):
    data = place.read(key)
    if key.endswith(".gz"):
        data = gzip.decompress(data)
    if ".parquet" in key:
        return parquet.read_table(io.BytesIO(data)).to_pylist()
    text = data.decode()
    return list(csv.DictReader(io.StringIO(text))) if ".csv" in key else [json.loads(l) for l in text.splitlines()]


def loaded(place, dataset):
    return {k.rsplit("__", 1)[1][: -len(".jsonl")] for k in place.keys(f"{dataset}/_dlt_loads/")}


def files(place, dataset, table):
    return place.keys(f"{dataset}/{table}/")


def rows(place, dataset, table):
    """What a reader sees that knows nothing but the folder."""
    return [r for k in files(place, dataset, table) for r in rows_of(place, k)]


def exact_rows(place, dataset, table):
    """What a reader sees that goes by complete loads and their manifests: docs/destinations/files.md."""
    done, found = loaded(place, dataset), []
    manifests = [json.loads(place.read(k)) for k in place.keys(f"{dataset}/_sluice/loads/")]
    for m in sorted((m for m in manifests if m["load_id"] in done), key=lambda m: m["load_id"]):
        if table in m["replaced"]:
            found = []
        found += [f["path"] for f in m["files"] if f["table"] == table]
    return [r for path in found for r in rows_of(place, f"{dataset}/{path}")]


class Loads:
    def __init__(self, folder, place, *options, env=None):
        self.folder, self.place, self.options = folder, place, options
        self.env = {**os.environ, **(env or {})}

    def run(self, *words, expect=0, env=None):
        done = subprocess.run([SLUICE, *map(str, words)], capture_output=True, text=True, cwd=self.folder, timeout=60,
                              env={**self.env, **(env or {})})
        if expect is not None:
            assert done.returncode == expect, f"exit {done.returncode}\n{done.stderr}\n{done.stdout}"
        return done

    def load(self, source, *options, expect=0, env=None, url=None):
        return self.run("load", source, url or self.place.url, "--dataset", "ds", "--as", "items", "--pipeline", "pipe",
                        "--pipelines-dir", "pipelines", *self.options, *options, expect=expect, env=env)

    def write(self, name, *documents):
        path = self.folder / name
        path.write_text("".join(json.dumps(d) + "\n" for d in documents))
        return path

    def ids(self):
        return sorted(int(r["id"]) for r in rows(self.place, "ds", "items"))

    def exact_ids(self):
        return sorted(int(r["id"]) for r in exact_rows(self.place, "ds", "items"))
