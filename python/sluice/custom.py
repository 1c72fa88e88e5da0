"""Custom sources of a project: custom_sources/NAME.py with dlt code, left as it is, run in a process of its own.

    python -m sluice source MODULE FUNCTION --project . --destination duckdb:warehouse.duckdb --dataset raw_shop

loads one by itself; the last line that is printed is JSON: the outcome, or the error with the user's line. What the source itself prints
comes before it. With --socket N, as the engine starts it for `python:` sources, the rows go to the engine over that descriptor."""
import argparse
import difflib
import importlib
import inspect
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

    def is_own(value):
        made_of = getattr(value, "_function", None)
        return made_of is None or made_of.__module__ == module.__name__

    return sorted(name for name, value in vars(module).items() if isinstance(value, (SourceFactory, DltResource)) and is_own(value))


def _candidates(name):
    """Modules that may be meant: dlt.sources.notion may be a verified source that lies in custom_sources/notion."""
    last = name.removeprefix("dlt.sources.")
    return [name] if last == name else [name, last]


def _near(name, known):
    guess = difflib.get_close_matches(name, known, n=1)
    return (f" Did you mean {guess[0]}?" if guess else "") + (f" There are {', '.join(known)}." if known else "")


def load_module(project, name):
    """The module of custom_sources/, else an installed one."""
    from sluice import _alias

    folder = project / "custom_sources"
    sys.path[:0] = [str(folder), str(project)]
    _alias.install()
    for candidate in _candidates(name):
        try:
            return importlib.import_module(candidate)
        except ModuleNotFoundError as error:
            if error.name and not candidate.startswith(error.name) and error.name != f"sluice.{candidate.removeprefix('dlt.')}":
                raise  # the module is there; what it imports is not
    known = sorted(path.stem for path in folder.glob("*") if path.name[:1] not in "_." and (path.suffix == ".py" or path.is_dir()))
    raise CustomSourceError(f"there is no module {name} in custom_sources.{_near(name, known)}")


def function_of(module, name):
    """The function; of a module that has only one source, "*" is that."""
    if name == "*":
        known = functions_of(module)
        sources = [n for n in known if hasattr(getattr(module, n), "from_reference")] or known
        if len(sources) != 1:
            raise CustomSourceError(f"module {module.__name__} has {len(sources)} sources: say which function.{_near(name, known)}")
        name = sources[0]
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


def _from_environment(function, kwargs):
    """api_key_env: MY_KEY is api_key with the value of the variable, unless the function has an api_key_env."""
    known = inspect.signature(function).parameters
    for name, value in kwargs.items():
        plain = name.removesuffix("_env")
        if plain == name or name in known:
            yield name, value
        elif value in os.environ:
            yield plain, os.environ[value]


def make(project, module, function, kwargs):
    """What the function gives; before that, the project's environment."""
    os.chdir(project)
    project = Path.cwd()
    read_dotenv(project / ".env")
    found = function_of(load_module(project, module), function)
    kwargs = dict(_from_environment(found, kwargs))
    try:
        inspect.signature(found).bind_partial(**kwargs)
    except TypeError:
        known = [p.name for p in inspect.signature(found).parameters.values()]
        wrong = next((name for name in kwargs if name not in known), "")
        raise CustomSourceError(f"{module}.{function} takes no argument {wrong}.{_near(wrong, known)}") from None
    return found(**kwargs)


def table_of(made, function):
    """A name for rows that have none."""
    return None if hasattr(made, "resources") or hasattr(made, "name") else function


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

    made = make(project, module, function, kwargs)
    running = sluice.pipeline(pipeline, pipelines_dir=pipelines_dir, destination=destination, dataset_name=dataset)
    info = running.run(made, table_name=table_of(made, function))
    return {"ok": True, "tables": [{"name": t["name"], "rows": t["rows"]} for t in info.summary["tables"]], "rows": info.summary["rows"],
            "load_id": info.summary["load_id"]}


_CODES = {CustomSourceError: "notfound", exceptions.ConfigurationException: "usage"}


def _told(error, project):
    """The failure for the engine: the cause in one line, with the user's."""
    outcome = describe(error, project)
    if outcome["error"] == "SystemExit":
        outcome["message"] = f"it called sys.exit({outcome['message']}), which a source must not: raise an error instead"
    place = f" ({outcome['file']}, line {outcome['line']}, in {outcome['function']})" if "file" in outcome else ""
    root = error
    while root.__cause__ is not None:
        root = root.__cause__
    if isinstance(root, ModuleNotFoundError):
        outcome["message"] += f": add what has {root.name} to requirements.txt of the project"
    code = next((code for kind, code in _CODES.items() if isinstance(error, kind)), "source")
    kind = "" if isinstance(error, (CustomSourceError, exceptions.ConfigurationException)) or outcome["error"] == "SystemExit" \
        else f"{outcome['error']}: "
    if outcome["traceback"]:
        print(f"Traceback of the source, its own lines only:\n{outcome['traceback']}{outcome['error']}: {outcome['message']}", file=sys.stderr)
    return {"code": code, "message": f"{kind}{outcome['message']}{place}"}


def serve(given):
    """Answers the engine that has started this."""
    from sluice import _warehouse
    from sluice import serve as serving

    channel = serving.Channel(given.socket)
    _warehouse.install(channel.copy_of)
    project = given.project.resolve()
    try:
        made = make(project, given.module, given.function, given.kwargs)
        serving.serve(channel, made, given.pipeline or given.module.rpartition(".")[2], table_of(made, given.function))
    except BaseException as error:  # whatever user code raises, KeyboardInterrupt and SystemExit too, is to be told
        channel.send("F", json.dumps(_told(error, project), ensure_ascii=False).encode())
        return 1
    finally:
        sys.stdout.flush()
        channel.close()
    return 0


def main(arguments):
    parser = argparse.ArgumentParser(prog="python -m sluice source", description="Loads one custom source of a project.")
    parser.add_argument("module")
    parser.add_argument("function")
    parser.add_argument("--project", type=Path, default=Path("."))
    parser.add_argument("--kwargs", type=json.loads, default={}, help="the function's arguments as JSON")
    parser.add_argument("--destination")
    parser.add_argument("--dataset")
    parser.add_argument("--socket", type=int, help="a descriptor that leads to the engine")
    parser.add_argument("--pipeline", default=None)
    parser.add_argument("--pipelines-dir", default=None)
    given = parser.parse_args(arguments)
    if given.socket is not None:
        return serve(given)
    if given.destination is None or given.dataset is None:
        parser.error("--destination and --dataset are needed")
    try:
        outcome = run(given.project, given.module, given.function, given.kwargs, given.destination, given.dataset,
                      given.pipeline or given.module, given.pipelines_dir)
    except Exception as error:  # whatever user code raises is to be told
        outcome = describe(error, given.project)
    sys.stdout.flush()
    print(json.dumps(outcome, ensure_ascii=False), flush=True)
    return 0 if outcome["ok"] else 1
