"""JSONPaths as sources write them: $, names, ['quoted names'], [n], [*], .*, slices, a..b at any depth, a.b|c for b or c of a."""
import re

_TOKEN = re.compile(r"""\s*(?:(?P<deep>\.\.)|(?P<dot>\.)|(?P<either>\|)|(?P<root>\$)|(?P<this>@(?=$|\.|\[))|(?P<star>\*)
    |\[\s*(?:(?P<index>-?\d+)|(?P<all>\*)|(?P<slice>-?\d*:-?\d*)|'(?P<single>[^']*)'|"(?P<double>[^"]*)")\s*\]
    |'(?P<plain>[^']*)'|"(?P<wide>[^"]*)"|(?P<name>[^.\[\]\s*'"$|][^.\[\]|]*))""", re.VERBOSE)
_ALL = object()


class JsonPath:
    """A compiled path; `str` gives it back as it was written."""

    def __init__(self, text):
        self.text, self.steps = text, _steps(text)

    @property
    def field(self):
        """The name, when the path is nothing else."""
        return self.text.strip() if len(self.steps) == 1 and self.steps[0] == ("name", self.text.strip()) else None

    def find(self, data):
        """All values at the path, in the order of the document."""
        found = [data]
        for kind, what in self.steps:
            found = [value for one in found for value in _follow(one, kind, what)]
        return found

    def __str__(self):
        return self.text

    def __eq__(self, other):
        return isinstance(other, JsonPath) and other.steps == self.steps

    def __hash__(self):
        return hash(self.text)

    def __repr__(self):
        return f"JsonPath({self.text!r})"


def _steps(text):
    steps, at, deep, either = [], 0, False, False
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"{text!r} is no JSONPath: it cannot be read from {text[at:]!r} on")
        at = match.end()
        kind = match.lastgroup
        if kind == "either":
            if not steps:
                raise ValueError(f"{text!r} is no JSONPath: nothing is before |")
            either = True
            continue
        step = _step(kind, match, deep)
        if step is not None and either:
            step, either = ("either", (steps.pop(), step)), False
        if step is not None:
            steps.append(step)
        deep = kind == "deep" or (deep and step is None)
    return steps


def _step(kind, match, deep):
    """What a token says of the way; None: nothing."""
    if kind in ("deep", "dot", "root", "this"):
        return None
    if kind in ("star", "all"):
        return "deep" if deep else "name", _ALL
    if kind == "index":
        return "index", int(match["index"])
    if kind == "slice":
        return "slice", slice(*(int(end) if end else None for end in match["slice"].split(":")))
    return "deep" if deep else "name", match[kind].rstrip()


def _follow(value, kind, what):
    if kind == "either":
        for one in what:
            yield from _follow(value, *one)
    elif kind == "deep":
        yield from _below(value, what)
    elif what is _ALL:
        yield from value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    elif kind == "name":
        if isinstance(value, dict) and what in value:
            yield value[what]
    elif isinstance(value, list):
        if kind == "slice":
            yield from value[what]
        elif -len(value) <= what < len(value):
            yield value[what]


def _below(value, name):
    yield from _follow(value, "name", name)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _below(inner, name)


TJsonPath = str | JsonPath


def compile_path(path):
    return path if isinstance(path, JsonPath) else JsonPath(path)


def find_values(path, data):
    return compile_path(path).find(data)


def set_value_at_path(data, path, value):
    """Sets a member of nested dicts; those on the way to it are made."""
    *parents, last = str(path).split(".")
    for name in parents:
        data = data.setdefault(name, {})
    data[last] = value
