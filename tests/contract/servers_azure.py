"""A small Azure Blob Storage in memory, which checks SharedKey signatures and shared access signatures as Microsoft documents them
("Authorize with Shared Key", "Create an account SAS"). What Sluice sends was tried against Azurite too."""
import base64
import collections
import contextlib
import datetime
import email.utils
import hashlib
import hmac
import urllib.parse
import xml.etree.ElementTree as xml
from xml.sax.saxutils import escape

from servers_s3 import Planned, PlannedServer

ACCOUNT = "lake"
KEY = base64.b64encode(b"the key of the account, in 48 characters or so").decode()
PAGE = 4  # listings come in many pages
SIGNED_HEADERS = ("content-encoding", "content-language", "content-length", "content-md5", "content-type", "date", "if-modified-since",
                  "if-match", "if-none-match", "if-unmodified-since", "range")
NEEDED = {"GET": "r", "HEAD": "r", "PUT": "w", "DELETE": "d"}


class Refused(Exception):
    pass


def digest(text):
    return base64.b64encode(hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()).decode()


class Blob:
    """committed: names of blocks in order, or None when it was put whole; nobody sees it while data is None."""

    def __init__(self):
        self.data, self.committed, self.uncommitted = None, {}, {}


class Store(Planned):
    codes = {503: "ServerBusy", 403: "AuthorizationPermissionMismatch"}

    def refuse(self, status, code):
        body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>told so</Message></Error>'
        self.answer(status, {"x-ms-error-code": code}, body.encode())

    def work(self, body):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        try:
            self.check(url, query)
            _, account, container, *key = urllib.parse.unquote(url.path).split("/", 3)
            assert account == ACCOUNT
            blobs = self.server.containers.get(container)
            if blobs is None:
                raise Refused(404, "ContainerNotFound")
            with self.server.lock:
                return self.listing(blobs, query) if not key else self.blob(blobs, key[0], query, body)
        except Refused as why:
            status, code = why.args
            return status, {"x-ms-error-code": code}, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()

    # ---- signatures ----

    def check(self, url, query):
        if "sig" in query:
            return self.check_sas(query)
        headers = {k.lower(): v for k, v in self.headers.items()}
        sent = email.utils.parsedate_to_datetime(headers["x-ms-date"])
        assert headers["x-ms-version"] >= "2015-02-21"  # from then on, no length is signed as nothing and not as 0
        if abs(datetime.datetime.now(datetime.timezone.utc) - sent) > datetime.timedelta(minutes=15):
            raise Refused(403, "AuthenticationFailed")
        signed = [headers.get(name, "") for name in SIGNED_HEADERS]
        signed[2] = "" if signed[2] == "0" else signed[2]
        signed += [f"{k}:{' '.join(v.split())}" for k, v in sorted(headers.items()) if k.startswith("x-ms-")]
        signed.append(f"/{ACCOUNT}{url.path}")
        signed += [f"{name.lower()}:{value}" for name, value in sorted(query.items())]
        if headers.get("authorization") != f"SharedKey {ACCOUNT}:" + digest("\n".join([self.command, *signed])):
            raise Refused(403, "AuthenticationFailed")

    def check_sas(self, query):
        text = "\n".join([ACCOUNT, *(query.get(name, "") for name in ("sp", "ss", "srt", "st", "se", "sip", "spr", "sv")), ""])
        if not hmac.compare_digest(query.pop("sig"), digest(text)) or query["se"] < datetime.datetime.utcnow().isoformat():
            raise Refused(403, "AuthenticationFailed")
        if ("l" if "restype" in query else NEEDED[self.command]) not in query["sp"]:
            raise Refused(403, "AuthorizationPermissionMismatch")

    # ---- operations ----

    def listing(self, blobs, query):
        assert query["comp"] == "list" and query["restype"] == "container"
        names = sorted(n for n, b in blobs.items() if b.data is not None and n.startswith(query.get("prefix", "")) and n >= query.get("marker", ""))
        more = names[PAGE] if len(names) > PAGE else ""
        found = "".join(f"<Blob><Name>{escape(n)}</Name></Blob>" for n in names[:PAGE])
        return 200, {}, f"<EnumerationResults><Blobs>{found}</Blobs><NextMarker>{escape(more)}</NextMarker></EnumerationResults>".encode()

    def blob(self, blobs, key, query, body):
        if self.command == "PUT":
            return self.put(blobs[key], query, body)
        if key not in blobs or blobs[key].data is None:
            raise Refused(404, "BlobNotFound")
        if self.command == "DELETE":
            del blobs[key]
            return 202, {}, b""
        return 200, {}, blobs[key].data

    def put(self, blob, query, body):
        if query.get("comp") == "block":
            base64.b64decode(query["blockid"], validate=True)
            blob.uncommitted[query["blockid"]] = body
        elif query.get("comp") == "blocklist":
            known = {**blob.committed, **blob.uncommitted}
            names = [item.text for item in xml.fromstring(body).iter("Latest")]
            if not set(names) <= set(known):
                raise Refused(400, "InvalidBlockList")
            blob.committed, blob.uncommitted = {n: known[n] for n in names}, {}
            blob.data = b"".join(known[n] for n in names)
        else:
            assert self.headers["x-ms-blob-type"] == "BlockBlob" and "comp" not in query
            blob.data, blob.committed, blob.uncommitted = body, {}, {}
        return 201, {}, b""


class AzureServer(PlannedServer):
    def __init__(self):
        self.containers = {}
        super().__init__(Store)

    def sas(self, permissions, expires="2099-01-01T00:00:00Z"):
        """An account SAS for blobs."""
        fields = {"sp": permissions, "ss": "b", "srt": "sco", "st": "", "se": expires, "sip": "", "spr": "https,http", "sv": "2018-11-09"}
        fields["sig"] = digest("\n".join([ACCOUNT, *fields.values(), ""]))
        return "?" + urllib.parse.urlencode({name: value for name, value in fields.items() if value})


@contextlib.contextmanager
def azure_server():
    server = AzureServer()
    try:
        yield server
    finally:
        server.stop()


class Container:
    """A container with datasets; the same few calls as Bucket has."""

    def __init__(self, server, name):
        self.server, self.blobs = server, collections.defaultdict(Blob)
        server.containers[name] = self.blobs
        self.url = f"az://{name}/some/path"
        self.options = ["--endpoint-url", f"{server.url}/{ACCOUNT}"]

    def env(self, **changes):
        return {"AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT, "AZURE_STORAGE_ACCOUNT_KEY": KEY, "no_proxy": "127.0.0.1", **changes}

    def wrong(self):
        """Environments that must fail, and with what."""
        return [({"AZURE_STORAGE_ACCOUNT_KEY": base64.b64encode(b"s3cr3tS3nt1n3l").decode()}, "the account key or SAS token is wrong"),
                ({"AZURE_STORAGE_ACCOUNT_NAME": "other"}, "the account key or SAS token is wrong"),
                ({"AZURE_STORAGE_ACCOUNT_KEY": "", "AZURE_STORAGE_SAS_TOKEN": self.server.sas("rl")}, "may not do this")]

    def keys(self, prefix=""):
        return sorted(k[len("some/path/"):] for k, b in self.blobs.items() if b.data is not None and k.startswith("some/path/" + prefix))

    def read(self, key):
        return self.blobs["some/path/" + key].data

    def write(self, key, data):
        self.blobs["some/path/" + key].data = data

    def uploads(self):
        return []  # Azure drops blocks that nobody commits
