"""Python code of the seeds, taken from their texts when the tests run. The pages have lost the indentation, and nothing else."""
import ast
import contextlib
import io
import tokenize
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"


def text_of(number):
    path, = SEEDS.glob(f"{number:03}_*.txt")
    return path.read_text(encoding="utf-8")


def fenced(number, language="python"):
    """Blocks between ```python and ```."""
    parts = text_of(number).split(f"```{language}\n")[1:]
    return [part.split("```", 1)[0] for part in parts]


def block(number, heading, first, last, nth=1):
    """Lines from `first` to the nth `last` behind a heading, indented as Python wants it."""
    lines = text_of(number).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(heading))
    start = next(i for i in range(at, len(lines)) if lines[i].startswith(first))
    end = [i for i in range(start, len(lines)) if lines[i].startswith(last)][nth - 1]
    code = indented(lines[start:end + 1])
    ast.parse(code)
    return code


def _within(lines):
    """Numbers of the lines that begin within brackets or a long text: their indentation means nothing."""
    within, depth = set(), 0
    with contextlib.suppress(tokenize.TokenError, IndentationError):
        for token in tokenize.generate_tokens(io.StringIO("\n".join(lines) + "\n").readline):
            if depth and token.start[1] == 0:
                within.add(token.start[0])
            if token.type == tokenize.STRING:
                within.update(range(token.start[0] + 1, token.end[0] + 1))
            depth += (token.type == tokenize.OP) * ((token.string in "([{") - (token.string in ")]}"))
    return within


def indented(lines):
    """A line is one level deeper behind a colon, and one less behind what leaves a block; decorators and the last return of a source
    stand at the beginning of its function, `except` where its `try` does."""
    within, out, level, tries, in_source, left = _within(lines), [], 0, [], False, False
    for number, line in enumerate(lines, 1):
        word = line.split("(", 1)[0].split(" ", 1)[0].rstrip(":")
        if number not in within:
            level -= left
            if line.startswith(("@dlt.source", "if __name__")):
                level, in_source = 0, line.startswith("@dlt.source")
            elif line.startswith(("@dlt.resource", "@dlt.transformer", "return [", "return get_accounts")):
                level = int(in_source)
            elif word == "except":
                level = tries[-1]
            elif word == "try":
                tries.append(level)
            deeper, left = level + 1, word in ("break", "raise") and level > 1
        out.append("    " * level + line)
        if number + 1 not in within and line.split("  #")[0].rstrip().endswith(":") and word != "#":
            level = deeper
    return "\n".join(out) + "\n"
