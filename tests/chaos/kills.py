"""kill -9 for the load: at a random moment, and before or after a random system call that others may see."""
import re
import signal
import subprocess
import time

from jobs import KINDS  # first: it says where the others are
from breaking import alive, kill_all
from trials import Failed

# Counts the calls that change files or go to a server, and kills the process before or after the KILL_AT-th; without KILL_AT the
# number of calls is written to the file KILL_COUNT.
LIBRARY = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
static int calls, at, after;
static const char *count_file;
__attribute__((constructor)) static void begin(void) {
  const char *text = getenv("KILL_AT");
  at = text == NULL ? 0 : atoi(text);
  after = getenv("KILL_AFTER") != NULL;
  count_file = getenv("KILL_COUNT");
}
__attribute__((destructor)) static void end(void) {
  FILE *f = count_file == NULL ? NULL : fopen(count_file, "w");
  if (f != NULL) { fprintf(f, "%d", calls); fclose(f); }
}
static int here(void) { return __sync_add_and_fetch(&calls, 1) == at; }
#define WRAP(type, name, declared, given) \
  type name declared { \
    static type (*real) declared; \
    if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, #name); \
    int now = here(); \
    if (now && !after) kill(getpid(), SIGKILL); \
    type result = real given; \
    if (now && after) kill(getpid(), SIGKILL); \
    return result; \
  }
WRAP(ssize_t, write, (int a, const void *b, size_t c), (a, b, c))
WRAP(ssize_t, pwrite, (int a, const void *b, size_t c, off_t d), (a, b, c, d))
WRAP(ssize_t, pwrite64, (int a, const void *b, size_t c, off64_t d), (a, b, c, d))
WRAP(int, fsync, (int a), (a))
WRAP(int, fdatasync, (int a), (a))
WRAP(int, ftruncate, (int a, off_t b), (a, b))
WRAP(int, ftruncate64, (int a, off64_t b), (a, b))
WRAP(int, rename, (const char *a, const char *b), (a, b))
WRAP(int, unlink, (const char *a), (a))
WRAP(ssize_t, send, (int a, const void *b, size_t c, int d), (a, b, c, d))
WRAP(ssize_t, sendto, (int a, const void *b, size_t c, int d, const struct sockaddr *e, socklen_t f), (a, b, c, d, e, f))
WRAP(ssize_t, recv, (int a, void *b, size_t c, int d), (a, b, c, d))
"""


def library(folder):
    source, made = folder / "kill_at.c", folder / "kill_at.so"
    source.write_text(LIBRARY)
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-w", "-o", made, source, "-ldl"], check=True)
    return made


def killed_or_done(load):
    _, err = load.communicate(timeout=60)
    if load.returncode not in (0, -signal.SIGKILL):
        raise Failed(f"exit {load.returncode} before the kill: {err.strip()[-600:]}")


class RandomMoment:
    name = "kill -9 at a random moment"
    places = ("DuckDB", "PostgreSQL", "MariaDB", "SQLite", "filesystem")
    share = 1.0  # of the trials that are asked for

    def __init__(self, folder, random):
        self.random, self.seconds = random, {}

    def __call__(self, job):
        seconds = self.seconds.get((job.place.name, job.kind, job.checkpoints), 0.3)
        begun = time.monotonic()
        load = job.start()
        try:
            load.communicate(timeout=self.random.random() * seconds)
            self.seconds[(job.place.name, job.kind, job.checkpoints)] = 1.1 * (time.monotonic() - begun)  # it was over
        except subprocess.TimeoutExpired:
            load.kill()
        killed_or_done(load)


class SystemCall:
    """Every call is as likely; their number comes from the first load, which nobody disturbs."""
    name = "kill -9 at a system call"
    places = RandomMoment.places
    share = 1.0

    def __init__(self, folder, random):
        self.random, self.count_file, self.counts = random, folder / "calls", {}
        self.library = library(folder)

    def __call__(self, job):
        env, key = {"LD_PRELOAD": str(self.library)}, (job.place.name, job.kind, job.checkpoints)
        if key not in self.counts:
            killed_or_done(job.start(env={**env, "KILL_COUNT": str(self.count_file)}))
            self.counts[key] = int(self.count_file.read_text())
            return
        env["KILL_AT"] = str(self.random.randint(1, self.counts[key] + 2))
        if self.random.random() < 0.5:
            env["KILL_AFTER"] = "1"
        killed_or_done(job.start(env=env))


class FaultPoint:
    """The points of src/base/fault.h by turns: the process is killed there, or the step fails as on a full disk."""
    name = "a named point: kill -9 or failure"
    places = RandomMoment.places
    share = 1.0

    def __init__(self, folder, random):
        self.random, self.points, self.turns = random, [], {}

    def __call__(self, job):
        if not self.points:
            refused = job.run(env={"SLUICE_FAULT": "?=kill"})
            self.points = re.findall(r"[a-z]+(?:-[a-z]+)+", refused.stderr.rpartition(":")[2])
            if len(self.points) < 10:
                raise Failed(f"no list of points: {refused.stderr}")
        turn = self.turns[job.place.name] = self.turns.get(job.place.name, -1) + 1
        point = self.points[turn // len(KINDS) % len(self.points)]
        how = "kill" if point in ("after-commit", "after-folder") else self.random.choice(["kill", "kill", "error"])
        times = range(1, 25) if point == "after-block" and job.checkpoints else [1, 1, 2, 3]
        load = job.start(env={"SLUICE_FAULT": f"{point}:{self.random.choice(times)}={how}"})
        _, err = load.communicate(timeout=60)
        if load.returncode not in (0, 1, -signal.SIGKILL):
            raise Failed(f"at {point}: exit {load.returncode}: {err.strip()[-600:]}")


class ServerKilled:
    name = "kill -9 of the server"
    places = ("PostgreSQL", "MariaDB")
    share = 0.05

    def __init__(self, folder, random):
        self.random = random

    def __call__(self, job):
        server = job.place.server
        load = job.start()
        time.sleep(self.random.random() * 0.3)
        kill_server(server)
        _, err = load.communicate(timeout=60)
        server.start()
        if load.returncode not in (0, 1):
            raise Failed(f"exit {load.returncode}: {err.strip()[-600:]}")


def kill_server(server):
    if hasattr(server, "process"):
        server.stop()
        return
    if (server.data / "postmaster.pid").exists():  # it may have ended itself
        pid = int((server.data / "postmaster.pid").read_text().split()[0])
        if alive(pid):
            kill_all(pid)
    for name in (server.data / "postmaster.pid", server.folder / f".s.PGSQL.{server.port}.lock"):
        name.unlink(missing_ok=True)  # where nobody waits for dead processes their numbers live on


FAULTS = [RandomMoment, SystemCall, FaultPoint, ServerKilled]
