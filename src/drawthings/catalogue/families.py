"""What is known of every model family: latent geometry, schedule, frames and sound.

A family is what the server calls a model version. Derivatives belong to the family of their architecture: every SDXL
fine-tune is ``sdxl_base_v0.9``, Wan 2.2 A14B is ``wan_v2.1_14b``, the Qwen edit models are ``qwen_image``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

UNIT_PX = 64

CASCADE_PRIOR = "wurstchen_v3.0_stage_c"
CASCADE_DECODER = "wurstchen_v3.0_stage_b"
SDXL_LINE = frozenset({"sdxl_base_v0.9", "sdxl_refiner_v0.9", "ssd_1b"})
RESTORERS = frozenset({"seedvr2_3b", "seedvr2_7b"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The facts that all models of one version share.

    Attributes:
        version: The name the server uses.
        title: The name people use.
        channels: Channels of the latent picture.
        cell_px: Pixels per latent cell and side; the first stage of Stable Cascade has 1.5 cells per 64 pixels, which
            is about 42. ``latent_cells`` is exact.
        native_px: The side of the square that a typical model of the family draws best; a model's own specification
            (``default_scale`` times 64) wins.
        flow: Whether it is a rectified-flow model, which needs a trailing sampler.
        auto_shift: Whether the server can choose the shift by resolution.
        guidance_embed: Whether there are models in the family that take guidance as an input of the network, so that
            no second pass is needed; the specification says which.
        video: Whether the result is a clip, one picture per frame.
        fps: Frames per second at playback, or None. It is not sent; a specification's own value wins.
        frame_step: Frames come as ``frame_step`` times k plus 1; 1 means any number.
        audio_rate: Samples per second of the sound that comes with the clip, or None.
        first_frames: Whether it takes several pictures to start from, which are the first frames of the clip.

    Source:
        ``LocalImageGenerator``: ``generateTextOnly`` (sizes, channels), ``expandImageForEncoding`` (several pictures to
        start from); ``ImageGeneratorUtils.isVideoModel``; ``ModelZoo``:
        ``framesPerSecondForModel``, ``audioSampleRateForModel``, ``objectiveForModel``,
        ``isResolutionDependentShiftAvailable`` and the built-in specifications (native sizes).
    """

    version: str
    title: str
    channels: int
    cell_px: int
    native_px: int
    flow: bool
    auto_shift: bool = False
    guidance_embed: bool = False
    video: bool = False
    fps: float | None = None
    frame_step: int = 1
    audio_rate: int | None = None
    first_frames: bool = False

    @property
    def one_per_request(self) -> bool:
        """Whether the server draws one result per request whatever the batch size says."""
        return self.video or self.version in RESTORERS

    def frames(self, asked: int) -> int:
        """Return how many frames come back when so many are asked for.

        Args:
            asked: The setting ``num_frames``.

        Returns:
            The nearest number of frames below or equal that the family can draw; 1 for a picture.
        """
        if not self.video:
            return 1
        return (max(asked, 1) - 1) // self.frame_step * self.frame_step + 1

    def latent_frames(self, asked: int) -> int:
        """Return how many frames the latent has when so many frames are asked for."""
        return (self.frames(asked) - 1) // self.frame_step + 1

    def latent_cells(self, width_px: int, height_px: int) -> tuple[int, int]:
        """Return rows and columns of the latent picture.

        Args:
            width_px: Canvas width, a multiple of 64.
            height_px: Canvas height, a multiple of 64.

        Returns:
            Rows and columns, without the rows that LTX adds for sound (``audio_rows``).
        """
        if self.version == CASCADE_PRIOR:
            return math.ceil(height_px / UNIT_PX * 1.5), math.ceil(width_px / UNIT_PX * 1.5)
        return height_px // self.cell_px, width_px // self.cell_px

    def audio_rows(self, width_px: int, asked: int) -> int:
        """Return how many rows below the latent picture hold sound; 0 for families without sound.

        Source:
            ``LTX2ExtractAudioFramesAndHeight`` in ``LTX2.swift``.
        """
        if self.audio_rate is None:
            return 0
        latent_frames = self.latent_frames(asked)
        audio_frames = self.frame_step * (latent_frames - 1) + 1
        return math.ceil(audio_frames / (width_px // self.cell_px * latent_frames))


def _classic(version: str, title: str, native_px: int) -> Family:
    return Family(version=version, title=title, channels=4, cell_px=8, native_px=native_px, flow=False)


def _flow(
    version: str,
    title: str,
    channels: int,
    *,
    native_px: int = 1024,
    cell_px: int = 8,
    auto_shift: bool = True,
    guidance_embed: bool = False,
) -> Family:
    return Family(
        version=version,
        title=title,
        channels=channels,
        cell_px=cell_px,
        native_px=native_px,
        flow=True,
        auto_shift=auto_shift,
        guidance_embed=guidance_embed,
    )


def _clip(  # noqa: PLR0913 - one row of the table below
    version: str,
    title: str,
    *,
    native_px: int,
    fps: float,
    channels: int = 16,
    cell_px: int = 8,
    frame_step: int = 4,
    guidance_embed: bool = False,
    audio_rate: int | None = None,
    first_frames: bool = False,
) -> Family:
    return Family(
        version=version,
        title=title,
        channels=channels,
        cell_px=cell_px,
        native_px=native_px,
        flow=True,
        guidance_embed=guidance_embed,
        video=True,
        fps=fps,
        frame_step=frame_step,
        audio_rate=audio_rate,
        first_frames=first_frames,
    )


_TABLE = (
    _classic("v1", "Stable Diffusion 1.x", 512),
    _classic("v2", "Stable Diffusion 2.x", 512),
    _classic("kandinsky2.1", "Kandinsky 2.1", 768),
    _classic("sdxl_base_v0.9", "Stable Diffusion XL", 1024),
    _classic("sdxl_refiner_v0.9", "Stable Diffusion XL refiner", 1024),
    _classic("ssd_1b", "Segmind SSD-1B", 1024),
    Family(
        version="svd_i2v",
        title="Stable Video Diffusion",
        channels=4,
        cell_px=8,
        native_px=512,
        flow=False,
        video=True,
        fps=30,
    ),
    Family(version=CASCADE_PRIOR, title="Stable Cascade", channels=16, cell_px=42, native_px=1024, flow=False),
    Family(version=CASCADE_DECODER, title="Stable Cascade stage B", channels=4, cell_px=4, native_px=1024, flow=False),
    _flow("sd3", "Stable Diffusion 3 Medium", 16),
    _classic("pixart", "PixArt Sigma", 1024),
    _flow("auraflow", "AuraFlow", 4, auto_shift=False),
    _flow("flux1", "FLUX.1", 16, guidance_embed=True),
    _flow("sd3_large", "Stable Diffusion 3 Large", 16),
    _clip("hunyuan_video", "Hunyuan Video", native_px=768, fps=30, guidance_embed=True),
    _clip("wan_v2.1_1.3b", "Wan 2.1 1.3B", native_px=512, fps=16, first_frames=True),
    _clip("wan_v2.1_14b", "Wan 2.x 14B", native_px=768, fps=16, first_frames=True),
    _flow("hidream_i1", "HiDream I1", 16, guidance_embed=True),
    _flow("hidream_o1", "HiDream O1", 3072, cell_px=32, auto_shift=False),
    _flow("qwen_image", "Qwen Image", 16),
    _clip("wan_v2.2_5b", "Wan 2.2 5B", native_px=768, fps=24, channels=48, cell_px=16, first_frames=True),
    _flow("z_image", "Z-Image", 16),
    _flow("ernie_image", "ERNIE Image", 32),
    _flow("flux2", "FLUX.2 dev", 32, guidance_embed=True),
    _flow("flux2_9b", "FLUX.2 klein 9B", 32),
    _flow("flux2_4b", "FLUX.2 klein 4B", 32),
    _flow("cosmos2.5_2b", "Cosmos 2.5 2B", 16),
    _flow("ideogram_4", "Ideogram 4", 32),
    _flow("krea_2", "Krea 2", 16),
    _clip("ltx2", "LTX-2", native_px=768, fps=25, channels=128, cell_px=32, frame_step=8, audio_rate=24_000),
    _clip("ltx2.3", "LTX-2.3", native_px=768, fps=25, channels=128, cell_px=32, frame_step=8, audio_rate=48_000),
    _flow("seedvr2_3b", "SeedVR2 3B", 16, native_px=1536, auto_shift=False),
    _flow("seedvr2_7b", "SeedVR2 7B", 16, native_px=1536, auto_shift=False),
    # Its specification was not seen; the native side is that of the other models for clips of about 480 lines.
    _clip("longcat_video_avatar_v1.5", "LongCat Video Avatar 1.5", native_px=512, fps=25, first_frames=True),
)

FAMILIES: Mapping[str, Family] = MappingProxyType({family.version: family for family in _TABLE})
"""Every family by the server's name for it.

Source: the enumeration ``ModelVersion``.
"""


def family_of(version: str) -> Family | None:
    """Return the family of a model version, or None for one that is newer than this package."""
    return FAMILIES.get(version)
