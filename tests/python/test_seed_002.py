"""Seed 002: the script github_pipeline.py with its secrets.toml, as they stand in its text."""
import os
import subprocess
import sys

import seeds
from conftest import BUILD, REPO
from world import World

GITHUB = '''
import dlt
from dlt.sources.helpers import requests

@dlt.source(max_table_nesting=2)
def github_repo_events(owner: str, name: str, access_token: str = None):
    @dlt.resource(primary_key="id", table_name=lambda i: i["type"])
    def repo_events(last_created_at=dlt.sources.incremental("created_at", initial_value="1970-01-01T00:00:00Z", last_value_func=max)):
        url = f"https://api.github.com/repos/{owner}/{name}/events?per_page=100"
        while url:
            page = requests.get(url)
            print(f"got page {url}, requests left: " + page.headers["x-ratelimit-remaining"])
            yield page.json()
            url = page.links.get("next", {}).get("url")
    return repo_events
'''
PRESTO = '''
import dlt
def presto():
    """The reader's own destination, which is not Presto's: the guide gives it PostgreSQL's code."""
    return dlt.destinations.duckdb(destination_name="presto")
'''


def test_the_script_and_its_secrets(folder, rows):
    world = World(folder)

    @world.on("api.github.com", "/repos/apache/airflow/events")
    def events(request):
        page = int(request.query.get("page", 1))
        link = f'<https://api.github.com/repositories/33884891/events?per_page=100&page={page + 1}>; rel="next"'
        return 200, [{"id": f"{page}", "type": "PushEvent", "created_at": f"2024-01-0{page}T00:00:00Z", "payload": {"size": page}}], {
            "x-ratelimit-remaining": str(60 - page), **({"Link": link} if page < 3 else {})}

    world.on("api.github.com", "/repositories/33884891/events")(events)
    script = seeds.block(2, "We can quickly repurpose", "import dlt", "load_airflow_events()")
    secrets = seeds.text_of(2).split("Here's secrets.toml:\n")[1].split("Note that in the script")[0]
    for name, text in {"github.py": GITHUB, "presto.py": PRESTO, "github_pipeline.py": script, ".dlt/secrets.toml": secrets}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    paths = os.pathsep.join([str(REPO / "python"), str(BUILD / "python")])
    done = subprocess.run([sys.executable, "-m", "sluice", "run", "github_pipeline.py"], text=True, capture_output=True, timeout=60,
                          env={**os.environ, **world.env, "PYTHONPATH": paths})
    world.close()
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:3] == [f"got page https://api.github.com/{place}, requests left: {left}" for place, left in (
        ("repos/apache/airflow/events?per_page=100", 59), ("repositories/33884891/events?per_page=100&page=2", 58),
        ("repositories/33884891/events?per_page=100&page=3", 57))]
    assert "1 load package(s) were loaded to destination presto and into dataset airflow_events" in done.stdout
    assert "is LOADED and contains no failed jobs" in done.stdout
    os.rename("dlt_data", "out.duckdb")  # the database of the secrets
    assert rows("select id, payload__size from airflow_events.push_event order by 1") == [("1", 1), ("2", 2), ("3", 3)]
