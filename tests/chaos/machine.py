"""The machine itself: its disk is full, its clock jumps or stands still."""
import resource
import signal
import subprocess

from kills import kill_server
from trials import Failed, finished

# The time of day as CLOCK says: "back" and "ahead" shift it, "still" stops it, "jumps" sets it two days back in the middle.
LIBRARY = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
static long shift(long now) {
  const char *how = getenv("CLOCK");
  static int calls;
  if (how == NULL) return 0;
  if (strcmp(how, "back") == 0) return -86400;
  if (strcmp(how, "ahead") == 0) return 86400;
  if (strcmp(how, "still") == 0) return 1700000000 - now;
  return calls++ < 40 ? 86400 : -86400;
}
int clock_gettime(clockid_t id, struct timespec *t) {
  static int (*real)(clockid_t, struct timespec *);
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
  int rc = real(id, t);
  if (rc == 0 && id == CLOCK_REALTIME) {
    long by = shift(t->tv_sec);
    t->tv_sec += by;
    if (getenv("CLOCK") != NULL && strcmp(getenv("CLOCK"), "still") == 0) t->tv_nsec = 0;
  }
  return rc;
}
int gettimeofday(struct timeval *t, void *zone) {
  struct timespec s;
  int rc = clock_gettime(CLOCK_REALTIME, &s);
  t->tv_sec = s.tv_sec; t->tv_usec = s.tv_nsec / 1000;
  return rc;
}
time_t time(time_t *out) {
  struct timespec s;
  clock_gettime(CLOCK_REALTIME, &s);
  if (out != NULL) *out = s.tv_sec;
  return s.tv_sec;
}
"""


class Clock:
    name = "the clock jumps"
    places = ("DuckDB", "PostgreSQL", "MariaDB", "SQLite", "filesystem")
    share = 0.1

    def __init__(self, folder, random):
        self.random, self.library = random, folder / "clock.so"
        (folder / "clock.c").write_text(LIBRARY)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-w", "-o", self.library, folder / "clock.c", "-ldl"], check=True)

    def __call__(self, job):
        how = self.random.choice(["back", "ahead", "still", "jumps"])
        done = job.run(env={"LD_PRELOAD": str(self.library), "CLOCK": how})
        if done.returncode != 0:
            raise Failed(f"with the clock {how} the load failed: {done.stderr}")


class FullDisk:
    """No file may become longer than a limit, like a disk that is full; for a server, its own files.

    A server's log is written ahead in files of 16 MB, so its limit is beyond that, and the rows are long enough to meet it."""
    name = "the disk is full"
    places = Clock.places
    share, padding = 0.1, 14000

    def __init__(self, folder, random):
        self.random = random

    def __call__(self, job):
        limit = int(10 ** self.random.uniform(2, 7.5))
        server = job.place.server

        def little_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # it is an error then, and not the end
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

        if server is None:
            load = job.start(preexec_fn=little_room, restore_signals=False)
            _, err = load.communicate(timeout=60)
            finished(load, err)
            return
        with_little_room(server)
        try:
            finished(job.run())
        finally:
            kill_server(server)
            server.start()


def with_little_room(server):
    """Stopped in order, so that it has nothing to recover: what it holds already may be longer than the limit."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    server.stop(signal.SIGTERM if hasattr(server, "process") else "fast")
    resource.setrlimit(resource.RLIMIT_FSIZE, (17 << 20, limits[1]))
    try:
        server.start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


FAULTS = [Clock, FullDisk]
