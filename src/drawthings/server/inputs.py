"""The picture and the mask of a request, judged as the official server would stumble over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from drawthings.catalogue.families import UNIT_PX
from drawthings.server.blobs import stretched

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drawthings.server.blobs import Blobs
    from drawthings.server.judge import Judge

CODE_BITS = 0b111
EMPTY, REPAINT, REPAINT_TOO, KEEP = 1, 2, 4, 3
"""Codes of mask pixels: nothing underneath, to be repainted (two of them), to be kept. 0 depends on the others."""

_RGB = 3
_PICTURE_RANK = 4
_MASK_RANK = 2


@dataclass(frozen=True, kw_only=True)
class Source:
    """The picture a generation starts from.

    Attributes:
        picture: The first frame, at the size of the working canvas.
        more: Further frames, for a clip that begins with them, at the same size.
        finite: Whether all of its numbers are; with others the official server finds NaN and returns nothing.

    Shapes:
        picture and each of more (H, W, 3) float32 in [-1, 1].
    """

    picture: NDArray[np.float32]
    more: tuple[NDArray[np.float32], ...] = ()
    finite: bool = True


def read_image(
    blobs: Blobs, judge: Judge, blob: bytes, scale_factor: int, *, on_grid: bool, several: bool
) -> Source | None:
    """Read the picture.

    Args:
        blobs: The tensors of the request.
        judge: Decides about flaws.
        blob: The field.
        scale_factor: How many times larger the picture is than the canvas.
        on_grid: Whether the picture decides the size of the canvas, so that its sides must be multiples of 64.
        several: Whether the model takes several frames.

    Returns:
        The picture, or None where the official server takes it as not sent.

    Raises:
        Refusal: The official server would crash on it, or pass it over and this one is strict.
    """
    tensor = blobs.tensor("The image", blob)
    if tensor is None:
        return None
    check_picture(judge, "The image", tensor, channels=_RGB, most_frames=None if several else 1)
    if scale_factor < 1:
        flaw = f"scaleFactor is {scale_factor}; with an image it must be 1 or more."
        if on_grid:
            judge.crash(flaw)
        judge.silent(
            flaw, "happens to survive it here, but divides by it as soon as there is a mask or strength is below 1"
        )
        scale_factor = 1
    height, width = tensor.shape[1:3]
    grid = UNIT_PX * scale_factor
    if on_grid and (height % grid or width % grid):
        judge.crash(
            f"The image is {width}x{height} pixels; with a mask or a strength below 1 both sides must be multiples of "
            f"{grid}."
        )
    finite = bool(np.isfinite(tensor).all())
    if not finite:
        judge.silent(
            "The image holds numbers that are NaN or infinite.", "finds that out at the end and returns no picture"
        )
    size = (max(1, height // scale_factor), max(1, width // scale_factor))
    first, *more = (
        _pooled(np.clip(np.nan_to_num(frame.astype(np.float32), posinf=1, neginf=-1), -1, 1), size) for frame in tensor
    )
    return Source(picture=first, more=tuple(more), finite=finite)


def check_picture(judge: Judge, what: str, tensor: NDArray[Any], *, channels: int, most_frames: int | None = 1) -> None:
    """Refuse a tensor that the official server would read as something else, or trap on.

    Args:
        judge: Decides how.
        what: What it is, to start a sentence with.
        tensor: The tensor.
        channels: How many channels it must have.
        most_frames: How many pictures it may hold; None for any number.

    Raises:
        Refusal: It is no such picture.
    """
    if tensor.dtype.kind != "f":
        judge.crash(f"{what} holds {tensor.dtype} numbers; it must hold float16, float32 or float64.")
    if tensor.ndim != _PICTURE_RANK or tensor.shape[3] != channels:
        wanted = f"[1, height, width, {channels}]"
        judge.crash(f"{what} has the shape {list(tensor.shape)}; it must have {wanted}, rows before columns.")
    if most_frames is not None and tensor.shape[0] > most_frames:
        judge.crash(f"{what} holds {tensor.shape[0]} pictures; this model takes one.")


def read_mask(
    blobs: Blobs, judge: Judge, blob: bytes, size: tuple[int, int], *, transparent: bool
) -> NDArray[np.uint8] | None:
    """Read the mask.

    Args:
        blobs: The tensors of the request.
        judge: Decides about flaws.
        blob: The field.
        size: Height and width of the canvas.
        transparent: Whether results have an alpha channel; the code for empty pixels does not count then.

    Returns:
        The mask with each code in its plain form (4 is 2; 5, 6 and 7 are 0) and the upper five bits as they came, or
        None where the official server goes on as without one.

    Raises:
        Refusal: The official server would crash on it, or pass it over and this one is strict.

    Source:
        `LocalImageGenerator.generateImageWithMask`, `ImageGeneratorUtils.isInpainting`.
    """
    mask = blobs.tensor("The mask", blob)
    if mask is None:
        return None
    if mask.dtype != np.uint8 or mask.ndim != _MASK_RANK:
        judge.crash(f"The mask has the shape {list(mask.shape)} of {mask.dtype}; it must be [height, width] of uint8.")
    if mask.shape != size:
        wide = f"{mask.shape[1]}x{mask.shape[0]}"
        judge.crash(f"The mask is {wide} pixels; it must have the size of the canvas, {size[1]}x{size[0]}.")
    plain = _plain_codes(mask, judge)
    codes = set(np.unique(plain & CODE_BITS).tolist())
    if transparent and EMPTY in codes:
        judge.silent(
            f"The mask marks pixels as empty (code {EMPTY}), but the LoRA makes results with an alpha channel.",
            "takes that code for 0 then",
        )
        plain = np.where((plain & CODE_BITS) == EMPTY, plain & ~np.uint8(CODE_BITS), plain)
        codes = (codes - {EMPTY}) | {0}
        if REPAINT not in codes:
            return None
    if codes <= {0} or codes <= {KEEP}:
        judge.silent(
            f"Every pixel of the mask has the code {codes.pop()}, so it marks nothing to repaint (code {REPAINT}).",
            "goes on as without a mask",
        )
        return None
    return plain


def _plain_codes(mask: NDArray[Any], judge: Judge) -> NDArray[np.uint8]:
    """Bring the codes that mean the same to one of them."""
    codes = mask & CODE_BITS
    odd = sorted(set(np.unique(codes).tolist()) - {0, EMPTY, REPAINT, KEEP, REPAINT_TOO})
    if odd:
        judge.silent(
            f"The mask has the codes {', '.join(map(str, odd))} in the low three bits of its bytes (255, as in a grey "
            f"picture, is 7); the codes are {EMPTY} for empty, {REPAINT} for repaint, {KEEP} for keep, and 0.",
            "takes 5, 6 and 7 for 0, which masks nothing",
        )
    table = np.array([0, EMPTY, REPAINT, KEEP, REPAINT, 0, 0, 0], np.uint8)
    plain: NDArray[np.uint8] = table[codes] | (mask & ~np.uint8(CODE_BITS))
    return plain


def _pooled(picture: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Make a picture smaller by averaging whole blocks; stretch it where they do not come out even."""
    height, width = size
    rows, columns = picture.shape[0] // height, picture.shape[1] // width
    if (rows, columns) == (1, 1) or picture.shape[:2] != (rows * height, columns * width):
        return stretched(picture, height, width)
    pooled: NDArray[np.float32] = picture.reshape(height, rows, width, columns, _RGB).mean(axis=(1, 3))
    return pooled
