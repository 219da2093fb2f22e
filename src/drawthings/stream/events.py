"""What can happen during a generation, as small frozen objects.

A generation is an iterator of these events; the last one is ``Done`` with the result. All of them say how far along
the generation is. A program picks the ones it cares for::

    match event:
        case Sampling(step, steps):
            print(f"step {step} of {steps}")
        case ImageArrived(index, blob):
            print(f"picture {index} is here")

The order is the server's and is not guaranteed: stages may be missing, and ``ImageEncoded`` usually comes twice, the
second time when the controls are encoded.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = [
    "AudioArrived",
    "Done",
    "DownloadExpected",
    "Event",
    "FaceRestored",
    "ImageArrived",
    "ImageDecoded",
    "ImageEncoded",
    "ImageUpscaled",
    "Moment",
    "Outcome",
    "Preview",
    "RemoteDownload",
    "Sampling",
    "SecondPassImageDecoded",
    "SecondPassImageEncoded",
    "SecondPassSampling",
    "TextEncoded",
]

PREVIEW_LIMIT = 256 * 1024 * 1024
"""Bytes that a preview may take when decoded; the largest real ones, at full resolution, stay below half of it."""

_log = logging.getLogger("drawthings.stream")


@dataclass(frozen=True, slots=True)
class Moment:
    """What all events have.

    Attributes:
        progress: How far along the generation is, in [0, 1]; it never falls, and is 1 in ``Done`` only.
    """

    progress: float = field(kw_only=True)


# Events that say nothing more are no dataclasses of their own: they have all that ``Moment`` has, and load faster.
class TextEncoded(Moment):
    """The prompts are encoded."""

    __slots__ = ()


class ImageEncoded(Moment):
    """The input picture, or the controls, are encoded; comes without any input picture too."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Sampling(Moment):
    """So many sampling steps are done.

    Attributes:
        step: Steps done: 0 before the first one. May fall back when the server starts over.
        steps: Steps in all, or None when the server has not announced them.
    """

    step: int
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class Preview(Moment):
    """A first sight of the picture, as the model's own latent numbers.

    Attributes:
        step: The sampling step it came with, or the last one known.
        blob: The latent tensor as it came.
        version: The model's family as the server names it, which tells how to read the latent, or None.
    """

    step: int
    blob: bytes = field(repr=False)
    version: str | None = None
    _told: set[str] = field(default_factory=set, repr=False, compare=False, kw_only=True)

    def pixels(self) -> npt.NDArray[np.uint8] | None:
        """Decodes the preview to a small picture, one pixel for each cell of the latent.

        A broken preview never ends a generation: it is logged, once for all previews of a generation, and so is that a
        family has no simple way from latent to colours.

        Returns:
            The picture, or None when the family is not known, has no simple way from latent to colours, or the
            preview is broken.

        Shapes:
            (h, w, 3) uint8.
        """
        if self.version is None:
            return None
        # Imported here so that numpy is loaded only for those who want pixels.
        from drawthings.tensor.codec import decode_tensor
        from drawthings.tensor.preview import preview_to_pixels

        try:
            pixels = preview_to_pixels(decode_tensor(self.blob, limit=PREVIEW_LIMIT), self.version)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a preview, the generation goes on
            if "broken" not in self._told:
                self._told.add("broken")
                _log.warning("a preview of %d bytes for %s cannot be read: %s", len(self.blob), self.version, error)
            return None
        if pixels is None and "formless" not in self._told:
            self._told.add("formless")
            _log.warning("previews of %s cannot be shown: there is no simple way to their colours", self.version)
        return pixels


class ImageDecoded(Moment):
    """The latent has become a picture."""

    __slots__ = ()


class SecondPassImageEncoded(Moment):
    """The enlarged picture of the first pass is encoded for the second."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class SecondPassSampling(Moment):
    """So many sampling steps of the second pass are done.

    Attributes:
        step: Steps done: 0 before the first one.
        steps: Steps in all, or None when the server has not announced them.
    """

    step: int
    steps: int | None = None


class SecondPassImageDecoded(Moment):
    """The latent of the second pass has become a picture."""

    __slots__ = ()


class FaceRestored(Moment):
    """Faces are restored."""

    __slots__ = ()


class ImageUpscaled(Moment):
    """The picture is enlarged by the upscaler."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class DownloadExpected(Moment):
    """The work is done and the pictures follow.

    Attributes:
        total_bytes: Bytes of all pictures together, without sound.
    """

    total_bytes: int


@dataclass(frozen=True, slots=True)
class RemoteDownload(Moment):
    """The server itself fetches a file that the generation needs.

    Attributes:
        bytes_received: Bytes of this file that the server has.
        bytes_expected: Bytes of this file.
        item: Index of the file, from 0.
        items_expected: Files in all.
    """

    bytes_received: int
    bytes_expected: int
    item: int
    items_expected: int


@dataclass(frozen=True, slots=True)
class ImageArrived(Moment):
    """A picture, or a frame of a video, is here in full.

    Attributes:
        index: Its place among the results, from 0.
        blob: Its tensor as it came.
    """

    index: int
    blob: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AudioArrived(Moment):
    """A piece of sound is here in full.

    Attributes:
        index: Its place among the pieces of sound, from 0.
        blob: Its tensor as it came.
    """

    index: int
    blob: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a generation brought.

    Attributes:
        images: The tensors of the pictures or frames, in the order of their arrival; never empty.
        audio: The tensors of the sound.
        scale_factor: How much larger the pictures are than the size asked for: 1 without an upscaler.
        tags: What the server says about the generation; the open server says nothing.
    """

    images: tuple[bytes, ...] = field(repr=False)
    audio: tuple[bytes, ...] = field(default=(), repr=False)
    scale_factor: int = 1
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Done(Moment):
    """The generation has ended well; no event follows.

    Attributes:
        outcome: All that it brought.
    """

    progress: float = field(default=1.0, kw_only=True)
    outcome: Outcome


Event: TypeAlias = (
    TextEncoded
    | ImageEncoded
    | Sampling
    | Preview
    | ImageDecoded
    | SecondPassImageEncoded
    | SecondPassSampling
    | SecondPassImageDecoded
    | FaceRestored
    | ImageUpscaled
    | DownloadExpected
    | RemoteDownload
    | ImageArrived
    | AudioArrived
    | Done
)
"""Any event of a generation."""
