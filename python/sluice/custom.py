"""Custom sources of a project: custom_sources/NAME.py with dlt code, left as it is, run in a process of its own.

    python -m sluice source MODULE FUNCTION --project . --destination duckdb:warehouse.duckdb --dataset raw_shop

The project layer starts this with the Python of the project's virtual environment; the last line that is printed is JSON: the outcome, or the
error with the user's line. What the source itself prints comes before it."""
import argparse
import difflib
import importlib
import json
import os
import sys
import traceback
from pathlib import Path

from sluice import exceptions


class CustomSourceError(exceptions.DltException):
    """The module or function is not what the project says."""


def read_dotenv(path):
    """NAME=value lines; what the environment has already is kept."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if not equals or name.startswith("#"):
            continue
        value = value.strip()
        if value[:1] in "'\"" and value[-1:] == value[:1] and len(value) > 1:
            value = value[1:-1]
        else:
            value = value.partition(" #")[0].rstrip()
        os.environ.setdefault(name.strip(), value)


def functions_of(module):
    """Names of the sources and resources that a module has."""
    from sluice.extract.decorators import SourceFactory
    from sluice.extract.resource import DltResource

    found = [name for name, value in vars(module).items() if isinstance(value, (SourceFactory, DltResource))
             and getattr(value, "__module__", module.__name__) == module.__name__]
    return sorted(found)


def _near(name, known):
    guess = difflib.get_close_matches(name, known, n=1)
    return (f" Did you mean {guess[0]}?" if guess else "") + (f" There are {', '.join(known)}." if known else "")


def load_module(project, name):
    """The module of custom_sources/, else an installed one."""
    from sluice import _alias

    folder = project / "custom_sources"
    sys.path.insert(0, str(folder))
    _alias.install()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and not name.startswith(error.name):
            raise  # the module is there; what it imports is not
        known = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
        raise CustomSourceError(f"there is no module {name} in custom_sources.{_near(name, known)}") from None


def function_of(module, name):
    found = getattr(module, name, None)
    if found is None or not callable(found):
        raise CustomSourceError(f"module {module.__name__} has no function {name}.{_near(name, functions_of(module))}")
    return found


def user_frames(error, folder):
    """Lines of the traceback that are in the project's files, the deepest last."""
    frames = []
    while error is not None:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(str(folder))] or frames
        error = error.__cause__
    return frames


def describe(error, project):
    """{"error", "message", "file", "line", "traceback"}: the deepest cause with the user's line."""
    root = error
    while root.__cause__ is not None:
        root = root.__cause__
    frames = user_frames(error, project.resolve())
    if isinstance(root, SyntaxError) and root.filename:
        frames = [traceback.FrameSummary(root.filename, root.lineno, "<module>", line=(root.text or "").strip())]
    out = {"ok": False, "error": type(root).__name__, "message": str(root), "traceback": "".join(traceback.format_list(frames))}
    if frames:
        out.update(file=os.path.relpath(frames[-1].filename, project.resolve()), line=frames[-1].lineno, function=frames[-1].name)
    return out


def run(project, module, function, kwargs, destination, dataset, pipeline, pipelines_dir=None):
    """Loads one custom source; the summary of the engine."""
    import sluice

    os.chdir(project)
    read_dotenv(project / ".env")
    made = function_of(load_module(project, module), function)(**kwargs)
    running = sluice.pipeline(pipeline, pipelines_dir=pipelines_dir, destination=destination, dataset_name=dataset)
    info = running.run(made, table_name=None if hasattr(made, "resources") or hasattr(made, "name") else function)
    return {"ok": True, "tables": [{"name": t["name"], "rows": t["rows"]} for t in info.summary["tables"]], "rows": info.summary["rows"],
            "load_id": info.summary["load_id"]}


def main(arguments):
    parser = argparse.ArgumentParser(prog="python -m sluice source", description="Loads one custom source of a project.")
    parser.add_argument("module")
    parser.add_argument("function")
    parser.add_argument("--project", type=Path, default=Path("."))
    parser.add_argument("--kwargs", type=json.loads, default={}, help="the function's arguments as JSON")
    parser.add_argument("--destination", required=True)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--pipeline", default=None)
    parser.add_argument("--pipelines-dir", default=None)
    given = parser.parse_args(arguments)
    try:
        outcome = run(given.project, given.module, given.function, given.kwargs, given.destination, given.dataset,
                      given.pipeline or given.module, given.pipelines_dir)
    except Exception as error:  # whatever user code raises is to be told
        outcome = describe(error, given.project)
    sys.stdout.flush()
    print(json.dumps(outcome, ensure_ascii=False), flush=True)
    return 0 if outcome["ok"] else 1
