"""Sinks: rows to programs and web services, in batches, each delivered once however often a load is stopped."""
import datetime
import decimal
import io
import json
import os
import signal
import subprocess
import sys
import time
from email.utils import formatdate
from pathlib import Path

import pyarrow as pa
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from servers_http import make_certificate, serving  # noqa: E402
from servers_postgres import postgres_server  # noqa: E402
from support import REPO, SLUICE, Work  # noqa: E402


@pytest.fixture(scope="module")
def service():
    with serving() as both:
        yield both


class SinkWork(Work):
    def __init__(self, folder, service):
        super().__init__(folder)
        self.receiver, self.url = service
        self.receiver.reset()

    def numbered(self, n, name="rows.jsonl", **more):
        return self.write(name, "".join(json.dumps({"id": i, "name": f"row {i}", **more}) + "\n" for i in range(n)))

    def send(self, source, destination, *options, **kw):
        return self.run("load", source, destination, "--as", "items", "--pipelines-dir", self.folder / "pipelines",
                        *options, **kw)

    def post(self, source, *options, **kw):
        return self.send(source, self.url + "/in", *options, **kw)

    def outbox(self):
        return sorted(path.name for path in self.folder.glob("pipelines/*/outbox/*/ready-*"))


@pytest.fixture
def work(tmp_path, service):
    return SinkWork(tmp_path, service)


# ---- web services ----

def test_a_batch_is_one_request(work):
    done = work.post(work.numbered(25), "--sink-batch", 10, "--primary-key", "id", "--write-disposition", "merge")
    assert [len(r.rows()) for r in work.receiver.requests] == [10, 10, 5]
    assert work.receiver.ids() == list(range(25))
    first = work.receiver.requests[0].headers
    assert first["content-type"] == "application/json" and first["sluice-batch"] == "1/3"
    assert first["sluice-table"] == "items" and first["sluice-write-disposition"] == "merge"
    assert first["sluice-primary-key"] == "id" and first["sluice-load-id"] in done.err + done.out
    assert len({r.key for r in work.receiver.requests}) == 3 and work.outbox() == []


def test_rows_are_as_they_were_in_the_source(work):
    """dlt's custom destination: names direct, nested values in one column, no columns of dlt."""
    source = work.write("rows.jsonl", '{"Id Nr": 1, "tags": ["a", {"b": null}], "Größe": "ü\\"\\n", "n": 12345678901234567890}\n'
                        '{"Id Nr": 2, "tags": {"x": 1.5}}\n')
    work.post(source)
    assert work.receiver.requests[0].rows() == [
        {"Id Nr": 1, "tags": ["a", {"b": None}], "Größe": "ü\"\n", "n": "12345678901234567890"},
        {"Id Nr": 2, "tags": {"x": 1.5}, "Größe": None, "n": None}]


def test_columns_that_come_late_are_in_all_batches(work):
    work.post(work.write("rows.jsonl", '{"id": 1}\n' * 5 + '{"id": 2, "late": true}\n'), "--sink-batch", 2)
    assert all(set(row) == {"id", "late"} for r in work.receiver.requests for row in r.rows())


def test_dlt_columns_on_request(work):
    work.post(work.numbered(1), "--sink-dlt-columns")
    tables = {r.headers["sluice-table"] for r in work.receiver.requests}
    assert tables == {"items"}
    assert set(work.receiver.requests[0].rows()[0]) == {"id", "name", "_dlt_id", "_dlt_load_id"}


@pytest.mark.parametrize("form", ["json", "jsonl", "arrow"])
@pytest.mark.parametrize("packed", [False, True])
def test_formats(work, form, packed):
    work.post(work.numbered(7), "--sink-format", form, "--sink-batch", 3, *["--http-gzip"] * packed)
    assert work.receiver.ids() == list(range(7))
    assert (work.receiver.requests[0].raw[:2] == b"\x1f\x8b") == packed


