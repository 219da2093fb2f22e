"""What a request's body says, read with patience: clients send numbers as text, null, and keys of other programs."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from drawthings.errors import BadValue
from drawthings.request.values import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

PRIVATE = frozenset({"url", "auth"})
"""Keys that SillyTavern puts into the body: its own configuration, with the user's password."""
LARGEST = 1 << 53
"""Up to here every whole number is one for other programs, too."""
LARGEST_WHOLE = 1 << 63
"""Below this a whole number that is written as one is taken as it is."""
SURROGATE = re.compile("[\ud800-\udfff]")
"""Halves of characters, which JSON can say and no text can hold."""
_SWITCHES = {"true": True, "1": True, "on": True, "yes": True, "false": False, "0": False, "off": False, "no": False}


class Values:
    """A body, read key by key.

    It remembers which keys were read, so that the others can be named to whoever sent them. What is null, missing or
    an empty text counts as not given.

    Args:
        body: The body; what of it is private is left out and never seen again.
    """

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = {key: value for key, value in body.items() if key not in PRIVATE}
        self._read: set[str] = set()

    @property
    def unread(self) -> tuple[str, ...]:
        """The keys that nobody asked for and that say anything."""
        return tuple(key for key, value in self.body.items() if key not in self._read and value not in _NOTHING)

    def pass_over(self, keys: Iterable[str]) -> None:
        """Count keys as read: they are about something that does not happen here anyway."""
        self._read.update(keys)

    def raw(self, name: str) -> Any:  # noqa: ANN401 - a body may hold anything
        """Return a value as it came, or None."""
        self._read.add(name)
        return self.body.get(name)

    def text(self, name: str) -> str:
        """Return a text; empty when it is not given.

        Raises:
            BadValue: It is something else.
        """
        value = self.raw(name)
        if value is None:
            return ""
        if isinstance(value, str) and not SURROGATE.search(value):
            return value
        raise _wrong(name, value, "a text")

    def number(self, name: str) -> float | None:
        """Return a number, also one in quotes, or None when it is not given.

        Raises:
            BadValue: It is something else.
        """
        value = self.raw(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            raise _wrong(name, value, "a number")
        return number

    def whole(self, name: str) -> int | None:
        """Return a whole number, also one in quotes or with a point and zeros, or None when it is not given.

        Raises:
            BadValue: It is something else.
        """
        value = self.raw(name)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST_WHOLE:
            return value
        number = self.number(name)
        if number is None:
            return None
        if number != int(number) or abs(number) > LARGEST:
            raise _wrong(name, value, "a whole number")
        return int(number)

    def flag(self, name: str) -> bool | None:
        """Return a switch, also one as a number or in quotes, or None when it is not given.

        Raises:
            BadValue: It is something else.
        """
        value = self.raw(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool | int | float):
            return bool(value)
        if isinstance(value, str) and value.strip().lower() in _SWITCHES:
            return _SWITCHES[value.strip().lower()]
        raise _wrong(name, value, "true or false")

    def part(self, name: str) -> Mapping[str, Any]:
        """Return an object; an empty one when it is not given.

        Raises:
            BadValue: It is something else.
        """
        value = self.raw(name)
        if value is None or value == "":
            return {}
        if isinstance(value, Mapping):
            return value
        raise _wrong(name, value, "an object")

    def several(self, name: str) -> list[Any]:
        """Return a list; an empty one when it is not given, and a single value as a list of one.

        Raises:
            BadValue: It is something else.
        """
        value = self.raw(name)
        if value is None or value == "":
            return []
        if isinstance(value, Mapping):
            raise _wrong(name, value, "a list")
        return list(value) if isinstance(value, list | tuple) else [value]


_NOTHING: tuple[object, ...] = (None, "", [], {}, ())


def _wrong(name: str, value: object, wanted: str) -> BadValue:
    return BadValue(
        f"{name} must be {wanted}, not {shown(value)}.", hint="Correct it, or leave it out.", field=name, value=value
    )
