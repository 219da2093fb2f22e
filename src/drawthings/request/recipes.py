"""Recommended settings for every model family and variant, and what is known to spoil an edit.

The table is ``recipes.json``: the first row whose conditions hold counts, and a new recipe is one new row. Explicit
settings always win over a recipe; nothing here forbids anything.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from drawthings.catalogue.catalogue import fits, modifier_for
from drawthings.catalogue.entries import EDIT_MODIFIERS, NO_MODIFIER, Entry, LoraEntry, ModelEntry
from drawthings.catalogue.guess import guess_entry
from drawthings.catalogue.lookup import nearest_names
from drawthings.catalogue.record import Record
from drawthings.catalogue.schedule import auto_shift, executed_steps
from drawthings.errors import UnknownPreset
from drawthings.request.choices import Sampler

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FULL_STRENGTH = 1.0
START_FROM_PICTURE = 0.7
"""How much an ordinary model changes the picture it starts from, unless the user says otherwise."""
ANIMATORS = frozenset({"svd_i2v", "longcat_video_avatar_v1.5"})
"""Families that take a picture as their first frame without saying so in a modifier."""
STEPS_IN_NAME = re.compile(r"(?<!\d)(\d{1,2})[ _-]?steps?(?![a-z])")
FEWEST_STEPS = 4
GUIDANCE_OFF = 0.001
NEEDS_VISION = frozenset({"qwenimage_edit_plus", "qwenimage_edit_2511"})


@dataclass(frozen=True, slots=True)
class Recipe:
    """Recommended settings for one model, with its LoRAs.

    Attributes:
        name: The row of the table it comes from.
        settings: The settings by the names of ``Configuration``; the sampler is the name the app shows.
        native_px: The side of the square the model draws best.
        why: One sentence.
        sources: Where the figures come from: upstream files, the model's own description, or own judgement.
        refiner_model: The file that should take over for the last part of the noise, if it is on the server.
    """

    name: str
    settings: Record
    native_px: int
    why: str
    sources: tuple[str, ...] = ()
    refiner_model: str | None = None


@dataclass(frozen=True, slots=True)
class RecipeRow:
    """One row of the table: conditions, all of which must hold, and settings.

    Attributes:
        name: Its name.
        settings: What it recommends.
        why: One sentence.
        sources: Where the figures come from.
        versions: The families it is for; empty for all.
        modifiers: The kinds of conditioning it is for; empty for all.
        model: A pattern for the model's file and friendly name in lower case, or None.
        lora: A pattern that one of the LoRAs must match, or None.
        consistency: Whether the model or a LoRA must be a consistency model; None if that does not matter.
        guidance_embed: Whether the model must take guidance as an input; None if that does not matter.
        steps_in_name: Whether a number of steps in a name wins over the one in ``settings``.
        native_px: The side of the best square, where it differs from the model's own.
        refiner: How the refiner's file name follows from the model's (``from``, ``to``), and when it starts.
    """

    name: str
    settings: Record
    why: str
    sources: tuple[str, ...] = ()
    versions: frozenset[str] = frozenset()
    modifiers: frozenset[str] = frozenset()
    model: re.Pattern[str] | None = None
    lora: re.Pattern[str] | None = None
    consistency: bool | None = None
    guidance_embed: bool | None = None
    steps_in_name: bool = False
    native_px: int | None = None
    refiner: Record | None = None

    def fits(self, traits: _Traits) -> bool:
        """Return whether all conditions hold for a model with the LoRAs that have an effect on it."""
        return (
            (not self.versions or traits.version in self.versions)
            and (not self.modifiers or traits.modifier in self.modifiers)
            and self.consistency in {None, traits.consistency}
            and self.guidance_embed in {None, traits.guidance_embed}
            and (self.model is None or self.model.search(traits.names) is not None)
            and (self.lora is None or any(self.lora.search(names) for names in traits.lora_names))
        )


@dataclass(frozen=True, slots=True)
class _Traits:
    """What the rows ask of a model with its LoRAs, found out once for all of them."""

    version: str
    modifier: str
    consistency: bool
    guidance_embed: bool
    names: str
    lora_names: tuple[str, ...]


def _traits(model: ModelEntry, loras: Sequence[LoraEntry]) -> _Traits:
    return _Traits(
        model.version,
        modifier_for(model, loras),
        any(entry.is_consistency for entry in (model, *loras)),
        model.guidance_embed,
        _names(model),
        tuple(map(_names, loras)),
    )


def recipe_for(model: ModelEntry, loras: Sequence[LoraEntry] = (), *, editing: bool = False) -> Recipe:
    """Return the recommended settings for a model.

    Args:
        model: The model.
        loras: The LoRAs in use; those of another family have no effect on the server and none here.
        editing: Whether a picture is to be changed. Then ``strength`` is 1 for models that take the picture as
            reference, and 0.7 for ordinary ones, which start from it and skip a part of their steps; distilled models
            then get a step or two more, so that enough are left.

    Returns:
        The recipe of the first row that fits; there is one for every model.
    """
    effective = [lora for lora in loras if fits(lora, model)]
    traits = _traits(model, effective)
    row = next(row for row in recipe_rows() if row.fits(traits))
    settings = dict(row.settings)
    if row.steps_in_name:
        settings["steps"] = _steps_in_name(model, effective) or settings["steps"]
    native_px = row.native_px or model.native_px
    starts_from_it = editing and modifier_for(model, effective) == NO_MODIFIER and model.version not in ANIMATORS
    settings["strength"] = START_FROM_PICTURE if starts_from_it else FULL_STRENGTH
    if starts_from_it:
        settings["steps"] = _enough_steps(model, settings, native_px)
    refiner = None
    if row.refiner is not None and row.refiner.text("from") in model.file:
        refiner = model.file.replace(row.refiner.text("from"), row.refiner.text("to"))
        settings["refiner_start"] = row.refiner["start"]
    return Recipe(row.name, Record(settings), native_px, row.why, row.sources, refiner)


@cache
def recipe_rows() -> tuple[RecipeRow, ...]:
    """Return the whole table in the order in which it is searched."""
    table = json.loads(Path(__file__).with_name("recipes.json").read_text(encoding="utf-8"))
    return tuple(_row(row, table["few_steps"]) for row in table["rows"])


def recipe_named(name: str) -> RecipeRow:
    """Return a row by its name.

    Raises:
        UnknownPreset: There is none of that name; the nearest ones are in ``suggestions``.
    """
    for row in recipe_rows():
        if row.name == name:
            return row
    suggestions = nearest_names([row.name for row in recipe_rows()], name)
    hint = f"Did you mean {' or '.join(suggestions)}?" if suggestions else "`drawthings recipes list` shows them all."
    raise UnknownPreset(f"There is no recipe {name!r}.", hint=hint, value=name, suggestions=suggestions)


def composition_findings(
    model: ModelEntry, loras: Sequence[LoraEntry], settings: Mapping[str, object]
) -> tuple[tuple[str, str], ...]:
    """Say which of the chosen settings are known to lose the picture that is being edited.

    Args:
        model: The model.
        loras: The LoRAs that have an effect on it, in order.
        settings: The settings by name; what is absent counts as recommended.

    Returns:
        Pairs of a short stable name and a sentence that begins with the setting it is about. Recommended settings give
        none.

    Raises:
        UnknownChoice: The settings name a sampler that does not exist.
    """
    recipe = recipe_for(model, loras, editing=True)
    case = _Case(model, tuple(loras), recipe, {**recipe.settings, **settings})
    judges = {
        "edit-strength": _strength,
        "strength-few-steps": _steps_left,
        "edit-few-steps": _steps,
        "sampler-not-trailing": _sampler,
        "edit-guidance": _guidance,
        "modifier-lost": _modifier,
        "vision-tower-unnamed": _vision,
    }
    return tuple((code, text) for code, judge in judges.items() if (text := judge(case)))


@dataclass(frozen=True, slots=True)
class _Case:
    """One edit to be judged."""

    model: ModelEntry
    loras: tuple[LoraEntry, ...]
    recipe: Recipe
    settings: Mapping[str, object]

    def number(self, name: str) -> float:
        return _number(self.settings, name)

    @property
    def edits(self) -> bool:
        return modifier_for(self.model, self.loras) in EDIT_MODIFIERS and not self.model.video

    @property
    def guided(self) -> bool:
        """Whether the server's guidance follows ``guidance_scale`` with a second pass."""
        embedded = self.model.guidance_embed and self.settings.get("speed_up_with_guidance_embed", True) is not False
        consistency = any(entry.is_consistency for entry in (self.model, *self.loras))
        return not embedded and not consistency

    @property
    def few_steps(self) -> bool:
        """Whether the recommended settings are those of a distilled model."""
        return self.recipe.settings.number("guidance_scale") == 1


