"""Prompts with alternatives: ``a {red|blue} fox`` and ``a __colour__ fox`` stand for several prompts.

A group in braces with at least one bar offers what stands between the bars; groups may stand inside groups, and an
option may be empty. ``__name__`` offers the lines of the file ``name.txt`` in a folder of wildcards. A backslash before
``{``, ``|``, ``}`` or ``_`` takes away its meaning. Text that offers nothing is left exactly as it is, braces and
backslashes included, so that JSON prompts pass untouched. No prompt is ever expanded unless that is asked for.
"""

from __future__ import annotations

import difflib
import itertools
import random
import re
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from drawthings.errors import BadValue, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_WORDINGS = 10_000
"""How many prompts one template may stand for when all of them are asked for."""

_WILDCARD = re.compile(r"__([A-Za-z0-9][A-Za-z0-9-]*(?:[_/][A-Za-z0-9-]+)*)__")
_ESCAPABLE = frozenset("{|}_\\")


@dataclass(frozen=True, slots=True)
class Wording:
    """One of the prompts that a template stands for.

    Attributes:
        text: The prompt.
        picks: What was chosen, in the order of the text; empty where the template offers nothing.
    """

    text: str
    picks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple[_Sequence, ...]


_Sequence: TypeAlias = "tuple[str | _Choice, ...]"


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt that may offer alternatives; made by ``read_template``.

    Attributes:
        text: The prompt as it was written.
        count: For how many prompts it stands.

    Example:
        >>> template = read_template("a {red|blue} fox in {snow|{light|heavy} rain}")
        >>> template.count
        6
        >>> [wording.text for wording in template.all()][:2]
        ['a red fox in snow', 'a red fox in light rain']
        >>> template.choose(7) == template.choose(7)
        True
    """

    text: str
    _parts: _Sequence

    @property
    def varies(self) -> bool:
        """Whether it offers anything to choose."""
        return any(isinstance(part, _Choice) for part in self._parts)

    @property
    def count(self) -> int:
        """For how many prompts it stands; equal ones are counted as often as they arise."""
        return _count(self._parts)

    def all(self, limit: int = MOST_WORDINGS) -> Iterator[Wording]:
        """Yield every prompt, the last alternative changing fastest.

        Args:
            limit: How many there may be.

        Raises:
            OutOfRange: The template stands for more.
        """
        if self.count > limit:
            raise OutOfRange(
                f"The prompt {self.text[:60]!r} stands for {self.count} prompts; at most {limit} are made at once.",
                hint="Take away alternatives, or have some of them chosen by a seed.",
                field="prompt",
                value=self.count,
            )
        if not self.varies:
            return iter((Wording(self.text),))
        return (Wording("".join(texts), picks) for texts, picks in _all(self._parts))

    def choose(self, seed: int) -> Wording:
        """Choose one of the prompts; the same seed always chooses the same one.

        Args:
            seed: Any whole number, for example the seed of the picture.
        """
        if not self.varies:
            return Wording(self.text)
        texts, picks = _choose(self._parts, random.Random(seed))  # noqa: S311 - a choice of words is no secret
        return Wording("".join(texts), picks)


def read_template(text: str, wildcards: str | Path | None = None) -> Template:
    """Read a prompt with alternatives.

    Args:
        text: The prompt.
        wildcards: A folder with one text file per wildcard, one option on each line; empty lines and lines that begin
            with ``#`` are left out, and options may hold alternatives again. Without a folder ``__name__`` is plain
            text.

    Returns:
        The template. A brace that is never closed, and braces without a bar, are plain text.

    Raises:
        BadValue: There is no such folder or wildcard file, a file has no options, or files name each other in a circle.
    """
    folder = None if wildcards is None else Path(wildcards)
    if folder is not None and not folder.is_dir():
        raise BadValue(
            f"There is no folder {str(folder)!r} with wildcards.",
            hint="Name a folder that holds one text file per wildcard, such as colour.txt for __colour__.",
            field="wildcards",
            value=str(folder),
        )
    return Template(text, _Reader(text, folder, ()).sequence())


class _Reader:
    """Reads one text from the front; ``trail`` names the wildcard files that lead to it."""

    def __init__(self, text: str, folder: Path | None, trail: tuple[str, ...]) -> None:
        self._text = text
        self._folder = folder
        self._trail = trail

    def sequence(self) -> _Sequence:
        return self._parts(0, len(self._text))

    def _parts(self, place: int, end: int) -> _Sequence:
        parts: list[str | _Choice] = []
        plain = ""
        while place < end:
            choice, after = self._choice_at(place, end)
            if choice is None:
                plain += self._text[place] if after == place + 1 else self._text[place + 1 : after]
            else:
                parts += [plain, choice]
                plain = ""
            place = after
        return (*parts, plain)

    def _choice_at(self, place: int, end: int) -> tuple[_Choice | None, int]:
        """Return the choice that begins here, if one does, and where reading goes on."""
        sign = self._text[place]
        if sign == "\\" and place + 1 < end and self._text[place + 1] in _ESCAPABLE:
            return None, place + 2
        if sign == "{" and (bounds := self._bounds(place, end)):
            return _Choice(tuple(self._parts(start + 1, stop) for start, stop in itertools.pairwise(bounds))), (
                bounds[-1] + 1
            )
        if sign == "_" and self._folder is not None and (found := _WILDCARD.match(self._text, place, end)):
            return self._wildcard(found[1], self._folder), found.end()
        return None, place + 1

    def _bounds(self, place: int, end: int) -> list[int]:
        """Return where the options of a group begin and end: its brace, its bars and its closing brace."""
        bounds, depth, at = [place], 0, place
        while at < end:
            sign = self._text[at]
            if sign == "\\":
                at += 1
            elif sign == "{":
                depth += 1
            elif sign == "}":
                depth -= 1
                if depth == 0:
                    return [*bounds, at] if len(bounds) > 1 else []
            elif sign == "|" and depth == 1:
                bounds.append(at)
            at += 1
        return []

    def _wildcard(self, name: str, folder: Path) -> _Choice:
        if name in self._trail:
            raise BadValue(
                f"The wildcards {' → '.join((*self._trail, name))} name each other in a circle.",
                hint="Take one of them out of its file.",
                field="wildcards",
                value=name,
            )
        trail = (*self._trail, name)
        return _Choice(tuple(_Reader(line, folder, trail).sequence() for line in _lines(name, folder)))


def _lines(name: str, folder: Path) -> list[str]:
    path = folder / f"{name}.txt"
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        known = sorted(each.relative_to(folder).with_suffix("").as_posix() for each in folder.rglob("*.txt"))
        near = difflib.get_close_matches(name, known, n=3) or known[:5]
        raise BadValue(
            f"The wildcard __{name}__ cannot be read from {str(path)!r}.",
            hint=f"There are: {', '.join(near)}." if near else f"There are no text files in {str(folder)!r}.",
            field="wildcards",
            value=name,
            suggestions=tuple(near),
        ) from error
    lines = [line.strip() for line in text.splitlines()]
    options = [line for line in lines if line and not line.startswith("#")]
    if not options:
        raise BadValue(
            f"The wildcard file {str(path)!r} has no options.",
            hint="Write one option on each line.",
            field="wildcards",
            value=name,
        )
    return options


def _count(parts: _Sequence) -> int:
    return prod(sum(map(_count, part.options)) for part in parts if isinstance(part, _Choice))


_Outcome: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]


def _all(parts: _Sequence) -> Iterator[_Outcome]:
    outcomes = ([((part,), ())] if isinstance(part, str) else _all_of(part) for part in parts)
    for each in itertools.product(*outcomes):
        yield _joined(each)


def _all_of(choice: _Choice) -> list[_Outcome]:
    return [_picked(outcome) for option in choice.options for outcome in _all(option)]


def _choose(parts: _Sequence, luck: random.Random) -> _Outcome:
    return _joined([((part,), ()) if isinstance(part, str) else _choose_of(part, luck) for part in parts])


def _choose_of(choice: _Choice, luck: random.Random) -> _Outcome:
    # The only number of this generator that Python promises to keep the same for ever is random().
    return _picked(_choose(choice.options[int(luck.random() * len(choice.options))], luck))


def _picked(outcome: _Outcome) -> _Outcome:
    """Count the whole of an option as one pick: what was picked inside it can be read in it."""
    text = "".join(outcome[0])
    return (text,), (text,)


def _joined(outcomes: list[_Outcome] | tuple[_Outcome, ...]) -> _Outcome:
    return (
        tuple(text for texts, _ in outcomes for text in texts),
        tuple(pick for _, picks in outcomes for pick in picks),
    )
