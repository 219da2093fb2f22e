"""A read-only JSON object: what a server says about one file, kept exactly as it came."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

DEEPEST = 32


class Record(Mapping[str, object]):
    """A JSON object that nobody can change, down to its innermost list.

    Objects inside become records too, arrays become tuples. ``json.dumps(record, default=dict)`` gives the object
    back with the same keys and values. Records can be hashed, pickled and copied.

    Args:
        items: The object, as ``json.loads`` gives it.

    Raises:
        ValueError: Something in it cannot be sent back as JSON: text that is no valid Unicode, a number that is not
            finite, more than 32 levels of nesting, or a value of a type that JSON does not have.
    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, object] | None = None) -> None:
        self._items: dict[str, object] = _frozen_items(items or {}, DEEPEST)

    def __getitem__(self, key: str) -> object:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return f"Record({self._items!r})"

    def __reduce__(self) -> tuple[type[Record], tuple[dict[str, object]]]:
        return Record, (self._items,)

    def text(self, key: str, default: str = "") -> str:
        """Return a text, or the default when the key is absent or holds something else."""
        value = self._items.get(key)
        return value if isinstance(value, str) else default

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts of an array, leaving out whatever is no text."""
        value = self._items.get(key)
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, tuple) else ()

    def number(self, key: str) -> float | None:
        """Return a number, or None when the key is absent or holds something else."""
        value = self._items.get(key)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def flag(self, key: str) -> bool:
        """Return whether the key holds true."""
        return self._items.get(key) is True

    def part(self, key: str) -> Record:
        """Return the object under a key, or an empty one."""
        value = self._items.get(key)
        return value if isinstance(value, Record) else EMPTY

    def parts(self, key: str) -> tuple[Record, ...]:
        """Return the objects of an array, leaving out whatever is no object."""
        value = self._items.get(key)
        return tuple(item for item in value if isinstance(item, Record)) if isinstance(value, tuple) else ()


def _frozen_items(items: Mapping[str, object], depth: int) -> dict[str, object]:
    return {_sendable(str(key)): _frozen(value, depth) for key, value in items.items()}


def _frozen(value: object, depth: int) -> object:
    if depth == 0:
        raise ValueError(f"it is nested more than {DEEPEST} levels deep")
    if value is None or isinstance(value, bool | int | Record):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"it holds {value}, which JSON cannot express")
        return value
    if isinstance(value, str):
        return _sendable(value)
    if isinstance(value, Mapping):
        record = Record()
        record._items = _frozen_items(value, depth - 1)  # noqa: SLF001 - its own class, filled before anyone sees it
        return record
    if isinstance(value, list | tuple):
        return tuple(_frozen(item, depth - 1) for item in value)
    raise ValueError(f"it holds a {type(value).__name__}, which JSON does not have")


def _sendable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"it holds text that is no valid Unicode ({text!a})") from None
    return text


EMPTY = Record()
