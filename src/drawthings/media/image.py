"""Pictures as the bytes of a file: PNG by our own writer, JPEG and WebP by Pillow."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from drawthings.errors import BadValue
from drawthings.media.png import Level, check_level, checked_pixels, encode_png, png_parts

if TYPE_CHECKING:
    import os

    from PIL import Image

    from drawthings.media.scanlines import Bytes

_log = logging.getLogger("drawthings.media")

Kind: TypeAlias = Literal["png", "jpeg", "webp"]

KINDS = ("png", "jpeg", "webp")
SUFFIXES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
DEFAULT_QUALITY = {"jpeg": 95, "webp": 90}
MOST_PX = {"jpeg": 65535, "webp": 16383}
# A JPEG segment says its length in two bytes that count themselves; the name of the XMP segment takes 29 more.
MOST_JPEG_XMP = 65535 - 2 - 29
# From here on colour at half the resolution would be the largest loss.
FULL_COLOUR_QUALITY = 90


def kind_of(path: str | os.PathLike[str]) -> Kind:
    """Return which kind of file a path's suffix names.

    Raises:
        BadValue: The suffix is missing or names no kind that can be written.
    """
    suffix = Path(path).suffix
    kind = SUFFIXES.get(suffix.lower())
    if kind is None:
        what = f"the suffix {suffix!r}" if suffix else "no suffix"
        raise BadValue(
            f"{str(path)!r} has {what}; pictures are written as {', '.join(SUFFIXES)}.",
            hint="Give the name one of these suffixes.",
            field="path",
            value=str(path),
            suggestions=tuple(SUFFIXES),
        )
    return kind  # type: ignore[return-value]


def encode_image(
    pixels: Bytes,
    kind: Kind | str,
    *,
    xmp: str | None = None,
    quality: int | None = None,
    lossless: bool = False,
    png_level: Level | str = "fast",
) -> bytes:
    """Return a picture as the bytes of a file.

    Args:
        pixels: The picture.
        kind: ``png``, ``jpeg`` or ``webp``.
        xmp: An XMP packet to put inside. A JPEG has room for 65,504 bytes; a longer one is left out, and the log says
            so, because the picture matters more.
        quality: 1 to 100 for JPEG (95 unless given; colour at full resolution from 90 on) and WebP (90 unless given).
            PNG knows no quality.
        lossless: Whether a WebP keeps every byte; tuned for speed, about a tenth larger than Pillow's default.
        png_level: For PNG: ``fast``, or ``best`` for a file some percent smaller that takes tens of times as long.

    Returns:
        The file. JPEG has no transparency, so a picture with it is laid on white; PNG and WebP keep it.

    Shapes:
        (height, width) or (height, width, 1) grey, (height, width, 3) RGB, (height, width, 4) RGBA; all uint8.

    Raises:
        BadValue: There is no such kind or level, the quality lies outside 1..100, the array is no picture, or it is
            larger than the format allows (65,535 px a side for JPEG, 16,383 for WebP).
    """
    check_kind(kind, png_level)
    if quality is not None and not 1 <= quality <= 100:  # noqa: PLR2004 - per cent
        raise BadValue(f"Quality {quality} is outside 1..100.", hint="Try 90.", field="quality", value=quality)
    if kind == "png":
        return encode_png(pixels, xmp=xmp, level=png_level)
    picture = checked_pixels(pixels)
    check_size(kind, picture.shape[1], picture.shape[0])
    options: dict[str, Any] = {"quality": quality or DEFAULT_QUALITY[kind]}
    packet = b"" if xmp is None else xmp.encode("utf-8", "replace")
    if packet and kind == "jpeg" and len(packet) > MOST_JPEG_XMP:
        _log.warning("%d bytes of metadata do not fit into a JPEG and are left out", len(packet))
    elif packet:
        options["xmp"] = packet
    return _saved(picture, kind, {**options, **_manner(kind, options["quality"], lossless=lossless)})


def image_parts(
    pixels: Bytes,
    kind: Kind | str,
    *,
    xmp: str | None = None,
    png_level: Level | str = "fast",
    threads: int | None = None,
) -> list[bytes | memoryview]:
    """Return a picture as a file in parts, for writing it without putting it together first.

    Args:
        pixels: As for ``encode_image``.
        kind: As for ``encode_image``.
        xmp: As for ``encode_image``.
        png_level: As for ``encode_image``.
        threads: How many may work on a PNG; by default one for each processor.

    Raises:
        BadValue: As ``encode_image``.
    """
    if kind == "png":
        return png_parts(pixels, xmp=xmp, level=png_level, threads=threads)
    return [encode_image(pixels, kind, xmp=xmp, png_level=png_level)]


def check_kind(kind: str, png_level: str) -> None:
    """Refuse a kind of picture, or a level for PNG, that there is not.

    Raises:
        BadValue: There is no such kind or level.
    """
    if kind not in KINDS:
        hint = f"One of {', '.join(KINDS)}."
        raise BadValue(f"{kind!r} is no kind of picture.", hint=hint, field="kind", value=kind, suggestions=KINDS)
    check_level(png_level)


def _manner(kind: str, quality: int, *, lossless: bool) -> dict[str, Any]:
    if kind == "jpeg":
        return {"subsampling": "4:4:4" if quality >= FULL_COLOUR_QUALITY else "4:2:0"}
    # For lossless files Pillow's quality means effort.
    return {"lossless": True, "exact": True, "method": 0, "quality": 0} if lossless else {"method": 4}


def check_size(kind: str, width: int, height: int) -> None:
    """Refuse a picture that is larger than a kind of file allows.

    Args:
        kind: ``png``, ``jpeg`` or ``webp``.
        width: In pixels.
        height: In pixels.

    Raises:
        BadValue: It is.
    """
    if max(height, width) > MOST_PX.get(kind, max(height, width)):
        raise BadValue(
            f"{width}x{height} px is more than the {MOST_PX[kind]} px a side that {kind} allows.",
            hint="Write it as PNG.",
            field="kind",
            value=kind,
        )


def _saved(picture: Bytes, kind: str, options: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    _pillow(picture, kind).save(file, kind.upper(), **options)
    return file.getvalue()


def _pillow(picture: Bytes, kind: str) -> Image.Image:
    import numpy as np
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(picture[:, :, 0] if picture.shape[2] == 1 else picture))
    if image.mode == "RGBA" and kind == "jpeg":
        from drawthings.request.pictures import flatten

        return flatten(image)
    return image
