"""The messages that carry results: one picture each, in slices where they are many bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings._generated import imageService_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SLICE_BYTES = 4 * 1024 * 1024
"""What the slices of a picture have, all but the last, and how many bytes of pictures go out unsliced."""


def result_messages(
    images: Sequence[bytes], audio: Sequence[bytes], *, scale_factor: int, chunked: bool
) -> Iterator[pb.ImageGenerationResponse]:
    """Put results into messages.

    Args:
        images: Encoded pictures.
        audio: Encoded sound.
        scale_factor: How many times larger the pictures are than what was asked for.
        chunked: Whether the client can put slices together.

    Yields:
        First how many bytes of pictures there are, then the pictures, then the sound. Without a picture one message
        that says nothing but a scale factor of 1, which is all that tells of a failure.

    Source:
        `ImageGenerationServiceImpl.generateImage`. Whether anything is sliced goes by the pictures alone.
    """
    total = sum(map(len, images))
    slicing = chunked and total > SLICE_BYTES
    if total:
        yield pb.ImageGenerationResponse(downloadSize=total)
    else:
        yield pb.ImageGenerationResponse(scaleFactor=1)
    for image in images:
        for part, state in _slices(image, slicing=slicing):
            yield pb.ImageGenerationResponse(generatedImages=[part], scaleFactor=scale_factor, chunkState=state)
    for sound in audio:
        for part, state in _slices(sound, slicing=slicing):
            yield pb.ImageGenerationResponse(generatedAudio=[part], chunkState=state)


def _slices(blob: bytes, *, slicing: bool) -> Iterator[tuple[bytes, pb.ChunkState]]:
    if not slicing or len(blob) <= SLICE_BYTES:
        yield blob, pb.LAST_CHUNK
        return
    for start in range(0, len(blob), SLICE_BYTES):
        last = start + SLICE_BYTES >= len(blob)
        yield blob[start : start + SLICE_BYTES], pb.LAST_CHUNK if last else pb.MORE_CHUNKS
