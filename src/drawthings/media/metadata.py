"""What a picture file says about how it was made, in the app's own form: written, and read back.

The app's reader takes only the keys at the top level of the JSON document; the complete configuration stands beside
them under ``v2``. Both are written, so that the app can restore what it restores from its own files and this package
everything. Source: ``ImageConverter.imageData`` (writer) and ``ImageConverter.configuration(from:)`` (reader).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from drawthings.errors import OutOfRange
from drawthings.media.record import Creation, Profile, Record
from drawthings.media.spelling import json_text
from drawthings.media.xmp import CREATOR, Packet, find_packet, read_packet, xmp_packet

__all__ = ["AppMetadata", "Creation", "Profile", "app_metadata", "read_metadata"]

SEEDS = 2**32
# Numbers under these keys are read as what they are, not by the cast that wants exact ones.
SHORT = frozenset({"v2", "profile"})


@dataclass(frozen=True, slots=True)
class AppMetadata:
    """What a picture file says about how it was made.

    Attributes:
        description: The text for people.
        document: The JSON document for programs, empty when there is none.
        creator: The program that wrote it, ``Draw Things`` for the app and for this package.
    """

    description: str = ""
    document: Mapping[str, object] = field(default_factory=dict)
    creator: str = ""

    @property
    def configuration(self) -> Mapping[str, object]:
        """The complete configuration in the app's JSON, or an empty mapping in files of old app versions."""
        found = self.document.get("v2")
        return found if isinstance(found, Mapping) else {}


def app_metadata(creation: Creation) -> str:
    """Return the XMP packet that the app would write for a picture.

    Args:
        creation: How the picture was made.

    Returns:
        A packet for ``encode_image``. Prompts survive with every character that XML can carry; in the JSON document
        control characters survive too.

    Raises:
        OutOfRange: The seed is negative or above 2^32 - 1, which would crash the app's reader.
        BadConfiguration: The configuration lacks a setting or has one of the wrong type.
        BadValue: A setting is not finite.
    """
    if not 0 <= creation.seed < SEEDS:
        hint = "Give the seed that was used."
        raise OutOfRange(f"Seed {creation.seed} is outside 0..2^32 - 1.", hint=hint, field="seed", value=creation.seed)
    record = Record.of(creation)
    comment = json_text(record.document, short=SHORT)
    return xmp_packet(Packet(description=record.description, comment=comment, creator=CREATOR))


def read_metadata(data: bytes) -> AppMetadata | None:
    """Read what a PNG, JPEG or WebP file says about how it was made.

    Args:
        data: The file, or as much of it as there is.

    Returns:
        What the file says, or None when it says nothing in this form. A damaged document is left out, as is a packet
        with a document type; the picture itself is not looked at.
    """
    found = find_packet(data)
    packet = None if found is None else read_packet(found)
    if packet is None:
        return None
    document = _document(packet.comment)
    if not document and not packet.description:
        return None
    return AppMetadata(description=packet.description, document=document, creator=packet.creator)


def _document(text: str) -> dict[str, object]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
