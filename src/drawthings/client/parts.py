"""Which files a model needs, what each is for, and whether a server has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drawthings.catalogue.entries import SUFFIX, ModelEntry
from drawthings.catalogue.guess import guess_entry
from drawthings.catalogue.lookup import find, nearest
from drawthings.client.diagnosis import ModelState, Part
from drawthings.errors import ModelNotFound
from drawthings.server.zoo import built_in_zoo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.wire._sync import Wire

ROLES: Final = {
    "text_encoder": "text encoder",
    "autoencoder": "VAE",
    "image_encoder": "image encoder",
    "clip_encoder": "CLIP text encoder",
    "t5_encoder": "T5 text encoder",
    "diffusion_mapping": "diffusion mapping",
}
LIST_ROLES: Final = {"additional_clip_encoders": "CLIP text encoder", "stage_models": "model of the second stage"}
VISION_WORDS: Final = ("_vl_", "siglip", "vision")
VAE_WORDS: Final = ("vae_", "_vae")


def look_at(name: str, catalogue: Catalogue, wire: Wire) -> ModelState:
    """Look for a model and everything it needs.

    What the server says about a model counts. Of one that it does not describe the parts come from the list of models
    that this package knows, and of one that is not in it either, from another model of the same family.

    Args:
        name: The model, by file name or name.
        catalogue: What the server lists.
        wire: The way to it.

    Returns:
        What was found; with no file when the name leads to none.

    Raises:
        ServerError: The server does not answer.
    """
    entry, suggestions = _entry(name, catalogue)
    if entry is None:
        return ModelState(name=name, suggestions=suggestions)
    described = catalogue.find_model(entry.file) is not None if catalogue.browsable else None
    source, certain = _source(entry)
    roles = {entry.file: "model"} | {file: role for file, role in roles_of(source).items() if file != source.file}
    reply = wire.files_exist(list(roles))
    has = dict(zip(reply.files, reply.existences, strict=False))
    parts = tuple(Part(role, file, has.get(file, False)) for file, role in roles.items())
    return ModelState(
        name=name, file=entry.file, parts=parts, certain=certain, described=described, suggestions=suggestions
    )


def roles_of(model: ModelEntry) -> dict[str, str]:
    """Return what each file that a model needs is for, itself first."""
    told = {model.facts.text(key): role for key, role in reversed(ROLES.items())}
    told |= {file: role for key, role in LIST_ROLES.items() for file in model.facts.texts(key)}
    return {file: _role(file, told.get(file, "")) for file in model.required_files} | {model.file: "model"}


def _role(file: str, told: str) -> str:
    low = file.lower()
    if any(word in low for word in VISION_WORDS) and told in {ROLES["clip_encoder"], ROLES["image_encoder"]}:
        return "vision tower"
    if told:
        return told
    if any(word in low for word in VAE_WORDS):
        return ROLES["autoencoder"]
    return "text encoder" if "clip" in low else "part"


def _entry(name: str, catalogue: Catalogue) -> tuple[ModelEntry | None, tuple[str, ...]]:
    """Lead a name to a model, described or not, or to names that look like it."""
    try:
        return catalogue.model(name), ()
    except ModelNotFound as error:
        known = find(_known(), name)
        if len(known) == 1:
            return known[0], tuple(error.suggestions)
        if name.lower().endswith(SUFFIX):
            return guess_entry(ModelEntry, name), tuple(error.suggestions)
        return None, tuple(error.suggestions) or nearest(_known(), name)


def _source(entry: ModelEntry) -> tuple[ModelEntry, bool]:
    """Return the entry that tells which parts are needed, and whether it is the model's own."""
    if entry.known:
        return entry, True
    own = built_in_zoo().model(entry.file)
    if own is not None:
        return own, True
    family = [one for one in _known() if one.version == entry.version]
    alike = [one for one in family if one.modifier == entry.modifier]
    # Without a clue the guess is Stable Diffusion 1, whose parts say nothing about a stranger.
    clue = bool(entry.guess)
    return next(iter(alike or family), entry) if clue else entry, False


def _known() -> tuple[ModelEntry, ...]:
    entries: Iterable[object] = built_in_zoo().entries[ModelEntry.wire_key].values()
    return tuple(entry for entry in entries if isinstance(entry, ModelEntry))
