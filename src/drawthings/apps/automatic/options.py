"""The options of the web interface, for each owner apart: they say what a request is filled up with, nothing else."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from drawthings.apps.automatic.parse import FORMS, model_named
from drawthings.apps.http.values import Values
from drawthings.errors import BadValue
from drawthings.request.values import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings.catalogue.catalogue import Catalogue

MODEL, FORM, CLIP = "sd_model_checkpoint", "samples_format", "CLIP_stop_at_last_layers"
FIXED: Mapping[str, Any] = {
    "sd_checkpoint_hash": "",
    "sd_vae": "Automatic",
    "sd_lora": "None",
    "sd_hypernetwork": "None",
    "show_progress_every_n_steps": 1,
    "live_previews_enable": True,
    "live_previews_image_format": "jpeg",
    "save_images_add_number": True,
    "enable_pnginfo": True,
    "eta_noise_seed_delta": 0,
}
"""What clients look for and nobody can change here. ``forge_preset`` must not be among them: clients would take
this for Forge."""
MOST_OWNERS = 1000
MOST_LAYERS = 23


class Options:
    """Which model and which kind of file each owner has chosen; who was away the longest is forgotten first."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def chosen(self, owner: str) -> dict[str, Any]:
        """Return what an owner has chosen, and only that."""
        return dict(self._owners.get(owner, {}))

    def shown(self, owner: str, model: str) -> dict[str, Any]:
        """Return all options as an owner sees them.

        Args:
            owner: Who asks.
            model: The model for who has chosen none.
        """
        return {**FIXED, MODEL: model, FORM: "png", CLIP: 1, **self.chosen(owner)}

    def take(self, owner: str, given: Mapping[str, Any], catalogue: Catalogue) -> None:
        """Set options; those without effect here are passed over, for clients send all of them back.

        Raises:
            ModelNotFound: There is no such model.
            BadValue: A value makes no sense.
        """
        chosen = {
            name: read(given[name], catalogue) for name, read in _READERS.items() if given.get(name) not in (None, "")
        }
        if not chosen:
            return
        self._owners[owner] = self.chosen(owner) | chosen
        self._owners.move_to_end(owner)
        while len(self._owners) > MOST_OWNERS:
            self._owners.popitem(last=False)


def _model(value: object, catalogue: Catalogue) -> str:
    if not isinstance(value, str):
        raise BadValue(f"{MODEL} must be a text, not {shown(value)}.", hint="GET /sdapi/v1/sd-models.", field=MODEL)
    return model_named(value, catalogue).file


def _form(value: object, _catalogue: Catalogue) -> str:
    if not isinstance(value, str) or value.lower() not in FORMS:
        raise BadValue(
            f"{FORM} is {shown(value)}; pictures are sent as {', '.join(FORMS)}.",
            hint="Use png.",
            field=FORM,
            value=value,
        )
    return value.lower()


def _layers(value: object, _catalogue: Catalogue) -> int:
    layers = Values({CLIP: value}).whole(CLIP)
    if layers is None or not 1 <= layers <= MOST_LAYERS:
        raise BadValue(
            f"{CLIP} is {shown(value)}; it is 1 to {MOST_LAYERS}.", hint="Use 1 or 2.", field=CLIP, value=value
        )
    return layers


_READERS = {MODEL: _model, FORM: _form, CLIP: _layers}
