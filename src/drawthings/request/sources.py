"""Where a picture comes from: a path, bytes, an open file or an array, opened as a Pillow image.

Everything that can be wrong with a source is told here in words; no error of the file system, of Pillow or of one of
its decoders leaves this module.
"""

from __future__ import annotations

import io
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from drawthings.errors import BadImage, DrawThingsError
from drawthings.request.modes import to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drawthings.request.modes import Array

MOST_BYTES = 1 << 30
"""The largest file that is read: 1 GiB."""
PIECE_BYTES = 1 << 20

SLACK = 1e-3
"""How far a floating-point value may lie outside 0..1, as rounding in a computation leaves it."""

CONVERT = "Convert it to PNG, JPEG or WebP."
PHOTO_HINT = "Convert it to PNG or JPEG, or import pillow_heif and call its register_heif_opener() first."
# Refused before Pillow sees it, because Pillow would run Ghostscript on it.
POSTSCRIPT = (b"%!PS", b"\xc5\xd0\xd3\xc6")
# How files begin that Pillow knows but could not open …
DAMAGED = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")
# … and those that people take for pictures.
BEGINNINGS = (
    (b"%PDF", "a PDF document", "Export one of its pages as PNG."),
    (b"\xff\x0a", "a JPEG XL picture, which Pillow does not read", CONVERT),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture, which Pillow does not read", CONVERT),
    (b"PK\x03\x04", "a ZIP archive", "Unpack it and give one of its pictures."),
)
BRANDS = {
    b"heic": ("a HEIC photo", PHOTO_HINT),
    b"heix": ("a HEIC photo", PHOTO_HINT),
    b"mif1": ("a HEIC photo", PHOTO_HINT),
    b"avif": ("an AVIF picture, damaged or beyond this Pillow", CONVERT),
}

_opening = threading.Lock()


def open_bytes(data: bytes, name: str) -> Image.Image:
    """Open the bytes of a picture file and decode its first frame.

    Args:
        data: The whole file.
        name: What to call it in an error.

    Raises:
        BadImage: The bytes are empty, no picture, damaged, or decode to more pixels than ``PIL.Image.MAX_IMAGE_PIXELS``
            (89 million, 9459 squared, unless the program has set another; the server's largest canvas has 67 million).
    """
    if not data:
        raise BadImage(f"{name} is empty.", hint="Check how it was written.", source=name)
    if data.startswith(POSTSCRIPT):
        what = f"{name} is not readable as a picture: it is a PostScript drawing."
        raise BadImage(what, hint=CONVERT, source=name)
    with told(name, data), _opening, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        image = Image.open(io.BytesIO(data))
    with told(name, data):
        image.load()
    return image


def open_path(path: Path) -> Image.Image:
    """Open a picture file; ``~`` stands for the home folder.

    Raises:
        BadImage: There is no such file, it may not be read, it is a folder, or it is no picture.
    """
    try:
        path = path.expanduser()
        with path.open("rb") as file:
            data = _drained(file)
    except FileNotFoundError as error:
        hint = "Check the spelling; a relative path starts at the folder you are in."
        raise BadImage(f"There is no file {path}.", hint=hint, source=str(path)) from error
    except (IsADirectoryError, PermissionError) as error:
        what, hint = "may not be read: permission denied", "Change its permissions or copy it to where you may read."
        if path.is_dir():  # Windows answers "permission denied" for a folder
            what, hint = "is a folder, not a picture", "Give one of the files in it."
        raise BadImage(f"{path} {what}.", hint=hint, source=str(path)) from error
    except (OSError, RuntimeError, ValueError) as error:
        what = f"{str(path)!r} cannot be read: {_reason(error)}."
        raise BadImage(what, hint="Check the path.", source=str(path)) from error
    return open_bytes(_limited(data, str(path)), str(path))


def open_file(file: Any) -> Image.Image:  # noqa: ANN401 - whatever has a read method
    """Open a picture from a file object, from its beginning when it can be rewound.

    Raises:
        BadImage: It is in text mode, it cannot be read, or what it holds is no picture.
    """
    label = getattr(file, "name", None)  # a number for pipes
    name = label if isinstance(label, str) else "The given file object"
    if isinstance(file, io.TextIOBase):
        raise BadImage(f"{name} is open as text.", hint='Open it in binary mode: open(path, "rb").', source=name)
    try:
        if hasattr(file, "seekable") and file.seekable():
            file.seek(0)
        data = _drained(file)
    except (AttributeError, OSError, TypeError, ValueError) as error:
        what = f"{name} cannot be read: {_reason(error)}."
        raise BadImage(what, hint="Give a file that is open in binary mode.", source=name) from error
    return open_bytes(_limited(data, name), name)


