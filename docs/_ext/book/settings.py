"""The reference of the configuration: every setting, from the table that the code itself follows."""

from __future__ import annotations

from book.markdown import code, prose, table
from drawthings.request.choices import Choice
from drawthings.request.field import Field, Kind, Unit
from drawthings.request.fields import FIELDS
from drawthings.request.fields_core import CORE
from drawthings.request.fields_family import FAMILY
from drawthings.request.fields_technique import TECHNIQUE

GROUPS = (
    ("What every model has", CORE),
    ("What some families have", FAMILY),
    ("Techniques", TECHNIQUE),
)


def settings() -> str:
    """Return all settings, by group."""
    parts = []
    for title, fields in GROUPS:
        rows = sorted((field for field in fields if field.name), key=lambda field: field.slot)
        parts.append(f"## {title}\n\n" + "\n".join(_entry(field) for field in rows))
    return "\n".join(parts)


def choices() -> str:
    """Return the values of every setting that is chosen from a list."""
    kinds = sorted({field.choices for field in FIELDS if field.choices}, key=lambda kind: kind.__name__)
    return "\n".join(f"## {kind.__name__}\n\n{_members(kind)}" for kind in kinds)


def wire() -> str:
    """Return the slots that nobody sets."""
    rows = [
        (str(field.slot), code(field.fbs), "no longer used" if field.deprecated else "derived", prose(field.doc))
        for field in FIELDS
        if not field.name
    ]
    return table(("slot", "in the FlatBuffer", "", "meaning"), rows)


def _entry(field: Field) -> str:
    facts = [("type", _kind(field)), ("range", _range(field)), ("unit", _unit(field)), ("default", _default(field))]
    facts.append(("in the app's JSON", code(field.json) if field.json else "—"))
    facts.append(("on the wire", f"slot {field.slot}, {code(field.fbs)}, {code(field.fbs_type)}"))
    if field.aliases:
        facts.append(("other programs say", ", ".join(code(name) for name in field.aliases)))
    said = prose(field.doc) + (" The open server ignores it." if field.ignored else "")
    listed = "\n".join(f"- {name}: {value}" for name, value in facts if value)
    return f"### `{field.name}`\n\n{said}\n\n{listed}\n"


def _kind(field: Field) -> str:
    if field.choices is not None:
        return f"a [{field.choices.__name__}](choices.md#{field.choices.__name__.lower()})"
    if field.kind is Kind.PARTS:
        return f"a list of `{'Lora' if 'LoRA' in field.fbs_type else 'Control'}`"
    words = {Kind.INTEGER: "whole number", Kind.NUMBER: "number", Kind.FLAG: "true or false", Kind.TEXT: "text"}
    return words[field.kind]


def _range(field: Field) -> str:
    return "" if field.choices is not None else field.range_text()


def _unit(field: Field) -> str:
    return {Unit.NONE: "", Unit.PX: "pixels", Unit.BLOCK: "pixels; sent as a number of 64-pixel blocks"}[field.unit]


def _default(field: Field) -> str:
    value = field.default
    if value is None:
        return "a random one" if field.random else "none"
    if isinstance(value, Choice):
        return f"{value.label}"
    if value == ():
        return "an empty list"
    return code(str(value).lower() if isinstance(value, bool) else value)


def _members(kind: type[Choice]) -> str:
    said = prose((kind.__doc__ or "").split("\n\n")[0])
    rows = [(code(member.name), member.label, str(int(member))) for member in kind]
    return f"{said}\n\n{table(('in Python', 'its label, in JSON and on the command line', 'on the wire'), rows)}"
