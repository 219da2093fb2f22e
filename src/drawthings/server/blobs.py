"""The tensors of a request: hashes become the contents they stand for, and contents become numbers."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, Any

import grpc
import numpy as np
from PIL import Image

from drawthings.errors import TensorError, TooLarge
from drawthings.server.refusal import Refusal
from drawthings.tensor.codec import decode_tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drawthings._generated import imageService_pb2 as pb
    from drawthings.server.judge import Judge

_log = logging.getLogger("drawthings.server")

HASH_BYTES = 32
BUDGET = 1 << 30
"""How many bytes all tensors of one request may unpack to: 1 GiB, as much as a request itself may have."""


class Blobs:
    """The tensors of one request.

    Args:
        request: The request.
        judge: Decides about what cannot be read.
        spared: Whether missing contents are right: the official client leaves all of them out where the server would
            not look at them anyway.
    """

    def __init__(self, request: pb.ImageGenerationRequest, judge: Judge, *, spared: bool) -> None:
        self._contents = {hashlib.sha256(content).digest(): content for content in request.contents}
        self._judge = judge
        self._spared = spared and not request.contents
        self._left = BUDGET

    def left_out(self, blob: bytes) -> bool:
        """Return whether a field is the hash of contents that were left out rightly."""
        return self._spared and len(blob) == HASH_BYTES

    def tensor(self, what: str, blob: bytes) -> NDArray[Any] | None:
        """Return the numbers of one field, or None where the official server takes it as not sent.

        Args:
            what: What it is, in words, to start a sentence with.
            blob: The field: a tensor blob, or the 32 bytes that stand for one of the contents.

        Raises:
            Refusal: It cannot be read, and the server is strict; or it is too large for any server.

        Source:
            `ImageGenerationServiceImpl.generateImage`: a field of any other length is the tensor itself.
        """
        if len(blob) == HASH_BYTES:
            found = self._contents.get(blob)
            if found is None:
                if self.left_out(blob):
                    _log.info("%s is a hash without contents; with these settings it would not be looked at", what)
                    return None
                self._judge.silent(
                    f"{what} is the hash {blob.hex()[:12]}…, and none of the {len(self._contents)} contents has it.",
                    "goes on as if it had not been sent",
                )
                return None
            blob = found
        try:
            tensor = decode_tensor(blob, limit=self._left)
        except TooLarge as error:
            raise Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, f"{what} is too large: {error}") from error
        except TensorError as error:
            self._judge.silent(f"{what} cannot be read: {error}", "goes on as if it had not been sent")
            return None
        self._left -= tensor.nbytes
        return tensor


def stretched(picture: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Bring a picture to a size, bilinear, whatever that does to its proportions.

    Shapes:
        picture (H, W, C); result (height, width, C) float32.
    """
    if picture.shape[:2] == (height, width):
        return picture
    planes = [
        Image.fromarray(np.ascontiguousarray(picture[..., channel])).resize((width, height), Image.Resampling.BILINEAR)
        for channel in range(picture.shape[2])
    ]
    return np.stack([np.asarray(plane, np.float32) for plane in planes], axis=-1)
