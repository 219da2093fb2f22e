"""What counts as a number, a switch or a text in a setting, and how a wrong one is told.

The functions here know types and ranges only; which setting wants what stands in the table of fields. ``where`` is
the name the message uses, for example ``"steps"`` or ``"The weight of LoRA 'x.ckpt'"``, and
``field`` the setting the error names where the two differ.
"""

from __future__ import annotations

import math
import struct
from enum import Enum
from numbers import Integral, Real
from typing import Final

from drawthings.errors import BadValue, OutOfRange

FIT_HINT: Final = "or let it be changed with fit=True (--fit)"
_SHOWN_CHARACTERS = 60
_FLOAT32_DIGITS = range(6, 10)  # nine digits name every 32-bit float


def shown(value: object) -> str:
    """Return a value as an error message shows it, cut short when it is long."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a foreign object's repr may fail in any way, and the message must still come
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"


def plain(number: float) -> str:
    """Return a number as a person writes it: ``4`` for 4.0, all digits of a large one."""
    return str(int(number)) if math.isfinite(number) and number == int(number) else repr(float(number))


def narrow(number: float) -> float:
    """Return the shortest decimal that names the same 32-bit number.

    The server reads settings as 32-bit floats. Keeping that number under its short name (0.7, not
    0.699999988079071) makes a configuration equal to the one that is read back from its bytes.

    Args:
        number: Any float; NaN, the infinities and what is beyond the 32-bit range come back as such.
    """
    try:
        packed = struct.pack("<f", number)
    except OverflowError:
        return math.copysign(math.inf, number)
    exact: float = struct.unpack("<f", packed)[0]
    if not math.isfinite(exact):
        return exact
    candidates = (float(f"{exact:.{digits}g}") for digits in _FLOAT32_DIGITS)
    short = next(decimal for decimal in candidates if struct.pack("<f", decimal) == packed)
    return short + 0.0  # -0.0 becomes 0.0


def as_integer(where: str, value: object, *, field: str | None = None) -> int:
    """Return a whole number, from Python or numpy.

    Raises:
        BadValue: The value is no whole number; True and 7.0 are none.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise BadValue(
            f"{where} must be a whole number, not {shown(value)}.",
            hint="Write it without quotes and without a decimal point.",
            field=field or where,
            value=value,
        )
    return int(value)


def as_number(where: str, value: object, *, field: str | None = None) -> float:
    """Return a finite number as the server will read it (see ``narrow``).

    Raises:
        BadValue: The value is no number, or it is NaN, infinite or beyond 32-bit floats.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise BadValue(
            f"{where} must be a number, not {shown(value)}.",
            hint="Write it without quotes.",
            field=field or where,
            value=value,
        )
    try:
        number = narrow(float(value))
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise BadValue(
            f"{where} must be a finite number, not {shown(value)}.",
            hint="Give a number that a 32-bit float can hold.",
            field=field or where,
            value=value,
        )
    return number


def as_flag(where: str, value: object, *, field: str | None = None) -> bool:
    """Return a switch, from Python or numpy.

    Raises:
        BadValue: The value is neither True nor False; 0, 1 and "false" are not.
    """
    if isinstance(value, bool):
        return value
    if getattr(getattr(value, "dtype", None), "kind", "") == "b" and getattr(value, "shape", None) == ():
        return bool(value)
    raise BadValue(
        f"{where} must be true or false, not {shown(value)}.",
        hint="Write True or False in Python, true or false in JSON.",
        field=field or where,
        value=value,
    )


def as_text(where: str, value: object, *, field: str | None = None) -> str:
    """Return a text that can be written as UTF-8.

    Raises:
        BadValue: The value is no text, or holds half of a surrogate pair.
    """
    if isinstance(value, Enum):
        value = value.value
    if not isinstance(value, str):
        raise BadValue(
            f"{where} must be a text, not {shown(value)}.", hint="Put it in quotes.", field=field or where, value=value
        )
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadValue(
            f"{where} holds a character that UTF-8 cannot write, at position {error.start}.",
            hint="Read the text again with the encoding it was written in.",
            field=field or where,
            value=value,
        ) from error
    return str(value)


def check_range(where: str, value: float, low: float, high: float, *, field: str | None = None) -> None:
    """Refuse a number outside a range, naming the nearest one inside.

    Raises:
        OutOfRange: ``value`` is below ``low`` or above ``high``.
    """
    if low <= value <= high:
        return
    nearest = plain(min(max(value, low), high))
    raise OutOfRange(
        f"{where} is {shown(value)}, but it must be between {plain(low)} and {plain(high)}.",
        hint=f"Use {nearest}.",
        field=field or where,
        value=value,
        suggestions=(nearest,),
    )
