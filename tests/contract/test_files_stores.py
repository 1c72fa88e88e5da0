"""Files in an object store as a destination: S3 and Google's XML API against moto, Azure against an emulator of ours; both check signatures."""
import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e")]
from files_support import Loads, exact_rows, files, loaded, rows  # noqa: E402
from servers_azure import Container, azure_server  # noqa: E402
from servers_s3 import Bucket, s3_server  # noqa: E402
from support import SLUICE  # noqa: E402

numbers = itertools.count(1)


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    with s3_server(tmp_path_factory.mktemp("moto")) as running:
        yield running


@pytest.fixture(scope="module")
def azure():
    with azure_server() as running:
        yield running


@pytest.fixture(params=["s3", "az"])
def loads(request, tmp_path):
    server = request.getfixturevalue("azure" if request.param == "az" else "s3")
    server.plan = None
    name = f"bucket-{next(numbers)}"
    place = Container(server, name) if request.param == "az" else Bucket(server, name, request.param)
    (tmp_path / "tmp").mkdir()
    return Loads(tmp_path, place, *place.options, env=place.env(TMPDIR=str(tmp_path / "tmp"), HOME=str(tmp_path)))


everywhere = pytest.mark.parametrize("loads", ["s3", "gs", "az"], indirect=True)
amazon = pytest.mark.parametrize("loads", ["s3"], indirect=True)


@everywhere
@pytest.mark.parametrize("kind", ["parquet", "jsonl", "csv"])
def test_formats(loads, kind):
    loads.load(loads.write("a.jsonl", {"id": 1, "kids": [{"k": 1}]}, {"id": 2, "name": "ä b+c"}), "--file-format", kind)
    loads.load(loads.write("b.jsonl", {"id": 3}), "--file-format", kind, "--layout", "{table_name}/a b+ü=%/{load_id}.{file_id}.{ext}")
    assert loads.ids() == [1, 2, 3] == loads.exact_ids() and len(loaded(loads.place, "ds")) == 2
    assert len(rows(loads.place, "ds", "items__kids")) == 1 and any("a b+ü=%" in k for k in files(loads.place, "ds", "items"))
    assert not loads.place.uploads() and not list((loads.folder / "tmp").iterdir())
    assert not loads.place.keys("ds/_sluice/pending") and not loads.place.keys("ds/_sluice/uploads")


@everywhere
def test_replace_and_new_machine(loads):
    loads.load(loads.write("a.jsonl", {"id": 1, "kids": [{"k": 1}]}))
    subprocess.run(["rm", "-rf", loads.folder / "pipelines"], check=True)
    loads.load(loads.write("b.jsonl", {"id": 2}), "--write-disposition", "replace")
    assert loads.ids() == [2] == loads.exact_ids() and not rows(loads.place, "ds", "items__kids")


def test_many_parts_and_pages(loads):
    """6 MB in parts of 5 MB, and more files than one page of a listing has."""
    with open(loads.folder / "big.jsonl", "w") as f:
        for i in range(36000):
            f.write(json.dumps({"id": i, "text": "x" * 150 + str(i)}) + "\n")
    loads.load("big.jsonl", "--file-format", "jsonl", "--file-compression", "none", "--part-size", "5MB")
    assert loads.ids() == list(range(36000))
    for i in range(9):
        loads.place.write(f"ds/items/old{i}", b"")
    loads.load(loads.write("b.jsonl", {"id": 7}), "--write-disposition", "replace")
    assert [k for k in files(loads.place, "ds", "items")] and loads.ids() == [7]


