"""Tensors without compression: the numbers as they are, row by row, little-endian."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawthings.errors import Truncated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drawthings.tensor.header import Header


class RawCodec:
    """Identifier 0, no compression: what is always valid on the wire, and the fastest on a local network."""

    identifier = 0
    name = "raw"

    def encode(self, array: NDArray[Any]) -> bytes:
        """Return the numbers as bytes.

        Args:
            array: A little-endian array in row-major order.

        Returns:
            The payload.
        """
        return array.tobytes()

    def decode(self, payload: memoryview, header: Header) -> NDArray[Any]:
        """Look at the payload as an array; nothing is copied.

        Args:
            payload: The bytes after the header; what stands behind the declared size is ignored.
            header: What the header says.

        Returns:
            A read-only view into the payload, which it keeps alive.

        Raises:
            Truncated: The payload is shorter than declared.

        Source: `Tensor.swift` (`init(data:using:)`), which asks for at least the declared size and ignores the rest.
        """
        import numpy as np

        flat: NDArray[Any] = np.frombuffer(declared_part(payload, header).toreadonly(), dtype=header.datatype.numpy)
        return flat.reshape(header.shape)


def declared_part(payload: memoryview, header: Header) -> memoryview:
    """Cut a payload without compression at its declared size; needs no numpy.

    Args:
        payload: The bytes after the header.
        header: What the header says.

    Returns:
        As many bytes as the header declares.

    Raises:
        Truncated: The payload is shorter than declared.
    """
    declared = header.payload_bytes
    if len(payload) < declared:
        raise Truncated(
            f"The header declares {declared} bytes of numbers for shape {header.shape}; only {len(payload)} follow."
        )
    return payload[:declared]


CODEC = RawCodec()