def _number(settings: Mapping[str, object], name: str) -> float:
    """Return a setting that is a number, or "not a number", which compares as false with everything."""
    value = settings.get(name)
    return float(value) if isinstance(value, int | float) else math.nan


def _shift(model: ModelEntry, settings: Mapping[str, object], native_px: int) -> float:
    """Return the shift that is in effect; a canvas that is not given counts as the native square."""
    if not model.auto_shift or settings.get("resolution_dependent_shift", True) is False:
        return _number(settings, "shift")
    sides = (_number(settings, "width"), _number(settings, "height"))
    width, height = (native_px if math.isnan(side) else int(side) for side in sides)
    return auto_shift(width, height)


def _enough_steps(model: ModelEntry, settings: Mapping[str, object], native_px: int) -> int:
    steps, strength = int(_number(settings, "steps")), _number(settings, "strength")
    shift = _shift(model, settings, native_px)
    while executed_steps(steps, strength, shift, flow=model.flow) < FEWEST_STEPS:
        steps += 1
    return steps


def _strength(case: _Case) -> str:
    strength = case.number("strength")
    if not case.edits or not strength < 1:
        return ""
    if modifier_for(case.model, case.loras) == "double":
        return f"strength={strength:g}: the server is believed to crash when {case.model.file} runs below strength 1."
    return (
        f"strength={strength:g}: {case.model.file} keeps the picture by looking at it and changes what the instruction "
        "says; below 1 it starts from a noisy copy as well and is left with a part of its steps. Use 1."
    )


