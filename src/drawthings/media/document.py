"""What the JSON document in a picture means: the way back from ``record.py``.

The complete configuration under ``v2`` counts, and where a file lacks it or a part of it, the keys at the top level,
which also the oldest files have. The seed at the top level always counts, because a batch gives each picture its own.
Every value is taken or left for itself, so that one that makes no sense costs no other.

Source: ``ImageConverter.imageData`` (keys), ``ImageConverter.configuration(from:)`` (what the app restores).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import TYPE_CHECKING, Any

from drawthings.errors import BadSize, BadValue, ConfigError
from drawthings.media.record import OWN_KEY
from drawthings.request.configuration import settings_from_json
from drawthings.request.fields import BY_JSON, BY_NAME
from drawthings.request.frame import check_borders
from drawthings.request.parts import Control, Lora
from drawthings.request.values import shown

if TYPE_CHECKING:
    from drawthings._generated.settings import Settings

NAMES = {name: name for name, field in BY_NAME.items() if field.json} | {
    "scale": "guidance_scale",
    "image_guidance": "image_guidance_scale",
    "second_stage_strength": "hires_fix_strength",
    "refiner": "refiner_model",
    "cond_aug": "guiding_frame_noise",
    "min_cfg": "start_frame_guidance",
}
"""Keys at the top level, and the settings they are."""
SIZES = {
    "size": ("width", "height"),
    "first_stage_size": ("hires_fix_width", "hires_fix_height"),
    "target_size": ("target_image_width", "target_image_height"),
    "original_size": ("original_image_width", "original_image_height"),
    "negative_original_size": ("negative_original_image_width", "negative_original_image_height"),
}
PARTS = {"loras": ("lora", "loras"), "controls": ("control", "controls")}
"""Settings that are lists, and what they are called in files: at the top level, and under ``v2``."""
FOLLOWS = {"c", "uc", "v2", "profile", "stage_1_latents_size", OWN_KEY}.union(*PARTS.values())
"""Keys that are no settings, or are read elsewhere."""
SURE_SIGNS = frozenset({"c", "uc", "v2", "scale"})


@dataclass
class Restored:
    """What was found, as it is being found.

    Attributes:
        prompt: The prompt.
        negative_prompt: The negative prompt.
        settings: Settings by Python name.
        unknown: Keys that mean nothing to this package, with their values.
        notes: Sentences about what could not be taken over.
        inputs: What pictures it was made from, where the file tells.
        borders: By how many pixels a picture was made to grow on each side, where the file tells.
    """

    prompt: str = ""
    negative_prompt: str = ""
    settings: Settings = attribute(default_factory=dict)  # type: ignore[assignment]  # no key is required
    unknown: dict[str, Any] = attribute(default_factory=dict)
    notes: list[str] = attribute(default_factory=list)
    inputs: tuple[str, ...] = ()
    borders: tuple[int, int, int, int] | None = None

    def take(self, name: str, value: object) -> bool:
        """Take over a setting by its Python name or its key in the app's JSON, or note why not."""
        try:
            found = settings_from_json({name: value})
        except ConfigError as error:
            self.notes.append(f"{name} is left out: {error}")
            return False
        self.settings.update(found)
        return True


def is_document(values: Mapping[str, object]) -> bool:
    """Return whether a JSON object is such a document, and not a bare configuration."""
    return not SURE_SIGNS.isdisjoint(values)


def restore(document: Mapping[str, object]) -> Restored:
    """Read the JSON document of a picture.

    Args:
        document: The object, of whatever content.

    Returns:
        Everything that makes sense in it.
    """
    found = Restored()
    _top_level(found, document)
    configuration = document.get("v2")
    inner: Mapping[str, object] = configuration if isinstance(configuration, Mapping) else {}
    if configuration is not None and configuration is not inner:
        found.notes.append(f"v2 is left out: it is {shown(configuration)}, not an object.")
    seed = found.settings.get("seed")
    _configuration(found, inner)
    if seed is not None:
        found.settings["seed"] = seed
    for name, keys in PARTS.items():
        _list(found, name, [source[key] for source in (inner, document) for key in keys if key in source])
    own = document.get(OWN_KEY)
    _own(found, own if isinstance(own, Mapping) else {})
    return found


def _top_level(found: Restored, document: Mapping[str, object]) -> None:
    found.prompt, found.negative_prompt = (_text(found, document, key) for key in ("c", "uc"))
    for key, value in document.items():
        if key in FOLLOWS:
            continue
        if key in NAMES:
            found.take(NAMES[key], value)
        elif key in SIZES:
            sides = re.fullmatch(r"([0-9]{1,6})x([0-9]{1,6})", value) if isinstance(value, str) else None
            if sides is None:
                found.notes.append(f"{key} is left out: {shown(value)} is no size like 1024x768.")
            else:
                for name, side in zip(SIZES[key], sides.groups(), strict=True):
                    found.take(name, int(side))
        else:
            found.unknown[key] = value


def _text(found: Restored, values: Mapping[str, object], key: str) -> str:
    value = values.get(key) or ""
    if isinstance(value, str):
        # Halves of surrogate pairs, which JSON can say and no file can hold.
        return value.encode("utf-8", "replace").decode("utf-8")
    found.notes.append(f"{key} is left out: {shown(value)} is no text.")
    return ""


def _configuration(found: Restored, values: Mapping[str, object]) -> None:
    extra: dict[str, object] = {}
    for key, value in values.items():
        if key in {"lora", "control"} or (key in BY_JSON and BY_JSON[key].name in PARTS):
            continue
        if found.take(key, value) and key not in BY_JSON:
            extra[key] = value
    if extra:
        found.settings["extra"] = extra
        found.unknown.update(extra)


def _list(found: Restored, name: str, candidates: Sequence[object]) -> None:
    """Take LoRAs or controls from the first place that has any, each in either spelling."""
    kind: type[Lora | Control] = Lora if name == "loras" else Control
    for listed in candidates:
        if isinstance(listed, str) or not isinstance(listed, Sequence):
            if listed is not None:
                found.notes.append(f"{name} is left out: {shown(listed)} is no list.")
            continue
        parts = []
        for entry in listed:
            try:
                parts.append(kind.read(entry))
            except ConfigError as error:
                found.notes.append(f"One of {name} is left out: {error}")
        found.settings[name] = tuple(parts)  # type: ignore[literal-required]
        if parts:
            return


def _own(found: Restored, values: Mapping[str, object]) -> None:
    """Read what only files of this package say."""
    for name in ("prompt", "negative_prompt"):
        if isinstance(values.get(name), str):
            setattr(found, name, _text(found, values, name))
    inputs = values.get("inputs")
    if isinstance(inputs, Sequence) and not isinstance(inputs, str):
        found.inputs = tuple(item for item in inputs if isinstance(item, str))
    borders = values.get("borders")
    if borders is not None:
        try:
            found.borders = check_borders(tuple(borders))  # type: ignore[arg-type]  # a refusal is noted
        except (BadSize, BadValue, TypeError):
            found.notes.append(f"The borders are left out: {shown(borders)} are not four numbers of pixels.")
