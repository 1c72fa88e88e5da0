"""A web service in a thread that takes rows, and fails as it is told to."""
import contextlib
import gzip
import http.server
import io
import json
import ssl
import subprocess
import threading

import pyarrow as pa


class Receiver:
    """What came, request by request, and what to do with the next ones.

    `faults` are taken one a request: a status, (status, headers, body), "drop" (the connection ends without an
    answer), "late" (rows are taken, then the connection ends), or a function of the request. None: all is well."""

    def __init__(self):
        self.lock = threading.Lock()
        self.reset()

    def reset(self):
        self.requests, self.faults, self.taken, self.clashes = [], [], {}, []
        self.most_at_once = self.at_once = 0

    def ids(self):
        """Of all rows that were accepted, each batch once, however often it came."""
        return [row["id"] for rows in self.taken.values() for row in rows]


class Request:
    def __init__(self, handler, body):
        self.path, self.method = handler.path, handler.command
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.raw = body
        self.body = gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body
        self.key = self.headers.get("idempotency-key")

    def rows(self):
        kind = self.headers["content-type"]
        if kind == "application/json":
            return json.loads(self.body)
        if kind == "application/x-ndjson":
            return [json.loads(line) for line in self.body.splitlines()]
        assert kind == "application/vnd.apache.arrow.stream"
        return pa.ipc.open_stream(io.BytesIO(self.body)).read_all().to_pylist()


def handler_for(receiver):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are two writes

        def do_POST(self):
            request = Request(self, self.rfile.read(int(self.headers["Content-Length"])))
            with receiver.lock:
                receiver.requests.append(request)
                fault = receiver.faults.pop(0) if receiver.faults else None
                receiver.at_once += 1
                receiver.most_at_once = max(receiver.most_at_once, receiver.at_once)
            try:
                self.answer(request, fault(request) if callable(fault) else fault)
            finally:
                with receiver.lock:
                    receiver.at_once -= 1

        do_PUT = do_PATCH = do_POST

        def answer(self, request, fault):
            if fault == "drop":
                self.close_connection = True
                return
            status, headers, body = (200, {}, b"{}") if fault in (None, "late") else \
                fault if isinstance(fault, tuple) else (fault, {}, b"")
            if 200 <= status < 300:
                self.take(request)
            if fault == "late":
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def take(self, request):
            rows = request.rows()
            with receiver.lock:
                before = receiver.taken.setdefault(request.key, rows)
                if before != rows:
                    receiver.clashes.append(request.key)

        def log_message(self, *arguments):
            pass

    return Handler


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        pass  # a client that was killed


@contextlib.contextmanager
def serving(certificate=None):
    """(receiver, URL); certificate: a PEM file with its key, for https."""
    receiver = Receiver()
    server = Server(("127.0.0.1", 0), handler_for(receiver))
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver, f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def make_certificate(folder):
    """A certificate for 127.0.0.1 that nobody has signed, and its key."""
    path = folder / "self.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    path.write_bytes((folder / "cert.pem").read_bytes() + (folder / "key.pem").read_bytes())
    return path