def test_types_in_json_and_arrow(work):
    typed = work.write("typed.jsonl", '{"id":1,"d":"12345678901234567890.123456789","t":"2024-01-02T03:04:05.000006+00:00",'
                          '"day":"1582-10-15","bin":"AP8=","flag":null,"x":0.1,"text":"\U0001f332\\t\\u0001"}\n'
                          '{"id":2,"d":null,"t":null,"day":null,"bin":null,"flag":false,"x":1e300,"text":""}\n')
    hints = ["--columns", "d:decimal(38,9),t:timestamp,day:date,bin:binary"]
    work.post(typed, *hints)
    assert work.receiver.requests[0].rows() == [
        {"id": 1, "d": "12345678901234567890.123456789", "t": "2024-01-02T03:04:05.000006+00:00",
         "day": "1582-10-15", "bin": "AP8=", "flag": None, "x": 0.1, "text": "\U0001f332\t\u0001"},
        {"id": 2, "d": None, "t": None, "day": None, "bin": None, "flag": False, "x": 1e300, "text": ""}]
    work.receiver.reset()
    work.post(typed, *hints, "--sink-decimals", "number", "--sink-omit-nulls")
    assert b'"d":12345678901234567890.123456789' in work.receiver.requests[0].body
    assert work.receiver.requests[0].rows()[1] == {"id": 2, "flag": False, "x": 1e300, "text": ""}
    work.receiver.reset()
    work.post(typed, *hints, "--sink-format", "arrow")
    table = pa.ipc.open_stream(io.BytesIO(work.receiver.requests[0].body)).read_all()
    table.validate(full=True)
    assert table.schema.metadata[b"sluice.table"] == b"items"
    zone = datetime.timezone.utc
    assert table.to_pylist()[0] == {
        "id": 1, "d": decimal.Decimal("12345678901234567890.123456789"),
        "t": datetime.datetime(2024, 1, 2, 3, 4, 5, 6, zone), "day": datetime.date(1582, 10, 15), "bin": b"\x00\xff",
        "flag": None, "x": 0.1, "text": "\U0001f332\t\u0001"}


def test_faults_are_outlasted(work):
    work.receiver.faults = [500, None, "drop", 503, "late", None, (429, {"Retry-After": "1"}, b"slow down")]
    begin = time.monotonic()
    work.post(work.numbered(40), "--sink-batch", 10)
    assert work.receiver.ids() == list(range(40)) and work.receiver.clashes == []
    assert time.monotonic() - begin > 1
    keys = [r.key for r in work.receiver.requests]
    assert len(keys) == 9 and len(set(keys)) == 4, "a batch that is sent again keeps its key"


def test_retry_after_as_a_date(work):
    work.receiver.faults = [lambda r: (503, {"Retry-After": formatdate(time.time() + 2, usegmt=True)}, b"")]
    begin = time.monotonic()
    work.post(work.numbered(1))
    assert time.monotonic() - begin > 0.9


def test_refusal_stops_and_the_next_load_goes_on(work):
    work.receiver.faults = [None, (422, {}, b'{"error": "no such customer\x07", "token=abc123"}')]
    done = work.post(work.numbered(40), "--sink-batch", 10, expect=1)
    assert "batch 2 of table items (rows 11 to 20) was refused by " + work.url + "/in: HTTP 422: " in done.err
    assert "no such customer" in done.err and "abc123" not in done.err and "\x07" not in done.err
    assert "1 of 4 batches are delivered, the next load of this pipeline goes on from there" in done.err
    done = work.post(work.folder / "rows.jsonl", "--sink-batch", 10)
    assert "was delivered first: the 3 of its 4 batches" in done.err + done.out
    assert sorted(work.receiver.ids()) == sorted(list(range(40)) * 2), "what was left, then the new load"
    assert len(work.receiver.requests) == 9 and work.receiver.clashes == [] and work.outbox() == []


def test_no_more_tries(work):
    work.receiver.faults = [503] * 3
    done = work.post(work.numbered(5), "--sink-retries", 0, expect=1)
    assert "was not accepted by" in done.err and "after 1 attempt: HTTP 503" in done.err
    assert len(work.receiver.requests) == 1 and len(work.outbox()) == 1


def test_other_options_do_not_change_what_was_begun(work):
    work.receiver.faults = [400]
    rows = work.numbered(5)
    work.post(rows, expect=1)
    done = work.post(rows, "--sink-format", "jsonl", expect=2)
    assert "was begun with other options (format=json" in done.err and "--sink-give-up" in done.err
    done = work.post(rows, "--sink-format", "jsonl", "--sink-give-up")
    assert "was given up: 0 of its 1 batches had reached" in done.err + done.out
    assert work.receiver.ids() == list(range(5)) and work.outbox() == []


