"""Hints: pictures that steer a generation besides the one it starts from, each in the form its type has on the wire.

========= ============================================== ==============================================================
type      what a person gives                            what is sent
========= ============================================== ==============================================================
depth     a grey picture, near is bright                 (1, H, W, 1), -1 far to 1 near, the canvas' size
pose      a skeleton, coloured on black                  (1, H, W, 3), 0..1, the canvas' size
scribble  dark strokes on light paper, or the reverse    (1, H, W, 3), 1 on a stroke and 0 elsewhere, the canvas' size
color     a picture whose colours count                  (1, H, W, 3), -1..1, the canvas' size
custom    any control picture; lines dark on white       (1, H, W, 3), -1..1, the canvas' size
shuffle   reference pictures, one or several             (1, h, w, 3), -1..1 each, at their own size
audio     two arrays of sound features                   as given
========= ============================================== ==============================================================

All numbers are float16. A hint is looked at only by a control net of its type or by a model made for it. The server
reads the first hint of a type only, so there is never more than one; of ``shuffle`` and ``pose`` it reads a whole list,
with a weight for each. The weight is 1 unless given: a weight that is left out on the wire is 0, which switches a
reference off. How strongly a control net acts is the weight of its ``Control``.

A sound file cannot be given: the server wants features of the sound, and how the app computes them is not known here.

The server accepts further types and ignores them, because those control nets look at the input picture or at
``custom``. They are sent as what works, and a note says so.

Source: ``ControlHintType`` in ``ControlModel.swift``; ``generate``, ``generateInjectedControls``, ``shuffleRGB`` and
``customRGB`` in ``LocalImageGenerator.swift``; ``scribbleRGB`` and ``positiveRangeTensor`` in ``ImageConverter.swift``.
That poses lie in 0..1 is concluded from the converter that the app has for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import ImageOps

from drawthings.errors import BadImage, BadValue, UnknownChoice
from drawthings.request.additions import AS_CUSTOM
from drawthings.request.build import Hint
from drawthings.request.note import Note
from drawthings.request.pictures import (
    PictureSource,
    fit_picture,
    flatten,
    load_picture,
    picture_blob,
    shrink_to_area,
)
from drawthings.request.values import as_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PIL import Image

    from drawthings.request.pictures import Color, Mode

HintSource: TypeAlias = PictureSource | tuple[PictureSource, float]
"""A picture, or a pair of a picture and its weight."""

Numbers: TypeAlias = npt.NDArray[np.float16]

CANVAS_TYPES: Final = ("depth", "pose", "scribble", "color", "custom")
LIST_TYPES: Final = ("shuffle", "pose")
AS_IMAGE: Final = ("inpaint", "ip2p")
EXTRACTED: Final = frozenset({"canny", "softedge", "mlsd"})
"""What the server's control nets draw from the input picture by themselves, when there is one."""

HINT_TYPES: Final = (*CANVAS_TYPES, "shuffle", "audio", *AS_CUSTOM, *AS_IMAGE)
FULL_WEIGHT: Final = 1.0
INK: Final = 128
"""Up to this grey level a pixel of a scribble counts as dark. Source: ``scribbleRGB``."""

