"""Units of the ControlNet extension as controls and hints of Draw Things."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from drawthings.apps.http.values import Values
from drawthings.request.choices import ControlMode
from drawthings.request.parts import Control

if TYPE_CHECKING:
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.catalogue.entries import ControlEntry

Reader: TypeAlias = Callable[[str, str], bytes]
"""Turns base64 text into the checked bytes of a picture; the second argument says what it is, for errors."""

NAMES = frozenset({"controlnet"})
NOTHING = frozenset({"", "none"})
HASH = re.compile(r"\s*\[[0-9a-fA-F]{6,}\]$")
NOT_FROM_PICTURES = frozenset({"pose", "custom", "shuffle"})
"""Hints that the server cannot make of a picture by itself."""
PASSED_OVER = (
    *(
        "low_vram",
        "lowvram",
        "processor_res",
        "threshold_a",
        "threshold_b",
        "pixel_perfect",
        "hr_option",
        "resize_mode",
    ),
    *("guidance", "guessmode", "save_detected_map"),
    # Read where they count: with a control net, and one of two names.
    *("weight", "guidance_start", "guidance_end", "control_mode", "image", "input_image"),
)
"""Keys that need no word."""
MODES = {
    "balanced": ControlMode.BALANCED,
    "my prompt is more important": ControlMode.PROMPT,
    "controlnet is more important": ControlMode.CONTROL,
}
KINDS = (
    *(
        ("depth", "depth"),
        ("canny", "canny"),
        ("pose", "pose"),
        ("scribble", "scribble"),
        ("fake_scribble", "scribble"),
    ),
    *(("softedge", "softedge"), ("hed", "softedge"), ("pidinet", "softedge"), ("lineart", "lineart")),
    *(("mlsd", "mlsd"), ("normal", "normalbae"), ("seg", "seg"), ("tile", "tile"), ("blur", "blur"), ("gray", "gray")),
    *(("shuffle", "shuffle"), ("reference", "shuffle"), ("ip-adapter", "shuffle"), ("ip_adapter", "shuffle")),
    *(("color", "color"), ("inpaint", "inpaint"), ("ip2p", "ip2p"), ("recolor", "gray")),
)
"""Parts of the names of preprocessors and models, and the hint type that they are about; the first counts."""
MODULES = (
    *("none", "canny", "depth", "openpose", "scribble", "softedge", "lineart", "mlsd", "normal", "seg", "tile"),
    *("shuffle", "reference_only", "color", "inpaint_only"),
)
"""Names of preprocessors that clients may choose from."""


@dataclass(slots=True)
class Units:
    """What all units of a request ask for.

    Attributes:
        controls: The control nets.
        hints: Pictures by hint type.
        image: A picture that the server is to make the control pictures of, or None.
        notes: Sentences about what has no effect.
    """

    controls: list[Control] = field(default_factory=list)
    hints: dict[str, list[bytes]] = field(default_factory=dict)
    image: bytes | None = None
    notes: list[str] = field(default_factory=list)


def read_units(units: list[Any], catalogue: Catalogue, picture: Reader, *, has_image: bool) -> Units:
    """Read the arguments of the ControlNet extension.

    Args:
        units: The arguments; switches between them, and units that are off, do not count.
        catalogue: What the servers have.
        picture: How a picture is read.
        has_image: Whether the request has a picture to start from, which the server then makes control pictures of.

    Raises:
        ModelNotFound: There is no such control net.
        ConfigError: A number in a unit is wrong.
        InputError: A picture cannot be read.
    """
    found = Units()
    for unit in units:
        if isinstance(unit, Mapping):
            _read(found, Values(unit), catalogue, picture, has_image=has_image)
    return found


def kind_of(name: str, entry: ControlEntry | None = None) -> str:
    """Return the hint type that a preprocessor, or else a control net, is about; ``custom`` when neither tells."""
    if entry is not None and entry.modifier != "none":
        return entry.modifier
    texts = [name] if entry is None else [name, f"{entry.file} {entry.name}"]
    for text in texts:
        kind = next((kind for part, kind in KINDS if part in text.lower()), None)
        if kind is not None:
            return kind
    return "custom"


def is_off(arguments: list[Any]) -> bool:
    """Return whether the arguments of an extension switch it off."""
    if not arguments or arguments[0] is False:
        return True
    units = [each for each in arguments if isinstance(each, Mapping)]
    return bool(units) and all(each.get("enabled", True) is False for each in units)


def _read(found: Units, unit: Values, catalogue: Catalogue, picture: Reader, *, has_image: bool) -> None:
    unit.pass_over(PASSED_OVER)
    module, model = unit.text("module").lower(), HASH.sub("", unit.text("model"))
    named, prepared = model.lower() not in NOTHING, module in NOTHING
    if unit.flag("enabled") is False or not (named or not prepared):
        return
    entry = catalogue.control(model) if named else None
    source = _picture(unit)
    kind = kind_of(module, entry)
    if entry is not None:
        found.controls.append(_control(unit, entry))
    found.notes += [f"{key} of a ControlNet unit has no effect." for key in unit.unread]
    if not source:
        return
    data = picture(source, f"The picture for {entry.file if entry else module}")
    if prepared or kind in NOT_FROM_PICTURES or has_image or found.image is not None:
        found.hints.setdefault(kind, []).append(data)
        if not prepared:
            found.notes.append(f"Preprocessors do not run here: the picture for {module} is taken as prepared already.")
    else:
        found.image = data


def _control(unit: Values, entry: ControlEntry) -> Control:
    given = {
        "weight": unit.number("weight"),
        "guidance_start": unit.number("guidance_start"),
        "guidance_end": unit.number("guidance_end"),
        "mode": _mode(unit.raw("control_mode")),
    }
    return Control(entry.file, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # None is left out


def _mode(value: object) -> object:
    return MODES.get(value.strip().lower(), value) if isinstance(value, str) else value


def _picture(unit: Values) -> str:
    for name in ("image", "input_image"):
        value = unit.raw(name)
        value = value.get("image") if isinstance(value, Mapping) else value
        if isinstance(value, str) and value:
            return value
    return ""
