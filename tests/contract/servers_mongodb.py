"""MongoDB servers for tests.

server()    the one mongo-java-server of this process: queries, sorts, aggregates, in memory
Proxy       stands before a server and breaks connections
FakeServer  answers from a table of raw BSON, as the test tells it: types that no client writes any more,
            errors, snapshots, sessions; keeps the commands that it got
"""
import atexit
import datetime
import functools
import itertools
import math
import random
import socket
import socketserver
import struct
import subprocess
import threading
import time
from pathlib import Path

import bson
from bson.codec_options import CodecOptions
from pymongo import MongoClient

ROOT = Path(__file__).resolve().parents[2]
UUIDS = CodecOptions(uuid_representation=4)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class JavaServer:
    def __init__(self, memory="1g"):
        self.process = subprocess.Popen(
            ["java", f"-Xmx{memory}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{ROOT}/.deps/mongo/*",
             str(Path(__file__).with_name("MongoServer.java"))], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        line = self.process.stdout.readline()
        assert line, "the server did not start: run tools/bootstrap test"
        self.port = int(line)
        self.client = MongoClient("127.0.0.1", self.port, uuidRepresentation="standard")

    def url(self, database, options=""):
        return f"mongodb://127.0.0.1:{self.port}/{database}{options}"

    def kill(self):
        self.client.close()
        self.process.kill()
        self.process.wait()


@functools.cache
def server():
    one = JavaServer()
    atexit.register(one.kill)
    return one


class Proxy:
    """TCP in between. cut_after: bytes from the server after which a connection is cut, once; `down` refuses new ones;
    `stall` keeps the server's bytes back."""

    def __init__(self, port):
        self.target, self.cut_after, self.down, self.stall, self.cuts, self.passed = port, None, False, False, 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.pairs = []
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, database, options=""):
        return f"mongodb://127.0.0.1:{self.port}/{database}{options}"

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.down:
                client.close()
                continue
            server = socket.create_connection(("127.0.0.1", self.target))
            self.pairs.append((client, server))
            threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()

    def _pump(self, source, sink, from_server):
        try:
            while data := source.recv(65536):
                while from_server and self.stall:
                    time.sleep(0.01)
                if from_server:
                    self.passed += len(data)
                    if self.cut_after is not None and self.passed > self.cut_after:
                        self.cut_after, self.cuts = None, self.cuts + 1
                        break
                sink.sendall(data)
        except OSError:
            pass
        for s in (source, sink):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        for pair in self.pairs:
            for s in pair:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def close(self):
        self.listener.close()
        self.cut()


class Fail(Exception):
    """An answer {ok: 0}; code None = the connection is closed."""

    def __init__(self, code, message="it failed"):
        self.code, self.message = code, message


BRACKETS = [("null", type(None)), ("number", (int, float, bson.Decimal128)), ("string", str), ("object", dict),
            ("binData", bytes), ("objectId", bson.ObjectId), ("bool", bool), ("date", datetime.datetime)]


def bracket_of(value):
    """Place and name of the types that MongoDB compares with each other."""
    return next((i, name) for i, (name, types) in enumerate(BRACKETS)
                if isinstance(value, types) and (not isinstance(value, bool) or name == "bool"))


def order_of(value):
    """MongoDB's order: by type, and NaN below all numbers."""
    if isinstance(value, float) and math.isnan(value):
        return bracket_of(value)[0], 0, 0
    if value is None or isinstance(value, dict):
        return bracket_of(value)[0], 1, str(value)
    return bracket_of(value)[0], 1, value


def compares(value, operator, other):
    """As a filter does: only within a type, and NaN is only equal to itself."""
    nan = [isinstance(v, float) and math.isnan(v) for v in (value, other)]
    if operator == "$type":
        return bracket_of(value)[1] == other
    if any(nan) or bracket_of(value) != bracket_of(other):
        return all(nan) and operator in ("$eq", "$gte", "$lte")
    a, b = order_of(value), order_of(other)
    return {"$eq": a == b, "$gt": a > b, "$gte": a >= b, "$lt": a < b, "$lte": a <= b}[operator]


