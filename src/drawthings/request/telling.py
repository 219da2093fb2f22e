"""What was decided for a person, in sentences. What may go wrong with it is told by ``guard.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.request.frame import SIDES
from drawthings.request.note import Note

if TYPE_CHECKING:
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.request.configuration import Configuration
    from drawthings.request.frame import Placed
    from drawthings.request.plan import Plan
    from drawthings.request.recipes import Recipe
    from drawthings.request.selection import Selection
    from drawthings.request.wishes import Wishes

SHAPE_SLACK = 0.05
"""How far the shapes of picture and canvas may differ unnoticed: multiples of 64 cannot fit every picture exactly."""


def settings_notes(
    wishes: Wishes, chosen: Selection, recipe: Recipe | None, configuration: Configuration
) -> list[Note]:
    """Tell which settings were chosen for the user; what is likely to disappoint is the guard's to say."""
    if wishes.only_enlarges:
        return []
    notes = []
    if recipe is not None and not set(recipe.settings) <= set(wishes.settings):
        sampler = configuration.sampler.label
        text = f"{configuration.steps} steps, guidance {configuration.guidance_scale:g}, {sampler}"
        # The reason speaks of the recommended figures; it would be wrong beside others.
        text += "." if set(recipe.settings) & set(wishes.settings) else f": {recipe.why}"
        notes.append(Note("recipe", "note", text))
    if "width" not in wishes.settings and wishes.configuration is None and wishes.borders is None:
        notes.append(Note("size", "note", f"Canvas {configuration.width}x{configuration.height}."))
    if not chosen.model.known:
        text = f"{chosen.model.file} is taken for {chosen.model.version}. {chosen.model.note}"
        notes.append(Note("model-guessed", "warn", text))
    return notes


def summary(plan: Plan) -> list[str]:
    """Return a plan in a few lines: the prompt, the model, the settings that matter most, and the notes."""
    settings = plan.configuration
    words = [f"{plan.model.name} ({plan.model.file})", f"{settings.width}x{settings.height}"]
    words += [f"{settings.num_frames} frames"] if plan.model.video else []
    words += [f"{settings.steps} steps", f"guidance {settings.guidance_scale:g}", settings.sampler.label]
    words += [f"seed {settings.seed}", *(f"LoRA {lora.file}" for lora in plan.loras)]
    count = settings.batch_size * settings.batch_count
    words += [f"{count} results"] if count > 1 else []
    notes = [f"- {'Warning: ' if note.severity == 'warn' else ''}{note.text}" for note in plan.notes]
    return [plan.order.prompt or "(no prompt)", ", ".join(words), *notes]


def cropping_notes(mode: str, size: tuple[int, int], canvas: tuple[int, int]) -> list[Note]:
    """Tell when a picture of another shape than the canvas loses a part, is padded or is distorted.

    Args:
        mode: How the picture is brought to the canvas: ``cover``, ``contain`` or ``stretch``.
        size: Width and height of the picture.
        canvas: Width and height of the canvas.
    """
    share = (size[0] * canvas[1]) / (size[1] * canvas[0])
    if 1 - SHAPE_SLACK < share < 1 + SHAPE_SLACK:
        return []
    lost = round(100 * (1 - min(share, 1 / share)))
    what = {
        "cover": f"{lost} % of it is cut off; image_fit='contain' (--image-fit contain) keeps all of it",
        "contain": "bars are added at its sides",
        "stretch": "it is distorted",
    }[mode]
    shapes = f"The picture is {size[0]}x{size[1]} and the canvas {canvas[0]}x{canvas[1]}"
    text = f"{shapes}: {what}. Without width and height the canvas follows the picture's shape."
    return [Note("picture-shape", "warn", text)]


def upscaling_note(
    catalogue: Catalogue, configuration: Configuration, size: tuple[int, int], *, chosen: bool
) -> Note | None:
    """Tell how large results become, or None when there is no upscaler.

    Args:
        catalogue: What the server has.
        configuration: The settings.
        size: Width and height of a result before it is enlarged, in pixels.
        chosen: Whether the upscaler was chosen for the user.

    Source: ``upscaleImageAndToCPU`` in ``LocalImageGenerator.swift``.
    """
    file = configuration.upscaler
    if not file:
        return None
    factor = configuration.upscaler_scale_factor or catalogue.upscaler(file).scale_factor
    width, height = size
    who = f"{file}, chosen for you, makes" if chosen else f"{file} makes"
    return Note("upscaler", "note", f"{who} {width * factor}x{height * factor} of {width}x{height}.")


def placing_note(placed: Placed, size: tuple[int, int], canvas: tuple[int, int]) -> Note:
    """Tell what outpainting adds around a picture.

    Args:
        placed: Where the picture lies.
        size: Its own width and height.
        canvas: Width and height of the canvas.
    """
    room = ", ".join(f"{room} px {name}" for name, room in zip(SIDES, placed.room, strict=True) if room)
    left, top, right, bottom = placed.box
    scaled = "" if (right - left, bottom - top) == size else f" The picture is made {right - left}x{bottom - top}."
    return Note("outpaint", "note", f"Canvas {canvas[0]}x{canvas[1]}, a multiple of 64: {room} are painted.{scaled}")
