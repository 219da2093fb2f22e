"""What a request comes to on the server, as far as it can be told beforehand: the facts that the guard judges by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from drawthings.catalogue.entries import (
    NO_MODIFIER,
    ControlEntry,
    E,
    EmbeddingEntry,
    LoraEntry,
    ModelEntry,
    UpscalerEntry,
    entry_from,
)
from drawthings.catalogue.families import RESTORERS
from drawthings.catalogue.guess import guess_entry
from drawthings.catalogue.schedule import auto_shift
from drawthings.catalogue.specification import flaw_of
from drawthings.errors import DrawThingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from drawthings.catalogue.catalogue import Catalogue
    from drawthings.catalogue.families import Family
    from drawthings.request.build import Order, Specification
    from drawthings.request.configuration import Configuration
    from drawthings.request.parts import Control, Lora

AVATAR = "longcat_video_avatar_v1.5"
STARTS_FROM_PICTURE = RESTORERS | {"svd_i2v"}
"""Families that need a picture and start from it at any strength."""
KANDINSKY = "kandinsky2.1"
UNKNOWN_VERSION = "v1"
"""What the server takes a file without specification for."""
GUIDANCE_OFF = 1e-3
CODE_BITS = 0b111
EMPTY, REPAINT, KEEP = 1, 2, 3
MASK_TABLE = (0, EMPTY, REPAINT, KEEP, REPAINT, 0, 0, 0)
"""What each value of the low three bits of a mask comes to."""
PICTURE_RANK, MASK_RANK = 4, 2
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Tensor:
    """A tensor of the request.

    Attributes:
        blob: Its bytes.
    """

    blob: bytes = field(repr=False)

    @cached_property
    def _read(self) -> tuple[NDArray[Any] | None, str]:
        # Imported here, like numpy below, so that a request without pictures does not wait for it.
        from drawthings.tensor.codec import decode_tensor

        try:
            return decode_tensor(self.blob), ""
        except DrawThingsError as error:
            return None, str(error)

    @property
    def values(self) -> NDArray[Any] | None:
        """Its numbers, or None when it cannot be read."""
        return self._read[0]

    @property
    def flaw(self) -> str:
        """Why it cannot be read, or nothing."""
        return self._read[1]

    def picture(self, channels: int = 3) -> NDArray[Any] | None:
        """Return its numbers if they are pictures of so many channels, else None."""
        values = self.values
        if values is None or values.dtype.kind != "f" or values.ndim != PICTURE_RANK or values.shape[3] != channels:
            return None
        return values


@dataclass(frozen=True)
class Situation:
    """A request beside what the server has.

    Attributes:
        order: The request.
        catalogue: What the server listed.
        files: What it said about single files when asked; wins over the list.
    """

    order: Order
    catalogue: Catalogue
    files: Mapping[str, bool] = field(default_factory=dict)

    @property
    def settings(self) -> Configuration:
        """The settings of the request."""
        return self.order.configuration

    def has(self, file: str) -> bool | None:
        """Return whether the server has a file, or None where that is not known."""
        if file in self.files:
            return self.files[file]
        if not self.catalogue.browsable:
            return None
        return file in self.catalogue.files or file in self._listed

    def absent(self, file: str) -> bool:
        """Return whether the server is known not to have a file."""
        return self.has(file) is False

    @cached_property
    def _listed(self) -> frozenset[str]:
        shelves = self.catalogue
        every = (*shelves.models, *shelves.loras, *shelves.controls, *shelves.upscalers, *shelves.embeddings)
        return frozenset(file for entry in every for file in entry.required_files)

    # ------------------------------------------------------------------------------- what stands behind a file

    def override_of(self, kind: type[E]) -> Sequence[Specification]:
        """Return the specifications of a kind that the request carries."""
        override = self.order.override
        return {
            "models": override.models,
            "loras": override.loras,
            "controlNets": override.control_nets,
            "textualInversions": override.textual_inversions,
            "upscalers": override.upscalers,
        }[kind.wire_key]

    def listed(self, kind: type[E], file: str) -> E | None:
        """Return what the server's own list says of a file."""
        shelves = self.catalogue
        shelf: Sequence[Any] = {
            ModelEntry: shelves.models,
            LoraEntry: shelves.loras,
            ControlEntry: shelves.controls,
            UpscalerEntry: shelves.upscalers,
            EmbeddingEntry: shelves.embeddings,
        }[kind]
        return next((entry for entry in shelf if entry.file == file), None)

    def entry(self, kind: type[E], file: str) -> E | None:
        """Return what the server will take a file for: the request's word first, then its own.

        Returns:
            The entry; a guess by the file name, with ``known`` false, when the server lists nothing; None when it
            lists others, but not this one.
        """
        for item in self.override_of(kind):
            plain = as_plain(item)
            if plain.get("file") == file and not flaw_of(kind.wire_key, plain):
                return entry_from(kind, plain)
        listed = self.listed(kind, file)
        return guess_entry(kind, file) if listed is None and not self.catalogue.browsable else listed

    @cached_property
    def model(self) -> ModelEntry | None:
        """What the model is, or None when it is missing or nobody describes it."""
        file = self.settings.model
        return self.entry(ModelEntry, file) if file and not self.absent(file) else None

    @property
    def guessed(self) -> bool:
        """Whether the model is only guessed from its file name."""
        return self.model is not None and not self.model.known

    @property
    def family(self) -> Family | None:
        """The family of the model, or None when that is unknown."""
        return self.model.family if self.model else None

    @property
    def version(self) -> str:
        """The version of the model, or nothing."""
        return self.model.version if self.model else ""

    @cached_property
    def refiner(self) -> ModelEntry | None:
        """What the refiner is, or None."""
        file = self.settings.refiner_model
        return self.entry(ModelEntry, file) if file and not self.absent(file) else None

    @cached_property
    def versions(self) -> frozenset[str]:
        """The families that LoRAs may be made for."""
        found = {self.version} | ({self.refiner.version} if self.refiner else set())
        return frozenset(found | ({UNKNOWN_VERSION} if KANDINSKY in found else set()))

    @cached_property
    def loras(self) -> tuple[tuple[Lora, LoraEntry | None], ...]:
        """The LoRAs with what is known of them."""
        return tuple((lora, self.entry(LoraEntry, lora.file)) for lora in self.settings.loras)

    @cached_property
    def controls(self) -> tuple[tuple[Control, ControlEntry | None], ...]:
        """The controls with what is known of them."""
        return tuple((control, self.entry(ControlEntry, control.file)) for control in self.settings.controls)

    @cached_property
    def acting_loras(self) -> tuple[LoraEntry, ...]:
        """The LoRAs that the server applies."""
        return tuple(
            entry
            for lora, entry in self.loras
            if entry is not None and entry.version in {"", *self.versions} and not self.absent(lora.file)
        )

    @cached_property
    def acting_controls(self) -> tuple[tuple[Control, ControlEntry], ...]:
        """The controls that the server applies, those that it may know included."""
        return tuple(
            (control, entry)
            for control, entry in self.controls
            if entry is not None
            and (entry.version == self.version or not entry.known)
            and control.weight > 0
            and not self.absent(control.file)
        )

    @cached_property
    def modifier(self) -> str:
        """The conditioning in force: the model's, else that of the first LoRA that has one."""
        entries = (*((self.model,) if self.model else ()), *self.acting_loras)
        return next((entry.modifier for entry in entries if entry.modifier != NO_MODIFIER), NO_MODIFIER)

    @property
    def distilled(self) -> bool:
        """Whether the model, or a LoRA, is distilled so that guidance is never used."""
        return bool(self.model and self.model.is_consistency) or any(lora.is_consistency for lora in self.acting_loras)

    @property
    def embedded_guidance(self) -> bool:
        """Whether guidance is an input of the network, so that one pass is enough."""
        return bool(self.model and self.model.guidance_embed and self.settings.speed_up_with_guidance_embed)

    @property
    def guided(self) -> bool:
        """Whether the model is asked twice a step, with the prompt and with the negative prompt."""
        off = abs(self.settings.guidance_scale - 1) <= GUIDANCE_OFF
        return not off and not self.distilled and not self.embedded_guidance

    # --------------------------------------------------------------------------------------- picture and mask

    @cached_property
    def image(self) -> Tensor | None:
        """The picture."""
        return Tensor(self.order.image) if self.order.image else None

    @cached_property
    def image_size(self) -> tuple[int, int] | None:
        """Height and width of the picture at the size of the working canvas, or None without a usable one."""
        values = self.image.picture() if self.image else None
        if values is None:
            return None
        scale = max(1, self.order.scale_factor)
        return max(1, values.shape[1] // scale), max(1, values.shape[2] // scale)

    @cached_property
    def mask(self) -> Tensor | None:
        """The mask."""
        return Tensor(self.order.mask) if self.order.mask else None

    @cached_property
    def mask_plane(self) -> NDArray[np.uint8] | None:
        """The mask's bytes, or None without a usable one."""
        values = self.mask.values if self.mask else None
        if values is None or values.dtype != "uint8" or values.ndim != MASK_RANK:
            return None
        return values

    @cached_property
    def raw_mask_codes(self) -> frozenset[int]:
        """The low three bits of the mask's bytes as they occur; none without a usable mask."""
        if self.mask_plane is None:
            return frozenset()
        import numpy as np

        return frozenset(np.unique(self.mask_plane & CODE_BITS).tolist())

    @cached_property
    def mask_codes(self) -> frozenset[int]:
        """The codes of the mask as the server reads them; none where there is nothing it could read."""
        if self.image_size is None:
            return frozenset()
        return frozenset(MASK_TABLE[code] for code in self.raw_mask_codes)

    @cached_property
    def transparent(self) -> bool:
        """Whether a LoRA gives the results an alpha channel."""
        return any(lora.transparent for lora in self.acting_loras)

    @property
    def masked(self) -> bool:
        """Whether a mask counts."""
        codes = self.mask_codes
        if self.transparent:
            codes = frozenset(0 if code == EMPTY else code for code in codes)
            return REPAINT in codes
        return bool(codes - {0}) and codes != {KEEP}

    @property
    def shift(self) -> float:
        """The shift of the schedule, chosen by resolution or set."""
        settings = self.settings
        if not (settings.resolution_dependent_shift and self.model and self.model.auto_shift):
            return settings.shift
        width, height = settings.width, settings.height
        if settings.tiled_diffusion:
            width = min(width, settings.diffusion_tile_width)
            height = min(height, settings.diffusion_tile_height)
        return auto_shift(width, height)

    def enters_late(self, strength: float) -> bool:
        """Return whether a picture of that strength enters the schedule after its first step.

        The noise of the first step is all there is, or a little less for samplers with leading spacing.

        Source:
            ``Denoiser.swift``; of ordinary models with a shift other than 1 only approximately.
        """
        steps, shift = max(1, self.settings.steps), self.shift
        share = (steps - 1) / steps + 0.001 if self.settings.sampler.spacing == "leading" else 1.0
        if self.model and self.model.flow:
            return strength < shift * share / (1 + (shift - 1) * share) - _ROUNDING
        return strength < min(share, 0.999) - _ROUNDING

    @property
    def starts_from_picture(self) -> bool:
        """Whether sampling starts from a picture that comes without a mask."""
        always = self.settings.strength == 0 or self.version in STARTS_FROM_PICTURE
        return always or self.enters_late(self.settings.strength)

    @property
    def picture_decides(self) -> bool:
        """Whether the picture and not the settings decide the size, so that it must be on the grid."""
        return self.image is not None and (self.mask is not None or self.starts_from_picture)

    @property
    def from_words(self) -> bool:
        """Whether the picture, if there is any, is not what sampling starts from."""
        if self.image_size is None:
            return True
        return self.mask_codes == {EMPTY} if self.masked else not self.starts_from_picture

    @property
    def only_enlarges(self) -> bool:
        """Whether nothing is drawn, and the picture only goes through face restoration and the upscaler."""
        return self.image is not None and not self.masked and self.settings.strength == 0

    @property
    def canvas(self) -> tuple[int, int]:
        """Height and width that are worked at."""
        if self.from_words or self.image_size is None:
            return self.settings.height, self.settings.width
        return self.image_size


def as_plain(item: Specification) -> dict[str, Any]:
    """Return a specification as ``json.loads`` would give it, with plain objects and lists all the way down."""
    return {key: _plain(value) for key, value in item.items()}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
