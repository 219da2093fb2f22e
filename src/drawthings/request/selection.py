"""Which model and which LoRAs a request uses: names become entries of the server's catalogue."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from drawthings.catalogue.catalogue import Catalogue, fits
from drawthings.errors import BadValue
from drawthings.request.note import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawthings.catalogue.entries import LoraEntry, ModelEntry
    from drawthings.request.parts import Lora


@dataclass(frozen=True, slots=True)
class Selection:
    """The files a request is about.

    Attributes:
        model: The checkpoint.
        loras: What the catalogue knows of each LoRA, in the order given.
        parts: The LoRAs as settings, with file names instead of friendly ones.
        notes: What was chosen for the user.
    """

    model: ModelEntry
    loras: tuple[LoraEntry, ...]
    parts: tuple[Lora, ...]
    notes: tuple[Note, ...]


INPAINTING_VERSIONS = ("flux1", "sdxl_base_v0.9", "v2", "v1")
"""Families whose inpainting models are chosen for a mask when no model is named, the best first."""


def select(
    catalogue: Catalogue,
    model: str | None,
    loras: Sequence[Lora],
    *,
    preferred: str | None,
    editing: bool,
    inpainting: bool = False,
    refiner: str | None = None,
    check: bool = True,
) -> Selection:
    """Find the model and the LoRAs.

    Args:
        catalogue: What the server has.
        model: A file name or friendly name, or None to choose.
        loras: LoRAs by any of their names, with weights.
        preferred: The model to take when none is named, from the profile or the environment.
        editing: Whether a picture is to be edited, which prefers edit models.
        inpainting: Whether a part of a picture is to be repainted, which prefers inpainting models.
        refiner: The refiner, which LoRAs may be made for too.
        check: Whether to refuse a LoRA of another family; if not, the guard only tells it.

    Returns:
        The selection, with a note for a choice that the user did not make.

    Raises:
        ModelNotFound: A name is unknown to the server, or it has no model to choose.
        BadValue: A LoRA belongs to another model family; the server would skip it without a word.
    """
    entries = tuple(catalogue.lora(part.file) for part in loras)
    named = model if model is not None else preferred
    notes: tuple[Note, ...] = ()
    if named is not None:
        entry = catalogue.model(named)
        if model is None:
            notes = (Note("model-preferred", "note", f"Model {entry.file}, from your profile or environment."),)
    else:
        default = _inpainter(catalogue) if inpainting else None
        entry = _choose(catalogue, entries, default, editing=editing)
        notes = (Note("model-chosen", "note", f"No model was named; {entry.name} ({entry.file}) was chosen."),)
    users = [entry, *([catalogue.model(refiner)] if refiner else ())]
    for lora in entries:
        if check and lora.known and all(user.known and not fits(lora, user) for user in users):
            raise _other_family(catalogue, lora, entry)
    files = tuple(replace(part, file=lora.file) for part, lora in zip(loras, entries, strict=True))
    return Selection(entry, entries, files, notes)


def _inpainter(catalogue: Catalogue) -> ModelEntry | None:
    """Return the best model that is made for repainting a part of a picture, or None."""
    for version in INPAINTING_VERSIONS:
        for model in catalogue.models:
            if model.version == version and model.inpaints and not model.deprecated:
                return model
    return None


def _choose(
    catalogue: Catalogue, loras: Sequence[LoraEntry], default: ModelEntry | None, *, editing: bool
) -> ModelEntry:
    if default is None:
        default = catalogue.default_edit_model() if editing else catalogue.default_model()
    if all(fits(lora, default) for lora in loras):
        return default
    # A LoRA says which family is meant.
    for model in catalogue.models:
        if all(fits(lora, model) for lora in loras):
            return model
    return default


def _other_family(catalogue: Catalogue, lora: LoraEntry, model: ModelEntry) -> BadValue:
    names = [other.file for other in catalogue.models if fits(lora, other)][:3]
    fitting = [other.file for other in catalogue.loras_for(model)][:3]
    ways = []
    if names:
        ways.append(f"use it with {', '.join(names)}")
    if fitting:
        ways.append(f"take one that fits: {', '.join(fitting)}")
    return BadValue(
        f"The LoRA {lora.file} is made for {lora.version}, but {model.file} is {model.version}: the server would skip "
        "it without a word.",
        hint=f"Leave it out{''.join(', or ' + way for way in ways)}.",
        field="loras",
        value=lora.file,
        suggestions=tuple(names),
    )
