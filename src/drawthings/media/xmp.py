"""The XMP packet inside a picture file, where the app keeps how the picture was made.

Written as the app's own files have it (checked on one): a description that people read and, as Exif user comment, a
JSON document that programs read. Found again in PNG, JPEG and WebP by walking their parts; nothing is decoded, and
what is damaged or hostile is passed over.

Source: ``ImageConverter.imageData`` as stored by ImageIO; XMP specification part 3 (ISO 16684-1).
"""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CREATOR = "Draw Things"
KEYWORD = b"XML:com.adobe.xmp"
JPEG_NAME = b"http://ns.adobe.com/xap/1.0/\0"
MOST_BYTES = 16 << 20
"""The largest packet that is read, packed or not."""

X, RDF = "adobe:ns:meta/", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC, XMP, EXIF = "http://purl.org/dc/elements/1.1/", "http://ns.adobe.com/xap/1.0/", "http://ns.adobe.com/exif/1.0/"
APP1, START_OF_SCAN, END_OF_IMAGE, FILL = 0xE1, 0xDA, 0xD9, 0xFF
# Line ends and tabs are written as references, or an XML reader would turn \r into \n.
REFERENCES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "&#xA;", "\r": "&#xD;", "\t": "&#x9;"}
    | {code: None for code in range(32) if chr(code) not in "\t\n\r"}
    | {"\ufffe": None, "\uffff": None}
    | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
)


@dataclass(frozen=True, slots=True)
class Packet:
    """What a packet says.

    Attributes:
        description: The text for people.
        comment: The text for programs.
        creator: The program that made the picture.
    """

    description: str = ""
    comment: str = ""
    creator: str = ""


def xmp_packet(packet: Packet) -> str:
    """Return the packet as XML, in the form of the app's files.

    Characters that XML cannot carry (most control characters) are dropped, halves of surrogate pairs are replaced.
    """
    description, comment, creator = (
        text.translate(REFERENCES) for text in (packet.description, packet.comment, packet.creator)
    )
    return f"""\
<x:xmpmeta xmlns:x="{X}" x:xmptk="XMP Core 6.0.0">
   <rdf:RDF xmlns:rdf="{RDF}">
      <rdf:Description rdf:about=""
            xmlns:dc="{DC}"
            xmlns:xmp="{XMP}"
            xmlns:exif="{EXIF}">
         <dc:description>
            <rdf:Alt>
               <rdf:li xml:lang="x-default">{description}</rdf:li>
            </rdf:Alt>
         </dc:description>
         <xmp:CreatorTool>{creator}</xmp:CreatorTool>
         <exif:UserComment>
            <rdf:Alt>
               <rdf:li xml:lang="x-default">{comment}</rdf:li>
            </rdf:Alt>
         </exif:UserComment>
      </rdf:Description>
   </rdf:RDF>
</x:xmpmeta>
"""


def find_packet(data: bytes) -> bytes | None:
    """Return the XMP packet of a PNG, JPEG or WebP file, or None when there is none."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return next(_png_packets(data), None)
    if data.startswith(b"\xff\xd8"):
        return next(_jpeg_packets(data), None)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return next(_webp_packets(data), None)
    return None


def read_packet(xml: bytes) -> Packet | None:
    """Read a packet, or return None when it is no XML, is too large, or has a document type, which no XMP has."""
    text = xml.decode("utf-8-sig", "replace").strip(" \t\r\n\0")
    if len(xml) > MOST_BYTES or "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    try:
        root = ET.fromstring(text)  # noqa: S314 - without a document type there is no entity to expand
    except (ET.ParseError, ValueError):
        return None
    return Packet(
        description=_value(root, DC, "description"),
        comment=_value(root, EXIF, "UserComment"),
        creator=_value(root, XMP, "CreatorTool"),
    )


def _value(root: ET.Element, namespace: str, name: str) -> str:
    """Return a property's text in any of the forms XMP allows: language alternatives, plain text, an attribute."""
    tag = f"{{{namespace}}}{name}"
    element = root.find(f".//{tag}")
    if element is not None:
        item = element.find(f".//{{{RDF}}}li")
        return (element if item is None else item).text or ""
    holders = (node.get(tag) for node in root.iter(f"{{{RDF}}}Description"))
    return next((text for text in holders if text is not None), "")


def _png_packets(data: bytes) -> Iterator[bytes]:
    """Walk the chunks; checksums are not looked at, so that a file with a flipped bit still tells how it was made."""
    place = 8
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        body = data[place + 8 : place + 8 + length]
        if kind == b"iTXt":
            yield from _international(body)
        elif kind == b"zTXt" and body.startswith(KEYWORD + b"\0\0"):
            yield from _inflated(body[len(KEYWORD) + 2 :])
        elif kind == b"tEXt" and body.startswith(KEYWORD + b"\0"):
            yield body[len(KEYWORD) + 1 :]
        place += 12 + length


def _international(body: bytes) -> Iterator[bytes]:
    # Keyword, compression flag and method, language, translated keyword, text.
    keyword, _, rest = body.partition(b"\0")
    if keyword != KEYWORD:
        return
    _language, _, named = rest[2:].partition(b"\0")
    _translated, _, text = named.partition(b"\0")
    if rest[:1] == b"\1":
        yield from _inflated(text)
    else:
        yield text


def _inflated(data: bytes) -> Iterator[bytes]:
    try:
        text = zlib.decompressobj().decompress(data, MOST_BYTES + 1)
    except zlib.error:
        return
    if len(text) <= MOST_BYTES:
        yield text


def _jpeg_packets(data: bytes) -> Iterator[bytes]:
    place = 2
    while place + 4 <= len(data) and data[place] == FILL:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if marker in {START_OF_SCAN, END_OF_IMAGE}:
            return
        if marker == FILL:
            place += 1
            continue
        body = data[place + 4 : place + 2 + length]
        if marker == APP1 and body.startswith(JPEG_NAME):
            yield body[len(JPEG_NAME) :]
        place += 2 + max(length, 2)


def _webp_packets(data: bytes) -> Iterator[bytes]:
    place = 12
    while place + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, place)
        if kind == b"XMP ":
            yield data[place + 8 : place + 8 + length]
        place += 8 + length + length % 2
