"""The data of the project that Dango made: what its sources read, here and there."""
import json
import sqlite3

BUDGET = "customer_id,budget\n1,100\n2,200\n3,300\n"
ORDERS = "id,customer_id,total,ordered_at\n"


def write_files(folder):
    uploads = folder / "data/uploads"
    uploads.mkdir(parents=True, exist_ok=True)
    for month in (1, 2):
        lines = (f"{month * 100 + i},{i % 3 + 1},{i * 1.25:.2f},2024-{month:02}-{i % 28 + 1:02} 10:00:00\n" for i in range(50))
        (uploads / f"orders_2024{month:02}.csv").write_text(ORDERS + "".join(lines))
    events = ({"id": i, "kind": "click", "page": {"path": f"/p{i}"}} for i in range(20))
    (uploads / "events.jsonl").write_text("".join(json.dumps(e) + "\n" for e in events))


def fill_sqlite(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, sku TEXT NOT NULL, price NUMERIC)")
        connection.executemany("INSERT INTO items VALUES (?, ?, ?)", [(i, f"sku{i}", i / 4) for i in range(1, 31)])
    connection.close()


def fill_postgres(server):
    server.sql("CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, since date); "
               "INSERT INTO customers SELECT i, 'Kunde ' || i, date '2024-01-01' + i FROM generate_series(1, 3) i; "
               "CREATE TABLE invoices (id int PRIMARY KEY, customer_id int, amount numeric(12, 2)); "
               "INSERT INTO invoices SELECT i, i % 3 + 1, i * 1.5 FROM generate_series(1, 40) i")
