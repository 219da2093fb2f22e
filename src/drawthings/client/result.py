"""What a generation gives back: pictures that know how they were made, and can show and save themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from PIL import Image

    from drawthings.client.film import Film
    from drawthings.request.configuration import Configuration
    from drawthings.request.note import Note
    from drawthings.request.plan import Plan

CLIPS = frozenset({".mp4", ".m4v", ".mov", ".gif", ".webp"})
"""Suffixes of files that hold a whole clip."""


@dataclass(frozen=True)
class Picture:
    """One picture, as the server sent it and as pixels.

    Attributes:
        blob: The tensor bytes from the wire.
        index: Its place among the pictures of this generation, from 0.
        seed: The seed that made it.
        plan: Everything that was decided for the request.
    """

    blob: bytes = field(repr=False)
    index: int
    seed: int
    plan: Plan = field(repr=False)

    @cached_property
    def pixels(self) -> np.ndarray:
        """The picture as an array.

        Shapes:
            (height, width, 3) uint8 RGB, or (height, width, 4) uint8 RGBA for models that answer with transparency.

        Raises:
            TensorError: The bytes from the server cannot be read; they stay available in ``blob``.
        """
        from drawthings.tensor.pixels import blob_to_pixels

        pixels = blob_to_pixels(self.blob)
        if self.plan.cut is None:
            return pixels
        # The canvas is larger than the picture was, because its sides are multiples of 64.
        factor = max(1, pixels.shape[1] // self.plan.configuration.width)
        width, height = (side * factor for side in self.plan.cut)
        return pixels[:height, :width].copy()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.pixels.shape[:2]
        return width, height

    def image(self) -> Image.Image:
        """Return the picture as a Pillow image."""
        from PIL import Image

        return Image.fromarray(self.pixels)

    def encode(self, kind: str = "png") -> bytes:
        """Return the picture as the bytes of a file, with the settings inside as the app writes them.

        Args:
            kind: ``png``, ``jpeg`` or ``webp``.

        Raises:
            BadValue: There is no such kind.
        """
        from drawthings.client.creation import xmp_for
        from drawthings.media.image import encode_image

        return encode_image(self.pixels, kind, xmp=xmp_for(self.plan, self.seed))

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the picture to a file of the kind its suffix names.

        Args:
            path: Where to; missing folders are made. Without ``overwrite`` an existing file is never touched: the
                new one gets a number before its suffix.
            overwrite: Replace an existing file.

        Returns:
            The path that was written.

        Raises:
            BadValue: The suffix names no known kind.
            OutputError: It cannot be written there; the picture's bytes are in the error's ``data``.
        """
        from drawthings.media.image import kind_of
        from drawthings.media.naming import home_expanded, write_new, write_over

        target = home_expanded(Path(path))
        data = self.encode(kind_of(target))
        return write_over(target, data) if overwrite else write_new(target, data)

    def _repr_png_(self) -> bytes:
        return self.encode("png")


@dataclass(frozen=True)
class Result:
    """Everything one generation brought.

    Attributes:
        pictures: The pictures in the server's order.
        plan: Everything that was decided for the request.
        audio: Encoded sound tensors, for models that make sound.
        elapsed_s: Seconds from sending the request to the last byte.
    """

    pictures: tuple[Picture, ...]
    plan: Plan = field(repr=False)
    audio: tuple[bytes, ...] = field(default=(), repr=False)
    elapsed_s: float = 0.0

    @property
    def picture(self) -> Picture:
        """The first picture."""
        return self.pictures[0]

    @property
    def configuration(self) -> Configuration:
        """All settings, with the seed that was used."""
        return self.plan.configuration

    @property
    def seed(self) -> int:
        """The seed of the first picture."""
        return self.pictures[0].seed if self.pictures else self.configuration.seed or 0

    @property
    def model(self) -> str:
        """The checkpoint's file name."""
        return self.plan.model.file

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was decided for the user, and warnings."""
        return self.plan.notes

    @property
    def film(self) -> Film | None:
        """The pictures as a clip, with its rate and its sound, when the model makes clips; else None."""
        from drawthings.client.film import Film, is_film

        return Film.of(self) if is_film(self.plan) else None

    def save(self, path: str | Path, *, overwrite: bool = False) -> list[Path]:
        """Write all pictures; a clip becomes one file when the suffix is one for clips (mp4, mov, gif, webp).

        Args:
            path: A file name (further pictures get a number before the suffix), a folder, or a pattern with
                ``{model}``, ``{seed}`` and ``{index}``.
            overwrite: Replace existing files.

        Returns:
            The paths in the order of the pictures.

        Raises:
            BadValue: The suffix names no known kind.
            UnknownField: The pattern names something unknown.
            OutputError: A picture cannot be written; the ones before it are on disk.
        """
        from drawthings.client.target import targets

        if Path(path).suffix.lower() in CLIPS and (film := self.film) is not None:
            return [film.save(path, overwrite=overwrite)]
        names = targets(path, self.pictures, overwrite=overwrite)
        return [picture.save(name, overwrite=overwrite) for picture, name in zip(self.pictures, names, strict=True)]

    def __len__(self) -> int:
        return len(self.pictures)

    def __iter__(self) -> Iterator[Picture]:
        return iter(self.pictures)

    def __getitem__(self, index: int) -> Picture:
        return self.pictures[index]

    def _repr_png_(self) -> bytes:
        return self.pictures[0].encode("png")


@dataclass(frozen=True)
class Finished:
    """The last event of a stream.

    Attributes:
        result: What the generation brought.
        progress: Always 1.
    """

    result: Result
    progress: float = 1.0
