"""Between the load and the server: the connection is cut, goes dead without a word, or is slow."""
import signal
import subprocess
import threading
import time

from breaking import Breaker
from trials import Failed, finished

SERVERS = ("PostgreSQL", "MariaDB")
MOST_SECONDS = 15  # that a load may take to end after it was asked to


class Fault:
    places, share = SERVERS, 0.2

    def __init__(self, folder, random):
        self.random, self.bytes = random, {}

    def point(self, job):
        """A byte of the conversation; its length is that of the first load, which nobody disturbs."""
        key = (job.place.name, job.kind, job.checkpoints)
        if key not in self.bytes:
            with Breaker(job.place.server.port, both=True) as whole:
                done = job.run(url=job.url(whole.port))
                if done.returncode != 0:
                    raise Failed(f"an undisturbed load failed: {done.stderr}")
            self.bytes[key] = whole.passed
            return None
        return self.random.randint(1, self.bytes[key])


class Cut(Fault):
    name = "the network is cut"

    def __call__(self, job):
        at = self.point(job)
        if at is not None:
            with Breaker(job.place.server.port, at, both=True) as line:
                finished(job.run("--retries", "0", url=job.url(line.port)))


class Dead(Fault):
    """Half-open: nothing comes any more and nothing says so. Who waits for ever must at least let himself be stopped."""
    name = "the connection is half-open"

    def __call__(self, job):
        at = self.point(job)
        if at is None:
            return
        over, dead = threading.Event(), threading.Event()

        def silence():
            dead.set()
            over.wait()

        with Breaker(job.place.server.port, at, silence, both=True) as line:
            load = job.start(url=job.url(line.port))
            try:
                while load.poll() is None and not dead.wait(0.02):
                    pass
                time.sleep(0.3)
                load.send_signal(signal.SIGTERM)
                _, err = load.communicate(timeout=MOST_SECONDS)
            except subprocess.TimeoutExpired:
                load.kill()
                load.communicate()
                raise Failed(f"SIGTERM did not end the load within {MOST_SECONDS} seconds")
            finally:
                over.set()
            finished(load, err)


class Slow(Fault):
    name = "the server is slow"
    share = 0.05

    def __call__(self, job):
        def later(data):
            time.sleep(self.random.random() * 0.01)
            return data

        with Breaker(job.place.server.port, change=later) as line:
            done = job.run(url=job.url(line.port))
        if done.returncode != 0:
            raise Failed(f"a slow server made the load fail: {done.stderr}")


FAULTS = [Cut, Dead, Slow]
