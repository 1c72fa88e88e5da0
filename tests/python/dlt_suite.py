"""Runs dlt's own tests against this package: python tests/python/dlt_suite.py FOLDER [FILE…]

FOLDER is a checkout of dlt (or its tests), brought there by hand and never a part of this repository. `import dlt` means sluice in the
tests; what only sluice lacks fails the tests that use it and no others. Prints a line for each file and the reasons of all failures."""
import argparse
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPO = HERE.parents[1]
# The files that shared/reference/dlt.md names for extract, incremental, pipes, hints, naming, normalizing and REST.
FILES = """
extract/test_incremental.py extract/test_lag.py extract/test_sources.py extract/test_decorators.py extract/test_extract_pipe.py
sources/helpers/rest_client/test_paginators.py sources/helpers/rest_client/test_detector.py sources/helpers/rest_client/test_client.py
sources/helpers/rest_client/test_utils.py sources/helpers/rest_client/test_requests_paginate.py
sources/rest_api/test_interpolation.py sources/rest_api/configurations sources/rest_api/integration
common/normalizers/test_naming_snake_case.py common/normalizers/test_naming.py common/normalizers/test_naming_duck_case.py
common/normalizers/test_naming_sql.py common/normalizers/test_naming_s3_tables.py
common/normalizers/test_json_relational.py common/normalizers/test_json_relational_no_coercion.py
normalize/test_json_item_inference.py normalize/test_json_item_filtering.py normalize/test_normalize.py
extract/test_validation.py extract/test_utils.py common/schema/test_coercion.py common/schema/test_detections.py
common/schema/test_schema.py common/schema/test_merges.py common/schema/test_normalize_identifiers.py common/schema/test_schema_contract.py
common/schema/test_versioning.py common/schema/test_references.py
""".split()
# What explains a failure: the first pattern that its message has.
REASONS = (
    (r"sluice has no (dlt\.common\.(schema|storages|normalizers|data_writers|destination|runtime|configuration|libs|versioned_state)[\w.]*"
     r"|dlt\.normalize[\w.]*|dlt\.load[\w.]*)", "dlt's inner modules: the engine does this work in C"),
    (r"sluice has no (dlt[\w.]*)", "a part of dlt's module tree that is not there"),
    (r"has no attribute '(_pipe|_steps|_args_bound|_data_from|_hints|_config\w*|_\w+)'", "inner attributes of dlt's objects"),
    (r"No module named|ImportError|ModuleNotFoundError", "a package that is not installed"),
    (r"NameResolutionError|ConnectionError|Max retries", "a server on the internet"),
)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("files", nargs="*", help="below FOLDER/tests; default: all that the reference names")
    parser.add_argument("--verbose", action="store_true", help="each failure with its message")
    return parser.parse_args()


def prepare(tests, into):
    """A copy of the tests with our fixtures in place of those that reach into dlt."""
    shutil.copytree(tests, into / "tests", ignore=shutil.ignore_patterns("__pycache__", "load"))
    for ours in (HERE / "dlt_support").glob("*.py"):
        target = into / "tests" / ours.stem.replace("__", "/")
        shutil.copy(ours, target.with_suffix(".py"))
    (into / "tests" / "conftest.py").write_text("from tests.utils import deactivate_pipeline\n")  # dlt's own changes dlt's classes
    (into / "pytest.ini").write_text("[pytest]\naddopts = -q -p no:cacheprovider -p tests.alias --timeout=60\nmarkers =\n  essential\n  "
                                     "serial\n  forked\n  no_load\n  needspyarrow17\n  rfam\n  backend\n  asyncio\n")


def run(folder, name):
    """{outcome: [(test, message)]} of one file or folder."""
    report = folder / "report.xml"
    report.unlink(missing_ok=True)
    path = os.pathsep.join([str(folder), str(REPO / "python"), str(REPO / "build" / "python")])
    done = subprocess.run([sys.executable, "-m", "pytest", f"tests/{name}", f"--junitxml={report}"], cwd=folder,
                          env={**os.environ, "PYTHONPATH": path, "DLT_DATA_DIR": str(folder / "data")}, capture_output=True, text=True)
    found = collections.defaultdict(list)
    if not report.is_file():
        found["failed"].append((name, done.stdout[-2000:] + done.stderr[-2000:]))
        return found
    for case in ElementTree.parse(report).iter("testcase"):
        problem = next((child for child in case if child.tag in ("failure", "error", "skipped")), None)
        outcome = "passed" if problem is None else "skipped" if problem.tag == "skipped" else "failed"
        text = "" if problem is None else f"{problem.get('message') or ''}\n{problem.text or ''}"
        found[outcome].append((case.get("name"), text))
    return found


def reason(message):
    for pattern, said in REASONS:
        match = re.search(pattern, message)
        if match:
            return said, match.group(1) if match.groups() else ""
    return "other", ""


def main():
    given = arguments()
    tests = given.folder / "tests" if given.folder is not None else None
    if tests is None or not tests.is_dir():
        print(f"dlt's tests are not there{f' ({tests})' if tests else ''}: nothing was run. They are never a part of this repository; give the "
              "folder of a checkout of dlt.")
        return 0
    everything, reasons = collections.Counter(), collections.defaultdict(collections.Counter)
    with tempfile.TemporaryDirectory(prefix="dlt-suite-") as temporary:
        folder = Path(temporary)
        prepare(tests, folder)
        print("| file | passed | failed | skipped | rate |\n| --- | ---: | ---: | ---: | ---: |")
        for name in given.files or FILES:
            found = run(folder, name)
            counts = {key: len(found[key]) for key in ("passed", "failed", "skipped")}
            everything.update(counts)
            rate = counts["passed"] / max(1, counts["passed"] + counts["failed"])
            print(f"| {name} | {counts['passed']} | {counts['failed']} | {counts['skipped']} | {rate:.0%} |", flush=True)
            for test, message in found["failed"]:
                said, detail = reason(message)
                reasons[said][detail or name] += 1
                if given.verbose:
                    last = [line for line in message.splitlines() if line.startswith("E  ")] or message.splitlines()[:1]
                    print(f"    {test}: {' '.join(last[:2])[:300]}")
    total = everything["passed"] + everything["failed"]
    print(f"\n{everything['passed']} of {total} passed ({everything['passed'] / max(1, total):.1%}), {everything['skipped']} skipped")
    for said, details in sorted(reasons.items(), key=lambda pair: -sum(pair[1].values())):
        print(f"- {sum(details.values())} × {said}: " + ", ".join(f"{d} ({n})" for d, n in details.most_common(12)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
