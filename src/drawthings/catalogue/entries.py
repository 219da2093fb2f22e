"""One file on the server each: models, LoRAs, control nets, upscalers, embeddings, and how their lists are read.

A specification is kept exactly as the server sent it, because it is sent back with a request, and one that lacks
something switches that something off. What this package makes of it are properties.
"""

from __future__ import annotations

import json
import reprlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, TypeVar

from drawthings.catalogue.families import UNIT_PX, Family, family_of
from drawthings.catalogue.record import EMPTY, Record

if TYPE_CHECKING:
    from collections.abc import Iterable

NO_MODIFIER = "none"
EDIT_MODIFIERS = frozenset(
    {"editing", "double", "kontext", "kontext_kv", "qwenimage_edit_plus", "qwenimage_edit_2511", "qwenimage_layered"}
)
GENERATING_EDITORS = frozenset({"flux2", "flux2_9b", "flux2_4b"})
DEFAULT_AUTOENCODER = "vae_ft_mse_840000_f16.ckpt"
DEFAULT_TEXT_ENCODERS = {"v1": "clip_vit_l14_f16.ckpt"}
OTHER_TEXT_ENCODER = "open_clip_vit_h14_f16.ckpt"
SUFFIX = ".ckpt"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, and what is known of it.

    Attributes:
        file: Its name on the server.
        name: The friendly name; the file name without extension when there is none.
        version: The family it belongs to; empty for upscalers, and for a LoRA or control net nobody knows.
        spec: The specification as the server sent it, to be sent back untouched; empty when it sent none.
        known: Whether the server described it. If not, everything is guessed from the file name.
        guess: What the file name tells, when the server tells nothing; never sent.
        note: For a guessed entry, why it had to be guessed.
    """

    kind: ClassVar[str] = "file"
    plural: ClassVar[str] = "files"
    wire_key: ClassVar[str] = ""
    required: ClassVar[tuple[str, ...]] = ("file", "version")

    file: str
    name: str
    version: str = ""
    spec: Record = field(default=EMPTY, repr=False, hash=False)
    known: bool = True
    guess: Record = field(default=EMPTY, repr=False, hash=False)
    note: str = ""

    @property
    def facts(self) -> Record:
        """The specification, or the guess where there is none."""
        return self.spec if self.known else self.guess

    @property
    def stem(self) -> str:
        """The file name without its extension."""
        return stem_of(self.file)

    @property
    def modifier(self) -> str:
        """What kind of conditioning it works with, in the server's words; ``none`` for an ordinary one."""
        return self.facts.text("modifier") or NO_MODIFIER

    @property
    def is_consistency(self) -> bool:
        """Whether it is distilled so that the server never uses guidance with it."""
        return self.facts.flag("is_consistency_model")

    @property
    def deprecated(self) -> bool:
        """Whether the app no longer recommends it."""
        return self.facts.flag("deprecated")

    @property
    def required_files(self) -> tuple[str, ...]:
        """The files that must be on the server for this one to work, itself first."""
        return (self.file,)


