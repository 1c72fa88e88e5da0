"""Lines in Dagster's log while a pipeline runs."""
import contextlib
import threading


def line_of(progress):
    """One line of the engine's progress."""
    rate = progress["rows"] / progress["seconds"] if progress["seconds"] > 0 else 0
    what = {"extract": "loading", "merge": "merging", "commit": "committing"}.get(progress["phase"], progress["phase"])
    return (f"{what} {progress['table'] or 'the source'}: {progress['rows']:,} rows, {progress['bytes'] / 1e6:,.1f} MB in "
            f"{progress['seconds']:.0f} s ({rate:,.0f} rows/s)")


@contextlib.contextmanager
def logged(pipeline, log, seconds):
    """Says how far the load is, every so many seconds; 0: never."""
    over = threading.Event()

    def watch():
        said = None
        while not over.wait(seconds):
            progress = pipeline.progress_now() if hasattr(pipeline, "progress_now") else None
            if progress and progress["phase"] and (progress["phase"], progress["rows"], progress["bytes"]) != said:
                said = (progress["phase"], progress["rows"], progress["bytes"])
                log.info(line_of(progress))

    thread = threading.Thread(target=watch, name="sluice-progress", daemon=True)
    if seconds > 0:
        thread.start()
    try:
        yield
    finally:
        over.set()
        if thread.is_alive():
            thread.join()
