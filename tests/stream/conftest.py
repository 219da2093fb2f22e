"""Messages as a server sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drawthings._generated import imageService_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MIB4 = 4 * 1024 * 1024


def _signpost(name: str, step: int = 0) -> pb.ImageGenerationSignpostProto:
    return pb.ImageGenerationSignpostProto(**{name: {"step": step} if name.lower().endswith("sampling") else {}})


@pytest.fixture(scope="session")
def at() -> Callable[..., pb.ImageGenerationResponse]:
    """A progress message: where the server is, what it announces, and perhaps a preview."""

    def build(
        name: str, step: int = 0, announced: Mapping[str, int] | None = None, preview: bytes | None = None
    ) -> pb.ImageGenerationResponse:
        return pb.ImageGenerationResponse(
            currentSignpost=_signpost(name, step),
            signposts=[_signpost(kind, total) for kind, total in (announced or {}).items()],
            previewImage=preview,
        )

    return build


@pytest.fixture(scope="session")
def sent() -> Callable[..., list[pb.ImageGenerationResponse]]:
    """The messages that bring these pictures or sounds, cut up as the official server does."""

    def cut(*blobs: bytes, audio: bool = False, scale: int = 1) -> list[pb.ImageGenerationResponse]:
        messages = []
        for blob in blobs:
            slices = [blob[start : start + MIB4] for start in range(0, len(blob), MIB4)]
            for place, piece in enumerate(slices, 1):
                message = pb.ImageGenerationResponse(
                    chunkState=pb.MORE_CHUNKS if place < len(slices) else pb.LAST_CHUNK,
                )
                if audio:
                    message.generatedAudio.append(piece)
                else:
                    message.generatedImages.append(piece)
                    message.scaleFactor = scale
                messages.append(message)
        return messages

    return cut
