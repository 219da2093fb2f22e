"""Models by the names of OpenAI's clients, and the list of all of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from drawthings.errors import ModelNotFound
from drawthings.request.selection import Selection, select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.catalogue.entries import ModelEntry
    from drawthings.request.parts import Lora

ALIASES = ("gpt-image-1", "dall-e-3")
"""Names that are listed as well: some programs show only models that are called so."""
OWNER = "drawthings"
_FOREIGN = re.compile(r"(gpt-image|chatgpt-image|dall-e)[a-z0-9._-]*", re.IGNORECASE)


def is_alias(name: str) -> bool:
    """Return whether a name is one of OpenAI's, which mean the default model; many programs know no other."""
    return not name.strip() or _FOREIGN.fullmatch(name.strip()) is not None


def chosen(
    name: str,
    catalogue: Catalogue,
    loras: Sequence[Lora],
    *,
    preferred: str | None,
    editing: bool = False,
    inpainting: bool = False,
) -> Selection:
    """Return the model that a name means, and the LoRAs with it.

    Args:
        name: What the client sent: a file, a model's name, one of OpenAI's names, or nothing.
        catalogue: What the servers have.
        loras: The LoRAs of the request.
        preferred: The gateway's default model, or None.
        editing: Whether a picture is changed. Then the default model counts only if it is made for that, or if there is
            no edit model.
        inpainting: Whether a part of a picture is repainted.

    Raises:
        ModelNotFound: There is none of that name, or it fits several.
        BadValue: A LoRA does not fit the model.
    """
    named = None if is_alias(name) else name
    if named is None and preferred is not None and editing and not inpainting:
        better = catalogue.default_edit_model()
        if better.edits and not catalogue.model(preferred).edits:
            preferred = better.file
    return select(catalogue, named, loras, preferred=preferred, editing=editing, inpainting=inpainting)


def listed(catalogue: Catalogue, preferred: str | None, created: int, *, aliases: bool = True) -> dict[str, Any]:
    """Return the answer of ``/v1/models``: the files, then OpenAI's names for the default model.

    Args:
        catalogue: What the servers have.
        preferred: The gateway's default model, or None.
        created: The time that is told for each, in seconds since 1970.
        aliases: Whether OpenAI's names are listed.
    """
    models = [described(model, created) for model in catalogue.models]
    default = _default(catalogue, preferred) if aliases else None
    if default is not None:
        models += [described(default, created, alias=alias) for alias in ALIASES]
    return {"object": "list", "data": models}


def one(name: str, catalogue: Catalogue, preferred: str | None, created: int) -> dict[str, Any]:
    """Return the answer of ``/v1/models/{id}``.

    Raises:
        ModelNotFound: There is none of that name.
    """
    if is_alias(name):
        return described(catalogue.default_model(preferred), created, alias=name)
    return described(catalogue.model(name), created)


def abilities(catalogue: Catalogue) -> dict[str, Any]:
    """Return the answer of ``/v1/models/capabilities``, which is LocalAI's."""
    return {"data": [{"id": model.file, "capabilities": capabilities(model)} for model in catalogue.models]}


def described(model: ModelEntry, created: int, *, alias: str = "") -> dict[str, Any]:
    """Return a model as OpenAI describes one, with what else is worth knowing."""
    found = {
        "id": alias or model.file,
        "object": "model",
        "created": created,
        "owned_by": OWNER,
        "name": model.name,
        "family": model.family.title if model.family else model.version,
        "capabilities": capabilities(model),
        "native_size": f"{model.native_px}x{model.native_px}",
    }
    return found | {"alias_of": model.file} if alias else found


def capabilities(model: ModelEntry) -> list[str]:
    """Return what a model is good for, in single words."""
    if model.video:
        return ["video"]
    # Clients list what says "image" and nothing else; an edit model makes images, too.
    words = ["image"]
    if model.edits:
        words.append("image_edit")
    if model.inpaints:
        words.append("inpaint")
    return words


def _default(catalogue: Catalogue, preferred: str | None) -> ModelEntry | None:
    try:
        return catalogue.default_model(preferred)
    except ModelNotFound:
        return None
