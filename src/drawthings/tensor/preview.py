"""Previews: what the sampler has in mind, turned into a small picture while the server still works.

A preview is a tensor in the model's latent space, (B, h, w, C): B is the batch or, for video, the latent frames. For
most model families one matrix turns its C channels into something close enough to RGB, one pixel for each latent cell.
The matrices are in ``preview_matrices.json``; a new family is one entry there.

Source: `ImageConverter.swift` (`cgImages(fromLatent:version:)`); the numbers were taken from its expressions.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from drawthings.errors import BadHeader, UnsupportedDatatype

if TYPE_CHECKING:
    from numpy.typing import NDArray

Scale = Literal["byte", "unit", "oklab"]

_BLOCK = 2048  # cells at a time: for more, numpy's matrix product waits for threads longer than it works
_LATENT_RANK = 4
_RGB = 3
_PATCH = 32
_PATCH_FAMILY = "hidream_o1"
_PATCH_CHANNELS = _RGB * _PATCH * _PATCH
_CASCADE_FAMILIES = frozenset({"wurstchen_v3.0_stage_c", "wurstchen_v3.0_stage_b"})
_MIDDLE = 127.5
_LARGEST_BYTE = 255.0
_SRGB_KNEE = 0.04045

# OKLab to the cube roots of cone responses, and those, cubed, to linear sRGB; rows are inputs.
_LAB_TO_CONES = np.array(
    [[1.0, 1.0, 1.0], [0.3963377774, -0.1055613458, -0.0894841775], [0.2158037573, -0.0638541728, -1.2914855480]],
    np.float32,
)
_CONES_TO_RGB = np.array(
    [
        [4.0767416621, -1.2684380046, -0.0041960863],
        [-3.3077115913, 2.6097574011, -0.7034186147],
        [0.2309699292, -0.3413193965, 1.7076147010],
    ],
    np.float32,
)


@dataclass(frozen=True, slots=True, eq=False)
class LinearForm:
    """How the latent channels of a family become colour: ``latent @ weights + offset``.

    Args:
        channels: How many channels the family's latents have.
        scale: What comes out: ``byte`` is RGB in 0..255, ``unit`` RGB in -1..1, ``oklab`` the three numbers of OKLab.
        weights: One row for each channel.
        offset: What is added.

    Shapes:
        weights (channels, 3) float32; offset (3,) float32.
    """

    channels: int
    scale: Scale
    weights: NDArray[np.float32]
    offset: NDArray[np.float32]

    def apply(self, latent: NDArray[Any]) -> NDArray[np.float32]:
        """Compute the colours on the form's own scale.

        Args:
            latent: Latent cells; a cell with a number that is not finite gets a colour that is not finite.

        Returns:
            The colours.

        Shapes:
            latent (..., channels); result (..., 3) float32.
        """
        cells = latent.reshape(-1, self.channels)
        colours = np.empty((len(cells), _RGB), np.float32)
        with np.errstate(all="ignore"):
            for start in range(0, len(cells), _BLOCK):
                block = slice(start, start + _BLOCK)
                np.matmul(_single(cells[block]), self.weights, out=colours[block])
            colours += self.offset
        return colours.reshape(*latent.shape[:-1], _RGB)


def _single(cells: NDArray[Any]) -> NDArray[np.float32]:
    """Return the numbers in single precision; half precision by table, which numpy converts more slowly."""
    if cells.dtype != np.float16:
        return cells.astype(np.float32)
    return np.take(_singles(), np.ascontiguousarray(cells).view(np.uint16), mode="clip")


@functools.cache
def _singles() -> NDArray[np.float32]:
    """The single-precision number for each half-precision one, by its bits."""
    return np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)


def linear_form(version: str) -> LinearForm | None:
    """Find the matrix of a model family.

    Args:
        version: The family, as the server's model specifications name it.

    Returns:
        The matrix, or None: LTX has no linear form (the app uses a small network for it), hidream_o1 needs none because
        its cells are pixels, and of an unknown family nothing is known.
    """
    return _forms().get(version)


def preview_to_pixels(latent: NDArray[Any], version: str, *, rows: int | None = None) -> NDArray[np.uint8] | None:
    """Turn the first picture or frame of a preview into pixels.

    Args:
        latent: The decoded preview tensor.
        version: The family of the model at work; it is never guessed from the number of channels.
        rows: How many rows of cells are picture; LTX appends rows of sound below (see ``audio_rows``).

    Returns:
        The pixels, or None where the family has no form that could be applied.

    Shapes:
        latent (B, h, w, C) float; result (h, w, 3) uint8, for hidream_o1 (32h, 32w, 3).

    Raises:
        BadHeader: The tensor has another shape than previews of that family have.
        UnsupportedDatatype: The tensor holds whole numbers.
    """
    frames = preview_frames(latent[:1], version, rows=rows)
    return None if frames is None else frames[0]


def preview_frames(latent: NDArray[Any], version: str, *, rows: int | None = None) -> NDArray[np.uint8] | None:
    """Turn all pictures or frames of a preview into pixels.

    Args:
        latent: The decoded preview tensor.
        version: The family of the model at work.
        rows: How many rows of cells are picture.

    Returns:
        The pixels, or None where the family has no form that could be applied.

    Shapes:
        latent (B, h, w, C) float; result (B, h, w, 3) uint8, for hidream_o1 (B, 32h, 32w, 3).

    Raises:
        BadHeader: The tensor has another shape than previews of that family have.
        UnsupportedDatatype: The tensor holds whole numbers.
    """
    _check(latent)
    picture = latent[:, : _picture_rows(latent, rows)]
    with np.errstate(all="ignore"):  # what is not finite, or no longer, ends as 0
        return _frames(picture, version)


def audio_rows(latent_width: int, latent_frames: int) -> int:
    """Say how many rows of sound LTX appends below the picture in each latent frame.

    Args:
        latent_width: Cells in a row.
        latent_frames: Latent frames in the video.

    Returns:
        The number of rows; the picture is what stands above.

    Source: `LTX2.swift` (`LTX2ExtractAudioFramesAndHeight`): 8(T - 1) + 1 cells of sound, spread over all T frames.
    """
    sound = 8 * (latent_frames - 1) + 1
    return -(-sound // (latent_width * latent_frames))


def _check(latent: NDArray[Any]) -> None:
    if latent.ndim != _LATENT_RANK:
        raise BadHeader(f"A preview has the shape (batch, height, width, channels); this tensor has {latent.shape}.")
    if latent.dtype.kind != "f":
        raise UnsupportedDatatype(
            f"A preview holds floating-point numbers, not {latent.dtype}.", datatype=str(latent.dtype)
        )


def _picture_rows(latent: NDArray[Any], rows: int | None) -> int:
    height: int = latent.shape[1]
    if rows is None:
        return height
    if not 1 <= rows <= height:
        raise BadHeader(f"A preview of {height} rows cannot hold {rows} rows of picture.")
    return rows


def _wrong_channels(latent: NDArray[Any], version: str, expected: int) -> BadHeader:
    return BadHeader(
        f"A preview of {version} has {expected} channels; this tensor has {latent.shape[-1]}.",
        hint="Name the version of the model at work.",
    )


def _frames(picture: NDArray[Any], version: str) -> NDArray[np.uint8] | None:
    if version == _PATCH_FAMILY:
        return _from_patches(picture)
    if version in _CASCADE_FAMILIES and picture.shape[-1] == _RGB:
        # The first pass of Stable Cascade previews with a network of its own: RGB in 0..1, and rounded.
        return _to_bytes(np.rint(picture.astype(np.float32) * np.float32(_LARGEST_BYTE)))
    form = linear_form(version)
    if form is None:
        return None
    if picture.shape[-1] != form.channels:
        raise _wrong_channels(picture, version, form.channels)
    colours = form.apply(picture)
    if form.scale == "unit":
        colours = colours * np.float32(_MIDDLE) + np.float32(_MIDDLE)
    elif form.scale == "oklab":
        colours = _from_oklab(colours)
    return _to_bytes(colours)


def _from_patches(latent: NDArray[Any]) -> NDArray[np.uint8]:
    """Lay out the pixels of hidream_o1: each cell holds a patch of 32 x 32, one colour after the other."""
    if latent.shape[-1] != _PATCH_CHANNELS:
        raise _wrong_channels(latent, _PATCH_FAMILY, _PATCH_CHANNELS)
    batch, height, width, _ = latent.shape
    patches = latent.astype(np.float32).reshape(batch, height, width, _RGB, _PATCH, _PATCH)
    pixels = patches.transpose(0, 1, 4, 2, 5, 3).reshape(batch, height * _PATCH, width * _PATCH, _RGB)
    return _to_bytes((pixels + 1) * np.float32(_MIDDLE))


def _from_oklab(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn OKLab into bytes as the app does: with the decoding curve of sRGB where the encoding one belongs."""
    rgb = (colours @ _LAB_TO_CONES) ** 3 @ _CONES_TO_RGB
    curved: NDArray[np.float32] = np.where(rgb >= _SRGB_KNEE, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    return curved * np.float32(_LARGEST_BYTE)


def _to_bytes(levels: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Clamp to a byte and truncate; what is not finite becomes 0."""
    return np.where(np.isfinite(levels), np.clip(levels, 0, _LARGEST_BYTE), 0).astype(np.uint8)


@functools.cache
def _forms() -> dict[str, LinearForm]:
    text = importlib.resources.files("drawthings.tensor").joinpath("preview_matrices.json").read_text("utf-8")
    forms = {}
    for entry in json.loads(text):
        weights, offset = (np.array(entry[name], np.float32) for name in ("weights", "offset"))
        weights.flags.writeable = offset.flags.writeable = False
        form = LinearForm(len(weights), entry["scale"], weights, offset)
        forms.update(dict.fromkeys(entry["versions"], form))
    return forms
