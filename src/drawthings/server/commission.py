"""What the painter is told: a reading, as the painter's own job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.server.controls import hints_of, references_of
from drawthings.server.course import Path
from drawthings.server.influence import dials_of, fixes_hires, guidance, guided, heard, refiner
from drawthings.server.painter.job import Job, Lora

if TYPE_CHECKING:
    from drawthings.server.reading import Reading


def commission(reading: Reading) -> Job:
    """Tell the painter what to paint.

    Args:
        reading: The request as it was read.

    Returns:
        The job; what the official server would not look at is left out of it.
    """
    settings, course, additions = reading.configuration, reading.course, reading.additions
    faces = settings.face_restoration if course.restores_faces else None
    prompt, echoes = heard(reading)
    dials = dials_of(reading)
    return Job(
        prompt=prompt,
        width=course.width,
        height=course.height,
        seed=settings.seed or 0,
        negative_prompt=reading.negative_prompt if guided(reading) and not dials.zero_negative_prompt else "",
        steps=settings.steps,
        guidance_scale=guidance(reading),
        strength=1.0 if course.path is Path.TEXT else settings.strength,
        sampler=int(settings.sampler),
        seed_mode=int(settings.seed_mode),
        model=reading.model.file,
        version=reading.model.version,
        modifier=reading.modifier,
        image=None if reading.source is None else reading.source.picture,
        more=() if reading.source is None else reading.source.more,
        mask=reading.mask,
        mask_blur=max(0.0, settings.mask_blur),
        mask_blur_outset=settings.mask_blur_outset,
        preserve_original=settings.preserve_original_after_inpaint,
        references=references_of(reading),
        hints=tuple(hints_of(reading)),
        loras=tuple(Lora(entry.file, lora.weight, lora.mode.label) for lora, entry in additions.loras),
        hires=(settings.hires_fix_width, settings.hires_fix_height) if fixes_hires(reading) else None,
        refiner=refiner(reading),
        face_restoration=faces or "",
        upscale=course.upscale,
        echoes=echoes,
        dials=dials,
    )
