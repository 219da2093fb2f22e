"""From what a person wishes to what is sent: every setting decided, every decision told.

``plan`` is a pure function of the wishes and the server's catalogue. It belongs to neither the sync nor the async
client, so that both decide alike, and it is what a dry run shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from drawthings.errors import BadValue
from drawthings.request.build import Hint, Order, Override, build_request
from drawthings.request.configuration import Configuration, Settings
from drawthings.request.fields import BY_NAME
from drawthings.request.note import Note
from drawthings.request.recipes import Recipe, composition_warnings, recipe_for
from drawthings.request.selection import Selection, select

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL import Image

    from drawthings._generated import imageService_pb2 as pb
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.catalogue.entries import LoraEntry, ModelEntry
    from drawthings.request.parts import Lora
    from drawthings.request.pictures import Mode, PictureSource

GRID_PX = 64
SHORTEST_PX = 128
REFERENCE_WEIGHT = 1.0


class EditWanted(Settings, total=False):
    """The keywords of ``edit``: every setting, and what is no setting."""

    negative_prompt: str
    image_fit: Mode
    fit: bool


class Wanted(EditWanted, total=False):
    """The keywords of ``generate``, ``stream`` and ``prepare``: those of ``edit``, and pictures."""

    image: PictureSource | None
    references: Sequence[PictureSource]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person asks for.

    Attributes:
        prompt: What the picture shows, or for an edit what is to change.
        negative_prompt: What it must not show.
        configuration: All settings at once, taken as they are; or None.
        settings: Single settings by name; they win over everything else.
        fit: Whether values off the grid are snapped (and told) instead of refused.
        image: The picture to start from or to edit.
        references: Further pictures that an edit model looks at ("Picture 2", "Picture 3" …).
        image_fit: How the picture is brought to the canvas: ``cover``, ``contain`` or ``stretch``.
        preferred_model: The model to take when none is named.
    """

    prompt: str
    negative_prompt: str = ""
    configuration: Configuration | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    fit: bool = False
    image: PictureSource | None = None
    references: Sequence[PictureSource] = ()
    image_fit: Mode = "cover"
    preferred_model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One generation, decided and explained.

    Attributes:
        order: What will be sent.
        model: The checkpoint's entry in the catalogue.
        loras: The LoRAs' entries.
        recipe: The recommended settings that filled the gaps, or None when a whole configuration was given.
        notes: What was decided for the user, and warnings.
    """

    order: Order
    model: ModelEntry
    loras: tuple[LoraEntry, ...]
    recipe: Recipe | None
    notes: tuple[Note, ...]

    @property
    def configuration(self) -> Configuration:
        """All settings, with the seed that is used."""
        return self.order.configuration

    @property
    def files(self) -> tuple[str, ...]:
        """The files the server must have, or it would quietly use something else."""
        configuration = self.configuration
        optional = (configuration.refiner_model, configuration.upscaler)
        controls = tuple(control.file for control in configuration.controls if control.file)
        names = (self.model.file, *(lora.file for lora in self.loras), *controls, *(name for name in optional if name))
        return tuple(dict.fromkeys(names))

    def request(self) -> pb.ImageGenerationRequest:
        """Return the message that goes over the wire, without a shared secret."""
        return build_request(self.order)


def plan(catalogue: Catalogue, wishes: Wishes) -> Plan:
    """Decide everything about a generation.

    Args:
        catalogue: What the server has.
        wishes: What the user asks for.

    Returns:
        The plan. Explicit settings always win; what is left open comes from the recipe for the model, its native
        size, and a random seed.

    Raises:
        ConfigError: A setting is wrong, or a LoRA does not fit the model.
        InputError: A picture cannot be used.
        ModelNotFound: A file is unknown to the server.
    """
    for name, text in (("prompt", wishes.prompt), ("negative_prompt", wishes.negative_prompt)):
        _check_text(name, text)
    chosen = _selection(catalogue, wishes)
    recipe = None
    settings: dict[str, Any] = dict(wishes.settings)
    notes = list(chosen.notes)
    if wishes.configuration is None:
        recipe = recipe_for(chosen.model, chosen.loras, editing=wishes.image is not None)
        settings = {**recipe.settings, **settings}
        if recipe.refiner_model and catalogue.find_model(recipe.refiner_model) is not None:
            settings.setdefault("refiner_model", recipe.refiner_model)
    settings["model"] = chosen.model.file
    settings["loras"] = chosen.parts
    image = _load(wishes.image)
    settings.update(_size(wishes, recipe, image))
    configuration, changes = _configure(wishes, settings)
    notes += [Note("fitted", "note", change) for change in changes]
    notes += _told(wishes, chosen, recipe, configuration)
    if configuration.seed is None:
        configuration = configuration.resolved()
        notes.append(Note("seed", "note", f"Seed {configuration.seed}, chosen at random."))
    order = _order(catalogue, wishes, chosen, configuration, image)
    return Plan(order=order, model=chosen.model, loras=chosen.loras, recipe=recipe, notes=tuple(notes))


def _check_text(name: str, text: object) -> None:
    if not isinstance(text, str):
        raise BadValue(f"The {name} must be text, not {type(text).__name__}.", hint="Give a string.", field=name)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadValue(
            f"The {name} has a character at position {error.start} that is no valid Unicode ({text[error.start]!a}).",
            hint="Remove it; it usually comes from a file read with the wrong encoding.",
            field=name,
        ) from error


def _selection(catalogue: Catalogue, wishes: Wishes) -> Selection:
    base = wishes.configuration
    model = wishes.settings.get("model", base.model if base is not None else None)
    loras = wishes.settings.get("loras", base.loras if base is not None else ())
    parts = cast("tuple[Lora, ...]", BY_NAME["loras"].check(loras))
    return select(catalogue, model, parts, preferred=wishes.preferred_model, editing=wishes.image is not None)


def _load(source: PictureSource | None) -> Image.Image | None:
    if source is None:
        return None
    from drawthings.request.pictures import flatten, load_picture

    return flatten(load_picture(source))


def _size(wishes: Wishes, recipe: Recipe | None, image: Image.Image | None) -> dict[str, Any]:
    """Return the canvas that the user left open: the model's native size, in the shape of the picture if any."""
    given = {name: wishes.settings[name] for name in ("width", "height") if name in wishes.settings}
    if recipe is None or len(given) == 2:  # noqa: PLR2004 - width and height
        return {}
    if image is None:
        side = next(iter(given.values()), recipe.native_px)
        return {"width": side, "height": side} | given
    from drawthings.request.pictures import canvas_for

    width, height = canvas_for(*image.size, area_px=recipe.native_px**2)
    if "width" in given:
        height = _on_grid(given["width"] * image.height / image.width)
    elif "height" in given:
        width = _on_grid(given["height"] * image.width / image.height)
    return {"width": width, "height": height} | given