def test_another_receiver_gets_nothing_of_it(work):
    work.receiver.faults = [400]
    rows = work.numbered(5)
    work.post(rows, expect=1)
    done = work.send(rows, work.url + "/other")
    assert f"to {work.url}/in is not delivered; a load to there goes on with it" in done.err + done.out
    assert work.receiver.ids() == list(range(5)) and len(work.outbox()) == 1
    done = work.post(rows)
    assert "was delivered first" in done.err + done.out and "is not delivered" not in done.err + done.out
    assert len(work.receiver.requests) == 4 and work.outbox() == []


def test_batch_size_of_what_was_begun_stays(work):
    work.receiver.faults = [None, 400]
    rows = work.numbered(9)
    work.post(rows, "--sink-batch", 3, expect=1)
    work.post(rows, "--sink-batch", 9)
    assert [len(r.rows()) for r in work.receiver.requests] == [3, 3, 3, 3, 9]


def test_authentication(work):
    rows = work.numbered(1)
    cases = [
        (["--http-token", "${CRM_TOKEN}"], "authorization", "Bearer t0ken-7"),
        (["--http-user", "ann", "--http-password", "p:w"], "authorization", "Basic YW5uOnA6dw=="),
        (["--http-api-key", "k-1234"], "x-api-key", "k-1234"),
        (["--http-api-key", "k-1234", "--http-api-key-header", "Key"], "key", "k-1234"),
        (["--http-headers", "X-A: 1|X-B: ${CRM_TOKEN}"], "x-b", "t0ken-7"),
        (["--http-key-header", "X-Request-Id", "--http-method", "PUT"], "x-request-id", None),
    ]
    for options, header, want in cases:
        work.receiver.reset()
        done = work.post(rows, *options, "--sink-give-up", env={"CRM_TOKEN": "t0ken-7"})
        got = work.receiver.requests[0].headers[header]
        assert got == want or (want is None and len(got) == 36), options
        assert "t0ken-7" not in done.err + done.out and "k-1234" not in done.err + done.out
    assert work.receiver.requests[0].method == "PUT"
    work.receiver.reset()
    work.send(rows, work.url.replace("http://", "http://ann:secret7@") + "/in")
    assert work.receiver.requests[0].headers["authorization"] == "Basic YW5uOnNlY3JldDc="


def test_secrets_stay_out_of_messages(work):
    """Not even when the service sends them back."""
    work.receiver.faults = [lambda r: (401, {}, f"bad {r.headers['authorization']}".encode())]
    done = work.send(work.numbered(1), work.url + "/in?sig=s3cr3tS3nt1n3l", "--http-token", "s3cr3tS3nt1n3l", expect=1)
    assert "HTTP 401 (check --http-token, --http-user or --http-api-key): bad Bearer ***" in done.err
    for path in work.folder.glob("pipelines/**/*"):
        assert not path.is_file() or b"s3cr3tS3nt1n3l" not in path.read_bytes(), path
    assert "s3cr3tS3nt1n3l" not in done.err


def test_rate(work):
    begin = time.monotonic()
    work.post(work.numbered(6), "--sink-batch", 1, "--rate", "10", "--sink-parallel", 4, "--sink-order", "none")
    assert 0.45 < time.monotonic() - begin < 5 and work.receiver.most_at_once <= 4


def test_parallel_batches_and_their_order(work):
    nap = [lambda r: time.sleep(0.05)] * 20
    rows = work.numbered(20)
    work.receiver.faults = list(nap)
    work.post(rows, "--sink-batch", 1, "--sink-parallel", 8, "--sink-order", "none")
    assert work.receiver.most_at_once > 2 and sorted(work.receiver.ids()) == list(range(20))
    work.receiver.reset()
    work.receiver.faults = list(nap)
    work.post(rows, "--sink-batch", 2, "--sink-parallel", 8)
    assert work.receiver.most_at_once == 1 and work.receiver.ids() == list(range(20))


