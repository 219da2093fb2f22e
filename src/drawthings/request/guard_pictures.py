"""The guard's rules about the canvas, the picture and the mask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.catalogue.entries import NO_MODIFIER
from drawthings.catalogue.families import RESTORERS, UNIT_PX
from drawthings.request.choices import ColorCalibration
from drawthings.request.guard_codes import Finding, found
from drawthings.request.guard_situation import (
    AVATAR,
    EMPTY,
    KEEP,
    MASK_RANK,
    REPAINT,
    STARTS_FROM_PICTURE,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.request.guard_situation import Situation

LONGEST_PX = 8192
MEMORY_PX = 2048 * 2048
"""Above this a picture is decoded in pieces only when asked to, and Macs with 16 GB give up."""
RESULTS_PX = 300_000_000
MOST_RESULTS = 2000
SMALL = 8
"""A canvas of less than this share of the model's own area is one the model was not made for."""
DISTORTION = 0.02


def canvas(s: Situation) -> Iterator[Finding]:
    """The canvas has a size that only a slip of units explains, or one off the grid."""
    for side in ("width", "height"):
        length = getattr(s.settings, side)
        if length < UNIT_PX:
            text = f"{side}={length} is less than one block of {UNIT_PX} pixels; sizes are in pixels here."
            yield found("canvas-in-blocks", text, f"If blocks are meant, use {max(1, length) * UNIT_PX}.")
        elif length > LONGEST_PX:
            text = f"{side}={length} is more than {LONGEST_PX} pixels, which crashes the server."
            yield found("canvas-too-large", text, f"If it is {UNIT_PX} times the pixels, use {length // UNIT_PX}.")
        elif length % UNIT_PX:
            text = f"{side}={length} is no multiple of {UNIT_PX}, and the server counts blocks of {UNIT_PX} pixels."
            yield found("canvas-off-grid", text, f"Use {round(length / UNIT_PX) * UNIT_PX}.")


def memory(s: Situation) -> Iterator[Finding]:
    """The canvas is larger than memory allows, or smaller than the model can draw."""
    if s.model is None:
        return
    height, width = s.canvas
    area, own = height * width, s.model.native_px**2
    if area > MEMORY_PX and area > own and not s.settings.tiled_decoding and not s.only_enlarges:
        text = f"A canvas of {width}x{height} needs much memory, and without it the server ends."
        yield found("canvas-memory", text, "Turn on tiled_decoding, or draw smaller and upscale.")
    if area * SMALL < own and not s.only_enlarges:
        text = f"A canvas of {width}x{height} is far below the {s.model.native_px} pixels {s.model.file} is made for."
        yield found("canvas-small", text, "Draw larger and make the result smaller.")
    factor = s.settings.upscaler_scale_factor or (4 if s.settings.upscaler else 1)
    frames = s.family.frames(s.settings.num_frames) if s.family and s.family.video else s.settings.batch_size
    pixels = area * factor**2 * frames
    if pixels > RESULTS_PX or frames > MOST_RESULTS:
        text = f"The {frames} results have {pixels / 1e6:.0f} million pixels together, which needs much memory."
        yield found("results-memory", text, "Ask for fewer frames or pictures, or smaller ones.")


def picture_form(s: Situation) -> Iterator[Finding]:
    """The picture is not what the server can read."""
    if s.image is None:
        return
    values = s.image.values
    if values is None:
        text = f"The picture cannot be read: {s.image.flaw} The server would go on without it."
        yield found("image-unreadable", text, "Encode it again.")
        return
    if s.image.picture() is None:
        text = f"The picture is {list(values.shape)} of {values.dtype}; it must be [1, height, width, 3] of float16."
        yield found("image-shape", text, "Let the library encode it from a picture.")
        return
    yield from _several(s, len(values))
    import numpy as np

    if not np.isfinite(values).all():
        text = "The picture holds numbers that are not finite, and the server would return nothing."
        yield found("image-not-finite", text, "Replace NaN and infinity before encoding.")
    grid = UNIT_PX * max(1, s.order.scale_factor)
    height, width = values.shape[1:3]
    if s.picture_decides and (height % grid or width % grid):
        text = (
            f"The picture is {width}x{height}; with a mask, or below strength 1, its sides must be multiples of {grid}."
        )
        yield found("image-off-grid", text, "Bring it to the size of the canvas, or use strength 1.")


