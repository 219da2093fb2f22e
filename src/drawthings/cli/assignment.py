"""The small forms of the command line: ``NAME=VALUE``, ``TYPE=FILE``, ``FILE:WEIGHT`` and ``L,T,R,B``."""

from __future__ import annotations

import json
import re
from typing import Any

from drawthings.errors import BadValue
from drawthings.request.fields import BY_NAME, Kind, unknown_field

_FLAGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def parse_assignment(text: str) -> tuple[str, Any]:
    """Read one assignment.

    Args:
        text: ``NAME=VALUE``; dashes in the name count as underscores. Flags take on and off, lists take JSON.

    Returns:
        The setting's name and its value, still to be judged by the configuration.

    Raises:
        UnknownField: There is no such setting.
        BadValue: It is no assignment, or the value cannot be read.
    """
    name, equals, value = text.partition("=")
    name = name.strip().replace("-", "_")
    if not equals:
        raise BadValue(f"--set {text!r} has no value.", hint="Write --set NAME=VALUE.", field=name, value=text)
    if name not in BY_NAME:
        raise unknown_field(name)
    kind = BY_NAME[name].kind
    if kind is Kind.FLAG:
        if value.strip().lower() not in _FLAGS:
            raise BadValue(f"{name} is {value!r}, but is a switch.", hint="Write on or off.", field=name, value=value)
        return name, _FLAGS[value.strip().lower()]
    if kind in {Kind.INTEGER, Kind.NUMBER, Kind.PARTS}:
        return name, _json(name, value)
    return name, value


def _json(name: str, value: str) -> Any:  # noqa: ANN401 - whatever the JSON holds
    try:
        return json.loads(value)
    except ValueError as error:
        listed = BY_NAME[name].kind is Kind.PARTS
        form = "a JSON list" if listed else "a number"
        hint = f"""Write {name}='["file.ckpt"]'.""" if listed else f"Write {name} and a number, such as {name}=2."
        raise BadValue(f"{name} is {value!r}, but must be {form}.", hint=hint, field=name, value=value) from error


def parse_hint(text: str) -> tuple[str, str, float]:
    """Read ``TYPE=FILE[:WEIGHT]``.

    Returns:
        The hint type by its proper name, the file, and its weight, 1 unless given.

    Raises:
        BadValue: It has no file.
        UnknownChoice: There is no such type.
    """
    from drawthings.request.hints import hint_type

    kind, equals, file = text.partition("=")
    if not equals or not file:
        raise BadValue(f"--hint {text!r} has no file.", hint="Write --hint depth=depth.png.", field="hints", value=text)
    return (hint_type(kind), *split_weight(file))


def split_weight(text: str) -> tuple[str, float]:
    """Read ``FILE[:WEIGHT]``; a colon that no number follows belongs to the file name."""
    found = re.fullmatch(r"(.+):([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))", text, flags=re.DOTALL)
    return (found[1], float(found[2])) if found else (text, 1.0)


def parse_box(text: str) -> tuple[int, int, int, int]:
    """Read ``LEFT,TOP,RIGHT,BOTTOM``.

    Raises:
        BadValue: It is not four whole numbers.
    """
    try:
        left, top, right, bottom = (int(side) for side in text.split(","))
    except ValueError as error:
        hint = "Write --box LEFT,TOP,RIGHT,BOTTOM in pixels."
        raise BadValue(f"--box {text!r} is no box.", hint=hint, field="mask", value=text) from error
    return (left, top, right, bottom)
