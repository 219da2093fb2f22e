"""What would be sent, as JSON: the request itself, read back from the message that the server would get."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drawthings import DrawThings
    from drawthings._generated import imageService_pb2 as pb
    from drawthings.request.plan import Plan
    from drawthings.settings import Connection

OVERRIDE = {
    "models": "models",
    "loras": "loras",
    "controlNets": "controls",
    "textualInversions": "embeddings",
    "upscalers": "upscalers",
}
"""The lists of the override on the wire, and what they are called here."""


def show(client: DrawThings, plan: Plan, *, on_one_line: bool) -> None:
    """Print a request on standard output.

    Args:
        client: Whose request it is.
        plan: Everything that was decided.
        on_one_line: Whether it is one of the lines of ``--jsonl``.
    """
    told = facts(plan, client.connection)
    if on_one_line:
        told = {"type": "request", **told}
    click.echo(json.dumps(told, indent=None if on_one_line else 2, ensure_ascii=False))


def facts(plan: Plan, connection: Connection) -> dict[str, Any]:
    """Return everything that one generation would send; the shared secret is not among it.

    Args:
        plan: Everything that was decided.
        connection: The way to the server, which decides how pictures are packed.

    Units:
        ``width`` and ``height`` are pixels of the canvas; ``bytes`` are what would travel.
    """
    from drawthings.client.link import upload_codec
    from drawthings.request.build import Contents

    rounds = plan.rounds()
    message = rounds[0].request(Contents(upload_codec(connection)))
    sent = {hashlib.sha256(blob).digest(): blob for blob in message.contents}
    settings = plan.configuration
    return {
        "dry_run": True,
        "server": connection.server,
        "requests": len(rounds),
        "seeds": [each.configuration.seed for each in rounds],
        "model": plan.model.file,
        "prompt": message.prompt,
        "negative_prompt": message.negativePrompt,
        "width": settings.width,
        "height": settings.height,
        "configuration": settings.to_json_object(),
        "image": _tensor(message.image, sent) if message.HasField("image") else None,
        "mask": _tensor(message.mask, sent) if message.HasField("mask") else None,
        "hints": [_hint(hint, sent) for hint in message.hints],
        "override": _override(message.override),
        "keywords": list(message.keywords),
        "user": message.user,
        "device": plan.order.device,
        "scale_factor": message.scaleFactor,
        "chunked": message.chunked,
        "request_bytes": message.ByteSize(),
        "notes": [{"code": note.code, "severity": note.severity, "text": note.text} for note in plan.notes],
    }


def _tensor(name: bytes, sent: Mapping[bytes, bytes]) -> dict[str, Any]:
    """Describe a picture that travels as a tensor: its own size and type, and what is sent of it."""
    from drawthings.tensor.header import Header

    blob = sent[name]
    header = Header.parse(blob)
    return {
        "sha256": name.hex(),
        "bytes": len(blob),
        "shape": list(header.shape),
        "type": header.datatype.name.lower(),
        "packed": header.codec != 0,
    }


def _hint(hint: pb.HintProto, sent: Mapping[bytes, bytes]) -> dict[str, Any]:
    tensors = [{**_tensor(each.tensor, sent), "weight": round(each.weight, 6)} for each in hint.tensors]
    return {"type": hint.hintType, "tensors": tensors}


def _override(message: pb.MetadataOverride) -> dict[str, list[str]]:
    """Name the files whose specifications go along, as the server itself listed them."""
    lists = {ours: json.loads(getattr(message, theirs) or b"[]") for theirs, ours in OVERRIDE.items()}
    return {kind: [str(each.get("file", "")) for each in items] for kind, items in lists.items()}