def _several(s: Situation, count: int) -> Iterator[Finding]:
    """Judge several pictures to start from, which some families for clips take as their first frames."""
    if count == 1 or s.family is None:
        return
    if not s.family.first_frames:
        text = f"{s.settings.model} starts from one picture, and gets {count}."
        fix = "Give one. Further ones that an edit model looks at are references; Wan and LongCat start from several."
        yield found("image-several", text, fix)
    elif count > (frames := s.family.frames(s.settings.num_frames)):
        text = f"The clip has {frames} frames and gets {count} pictures to start from; the last ones are left out."
        yield found("image-frames-left-out", text, "Raise num_frames, or give fewer.")


def picture_size(s: Situation) -> Iterator[Finding]:
    """The picture and the canvas do not agree."""
    if s.image_size is None:
        return
    (height, width), settings = s.image_size, s.settings
    if not s.from_words and (width, height) != (settings.width, settings.height):
        text = f"The picture decides the size here: {width}x{height}, not {settings.width}x{settings.height}."
        yield found("image-decides-size", text, "Bring it to the size of the canvas.")
    ratio = (width * settings.height) / (height * max(1, settings.width))
    if s.from_words and not _unused(s) and abs(ratio - 1) > DISTORTION:
        text = f"The picture is {width}x{height} and would be stretched to {settings.width}x{settings.height}."
        yield found("image-stretched", text, "Give the canvas the shape of the picture, or crop the picture.")


def picture_needed(s: Situation) -> Iterator[Finding]:
    """The model wants a picture and gets none."""
    if s.model is None or s.image is not None:
        return
    file, fix = s.model.file, "Give it a picture with image= or --image."
    if s.version in STARTS_FROM_PICTURE or s.version == AVATAR:
        yield found("picture-needed", f"{file} needs a picture to start from; the server would crash.", fix)
    elif s.model.edit_only:
        text = f"{file} is an edit model and gets no picture; servers have been seen to crash on that."
        yield found("edit-model-without-picture", text, fix)
    elif s.modifier in {"inpainting", "depth", "canny"} and not _hint_instead(s):
        yield found(
            "conditioned-model-without-picture",
            f"{file} ({s.modifier}) works from a picture; without one it gets plain grey.",
            fix,
        )


def _hint_instead(s: Situation) -> bool:
    """Return whether a hint stands in for the picture that a depth or canny model works from."""
    wanted = {"depth": "depth", "canny": "custom"}.get(s.modifier)
    return any(hint.kind == wanted and hint.tensors for hint in s.order.hints)


def _unused(s: Situation) -> bool:
    """Return whether nothing would look at the picture."""
    return (
        s.image is not None
        and s.model is not None
        and s.from_words
        and s.mask is None
        and s.modifier == NO_MODIFIER
        and not s.settings.controls
        and not s.model.video
        and s.settings.color_calibration is ColorCalibration.DISABLED
    )


