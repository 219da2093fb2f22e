"""What a request adds to its model: LoRAs, controls, a refiner, an upscaler, face restoration.

Each names a file, and the official server passes over whatever it does not have, does not know, or cannot combine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drawthings.catalogue.entries import NO_MODIFIER, ControlEntry, LoraEntry, ModelEntry
from drawthings.server.judge import NOT_FOUND

if TYPE_CHECKING:
    from drawthings.request.configuration import Configuration
    from drawthings.request.parts import Control, Lora
    from drawthings.server.judge import Judge
    from drawthings.server.store import Store
    from drawthings.server.zoo import Zoo

UNKNOWN_VERSION = "v1"
"""What a model or a LoRA without specification is taken for. Source: ``versionForModel`` of the zoos."""

_FACTORS = (2, 4)


@dataclass(frozen=True, kw_only=True)
class Additions:
    """What counts of what was asked for.

    Attributes:
        loras: The LoRAs that act, with their settings.
        controls: The controls that act, with their settings.
        upscale: How many times larger the results become; 1 without an upscaler.
        restores_faces: Whether faces are restored.
        refiner: The refiner's file, or nothing.
        refiner_version: Its family.
    """

    loras: tuple[tuple[Lora, LoraEntry], ...] = ()
    controls: tuple[tuple[Control, ControlEntry], ...] = ()
    upscale: int = 1
    restores_faces: bool = False
    refiner: str = ""
    refiner_version: str = ""

    @property
    def transparent(self) -> bool:
        """Whether a LoRA brings the decoder that gives results an alpha channel."""
        return any(entry.transparent for _, entry in self.loras)

    def modifier(self, model: ModelEntry) -> str:
        """Return what conditioning is in force: the model's, else that of the first LoRA that has one.

        Source:
            `ImageGeneratorUtils.modifierForModel`.
        """
        own = [model.modifier, *(entry.modifier for _, entry in self.loras)]
        return next((modifier for modifier in own if modifier != NO_MODIFIER), NO_MODIFIER)


class Gatherer:
    """Finds what a configuration names.

    Args:
        zoo: What is known of files, the request's own specifications included.
        store: What files there are.
        judge: Decides about what the official server would pass over.
    """

    def __init__(self, zoo: Zoo, store: Store, judge: Judge) -> None:
        self._zoo = zoo
        self._store = store
        self._judge = judge

    def model(self, file: str | None, default: str) -> ModelEntry:
        """Find the model.

        Args:
            file: Its name.
            default: The model that the official server takes when there is none of that name.

        Raises:
            Refusal: It is not there, or nothing is known of it.
        """
        judge = self._judge
        if not file or not self._store.has(file):
            missing = f"The model {file} is not on this server." if file else "The configuration names no model."
            judge.silent(missing, f"quietly uses its default model, {default}", code=NOT_FOUND)
            if not self._store.has(default):
                judge.crash(f"Neither {file or 'a model'} nor the default model {default} is on this server.")
            file = default
        entry = self._zoo.model(file)
        if entry is None:
            judge.silent(
                f"Nothing is known of the model {file}: neither this server nor the request's override describes it.",
                "treats it as Stable Diffusion 1",
            )
            return ModelEntry(file=file, name=file, version=UNKNOWN_VERSION, known=False)
        for needed in entry.required_files:
            if not self._store.has(needed):
                judge.silent(
                    f"{needed}, which {file} needs, is not on this server.",
                    "takes an encoder or decoder of Stable Diffusion 1 in its place, and the picture is noise",
                    code=NOT_FOUND,
                )
        return entry

    def additions(self, configuration: Configuration, model: ModelEntry) -> Additions:
        """Find everything else.

        Raises:
            Refusal: Something would be passed over, and the server is strict.
        """
        refiner = configuration.refiner_model
        if refiner and not self._there("refiner", refiner):
            refiner = None
        refining = self._zoo.model(refiner) if refiner else None
        versions = {model.version} | ({refining.version} if refining else set())
        upscaler = configuration.upscaler
        faces = configuration.face_restoration
        return Additions(
            loras=tuple(filter(None, (self._lora(lora, versions) for lora in configuration.loras))),
            controls=tuple(filter(None, (self._control(control, model) for control in configuration.controls))),
            upscale=self._factor(configuration, upscaler) if upscaler and self._there("upscaler", upscaler) else 1,
            restores_faces=bool(faces and self._there("face restoration model", faces)),
            refiner=refiner or "",
            refiner_version=refining.version if refining else UNKNOWN_VERSION,
        )

    def _there(self, what: str, file: str) -> bool:
        if self._store.has(file):
            return True
        self._judge.silent(f"The {what} {file} is not on this server.", "goes on without it", code=NOT_FOUND)
        return False

    def _lora(self, lora: Lora, versions: set[str]) -> tuple[Lora, LoraEntry] | None:
        file = lora.file or ""
        if not self._there("LoRA", file):
            return None
        entry = self._zoo.lora(file)
        version = entry.version if entry else UNKNOWN_VERSION
        # Kandinsky takes those of Stable Diffusion 1.
        if version not in versions and not (version == "v1" and "kandinsky2.1" in versions):
            told = f"is made for {version}" if entry else "is described neither here nor in the request's override"
            self._judge.silent(
                f"The LoRA {file} {told}, but the model is {' and '.join(sorted(versions))}.",
                "skips it" if entry else f"takes it for {UNKNOWN_VERSION} and skips it",
            )
            return None
        return lora, entry or LoraEntry(file=file, name=file, version=version, known=False)

    def _control(self, control: Control, model: ModelEntry) -> tuple[Control, ControlEntry] | None:
        file = control.file or ""
        if not self._there("control", file):
            return None
        entry = self._zoo.control(file)
        if entry is None or entry.version != model.version:
            told = (
                f"is made for {entry.version}" if entry else "is described neither here nor in the request's override"
            )
            self._judge.silent(f"The control {file} {told}, but the model is {model.version}.", "skips it")
            return None
        return (control, entry) if control.weight > 0 else None

    def _factor(self, configuration: Configuration, upscaler: str) -> int:
        """Source: `LocalImageGenerator.upscaleImageAndToCPU`; an unknown upscaler makes four times as large."""
        if configuration.upscaler_scale_factor in _FACTORS:
            return configuration.upscaler_scale_factor
        entry = self._zoo.upscaler(upscaler)
        return entry.scale_factor if entry else max(_FACTORS)
