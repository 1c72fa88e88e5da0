"""Reads dlt's pipeline scripts without running them: which sources they call, with which arguments.

Usage: python3 read_pipelines.py SCRIPT...; prints JSON: {"sources": [...], "notes": [...]}. Arguments are what is
written: literals, module-level constants, dlt.secrets["a.b"], os.environ["NAME"]. What depends on running the
script is a note with its line. For `sluice import dlt`, which has this file inside.
"""
import ast
import json
import sys

CALLS = {"sql_database", "sql_table", "filesystem", "readers", "rest_api_source", "rest_api_resources"}
ORDER = {"sql_database": ["credentials", "schema", "metadata", "table_names"],
         "sql_table": ["credentials", "table", "schema"], "filesystem": ["bucket_url", "credentials", "file_glob"],
         "readers": ["bucket_url", "credentials", "file_glob"], "rest_api_source": ["config"], "rest_api_resources": ["config"]}
HARMLESS = {"parallelize", "with_name"}


class Unreadable(Exception):
    pass


def dotted(node):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


class Script(ast.NodeVisitor):
    def __init__(self, path, out):
        self.path, self.out = path, out
        self.constants, self.variables, self.pipelines, self.seen = {}, {}, {}, {}
        with open(path, encoding="utf-8") as file:
            self.text = file.read()

    def note(self, node, text):
        self.out["notes"].append({"file": self.path, "line": node.lineno, "text": text})

    def written(self, node):
        return " ".join((ast.get_source_segment(self.text, node) or "").split())[:80]

    def value(self, node):
        """What an expression is, as far as it is written down."""
        if isinstance(node, ast.Name) and node.id in self.constants:
            return self.constants[node.id]
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return [self.value(e) for e in node.elts]
        if isinstance(node, ast.Dict):
            return {self.value(k): self.value(v) for k, v in zip(node.keys, node.values)}
        if isinstance(node, ast.Subscript) and dotted(node.value) in ("dlt.secrets", "dlt.config", "os.environ"):
            return {"$" + dotted(node.value).split(".")[1]: self.value(node.slice)}
        if isinstance(node, ast.Attribute) and dotted(node) in ("dlt.secrets.value", "dlt.config.value"):
            return None
        if isinstance(node, ast.Call):
            return self.call_value(node)
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError):
            raise Unreadable(self.written(node)) from None

    def call_value(self, node):
        name = dotted(node.func)
        words = [self.value(a) for a in node.args]
        if name in ("os.getenv", "os.environ.get"):
            return {"$environ": words[0]}
        if name in ("dlt.secrets.get", "dlt.config.get"):
            return {"$" + name.split(".")[1]: words[0]}
        if name.split(".")[-1] == "incremental":
            found = dict(zip(("cursor_column", "initial_value"), words))
            for key in node.keywords:
                key_name = "cursor_column" if key.arg == "cursor_path" else key.arg
                found[key_name] = self.value(key.value)
            return {"$incremental": found}
        if name.split(".")[-1] in ("datetime", "date", "DateTime"):
            date = "-".join(f"{w:02}" for w in words[:3])
            time = ":".join(f"{w:02}" for w in [*words[3:6], 0, 0, 0][:3])
            return f"{date}T{time}Z" if len(words) > 3 else date
        if name.split(".")[-1] == "ConnectionStringCredentials" and words:
            return words[0]
        raise Unreadable(self.written(node))

    def arguments(self, node, names):
        found = {}
        pairs = list(zip(names, node.args)) + [(k.arg, k.value) for k in node.keywords]
        for name, value in pairs:
            try:
                found[name or "**"] = self.value(value)
            except Unreadable as why:
                self.note(value, f"{name or '**'}={why}: is only known when the script runs")
        return found

    # ---- sources ----

    def source_of(self, node):
        """The source that an expression is, after .with_resources(...) and the like; None = none."""
        if isinstance(node, ast.Name):
            return self.variables.get(node.id)
        if isinstance(node, ast.Attribute):
            return self.source_of(node.value)
        if isinstance(node, ast.Subscript):
            return self.source_of(node.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            found = self.source_of(node.left)
            if found and isinstance(node.right, ast.Call):
                found["reader"] = dotted(node.right.func).split(".")[-1]
            elif found:
                found["reader"] = dotted(node.right).split(".")[-1]
            return found
        return self.source_of_call(node) if isinstance(node, ast.Call) else None

    def source_of_call(self, node):
        if id(node) in self.seen:
            return self.seen[id(node)]
        name = dotted(node.func).split(".")[-1]
        if isinstance(node.func, ast.Attribute) and self.source_of(node.func.value):
            found = self.source_of(node.func.value)
            self.method(found, node)
        elif name in CALLS:
            found = {"file": self.path, "line": node.lineno, "function": name, "tables": {},
                     "arguments": self.arguments(node, ORDER[name])}
            self.out["sources"].append(found)
        else:
            return None
        self.seen[id(node)] = found
        return found

    def method(self, source, node):
        name = node.func.attr
        if name == "with_resources":
            try:
                source["arguments"]["table_names"] = [self.value(a) for a in node.args]
            except Unreadable as why:
                self.note(node, f"with_resources({why}): is only known when the script runs")
        elif name == "apply_hints":
            table = self.table_of(node.func.value)
            hints = self.arguments(node, [])
            (source["tables"].setdefault(table, {}) if table else source.setdefault("hints", {})).update(hints)
        elif name == "add_limit":
            source.setdefault("hints", {}).update({"limit": self.value(node.args[0])} if node.args else {})
        elif name not in HARMLESS:
            self.note(node, f".{name}(...): Python that changes rows; nothing here does the same")

    def table_of(self, node):
        """orders of source.orders, source.resources["orders"]; None = the source itself."""
        if isinstance(node, ast.Subscript):
            try:
                return self.value(node.slice)
            except Unreadable:
                return None
        if isinstance(node, ast.Attribute) and node.attr != "resources" and isinstance(node.value, (ast.Name, ast.Call)):
            return node.attr
        return None

    # ---- the script ----

    def visit_Assign(self, node):
        target = node.targets[0]
        if isinstance(target, ast.Name):
            source = self.source_of(node.value)
            if source:
                self.variables[target.id] = source
            elif isinstance(node.value, ast.Call) and dotted(node.value.func) == "dlt.pipeline":
                self.pipelines[target.id] = self.pipeline(node.value)
            else:
                try:
                    self.constants[target.id] = self.value(node.value)
                except Unreadable:
                    self.constants.pop(target.id, None)
        self.generic_visit(node)

    def pipeline(self, node):
        return self.arguments(node, ["pipeline_name", "pipelines_dir", "pipeline_salt", "destination"])

    def visit_Call(self, node):
        name = dotted(node.func)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "run" and node.args:
            self.run(node)
        elif name in ("input", "exec", "eval"):
            self.note(node, f"{name}(...) is only known when the script runs")
        self.source_of(node)
        self.generic_visit(node)

    def run(self, node):
        holder = node.func.value
        pipeline = self.pipelines.get(getattr(holder, "id", None))
        if pipeline is None and isinstance(holder, ast.Call) and dotted(holder.func) == "dlt.pipeline":
            pipeline = self.pipeline(holder)
        values = node.args[0].elts if isinstance(node.args[0], (ast.List, ast.Tuple)) else [node.args[0]]
        for value in values:
            source = self.source_of(value)
            if source is not None:
                source["run"] = self.arguments(ast.Call(node.func, [], node.keywords), [])
                source["pipeline"] = pipeline or {}

    def visit_FunctionDef(self, node):
        for decorator in node.decorator_list:
            name = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if name == "dlt.source" or (name == "dlt.resource" and node.col_offset == 0):
                needed = len(node.args.args) - len(node.args.defaults)
                self.out["sources"].append({"file": self.path, "line": node.lineno, "function": "python",
                                            "name": node.name, "resource": name == "dlt.resource",
                                            "needs": [a.arg for a in node.args.args[:needed]]})
                if name == "dlt.source":
                    return
        self.generic_visit(node)


def main(paths):
    out = {"sources": [], "notes": []}
    for path in paths:
        try:
            script = Script(path, out)
            script.visit(ast.parse(script.text))
        except (SyntaxError, UnicodeDecodeError) as why:
            out["notes"].append({"file": path, "line": getattr(why, "lineno", None) or 1, "text": f"not read: {why}"})
    json.dump(out, sys.stdout, default=str)


main(sys.argv[1:])
