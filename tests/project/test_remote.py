"""`sluice remote` against an SSH server that is started here: variables, and what a push copies and what never."""
import json
import os
import shutil
import stat
import subprocess

import pytest
from servers_ssh import ssh_server
from test_sync import SHOP

SECRETS = [".env", ".dlt/secrets.toml", "dbt/profiles.yml", "scripts/.env", "custom_sources/secrets.toml",
           "data/warehouse.duckdb", "custom_sources/__pycache__/a.pyc", "dbt/target/x.json", ".dango/cloud.yml"]


@pytest.fixture(scope="module")
def server():
    with ssh_server() as server:
        yield server


@pytest.fixture
def remote(project, server):
    """A project with a server that has nothing yet."""
    shutil.rmtree(server.project, ignore_errors=True)
    for name in os.listdir(server.bin):
        (server.bin / name).unlink()
    (server.home / "deploy.lock").unlink(missing_ok=True)
    project.write(".dango/cloud.yml", server.cloud_yml())
    project.sources(SHOP)
    return project


def push(remote, *words, **kw):
    return remote.run("remote", "push", "--yes", *words, **kw)


def read(server, name):
    return (server.project / name).read_text()


def fill(remote):
    for name in ("dbt/models/staging/stg_a.sql", "dbt/models/marts/b.sql", "dbt/macros/m.sql", "dbt/seeds/s.csv",
                 "custom_sources/my_api.py", "scripts/it's a script.py", "dbt/dbt_project.yml", *SECRETS[:-1]):
        remote.write(name, f"# {name}\n")


def test_push_copies_the_project_and_no_secrets(remote, server):
    fill(remote)
    done = push(remote, "--dry-run")
    assert "Dry-run summary:" in done.out and "new      custom_sources/my_api.py" in done.out
    assert "New models: b, stg_a" in done.out and not server.project.exists()
    assert "⚠️  Unreferenced custom sources detected:\n   - custom_sources/my_api.py\n" in done.err
    done = push(remote)
    assert "Push complete." in done.out and "New models: b, stg_a" in done.out and "Files synced: 9" in done.out
    assert "Warning: The server has no sluice" in done.out
    assert read(server, "custom_sources/my_api.py") == "# custom_sources/my_api.py\n"
    assert read(server, ".dango/sources.yml") == (remote.folder / ".dango/sources.yml").read_text()
    assert (server.project / "scripts/it's a script.py").exists()
    for name in SECRETS:
        assert not (server.project / name).exists(), name
    assert not (server.home / "deploy.lock").exists()


def test_push_again_copies_what_changed(remote, server):
    fill(remote)
    push(remote, "-q")
    os.utime(remote.folder / "dbt/macros/m.sql", (1, 1))  # another time, the same content
    assert "Files synced: 0" in push(remote).out
    remote.write("dbt/models/staging/stg_a.sql", "SELECT 1\n")
    remote.write("dbt/models/staging/stg_c.sql", "SELECT 2\n")
    (remote.folder / "dbt/models/marts/b.sql").unlink()
    (remote.folder / "custom_sources/my_api.py").unlink()
    for name in (".env", "custom_sources/secrets.toml", "data/warehouse.duckdb"):  # the server's own stay
        (server.project / name).parent.mkdir(exist_ok=True)
        (server.project / name).write_text("the server's")
    report = json.loads(push(remote, "--json").out)
    assert sorted((f["path"], f["change"]) for f in report["files"]) == [
        ("custom_sources/my_api.py", "removed"), ("dbt/models/marts/b.sql", "removed"),
        ("dbt/models/staging/stg_a.sql", "changed"), ("dbt/models/staging/stg_c.sql", "new")]
    assert read(server, "dbt/models/staging/stg_a.sql") == "SELECT 1\n"
    assert not (server.project / "custom_sources/my_api.py").exists()
    for name in (".env", "custom_sources/secrets.toml", "data/warehouse.duckdb"):
        assert read(server, name) == "the server's"


def test_what_the_server_does_with_a_push(remote, server):
    log = server.home / "calls"
    calls = f'#!/bin/sh\necho "$(basename $0) $*" >> {log}\n'
    server.program("sluice", calls + '[ "$1" != validate ] || echo "  FAILED  source pg (postgres): PG_URL is not set"\n')
    server.program("dbt", "#!/bin/sh\n")
    server.program("python3", calls + 'mkdir -p venv/bin; [ $1 != -m ] || cp "$0" venv/bin/pip\n')
    fill(remote)
    remote.write("requirements.txt", "requests\n")
    done = push(remote)
    assert "requirements.txt: installed" in done.out
    assert "Warning: source pg (postgres): PG_URL is not set" in done.out
    assert log.read_text().splitlines() == ["python3 -m venv venv",
                                            "pip install -q --disable-pip-version-check -r requirements.txt",
                                            "sluice validate -q"]
    subprocess.run(["install", "-D", "/dev/null", server.project / "data/warehouse.duckdb"], check=True)
    remote.write("dbt/models/marts/b.sql", "SELECT 3\n")
    assert "Models rebuilt" in push(remote).out
    assert log.read_text().splitlines()[-1] == "sluice run --select b"
    remote.write("dbt/macros/m.sql", "changed\n")
    push(remote)
    assert log.read_text().splitlines()[-1] == "sluice run"
    server.program("sluice", "#!/bin/sh\n[ $1 != run ] || { echo model b is wrong; exit 1; }\n")
    remote.write("dbt/models/marts/b.sql", "SELECT 4\n")
    err = push(remote, expect=1).err
    assert "Push failed: dbt run failed for models [b]: model b is wrong" in err
    assert not (server.home / "deploy.lock").exists()


