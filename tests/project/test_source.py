"""`sluice init` and `sluice source`: the wizard of seed 000, its prompts as flags, and what is kept of the files."""
import json
import os

import pytest
from project_support import Project
from servers_postgres import postgres_server
from test_sync import fill


@pytest.fixture(scope="module")
def postgres():
    with postgres_server() as server:
        server.sql("CREATE TABLE customers (id int PRIMARY KEY, name text); INSERT INTO customers VALUES (1, 'a'), (2, 'b');"
                   "CREATE TABLE orders (id int PRIMARY KEY, total numeric, updated_at timestamptz);"
                   "INSERT INTO orders SELECT i, i / 3.0, '2024-01-01'::timestamptz + i * interval '1 hour' "
                   "FROM generate_series(1, 1000) i;"
                   "CREATE SCHEMA analytics; CREATE TABLE analytics.visits (id int PRIMARY KEY); "
                   "INSERT INTO analytics.visits VALUES (1)")
        yield server


def url(server):
    return server.url().replace("postgres://", "postgresql://")


def test_init(tmp_path):
    project = Project(tmp_path / "other")
    project.run("init", "new", "--name", "New", "--organization", "Org")
    new = tmp_path / "other" / "new"
    assert (new / ".dango/sources.yml").read_text() == "version: '1.0'\nsources: []\n"
    yml = (new / ".dango/project.yml").read_text()
    assert "  name: New\n" in yml and "  organization: Org\n" in yml and "port: 8800" in yml
    for secret in (".env", ".dlt/secrets.toml"):
        assert os.stat(new / secret).st_mode & 0o077 == 0
        assert secret in (new / ".gitignore").read_text().splitlines()
    assert "is a project already: --force" in project.run("init", "new", expect=2).err
    (new / ".gitignore").write_text("mine\n.env\n")
    project.run("init", "new", "--force")
    lines = (new / ".gitignore").read_text().splitlines()
    assert lines[:2] == ["mine", ".env"] and lines.count(".env") == 1
    out = project.ask("init", "asked", answers=["Asked", "", "why"])
    assert "? Project name [asked]" in out and "  name: Asked\n" in (tmp_path / "other/asked/.dango/project.yml").read_text()


def test_no_project(tmp_path):
    project = Project(tmp_path / "p")
    (project.folder / ".dango/project.yml").unlink()
    assert "neither this folder nor a folder above it has .dango/project.yml; `sluice init` makes one" in project.sync(expect=1).err


def test_the_wizard_for_postgres(project, postgres):
    out = project.ask("source", "add", answers=["PostgreSQL", "my_postgres", "", "postgresql://x@127.0.0.1:1/none", "", "Yes",
                                                url(postgres), "customers, orders"])
    for prompt in ("? Select a data source:", "? Source name:", "? Environment variable for connection URL [POSTGRES_CREDENTIALS]:",
                   "? Schema (default: public) [public]:", "? Table names (comma-separated, or blank for all):",
                   "? Try a different connection URL?", "Connected: 2 tables", "1. sluice sync my_postgres"):
        assert prompt in out, out
    assert (project.folder / ".dango/sources.yml").read_text() == (
        "version: '1.0'\nsources:\n- name: my_postgres\n  type: postgres\n  enabled: true\n  generic_config:\n"
        "    credentials_env: POSTGRES_CREDENTIALS\n    schema: public\n    table_names:\n    - customers\n    - orders\n")
    assert (project.folder / ".env").read_text().startswith("POSTGRES_CREDENTIALS=")
    assert os.stat(project.folder / ".env").st_mode & 0o077 == 0
    for _ in range(2):  # D1, D1c: the URL of the documentation works, and twice is not doubled
        result = project.report()["my_postgres"]
        assert (result["rows"], result["rows_in_tables"]) == (1002, 1002)
    assert project.warehouse("SELECT count(DISTINCT id) FROM raw_my_postgres.orders") == [(1000,)]
    assert "ok      source my_postgres" in project.run("doctor").out


