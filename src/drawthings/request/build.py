"""The last step before the wire: everything that was decided, as one protobuf message.

Nothing is judged or filled in here; ``plan.py`` has done that. What this module knows is how the message wants it:
pictures as the 32 bytes of their SHA-256 with the blob beside it, one hint message per type, specifications as JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from drawthings._generated import imageService_pb2 as pb
from drawthings.request.flatbuffer import encode_configuration

if TYPE_CHECKING:
    from drawthings.request.configuration import Configuration

Specification = Mapping[str, object]
RAW, DEFLATE = 0, 0x217
DEVICES = {"phone": pb.PHONE, "tablet": pb.TABLET, "laptop": pb.LAPTOP}
"""The kinds of machine a request can come from; only the app looks at it."""


@dataclass(frozen=True, slots=True)
class Hint:
    """The tensors of one hint type, each with its weight.

    Attributes:
        kind: The hint type as the server spells it, for example ``"shuffle"`` for reference pictures.
        tensors: Pairs of an encoded tensor and its weight; a weight of 0 switches a reference off.
    """

    kind: str
    tensors: tuple[tuple[bytes, float], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Override:
    """Specifications of the files a request uses, exactly as the server gave them.

    A request's specification replaces the server's own, so one that is trimmed switches features off; a file that is
    unknown to the server and not described here is treated as Stable Diffusion 1 (a LoRA of it is skipped).
    Source: ``ImageGeneratorUtils.metadataOverride``, ``RemoteImageGenerator.generate``.
    """

    models: tuple[Specification, ...] = ()
    loras: tuple[Specification, ...] = ()
    control_nets: tuple[Specification, ...] = ()
    textual_inversions: tuple[Specification, ...] = ()
    upscalers: tuple[Specification, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One generation, decided to the last field.

    Attributes:
        prompt: What the picture shows.
        configuration: All settings, with a concrete seed.
        negative_prompt: What it must not show; counts only where guidance is on.
        image: An encoded picture tensor, or None.
        mask: An encoded mask tensor, or None.
        hints: At most one entry per hint type.
        override: Specifications for the files in use.
        keywords: Keywords of textual inversions in the prompt.
        user: A name shown in the app's own list of jobs.
        device: The kind of machine the request comes from: ``phone``, ``tablet`` or ``laptop``.
        scale_factor: How many times larger the image is than the canvas.
    """

    prompt: str
    configuration: Configuration
    negative_prompt: str = ""
    image: bytes | None = field(default=None, repr=False)
    mask: bytes | None = field(default=None, repr=False)
    hints: tuple[Hint, ...] = ()
    override: Override = field(default_factory=Override, repr=False)
    keywords: tuple[str, ...] = ()
    user: str = ""
    device: str = "laptop"
    scale_factor: int = 1


class Contents:
    """The blobs of one or several requests, each packed and hashed once.

    Give the same object to all requests of one plan: they carry the same pictures.

    Args:
        codec: How pictures travel: ``raw``, or ``deflate`` where the network is slower than compressing them. What is
            packed already, and what would not get smaller, stays as it is.
    """

    def __init__(self, codec: Literal["raw", "deflate"] = "raw") -> None:
        self._codec = codec
        # The given blob is kept too, for its identity counts only as long as it lives.
        self._known: dict[int, tuple[bytes, bytes, bytes]] = {}

    def put(self, blob: bytes) -> tuple[bytes, bytes]:
        """Return the 32 bytes that stand for a blob, and what is sent for it."""
        if id(blob) not in self._known:
            sent = deflated(blob) if self._codec == "deflate" else blob
            self._known[id(blob)] = (blob, hashlib.sha256(sent).digest(), sent)
        return self._known[id(blob)][1:]


class _Contents:
    """The blobs of one request, each once, in the order in which they were first named."""

    def __init__(self, contents: Contents) -> None:
        self.blobs: dict[bytes, bytes] = {}
        self._contents = contents

    def put(self, blob: bytes) -> bytes:
        """Keep the blob and return the 32 bytes that stand for it."""
        name, sent = self._contents.put(blob)
        self.blobs.setdefault(name, sent)
        return name


def deflated(blob: bytes) -> bytes:
    """Return a raw tensor packed with raw deflate (identifier 0x217), or as it is where that is no shorter.

    A picture of bytes has 256 different numbers in a tensor of 16 bits each, so it shrinks to half or less.

    UNVERIFIED: that servers read it for pictures follows from their source only (``Tensor.swift``, where the image, the
    mask and the hints of a request are all read with both codecs); the official programs pack masks like this.
    """
    import numpy as np

    from drawthings.tensor.codec import codec_for
    from drawthings.tensor.header import HEADER_BYTES, Header

    header = Header.parse(memoryview(blob))
    if header.codec != RAW:
        return blob
    body = codec_for(DEFLATE).encode(np.frombuffer(blob, np.uint8, offset=HEADER_BYTES))
    return replace(header, codec=DEFLATE).to_bytes() + body if len(body) < header.payload_bytes else blob


def build_request(order: Order, contents: Contents | None = None) -> pb.ImageGenerationRequest:
    """Turn a decided order into the message that ``GenerateImage`` takes.

    Args:
        order: What to send. The shared secret is not part of it; the connection adds that.
        contents: What is known of the blobs already, and how they are packed; by default nothing, and not at all.

    Returns:
        A message that asks for sliced results, with every picture as hash plus content and ``scaleFactor`` at least 1
        (0 makes the server divide by zero as soon as there is a picture).

    Raises:
        BadValue: The configuration has no concrete seed.
    """
    named = _Contents(contents or Contents())
    request = pb.ImageGenerationRequest(
        scaleFactor=max(1, order.scale_factor),
        prompt=order.prompt,
        negativePrompt=order.negative_prompt,
        configuration=encode_configuration(order.configuration),
        override=_override_message(order.override),
        keywords=order.keywords,
        user=order.user,
        device=DEVICES[order.device],
        chunked=True,
    )
    if order.image is not None:
        request.image = named.put(order.image)
    if order.mask is not None:
        request.mask = named.put(order.mask)
    for hint in order.hints:
        if hint.tensors:
            tensors = [pb.TensorAndWeight(tensor=named.put(blob), weight=weight) for blob, weight in hint.tensors]
            request.hints.append(pb.HintProto(hintType=hint.kind, tensors=tensors))
    request.contents.extend(named.blobs.values())
    return request


def _override_message(override: Override) -> pb.MetadataOverride:
    return pb.MetadataOverride(
        models=_json_array(override.models),
        loras=_json_array(override.loras),
        controlNets=_json_array(override.control_nets),
        textualInversions=_json_array(override.textual_inversions),
        upscalers=_json_array(override.upscalers),
    )


def _json_array(specifications: Sequence[Specification]) -> bytes:
    # Sorted keys and no spaces keep the bytes of equal requests equal, which a cloud token is bound to.
    return json.dumps(specifications, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=dict).encode()
