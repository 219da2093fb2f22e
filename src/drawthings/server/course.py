"""The course of a generation: which of the server's pipelines runs, how large, how many steps, how many results."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from drawthings.catalogue.families import CASCADE_PRIOR, RESTORERS, UNIT_PX
from drawthings.request.choices import Sampler
from drawthings.server.inputs import CODE_BITS, EMPTY
from drawthings.server.schedule import entry_point, shift_for, start_step, timesteps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drawthings.catalogue.entries import ModelEntry
    from drawthings.catalogue.families import Family
    from drawthings.request.configuration import Configuration
    from drawthings.server.additions import Additions

IMAGE_ALWAYS = RESTORERS | {"svd_i2v"}
"""Families that start from their picture at any strength."""

LAYERED = "qwenimage_layered"
_ENCODING_MODIFIERS = frozenset({"inpainting", "editing", "double"})
_CASCADE_STAGE_B = "wurstchen_v3.0_stage_b"
_PREVIEWED_CHANNELS = 3
_UNIPC = frozenset({Sampler.UNIPC, Sampler.UNIPC_TRAILING, Sampler.UNIPC_AYS})


class Path(StrEnum):
    """The pipelines, with what they do; the official names are in ``LocalImageGenerator``.

    Source:
        ``generateTextOnly``, ``generateImageOnly``, ``generateImageWithMask2``, ``generateImageWithMask1AndMask2``.
    """

    TEXT = "text"
    IMAGE = "image"
    UPSCALE = "upscale"
    REPAINT = "repaint"
    FILL = "fill"


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One round of sampling.

    Attributes:
        start: The step at which it enters its schedule.
        steps: The steps of the whole schedule.
        frames: Pictures in one preview: the batch, or the latent frames of a clip.
        rows: Cells of a preview's column, without those for sound.
        columns: Cells of a preview's row.
        sound_rows: Rows of cells for sound below the picture.
        channels: Numbers in a cell.
        version: The family whose latents these are.
    """

    start: int
    steps: int
    frames: int
    rows: int
    columns: int
    sound_rows: int
    channels: int
    version: str

    @property
    def runs(self) -> int:
        """How many steps run."""
        return self.steps - self.start


@dataclass(frozen=True, kw_only=True)
class Course:
    """What is going to happen.

    Attributes:
        path: The pipeline.
        height: Rows of a result before it is upscaled.
        width: Columns of a result before it is upscaled.
        first: The first round of sampling.
        second: The second, of hires fix and of Stable Cascade.
        count: How many results there will be.
        four_channels: Whether results have an alpha channel.
        encodes: Whether the picture is encoded before the sampling.
        restores_faces: Whether faces are restored.
        upscale: How many times larger results become; 1 without an upscaler.
    """

    path: Path
    height: int
    width: int
    first: Pass
    second: Pass | None = None
    count: int = 1
    four_channels: bool = False
    encodes: bool = False
    restores_faces: bool = False
    upscale: int = 1

    @property
    def pixels(self) -> int:
        """Pixels of all results together."""
        return self.count * self.height * self.width * self.upscale**2