def test_places_in_the_url(work):
    work.send(work.numbered(2), work.url + "/v1/{table}/{batch}?load={load_id}", "--sink-batch", 1)
    assert [r.path.split("?")[0] for r in work.receiver.requests] == ["/v1/items/1", "/v1/items/2"]
    assert work.receiver.requests[0].path.endswith("?load=" + work.receiver.requests[0].headers["sluice-load-id"])


def test_a_certificate_that_nobody_signed(work, tmp_path):
    certificate = make_certificate(tmp_path)
    rows = work.numbered(2)
    with serving(certificate) as (receiver, url):
        done = work.send(rows, url, expect=1)
        assert "certificate" in done.err and receiver.requests == []
        work.send(rows, url, "--http-ca-file", tmp_path / "cert.pem", "--sink-give-up")
        assert receiver.ids() == [0, 1]


def test_slow_answers_time_out(work):
    work.receiver.faults = [lambda r: (time.sleep(2.5), 503)[1]]
    done = work.post(work.numbered(1), "--http-timeout", 1, "--sink-retries", 0, expect=1)
    assert "not accepted" in done.err and len(work.outbox()) == 1


def test_bad_settings_are_told_before_rows_move(work):
    rows = work.numbered(1)
    cases = [
        ([work.url, "--rate", "fast"], "--rate: 'fast': write requests a second"),
        ([work.url, "--http-headers", "no colon"], "--http-headers: write 'Name: value'"),
        ([work.url, "--http-headers", "a b: c"], "--http-headers: write 'Name: value'"),
        ([work.url, "--http-token", "a", "--http-api-key", "b"], "choose one of --http-token"),
        ([work.url, "--http-key-header", "a b"], "--http-key-header: 'a b' is no name of a header"),
        ([work.url, "--http-password", "b"], "--http-password needs --http-user"),
        ([work.url, "--http-token", "${NO_SUCH_VARIABLE}"], "the environment has no variable 'NO_SUCH_VARIABLE'"),
        (["http:host"], "write the URL of the web service as http://host/path"),
        (["exec:"], "write exec:program arguments"),
        (["exec:cat 'x"], "a quote is not closed"),
        (["callback:crm"], "callback:crm: this program has no function of that name"),
    ]
    for words, text in cases:
        done = work.send(rows, *words, expect=2)
        assert text in done.err, words
    assert work.receiver.requests == [] and work.outbox() == []
    done = work.send(rows, "exec:no-such-program", expect=1)
    assert "cannot start 'no-such-program': there is no such program" in done.err
    done = work.send(rows, "http://127.0.0.1:1/in", "--sink-retries", 0, expect=1)
    assert "127.0.0.1:1" in done.err and "0 of 1 batches are delivered" in done.err


# ---- stopped at every point ----

def start(work, rows, *options):
    return subprocess.Popen([SLUICE, "load", rows, work.url + "/in", "--as", "items", "--pipelines-dir",
                             work.folder / "pipelines", "--sink-batch", "10", *options],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=work.folder)


def killer(process, how=signal.SIGKILL, answer=None):
    def kill(request):
        while process[0] is None:  # it may be quicker than its start returns
            time.sleep(0.001)
        os.kill(process[0].pid, how)
        process[0].wait()
        return answer
    return kill


@pytest.mark.parametrize("parallel", [1, 4])
def test_killed_at_every_batch(work, parallel):
    """Killed before the answer is sent (rows taken or not) at each batch; no row is lost, none is taken twice, and
    the rows of a batch never change."""
    rows = work.numbered(600)
    options = ["--sink-parallel", str(parallel), "--sink-order", "none"]
    for point in range(8):
        process = [None]
        work.receiver.faults = [None] * (point % 2) + [killer(process, answer="late" if point % 3 else "drop")]
        process[0] = start(work, rows, *options)
        process[0].communicate()
        assert process[0].returncode == -signal.SIGKILL and len(work.outbox()) == 1
    work.receiver.faults = [400] * parallel  # once more without a kill
    loads = {r.headers["sluice-load-id"] for r in work.receiver.requests}
    assert len(loads) == 1, "the first load is continued each time"
    done = work.post(rows, "--sink-batch", 10, *options, expect=1)
    work.receiver.faults = []
    done = work.post(rows, "--sink-batch", 10, *options)
    first = {r.key for r in work.receiver.requests if r.headers["sluice-load-id"] in loads}
    assert sorted(row["id"] for key in first for row in work.receiver.taken[key]) == list(range(600)), done.err
    assert work.receiver.clashes == [] and work.outbox() == []


