"""What a generation gives back: pictures that know how they were made, and can show and save themselves."""

from __future__ import annotations

from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    import numpy as np
    from PIL import Image

    from drawthings.client.display.still import Still
    from drawthings.client.film import Film
    from drawthings.request.configuration import Configuration
    from drawthings.request.note import Note
    from drawthings.request.plan import Plan

PICTURE_RANK = 3

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
        return decoded_pixels(self)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels; the picture is not decoded for it.

        Raises:
            TensorError: The bytes from the server cannot be read.
        """
        from drawthings.tensor.header import Header

        shape = Header.parse(memoryview(self.blob)).shape
        if not PICTURE_RANK <= len(shape) <= PICTURE_RANK + 1:
            return self.pixels.shape[1], self.pixels.shape[0]  # which tells what is wrong with it
        height, width = shape[-PICTURE_RANK:-1]
        return part_shown((width, height), self.plan)

    def image(self) -> Image.Image:
        """Return the picture as a Pillow image."""
        from PIL import Image

        return Image.fromarray(self.pixels)

    def encode(self, kind: str = "png", *, png_level: str = "fast") -> bytes:
        """Return the picture as the bytes of a file, with the settings inside as the app writes them.

        Args:
            kind: ``png``, ``jpeg`` or ``webp``.
            png_level: For PNG: ``fast``, or ``best`` for a file some percent smaller that takes tens of times as long.

        Raises:
            BadValue: There is no such kind or level.
        """
        return b"".join(picture_parts(self, kind, png_level=png_level))

    def save(self, path: str | Path, *, overwrite: bool = False, png_level: str = "fast") -> Path:
        """Write the picture to a file of the kind its suffix names.

        Args:
            path: Where to; missing folders are made. Without ``overwrite`` an existing file is never touched: the
                new one gets a number before its suffix.
            overwrite: Replace an existing file.
            png_level: As for ``encode``.

        Returns:
            The path that was written.

        Raises:
            BadValue: The suffix names no known kind, or there is no such level.
            OutputError: It cannot be written there; the picture's bytes are in the error's ``data``.
        """
        return write_picture(self, path, overwrite=overwrite, png_level=png_level)

    def expect(self, decoding: Future[np.ndarray]) -> None:
        """Take the pixels from a decoding that has been begun already, when somebody asks for them."""
        # Beside the fields, like the pixels themselves: it is no part of what the picture is.
        self.__dict__["_decoding"] = decoding

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "_decoding"}

    def _repr_png_(self) -> Still | None:
        from drawthings.client.display.still import png_of

        return png_of(self)

    def _repr_jpeg_(self) -> Still | None:
        from drawthings.client.display.still import jpeg_of

        return jpeg_of(self)


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

    def save(self, path: str | Path, *, overwrite: bool = False, png_level: str = "fast") -> list[Path]:
        """Write all pictures; a clip becomes one file when the suffix is one for clips (mp4, mov, gif, webp).

        Several pictures are decoded and encoded at the same time, one for each processor.

        Args:
            path: A file name (further pictures get a number before the suffix), a folder, or a pattern with
                ``{model}``, ``{seed}`` and ``{index}``.
            overwrite: Replace existing files.
            png_level: As for ``Picture.encode``.

        Returns:
            The paths in the order of the pictures.

        Raises:
            BadValue: The suffix names no known kind, or there is no such level.
            UnknownField: The pattern names something unknown.
            TensorError: A picture cannot be read; all others are on disk.
            OutputError: A picture cannot be written; all others are on disk, as far as they can be.
        """
        from drawthings.client.pipeline import Saver
        from drawthings.client.target import checked, targets
        from drawthings.media.png import check_level

        if Path(path).suffix.lower() in CLIPS and (film := self.film) is not None:
            return [film.save(path, overwrite=overwrite)]
        checked(path)
        check_level(png_level)
        saver = Saver(len(self.pictures), overwrite=overwrite, png_level=png_level)
        for picture, name in zip(self.pictures, targets(path, self.pictures, overwrite=overwrite), strict=True):
            saver.add(picture, name)
        return saver.close()

    def __len__(self) -> int:
        return len(self.pictures)

    def __iter__(self) -> Iterator[Picture]:
        return iter(self.pictures)

    def __getitem__(self, index: int) -> Picture:
        return self.pictures[index]

    def _repr_png_(self) -> Still | None:
        from drawthings.client.display.outputs import result_png

        return result_png(self)

    def _repr_jpeg_(self) -> Still | None:
        from drawthings.client.display.outputs import result_jpeg

        return result_jpeg(self)

    def _repr_html_(self) -> str | None:
        from drawthings.client.display.outputs import result_html

        return result_html(self)


@dataclass(frozen=True)
class Finished:
    """The last event of a stream.

    Attributes:
        result: What the generation brought.
        progress: Always 1.
    """

    result: Result
    progress: float = 1.0


def known_pixels(picture: Picture) -> np.ndarray | None:
    """Return the pixels of a picture if they are there already, or soon will be.

    Raises:
        TensorError: The bytes from the server cannot be read.
    """
    if "pixels" in picture.__dict__:
        return picture.pixels
    decoding = picture.__dict__.get("_decoding")
    try:
        return None if decoding is None else decoding.result()
    except CancelledError:
        # It was given up when the generation was; there is nothing wrong with the picture.
        return None


def decoded_pixels(picture: Picture) -> np.ndarray:
    """Return the pixels of a picture, without keeping them in it.

    Raises:
        TensorError: The bytes from the server cannot be read.
    """
    pixels = known_pixels(picture)
    return decode_picture(picture.blob, picture.plan) if pixels is None else pixels


def decode_picture(blob: bytes, plan: Plan) -> np.ndarray:
    """Turn the tensor bytes of a result into the part of the canvas that was asked for; see ``Picture.pixels``."""
    from drawthings.tensor.pixels import blob_to_pixels

    pixels = blob_to_pixels(blob)
    size = pixels.shape[1], pixels.shape[0]
    width, height = part_shown(size, plan)
    return pixels if (width, height) == size else pixels[:height, :width].copy()


def part_shown(size: tuple[int, int], plan: Plan) -> tuple[int, int]:
    """Return width and height of the picture at the top left of a canvas of that size."""
    if plan.cut is None:
        return size
    # The canvas is larger than the picture was, because its sides are multiples of 64.
    factor = max(1, size[0] // plan.configuration.width)
    return min(size[0], plan.cut[0] * factor), min(size[1], plan.cut[1] * factor)


def picture_parts(
    picture: Picture, kind: str, *, png_level: str = "fast", threads: int | None = None
) -> list[bytes | memoryview]:
    """Return a picture as a file in parts, with its settings inside; its pixels are not kept in it.

    Args:
        picture: The picture.
        kind: As for ``Picture.encode``.
        png_level: As for ``Picture.encode``.
        threads: How many may work on a PNG; by default one for each processor.

    Raises:
        BadValue: As ``Picture.encode``.
        TensorError: The bytes from the server cannot be read.
    """
    from drawthings.client.creation import xmp_for
    from drawthings.media.image import check_kind, image_parts
    from drawthings.media.png import png_parts_of_tensor

    check_kind(kind, png_level)
    xmp = xmp_for(picture.plan, picture.seed)
    pixels = known_pixels(picture)
    if pixels is None and kind == "png" and png_level == "fast" and picture.plan.cut is None:
        parts = png_parts_of_tensor(picture.blob, xmp=xmp, threads=threads)
        if parts is not None:
            return parts
    if pixels is None:
        pixels = decode_picture(picture.blob, picture.plan)
    return image_parts(pixels, kind, xmp=xmp, png_level=png_level, threads=threads)


def write_picture(
    picture: Picture,
    path: str | Path,
    *,
    overwrite: bool = False,
    png_level: str = "fast",
    threads: int | None = None,
    turn: Callable[[], None] | None = None,
) -> Path:
    """Write a picture to a file.

    Args:
        picture: The picture.
        path: As for ``Picture.save``.
        overwrite: As for ``Picture.save``.
        png_level: As for ``Picture.save``.
        threads: How many may work on a PNG; by default one for each processor.
        turn: Called when all is on the disk except the name; returns when it is this picture's turn for that.

    Raises:
        BadValue: As ``Picture.save``.
        OutputError: As ``Picture.save``.
        TensorError: The bytes from the server cannot be read.
    """
    from drawthings.media.image import kind_of
    from drawthings.media.naming import write_new, write_over
    from drawthings.profiles import home_expanded

    target = home_expanded(Path(path))
    parts = picture_parts(picture, kind_of(target), png_level=png_level, threads=threads)
    return (write_over if overwrite else write_new)(target, parts, turn=turn)
