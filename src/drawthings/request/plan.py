"""From what a person wishes to what is sent: every setting decided, every decision told.

``plan`` is a pure function of the wishes and the server's catalogue. It belongs to neither the sync nor the async
client, so that both decide alike, and it is what a dry run shows. The wishes are in ``wishes.py``, sizes in
``frame.py``, pictures in ``assembly.py`` and what is added to the model in ``additions.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from drawthings.request import additions, assembly, telling
from drawthings.request.build import Contents, Order, build_request
from drawthings.request.configuration import Configuration
from drawthings.request.fields import BY_NAME
from drawthings.request.frame import canvas_size, check_borders
from drawthings.request.note import Note
from drawthings.request.recipes import Recipe, recipe_for
from drawthings.request.seeds import following_seeds
from drawthings.request.selection import Selection, select
from drawthings.request.wishes import EditWanted, Wanted, Wishes

if TYPE_CHECKING:
    from drawthings._generated import imageService_pb2 as pb
    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.catalogue.entries import LoraEntry, ModelEntry
    from drawthings.request.parts import Control, Lora
    from drawthings.request.wishes import Borders

__all__ = ["EditWanted", "Plan", "Wanted", "Wishes", "plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One generation, decided and explained.

    Attributes:
        order: What will be sent.
        model: The checkpoint's entry in the catalogue.
        loras: The LoRAs' entries.
        recipe: The recommended settings that filled the gaps, or None when a whole configuration was given.
        notes: What was decided for the user, and warnings.
        cut: Width and height in pixels of the canvas of what counts of a result, from its top left; None for all.
        inputs: What it is made from besides words, for who wants to make it again: ``image``, ``mask``, kinds of hints.
        borders: By how many pixels the picture is made to grow on each side, or None.
    """

    order: Order
    model: ModelEntry
    loras: tuple[LoraEntry, ...]
    recipe: Recipe | None
    notes: tuple[Note, ...]
    cut: tuple[int, int] | None = None
    inputs: tuple[str, ...] = ()
    borders: Borders | None = None

    @property
    def configuration(self) -> Configuration:
        """All settings, with the seed that is used."""
        return self.order.configuration

    @property
    def files(self) -> tuple[str, ...]:
        """The files the server must have, or it would quietly use something else."""
        configuration = self.configuration
        optional = (configuration.refiner_model, configuration.upscaler, configuration.face_restoration)
        controls = tuple(control.file for control in configuration.controls if control.file)
        names = (self.model.file, *(lora.file for lora in self.loras), *controls, *(name for name in optional if name))
        return tuple(dict.fromkeys(names))

    def request(self, contents: Contents | None = None) -> pb.ImageGenerationRequest:
        """Return the message that goes over the wire, without a shared secret.

        With a ``batch_count`` above 1 it is the first of several; see ``rounds``.

        Args:
            contents: How pictures are packed, and those that are already; the same for all rounds of a plan.
        """
        return build_request(self.order, contents)

    def rounds(self) -> tuple[Plan, ...]:
        """Return one plan for each request: the server ignores ``batch_count``, so the client asks that many times.

        The seeds go on where those of the request before end, so that pictures of several requests are those that
        one larger batch would have brought (in the scale-alike mode).
        """
        configuration = self.configuration
        if configuration.batch_count == 1:
            return (self,)
        pictures = 1 if self.model.video else configuration.batch_size
        seeds = following_seeds(configuration.seed or 0, configuration.batch_count, pictures, configuration.seed_mode)
        single = [configuration.replace(seed=seed, batch_count=1) for seed in seeds]
        return tuple(replace(self, order=replace(self.order, configuration=each)) for each in single)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ANN401, FBT001 - IPython's printer and its terms
        """Show what will be made, with which settings, in IPython and in notebooks."""
        del cycle
        printer.text("\n".join(telling.summary(self)))


def plan(catalogue: Catalogue, wishes: Wishes) -> Plan:
    """Decide everything about a generation.

    Args:
        catalogue: What the server has.
        wishes: What the user asks for.

    Returns:
        The plan. Explicit settings always win; what is left open comes from the recipe for the model, its native
        size, and a random seed.

    Raises:
        ConfigError: A setting is wrong, or a LoRA or control does not fit the model.
        InputError: A picture or a mask cannot be used.
        ModelNotFound: A file is unknown to the server.
    """
    for name, text in (("prompt", wishes.prompt), ("negative_prompt", wishes.negative_prompt)):
        assembly.check_text(name, text)
    chosen = _selection(catalogue, wishes)
    pictures = assembly.open_pictures(wishes)
    recipe = _recipe(wishes, chosen)
    settings, notes = _settings(catalogue, wishes, chosen, recipe, pictures)
    configuration, changes = _configure(wishes, settings)
    notes += [Note("fitted", "note", change) for change in changes]
    size = (configuration.width, configuration.height)
    laid = assembly.lay(wishes, pictures, size)
    hints, told = assembly.lay_hints(wishes, pictures, size)
    notes += told + telling.settings_notes(wishes, chosen, recipe, configuration)
    notes += _size_notes(catalogue, wishes, configuration, laid, pictures)
    if configuration.seed is None:
        configuration = configuration.resolved()
        notes.append(Note("seed", "note", f"Seed {configuration.seed}, chosen at random."))
    words = (wishes.prompt, wishes.negative_prompt)
    keywords, embeddings, told = additions.find_embeddings(catalogue, wishes.keywords, words, chosen.model.version)
    entries = [catalogue.control(control.file) for control in configuration.controls if control.file]
    override = assembly.gather_override(catalogue, chosen, configuration, entries, embeddings)
    order = assembly.assemble(wishes, configuration, laid, hints=hints, keywords=keywords, override=override)
    return Plan(
        order=order,
        model=chosen.model,
        loras=chosen.loras,
        recipe=recipe,
        notes=(*notes, *told),
        cut=laid.cut,
        inputs=assembly.names_of_inputs(wishes, order),
        borders=None if wishes.borders is None else check_borders(wishes.borders),
    )


