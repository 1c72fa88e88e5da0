"""How far a run is: a line in a terminal, an output in a notebook, or lines of a log. pipeline(progress="tqdm"), or one of these.

dlt's names are all taken; they lead to the same line, which needs no package."""
import logging
import sys
import threading


def describe(progress):
    """One line: the table, how much of it, the speed."""
    seconds, rows = progress["seconds"], progress["rows"]
    speed = f", {rows / seconds:,.0f} rows/s" if seconds > 1 and rows else ""
    size = f", {progress['bytes'] / 1e6:,.1f} MB" if progress["bytes"] else ""
    return f"{progress['phase'] or 'extract'} {progress['table']}: {rows:,} rows{size}, {seconds:.1f} s{speed}"


class Collector:
    """Gets the progress a few times a second while a load runs: rows, bytes, table, phase, seconds. Made to be inherited from."""

    period = 0.2

    def update(self, pipeline_name, progress):
        """Shows it."""

    def finish(self, pipeline_name, progress):
        """The load is over, well or not; progress is the last one, or None."""


class TerminalCollector(Collector):
    """One line that changes in place; in a notebook, one output."""

    def __init__(self, stream=None):
        self._stream, self._display, self._width = stream or sys.stderr, None, 0

    def update(self, pipeline_name, progress):
        self._show(f"{pipeline_name}: {describe(progress)}", "\r")

    def finish(self, pipeline_name, progress):
        if progress is not None:
            self._show(f"{pipeline_name}: {describe(progress)}", "\n")
        self._display = None

    def _show(self, text, end):
        if _in_notebook():
            self._show_in_notebook(text)
            return
        padded = text.ljust(self._width)
        self._width = len(text) if end == "\r" else 0
        self._stream.write(("\r" if end == "\n" else "") + padded + end)
        self._stream.flush()

    def _show_in_notebook(self, text):
        from IPython import display

        if self._display is None:
            self._display = display.display({"text/plain": text}, raw=True, display_id=True)
        else:
            self._display.update({"text/plain": text}, raw=True)


class LogCollector(Collector):
    """A line every second, or whenever log_period says."""

    def __init__(self, log_period=1.0, logger=None, log_level=logging.INFO, dump_system_stats=True):
        self.period, self._logger, self._level = log_period, logger if logger is not None else sys.stdout, log_level

    def update(self, pipeline_name, progress):
        line = f"{pipeline_name}: {describe(progress)}"
        if hasattr(self._logger, "log"):
            self._logger.log(self._level, line)
        else:
            self._logger.write(line + "\n")
            self._logger.flush()

    def finish(self, pipeline_name, progress):
        if progress is not None:
            self.update(pipeline_name, progress)


def _in_notebook():
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"


def log(log_period=1.0, logger=None, log_level=logging.INFO, dump_system_stats=True):
    return LogCollector(log_period, logger, log_level, dump_system_stats)


def tqdm(**_ignored):
    return TerminalCollector()


def alive_progress(**_ignored):
    return TerminalCollector()


def enlighten(**_ignored):
    return TerminalCollector()


_BY_NAME = {"log": log, "tqdm": tqdm, "alive_progress": alive_progress, "enlighten": enlighten}


def resolve(given):
    """A collector of a name, an object, or nothing."""
    if given is None or hasattr(given, "finish"):
        return given
    if given in _BY_NAME:
        return _BY_NAME[given]()
    from sluice import exceptions

    raise exceptions.ValueErrorWithKnownValues("progress", given, _BY_NAME)


class Watch:
    """Shows the progress of a load while the block runs."""

    def __init__(self, collector, pipeline):
        self._collector, self._pipeline, self._over = collector, pipeline, threading.Event()
        self._last = self._thread = None

    def __enter__(self):
        if self._collector is not None:
            self._thread = threading.Thread(target=self._watch, name="sluice-progress", daemon=True)
            self._thread.start()
        return self

    def _look(self):
        self._last = self._pipeline.progress_now() or self._last
        return self._last

    def _watch(self):
        while not self._over.wait(self._collector.period):
            progress = self._look()
            if progress is not None:
                self._collector.update(self._pipeline.pipeline_name, progress)

    def __exit__(self, *_error):
        if self._thread is not None:
            self._look()
            self._over.set()
            self._thread.join()
            self._collector.finish(self._pipeline.pipeline_name, self._last)
        return False
