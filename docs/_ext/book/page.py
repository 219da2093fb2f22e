"""A page of this documentation, as the blocks of code on it and the links in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent.parent
RUNNABLE = frozenset({"console", "python", "sh", "toml"})
"""The languages of blocks that are run; ``text`` and all others are only shown."""

_FENCE = re.compile(
    r"^(?P<mark>`{3,}|:{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=mark)[ \t]*$", re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#{1,4} (?P<title>.+)$", re.MULTILINE)
_LABEL = re.compile(r"^\((?P<name>[\w-]+)\)=$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Attributes:
        language: What follows the fence: a language, or a directive in braces with its argument.
        text: What is in it.
        line: The line of the page on which it begins, from 1.
    """

    language: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown file.

    Attributes:
        name: Its path below the folder of the documentation, without the suffix.
        text: What it says.
    """

    name: str
    text: str

    @property
    def path(self) -> Path:
        """Where the file is."""
        return DOCS / f"{self.name}.md"

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Its fenced blocks, in order."""
        return tuple(
            Block(found["info"].strip(), found["text"], self.text.count("\n", 0, found.start()) + 1)
            for found in _FENCE.finditer(self.text)
        )

    @property
    def runnable(self) -> tuple[Block, ...]:
        """The blocks that are run, in order."""
        return tuple(block for block in self.blocks if block.language in RUNNABLE)

    @property
    def pictures(self) -> tuple[str, ...]:
        """The files that its blocks make and that it shows."""
        shown = (block.language.removeprefix("{made}").strip() for block in self._of("{made}"))
        return tuple(dict.fromkeys(name for line in shown for name in line.split()))

    @property
    def prose(self) -> str:
        """The page without its blocks."""
        return _FENCE.sub("", self.text)

    @property
    def links(self) -> tuple[str, ...]:
        """Where its links lead, in order; those of the cards and lists too, but not what stands in code."""
        text = re.sub(r"`[^`\n]*`", lambda code: "`" + "." * (len(code[0]) - 2) + "`", self._uncoded())
        return tuple(found["target"] for found in _LINK.finditer(text))

    @property
    def anchors(self) -> frozenset[str]:
        """The anchors of its headings, as MyST makes them, and its labels."""
        titles = (slug(found["title"]) for found in _HEADING.finditer(self._uncoded()))
        return frozenset([*titles, *(found["name"] for found in _LABEL.finditer(self.text))])

    def _of(self, directive: str) -> tuple[Block, ...]:
        return tuple(block for block in self.blocks if block.language.startswith(directive))

    def _uncoded(self) -> str:
        """Leave out code, and keep what is written inside of directives such as cards."""
        return _FENCE.sub(lambda found: found["text"] if found["mark"].startswith(":") else "", self.text)


def slug(title: str) -> str:
    """Return the anchor of a heading, by GitHub's rule."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "")
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")


def read_page(name: str) -> Page:
    """Read a page by its name."""
    return Page(name, (DOCS / f"{name}.md").read_text(encoding="utf-8"))


def all_pages() -> tuple[Page, ...]:
    """Read every page, those of the top folder first."""
    paths = [path.relative_to(DOCS) for path in DOCS.rglob("*.md") if "_build" not in path.parts]
    names = sorted((path.with_suffix("").as_posix() for path in paths), key=lambda name: (name.count("/"), name))
    return tuple(read_page(name) for name in names)