def _selection(catalogue: Catalogue, wishes: Wishes) -> Selection:
    model, loras = wishes.setting("model"), wishes.setting("loras")
    parts = cast("tuple[Lora, ...]", BY_NAME["loras"].check(loras if loras is not None else ()))
    BY_NAME["model"].check(model)
    painting = wishes.mask is not None or wishes.borders is not None
    return select(
        catalogue,
        model,
        parts,
        preferred=wishes.preferred_model,
        editing=wishes.image is not None and not wishes.only_enlarges,
        inpainting=painting,
        refiner=cast("str | None", BY_NAME["refiner_model"].check(wishes.setting("refiner_model"))),
        check=wishes.check,
    )


def _recipe(wishes: Wishes, chosen: Selection) -> Recipe | None:
    """Return what fills the gaps; a masked part is painted anew, and only a whole picture is started from."""
    if wishes.configuration is not None:
        return None
    editing = wishes.image is not None and wishes.mask is None and wishes.borders is None
    return recipe_for(chosen.model, chosen.loras, editing=editing)


def _settings(
    catalogue: Catalogue, wishes: Wishes, chosen: Selection, recipe: Recipe | None, pictures: assembly.Pictures
) -> tuple[dict[str, Any], list[Note]]:
    """Return all settings that are known by now, with names turned into files, and what is to be told."""
    notes = list(chosen.notes)
    settings: dict[str, Any] = dict(wishes.settings)
    if recipe is not None:
        settings = {**recipe.settings, **settings}
        if recipe.refiner_model and catalogue.find_model(recipe.refiner_model) is not None:
            settings.setdefault("refiner_model", recipe.refiner_model)
        settings |= canvas_size(wishes, recipe.native_px, pictures.size)
    settings["model"] = chosen.model.file
    settings["loras"] = chosen.parts
    base = {} if wishes.configuration is None else wishes.configuration.to_dict()
    if wishes.only_enlarges:
        settings = _enlarging(catalogue, wishes, settings, {**base, **settings})
    settings |= additions.resolve_files(catalogue, {**base, **settings})
    given = cast("tuple[Control, ...]", BY_NAME["controls"].check(wishes.setting("controls") or ()))
    kinds = tuple(kind for kind in pictures.pairs if kind != "audio")
    if pictures.as_image:
        kinds = (*kinds, pictures.as_image)
    feed = additions.Feed(kinds, image=pictures.image is not None)
    if given or kinds:
        controls = additions.resolve_controls(catalogue, given, chosen.model, feed, check=wishes.check)
        settings["controls"] = controls.parts
        notes += controls.notes
    return settings, notes


def _enlarging(catalogue: Catalogue, wishes: Wishes, settings: dict[str, Any], every: dict[str, Any]) -> dict[str, Any]:
    """Return the settings for enlarging: an upscaler where none is named, and no random seed, for nothing is random."""
    added: dict[str, Any] = {}
    factor = every.get("upscaler_scale_factor") or None
    if not every.get("upscaler") and not every.get("face_restoration"):
        added["upscaler"] = additions.choose_upscaler(catalogue, factor).file
        added["upscaler_scale_factor"] = factor or additions.USUAL_FACTOR
    if wishes.setting("seed") is None:
        added["seed"] = 0
    return {**settings, **added}


def _configure(wishes: Wishes, settings: dict[str, Any]) -> tuple[Configuration, tuple[str, ...]]:
    base = wishes.configuration
    merged = {**base.to_dict(), **settings} if base is not None else settings
    if wishes.fit:
        return Configuration.fit(**merged)
    return Configuration(**merged), ()


def _size_notes(
    catalogue: Catalogue,
    wishes: Wishes,
    configuration: Configuration,
    laid: assembly.Laid,
    pictures: assembly.Pictures,
) -> list[Note]:
    notes = []
    size = (configuration.width, configuration.height)
    if laid.placed is None and pictures.size is not None and not wishes.only_enlarges:
        notes += telling.cropping_notes(wishes.image_fit, pictures.size, size)
    if laid.placed is not None and pictures.size is not None:
        notes.append(telling.placing_note(laid.placed, pictures.size, size))
    chosen = not wishes.setting("upscaler")
    upscaling = telling.upscaling_note(catalogue, configuration, laid.cut or size, chosen=chosen)
    return notes if upscaling is None else [*notes, upscaling]