def open_array(values: Array) -> Image.Image:
    """Turn an array into a picture.

    Shapes:
        (height, width), (height, width, 1), (height, width, 3) RGB or (height, width, 4) RGBA; uint8 and uint16 over
        their whole range, bool with True as white, floating point in 0..1.

    Raises:
        BadImage: Another shape or type, no pixels, or floating-point values outside 0..1.
    """
    squeezed = values[:, :, 0] if values.ndim == 3 and values.shape[2] == 1 else values  # noqa: PLR2004 - axes
    if squeezed.ndim not in {2, 3} or (squeezed.ndim == 3 and squeezed.shape[2] not in {3, 4}):  # noqa: PLR2004 - axes
        raise BadImage(
            f"An array of shape {values.shape} is no picture.",
            hint="Pictures are (height, width) or (height, width, 1, 3 or 4); numpy.moveaxis brings channels last.",
        )
    if squeezed.size == 0:
        raise BadImage(f"An array of shape {values.shape} has no pixels.", hint="Check how it was cut out.")
    return Image.fromarray(_array_bytes(squeezed))


@contextmanager
def told(name: str, data: bytes = b"") -> Iterator[None]:
    """Turn whatever Pillow raises into a ``BadImage`` that names the source and the reason."""
    try:
        yield
    except DrawThingsError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        limit = Image.MAX_IMAGE_PIXELS
        hint = "Shrink it first, or raise PIL.Image.MAX_IMAGE_PIXELS if you trust it."
        raise BadImage(f"{name} has more than {limit:,} pixels.", hint=hint, source=name) from error
    except MemoryError as error:
        raise BadImage(f"{name} does not fit into memory.", hint="Shrink it first.", source=name) from error
    except UnidentifiedImageError as error:
        what, hint = _nature(data)
        raise BadImage(f"{name} is not readable as a picture: it is {what}.", hint=hint, source=name) from error
    except Exception as error:  # a decoder of somebody else's bytes may raise anything
        hint = "It is damaged or cut off; get or save it again."
        raise BadImage(f"{name} cannot be decoded: {_reason(error)}.", hint=hint, source=name) from error


def _drained(file: BinaryIO) -> bytes:
    """Read to the end, or until there is more than is allowed; pipes and sockets give it in pieces."""
    data = bytearray()
    while len(data) <= MOST_BYTES and (piece := file.read(PIECE_BYTES)):
        data += piece
    return bytes(data)


def _limited(data: bytes, name: str) -> bytes:
    if len(data) > MOST_BYTES:
        raise BadImage(f"{name} is larger than {MOST_BYTES >> 20} MiB.", hint="Shrink the picture.", source=name)
    return data


def _reason(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).rstrip(".")


def _nature(data: bytes) -> tuple[str, str]:
    """Say what bytes that are no picture probably are, and what to do about it."""
    head = data[:1024]
    for start, what, hint in BEGINNINGS:
        if head.startswith(start):
            return what, hint
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12], ("a film", "Save one of its frames as a picture."))
    if head.startswith(DAMAGED):
        return "damaged or cut off", "Get or save it again."
    if b"<svg" in head:
        return "an SVG drawing", "Export it as PNG."
    if not any(byte < 9 or 13 < byte < 32 for byte in head):  # noqa: PLR2004 - control characters that texts lack
        return "text", "Give a PNG, JPEG or WebP file, or another format that Pillow reads."
    return "of no format that Pillow knows", CONVERT


def _array_bytes(values: Array) -> np.ndarray[Any, np.dtype[np.uint8]]:
    if values.dtype == np.uint8:
        return np.array(values, order="C")
    if values.dtype == np.bool_:
        return np.where(values, np.uint8(255), np.uint8(0))
    if values.dtype.kind == "u" and values.dtype.itemsize == 2:  # noqa: PLR2004 - bytes
        return to_bytes(values, 65535)
    if values.dtype.kind != "f":
        raise BadImage(
            f"An array of {values.dtype} is no picture.",
            hint="Pictures are uint8, uint16, bool, or floating point in 0..1; try .astype(numpy.uint8).",
        )
    low, high = float(values.min()), float(values.max())
    if not (low >= -SLACK and high <= 1 + SLACK):
        raise BadImage(
            f"Floating-point pictures lie in 0..1, this one in {low:g}..{high:g}.",
            hint="Divide 0..255 by 255; bring -1..1 to (x + 1) / 2; replace NaN.",
        )
    return to_bytes(values, 1.0)
