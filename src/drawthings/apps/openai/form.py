"""How results are written: as what kind of file, how small, and for clips how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drawthings.client.footage import snap_frames
from drawthings.errors import BadValue, OutOfRange, UnknownChoice
from drawthings.request.values import shown

if TYPE_CHECKING:
    from drawthings.apps.http.values import Values
    from drawthings.apps.openai.parse import Making
    from drawthings.catalogue.entries import ModelEntry

PICTURES = ("png", "jpeg", "webp")
CLIPS = ("gif", "mp4")
FORMS = (*PICTURES, *CLIPS)
SAME = {"jpg": "jpeg"}
FULL = 100
FRAMES = (2, 16)


@dataclass(frozen=True, slots=True)
class Form:
    """How results are written.

    Attributes:
        name: ``png``, ``jpeg``, ``webp``, ``gif`` or ``mp4``.
        quality: From 0 to 100 where the format loses something, or None for the usual.
    """

    name: str
    quality: int | None = None


def read(values: Values, model: ModelEntry, making: Making, *, stream: bool) -> Form:
    """Read the parameters about files, and put what they say about clips into what is wanted.

    Raises:
        UnknownChoice: There is no such format here.
        BadValue: The format does not suit what the model makes.
        OutOfRange: The compression or the number of frames is out of range.
    """
    name = values.text("output_format").lower()
    name = SAME.get(name, name)
    if name == "svg":
        raise BadValue(
            "The servers paint pixels; nothing here draws SVG.", hint="Use png.", field="output_format", value=name
        )
    if name and name not in FORMS:
        raise UnknownChoice(
            f"output_format is {shown(name)}; it must be one of {', '.join(FORMS)}.",
            hint="Use png, or leave it out.",
            field="output_format",
            value=name,
            suggestions=FORMS,
        )
    name = name or ("gif" if model.video else "png")
    if name in CLIPS and not model.video:
        raise BadValue(
            f"{model.file} makes pictures, and {name} is for clips.",
            hint="Use png, or name a video model.",
            field="output_format",
            value=name,
        )
    if name in CLIPS and stream:
        raise BadValue(f"{name} cannot be streamed.", hint="Leave stream out.", field="stream", value=True)
    if name in PICTURES and model.video:
        making.notes.append(f"{model.file} makes clips; {name} shows the first frame. Use gif or mp4 for all.")
    _frames(values, model, name, making)
    return Form(name, _quality(values, name, making))


def _quality(values: Values, name: str, making: Making) -> int | None:
    number = values.whole("output_compression")
    if number is not None and not 0 <= number <= FULL:
        raise OutOfRange(
            f"output_compression is {number}; it must be 0 to {FULL}.",
            hint="Use 90.",
            field="output_compression",
            value=number,
        )
    if number is not None and name not in {"jpeg", "webp"}:
        if number != FULL:
            making.notes.append(f"output_compression has no effect on {name}.")
        return None
    return number


def _frames(values: Values, model: ModelEntry, name: str, making: Making) -> None:
    count, pause = values.whole("frame_count"), values.whole("frame_duration_ms")
    if pause is not None:
        making.notes.append("frame_duration_ms has no effect: a clip plays as fast as its model was made for.")
    if count is not None and "num_frames" in making.wanted:
        making.notes.append("frame_count has no effect beside num_frames.")
        return
    if count is None:
        return
    if name != "gif":
        raise BadValue("frame_count is for output_format=gif.", hint="Leave it out.", field="frame_count", value=count)
    low, high = FRAMES
    if not low <= count <= high:
        raise OutOfRange(
            f"frame_count is {count}; it must be {low} to {high}.",
            hint="For longer clips give num_frames.",
            field="frame_count",
            value=count,
        )
    frames = count if model.family is None else snap_frames(model.family, count)
    making.wanted["num_frames"] = frames
    if frames != count:
        making.notes.append(f"frame_count {count} became {frames}, the nearest that {model.file} can make.")