def _on_grid(length_px: float) -> int:
    return max(SHORTEST_PX, round(length_px / GRID_PX) * GRID_PX)


def _configure(wishes: Wishes, settings: dict[str, Any]) -> tuple[Configuration, tuple[str, ...]]:
    base = wishes.configuration
    merged = {**base.to_dict(), **settings} if base is not None else settings
    if wishes.fit:
        return Configuration.fit(**merged)
    return Configuration(**merged), ()


def _told(wishes: Wishes, chosen: Selection, recipe: Recipe | None, configuration: Configuration) -> list[Note]:
    """Put into words what was decided, and what is likely to disappoint."""
    notes = []
    if recipe is not None and not set(recipe.settings) <= set(wishes.settings):
        sampler = configuration.sampler.label
        text = f"{configuration.steps} steps, guidance {configuration.guidance_scale:g}, {sampler}: {recipe.why}"
        notes.append(Note("recipe", "note", text))
    if "width" not in wishes.settings and wishes.configuration is None:
        notes.append(Note("size", "note", f"Canvas {configuration.width}x{configuration.height}."))
    if not chosen.model.known:
        text = f"{chosen.model.file} is taken for {chosen.model.version}. {chosen.model.note}"
        notes.append(Note("model-guessed", "warn", text))
    if chosen.model.edit_only and wishes.image is None:
        text = f"{chosen.model.file} is an edit model and gets no picture; `edit` gives it one."
        notes.append(Note("edit-model-without-picture", "warn", text))
    if configuration.batch_count > 1:
        text = f"batch_count={configuration.batch_count} is ignored by the server; batch_size counts (1 to 4)."
        notes.append(Note("batch-count-ignored", "warn", text))
    if wishes.image is not None:
        warnings = composition_warnings(chosen.model, chosen.loras, configuration.to_dict())
        notes += [Note("composition", "warn", text) for text in warnings]
    return notes


def _order(
    catalogue: Catalogue, wishes: Wishes, chosen: Selection, configuration: Configuration, image: Image.Image | None
) -> Order:
    size = (configuration.width, configuration.height)
    return Order(
        prompt=wishes.prompt,
        negative_prompt=wishes.negative_prompt,
        configuration=configuration,
        image=None if image is None else _canvas_blob(image, size, wishes.image_fit),
        hints=_reference_hints(wishes.references, size),
        override=_override(catalogue, chosen, configuration),
    )


def _canvas_blob(image: Image.Image, size: tuple[int, int], mode: Mode) -> bytes:
    from drawthings.request.pictures import fit_picture, picture_blob

    return picture_blob(fit_picture(image, *size, mode))


def _reference_hints(references: Sequence[PictureSource], size: tuple[int, int]) -> tuple[Hint, ...]:
    """Put all references into one hint; the server looks at the first hint of a type only."""
    if not references:
        return ()
    from drawthings.request.pictures import flatten, load_picture, picture_blob, shrink_to_area

    # The server brings each reference to the canvas' number of pixels anyway, so more would only be sent in vain.
    pictures = [shrink_to_area(flatten(load_picture(source)), size[0] * size[1]) for source in references]
    return (Hint("shuffle", tuple((picture_blob(picture), REFERENCE_WEIGHT) for picture in pictures)),)


def _override(catalogue: Catalogue, chosen: Selection, configuration: Configuration) -> Override:
    """Collect the server's own specifications of all files in use, untouched."""
    models = [chosen.model]
    if configuration.refiner_model:
        models.append(catalogue.model(configuration.refiner_model))
    stages = [catalogue.find_model(file) for model in models for file in model.stage_models]
    every = [*models, *(stage for stage in stages if stage is not None)]
    controls = [catalogue.find_control(control.file) for control in configuration.controls if control.file]
    upscaler = catalogue.find_upscaler(configuration.upscaler) if configuration.upscaler else None
    return Override(
        models=tuple(model.spec for model in every if model.known),
        loras=tuple(lora.spec for lora in chosen.loras if lora.known),
        control_nets=tuple(control.spec for control in controls if control is not None and control.known),
        upscalers=(upscaler.spec,) if upscaler is not None and upscaler.known else (),
    )