def test_nothing_is_saved_when_the_connection_fails(project):
    before = sorted(p.name for p in project.folder.rglob("*"))
    err = project.run("source", "add", "postgres", "--name", "pg", "--url", "postgresql://u:geheim@127.0.0.1:1/x", expect=1).err
    assert "127.0.0.1" in err and "geheim" not in err
    assert sorted(p.name for p in project.folder.rglob("*")) == before


def test_flags_and_single_tables(project, postgres):
    project.run("source", "add", "postgres", "--name", "shop", "--url", url(postgres), "--table-names", "orders",
                "--cursor", "updated_at", "--initial-value", "2024-01-10", "--set", "where=id < 500", "--description", "the shop")
    assert project.report()["shop"]["rows"] == 499 - 215
    state = project.run("source", "inspect-state", "shop").out
    assert "updated_at" in state and "last_value" in state and "2024-01-10" in state
    listed = project.run("source", "list").out
    assert "shop" in listed and "incremental" in listed and "284" in listed
    err = project.run("source", "add", "postgres", "--name", "x", "--url", url(postgres), "--table-names", "order", expect=1).err
    assert "there is no table order in the source; did you mean orders?" in err
    assert "have no setting tabel_names; did you mean table_names?" in project.run(
        "source", "add", "postgres", "--name", "x", "--set", "tabel_names=a", expect=2).err
    assert "there is a source called shop already" in project.run("source", "add", "postgres", "--name", "shop", expect=2).err


def test_edit_and_remove_keep_comments(project):
    fill(project)
    project.sources("# the shop\n- name: shop\n  type: sqlite  # a file\n  generic_config:\n    path: shop.db\n# the end\n")
    project.run("source", "edit", "shop", "--set", "where=id < 10", "--cursor", "updated_at")
    assert (project.folder / ".dango/sources.yml").read_text() == (
        "version: '1.0'\nsources:\n# the shop\n- name: shop\n  type: sqlite  # a file\n  generic_config:\n    path: shop.db\n"
        "    where: 'id < 10'\n    incremental:\n      cursor_column: updated_at\n# the end\n")
    assert project.report()["shop"]["rows"] == 9
    project.run("source", "remove", "shop", "--yes")
    assert (project.folder / ".dango/sources.yml").read_text() == "version: '1.0'\nsources:\n# the shop\n# the end\n"
    editor = project.write("editor", "#!/bin/sh\necho '- name: broken' >> \"$1\"\n")
    editor.chmod(0o755)
    assert "source broken has no type" in project.run("source", "edit", env={"VISUAL": str(editor)}, expect=2).err


def test_validate_and_messages_with_a_caret(project):
    project.sources("- name: shop\n  type: sqlite\n  generic_config:\n    pfad: shop.db\n")
    err = project.run("validate", expect=2).err
    assert "sources.yml:6:5: source shop (sqlite) has no setting 'pfad'; did you mean 'path'?" in err
    assert "  6 |     pfad: shop.db\n          ^" in err
    project.write(".dango/sources.yml", "version: '1.0'\nsources: [\n")
    assert "sources.yml:3:1: " in project.run("validate", expect=1).err
    project.sources("- name: pg\n  type: postgres\n  generic_config: {credentials_env: NOT_THERE}\n")
    project.write("custom_sources/my_api.py", "")
    done = project.run("validate", expect=1)
    assert "FAILED  source pg (postgres): " in done.out and "NOT_THERE" in done.out
    assert "custom_sources/my_api.py" in done.err and "1 failed" in done.out
    assert json.loads(project.run("validate", "--json", expect=1).out)["ok"] is False
    project.write(".env", "NOT_THERE='x\n")
    assert ".env:1:11: this text has no closing quote" in project.run("validate", expect=1).err
