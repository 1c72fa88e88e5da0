"""A small web service with pages of many kinds, that notes what it was asked."""
import base64
import http.server
import json
import threading
from urllib.parse import parse_qs, urlsplit

POSTS = [{"id": i, "title": f"Post {i}", "updated_at": f"2024-01-{i + 1:02d}T00:00:00Z", "author": {"name": f"a{i % 2}"}} for i in range(7)]
PAGE = 3


class Service(http.server.ThreadingHTTPServer):
    """`requests` are (method, path with query, body, authorization)."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests, self.failures, self.lock = [], {}, threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def fail(self, path, *statuses):
        """The next answers of the path have these statuses."""
        self.failures[path] = list(statuses)

    def taken(self):
        """What was asked since the last time."""
        with self.lock:
            seen, self.requests = self.requests, []
        return seen


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args):
        pass

    def do_GET(self):
        self._serve()

    do_POST = do_GET

    def _serve(self):
        parts = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        with self.server.lock:
            self.server.requests.append((self.command, self.path, body, self.headers.get("Authorization")))
        failures = self.server.failures.get(parts.path)
        if failures:
            self._answer(failures.pop(0), {"error": "not now"}, {"Retry-After": "0"})
            return
        status, document, headers = self._document(parts.path, query, body)
        self._answer(status, document, headers)

    def _answer(self, status, document, headers):
        data = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _document(self, path, query, body):
        rows = [p for p in POSTS if p["updated_at"] >= query.get("since", "")]
        at, base = int(query.get("page", 0)), self.server.url
        page, more = rows[at * PAGE:(at + 1) * PAGE], (at + 1) * PAGE < len(rows)
        since = f"&since={query['since']}" if "since" in query else ""
        if path == "/posts":  # links in the body
            return 200, {"data": page, "next": f"{base}/posts?page={at + 1}{since}" if more else None}, {}
        if path == "/linked":
            return 200, page, {"Link": f'<{base}/linked?page={at + 1}>; rel="next"'} if more else {}
        if path == "/numbered":
            return 200, {"items": page, "total_pages": -(-len(rows) // PAGE)}, {}
        if path == "/cursors":
            at = int(query.get("cursor", 0))
            return 200, {"results": rows[at:at + PAGE], "cursors": {"next": str(at + PAGE) if at + PAGE < len(rows) else None}}, {}
        if path == "/offsets":
            asked = json.loads(body) if body else {k: int(v) for k, v in query.items()}
            start, limit = asked.get("offset", 0), asked.get("limit", PAGE)
            return 200, {"rows": rows[start:start + limit], "total": len(rows)}, {}
        if path.endswith("/comments"):
            number = int(path.split("/")[2])
            return 200, [{"id": number * 10 + i, "text": f"c{i}"} for i in range(number % 3)], {}
        if path.startswith("/posts/"):
            number = int(path.split("/")[2])
            return (404, {"error": "gone"}, {}) if number == 5 else (200, {"id": number, "body": f"Body {number}", "tags": ["a", "b"]}, {})
        if path == "/token":
            form = parse_qs(body)
            good = form.get("client_secret") == ["secret"]
            return (200, {"access_token": "t1", "expires_in": 60}, {}) if good else (401, {"error": "who?"}, {})
        if path == "/private":
            allowed = {"Bearer t1", "key1", "Basic " + base64.b64encode(b"u:p").decode()}
            good = self.headers.get("Authorization") in allowed or query.get("key") == "key1" or "key=key1" in (self.headers.get("Cookie") or "")
            return (200, [{"id": 1}], {}) if good else (401, {"error": "who?"}, {})
        return 404, {"error": "not found"}, {}