@dataclass(frozen=True, slots=True)
class ModelEntry(Entry):
    """A checkpoint that pictures or clips are made with."""

    kind = "model"
    plural = "models"
    wire_key = "models"

    @property
    def family(self) -> Family | None:
        """The facts of its family, or None when the version is newer than this package."""
        return family_of(self.version)

    @property
    def default_scale(self) -> int:
        """The side of the square it draws best, in units of 64 pixels.

        Source: ``ModelZoo.defaultScaleForModel``, which says 8 for a file without specification.
        """
        scale = self.facts.number("default_scale")
        if scale is not None and scale >= 1:
            return int(scale)
        return self.family.native_px // UNIT_PX if self.family else 8

    @property
    def native_px(self) -> int:
        """The side of the square it draws best, in pixels."""
        return self.default_scale * UNIT_PX

    @property
    def flow(self) -> bool:
        """Whether it is a rectified-flow model, which needs a trailing sampler.

        The specification's objective wins over the family; of a family newer than this package it is assumed, as
        every recent one is.
        """
        objective = self.facts.part("objective")
        if objective:
            return "u" in objective
        return self.family.flow if self.family else True

    @property
    def auto_shift(self) -> bool:
        """Whether the server can choose the shift by resolution for it."""
        return bool(self.family and self.family.auto_shift and not self.is_consistency)

    @property
    def video(self) -> bool:
        """Whether it makes clips."""
        return bool(self.family and self.family.video)

    @property
    def fps(self) -> float | None:
        """Frames per second of its clips, or None for pictures."""
        if not self.video:
            return None
        return self.facts.number("frames_per_second") or (self.family.fps if self.family else None)

    @property
    def edits(self) -> bool:
        """Whether it changes a picture by instruction.

        The same modifier on LTX means that the picture is the first frame, which is not an edit.
        """
        return self.modifier in EDIT_MODIFIERS and not self.video

    @property
    def edit_only(self) -> bool:
        """Whether it is made for editing only; FLUX.2 both generates and edits."""
        return self.edits and self.version not in GENERATING_EDITORS

    @property
    def inpaints(self) -> bool:
        """Whether it is conditioned on a masked picture (for a video model: on its first frame)."""
        return self.modifier == "inpainting"

    @property
    def guidance_embed(self) -> bool:
        """Whether guidance is an input of the network, so that one pass is enough."""
        return self.facts.flag("guidance_embed")

    @property
    def remote(self) -> bool:
        """Whether it runs at a third party's service and has no file of its own."""
        return "remote_api_model_config" in self.facts

    @property
    def stage_models(self) -> tuple[str, ...]:
        """Further checkpoints that run after it, such as stage B of Stable Cascade."""
        return self.facts.texts("stage_models")

    @property
    def required_files(self) -> tuple[str, ...]:
        """The files that must be on the server for this one to work, itself first.

        Of a guessed model only the file itself is known.

        Source: ``ModelZoo.filesToDownload`` and ``ModelZoo.isModelDownloaded``, with their defaults.
        """
        if self.remote:
            return ()
        if not self.known:
            return (self.file,)
        spec = self.spec
        files = [
            self.file,
            spec.text("text_encoder") or DEFAULT_TEXT_ENCODERS.get(self.version, OTHER_TEXT_ENCODER),
            spec.text("autoencoder") or DEFAULT_AUTOENCODER,
            spec.text("image_encoder"),
            spec.text("clip_encoder"),
            *spec.texts("additional_clip_encoders"),
            spec.text("t5_encoder"),
            spec.text("diffusion_mapping"),
            *self.stage_models,
            *(upscaler.text("file") for upscaler in spec.parts("latents_upscalers")),
        ]
        return _distinct(files)


@dataclass(frozen=True, slots=True)
class LoraEntry(Entry):
    """A LoRA, which changes a model of its own family; on any other the server skips it without a word."""

    kind = "LoRA"
    plural = "LoRAs"
    wire_key = "loras"

    @property
    def recommended_weight(self) -> float | None:
        """The weight its specification recommends, or None when it leaves that open.

        Source: ``LoRAZoo.weightForModel``, which says 1 for distillations and inpainting.
        """
        own = self.facts.part("weight").number("value")
        if own is not None:
            return own
        return 1.0 if self.is_consistency or self.modifier == "inpainting" else None

    @property
    def transparent(self) -> bool:
        """Whether results with it have an alpha channel."""
        return self.facts.text("alternative_decoder_version") == "transparent"

    @property
    def required_files(self) -> tuple[str, ...]:
        """The LoRA, and the decoder that some bring along."""
        return _distinct([self.file, self.facts.text("alternative_decoder")])