def _steps_left(case: _Case) -> str:
    steps, strength = case.number("steps"), case.number("strength")
    if not 0 < strength < 1 or math.isnan(steps):
        return ""
    left = executed_steps(
        int(steps), strength, _shift(case.model, case.settings, case.recipe.native_px), flow=case.model.flow
    )
    if left >= FEWEST_STEPS:
        return ""
    return f"steps={steps:g}: at strength {strength:g} only {left} of them run, which is too few for a clean picture."


def _steps(case: _Case) -> str:
    steps, wanted = case.number("steps"), case.recipe.settings.number("steps") or 0
    if not case.edits or not steps * 2 < wanted:
        return ""
    return (
        f"steps={steps:g}: {case.model.file} needs about {wanted:g} to follow an instruction, unless a Lightning LoRA "
        "makes up for it."
    )


def _sampler(case: _Case) -> str:
    sampler = Sampler.parse(case.settings["sampler"], field="sampler")
    if not case.model.flow or sampler.fits_flow:
        return ""
    return (
        f"sampler={sampler.label}: {case.model.file} is a rectified-flow model and needs a Trailing or AYS sampler, "
        f"for example {case.recipe.settings.text('sampler')}."
    )


def _guidance(case: _Case) -> str:
    guidance, wanted = case.number("guidance_scale"), case.recipe.settings.number("guidance_scale") or 1
    if not case.edits or not case.guided:
        return ""
    if abs(guidance - 1) <= GUIDANCE_OFF and not case.few_steps:
        return (
            f"guidance_scale=1: this switches guidance off, and without a Lightning LoRA {case.model.file} needs about "
            f"{wanted:g} to follow an instruction."
        )
    if guidance >= 2 and case.few_steps:  # noqa: PLR2004 - a little above 1 does no harm
        return f"guidance_scale={guidance:g}: few-step models and LoRAs work without guidance. Use 1."
    return ""


def _modifier(case: _Case) -> str:
    """Notice a specification that has lost what makes the model an edit model."""
    meant = guess_entry(ModelEntry, case.model.file)
    if not meant.edits or meant.version != case.model.version or case.model.modifier == meant.modifier:
        return ""
    if case.edits and meant.modifier not in NEEDS_VISION:
        return ""
    return (
        f"model={case.model.file}: the server describes it with the modifier {case.model.modifier!r} instead of "
        f"{meant.modifier!r}, so it does not look at the picture as it was trained to."
    )


def _vision(case: _Case) -> str:
    if not case.model.known or case.model.modifier not in NEEDS_VISION or case.model.spec.text("clip_encoder"):
        return ""
    return (
        f"model={case.model.file}: the server names no vision tower for it, so the instruction is read without looking "
        "at the picture."
    )


def _row(row: Mapping[str, object], few_steps: str) -> RecipeRow:
    record = Record(row)
    when = record.part("when")

    def pattern(key: str) -> re.Pattern[str] | None:
        text = when.text(key)
        return re.compile(text.replace("{few_steps}", few_steps)) if text else None

    native = record.number("native_px")
    return RecipeRow(
        name=record.text("name"),
        settings=record.part("settings"),
        why=record.text("why"),
        sources=record.texts("sources"),
        versions=frozenset(when.texts("versions")),
        modifiers=frozenset(when.texts("modifiers")),
        model=pattern("model"),
        lora=pattern("lora"),
        consistency=when.flag("consistency") if "consistency" in when else None,
        guidance_embed=when.flag("guidance_embed") if "guidance_embed" in when else None,
        steps_in_name=record.flag("steps_in_name"),
        native_px=None if native is None else int(native),
        refiner=record.part("refiner") or None,
    )


def _names(entry: Entry) -> str:
    return f"{entry.stem} {entry.name}".lower()


def _steps_in_name(model: ModelEntry, loras: Sequence[LoraEntry]) -> int | None:
    for entry in (*loras, model):
        found = STEPS_IN_NAME.search(_names(entry))
        if found and int(found[1]):
            return int(found[1])
    return None