@amazon
def test_profiles(loads):
    folder = loads.folder / ".aws"
    folder.mkdir()
    server = loads.place.server
    (folder / "credentials").write_text(f"[default]\naws_access_key_id = wrong\n[mine]\naws_access_key_id = {server.key}\n"
                                        f"aws_secret_access_key={server.secret}\n")
    (folder / "config").write_text("[profile mine]\nregion = us-east-1\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        loads.env.pop(name)
    loads.load(loads.write("a.jsonl", {"id": 1}), env={"AWS_PROFILE": "mine"})
    done = loads.load("a.jsonl", env={"AWS_PROFILE": "nobody"}, expect=2)
    assert "no credentials for s3" in done.stderr
    assert loads.ids() == [1]


# ---- bad cases ----

@everywhere
def test_wrong_credentials(loads):
    loads.write("a.jsonl", {"id": 1})
    for change, why in loads.place.wrong():
        done = loads.load("a.jsonl", env=change, expect=1)
        assert why in done.stderr and "s3cr3tS3nt1n3l" not in done.stderr and "ignature=" not in done.stderr
    assert not loads.place.keys()


@amazon
def test_missing_bucket_and_bad_places(loads):
    source = loads.write("a.jsonl", {"id": 1})
    assert "no such bucket" in loads.load(source, url="s3://not-there/x", expect=1).stderr
    assert "s3://bucket/path" in loads.load(source, url="s3:bucket", expect=2).stderr
    down = loads.load(source, "--tries", "2", expect=1, env={"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"})
    assert "127.0.0.1:1" in down.stderr and "(2 tries)" in down.stderr


@pytest.mark.parametrize("loads", ["az"], indirect=True)
def test_missing_container_and_bad_places(loads):
    source = loads.write("a.jsonl", {"id": 1})
    assert "no such container" in loads.load(source, url="az://not-there/x", expect=1).stderr
    assert "az://bucket/path" in loads.load(source, url="az:bucket", expect=2).stderr
    assert "no credentials for az" in loads.load(source, env={"AZURE_STORAGE_ACCOUNT_KEY": ""}, expect=2).stderr
    assert "no base64" in loads.load(source, env={"AZURE_STORAGE_ACCOUNT_KEY": "s3cr3t*S3nt1n3l"}, expect=2).stderr


@pytest.mark.parametrize("loads", ["az"], indirect=True)
def test_shared_access_signature(loads):
    sas = {"AZURE_STORAGE_ACCOUNT_KEY": "", "AZURE_STORAGE_SAS_TOKEN": loads.place.server.sas("racwdl")}
    loads.load(loads.write("a.jsonl", {"id": 1}), env=sas)
    sas["AZURE_STORAGE_SAS_TOKEN"] = loads.place.server.sas("racwdl", expires="2001-01-01T00:00:00Z")
    done = loads.load("a.jsonl", env=sas, expect=1)
    assert "SAS token is wrong or has expired" in done.stderr and "sig=" not in done.stderr
    assert loads.ids() == [1] == loads.exact_ids()


@amazon
def test_expired_token(loads):
    loads.place.server.plan = lambda n, method, path: ("status", 400)
    done = loads.load(loads.write("a.jsonl", {"id": 1}), env={"AWS_SESSION_TOKEN": "old"}, expect=1)
    assert "session token has expired" in done.stderr


def test_slow_down_and_lost_connections(loads):
    """Every third request is refused once or cut: the load takes longer, nothing else."""
    loads.place.server.plan = lambda n, method, path: (None, ("status", 503), "cut")[n % 3]
    loads.load(loads.write("a.jsonl", {"id": 1}, {"id": 2}))
    loads.place.server.plan = None
    assert loads.ids() == [1, 2] == loads.exact_ids() and not loads.place.uploads()


@pytest.mark.parametrize("loads, part", [("s3", "partNumber"), ("s3", "_sluice/pending"), ("s3", "_dlt_loads/"), ("s3", "uploadId"),
                                         ("az", "blockid="), ("az", "comp=blocklist")], indirect=["loads"])
def test_store_fails_for_good(loads, part):
    loads.load(loads.write("a.jsonl", {"id": 1}))
    loads.place.server.plan = lambda n, method, path: ("status", 403) if method in ("PUT", "POST") and part in path else None
    loads.load(loads.write("b.jsonl", {"id": 2}), expect=1)
    loads.place.server.plan = None
    assert loads.exact_ids() == [1] == loads.ids()
    loads.load("b.jsonl")
    assert loads.exact_ids() == [1, 2] == loads.ids() and not loads.place.uploads()


def test_killed_at_every_request(loads):
    """kill -9 before one request reaches the store, or after it did, in turn."""
    server = loads.place.server
    loads.load(loads.write("a.jsonl", {"id": 1}))
    loads.write("b.jsonl", {"id": 2})
    killed, ids = 0, [1]
    for step in range(1, 60, 2):
        count = server.count
        server.plan = lambda n, method, path: ("kill before", "kill after")[step // 2 % 2] if n - count == step else None
        server.victim = subprocess.Popen([SLUICE, "load", "b.jsonl", loads.place.url, "--dataset", "ds", "--as", "items", "--pipeline", "pipe",
                                          "--pipelines-dir", "pipelines", *loads.options], cwd=loads.folder, env=loads.env, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.PIPE)
        server.victim.communicate(timeout=60)
        server.plan = None
        if server.victim.returncode == 0:
            break
        assert server.victim.returncode == -signal.SIGKILL
        killed += 1
        seen = loads.exact_ids()
        assert seen in (ids, ids + [2]), f"step {step}"
        done = loads.run("load", loads.write("c.jsonl", {"id": 3}), loads.place.url, "--dataset", "ds", "--as", "other", "--pipeline", "pipe",
                         "--pipelines-dir", "pipelines", *loads.options)
        assert done.returncode == 0
        ids = loads.exact_ids()
        assert ids in (seen, seen + [2]) and loads.ids() == ids, f"step {step}"
        assert not loads.place.uploads() and not loads.place.keys("ds/_sluice/pending"), f"step {step}"
    assert killed > 5
    assert len(ids) < killed  # most of them undone, the last ones ended
