"""The table of all configuration fields, and how a field is found by any of its names.

Everything that handles settings follows this table: the typed configuration, the FlatBuffer, the app's JSON, the
documentation and the command line. A new field is one row, in ``fields_core.py``, ``fields_family.py`` or
``fields_technique.py``; ``scripts/generate.py`` then writes its typed face.
"""

from __future__ import annotations

import re
from typing import Final

from drawthings.errors import UnknownField
from drawthings.request.field import BLOCK_PX, Field, Kind, Unit, camel_case
from drawthings.request.fields_core import CORE
from drawthings.request.fields_family import FAMILY
from drawthings.request.fields_technique import TECHNIQUE
from drawthings.request.values import shown

__all__ = ["BLOCK_PX", "BY_JSON", "BY_NAME", "FIELDS", "SETTINGS", "Field", "Kind", "Unit", "unknown_field"]

FIELDS: Final = tuple(sorted((*CORE, *FAMILY, *TECHNIQUE), key=lambda field: field.slot))
"""Every slot of the wire's table, in order."""

BY_NAME: Final = {field.name: field for field in FIELDS if field.name}
"""The settings by their Python name."""

SETTINGS: Final = tuple(BY_NAME)
"""The Python names of all settings."""

BY_JSON: Final = {
    **{camel_case(field.fbs): field for field in BY_NAME.values() if field.json and field.unit is not Unit.BLOCK},
    **{name: field for name, field in BY_NAME.items() if field.json},
    **{field.json: field for field in FIELDS if field.json},
}
"""The settings by their key in the app's JSON, and by what else JSON files call them.

Other clients' files have the wire's names in camelCase; for sizes these are left out, because it is unknown whether
such a file counts pixels or blocks.
"""

_ARGUMENTS: Final = ("prompt", "negative_prompt", "image", "mask", "references")
_NEAREST = 3


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _spellings() -> dict[str, tuple[str, ...]]:
    """Return every name that other programs use, with the settings it may mean."""
    found: dict[str, tuple[str, ...]] = {}
    for name, field in BY_NAME.items():
        for spelling in {_key(text) for text in (name, field.fbs, field.json or name, *field.aliases)}:
            found[spelling] = (*found.get(spelling, ()), name)
        if field.gate:
            found[_key(field.gate)] = (name,)
    return found


_SPELLINGS: Final = _spellings()
_DEAD: Final = frozenset(_key(field.fbs) for field in FIELDS if field.deprecated)


def unknown_field(name: object) -> UnknownField:
    """Return the error for a name that is no setting, with the name that was probably meant.

    Other spellings are recognised (``guidanceScale``, ``start_width``, ``cfg_scale``) but not accepted, so that one
    setting has one name.
    """
    text = str(name)
    key = _key(text)
    argument = next((word for word in _ARGUMENTS if key == _key(word)), None)
    if key == "negative":
        argument = "negative_prompt"
    near: tuple[str, ...] = ()
    if argument is not None:
        near = (argument,)
        hint = f"{argument} is an argument of generate() and edit(), beside the configuration."
    elif key in _DEAD:
        hint = "Leave it out; the server no longer has it."
    else:
        near = _SPELLINGS.get(key) or _nearest(key)
        hint = (
            f"Did you mean {' or '.join(near)}?" if near else "They are listed in drawthings.request.fields.SETTINGS."
        )
    return UnknownField(f"There is no setting {shown(name)}.", hint=hint, field=text, suggestions=near)


def _nearest(key: str) -> tuple[str, ...]:
    import difflib

    found = difflib.get_close_matches(key, list(_SPELLINGS), n=2 * _NEAREST, cutoff=0.6)
    return tuple(dict.fromkeys(name for spelling in found for name in _SPELLINGS[spelling]))[:_NEAREST]
