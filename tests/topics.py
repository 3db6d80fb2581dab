"""The topics of `coinstore help`, parsed: their blocks in order, their commands and the output shown."""

import re
import shlex
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "cli" / "topics"
LANGUAGES = ("sh", "console", "sql", "yaml", "toml", "python", "text")
NAMES_ONLY = "commands with your own files"  # not run: only their names and options are checked
NAMES = sorted(file.stem for file in FOLDER.glob("*.md"))


def blocks(topic: str) -> list[tuple[str, str]]:
    """Each block with its language, in order; every block must have one."""
    text = (FOLDER / f"{topic}.md").read_text("utf-8")
    found = re.findall(r"^(<!-- your own files -->\n)?```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert all(language in LANGUAGES for _, language, _ in found), topic
    return [(NAMES_ONLY if marked else language, block) for marked, language, block in found]


def arguments(line: str) -> tuple[dict[str, str], list[str]]:
    """The variables before `coinstore` and the arguments after it, without comments."""
    words = shlex.split(line, comments=True)
    at = words.index("coinstore")
    return dict(word.split("=", 1) for word in words[:at]), words[at + 1 :]


def sessions(block: str) -> list[tuple[str, str]]:
    """Commands of a `console` block, each with its output."""
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in block.split("$ ")[1:]]


def is_as_said(said: str, printed: str) -> bool:
    """Whether a program printed what a text shows, except numbers, widths, and what … replaces."""
    parts = [re.escape(_even(part)) for part in said.split("…")]
    return re.fullmatch(".*".join(parts), _even(printed), re.DOTALL) is not None


def _even(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"\d[\d,.]*", "0", text)).strip()
