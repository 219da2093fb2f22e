r"""How the app spells JSON: sorted keys, escaped slashes, and numbers that survive its reader.

The reader takes a number at the top level only if it is exactly a single-precision one, so 0.7 must be written as
0.69999998807907104 there; inside the nested configuration any nearest decimal will do, and the short one is what a
person expects. Source: ``ImageConverter.configuration(from:)`` (casts to ``Float32``), ``JSONSerialization``.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping, Sequence

from drawthings.errors import BadValue

# Whatever no UTF-8 text or no XML can hold is replaced, or written as a JSON escape.
_REPLACED = str.maketrans(dict.fromkeys(range(0xD800, 0xE000), "\ufffd"))
_ESCAPED = str.maketrans({"/": "\\/", "\ufffe": "\\ufffe", "\uffff": "\\uffff"})


def exact_number(value: float) -> str:
    """Spell a number as the single-precision one next to it, with all its decimals: 0.7 as 0.69999998807907104."""
    return f"{_single(value):.17g}"


def short_number(value: float) -> str:
    """Spell a number with the fewest decimals that tell its single-precision value apart: 0.7 as 0.7, 1 as 1."""
    return swift_number(value).removesuffix(".0")


def swift_number(value: float) -> str:
    """Spell a number as the app's texts do: as ``short_number``, but whole ones with a decimal, 1 as 1.0."""
    single = _single(value)
    decimals = (float(f"{single:.{digits}g}") for digits in range(1, 10))
    return repr(next(decimal for decimal in decimals if _nearest(decimal) == single))


def json_text(document: Mapping[str, object], *, short: frozenset[str] = frozenset()) -> str:
    """Write an object as the app does.

    Args:
        document: Strings, numbers, flags, None, mappings and sequences of them.
        short: Keys at the top level under which numbers are spelt short; all others are spelt exactly.

    Raises:
        BadValue: A number is not finite, or a value is of another type.
    """
    members = (
        f"{_string(key)}:{_value(value, short_number if key in short else exact_number, key)}"
        for key, value in sorted(document.items())
    )
    return "{" + ",".join(members) + "}"


def _single(value: float) -> float:
    single = _nearest(value)
    if not math.isfinite(single):
        hint = "Give a finite number below 3.4e38."
        raise BadValue(f"{value} cannot be written as a number of JSON.", hint=hint, value=value)
    return single


def _nearest(value: float) -> float:
    try:
        nearest: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.inf
    return nearest


def _value(value: object, spell: Callable[[float], str], key: str) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return spell(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Mapping):
        members = (f"{_string(str(name))}:{_value(value[name], spell, key)}" for name in sorted(value, key=str))
        return "{" + ",".join(members) + "}"
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return "[" + ",".join(_value(item, spell, key) for item in value) + "]"
    raise BadValue(f"{key} holds {type(value).__name__}, which JSON has no form for.", hint="Leave it out.", field=key)


def _string(text: str) -> str:
    return json.dumps(text.translate(_REPLACED), ensure_ascii=False).translate(_ESCAPED)
