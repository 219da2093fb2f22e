"""Form fields put back together: numbers, lists and objects have no form of their own there, and each client has one.

A list of pictures comes as ``image[]``, a list of objects flattened as ``loras[][file]``, ``loras[][weight]`` or as
``loras[0][file]``, or the whole as JSON text.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from drawthings.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

USELESS = "[object Object]"
"""What JavaScript writes for an object that nobody turned into text."""
DEEPEST = 6
MOST_PLACES = 64
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")
_NUMBERED = re.compile(r"(images?|references?)_([0-9]{1,3})")


def regroup(fields: Iterable[tuple[str, str]], files: Iterable[tuple[str, bytes]]) -> dict[str, Any]:
    """Return a form as the object that it would have been in JSON.

    Args:
        fields: Names and texts, in the order in which they came.
        files: Names and contents.

    Returns:
        Values by name. Texts stay texts at the top, where the reader of a key knows what it is to be; what is inside
        of lists and objects is read as JSON where it can be.

    Raises:
        BadValue: A text is what JavaScript writes for an object, or names contradict each other.
    """
    body: dict[str, Any] = {}
    for name, value in (*fields, *files):
        if value == USELESS:
            raise BadValue(
                f"{name} came as the text {USELESS!r}, in which nothing of the object is left.",
                hint="Send objects and lists as JSON text, with JSON.stringify.",
                field=name,
                value=value,
            )
        path = _path(name)
        _put(body, path, _inner(value) if len(path) > 1 and isinstance(value, str) else value)
    return body


def _path(name: str) -> tuple[str, ...]:
    """Return the steps of a name: ``loras[][file]`` is loras, an entry, file; ``image_2`` is one more of ``image``."""
    numbered = _NUMBERED.fullmatch(name)
    if numbered:
        return (numbered[1], "")
    found = _NAME.fullmatch(name)
    if found is None:
        return (name,)
    steps = (found[1], *_PART.findall(found[2]))
    if len(steps) > DEEPEST:
        raise _crossed(name)
    return steps


def _inner(text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _put(place: dict[str, Any], path: Sequence[str], value: object) -> None:
    """Put a value where its name says."""
    name, rest = path[0], path[1:]
    if not rest:
        _add(place, name, value)
        return
    listed = rest[0] == "" or rest[0].isdecimal()
    inner = place.setdefault(name, [] if listed else {})
    if listed and not isinstance(inner, list):
        inner = place[name] = [inner]
    if isinstance(inner, list):
        _enter(inner, rest if listed else ("", *rest), value)
    elif isinstance(inner, dict):
        _put(inner, rest, value)
    else:
        raise _crossed(name)


def _add(place: dict[str, Any], name: str, value: object) -> None:
    """Set a value; one that was there already makes a list of both."""
    if name not in place:
        place[name] = value
    elif isinstance(place[name], list):
        place[name].append(value)
    else:
        place[name] = [place[name], value]


def _enter(entries: list[Any], path: Sequence[str], value: object) -> None:
    """Put a value into an entry of a list."""
    number, rest = path[0], path[1:]
    if not rest:
        entries.append(value)
        return
    if number.isdecimal():
        if int(number) > min(len(entries), MOST_PLACES):
            raise _crossed(f"[{number}]")
        entry = entries[int(number)] if int(number) < len(entries) else None
    else:
        # Entries are not numbered: a key that the last one has already begins the next one.
        last = entries[-1] if entries else None
        entry = None if not isinstance(last, dict) or rest[0] in last else last
    if entry is None:
        entry = {}
        entries.append(entry)
    if not isinstance(entry, dict):
        raise _crossed(rest[0])
    _put(entry, rest, value)


def _crossed(name: str) -> BadValue:
    return BadValue(
        f"The form's fields of the name {name!r} contradict each other.",
        hint="Send lists and objects as JSON text in one field.",
        field=name,
    )
