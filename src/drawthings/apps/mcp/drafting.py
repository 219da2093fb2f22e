"""From the arguments of a tool to a job: the same wishes as everywhere, in the words of the client's methods."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from drawthings.apps.jobs.draft import Draft
from drawthings.client import footage
from drawthings.errors import BadValue, UnknownField
from drawthings.request.fields import BY_NAME
from drawthings.request.pictures import canvas_for

if TYPE_CHECKING:
    from drawthings.apps.mcp.arguments import Edit, Generate, LoraWish, Outpaint, Painting, Upscale, Video
    from drawthings.apps.mcp.studio import Call
    from drawthings.catalogue.catalogue import Catalogue

SEEDS = 1 << 32
OWN = frozenset({"batch_count", "batch_size", "num_frames"})
"""Settings that decide how much is made; the tools have arguments for that, with limits."""


async def generating(asked: Generate, call: Call) -> Draft:
    """Return the job of ``generate_image``."""
    catalogue = await call.studio.jobs.models()
    wanted = _painting(asked, catalogue)
    if asked.aspect is not None and (asked.width is not None or asked.height is not None):
        raise BadValue("aspect and a size are both given.", hint="Give one of them.", field="aspect")
    if asked.aspect is not None:
        wanted["width"], wanted["height"] = _canvas(asked.aspect, asked.model, catalogue)
    wanted |= _given(width=asked.width, height=asked.height)
    return _draft("generate", asked.prompt, wanted, _seeds(asked.count, asked.seed))


async def editing(asked: Edit, call: Call) -> Draft:
    """Return the job of ``edit_image``; with a mask only a part is painted."""
    wanted = _painting(asked, await call.studio.jobs.models())
    wanted["image"] = await call.picture(asked.image)
    if asked.references:
        wanted["references"] = [await call.picture(each, "references") for each in asked.references]
    wanted |= _given(strength=asked.strength)
    if asked.mask is not None:
        wanted["mask"] = await call.picture(asked.mask, "mask")
    verb = "edit" if asked.mask is None else "inpaint"
    return _draft(verb, asked.instruction, wanted, _seeds(asked.count, asked.seed))


async def outpainting(asked: Outpaint, call: Call) -> Draft:
    """Return the job of ``outpaint_image``."""
    wanted = _painting(asked, await call.studio.jobs.models())
    wanted["image"] = await call.picture(asked.image)
    wanted |= {side: getattr(asked, side) for side in ("left", "top", "right", "bottom")}
    return _draft("outpaint", asked.prompt, wanted)


async def upscaling(asked: Upscale, call: Call) -> Draft:
    """Return the job of ``upscale_image``."""
    wanted = {"image": await call.picture(asked.image), "upscaler": asked.upscaler, "factor": asked.factor}
    return _draft("upscale", "", wanted)


async def filming(asked: Video, call: Call) -> Draft:
    """Return the job of ``generate_video``."""
    catalogue = await call.studio.jobs.models()
    wanted = _painting(asked, catalogue)
    if asked.image is not None:
        wanted["image"] = await call.picture(asked.image)
    if asked.model is None:
        model = footage.film_model(catalogue, image=asked.image is not None)
    else:
        model = catalogue.model(asked.model)
    wanted["model"] = model.file
    if asked.seconds is not None:
        wanted["num_frames"] = footage.frames_for(model, asked.seconds)
    wanted |= _given(width=asked.width, height=asked.height)
    return _draft("video", asked.prompt, wanted)


def _draft(verb: Any, prompt: str, wanted: dict[str, Any], seeds: tuple[int, ...] = ()) -> Draft:  # noqa: ANN401 - a Verb
    """Return a job that goes on when the caller has heard enough for now; a new call asks how far it is."""
    return Draft(verb=verb, prompt=prompt, wanted=wanted, seeds=seeds, dialect="mcp", outlives=True)


def _painting(asked: Painting, catalogue: Catalogue) -> dict[str, Any]:
    """Return what all tools that paint have in common."""
    unknown = [name for name in asked.settings if name not in BY_NAME or name in OWN]
    if unknown:
        raise UnknownField(
            f"{unknown[0]!r} is no setting that can be given here.",
            hint="Settings are such as sampler, shift or mask_blur; how many pictures is `count`, how long `seconds`.",
            field=f"settings.{unknown[0]}",
        )
    named = _given(model=asked.model, seed=asked.seed, steps=asked.steps, guidance_scale=asked.guidance)
    wanted = {**asked.settings, **named}
    if asked.negative_prompt:
        wanted["negative_prompt"] = asked.negative_prompt
    if asked.loras:
        wanted["loras"] = [_lora(each, catalogue) for each in asked.loras]
    return wanted


def _given(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - any settings
    return {name: value for name, value in values.items() if value is not None}


def _lora(wish: LoraWish, catalogue: Catalogue) -> tuple[str, float]:
    """Return file and weight of a LoRA; without a weight the one that its maker recommends."""
    entry = catalogue.lora(wish.name)
    weight = entry.recommended_weight if wish.weight is None else wish.weight
    return entry.file, 1.0 if weight is None else weight


def _canvas(aspect: str, name: str | None, catalogue: Catalogue) -> tuple[int, int]:
    """Return a size of that shape with about as many pixels as the model draws best."""
    model = catalogue.default_model() if name is None else catalogue.model(name)
    across, down = map(int, aspect.split(":"))
    return canvas_for(across, down, area_px=model.native_px**2)


def _seeds(count: int, seed: int | None) -> tuple[int, ...]:
    """Return a seed for each of several pictures, one after the other from the one given."""
    if count == 1:
        return ()
    first = secrets.randbelow(SEEDS) if seed is None or seed < 0 else seed
    return tuple((first + number) % SEEDS for number in range(count))
