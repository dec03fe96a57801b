"""The documentation as its tests read it: pages, fenced blocks, links and names."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
ANYTHING = "…"
_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")


class Block(Struct, frozen=True):
    """A fenced block: the language it is in, what its fence says of it, and its text."""

    language: str
    marks: frozenset[str]
    text: str


def blocks(page: Path) -> list[Block]:
    """Return a page's fenced blocks in order."""
    found = []
    for match in _FENCE.finditer(page.read_text()):
        language, *marks = match["info"].split() or [""]
        found.append(Block(language, frozenset(marks), match["text"]))
    return found


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", page.read_text())


def code_words(page: Path) -> Iterator[str]:
    """Return what a page's prose sets in code type."""
    for match in _CODE.finditer(prose(page)):
        yield match[1]


def links(page: Path) -> Iterator[str]:
    """Return where a page's links lead."""
    for match in _LINK.finditer(prose(page)):
        yield match["target"]


def like(printed: object, found: object) -> bool:
    """Whether an answer is as a page prints it, where `…` stands for anything and keys may miss.

    Of a list a page may print the beginning.
    """
    match printed, found:
        case dict(), dict():
            return all(key in found and like(value, found[key]) for key, value in printed.items())
        case list(), list():
            return len(printed) <= len(found) and all(map(like, printed, found))
        case str(), str():
            return re.fullmatch(re.escape(printed).replace(ANYTHING, ".*"), found) is not None
        case _:
            return printed == found


def like_block(answer: Block, output: str) -> bool:
    """Whether a command's output is as a block prints it."""
    if answer.language == "json":
        return like(json.loads(answer.text), json.loads(output))
    return like(answer.text.strip(), output.strip())
