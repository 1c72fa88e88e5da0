"""The outside world on this machine: a proxy that answers https://any.host itself, so that code with addresses in it runs as it is.

World(folder).env is the environment for a program that is to live in it; `on` says who answers for a host."""
import functools
import http.server
import json
import re
import ssl
import subprocess
import threading
import urllib.parse


def certificate(folder):
    """(certificate, key) for every host, signed by itself."""
    made, key = folder / "world.pem", folder / "world.key"
    if not made.exists():
        names = ",".join(f"DNS:{name}" for name in (
            "*.com", "*.example.com", "dummyjson.com", "*.notion.com", "*.github.com", "*.asana.com", "*.zendesk.com", "*.hubapi.com", "*.stripe.com",
            "*.chess.com", "*.freshdesk.com", "*.pipedrive.com", "*.workable.com", "*.mux.com", "*.personio.de", "*.strapi.io", "pokeapi.co",
            "*.atlassian.net", "*.slack.com", "slack.com", "*.myshopify.com", "*.salesforce.com", "*.airtable.com", "*.google.com",
            "*.googleapis.com"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=world", "-addext", f"subjectAltName={names}", "-keyout", key, "-out", made], check=True, capture_output=True)
    return made, key


class Request:
    """What was asked: host, method, path, query (a dict of texts), headers, body (JSON or a text)."""

    def __init__(self, host, handler):
        url = urllib.parse.urlsplit(handler.path)
        self.host, self.method, self.path, self.headers = host, handler.command, url.path, handler.headers
        self.query = dict(urllib.parse.parse_qsl(url.query))
        text = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        try:
            self.body = json.loads(text) if text else None
        except ValueError:
            self.body = dict(urllib.parse.parse_qsl(text)) or text

    def __repr__(self):
        return f"{self.method} {self.host}{self.path} {self.query}"


class World:
    def __init__(self, folder):
        self.certificate, key = certificate(folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.answers, self.requests = [], []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Proxy, self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def env(self):
        proxy = f"http://127.0.0.1:{self.server.server_port}"
        return {"HTTPS_PROXY": proxy, "https_proxy": proxy, "REQUESTS_CA_BUNDLE": str(self.certificate), "SSL_CERT_FILE": str(self.certificate),
                "NO_PROXY": "", "no_proxy": ""}

    def on(self, host, path="/.*"):
        """Decorates a function(request) that answers with JSON, or with (status, JSON, headers)."""
        def wrap(function):
            self.answers.insert(0, (re.compile(host), re.compile(path), function))
            return function

        return wrap

    def answer(self, request):
        self.requests.append(request)
        for host, path, function in self.answers:
            if host.fullmatch(request.host) and path.fullmatch(request.path):
                made = function(request)
                return made if isinstance(made, tuple) else (200, made, {})
        return 404, {"error": f"nobody answers for {request}"}, {}

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class _Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args):
        pass


class _Inside(_Quiet):
    """Requests within TLS."""

    def __init__(self, world, host, *args):
        self.world, self.host = world, host
        super().__init__(*args)

    def _reply(self):
        status, body, headers = self.world.answer(Request(self.host, self))
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _reply


class _Proxy(_Quiet):
    def __init__(self, world, *args):
        self.world = world
        super().__init__(*args)

    def do_CONNECT(self):
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        try:
            with self.world.context.wrap_socket(self.connection, server_side=True) as inside:
                _Inside(self.world, self.path.partition(":")[0], inside, self.client_address, self.server)
        except OSError:
            pass  # the client has gone