def meets(document, conditions):
    for name, condition in conditions.items():
        if name == "$and":
            good = all(meets(document, c) for c in condition)
        elif name == "$nor":
            good = not any(meets(document, c) for c in condition)
        elif name == "$expr":
            good = order_of(document.get("_id")) > order_of(condition["$gt"][1]["$literal"])
        else:
            operators = condition if isinstance(condition, dict) else {"$eq": condition}
            good = all(compares(document.get(name), operator, other) for operator, other in operators.items())
        if not good:
            return False
    return True


class FakeServer:
    """collections: name -> documents as bytes (or dicts). hook(name, command) may return an answer, raise Fail, or
    return None for the usual one."""

    def __init__(self, collections, hook=None, replica_set=False, sessions=False, snapshot=None, as_they_are=False):
        self.collections = {name: [d if isinstance(d, bytes) else bson.encode(d, codec_options=UUIDS) for d in documents]
                            for name, documents in collections.items()}
        self.hook, self.replica_set, self.sessions, self.snapshot = hook, replica_set, sessions, snapshot
        self.as_they_are = as_they_are  # no sorting, which reads them
        self.commands, self.cursors, self.ids = [], {}, itertools.count(1)
        fake = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                try:
                    fake._serve(self.request)
                except (ConnectionError, struct.error, OSError):
                    pass

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self.tcp = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.tcp.daemon_threads = True
        self.port = self.tcp.server_address[1]
        threading.Thread(target=self.tcp.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tcp.shutdown()
        self.tcp.server_close()

    def url(self, database="db", options="", user=""):
        return f"mongodb://{user}127.0.0.1:{self.port}/{database}{options}"

    def named(self, name):
        return [c for c in self.commands if next(iter(c)) == name]

    @staticmethod
    def _receive(connection, n):
        data = b""
        while len(data) < n:
            part = connection.recv(n - len(data))
            if not part:
                raise ConnectionError
            data += part
        return data

    def _serve(self, connection):
        while True:
            length, request, _, opcode = struct.unpack("<iiii", self._receive(connection, 16))
            body = self._receive(connection, length - 16)
            if opcode == 2004:  # OP_QUERY: the first hello of older drivers
                start = body.index(b"\0", 4) + 1 + 8
                answer = bson.encode(self._answer(bson.decode(body[start:])))
                head = struct.pack("<iqii", 8, 0, 0, 1)
                connection.sendall(struct.pack("<iiii", 16 + len(head) + len(answer), 0, request, 1) + head + answer)
            else:  # OP_MSG with one section
                command = bson.decode(body[5:])
                answer = self._answer(command)
                if answer is None:
                    return
                answer = answer if isinstance(answer, bytes) else bson.encode(answer)
                connection.sendall(struct.pack("<iiii", 21 + len(answer), 0, request, 2013) + struct.pack("<iB", 0, 0) + answer)

    def _answer(self, command):
        name = next(iter(command))
        self.commands.append(command)
        try:
            given = self.hook(name, command) if self.hook else None
            return given if given is not None else getattr(self, "_" + name.lower(), self._unknown)(command)
        except Fail as failure:
            if failure.code is None:
                return None
            return {"ok": 0.0, "code": failure.code, "errmsg": failure.message, "codeName": "Test"}

    def _unknown(self, command):
        raise Fail(59, f"no such command: '{next(iter(command))}'")

    def _ismaster(self, _):
        answer = {"ok": 1.0, "maxWireVersion": 17, "minWireVersion": 0, "maxBsonObjectSize": 16 << 20,
                  "maxMessageSizeBytes": 48000000, "ismaster": True, "isWritablePrimary": True}
        if self.sessions or self.replica_set:
            answer["logicalSessionTimeoutMinutes"] = 30
        if self.replica_set:
            answer |= {"setName": "rs", "hosts": [f"127.0.0.1:{self.port}"], "me": f"127.0.0.1:{self.port}", "setVersion": 1}
        return answer

    _hello = _ismaster

    def _ping(self, _):
        return {"ok": 1.0}

    _endsessions = _killsessions = _ping

    def _listcollections(self, command):
        found = [{"name": n, "type": "collection", "options": {}} for n in self.collections]
        return {"ok": 1.0, "cursor": {"id": 0, "ns": "db.$cmd.listCollections", "firstBatch": found}}

    def _listdatabases(self, _):
        return {"ok": 1.0, "databases": [{"name": "db"}]}

    def _listindexes(self, _):
        return {"ok": 1.0, "cursor": {"id": 0, "ns": "db.x", "firstBatch": [{"key": {"_id": 1}, "name": "_id_"}]}}

    def _collstats(self, command):
        documents = self.collections[command["collStats"]]
        size = sum(map(len, documents))
        return {"ok": 1.0, "count": len(documents), "size": size, "avgObjSize": size // max(1, len(documents))}

    def _killcursors(self, command):
        for one in command["cursors"]:
            self.cursors.pop(one, None)
        return {"ok": 1.0, "cursorsKilled": command["cursors"]}

    def _find(self, command):
        documents = self.collections[command["find"]]
        if command.get("filter"):
            documents = [d for d in documents if meets(bson.decode(d), command["filter"])]
        if "_id" in command.get("sort", {}) and not self.as_they_are:
            documents = sorted(documents, key=lambda d: order_of(bson.decode(d).get("_id")), reverse=command["sort"]["_id"] == -1)
        if command.get("limit"):
            documents = documents[:command["limit"]]
        return self._batch(command["find"], documents, command.get("batchSize", 101), "firstBatch", command)

    def _aggregate(self, command):
        """$sample, $match, $sort by _id, $count; the rest is passed over."""
        documents = self.collections[command["aggregate"]]
        for stage in command["pipeline"]:
            if "$sample" in stage:
                documents = random.Random(3).choices(documents, k=stage["$sample"]["size"]) if documents else []
            elif "$match" in stage:
                documents = [d for d in documents if meets(bson.decode(d), stage["$match"])]
            elif "$sort" in stage:
                documents = sorted(documents, key=lambda d: order_of(bson.decode(d).get("_id")))
            elif "$count" in stage:
                documents = [bson.encode({stage["$count"]: len(documents)})]
        return self._batch(command["aggregate"], documents, command["cursor"].get("batchSize", 101), "firstBatch", command)

    def _getmore(self, command):
        if command["getMore"] not in self.cursors:
            raise Fail(43, "cursor id not found")
        documents = self.cursors.pop(command["getMore"])
        return self._batch(command["collection"], documents, command.get("batchSize", 1000), "nextBatch", command)

    def _batch(self, collection, documents, size, key, command):
        cursor, rest = 0, documents[size:]
        if rest:
            cursor = command.get("getMore") or next(self.ids) + (1 << 40)
            self.cursors[cursor] = rest
        parts = b"".join(b"\x03" + str(i).encode() + b"\0" + d for i, d in enumerate(documents[:size]))
        inner = b"".join([b"\x12id\0", struct.pack("<q", cursor), b"\x02ns\0", struct.pack("<i", len(collection) + 4),
                          b"db." + collection.encode() + b"\0", b"\x04", key.encode(), b"\0",
                          struct.pack("<i", len(parts) + 5), parts, b"\0"])
        if self.snapshot and command.get("readConcern", {}).get("level") == "snapshot":
            inner += b"\x11atClusterTime\0" + struct.pack("<II", self.snapshot.inc, self.snapshot.time)
        whole = b"\x01ok\0" + struct.pack("<d", 1.0) + b"\x03cursor\0" + struct.pack("<i", len(inner) + 5) + inner + b"\0"
        return struct.pack("<i", len(whole) + 5) + whole + b"\0"