_ALIASES: Final = {
    "moodboard": "shuffle",
    "reference": "shuffle",
    "references": "shuffle",
    "colour": "color",
    "grey": "gray",
    "normal": "normalbae",
    "normals": "normalbae",
    "openpose": "pose",
    "segmentation": "seg",
    "lines": "lineart",
    "sketch": "scribble",
    "low_quality": "lowquality",
    "instruct_pix2pix": "ip2p",
}
_WHITE_GROUND: Final = frozenset({"scribble", "lineart"})
_AUDIO_PARTS: Final = 2
_SOUND_WANTED: Final = "Give two arrays of floating-point numbers: for the first frame, and for all others."


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where hints are brought to.

    Attributes:
        width: Its width in pixels.
        height: Its height in pixels.
        fit: How a picture of another shape is brought there.
    """

    width: int
    height: int
    fit: Mode = "cover"


def hint_type(name: str) -> str:
    """Return a hint type by its name or a usual other one.

    Raises:
        UnknownChoice: There is none of that name; the nearest ones are in ``suggestions``.
    """
    plain = name.strip().lower().replace("-", "_").replace(" ", "_") if isinstance(name, str) else name
    plain = _ALIASES.get(plain, plain)
    if plain in HINT_TYPES:
        return plain
    import difflib

    near = tuple(difflib.get_close_matches(str(plain), HINT_TYPES, n=2))
    raise UnknownChoice(
        f"There is no hint type {name!r}.",
        hint=f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(HINT_TYPES)}.",
        field="hints",
        value=name,
        suggestions=near,
    )


def hint_pairs(hints: Mapping[str, HintSource | Sequence[HintSource]]) -> dict[str, tuple[tuple[Any, float], ...]]:
    """Sort hints by their types and give each picture its weight.

    Args:
        hints: By type: a picture, a pair of a picture and its weight, or a list of these for types that take several.

    Returns:
        Pairs of a picture (or an array of sound features) and a weight, by the proper name of the type.

    Raises:
        ConfigError: A type is unknown or given twice, a weight is no number, or there are more pictures than the
            server reads.
    """
    found: dict[str, tuple[tuple[Any, float], ...]] = {}
    for name, value in hints.items():
        kind = hint_type(name)
        if kind in found:
            raise BadValue(
                f"The hint {kind} is given twice.", hint="Give its pictures as one list.", field="hints", value=name
            )
        pairs = tuple(_pair(kind, item) for item in _items(kind, value))
        if len(pairs) > 1 and kind not in LIST_TYPES and kind != "audio":
            raise BadValue(
                f"The hint {kind} holds {len(pairs)} pictures, of which the server would read the first only.",
                hint=f"Give one; {' and '.join(LIST_TYPES)} take several.",
                field="hints",
                value=name,
            )
        if kind == "audio":
            _check_sound(pairs)
        if pairs:
            found[kind] = pairs
    return found


def make_hints(pairs: Mapping[str, Sequence[tuple[Any, float]]], canvas: Canvas) -> tuple[tuple[Hint, ...], list[Note]]:
    """Encode hints for the wire.

    Args:
        pairs: What ``hint_pairs`` gave, without the types that stand for the input picture.
        canvas: The size that all but references are brought to.

    Returns:
        One hint per type, and notes about what was changed on the way.

    Raises:
        BadImage: A picture cannot be read, or is no such hint.
        BadValue: Two types would both be sent as ``custom``, or the sound holds NaN or infinity.
    """
    hints: dict[str, Hint] = {}
    notes: list[Note] = []
    came_from: dict[str, str] = {}
    for kind, given in pairs.items():
        sent = "custom" if kind in AS_CUSTOM else kind
        if sent in hints:
            raise BadValue(
                f"The hints {came_from[sent]} and {kind} both go as custom, of which the server reads one.",
                hint="Give one of them as the input picture, or leave one out.",
                field="hints",
                value=kind,
            )
        came_from[sent] = kind
        if sent != kind:
            text = f"The server ignores hints of the type {kind}; it is sent as custom, which such control nets read."
            notes.append(Note("hint-as-custom", "note", text))
        tensors = []
        for source, weight in given:
            blob, remarks = _blob(kind, source, canvas)
            tensors.append((blob, weight))
            notes += remarks
        hints[sent] = Hint(sent, tuple(tensors))
    return tuple(hints.values()), notes


def depth_values(image: Image.Image) -> Numbers:
    """Return a depth picture as numbers.

    Shapes:
        (1, height, width, 1) float16 in -1 (black, far) to 1 (white, near).
    """
    from drawthings.tensor.pixels import encode_pixels

    grey = np.asarray(flatten(image, "black").convert("L"))
    # The same arithmetic as for pictures, of which a grey one has the number three times.
    return np.ascontiguousarray(encode_pixels(np.repeat(grey[:, :, None], 3, axis=2))[..., :1])


def pose_values(image: Image.Image) -> Numbers:
    """Return a skeleton as numbers.

    Shapes:
        (1, height, width, 3) float16 in 0 to 1.
    """
    pixels = np.asarray(flatten(image, "black"), np.float32)
    return (pixels / np.float32(255)).astype(np.float16)[None]


def scribble_values(image: Image.Image) -> Numbers:
    """Return a drawing in dark strokes on light paper as numbers: 1 on its strokes.

    Shapes:
        (1, height, width, 3) float16, 0 or 1, the same in all channels.

    Raises:
        BadImage: There is no stroke at all.
    """
    strokes = np.asarray(flatten(image).convert("L")) <= INK
    if not strokes.any():
        raise BadImage(
            "The scribble has no stroke: all of it is on one side of the middle grey.",
            hint="Draw dark on white, or white on black.",
        )
    return np.repeat(strokes.astype(np.float16)[None, :, :, None], 3, axis=3)


def dark_paper(image: Image.Image) -> bool:
    """Return whether most of a drawing is dark, so that its strokes are the light parts."""
    return bool((np.asarray(image.convert("L")) <= INK).mean() > 0.5)  # noqa: PLR2004 - half of the picture


def _items(kind: str, value: HintSource | Sequence[HintSource]) -> Sequence[HintSource]:
    """Return the pictures of a hint; a pair of a picture and a number is one of them."""
    if isinstance(value, list):
        return value
    if isinstance(value, tuple):
        if len(value) == 2 and isinstance(value[1], int | float):  # noqa: PLR2004 - a pair
            return [value]
        if value or kind == "audio":
            return list(value)
    if value is None or (isinstance(value, tuple) and not value):
        return []
    return [value]  # type: ignore[list-item] # what it is comes out when it is opened


def _pair(kind: str, item: HintSource) -> tuple[Any, float]:
    if not isinstance(item, tuple):
        return item, FULL_WEIGHT
    if len(item) != 2:  # noqa: PLR2004 - a pair
        raise BadValue(
            f"A picture of the hint {kind} is a tuple of {len(item)}.",
            hint="Give a picture, or a pair (picture, weight).",
            field="hints",
            value=kind,
        )
    return item[0], as_number(f"The weight of the hint {kind}", item[1], field="hints")


def _blob(kind: str, source: Any, canvas: Canvas) -> tuple[bytes, list[Note]]:  # noqa: ANN401 - opened here
    if kind == "audio":
        return _sound(source), []
    if kind == "shuffle":
        # The server brings each reference to the canvas' number of pixels anyway, so more would be sent in vain.
        picture = shrink_to_area(flatten(load_picture(source)), canvas.width * canvas.height)
        return picture_blob(picture), []
    notes = []
    ground: Color = "white" if kind in _WHITE_GROUND else "black"
    image = flatten(load_picture(source), "black" if kind in _VALUES and kind != "scribble" else "white")
    if kind == "scribble" and dark_paper(image):
        image = ImageOps.invert(image)
        text = "Most of the scribble is dark, so its light parts are taken for the strokes."
        notes.append(Note("scribble-inverted", "note", text))
    fitted = fit_picture(image, canvas.width, canvas.height, canvas.fit, fill=ground)
    make = _VALUES.get(kind)
    return (picture_blob(fitted) if make is None else _encoded(make(fitted))), notes


_VALUES: Final[dict[str, Callable[[Any], Numbers]]] = {
    "depth": depth_values,
    "pose": pose_values,
    "scribble": scribble_values,
}


def _encoded(values: npt.NDArray[Any]) -> bytes:
    from drawthings.tensor.codec import encode_tensor

    return encode_tensor(values)


def _check_sound(pairs: Sequence[tuple[Any, float]]) -> None:
    about: dict[str, Any] = {"hint": _SOUND_WANTED, "field": "hints", "value": "audio"}
    for source, _ in pairs:
        if not isinstance(source, np.ndarray):
            raise BadValue(
                f"An audio hint is made of arrays of sound features, not of {type(source).__name__}; a sound file "
                "cannot be sent, because how the app computes features from sound is not known here.",
                **about,
            )
        if source.dtype.kind != "f" or source.size == 0:
            text = f"An audio hint is made of floating-point numbers, not of {source.size} of {source.dtype}."
            raise BadValue(text, **about)
    if len(pairs) != _AUDIO_PARTS:
        text = f"The audio hint holds {len(pairs)} arrays; the server takes two, and returns nothing otherwise."
        raise BadValue(text, **about)


def _sound(source: npt.NDArray[Any]) -> bytes:
    if not np.isfinite(source).all():
        raise BadValue("The audio hint holds NaN or infinity.", hint="Check how it was computed.", field="hints")
    return _encoded(source.astype(np.float16))
