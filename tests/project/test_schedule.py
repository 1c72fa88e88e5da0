"""`sluice schedule` and `sluice serve`: the file, the daemon, what it remembers, and who is told."""
import json
import os
import re
import signal
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from support import SLUICE, until
from test_sync import SHOP, fill

ENDLESS = ("CREATE VIEW endless AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) "
           "SELECT n FROM c")
SCHEDULES = """# what runs at night
schedules:
  - name: nightly          # kept
    type: sync
    cron: daily
    timezone: Europe/Berlin
    sources: [shop]
    enabled: true   # for now
notifications:
  on_success: true
"""


class Hook:
    """A web service that notes what it is told."""

    def __init__(self, statuses=()):
        hook, self.told, self.statuses = self, [], list(statuses)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.told.append((self.path, json.loads(body)))
                self.send_response(hook.statuses.pop(0) if hook.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def events(self):
        return [body["event"] for path, body in self.told if path == "/generic"]


@pytest.fixture
def hook():
    made = Hook()
    yield made
    made.server.shutdown()
    made.server.server_close()


def schedules(project, text):
    return project.write(".dango/schedules.yml", text)


def runs(project, name):
    path = project.folder / f".dango/history/schedules/{name}.json"
    return json.loads(path.read_text()) if path.exists() else []


def long_ago(project, name, cron, timezone=""):
    """As if the scheduler had last seen to it a day ago."""
    state = [{"name": name, "key": f"{cron}|{timezone}|on", "handled": int(time.time()) - 86400,
              "since": int(time.time()) - 86400, "stale_told": False}]
    project.write(".dango/state/schedules.json", json.dumps(state))


class Daemon:
    def __init__(self, project, *words):
        self.process = subprocess.Popen([SLUICE, "serve", "--log-format", "json", *words], cwd=project.folder,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = []
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    def events(self, schedule=None):
        return [line["event"] for line in list(self.lines) if line["schedule"] == schedule]

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(30)
        self.reader.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return code


def test_the_file_keeps_its_comments(project):
    project.sources(SHOP)
    schedules(project, SCHEDULES)
    out = project.run("schedule", "add", "hourly", "--cron", "5 * * * *", "--sources", "shop", "--retries", "1",
                      "--notify-on", "failure,stale", "--overlap", "queue").out
    assert "Added the schedule hourly. Next run: " in out
    project.run("schedule", "disable", "nightly")
    text = (project.folder / ".dango/schedules.yml").read_text()
    assert text.startswith("# what runs at night\nschedules:\n  - name: nightly          # kept\n    type: sync\n")
    assert "    enabled: false\n  - name: hourly\n" in text and text.endswith("notifications:\n  on_success: true\n")
    listed = json.loads(project.run("schedule", "list", "--json").out)
    assert [s["schedule"]["name"] for s in listed] == ["nightly", "hourly"]
    assert listed[0]["next_run"] is None and re.match(r"\d{4}-\d\d-\d\d \d\d:05 \+\d\d:\d\d$", listed[1]["next_run"])
    assert listed[1]["schedule"] == {"name": "hourly", "type": "sync", "cron": "5 * * * *", "sources": ["shop"],
                                     "enabled": True, "overlap": "queue", "retries": 1, "notify_on": ["failure", "stale"]}
    project.run("schedule", "enable", "nightly")
    out = project.run("schedule", "status", "nightly").out
    assert "cron      0 6 * * * (Europe/Berlin)" in out and out.count(" 06:00 +0") == 3
    out = project.run("schedule", "status").out
    assert "Next run: hourly at" in out and "Scheduler: not running" in out
    project.run("schedule", "remove", "hourly", "--yes")
    assert "hourly" not in (project.folder / ".dango/schedules.yml").read_text()


def test_what_is_wrong_is_refused_with_its_place(project):
    project.sources(SHOP)
    schedules(project, SCHEDULES)
    before = (project.folder / ".dango/schedules.yml").read_text()
    for words, says in [(("--cron", "61 * * * *", "--sources", "shop"), "'61'"), (("--cron", "daily", "--sources", "shp"), "shop"),
                        (("--cron", "daily", "--sources", "shop", "--timezone", "Europe/Berln"), "no time zone"),
                        (("--cron", "daily", "--type", "dbt"), "What dbt selects"),
                        (("--cron", "daily", "--type", "script", "--script-path", "../x.py"), "leaves scripts/")]:
        done = project.run("schedule", "add", "x", *words, "--yes", expect=2)
        assert says in done.err, done.err
    assert "two schedules" in project.run("schedule", "add", "nightly", "--cron", "daily", "--sources", "shop", expect=2).err
    assert "nightly" in project.run("schedule", "enable", "nightlyy", expect=1).err
    assert (project.folder / ".dango/schedules.yml").read_text() == before
    schedules(project, SCHEDULES.replace("timezone", "timezne"))
    done = project.run("schedule", "list", expect=2)  # the entry is left out, the reason says where
    assert ".dango/schedules.yml:6:5" in done.err and "timezone" in done.err and "^" in done.err


def test_asked_on_a_terminal(project):
    project.sources(SHOP)
    out = project.ask("schedule", "add", answers=["nightly", "", "weekly", "Europe/Berlin"])
    assert "Sources [shop]" in out and "Added the schedule nightly" in out
    assert "cron: weekly" in (project.folder / ".dango/schedules.yml").read_text()


def test_a_daemon_from_start_to_stop(project, hook):
    fill(project)
    project.sources(SHOP)
    project.write(".env", f"HOOK_URL={hook.url}/generic\nSLACK={hook.url}/slack\n")
    schedules(project, """schedules:
- {name: missed, cron: daily, sources: [shop]}
- {name: wrong, cron: sometimes, sources: [shop]}
notifications:
  webhooks:
  - {name: ops, url_env: HOOK_URL}
  - {name: chat, url: '${SLACK}', format: slack}
""")
    long_ago(project, "missed", "0 6 * * *")
    daemon = Daemon(project)
    until(lambda: "finished" in daemon.events("missed"))
    assert daemon.events()[0] == "configuration" and "sometimes" in daemon.lines[0]["message"]
    assert "which was missed" in next(x["message"] for x in daemon.lines if x["event"] == "started")
    assert project.warehouse("SELECT count(*) FROM raw_shop.orders") == [(1000,)]
    until(lambda: len(hook.told) == 2)
    told = dict(hook.told)
    assert told["/generic"] == {**told["/generic"], "event": "sync_completed", "schedule": "missed", "sources": ["shop"],
                                "rows_loaded": 1000, "error": None}
    blocks = told["/slack"]["attachments"][0]
    assert blocks["color"] == "#2eb886" and "*Rows loaded:* 1,000" in blocks["blocks"][1]["text"]["text"]
    assert runs(project, "missed")[0] == {**runs(project, "missed")[0], "status": "success", "rows_processed": 1000,
                                          "attempts": 1, "sources": ["shop"]}
    done = project.run("serve", expect=1)
    assert f"process {daemon.process.pid} runs the schedules" in done.err
    assert project.run("serve", "--once").out == ""
    assert f"Scheduler: running (process {daemon.process.pid})" in project.run("schedule", "status", expect=2).out

    schedules(project, "schedules: []\n")  # picked up while it runs
    until(lambda: daemon.events().count("loaded") == 1)
    assert daemon.stop() == 0
    assert project.run("serve", "--once").out.count("started") == 0


def test_begins_when_the_files_are_mended(project):
    fill(project)
    project.sources(SHOP.replace("type", "tipe"))
    schedules(project, "schedules:\n- {name: often, cron: '* * * * *', sources: [shop]}\n")
    long_ago(project, "often", "* * * * *")
    assert "has no type" in project.run("serve", "--once", "--quiet", expect=1).out
    daemon = Daemon(project)
    until(lambda: daemon.events() == ["configuration"])
    project.sources(SHOP)
    until(lambda: "finished" in daemon.events("often"))
    assert daemon.stop() == 0 and runs(project, "often")[0]["status"] == "success"


def test_stopped_in_the_middle_and_made_up_for(project):
    project.sqlite("shop.db", ENDLESS)
    project.sources(SHOP + "    table_names: [endless]\n")
    schedules(project, "schedules:\n- {name: nightly, cron: daily, sources: [shop]}\n")
    long_ago(project, "nightly", "0 6 * * *")
    daemon = Daemon(project)
    until(lambda: (project.folder / ".dango/state/running/shop.json").exists())
    assert daemon.stop() == 0
    assert runs(project, "nightly")[-1]["status"] == "interrupted"
    project.sqlite("shop.db", "DROP VIEW endless", "CREATE TABLE t (a)", "INSERT INTO t VALUES (1)")
    project.sources(SHOP)
    out = project.run("serve", "--once").out
    assert "success" in out and runs(project, "nightly")[-1]["status"] == "success"
    assert "started" not in project.run("serve", "--once").out

    project.sqlite("shop.db", ENDLESS)  # and killed: the entry that says "running" is no longer true
    project.sources(SHOP + "    table_names: [endless]\n")
    long_ago(project, "nightly", "0 6 * * *")
    daemon = Daemon(project)
    until(lambda: (project.folder / ".dango/state/running/shop.json").exists())
    child = json.loads((project.folder / ".dango/state/running/shop.json").read_text())["pid"]
    daemon.stop(signal.SIGKILL)
    os.kill(child, signal.SIGKILL)
    project.sqlite("shop.db", "DROP VIEW endless")
    project.sources(SHOP)
    project.run("serve", "--once")
    assert [r["status"] for r in runs(project, "nightly")[-2:]] == ["interrupted", "success"]


def test_failures_are_tried_again_and_told(project, hook):
    fill(project)
    project.sources(SHOP + "- name: gone\n  type: sqlite\n  generic_config: {path: gone.db}\n")
    project.sqlite("gone.db", "CREATE TABLE t (a)")
    schedules(project, f"""schedules:
- {{name: both, cron: daily, sources: [shop, gone], retries: 1, retry_delays: [0]}}
- {{name: job, type: script, cron: daily, script_path: job.py, notify_on: [success]}}
- {{name: none, type: script, cron: daily, script_path: none.py, notify_on: [failure]}}
notifications:
  on_success: false
  webhooks: [{{name: ops, url: '{hook.url}/generic'}}]
""")
    (project.folder / "gone.db").write_bytes(b"this is no database" * 100)
    done = project.run("schedule", "run", "both", expect=1)
    assert "try 1 failed" in done.out and "partial" in done.out
    run = runs(project, "both")[0]
    assert (run["status"], run["attempts"], run["rows_processed"]) == ("partial", 2, 1000) and "gone:" in run["error"]
    assert [e["rows_processed"] for e in project.history("shop")] == [1000]  # the good one was not synced again
    assert hook.events() == ["sync_retrying", "sync_failed"]

    project.write("scripts/job.py", "import os, sys\nprint(os.getcwd())\nopen('made', 'w').write(sys.executable)\n")
    project.run("schedule", "run", "job")
    assert (project.folder / "made").exists() and hook.events()[2:] == ["sync_completed"]
    assert "there is no scripts/none.py" in project.run("schedule", "run", "none", expect=1).out
    assert hook.events()[3:] == ["sync_failed"]
    assert "there is no schedule other" in project.run("schedule", "run", "other", expect=1).err


def test_webhooks_are_kept_secret(project, hook):
    project.write(".env", f"HOOK={hook.url}/generic?token=s3cret\n")
    schedules(project, SCHEDULES)
    project.sources(SHOP)
    project.run("schedule", "webhook", "add", "ops", "--url", "${HOOK}")
    project.run("schedule", "webhook", "add", "chat", "--url", "http://127.0.0.1:9/T0/s3cret", "--format", "slack")
    text = (project.folder / ".dango/schedules.yml").read_text()
    assert "# kept" in text and "url: '${HOOK}'" in text and "on_success: true" in text
    out = project.run("schedule", "webhook", "list").out
    assert "s3cret" not in out and "http://127.0.0.1:9/…" in out
    assert "status 200" in project.run("schedule", "webhook", "test", "ops").out
    done = project.run("schedule", "webhook", "test", "chat", expect=1)
    assert "cannot be reached" in done.err and "s3cret" not in done.err
    assert "already" in project.run("schedule", "webhook", "add", "ops", "--url", "http://x/", expect=2).err
    project.run("schedule", "webhook", "remove", "chat")
    assert json.loads(project.run("schedule", "webhook", "list", "--json").out) == [{"name": "ops", "format": "generic"}]


def test_install(project):
    project.sources(SHOP)
    unit = project.run("schedule", "install", "--systemd").out
    assert f'ExecStart="{os.path.realpath(SLUICE)}" serve --project "{project.folder}"' in unit and "[Install]" in unit
    line = project.run("schedule", "install", "--cron").out.splitlines()[-1]
    assert line.startswith("* * * * * ")
    schedules(project, "schedules:\n- {name: nightly, cron: daily, sources: [shop]}\n")
    long_ago(project, "nightly", "0 6 * * *")
    fill(project)
    subprocess.run(["sh", "-c", line[len("* * * * * "):]], check=True, cwd="/")
    assert runs(project, "nightly")[-1]["status"] == "success"