def test_killed_before_the_first_batch(work):
    """While it reads and writes the outbox: nothing was sent, and nothing of it is left."""
    rows = work.numbered(60000)
    for wait in [0.002, 0.01, 0.02, 0.03, 0.045, 0.06]:
        process = start(work, rows, "--sink-format", "jsonl")
        time.sleep(wait)
        process.kill()
        process.communicate()
    work.post(rows, "--sink-batch", 5000, "--sink-format", "jsonl")
    by_load = {}
    for request in work.receiver.requests:
        by_load.setdefault(request.headers["sluice-load-id"], set()).add(request.key)
    for keys in by_load.values():
        ids = [row["id"] for key in keys for row in work.receiver.taken[key]]
        assert sorted(ids) == list(range(60000)), "each load that was begun arrived whole"
    assert list(work.folder.glob("pipelines/*/outbox/*/*-*")) == [] and work.receiver.clashes == []


def test_stopped_by_a_signal(work):
    work.receiver.faults = [None, lambda r: (process.send_signal(signal.SIGINT), time.sleep(0.3), 503)[2]]
    process = start(work, work.numbered(40), "--rate", "2")
    err = process.communicate()[1]
    assert process.returncode == 1 and b"stopped: not all rows were delivered" in err, err
    assert len(work.outbox()) == 1


def test_state_counts_when_all_is_delivered(work):
    """Files that were read are not read again, but only once their rows have arrived."""
    folder = work.folder / "in"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"id": 1}\n')
    options = ["--incremental-files", "--pipeline", "files"]
    work.receiver.faults = [400]
    work.post(f"{folder}/*.jsonl", *options, expect=1)
    work.post(f"{folder}/*.jsonl", *options)
    assert work.receiver.ids() == [1]
    (folder / "b.jsonl").write_text('{"id": 2}\n')
    work.post(f"{folder}/*.jsonl", *options)
    work.post(f"{folder}/*.jsonl", *options)
    assert work.receiver.ids() == [1, 2]


def test_damaged_outbox(work):
    work.receiver.faults = [400] * 9
    rows = work.numbered(5)
    work.post(rows, expect=1)
    ready = next(work.folder.glob("pipelines/*/outbox/*/ready-*"))
    (ready / "0.rows").write_bytes((ready / "0.rows").read_bytes()[:100])
    done = work.post(rows, expect=1)
    assert "0.rows is damaged: give the undelivered load up with --sink-give-up" in done.err
    (ready / "accepted").write_text("0 0 0\n0 1")
    (ready / "package.json").write_text("{")
    done = work.post(rows, expect=1)
    assert "package.json is not what Sluice wrote" in done.err
    work.receiver.faults = []
    work.post(rows, "--sink-give-up")
    assert work.receiver.ids() == list(range(5))


# ---- programs ----

def program(work, text):
    path = work.write("program.py", "import json, os, sys, time\n" + text)
    return f"exec:{sys.executable} '{path}'"


def test_program_reads_json_lines(work):
    work.send(work.numbered(5), program(work, "open('got', 'w').write(sys.stdin.read()); "
                                        "print('whatever'); json.dump(dict(os.environ), open('env', 'w'))"),
              "--sink-batch", 2, "--primary-key", "id")
    assert [json.loads(line)["id"] for line in open(work.folder / "got")] == list(range(5))
    env = json.load(open(work.folder / "env"))
    assert env["SLUICE_TABLE"] == "items" and env["SLUICE_FIRST_BATCH"] == "1" and env["SLUICE_BATCH_ROWS"] == "2"
    assert env["SLUICE_FORMAT"] == "jsonl" and env["SLUICE_PRIMARY_KEY"] == "id" and env["SLUICE_LOAD_ID"]


def test_words_of_a_command(work):
    text = "json.dump(sys.argv[1:], open('words', 'w')); sys.stdin.read()"
    work.send(work.numbered(1), program(work, text) + r""" a 'b c' "d\"e$HOME" f\ g '' *""")
    assert json.load(open(work.folder / "words")) == ["a", "b c", 'd"e$HOME', "f g", "", "*"]


