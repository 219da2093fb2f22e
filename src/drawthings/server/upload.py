"""``UploadFile``: one file arrives in order, is checked and put into the models folder.

Names are checked, unlike on the official server, where they can lead anywhere. What arrives is written as it comes, so
that no upload fills the memory.
"""

from __future__ import annotations

import errno
import hashlib
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc

from drawthings._generated import imageService_pb2 as pb
from drawthings.server.names import fault_of
from drawthings.server.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from drawthings.server.store import Store, Upload

_log = logging.getLogger("drawthings.server")

TAKEN = "File uploaded init successfully"
"""What every reply says, the later ones too. Source: `ImageGenerationServiceImpl.uploadFile`."""

DIGEST_BYTES = 32

_INVALID = grpc.StatusCode.INVALID_ARGUMENT
_INTERNAL = grpc.StatusCode.INTERNAL
_DATA_LOSS = grpc.StatusCode.DATA_LOSS


@dataclass
class _Arrival:
    """One file on its way in."""

    name: str
    wanted: bytes
    size: int
    upload: Upload
    received: int = 0
    digest: Any = field(default_factory=hashlib.sha256)


def take_in(
    messages: Iterable[pb.FileUploadRequest], store: Store, check: Callable[[pb.FileUploadRequest], None]
) -> Iterator[pb.UploadResponse]:
    """Take one file in.

    Args:
        messages: What the client sends: first what is coming, then the pieces in order.
        store: Where the file goes.
        check: Looks at the secret of each message; raises ``Refusal``.

    Yields:
        A reply to each message.

    Raises:
        Refusal: Something is wrong, at the message where it is noticed; nothing is left of the file then.
    """
    arrival: _Arrival | None = None
    try:
        for message in messages:
            check(message)
            kind = message.WhichOneof("request")
            if kind == "initRequest":
                if arrival is not None:
                    raise Refusal(_INVALID, f"{arrival.name} is still on its way; each call takes one file.")
                arrival = _begin(message.initRequest, store)
                yield _reply(arrival.name, 0)
            elif kind == "chunk":
                if arrival is None:
                    raise Refusal(_INTERNAL, "Failed to create file handle")
                _append(arrival, message.chunk)
                yield _reply(message.chunk.filename, arrival.received)
            else:
                raise Refusal(_INVALID, "The message holds neither an initRequest nor a chunk.")
        if arrival is None:
            raise Refusal(_INTERNAL, "Missing File metadata")
        _finish(arrival)
    except OSError as error:
        raise _disk_trouble(error) from error
    finally:
        if arrival is not None:
            arrival.upload.discard()


def _begin(announced: pb.InitUploadRequest, store: Store) -> _Arrival:
    name = announced.filename
    if fault := fault_of(name):
        raise Refusal(_INVALID, f"The file name {name!a} {fault}.")
    if len(announced.sha256) != DIGEST_BYTES:
        raise Refusal(_INVALID, f"The sha256 has {len(announced.sha256)} bytes; it must have {DIGEST_BYTES}.")
    if announced.totalSize < 0:
        raise Refusal(_INVALID, f"The totalSize is {announced.totalSize}; it must not be negative.")
    upload = store.begin(name)
    if upload is None:
        raise Refusal(grpc.StatusCode.ABORTED, f"Another upload of {name} is running.")
    _log.info("upload of %s begins, %d bytes", name, announced.totalSize)
    return _Arrival(name, announced.sha256, announced.totalSize, upload)


def _append(arrival: _Arrival, chunk: pb.FileChunk) -> None:
    if chunk.offset != arrival.received:
        raise Refusal(_DATA_LOSS, "Received chunk with unexpected offset")
    arrival.received += len(chunk.content)
    if arrival.received > arrival.size:
        raise Refusal(_INVALID, f"More than the announced {arrival.size} bytes of {arrival.name} arrived.")
    arrival.digest.update(chunk.content)
    arrival.upload.write(chunk.content)


def _finish(arrival: _Arrival) -> None:
    if arrival.received != arrival.size:
        raise Refusal(_INVALID, f"{arrival.received} bytes of {arrival.name} arrived, {arrival.size} were announced.")
    if arrival.digest.digest() != arrival.wanted:
        raise Refusal(_DATA_LOSS, "File validation failed")
    arrival.upload.finish()
    _log.info("upload of %s is complete", arrival.name)


def _reply(name: str, received: int) -> pb.UploadResponse:
    return pb.UploadResponse(chunkUploadSuccess=True, receivedOffset=received, message=TAKEN, filename=name)


def _disk_trouble(error: OSError) -> Refusal:
    full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    code = grpc.StatusCode.RESOURCE_EXHAUSTED if full else _INTERNAL
    return Refusal(code, f"The file cannot be stored: {error.strerror or error}.")
