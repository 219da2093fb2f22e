"""The XMP packet inside a picture file, where the app keeps how the picture was made.

Written as the app's own files have it (checked on one): a description that people read and, as Exif user comment, a
JSON document that programs read. What is damaged or hostile is passed over.

Source: ``ImageConverter.imageData`` as stored by ImageIO; XMP specification part 3 (ISO 16684-1).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drawthings.media.container import MOST_BYTES, parts_of

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

CREATOR = "Draw Things"

X, RDF = "adobe:ns:meta/", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC, XMP, EXIF = "http://purl.org/dc/elements/1.1/", "http://ns.adobe.com/xap/1.0/", "http://ns.adobe.com/exif/1.0/"
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
    return next((part.data for part in parts_of(io.BytesIO(data)) if part.kind == "xmp"), None)


def read_packet(xml: bytes) -> Packet | None:
    """Read a packet, or return None when it is too large, has a document type, which no XMP has, or says nothing.

    A packet that is no XML is searched for its two texts: there are programs that write prompts with ``<`` and ``&``
    as they are.
    """
    # Imported here, for files are written more often than they are read.
    import xml.etree.ElementTree as ET

    text = xml.decode("utf-8-sig", "replace").strip(" \t\r\n\0")
    if len(xml) > MOST_BYTES or "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    try:
        root = ET.fromstring(text)  # noqa: S314 - without a document type there is no entity to expand
    except (ET.ParseError, ValueError):
        return _salvaged(text)
    return Packet(
        description=_value(root, DC, "description"),
        comment=_value(root, EXIF, "UserComment"),
        creator=_value(root, XMP, "CreatorTool"),
    )


def _salvaged(text: str) -> Packet | None:
    """Take what stands between the tags of a packet that is no XML."""
    description, comment = (_between(text, name) for name in ("dc:description", "exif:UserComment"))
    creator = text.partition("<xmp:CreatorTool>")[2].partition("</xmp:CreatorTool>")[0]
    return Packet(description, comment, creator) if description or comment else None


def _between(text: str, name: str) -> str:
    inside = text.partition(f"<{name}")[2].rpartition(f"</{name}>")[0]
    item = inside.partition("<rdf:li")[2].partition(">")[2]
    return item.rpartition("</rdf:li>")[0]


def _value(root: ET.Element, namespace: str, name: str) -> str:
    """Return a property's text in any of the forms XMP allows: language alternatives, plain text, an attribute."""
    tag = f"{{{namespace}}}{name}"
    element = root.find(f".//{tag}")
    if element is not None:
        item = element.find(f".//{{{RDF}}}li")
        return (element if item is None else item).text or ""
    holders = (node.get(tag) for node in root.iter(f"{{{RDF}}}Description"))
    return next((text for text in holders if text is not None), "")
