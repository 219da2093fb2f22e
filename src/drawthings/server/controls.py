"""What each control in force is given to look at, and how it acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drawthings.server.hints import REFERENCE_CONTROLS, input_of
from drawthings.server.painter.hints import depth_of
from drawthings.server.painter.job import Hint, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from drawthings.catalogue.entries import ControlEntry
    from drawthings.request.parts import Control
    from drawthings.server.reading import Reading

FROM_IMAGE = frozenset(
    {"canny", "mlsd", "softedge", "scribble", "depth", "inpaint", "ip2p", "tile", "blur", "gray", "lowquality", "color"}
)
"""Inputs that are made of the image."""

IMAGE_FIRST = frozenset({"canny", "mlsd", "softedge"})
"""Inputs that are made of the image even when there is a ``custom`` hint."""

WITHOUT_CUSTOM = frozenset({"depth", "scribble", "color", "inpaint", "ip2p"})
"""Inputs for which a ``custom`` hint does not do."""

SAMPLED_DOWN = frozenset({"tile", "blur", "gray", "lowquality"})
"""Inputs whose image may be made coarser first."""

OWN_HINTS = {"depth": "depth", "canny": "custom"}
"""Models that look at hints without a control, by their modifier."""

LAYOUT = 0.4
"""How much an adapter takes over of a reference's light and shade, beside its colours."""

MISSED = 0.4
"""How much of an adapter's weight is left when it acts on blocks that have no part in style or layout."""


def hints_of(reading: Reading) -> Iterator[Hint]:
    """Give the control pictures, one for each control that has something to look at.

    Source:
        `LocalImageGenerator.generateInjectedControls`.
    """
    sent = reading.hints.pictures
    for control, entry in reading.additions.controls:
        kind = input_of(control, entry)
        if _refers(control, entry):
            continue
        found = _picture(reading, "custom" if kind == "none" else kind)
        if found is not None:
            yield _hint(control, reading.configuration.steps, *found)
    own = OWN_HINTS.get(reading.modifier, "")
    if own in sent and not reading.additions.controls:
        yield Hint(own, sent[own])


def _picture(reading: Reading, kind: str) -> tuple[str, NDArray[np.float32], bool] | None:
    """Return what a control of a kind reads: how it takes it, the picture, and whether that was made of the image."""
    sent = reading.hints.pictures
    if kind in sent:
        return kind, sent[kind], False
    custom = None if kind in WITHOUT_CUSTOM else sent.get("custom")
    made = None if reading.source is None or kind not in FROM_IMAGE else reading.source.picture
    if custom is not None and (made is None or kind not in IMAGE_FIRST):
        # A skeleton counts from 0, everything else from -1.
        return kind, custom * np.float32(0.5) + np.float32(0.5) if kind == "pose" else custom, False
    if made is None:
        return None
    if kind == "depth":
        return kind, depth_of((made + np.float32(1)) / np.float32(2)), True
    return ("softedge" if kind == "scribble" else kind), made, True


def _hint(control: Control, steps: int, kind: str, picture: NDArray[np.float32], made: bool) -> Hint:  # noqa: FBT001 - one private caller
    """Return a control's picture with how the control acts."""
    begin, end = _window(control, steps)
    return Hint(
        kind,
        picture,
        control.weight,
        begin=begin,
        end=end,
        mode=control.mode.label,
        no_prompt=control.no_prompt,
        coarseness=max(1.0, control.down_sampling_rate) if made and kind in SAMPLED_DOWN else 1.0,
    )


def _window(control: Control, steps: int) -> tuple[float, float]:
    """Return the part of the sampling in which a control acts, in whole steps."""
    last = max(0, steps - 1)
    first, past = int(last * control.guidance_start + 0.5), int(np.ceil(last * control.guidance_end + 0.5))
    return first / max(1, steps), min(1.0, past / max(1, steps))


def references_of(reading: Reading) -> tuple[Reference, ...]:
    """Return the references, each as heavy as those who look at it make it."""
    sent = reading.hints.references
    custom = reading.hints.pictures.get("custom")
    readers = [(control, entry) for control, entry in reading.additions.controls if _refers(control, entry)]
    if not readers:
        return tuple(Reference(picture, weight) for picture, weight in sent)
    pictures = sent or (() if custom is None else ((custom, 1.0),))
    return tuple(
        _reference(control, entry, reading.configuration.steps, picture, weight)
        for control, entry in readers
        for picture, weight in pictures
    )


def _refers(control: Control, entry: ControlEntry) -> bool:
    return entry.control_type in REFERENCE_CONTROLS or input_of(control, entry) == "shuffle"


def _reference(
    control: Control, entry: ControlEntry, steps: int, picture: NDArray[np.float32], weight: float
) -> Reference:
    """Return a reference as a control looks at it.

    Adapters act on all blocks of the model or on those that are named: of the usual ones, those on the way down lay
    the picture out, those on the way up give it its style.
    """
    begin, end = _window(control, steps)
    weight *= control.weight * max(0.0, end - begin)
    if entry.control_type not in REFERENCE_CONTROLS:
        return Reference(picture, weight, 0.0 if control.global_average_pooling else weight)
    style = layout = 1.0
    if control.target_blocks:
        style = 1.0 if any("up" in block for block in control.target_blocks) else 0.0
        layout = 2.0 if any("down" in block for block in control.target_blocks) else 0.0
        if style == layout == 0:
            style = layout = MISSED
    return Reference(picture, weight * style, weight * layout * LAYOUT)