def picture_unused(s: Situation) -> Iterator[Finding]:
    """The picture has no effect, or strength has none."""
    settings = s.settings
    if _unused(s) and s.model is not None and s.image_size is not None:
        text = f"{s.model.file} does not look at the picture at strength {settings.strength:g}."
        yield found("image-unused", text, "Use a strength below 1, a control, or an edit model.")
    if s.image is None and 0 <= settings.strength < 1:
        text = f"strength={settings.strength:g} does nothing without a picture."
        yield found("strength-unused", text, "Leave it at 1.")
    if s.image is None and settings.color_calibration is not ColorCalibration.DISABLED:
        text = "color_calibration goes by a picture, and there is none."
        yield found("colour-calibration-unused", text, "Leave it out.")
    idle = not settings.upscaler and not settings.face_restoration
    if s.only_enlarges and idle and s.version not in RESTORERS:
        text = "At strength 0 nothing is drawn, and without an upscaler the picture comes back as it is."
        yield found("strength-zero-does-nothing", text, "Name an upscaler, or use a strength above 0.")


def double_strength(s: Situation) -> Iterator[Finding]:
    """A model that takes two pictures runs below strength 1."""
    strength = s.settings.strength
    if s.model is not None and s.image is not None and s.mask is None and s.modifier == "double" and strength < 1:
        text = f"{s.model.file} (modifier double) crashes the server at strength {strength:g}."
        yield found("double-below-full-strength", text, "Use strength 1.")


def mask_form(s: Situation) -> Iterator[Finding]:
    """The mask is not what the server can read, or does not belong to the picture."""
    if s.mask is None:
        if s.settings.mask_blur_outset:
            text = f"mask_blur_outset={s.settings.mask_blur_outset} does nothing without a mask."
            yield found("mask-outset-unused", text, "Give a mask, or leave it at 0.")
        return
    if s.image is None:
        text = "There is a mask, but no picture that it could belong to."
        yield found("mask-without-image", text, "Give the picture with image=.")
    elif s.mask.values is None:
        text = f"The mask cannot be read: {s.mask.flaw} The server would go on without it."
        yield found("mask-unreadable", text, "Encode it again.")
    elif s.mask_plane is None:
        values = s.mask.values
        text = f"The mask is {list(values.shape)} of {values.dtype}; it must be [height, width] of uint8."
        yield found("mask-shape", text, f"Make it {MASK_RANK}-dimensional, with a code in each byte.")
    elif s.image_size is not None and s.mask_plane.shape != s.image_size:
        (height, width), (rows, columns) = s.image_size, s.mask_plane.shape
        text = f"The mask is {columns}x{rows} pixels and the picture {width}x{height}; the server would crash."
        yield found("mask-size", text, "Bring both to the size of the canvas.")
    if s.version == AVATAR:
        text = f"{s.settings.model} takes no mask and returns nothing with one."
        yield found("mask-on-avatar", text, "Leave the mask out.")


def mask_codes(s: Situation) -> Iterator[Finding]:
    """The mask's codes do not say what to repaint."""
    if s.mask_plane is None or s.image is None:
        return
    raw = s.raw_mask_codes
    codes, fix = s.mask_codes, f"Use {REPAINT} for what is repainted and 0 for what is kept; {EMPTY} for empty borders."
    if odd := sorted(raw & {5, 6, 7}):
        text = f"The mask has the codes {odd} in its low three bits (a byte of 255 is 7), which count as 0."
        yield found("mask-codes", text, fix)
    elif s.transparent and EMPTY in raw:
        text = f"With a LoRA that makes results transparent, the code {EMPTY} (empty) counts as 0."
        yield found("mask-transparent", text, fix)
    elif codes in ({0}, {KEEP}):
        text = f"Every pixel of the mask has the code {min(codes)}, so the server goes on as without a mask."
        yield found("mask-single-code", text, fix)
    elif codes == {REPAINT}:
        text = "The mask marks the whole picture to be repainted."
        yield found("mask-repaints-all", text, "Leave it out; that is the same.")
    if s.masked and s.settings.strength == 0 and EMPTY not in codes:
        text = "At strength 0 nothing of what the mask marks is changed."
        yield found("mask-strength-zero", text, "Use a strength above 0; 1 repaints freely.")


RULES = (
    *(canvas, memory, picture_form, picture_size, picture_needed, picture_unused, double_strength),
    *(mask_form, mask_codes),
)
