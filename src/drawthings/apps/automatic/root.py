"""What the app's own HTTP interface answers at its root, which SillyTavern's Draw Things source asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawthings.request.recipes import recipe_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings.catalogue.catalogue import Catalogue


def root(catalogue: Catalogue, model: str) -> Mapping[str, Any]:
    """Return the settings that a request gets when it leaves them open.

    Args:
        catalogue: What the servers have.
        model: The model that is used.
    """
    entry = catalogue.model(model)
    recipe = recipe_for(entry)
    size = {"width": recipe.native_px, "height": recipe.native_px}
    upscaler = catalogue.upscalers[0].file if catalogue.upscalers else ""
    return {**size, **recipe.settings, "model": entry.file, "upscaler": upscaler, "batch_count": 1, "seed": -1}
