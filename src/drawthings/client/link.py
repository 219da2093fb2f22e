"""How pictures travel to a server: raw where the way is short, packed where it is long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from drawthings.wire.address import parse_address

if TYPE_CHECKING:
    from drawthings.settings import Connection


def upload_codec(connection: Connection) -> Literal["raw", "deflate"]:
    """Return how the pictures of a request are packed for a connection.

    The address decides, for it is known before anything is measured: this machine and private networks carry a picture
    faster than it is packed; the line to anywhere else hardly ever does.
    """
    if connection.upload_codec != "auto":
        return connection.upload_codec
    address = parse_address(connection.server)
    return "raw" if address.embedded or address.private else "deflate"
