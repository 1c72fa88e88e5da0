"""MongoDB into DuckDB, documents of GitHub's events: dlt over pymongo, and pymongo's raw batches thrown away."""
import json

import generate
from databases import rival, sluice
from measure import paired


def sections(bench):
    from servers_mongodb import JavaServer

    path = bench.folder / "documents.jsonl"
    rows = generate.events(path, max(2, int(100 * bench.scale)))
    server = JavaServer("4g")
    try:
        with open(path, encoding="utf-8") as lines:
            documents = []
            for line in lines:
                documents.append(json.loads(line))
                if len(documents) == 1000:
                    server.client.bench.events.insert_many(documents)
                    documents = []
            if documents:
                server.client.bench.events.insert_many(documents)
        url = server.url("bench")
        commands = {
            "sluice": sluice(bench, url, "--table", "events"),
            "limit: raw batches, 1 connection": rival("mongodb_raw", url),
            "dlt, pymongo": rival("dlt_mongodb", url),
        }
        figures = paired(commands, bench.runs, bench.folder, server.process.pid, once=("dlt, pymongo",))
        yield f"MongoDB (mongo-java-server) into DuckDB, {rows:,} documents, {path.stat().st_size // 1_000_000} MB as JSON", figures
    finally:
        server.kill()
    path.unlink()
