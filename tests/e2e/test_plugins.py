"""Connectors outside the tree: docs/new-source.md is followed to the letter."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support import REPO, SLUICE

BUILD = Path(SLUICE).resolve().parent
GUIDE = (REPO / "docs" / "new-source.md").read_text()


def guide_block(language, containing):
    blocks = re.findall(rf"```{language}\n(.*?)```", GUIDE, flags=re.S)
    return next(block for block in blocks if containing in block)


def compile_plugin(folder, headers, output, *flags):
    """The guide's own command line, with the folder of the installed headers."""
    line = guide_block("sh", "-shared").splitlines()[0].split()
    assert line[0] == "cc" and line[-1] == "*.c"
    words = [output if word == "parcels.so" else word for word in line[1:-1]]
    subprocess.run([os.environ.get("CC", "cc"), *words, "-Wall", "-Wextra", "-Werror", "-I", headers, *flags,
                    *sorted(map(str, folder.glob("*.c")))], check=True, cwd=folder)
    return folder / output


@pytest.fixture(scope="module")
def headers(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("installed")
    subprocess.run(["cmake", "--install", BUILD, "--component", "headers", "--prefix", prefix], check=True,
                   stdout=subprocess.DEVNULL)
    return prefix / "include"


@pytest.fixture(scope="module")
def parcels(tmp_path_factory, headers):
    """The template, copied and renamed, as a shared object."""
    folder = tmp_path_factory.mktemp("parcels")
    for path in (REPO / "src" / "sources" / "example").iterdir():
        target = folder / path.name.replace("example", "parcels")
        target.write_text(path.read_text().replace("example", "parcels"))
    (folder / "plugin.c").write_text(guide_block("c", "sluice_connector"))
    return compile_plugin(folder, headers, "parcels.so")


def test_a_copied_template_loads_as_a_plugin(work, parcels):
    env = {"SLUICE_PLUGINS": str(parcels)}
    work.load("parcels:orders?rows=5000", env=env)
    assert work.rows("select count(*), max(points) from ds.items") == [(5000, 2**63 - 1)]
    work.load("parcels:customers", "--rows", "300", "--as", "people", env=env)
    assert work.rows("select count(*), count(address__city) from ds.people") == [(30, 30)]
    assert work.rows("select count(*) from ds.people__visits") == [(30,)]


def test_a_folder_of_plugins(work, parcels):
    folder = work.folder / "plug-ins"
    folder.mkdir()
    shutil.copy(parcels, folder)
    (folder / "readme.txt").write_text("not a plug-in, and not looked at")
    work.load("parcels:orders", env={"SLUICE_PLUGINS": f"{folder}:"})
    assert work.rows("select count(*) from ds.items") == [(1000,)]


def test_without_the_plugin_its_scheme_is_unknown(work):
    done = work.load("parcels:orders", expect=2)
    assert "no source can read 'parcels:orders'" in done.err and "example:" in done.err


@pytest.mark.parametrize("program", ["contract_sources", "contract_source_stops"])
def test_a_plugin_passes_the_contract(parcels, program):
    if not (BUILD / program).exists():
        pytest.skip(f"{program} is not built")
    env = {**os.environ, "SLUICE_PLUGINS": str(parcels), "SLUICE_CONTRACT_PLACE": "parcels",
           "SLUICE_CONTRACT_SOURCE_PARCELS": "parcels:orders?rows=20000&block-rows=1000",
           "SLUICE_CONTRACT_SOURCE_PARCELS_MISSING": "parcels:nothing",
           "SLUICE_CONTRACT_SOURCE_PARCELS_BROKEN": "parcels:orders?fail-at=10",
           "SLUICE_CONTRACT_SOURCE_PARCELS_REFUSED": "parcels:orders?rows=-1",
           "SLUICE_CONTRACT_SOURCE_PARCELS_SECRET": "parcels:orders?fail-at=1&token=s3cr3tS3nt1n3l",
           "SLUICE_CONTRACT_SOURCE_PARCELS_SLOW": "parcels:orders?wait-ms=600000",
           "SLUICE_CONTRACT_SOURCE_PARCELS_ONLY_NEW": "only-new",
           "SLUICE_CONTRACT_SOURCE_PARCELS_GROW": "true",
           "SLUICE_CONTRACT_SOURCE_PARCELS_GROWN": "parcels:orders?rows=20007",
           "SLUICE_CONTRACT_SOURCE_PARCELS_GROWN_ROWS": "7",
           "SLUICE_LIBDUCKDB": os.environ.get("SLUICE_LIBDUCKDB", str(REPO / ".deps" / "lib" / "libduckdb.so"))}
    done = subprocess.run([BUILD / program], env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and " 0 failed" in done.stdout, done.stdout + done.stderr


BAD = {
    "no symbol": ("int nothing_here(void);\nint nothing_here(void) { return 1; }\n", "no symbol sluice_connector"),
    "another version": (
        "#include <sluice/plugin.h>\nstatic const struct sl_plugin p = { .abi = 999, .struct_size = sizeof p };\n"
        "const struct sl_plugin *sluice_connector(void) { return &p; }\n", "another version of Sluice"),
    "a table too short": (
        "#include <sluice/plugin.h>\nstatic const struct sl_source_ops s = { .struct_size = 16, .name = \"s\" };\n"
        "static const struct sl_source_ops *const all[] = { &s, NULL };\n"
        "static const struct sl_plugin p = { .abi = SL_PLUGIN_ABI, .struct_size = sizeof p, .sources = all };\n"
        "const struct sl_plugin *sluice_connector(void) { return &p; }\n", "lacks a member"),
    "an unknown function": (
        "#include <sluice/plugin.h>\nvoid sl_not_there(void);\n"
        "const struct sl_plugin *sluice_connector(void) { sl_not_there(); return NULL; }\n", "sl_not_there"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_plugin_is_refused_in_words(work, headers, case):
    source, words = BAD[case]
    work.write("plugin.c", source)
    path = compile_plugin(work.folder, headers, "bad.so")
    done = work.load("parcels:orders", expect=2, env={"SLUICE_PLUGINS": str(path)})
    assert words in done.err and "bad.so" in done.err


def test_a_plugin_that_is_missing_is_said(work):
    done = work.load("parcels:orders", expect=2, env={"SLUICE_PLUGINS": "nowhere.so"})
    assert "nowhere.so" in done.err and "SLUICE_PLUGINS" in done.err


def test_built_in_connectors_do_not_wait_for_plugins(work):
    work.write("a.jsonl", '{"a": 1}\n')
    work.load("a.jsonl", env={"SLUICE_PLUGINS": "nowhere.so"})
    assert work.rows("select a from ds.items") == [(1,)]


def test_a_scheme_is_taken_once(work, parcels):
    twice = work.folder / "twice.so"
    shutil.copy(parcels, twice)
    done = work.load("parcels:orders", expect=2, env={"SLUICE_PLUGINS": f"{parcels}:{twice}"})
    assert "twice.so" in done.err and "'parcels'" in done.err