def test_one_push_at_a_time(remote, server):
    fill(remote)
    lock = server.home / "deploy.lock"
    lock.write_text('{"deployer": "eva@laptop", "started_at": "2026-01-01T10:00:00Z"}')
    lock.chmod(0o644)
    err = push(remote, expect=1).err
    assert "Deploy lock held by eva@laptop (started 2026-01-01T10:00:00Z). Use --force to override." in err
    assert not (server.project / "dbt").exists()
    push(remote, "--force")
    lock.write_text("{}")
    os.utime(lock, (1, 1))  # of a push that was killed long ago
    push(remote)


def test_git_guards_a_push(remote):
    git = ["git", "-C", str(remote.folder), "-c", "user.name=t", "-c", "user.email=t@t"]
    fill(remote)
    subprocess.run([*git, "init", "-q", "-b", "work"], check=True)
    err = push(remote, expect=2).err
    assert "On branch 'work', expected 'main'.\nWorking tree has uncommitted changes." in err
    assert "Use --allow-branch and --allow-dirty to override." in err
    done = push(remote, "--allow-branch", "--allow-dirty")
    assert "Warning: Deploying from 'work' (expected 'main')." in done.err
    subprocess.run([*git, "add", "-f", ".env"], check=True)
    err = push(remote, "--allow-branch", "--allow-dirty", expect=2).err
    assert ".env holds secrets and is tracked by git" in err


def test_a_push_asks(remote, server):
    out = remote.ask("remote", "push", answers=["no"], expect=1)
    assert "? This will push local files to the remote server and rebuild. Continue? [No]:" in out
    assert "Push cancelled." in out and not server.project.exists()
    assert "--yes says yes" in remote.run("remote", "push", expect=1).err
    assert "Push complete." in remote.ask("remote", "push", answers=["yes"])


def test_variables(remote, server):
    assert "no project at" in remote.run("remote", "env", "list", expect=1).err
    push(remote, "-q")
    assert remote.run("remote", "env", "list").out == "No environment variables set.\n"
    value = "mongodb+srv://my'user:p w$d#1@host/mydb"
    done = remote.run("remote", "env", "set", "MONGODB_CONNECTION_URL", value)  # as seed 000 writes it
    assert done.out == "Set MONGODB_CONNECTION_URL=***\n"
    assert stat.S_IMODE((server.project / ".env").stat().st_mode) == 0o600
    with open(server.project / ".env", "a") as env:
        env.write("# mine\nOTHER = x\n")
    assert remote.run("remote", "env", "set", "A_KEY=1=2").out == "Set A_KEY=***\n"  # as Dango's program takes it
    assert remote.run("remote", "env", "set", "OTHER=y").out == "Updated OTHER=***\n"
    out = remote.run("remote", "env", "list").out
    assert out == "MONGODB_CONNECTION_URL=***\nOTHER=***\nA_KEY=***\n\n3 variable(s) total\n"
    assert remote.run("remote", "env", "get", "A_KEY").out == "A_KEY=***\n"
    assert read(server, ".env").splitlines()[1:] == ["# mine", "OTHER=y", "A_KEY=1=2"]
    assert remote.run("remote", "env", "delete", "A_KEY").out == "Deleted A_KEY\n"
    for word in ("get", "delete"):
        assert "Not found: A_KEY is not set in remote .env" in remote.run("remote", "env", word, "A_KEY", expect=1).err
    shutil.copy(server.project / ".env", remote.folder / ".env")  # what was written is what is read
    remote.sources("- name: m\n  type: mongodb\n  generic_config:\n    connection_url_env: MONGODB_CONNECTION_URL\n")
    assert "ok      source m" in remote.run("validate").out
    out = remote.ask("remote", "env", "set", "SECRET", answers=["hidden"])
    assert "? Value of SECRET: " in out and "hidden" not in out
    assert read(server, ".env").splitlines()[-1] == "SECRET=hidden"
    assert "no name of a variable" in remote.run("remote", "env", "set", "A-B=1", expect=2).err


def test_a_secret_stands_on_no_command_line(remote, server):
    push(remote, "-q")
    ssh = shutil.which("ssh")
    fake = remote.write("bin/ssh", f'#!/bin/sh\necho "$@" >> {remote.folder}/words\nexec {ssh} "$@"\n')
    fake.chmod(0o755)
    remote.run("remote", "env", "set", "K=verysecret", env={"PATH": f"{remote.folder}/bin:{os.environ['PATH']}"})
    words = (remote.folder / "words").read_text()
    assert ".env" in words and "verysecret" not in words


def test_what_is_wrong_with_the_connection(remote, server):
    other = server.folder / "other_key"
    remote.write(".dango/cloud.yml", server.cloud_yml(key=other))
    assert f"SSH connection to {server.login}@127.0.0.1 failed:" in push(remote, expect=1).err
    remote.write(".dango/cloud.yml", server.cloud_yml(key="nothing"))
    assert "ssh-keygen -t ed25519" in push(remote, expect=1).err
    remote.write(".dango/cloud.yml", "droplet_ip: -oProxyCommand=touch\n")
    assert ".dango/cloud.yml:1:13: droplet_ip cannot be" in push(remote, expect=2).err
    remote.write(".dango/cloud.yml", "droplet_ipp: x\n")
    assert "did you mean 'droplet_ip'?" in push(remote, expect=2).err
    (remote.folder / ".dango/cloud.yml").unlink()
    assert "write .dango/cloud.yml with" in push(remote, expect=1).err


def test_another_host_key_is_refused(remote, server):
    push(remote, "-q")
    server.stop()
    server.start("other_key")
    try:
        assert "now has another host key than the one in" in push(remote, expect=1).err
    finally:
        server.stop()
        server.start()