def test_program_goes_on_after_what_it_confirmed(work):
    """Fails in batch 3 after 'ok 2'; the next start begins with batch 3."""
    text = """
first = int(os.environ['SLUICE_FIRST_BATCH'])
rows = [json.loads(line)['id'] for line in sys.stdin]
if first == 1:
    print('ok 1', flush=True); print('ok 2', flush=True); print('disk full, token=abc', file=sys.stderr); sys.exit(3)
open('got', 'a').write(f'{first} {rows}')
"""
    rows = work.numbered(5)
    done = work.send(rows, program(work, text), "--sink-batch", 1, expect=1)
    assert "ended with status 3: disk full, token=***; 2 of 5 batches are delivered" in done.err
    work.receiver.reset()
    work.send(work.write("rows.jsonl", ""), program(work, text), "--sink-batch", 1)
    assert (work.folder / "got").read_text() == "3 [2, 3, 4]"


def test_program_that_asks_for_another_time(work):
    text = """
first = int(os.environ['SLUICE_FIRST_BATCH'])
rows = sys.stdin.readlines()
open('starts', 'a').write(f'{first}:{len(rows)} ')
if first < 3:
    print(f'ok {first}', flush=True)
    sys.exit(75)
"""
    work.send(work.numbered(3), program(work, text), "--sink-batch", 1)
    assert (work.folder / "starts").read_text() == "1:3 2:2 3:1 "


@pytest.mark.parametrize("text, message", [
    ("sys.exit(7)", "ended with status 7: it said nothing on stderr"),
    ("os.kill(os.getpid(), 9)", "was killed by signal 9"),
    ("sys.stdin.readline()", "ended with status 0, but had not read all rows"),
    ("print('ok 99', flush=True); sys.stdin.read()", "said 'ok 99', and only"),
])
def test_programs_that_fail(work, text, message):
    done = work.send(work.numbered(30000), program(work, text), expect=1)
    assert message in done.err and "0 of 30 batches are delivered" in done.err


def test_program_is_ended_with_the_load(work):
    """Also its children, and also one that does not listen."""
    text = """
import signal, subprocess
signal.signal(signal.SIGTERM, lambda *a: open('asked', 'w').close())
child = subprocess.Popen(['sleep', '60'])
open('child', 'w').write(str(child.pid))
while True: time.sleep(1)
"""
    process = subprocess.Popen([SLUICE, "load", work.numbered(3), program(work, text), "--pipelines-dir",
                                work.folder / "pipelines"], cwd=work.folder, stderr=subprocess.PIPE)
    while not (work.folder / "child").exists() or not (work.folder / "child").read_text():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert b"stopped: not all rows were delivered" in process.communicate()[1] and (work.folder / "asked").exists()
    child = int((work.folder / "child").read_text())
    state = Path(f"/proc/{child}/stat")
    assert not state.exists() or state.read_text().split()[2] in "ZX"


def two_tables(work):
    import sqlite3
    connection = sqlite3.connect(work.folder / "shop.db")
    connection.executescript("CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY);"
                             "INSERT INTO a VALUES (1, 'p'), (2, 'q'); INSERT INTO b VALUES (7), (8), (9);")
    connection.close()
    return ["load", "sqlite:shop.db"]


def test_several_tables(work):
    options = ["--pipelines-dir", work.folder / "pipelines", "--sink-batch", "2"]
    load = two_tables(work)
    done = work.run(*load, "exec:tee plain", *options, expect=2)
    assert "rows of 2 tables, and JSON lines do not tell them apart: add --exec-start table" in done.err
    work.run(*load, program(work, "open(os.environ['SLUICE_TABLE'], 'w').write(sys.stdin.read())"),
             "--exec-start", "table", *options)
    assert (work.folder / "a").read_text() == '{"id":1,"x":"p"}\n{"id":2,"x":"q"}\n'
    assert (work.folder / "b").read_text() == '{"id":7}\n{"id":8}\n{"id":9}\n'
    work.run(*load, "exec:tee lines", "--exec-batches", *options)
    lines = [json.loads(line) for line in open(work.folder / "lines")]
    heads = [line["sluice"] for line in lines if "sluice" in line]
    assert [(h.get("table"), h.get("batch"), h.get("rows")) for h in heads[:-1]] == [("a", 1, 2), ("b", 2, 2), ("b", 3, 1)]
    assert heads[-1] == {"end": True} and len(lines) == 9
    work.run(*load, "exec:tee arrow", "--sink-format", "arrow", *options)
    with open(work.folder / "arrow", "rb") as f:
        a, b = pa.ipc.open_stream(f).read_all(), pa.ipc.open_stream(f).read_all()
    assert a.to_pylist() == [{"id": 1, "x": "p"}, {"id": 2, "x": "q"}] and b["id"].to_pylist() == [7, 8, 9]
    assert b.schema.metadata[b"sluice.table"] == b"b"
    work.run(*load, work.url + "/{table}", *options)
    assert [r.path for r in work.receiver.requests] == ["/a", "/b", "/b"]


