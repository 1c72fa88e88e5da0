"""The project's own checks find what they are there for: each row is a small tree and its verdict."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def write_tree(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)


LAYERS = [
    ("down is allowed", {"src/sql/a.c": '#include "schema/s.h"\n', "src/schema/s.h": ""}, None),
    ("up is not", {"src/base/a.c": '#include "schema/s.h"\n', "src/schema/s.h": ""},
     'room base may not include "schema/s.h" (room schema)'),
    ("a neighbour is not", {"src/sql/a.c": '#include "normalize/n.h"\n', "src/normalize/n.h": ""},
     "room sql may not include"),
    ("one connector does not know another",
     {"src/sources/a/a.c": '#include "sources/b/b.h"\n', "src/sources/b/b.h": ""},
     "room sources/a may not include"),
    ("the pipeline knows no connector",
     {"src/pipeline/p.c": '#include "sources/b/b.h"\n', "src/sources/b/b.h": ""},
     "room pipeline may not include"),
    ("examples see the installed API only",
     {"examples/e.c": '#include <sluice/a.h>\n#include "base/b.h"\n', "include/sluice/a.h": "",
      "src/base/b.h": ""}, "room examples may not include"),
    ("a library belongs to its rooms", {"src/base/a.c": "#include <duckdb.h>\n"},
     "room base may not include <duckdb.h>"),
    ("an unknown library is refused", {"src/base/a.c": "#include <openssl/ssl.h>\n"}, "<openssl/ssl.h> is not in"),
    ("a commented include is none", {"src/base/a.c": '/* #include "sql/s.h" */\n'}, None),
    ("a cycle inside a room",
     {"src/base/a.h": '#include "base/b.h"\n', "src/base/b.h": '#include "base/a.h"\n'},
     "cycle between files"),
    ("a missing header", {"src/base/a.c": '#include "base/nowhere.h"\n'}, "does not exist"),
    ("an empty tree is no success", {}, "0 files"),
]


@pytest.mark.parametrize("label, files, complaint", LAYERS, ids=[row[0] for row in LAYERS])
def test_layers(tmp_path, label, files, complaint):
    write_tree(tmp_path, files | {"tools/layers.txt": (ROOT / "tools/layers.txt").read_text()})
    got = run(sys.executable, ROOT / "tools/check-layers", tmp_path)
    assert (got.returncode, complaint or "") == (1 if complaint else 0, complaint or ""), got.stdout
    assert (complaint or "all includes allowed") in got.stdout


LONG = "int f(void) {\n" + "  g();\n" * 60 + "}\n"
STYLE = [
    ("calls", "clean", {"src/a.c": "int f(void) {\n  return my_atoi(1) + x.atoi(2);\n}\n"}, None),
    ("calls", "a banned call", {"src/a.c": "int f(char *a) {\n  return atoi(a);\n}\n"}, "src/a.c:2: atoi()"),
    ("calls", "in a comment or text", {"src/a.c": 'char *a = "atoi(x)"; /* sprintf(x) */\n'}, None),
    ("sizes", "60 lines and the braces", {"src/a.c": LONG.replace("  g();\n", "", 2)}, None),
    ("sizes", "too long a function", {"src/a.c": LONG}, "src/a.c:1: function of 62 lines"),
    ("sizes", "too long a file", {"src/a.h": "\n" * 801}, "801 lines"),
    ("texts", "a machine's path", {"docs/a.md": "see /wo" + "rk/main\n"}, "a path of one machine"),
    ("texts", "a registry's host", {"tools/a": "curl https://py" + "pi.org/x\n"}, "registry's host name"),
    ("texts", "an unfinished mark", {"src/a.c": "/* TO" + "DO: x */\n"}, "an unfinished mark"),
]


def repository(root, files):
    (root / "tools").mkdir()
    shutil.copy(ROOT / "tools/check-style", root / "tools")
    write_tree(root, files)
    run("git", "init", "-q", root, check=True)
    return root / "tools/check-style"


@pytest.mark.parametrize("check, label, files, complaint", STYLE, ids=[f"{r[0]}: {r[1]}" for r in STYLE])
def test_style(tmp_path, check, label, files, complaint):
    got = run(sys.executable, repository(tmp_path, files), check)
    assert got.returncode == (1 if complaint else 0), got.stdout
    assert (complaint or "nothing found") in got.stdout


SUBJECTS = [
    ("base: hash 16 bytes at once", None),
    ("base, column: two rooms", None),
    ("Update files", "is not 'area: what changes'"),
    ("base: " + "x" * 55, "subject has 61 letters"),
]


@pytest.mark.parametrize("subject, complaint", SUBJECTS)
def test_subjects(tmp_path, subject, complaint):
    script = repository(tmp_path, {})
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    run("git", "-C", tmp_path, *identity, "commit", "-q", "--allow-empty", "-m", subject, check=True)
    got = run(sys.executable, script, "subjects")
    assert got.returncode == (1 if complaint else 0), got.stdout
    assert (complaint or "nothing found") in got.stdout


def test_bootstrap_second_run_does_nothing():
    """Everything is there already (the tests run in it), so it neither prints nor fetches."""
    got = run(ROOT / "tools/bootstrap", "test", env={**os.environ, "PIP_NO_INDEX": "1"})
    assert (got.returncode, got.stdout, got.stderr) == (0, "", "")


def test_bootstrap_names_unknown_arguments():
    got = run(ROOT / "tools/bootstrap", "everything")
    assert got.returncode == 1 and "unknown: everything" in got.stderr