@dataclass(frozen=True, slots=True)
class ControlEntry(Entry):
    """A control net or adapter."""

    kind = "control net"
    plural = "control nets"
    wire_key = "controlNets"

    @property
    def control_type(self) -> str:
        """How it is built, in the server's words: ``controlnet``, ``t2iadapter``, ``ipadapterplus`` or another."""
        return self.facts.text("type")

    @property
    def global_average_pooling(self) -> bool:
        """Whether it wants its features pooled, which only shuffle control nets do."""
        return self.facts.flag("global_average_pooling")

    @property
    def required_files(self) -> tuple[str, ...]:
        """The control net, and the encoder, decoder or preprocessor it works with."""
        facts = self.facts
        return _distinct([self.file, *(facts.text(key) for key in ("image_encoder", "preprocessor", "autoencoder"))])


@dataclass(frozen=True, slots=True)
class UpscalerEntry(Entry):
    """A model that enlarges finished pictures."""

    kind = "upscaler"
    plural = "upscalers"
    wire_key = "upscalers"
    required = ("file",)

    @property
    def scale_factor(self) -> int:
        """How many times larger the result is in each direction.

        Source: ``UpscalerZoo``, which takes 4 for a file it does not know.
        """
        return int(self.facts.number("scale_factor") or 4)


@dataclass(frozen=True, slots=True)
class EmbeddingEntry(Entry):
    """A textual inversion, switched on by its keyword in the prompt."""

    kind = "embedding"
    plural = "embeddings"
    wire_key = "textualInversions"

    @property
    def keyword(self) -> str:
        """The word in the prompt that stands for it."""
        return self.facts.text("keyword")


E = TypeVar("E", bound=Entry)


def parse_entries(kind: type[E], raw: bytes) -> tuple[list[E], list[str]]:
    """Read one of the lists that the server sends, element by element.

    Args:
        kind: What the list holds, for example ``ModelEntry``.
        raw: A JSON array as UTF-8; nothing at all counts as an empty one.

    Returns:
        The entries that could be read, the first one where a file is listed twice, and a sentence for everything that
        could not. Bad data never raises and a bad element never takes the others with it.
    """
    if not raw:
        return [], []
    try:
        items = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return [], [f"The server's list of {kind.plural} cannot be read: it is not UTF-8 text."]
    except (ValueError, RecursionError) as error:
        return [], [f"The server's list of {kind.plural} cannot be read: it is not JSON ({error})."]
    if not isinstance(items, list):
        return [], [f"The server's list of {kind.plural} cannot be read: it is no JSON array."]
    entries: dict[str, E] = {}
    problems = []
    for number, item in enumerate(items, start=1):
        try:
            entry = entry_from(kind, item)
        except ValueError as error:
            problems.append(f"Entry {number} of the server's list of {kind.plural} is left out: {error}.")
            continue
        if entry.file in entries:
            problems.append(f"The server lists {entry.file} twice among its {kind.plural}; the first entry counts.")
        entries.setdefault(entry.file, entry)
    return list(entries.values()), problems


def entry_from(kind: type[E], item: object) -> E:
    """Make an entry of a specification.

    Args:
        kind: What it describes, for example ``ModelEntry``.
        item: The specification as ``json.loads`` gives it.

    Returns:
        The entry.

    Raises:
        ValueError: It is no object, lacks a file name or version, or cannot be sent back as JSON. The message is a
            clause without a full stop.
    """
    if not isinstance(item, dict):
        raise ValueError(f"it is no JSON object but {type(item).__name__}")  # noqa: TRY004 - one error for bad data
    for key in kind.required:
        if not isinstance(item.get(key), str) or not item[key]:
            raise ValueError(f"its {key} is {reprlib.repr(item[key])}" if key in item else f"it has no {key}")
    spec = Record(item)
    file = spec.text("file")
    return kind(file=file, name=spec.text("name") or stem_of(file), version=spec.text("version"), spec=spec)


def stem_of(file: str) -> str:
    """Return a file name without the extension ``.ckpt`` in any case."""
    return file[: -len(SUFFIX)] if file.lower().endswith(SUFFIX) else file


def _distinct(files: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(file for file in files if file))
