"""moto as an S3 server that checks signatures (Google's XML API speaks the same), behind a proxy that can be told to fail or to kill."""
import contextlib
import http.client
import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import boto3

POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Planned(http.server.BaseHTTPRequestHandler):
    """A store that may fail. `plan` of the server decides about each request: None, ("status", code), "cut", "kill before", "kill after"."""
    protocol_version = "HTTP/1.1"
    codes = {503: "SlowDown", 400: "ExpiredToken"}

    def handle_all(self):
        server = self.server
        with server.lock:
            server.count += 1
            what = server.plan(server.count, self.command, self.path) if server.plan else None
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if what == "cut":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if isinstance(what, tuple):
            return self.refuse(what[1], self.codes.get(what[1], "AccessDenied"))
        if what == "kill before":
            os.kill(server.victim.pid, signal.SIGKILL)
            return
        answer = self.work(body)
        if what == "kill after":
            os.kill(server.victim.pid, signal.SIGKILL)
            return
        self.answer(*answer)

    def refuse(self, status, code):
        self.answer(status, {}, f"<Error><Code>{code}</Code><Message>told so</Message></Error>".encode())

    def answer(self, status, headers, data):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_all

    def log_message(self, *_):
        pass


class PlannedServer(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.lock, self.count, self.plan, self.victim = threading.Lock(), 0, None, None
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # clients that were killed

    def stop(self):
        self.shutdown()
        self.server_close()


class Proxy(Planned):
    """Hands requests on to moto."""

    def work(self, body):
        up = http.client.HTTPConnection("127.0.0.1", self.server.moto_port, timeout=30)
        up.request(self.command, self.path, body=body, headers=dict(self.headers))
        got = up.getresponse()
        data = got.read()
        up.close()
        return got.status, {k: v for k, v in got.getheaders() if k.lower() in ("etag", "content-type", "x-amz-request-id")}, data


class Server(PlannedServer):
    def __init__(self, moto_port):
        self.moto_port, self.direct = moto_port, f"http://127.0.0.1:{moto_port}"
        super().__init__(Proxy)

    def client(self, service="s3"):
        return boto3.client(service, endpoint_url=self.direct, region_name="us-east-1",
                            aws_access_key_id=self.key, aws_secret_access_key=self.secret)


@contextlib.contextmanager
def s3_server(folder):
    port = free_port()
    with open(folder / "moto.log", "wb") as log:
        moto = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log,
                                env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "1000",
                                     "MOTO_S3_DEFAULT_MAX_KEYS": "4"})  # listings come in many pages
    server = Server(port)
    try:
        end = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/data.json", timeout=5).read()
                break
            except OSError:
                assert moto.poll() is None and time.monotonic() < end, (folder / "moto.log").read_text()
                time.sleep(0.1)
        server.key = server.secret = "begin"
        iam = server.client("iam")
        iam.create_user(UserName="sluice")
        iam.put_user_policy(UserName="sluice", PolicyName="all", PolicyDocument=POLICY)
        key = iam.create_access_key(UserName="sluice")["AccessKey"]
        iam.create_user(UserName="nobody")
        server.powerless = iam.create_access_key(UserName="nobody")["AccessKey"]
        server.key, server.secret = key["AccessKeyId"], key["SecretAccessKey"]
        urllib.request.urlopen(urllib.request.Request(f"{server.direct}/moto-api/reset-auth", data=b"0", method="POST",
                                                      headers={"Content-Type": "text/plain"})).read()
        yield server
    finally:
        server.stop()
        moto.terminate()
        moto.wait()


class Bucket:
    """A bucket with datasets; the same few calls as files_support.Folder has. scheme: s3 or gs."""

    def __init__(self, server, name, scheme="s3"):
        self.server, self.name, self.s3 = server, name, server.client()
        self.s3.create_bucket(Bucket=name)
        self.url = f"{scheme}://{name}/some/path"
        self.options = ["--endpoint-url", server.url] if scheme == "gs" else []

    def env(self, **changes):
        return {"AWS_ACCESS_KEY_ID": self.server.key, "AWS_SECRET_ACCESS_KEY": self.server.secret, "AWS_REGION": "us-east-1",
                "AWS_ENDPOINT_URL_S3": self.server.url, "no_proxy": "127.0.0.1", **changes}

    def wrong(self):
        """Environments that must fail, and with what."""
        return [({"AWS_SECRET_ACCESS_KEY": "s3cr3tS3nt1n3l"}, "the secret key is not the one"),
                ({"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "s3cr3tS3nt1n3l"}, "access key id is not known"),
                ({"AWS_ACCESS_KEY_ID": self.server.powerless["AccessKeyId"],
                  "AWS_SECRET_ACCESS_KEY": self.server.powerless["SecretAccessKey"]}, "may not do this")]

    def keys(self, prefix=""):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix="some/path/" + prefix)
        return [o["Key"][len("some/path/"):] for page in pages for o in page.get("Contents", [])]

    def read(self, key):
        return self.s3.get_object(Bucket=self.name, Key="some/path/" + key)["Body"].read()

    def write(self, key, data):
        self.s3.put_object(Bucket=self.name, Key="some/path/" + key, Body=data)

    def uploads(self):
        return [u["Key"] for u in self.s3.list_multipart_uploads(Bucket=self.name).get("Uploads", [])]
