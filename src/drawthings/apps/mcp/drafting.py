"""From the arguments of a tool to a job: the same wishes as everywhere, in the words of the client's methods."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from drawthings.apps.jobs.draft import Draft
from drawthings.client import footage
from drawthings.errors import BadValue, UnknownField
from drawthings.request.fields import BY_NAME, unknown_field
from drawthings.request.fields_core import SEED_LIMIT
from drawthings.request.parts import Lora
from drawthings.request.pictures import canvas_for
from drawthings.request.selection import select

if TYPE_CHECKING:
    from drawthings.apps.mcp.arguments import Edit, Generate, LoraWish, Outpaint, Painting, Upscale, Video
    from drawthings.apps.mcp.studio import Call
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.catalogue.entries import ModelEntry

OWN = {"batch_count": "count", "batch_size": "count", "num_frames": "seconds", "guidance_scale": "guidance"}
"""Settings that the tools have arguments of another name for."""


async def generating(asked: Generate, call: Call) -> Draft:
    """Return the job of ``generate_image``."""
    catalogue = await call.studio.jobs.models()
    wanted = _painting(asked, catalogue)
    if asked.aspect is not None and (asked.width is not None or asked.height is not None):
        raise BadValue("aspect and a size are both given.", hint="Give one of them.", field="aspect")
    if asked.aspect is not None:
        loras = [Lora(*each) for each in wanted.get("loras", ())]
        chosen = select(catalogue, asked.model, loras, preferred=call.studio.model, editing=False)
        wanted["width"], wanted["height"] = _canvas(asked.aspect, chosen.model)
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
    for name in asked.settings:
        field = f"settings.{name}"
        if name not in BY_NAME:
            raise UnknownField(f"There is no setting {name!r}.", hint=unknown_field(name).hint, field=field)
        if name in OWN or name in type(asked).model_fields:
            # Beside an argument one of the two would be lost.
            instead = OWN.get(name, name)
            raise BadValue(
                f"{name} does not go into settings.",
                hint=f"Give {instead} beside settings, where the tool has that.",
                field=field,
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


def _canvas(aspect: str, model: ModelEntry) -> tuple[int, int]:
    """Return a size of that shape with about as many pixels as the model draws best."""
    across, down = map(int, aspect.split(":"))
    return canvas_for(across, down, area_px=model.native_px**2)


def _seeds(count: int, seed: int | None) -> tuple[int, ...]:
    """Return a seed for each of several pictures, one after the other from the one given."""
    if count == 1:
        return ()
    first = secrets.randbelow(SEED_LIMIT + 1) if seed is None or seed < 0 else seed
    return tuple((first + number) % (SEED_LIMIT + 1) for number in range(count))
