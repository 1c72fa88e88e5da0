"""The user's documents that the walk-throughs follow, and proof that what a test writes is what they say."""
import os
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SLUICE_SHARED", REPO.parent / "shared"))


class Seed:
    def __init__(self, name):
        text = (SHARED / "seeds" / name).read_text(encoding="utf-8")
        self.lines = [words for line in text.splitlines() if (words := " ".join(line.split()))]

    def says(self, text):
        """The text, whose lines follow each other in the document (which has lost its blanks)."""
        wanted = [words for line in text.splitlines() if (words := " ".join(line.split()))]
        found = any(self.lines[i:i + len(wanted)] == wanted for i in range(len(self.lines)))
        assert found, f"not in the document:\n{text}"
        return text
