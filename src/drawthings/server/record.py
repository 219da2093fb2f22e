"""What the server was asked, kept for whoever tests a client, and read out in the words of this package."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from drawthings.errors import TensorError
from drawthings.request.flatbuffer import decode_configuration
from drawthings.tensor.header import HEADER_BYTES, Header

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from drawthings.request.configuration import Configuration

MOST_BYTES = 256 * 1024 * 1024
"""How many bytes of requests are kept together, pictures included; the oldest go first."""

HASH_BYTES = 32
"""A field of this length is not a picture but the hash of one that stands in ``contents``."""


@dataclass(frozen=True, slots=True)
class ReceivedHint:
    """One picture of a hint.

    Attributes:
        kind: The hint's type on the wire: ``shuffle`` for references, else the control's input, such as ``depth``.
        size: Width and height in pixels, or None where no readable picture came.
        weight: Its weight.
    """

    kind: str
    size: tuple[int, int] | None
    weight: float


@dataclass
class Received:
    """One call.

    Attributes:
        method: The method's name, such as ``GenerateImage``.
        message: The request as it came, but without its shared secret; of an upload the first message.
        facts: What the server made of it, for example ``{"path": "text", "width": 512, …}`` for a generation, and
            ``{"refused": "…"}`` for what it refused.
        secret_sent: Whether a shared secret came with it.
        secret_ok: Whether it was the right one; also true where the server wants none.
    """

    method: str
    message: Message = field(repr=False)
    facts: dict[str, Any] = field(default_factory=dict)
    secret_sent: bool = False
    secret_ok: bool = True

    @property
    def prompt(self) -> str:
        """The words of a generation; empty for any other call."""
        return getattr(self.message, "prompt", "")

    @property
    def negative_prompt(self) -> str:
        """The words for what is not to be in the picture."""
        return getattr(self.message, "negativePrompt", "")

    @property
    def configuration(self) -> Configuration | None:
        """The settings of a generation, or None for any other call.

        Raises:
            BadConfiguration: What came as settings is none.
        """
        data = getattr(self.message, "configuration", b"")
        return decode_configuration(data) if data else None

    @property
    def image_size(self) -> tuple[int, int] | None:
        """Width and height of the picture that came along, or None."""
        return self._size(getattr(self.message, "image", b""))

    @property
    def mask_size(self) -> tuple[int, int] | None:
        """Width and height of the mask that came along, or None."""
        return self._size(getattr(self.message, "mask", b""))

    @property
    def hints(self) -> tuple[ReceivedHint, ...]:
        """The pictures of all hints, in the order in which they came."""
        return tuple(
            ReceivedHint(hint.hintType, self._size(one.tensor), one.weight)
            for hint in getattr(self.message, "hints", ())
            for one in hint.tensors
        )

    def _size(self, blob: bytes) -> tuple[int, int] | None:
        """Read the size of a tensor from its header alone."""
        if len(blob) == HASH_BYTES:
            contents = getattr(self.message, "contents", ())
            blob = next((each for each in contents if hashlib.sha256(each).digest() == blob), b"")
        try:
            shape = Header.parse(blob[:HEADER_BYTES]).shape
        except TensorError:
            return None
        # Pictures are (1, height, width, channels), masks (height, width).
        height, width = shape[1:3] if len(shape) > 2 else shape[:2] if len(shape) > 1 else (0, 0)  # noqa: PLR2004 - rows and columns
        return (width, height) if width and height else None


class Record:
    """The latest requests.

    Args:
        most: How many are kept; 0 keeps none.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: deque[tuple[Received, int]] = deque()
        self._bytes = 0

    def note(self, entry: Received) -> Received:
        """Keep a request and return its entry, to which facts can be added while it is worked on.

        Its shared secret is struck out of the message: what is kept may be shown.
        """
        if entry.secret_sent:
            entry.message.ClearField("sharedSecret")
        if self._most:
            size = entry.message.ByteSize()
            with self._lock:
                self._kept.append((entry, size))
                self._bytes += size
                while len(self._kept) > self._most or (self._bytes > MOST_BYTES and len(self._kept) > 1):
                    self._bytes -= self._kept.popleft()[1]
        return entry

    def entries(self) -> tuple[Received, ...]:
        """Return what is kept, oldest first."""
        with self._lock:
            return tuple(entry for entry, _ in self._kept)
