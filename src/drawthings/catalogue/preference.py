"""Which model is taken when a person names none.

Two tables, best first. For a prompt alone the choice is the model that gives a good picture soonest: the few-step
models of recent families, then the full ones, then the classics. For a picture and an instruction it is the model that
keeps the picture best. Within one row the file name decides, in alphabetical order, so that the choice is stable;
models that the app no longer recommends come last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drawthings.catalogue.entries import NO_MODIFIER, ModelEntry
from drawthings.catalogue.families import CASCADE_DECODER, RESTORERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NEVER = RESTORERS | {"sdxl_refiner_v0.9", CASCADE_DECODER, "svd_i2v", "longcat_video_avatar_v1.5"}
"""Versions that cannot draw from a prompt: they enlarge, finish or animate a picture."""


@dataclass(frozen=True, slots=True)
class Preference:
    """One row: a model fits if it is of the version and its file or friendly name holds the pattern.

    Attributes:
        version: The family.
        pattern: A regular expression for the names in lower case; empty fits all.
        modifier: The conditioning it must have, or empty for any.
    """

    version: str
    pattern: str = ""
    modifier: str = ""

    def fits(self, model: ModelEntry) -> bool:
        """Return whether the model is one of this row."""
        if model.version != self.version or self.modifier not in {"", model.modifier}:
            return False
        return re.search(self.pattern, f"{model.file} {model.name}".lower()) is not None


DISTILLED_KLEIN = r"^(?!.*base).*klein"
FEW_STEPS = "turbo|lightning|hyper"

GENERATORS: tuple[Preference, ...] = (
    # Four to eight steps, recent.
    Preference("z_image", "turbo"),
    Preference("flux2_4b", DISTILLED_KLEIN),
    Preference("flux2_9b", DISTILLED_KLEIN),
    Preference("krea_2", "turbo"),
    Preference("ernie_image", "turbo"),
    Preference("flux1", "schnell|shuttle|devmode"),
    # The full models of the same generation.
    Preference("qwen_image"),
    Preference("hidream_i1", "fast"),
    Preference("z_image"),
    Preference("flux1"),
    Preference("hidream_i1"),
    Preference("flux2_9b"),
    Preference("flux2_4b"),
    Preference("flux2"),
    Preference("krea_2"),
    Preference("ernie_image"),
    Preference("hidream_o1"),
    Preference("ideogram_4"),
    Preference("cosmos2.5_2b"),
    Preference("sd3_large", FEW_STEPS),
    Preference("sd3_large"),
    Preference("sd3"),
    # The classics.
    Preference("sdxl_base_v0.9"),
    Preference("v1"),
    Preference("v2"),
    Preference("ssd_1b"),
    Preference("pixart"),
    Preference("auraflow"),
    Preference("wurstchen_v3.0_stage_c"),
    Preference("kandinsky2.1"),
)

EDITORS: tuple[Preference, ...] = (
    Preference("qwen_image", modifier="qwenimage_edit_2511"),
    Preference("qwen_image", modifier="qwenimage_edit_plus"),
    Preference("flux2_9b", DISTILLED_KLEIN),
    Preference("flux2_4b", DISTILLED_KLEIN),
    Preference("flux1", modifier="kontext"),
    Preference("flux2"),
    Preference("flux2_9b"),
    Preference("flux2_4b"),
    Preference("qwen_image", modifier="kontext"),
    Preference("hidream_i1", modifier="editing"),
    Preference("v1", modifier="editing"),
)


def preferred_generator(models: Iterable[ModelEntry]) -> ModelEntry | None:
    """Choose the model for a prompt alone.

    Args:
        models: What the server has.

    Returns:
        The best model that makes pictures of a prompt. If there is none: the best that can also do so (edit and
        inpainting models), then one for clips. None if nothing can.
    """
    able = [model for model in models if model.version not in NEVER and not model.remote]
    pictures = [model for model in able if not model.video]
    plain = [model for model in pictures if model.modifier == NO_MODIFIER or (model.edits and not model.edit_only)]
    # LTX carries a modifier only because a picture may be its first frame; it needs none.
    clips = [model for model in able if model.video and not model.inpaints]
    for candidates in (plain, pictures, clips):
        if candidates:
            return _best(candidates, GENERATORS)
    return None


def preferred_editor(models: Iterable[ModelEntry]) -> ModelEntry | None:
    """Choose the model that changes a picture by instruction, or None if there is no edit model.

    Try-on and layer models are never chosen; they do something else with a picture.
    """
    editors = [
        model
        for model in models
        if model.edits and not model.remote and any(preference.fits(model) for preference in EDITORS)
    ]
    return _best(editors, EDITORS) if editors else None


def _best(models: Sequence[ModelEntry], table: Sequence[Preference]) -> ModelEntry:
    def rank(model: ModelEntry) -> tuple[bool, int, str]:
        row = next((index for index, preference in enumerate(table) if preference.fits(model)), len(table))
        return model.deprecated, row, model.file

    return min(models, key=rank)