# ---- databases, documentation, memory ----

def test_from_a_database(work):
    """Exact numbers, times with their zone, JSON as it is, binary."""
    with postgres_server() as server:
        server.sql("CREATE TABLE c (id bigint PRIMARY KEY, n numeric(20,4), t timestamptz, j jsonb, b bytea, s smallint);"
                   "INSERT INTO c SELECT i, i + 0.0001, '2024-01-02 03:04:05+01', '{\"a\": [1, null]}', '\\xff00', i % 7"
                   " FROM generate_series(1, 2500) i")
        for form, number in (("json", "7.0001"), ("arrow", decimal.Decimal("7.0001"))):
            work.receiver.reset()
            work.run("load", server.url(), work.url + "/{table}", "--sink-format", form, "--dataset", form,
                     "--pipelines-dir", work.folder / "pipelines")
            rows = [row for r in work.receiver.requests for row in r.rows()]
            assert [row["id"] for row in rows] == list(range(1, 2501)) and rows[6]["n"] == number and rows[6]["s"] == 0
        assert work.receiver.requests[0].headers["sluice-primary-key"] == "id"
        assert work.receiver.requests[0].headers["sluice-write-disposition"] == "replace"
        assert json.loads(rows[0]["j"]) == {"a": [1, None]} and rows[0]["b"] == b"\xff\x00"
        assert rows[0]["t"] == datetime.datetime(2024, 1, 2, 2, 4, 5, tzinfo=datetime.timezone.utc)


def test_programs_of_the_documentation(work):
    text = (REPO / "docs" / "destinations" / "sinks.md").read_text()
    send, receive = (block.split("```")[0] for block in text.split("```python\n")[1:])
    work.write("send.py", send.replace("...", "open('sent', 'a').write(f\"{row['id']} \")"))
    work.send(work.numbered(7), f"exec:{sys.executable} send.py --to 'sales team'", "--sink-batch", 3)
    assert (work.folder / "sent").read_text() == "0 1 2 3 4 5 6 "
    work.write("receive.py", receive.replace('("127.0.0.1", 8000), Receiver)', '("127.0.0.1", 0), Receiver)')
               .replace("http.server.HTTPServer(", "server = http.server.HTTPServer(")
               .replace(".serve_forever()", "; print(server.server_port, flush=True); server.serve_forever()"))
    service = subprocess.Popen([sys.executable, "-u", work.folder / "receive.py"], stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.DEVNULL)
    try:
        port = service.stdout.readline().strip()
        work.send(work.folder / "rows.jsonl", f"http://127.0.0.1:{port}/orders")
        assert service.stdout.readline() == "items 1/1 7 rows\n"
    finally:
        service.kill()
        service.communicate()


def test_memory_is_bounded(work):
    """Rows of 120 MB, with far less in memory than that."""
    row = '{"id": %d, "text": "' + "x" * 1000 + '"}\n'
    with open(work.folder / "big.jsonl", "w") as f:
        f.writelines(row % i for i in range(120000))
    code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)")
    done = subprocess.run([sys.executable, "-c", code, SLUICE, "load", "big.jsonl", "exec:sh -c 'wc -l > lines'", "--quiet",
                           "--memory", "64MB", "--parallel", "2", "--pipelines-dir", work.folder / "pipelines"],
                          cwd=work.folder, capture_output=True, text=True, check=True)
    assert int((work.folder / "lines").read_text()) == 120000
    assert int(done.stdout.split()[-1]) < 110, done.stdout
