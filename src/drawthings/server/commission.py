"""What the painter is told: a reading, as the painter's own job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drawthings.request.fields import BY_NAME
from drawthings.server.course import Path
from drawthings.server.hints import input_of
from drawthings.server.painter.hints import depth_of
from drawthings.server.painter.job import Hint, Job, Lora, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drawthings.request.configuration import Configuration
    from drawthings.server.reading import Reading

NO_GUIDANCE = 1e-3
"""How near to 1 guidance may be and still be none."""

_SEEN = frozenset(
    {
        *("width", "height", "seed", "steps", "guidance_scale", "strength", "model", "sampler", "batch_size"),
        *("upscaler", "upscaler_scale_factor", "seed_mode", "controls", "loras", "mask_blur", "mask_blur_outset"),
        *("face_restoration", "refiner_model", "num_frames", "preserve_original_after_inpaint"),
        *("hires_fix", "hires_fix_width", "hires_fix_height", "hires_fix_strength"),
    }
)
"""The settings that show in a picture in their own way."""

_FROM_IMAGE = frozenset(
    {"canny", "mlsd", "softedge", "lineart", "normalbae", "seg", "tile", "blur", "gray", "lowquality", "custom"}
)
"""Control inputs that are made of the image when no hint brings them."""


def commission(reading: Reading) -> Job:
    """Tell the painter what to paint.

    Args:
        reading: The request as it was read.

    Returns:
        The job; what the official server would not look at is left out of it.
    """
    settings, course, additions = reading.configuration, reading.course, reading.additions
    hires = course.second is not None and course.second.version == course.first.version
    faces = settings.face_restoration if course.restores_faces else None
    return Job(
        prompt=reading.prompt,
        width=course.width,
        height=course.height,
        seed=settings.seed or 0,
        negative_prompt=reading.negative_prompt if guided(reading) else "",
        steps=settings.steps,
        guidance_scale=settings.guidance_scale,
        strength=1.0 if course.path is Path.TEXT else settings.strength,
        sampler=int(settings.sampler),
        seed_mode=int(settings.seed_mode),
        model=reading.model.file,
        version=reading.model.version,
        modifier=reading.modifier,
        image=None if reading.source is None else reading.source.picture,
        mask=reading.mask,
        mask_blur=max(0.0, settings.mask_blur),
        mask_blur_outset=settings.mask_blur_outset,
        preserve_original=settings.preserve_original_after_inpaint,
        references=tuple(Reference(picture, weight) for picture, weight in reading.hints.references),
        hints=tuple(_hints(reading)),
        loras=tuple(Lora(entry.file, lora.weight) for lora, entry in additions.loras),
        hires=(settings.hires_fix_width, settings.hires_fix_height) if hires else None,
        refiner=additions.refiner,
        face_restoration=faces or "",
        upscale=course.upscale,
        nuance=_nuance(settings),
    )


def guided(reading: Reading) -> bool:
    """Tell whether the negative prompt counts: whether the model is asked twice, with it and with the prompt.

    Source:
        `LocalImageGenerator`: guidance other than 1, no distilled model or LoRA, and no guidance that is an input of
        the network.
    """
    settings, model = reading.configuration, reading.model
    distilled = model.is_consistency or any(entry.is_consistency for _, entry in reading.additions.loras)
    built_in = model.guidance_embed and settings.speed_up_with_guidance_embed
    return abs(settings.guidance_scale - 1) > NO_GUIDANCE and not distilled and not built_in


def _hints(reading: Reading) -> Iterator[Hint]:
    """Give the control pictures that were sent, and those that the server makes of the image."""
    sent = reading.hints.pictures
    weights = {input_of(control, entry): control.weight for control, entry in reversed(reading.additions.controls)}
    for kind, picture in sent.items():
        yield Hint(kind, picture, weights.get(kind, 1.0) if kind != "custom" else _strongest(reading))
    if reading.source is None:
        return
    image = reading.source.picture
    if "depth" in weights and "depth" not in sent:
        yield Hint("depth", depth_of((image + np.float32(1)) / np.float32(2)), weights["depth"])
    if "custom" not in sent and any(kind in _FROM_IMAGE for kind in weights):
        yield Hint("custom", image, _strongest(reading))


def _strongest(reading: Reading) -> float:
    """Return the largest weight of the controls that act; 1 where the model itself looks at the hint."""
    return max((control.weight for control, _ in reading.additions.controls), default=1.0)


def _nuance(settings: Configuration) -> str:
    """Put the settings without a picture of their own into a text, where they are not the usual ones."""
    odd = []
    for name, field in BY_NAME.items():
        value = getattr(settings, name)
        if name not in _SEEN and not field.ignored and value != field.default:
            odd.append(f"{name}={value}")
    return " ".join(odd)
