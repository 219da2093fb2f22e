"""Prints the typed face of the table of configuration fields, ``src/drawthings/_generated/settings.py``.

    python scripts/settings_source.py

``scripts/generate.py`` runs it and writes or compares what it prints.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from drawthings.request.choices import Choice  # noqa: E402 - found on the path set above
from drawthings.request.fields import BY_NAME, Field, Kind, Unit  # noqa: E402 - the same

WIDTH = 120
HEAD = '''\
# Written by scripts/generate.py from the table in src/drawthings/request/fields.py. Do not edit.
"""The settings of a generation as types: what may be given, what a configuration holds, and their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from drawthings.request.choices import ColorCalibration, CompressionMethod, Sampler, SeedMode
from drawthings.request.extra import NOTHING, Extra
from drawthings.request.parts import Control, Lora
'''
SIMPLE = {Kind.INTEGER: "int", Kind.NUMBER: "float", Kind.FLAG: "bool", Kind.TEXT: "str | None"}


def held_type(field: Field) -> str:
    """Return the type of a configuration's attribute."""
    if field.choices is not None:
        return field.choices.__name__
    if field.kind is Kind.PARTS:
        return f"tuple[{part(field)}, ...]"
    return SIMPLE[field.kind] + (" | None" if field.random else "")


def given_type(field: Field) -> str:
    """Return the type of what may be given for it."""
    if field.choices is not None:
        return f"{field.choices.__name__} | str | int"
    if field.kind is Kind.PARTS:
        pair = " | tuple[str, float]" if part(field) == "Lora" else ""
        return f"Iterable[{part(field)} | str{pair} | Mapping[str, Any]]"
    return held_type(field)


def part(field: Field) -> str:
    """Return the class of which the setting holds several."""
    return "Lora" if field.fbs_type == "[LoRA]" else "Control"


def default(field: Field) -> str:
    """Return the default as source text."""
    return (
        f"{type(field.default).__name__}.{field.default.name}"
        if isinstance(field.default, Choice)
        else repr(field.default)
    )


def doc(field: Field) -> str:
    """Return what the table says about the setting, with unit and range."""
    facts = []
    if field.unit is not Unit.NONE:
        facts.append("in pixels")
    if field.range_text() and field.choices is None:
        facts.append(field.range_text())
    text = field.doc
    if facts:
        text += f" Value: {', '.join(facts)}."
    if field.ignored:
        text += " The open server ignores it."
    return text


def docstring(text: str) -> list[str]:
    """Return the lines of an attribute's docstring."""
    one = f'    """{text}"""'
    if len(one) <= WIDTH:
        return [one]
    lines = textwrap.wrap(text, WIDTH - 4, initial_indent='    """', subsequent_indent="    ")
    return [*lines, '    """']


def source() -> str:
    """Return the whole module."""
    lines = [HEAD, "FieldName = Literal["]
    lines += [f'    "{name}",' for name in BY_NAME]
    lines += ["]", '"""The names of all settings."""', "", "", "class Settings(TypedDict, total=False):"]
    lines += ['    """Settings by name, as they may be given; what is missing keeps its default."""', ""]
    lines += [f"    {name}: {given_type(field)}" for name, field in BY_NAME.items()]
    lines += ["    extra: Mapping[str, Any]", "", "", "@dataclass(frozen=True, kw_only=True, init=False, repr=False)"]
    lines += [
        "class ConfigurationFields:",
        '    """The settings as a configuration holds them, with their defaults."""',
    ]
    for name, field in BY_NAME.items():
        lines += ["", f"    {name}: {held_type(field)} = {default(field)}", *docstring(doc(field))]
    lines += ["", "    extra: Extra = NOTHING", '    """Keys of the app\'s JSON that this package does not know."""']
    return "\n".join(lines)


if __name__ == "__main__":
    print(source())
