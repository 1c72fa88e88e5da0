"""Makes the seeds of fuzz_copy_binary: what a real PostgreSQL sends for rows of all types, in its binary COPY format.

Usage: python tests/fuzz/make_copy_seeds.py (writes tests/fuzz/corpus/fuzz_copy_binary; the same bytes each time)"""
import struct
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "contract"))
from servers_postgres import postgres_server  # noqa: E402

# In the order of `columns` in fuzz_copy_binary.c.
TYPES = ["bool", "int2", "int4", "int8", "oid", "float4", "float8", "numeric(10,2)", "numeric", "text", "bytea", "jsonb", "uuid", "inet", "date", "time",
         "timestamp", "timestamptz"]
UUID = "00112233-4455-6677-8899-aabbccddeeff"
ROWS = {
    "plain": ["true", "-1", "2", "3", "4", "0.1", "2.5", "12.34", "1234567.8", "text", "\\x00ff", '{"a": [1]}', UUID, "10.0.0.1/8", "2024-02-29", "12:34:56.789",
              "2024-02-29 12:34:56.789", "2024-02-29 12:34:56.789+00"],
    "nulls": [None] * len(TYPES),
    "largest": ["false", "32767", "2147483647", "9223372036854775807", "4294967295", "3.4028235e38", "1.7976931348623157e308", "99999999.99", "9" * 60 + "." + "9" * 30,
                "ä😀" * 20, "\\x" + "ab" * 40, "[]", UUID, "2001:db8::ff00:42:8329/64", "5874897-12-31", "24:00:00", "294276-12-31 23:59:59.999999",
                "294276-12-31 23:59:59.999999+00"],
    "smallest": ["true", "-32768", "-2147483648", "-9223372036854775808", "0", "1e-45", "5e-324", "-99999999.99", "0." + "0" * 50 + "1", "", "", "null", UUID, "::", "4713-01-01 BC",
                 "00:00:00", "4713-01-01 00:00:00 BC", "4713-01-01 00:00:00+00 BC"],
    "special": [None, None, None, None, None, "NaN", "-Infinity", "NaN", "Infinity", None, None, "{}", None, "0.0.0.0/0", "infinity", None, "-infinity", "infinity"],
}


def copied(server, rows):
    """The stream of COPY; its text is split at the rows by messages()."""
    def literal(value, kind):
        return "NULL::" + kind if value is None else f"'{value}'::{kind}"
    selects = " UNION ALL ".join("SELECT " + ", ".join(map(literal, row, TYPES)) for row in rows)
    done = subprocess.run([server.bin / "psql", "-X", "-q", "-h", server.folder, "-p", str(server.port), "-U", "postgres", "-c", f"COPY ({selects}) TO STDOUT (FORMAT binary)"],
                          capture_output=True, check=True)
    return done.stdout


def messages(stream):
    """As the server sends them: the header with the first row, each other row alone, the trailer alone."""
    start, at = 0, 19
    while True:
        fields = struct.unpack_from(">h", stream, at)[0]
        at += 2
        for _ in range(max(fields, 0)):
            at += 4 + max(struct.unpack_from(">i", stream, at)[0], 0)
        yield stream[start:at]
        if fields < 0:
            return
        start = at


def main():
    folder = HERE / "corpus" / "fuzz_copy_binary"
    folder.mkdir(parents=True, exist_ok=True)
    with postgres_server() as server:
        for name, rows in {**{name: [row] for name, row in ROWS.items()}, "all": list(ROWS.values())}.items():
            (folder / name).write_bytes(b"".join(struct.pack(">H", len(m)) + m for m in messages(copied(server, rows))))


if __name__ == "__main__":
    main()
