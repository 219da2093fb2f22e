"""What is to be painted, as one frozen value.

The embedded server builds a job from a request: it judges names and sizes, decodes tensors and decides what the
official server would have used. The painter then takes the job at its word and knows nothing of protobuf or files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from drawthings.request.seeds import next_seed
from drawthings.server.painter.dials import Dials
from drawthings.server.painter.noise import key_of
from drawthings.server.painter.raster import PLANE_AXES, scale

if TYPE_CHECKING:
    from drawthings.server.painter.raster import Plane, Rgb

Picture = NDArray[np.float32]
"""Pixels (h, w, 3) in [-1, 1], as the protocol has them."""

EDITING = frozenset(
    (
        "kontext",
        "kontext_kv",
        "qwenimage_edit_plus",
        "qwenimage_edit_2511",
        "qwenimage_layered",
        "editing",
        "double",
    ),
)
"""Modifiers of models that look at the input picture at every strength and keep its composition.

Source: ``SamplerModifier`` in ``Samplers/Sampler.swift``.
"""

SCALE_ALIKE = 2
"""The seed mode whose batch seeds follow from each other by xorshift; the others share one stream."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """One picture of a moodboard ("Picture 2" and on).

    Args:
        picture: Pixels (h, w, 3) in [-1, 1], any size.
        weight: How much it counts; 0 not at all.
        layout: How much its light and shade count beside its colours, where it is no picture to edit.
    """

    picture: Picture
    weight: float = 1.0
    layout: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Hint:
    """One control picture that something consumes.

    Args:
        kind: What it is read as: "depth", "scribble", "pose", "color" or a key of ``hints.LOOKS``; others are ignored.
        picture: Values (h, w) or (h, w, channels) in the range of the kind: scribble and pose 0..1, others -1..1. A
            color hint may be a palette of one pixel per 64.
        weight: How much it counts.
        begin: The part of the sampling at which it begins to count, 0 to 1: early steps lay out light and shade.
        end: The part at which it no longer does: late steps draw edges.
        mode: "balanced", or which counts more, "prompt" or "control".
        no_prompt: Whether the control does without the prompt, whose colours then fade.
        coarseness: How many times smaller its picture is made first.
    """

    kind: str
    picture: NDArray[np.float32]
    weight: float = 1.0
    begin: float = field(default=0.0, kw_only=True)
    end: float = field(default=1.0, kw_only=True)
    mode: str = field(default="balanced", kw_only=True)
    no_prompt: bool = field(default=False, kw_only=True)
    coarseness: float = field(default=1.0, kw_only=True)


@dataclass(frozen=True, slots=True)
class Lora:
    """A LoRA that is applied.

    Args:
        file: Its file name, which decides what it does to the picture.
        weight: How strongly.
        mode: "all", "base" or "refiner": in which part of the sampling it is there.
    """

    file: str
    weight: float = 1.0
    mode: str = "all"


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """Everything that decides what a picture looks like.

    Args:
        prompt: What to show.
        width: Columns in pixels.
        height: Rows in pixels.
        seed: Seed of the first picture.
        negative_prompt: What to avoid; leave it empty where the server would not use it (no guidance).
        steps: Few steps give a coarse picture.
        guidance_scale: Shifts saturation and contrast a little; 5 is neutral.
        strength: 1 paints anew, 0 returns ``image``.
        sampler: Its number; another one is another brush.
        seed_mode: How the seeds of a batch follow from ``seed``.
        model: File name; every model has its own slight manner.
        version: Model version, which decides the form of latents.
        modifier: Raw value of the sampler modifier; see ``EDITING``.
        image: The input picture in [-1, 1], or None; stretched to the canvas when its size differs.
        more: Further pictures in [-1, 1], which follow ``image`` at the beginning of a clip.
        mask: Codes (h, w) uint8, or None; see ``mask.py``.
        mask_blur: Sigma in pixels of the seam between kept and repainted areas.
        mask_blur_outset: Pixels by which the kept area shrinks (negative: grows) before that.
        preserve_original: Whether kept pixels come back exactly as they were sent.
        references: The moodboard, in order.
        hints: Control pictures.
        loras: LoRAs that are applied.
        hires: Width and height in pixels of a first pass, or None.
        refiner: File name of a refiner, which makes the picture crisper; empty for none.
        face_restoration: File name of a face restoration model; empty for none.
        upscale: Factor of ``finish``: 1, 2 or 4.
        echoes: What lesser text encoders were told, where it is not the prompt; it tints the picture, and nothing at
            all makes it paler.
        dials: All other settings that count.
    """

    prompt: str
    width: int
    height: int
    seed: int
    negative_prompt: str = field(default="", kw_only=True)
    steps: int = field(default=20, kw_only=True)
    guidance_scale: float = field(default=5.0, kw_only=True)
    strength: float = field(default=1.0, kw_only=True)
    sampler: int = field(default=0, kw_only=True)
    seed_mode: int = field(default=SCALE_ALIKE, kw_only=True)
    model: str = field(default="", kw_only=True)
    version: str = field(default="v1", kw_only=True)
    modifier: str = field(default="none", kw_only=True)
    image: Picture | None = field(default=None, kw_only=True)
    more: tuple[Picture, ...] = field(default=(), kw_only=True)
    mask: NDArray[np.uint8] | None = field(default=None, kw_only=True)
    mask_blur: float = field(default=0.0, kw_only=True)
    mask_blur_outset: int = field(default=0, kw_only=True)
    preserve_original: bool = field(default=True, kw_only=True)
    references: tuple[Reference, ...] = field(default=(), kw_only=True)
    hints: tuple[Hint, ...] = field(default=(), kw_only=True)
    loras: tuple[Lora, ...] = field(default=(), kw_only=True)
    hires: tuple[int, int] | None = field(default=None, kw_only=True)
    refiner: str = field(default="", kw_only=True)
    face_restoration: str = field(default="", kw_only=True)
    upscale: int = field(default=1, kw_only=True)
    echoes: tuple[str, ...] = field(default=(), kw_only=True)
    dials: Dials = field(default_factory=Dials, kw_only=True)

    @property
    def edits(self) -> bool:
        """Whether the model looks at the input picture at every strength."""
        return self.modifier in EDITING

    @property
    def detail(self) -> int:
        """How many octaves of noise the steps allow."""
        return min(6, 1 + max(1, int(self.steps)).bit_length())

    def seed_of(self, index: int) -> int:
        """Return the seed of picture ``index`` of a batch.

        Source: ``randomLatentNoise`` in ``LocalImageGenerator.swift``. Only scale-alike batches have a seed of their
        own for each picture; for the other modes, whose pictures share one noise stream, a number is made up.
        """
        if self.seed_mode != SCALE_ALIKE:
            return key_of(self.seed, self.seed_mode, index)
        seed = self.seed
        for _ in range(index):
            seed = next_seed(seed)
        return seed

    def canvas(self) -> Rgb | None:
        """Return the input picture at canvas size in 0..1, or None."""
        if self.image is None:
            return None
        return fitted(self.image, self.height, self.width)


def fitted(picture: Picture, height: int, width: int) -> Rgb:
    """Stretch a picture in [-1, 1] to a size and return it in 0..1."""
    plain: Rgb = np.clip(np.nan_to_num(np.asarray(picture, np.float32)), -1, 1) * np.float32(0.5) + np.float32(0.5)
    return np.clip(scale(plain, height, width), 0, 1)


def first_channel(picture: NDArray[np.float32], height: int, width: int) -> Plane:
    """Return the first channel of a hint at a size, unchanged in range."""
    plane = np.nan_to_num(np.asarray(picture, np.float32))
    return scale(plane if plane.ndim == PLANE_AXES else plane[..., 0], height, width)