class Chart:
    """Works out the course of a generation.

    Args:
        configuration: The settings.
        model: The model.
        family: Its family.
        additions: What else is at work.
    """

    def __init__(self, configuration: Configuration, model: ModelEntry, family: Family, additions: Additions) -> None:
        self._settings = configuration
        self._family = family
        self._additions = additions
        self._modifier = additions.modifier(model)
        shift = shift_for(configuration, model)
        self._noise = timesteps(configuration.steps, configuration.sampler.spacing, shift, flow=model.flow)

    def canvas_follows_image(self, *, masked: bool) -> bool:
        """Return whether the picture, and not the configuration, decides the size (before a mask is looked at)."""
        settings = self._settings
        if masked or settings.strength == 0 or self._family.version in IMAGE_ALWAYS:
            return True
        return entry_point(self._noise, settings.strength) > 0

    def plot(self, size: tuple[int, int] | None, mask: NDArray[np.uint8] | None) -> Course:
        """Work out the course.

        Args:
            size: Height and width of the picture, or None without one.
            mask: The mask, or None where there is none that counts.
        """
        settings = self._settings
        path = self._path(size is not None, mask)
        by_settings = (settings.height, settings.width)
        height, width = by_settings if path is Path.TEXT or size is None else size
        start = 0 if path in {Path.TEXT, Path.FILL} else start_step(self._noise, settings.strength)
        hires = path is Path.TEXT and self._fixes_hires()
        first_size = (settings.hires_fix_height, settings.hires_fix_width) if hires else (height, width)
        return Course(
            path=path,
            height=height,
            width=width,
            first=self._pass(start, settings.steps, first_size),
            second=self._second(path, (height, width), hires=hires),
            count=1 if path is Path.UPSCALE else self._count(),
            four_channels=self._additions.transparent or self._modifier == LAYERED,
            encodes=path is not Path.TEXT or self._modifier in _ENCODING_MODIFIERS,
            restores_faces=self._additions.restores_faces,
            upscale=self._additions.upscale,
        )

    def _path(self, has_image: bool, mask: NDArray[np.uint8] | None) -> Path:  # noqa: FBT001 - one private caller
        settings = self._settings
        if not has_image:
            return Path.TEXT
        if mask is not None:
            codes = set(np.unique(mask & CODE_BITS).tolist())
            if codes == {EMPTY}:
                return Path.TEXT
            return Path.FILL if EMPTY in codes else Path.REPAINT
        if settings.strength == 0:
            return Path.UPSCALE
        return Path.IMAGE if self.canvas_follows_image(masked=False) else Path.TEXT

    def _count(self) -> int:
        if self._family.one_per_request:
            return self._family.frames(self._settings.num_frames)
        return self._settings.batch_size

    def _fixes_hires(self) -> bool:
        """Tell whether there is a second pass at the full size after one that is smaller in both directions.

        Source:
            ``generateTextOnly``.
        """
        settings = self._settings
        smaller = 0 < settings.hires_fix_width < settings.width and 0 < settings.hires_fix_height < settings.height
        return settings.hires_fix and smaller and entry_point(self._noise, settings.hires_fix_strength) > 0

    def _second(self, path: Path, size: tuple[int, int], *, hires: bool) -> Pass | None:
        settings = self._settings
        if self._family.version == CASCADE_PRIOR and path is not Path.UPSCALE:
            height, width = size
            return Pass(
                start=0,
                steps=max(1, settings.stage_2_steps),
                frames=self._count(),
                rows=height // 4,
                columns=width // 4,
                sound_rows=0,
                channels=4,
                version=_CASCADE_STAGE_B,
            )
        return self._pass(start_step(self._noise, settings.hires_fix_strength), settings.steps, size) if hires else None

    def _pass(self, start: int, steps: int, size: tuple[int, int]) -> Pass:
        family, settings = self._family, self._settings
        height, width = size
        rows, columns = family.latent_cells(width, height)
        channels = family.channels
        if family.version == CASCADE_PRIOR:
            if settings.hires_fix and settings.hires_fix_width > 0 and settings.hires_fix_height > 0:
                columns = 2 * settings.hires_fix_width // UNIT_PX
                rows = 2 * settings.hires_fix_height // UNIT_PX
            # A small network turns these into colours on the server; UniPC does without it.
            channels = channels if settings.sampler in _UNIPC else _PREVIEWED_CHANNELS
        return Pass(
            start=start,
            steps=steps,
            frames=family.latent_frames(settings.num_frames) if family.video else self._count(),
            rows=max(1, rows),
            columns=max(1, columns),
            sound_rows=family.audio_rows(width, settings.num_frames),
            channels=channels,
            version=family.version,
        )
