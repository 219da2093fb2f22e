"""Bare gRPC calls to a server, with plain protobuf messages; nothing of our own client takes part."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import grpc
import numpy as np
import pytest

from drawthings._generated import imageService_pb2 as pb
from drawthings.request.choices import Sampler
from drawthings.request.configuration import Configuration
from drawthings.request.flatbuffer import encode_configuration
from drawthings.request.parts import Control, Lora
from drawthings.tensor.codec import decode_tensor, encode_tensor

if TYPE_CHECKING:
    from drawthings.server.run import EmbeddedServer

V1 = "realdream_15sd15_q6p_q8p.ckpt"
SLOW_MS = 60_000
"""So long a step that a test always finds the generation under way; it ends when the call is cancelled."""

_UNARY = {
    "Echo": (pb.EchoRequest, pb.EchoReply),
    "FilesExist": (pb.FileListRequest, pb.FileExistenceResponse),
    "Pubkey": (pb.PubkeyRequest, pb.PubkeyResponse),
    "Hours": (pb.HoursRequest, pb.HoursResponse),
}


class Raw:
    """The calls of the service as bare gRPC."""

    def __init__(self, address: str, credentials: grpc.ChannelCredentials | None = None, **options: Any) -> None:
        settings = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        settings += [(name.replace("_", ".", 1), value) for name, value in options.items()]
        if credentials is None:
            self.channel = grpc.insecure_channel(address, settings)
        else:
            self.channel = grpc.secure_channel(address, credentials, settings)
        for name, (asked, given) in _UNARY.items():
            method = self.channel.unary_unary(
                f"/ImageGenerationService/{name}",
                request_serializer=asked.SerializeToString,
                response_deserializer=given.FromString,
            )
            setattr(self, name, method)
        self.GenerateImage = self.channel.unary_stream(
            "/ImageGenerationService/GenerateImage",
            request_serializer=pb.ImageGenerationRequest.SerializeToString,
            response_deserializer=pb.ImageGenerationResponse.FromString,
        )
        self.UploadFile = self.channel.stream_stream(
            "/ImageGenerationService/UploadFile",
            request_serializer=pb.FileUploadRequest.SerializeToString,
            response_deserializer=pb.UploadResponse.FromString,
        )

    def generate(self, request: pb.ImageGenerationRequest) -> list[pb.ImageGenerationResponse]:
        return list(self.GenerateImage(request, timeout=15))

    def refusal(self, request: pb.ImageGenerationRequest) -> tuple[grpc.StatusCode, str]:
        with pytest.raises(grpc.RpcError) as caught:
            self.generate(request)
        return caught.value.code(), caught.value.details()


Running = tuple["EmbeddedServer", Raw]
"""A server, and the way to it."""

Serve = Callable[..., Running]
"""Starts a server with options."""


def settings(**values: Any) -> bytes:
    """Return a configuration's bytes; nothing is checked, and a small canvas and few steps are the default."""
    base = {
        "model": V1,
        "width": 128,
        "height": 128,
        "steps": 2,
        "seed": 7,
        "strength": 1.0,
        "guidance_scale": 5.0,
        "sampler": Sampler.EULER_A_TRAILING,
        "batch_size": 1,
        "mask_blur": 0.0,
    }
    for name in ("loras", "controls"):
        part = Lora if name == "loras" else Control
        values[name] = tuple(part.read(item) for item in values.get(name, ()))
    return encode_configuration(Configuration.unchecked({**base, **values}))


def order(prompt: str = "a red fox", **values: Any) -> pb.ImageGenerationRequest:
    """Return a request; what is no field of it is a setting."""
    fields = {field.name for field in pb.ImageGenerationRequest.DESCRIPTOR.fields}
    own = {name: values.pop(name) for name in tuple(values) if name in fields}
    own.setdefault("configuration", settings(**values))
    own.setdefault("scaleFactor", 1)
    return pb.ImageGenerationRequest(prompt=prompt, **own)


def picture(height: int = 128, width: int = 128, **form: Any) -> bytes:
    """Return a picture with a gradient as a tensor blob."""
    rows, columns = np.mgrid[0:height, 0:width]
    planes = np.stack([rows / height, columns / width, (rows + columns) / (height + width)], axis=-1) * 2 - 1
    return encode_tensor(planes[None].astype(form.get("dtype", np.float16)), codec=form.get("codec", "raw"))


def mask(codes: Any, height: int = 128, width: int = 128) -> bytes:
    """Return a mask whose left half has the first code and whose right half has the second."""
    plane = np.full((height, width), codes[0], np.uint8)
    plane[:, width // 2 :] = codes[-1]
    return encode_tensor(plane)


def hint(kind: str, *blobs: bytes, weight: float = 1.0) -> pb.HintProto:
    return pb.HintProto(hintType=kind, tensors=[pb.TensorAndWeight(tensor=blob, weight=weight) for blob in blobs])


def by_hash(blob: bytes) -> bytes:
    return hashlib.sha256(blob).digest()


def signposts(messages: list[pb.ImageGenerationResponse]) -> list[str]:
    """Return the signposts that were passed, as ``sampling 3`` or ``imageDecoded``."""
    found = []
    for message in messages:
        name = message.currentSignpost.WhichOneof("signpost")
        if name:
            part = getattr(message.currentSignpost, name)
            found.append(f"{name} {part.step}" if "ampling" in name else name)
    return found


def announced(messages: list[pb.ImageGenerationResponse]) -> list[str]:
    """Return what was announced; the same in every message, in any order."""
    sets = {tuple(sorted(_names(message))) for message in messages if message.signposts}
    assert len(sets) == 1
    return list(sets.pop())


def _names(message: pb.ImageGenerationResponse) -> list[str]:
    return [signposts([pb.ImageGenerationResponse(currentSignpost=each)])[0] for each in message.signposts]


def pictures(messages: list[pb.ImageGenerationResponse]) -> list[np.ndarray]:
    """Return the pictures, put together from their slices."""
    found, parts = [], b""
    for message in messages:
        for blob in message.generatedImages:
            parts += blob
            if message.chunkState == pb.LAST_CHUNK:
                found.append(decode_tensor(parts))
                parts = b""
    assert not parts
    return found


def previews(messages: list[pb.ImageGenerationResponse]) -> dict[str, np.ndarray]:
    """Return the previews by the signpost they came with."""
    return {
        signposts([message])[0]: decode_tensor(message.previewImage) for message in messages if message.previewImage
    }
