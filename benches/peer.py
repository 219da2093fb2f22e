"""The peer's side: drawthings-py by its public functions, as its own README calls them.

This runs in the peer's own environment and imports nothing of ours. The certificate of the benchmark's server is added
to those that the peer trusts, because it knows only the one of the official server.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from benches.worker import Place, main

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings_py import ImageBuffer

    Run = Callable[[], object]

SETTINGS = {"model": "flux_1_schnell_q8p.ckpt", "width": 1024, "height": 1024, "steps": 4, "seed": 1}


class Client:
    """The peer's client, connected, with an event loop to run it in.

    Args:
        place: Where the server is.
    """

    def __init__(self, place: Place) -> None:
        from drawthings_py import Configs, DrawThings, RequestBuilder

        self._loop = asyncio.new_event_loop()
        self._service = DrawThings.grpc(port=place.port, progressbar=False, disable_messages=True)
        trust(place)
        self._loop.run_until_complete(self._service.connect())
        self._request = RequestBuilder(Configs.create(SETTINGS), "a red fox in the snow")

    def generate(self) -> ImageBuffer:
        """Return the one picture of a generation."""
        (image,) = self._loop.run_until_complete(self._service.generate(self._request))
        return image


_CLIENTS: list[Client] = []


def client(place: Place) -> Client:
    """Return the one client of this process."""
    if not _CLIENTS:
        _CLIENTS.append(Client(place))
    return _CLIENTS[0]


def trust(place: Place) -> None:
    """Let the peer accept the benchmark's server."""
    from drawthings_py.grpc import grpc_service

    grpc_service.ssl_context.load_verify_locations(str(place.certificate))


def to_png(name: str) -> Callable[[Place], Run]:
    """Return the row: a blob becomes a PNG file, with the metadata that the peer writes."""

    def prepare(place: Place) -> Run:
        from drawthings_py import ImageBuffer

        blob, path = place.blob(name), place.out / "peer.png"
        metadata = client(place).generate().metadata
        return lambda: ImageBuffer.from_tensor(blob, metadata).to_file(path)

    return prepare


def batch(place: Place) -> Run:
    """Prepare: four blobs become four PNG files."""
    from drawthings_py import ImageBuffer

    blobs = [place.blob(f"fpzip-1024-{index}") for index in range(4)]
    metadata = client(place).generate().metadata

    def run() -> None:
        for index, blob in enumerate(blobs):
            ImageBuffer.from_tensor(blob, metadata).to_file(place.out / f"peer-{index}.png")

    return run


def frames(place: Place) -> Run:
    """Prepare: the blobs of a clip become RGB frames."""
    from drawthings_py import ImageBuffer

    blobs = place.film()

    def run() -> None:
        for blob in blobs:
            ImageBuffer.from_tensor(blob)

    return run


def mp4(place: Place) -> Run:
    """Prepare: the blobs of a clip become an MP4 file."""
    from drawthings_py import ImageBuffer
    from drawthings_py.image_generation_result import ImageGenerationResult

    blobs, path = place.film(), str(place.out / "peer.mp4")
    return lambda: ImageGenerationResult(images=[ImageBuffer.from_tensor(blob) for blob in blobs]).to_video(
        path, fps=16
    )


def from_pixels(place: Place) -> Run:
    """Prepare: pixels become the tensor of a request."""
    from drawthings_py import ImageBuffer

    image = ImageBuffer.from_file(place.data / "picture-1024.png")
    run: Run = image.to_tensor
    return run


def from_file(place: Place) -> Run:
    """Prepare: a PNG file becomes the tensor of a request."""
    from drawthings_py import ImageBuffer

    return lambda: ImageBuffer.from_file(place.data / "picture-1024.png").to_tensor()


def preview(place: Place) -> Run:
    """Prepare: a FLUX preview becomes RGB."""
    client(place)
    from drawthings_py.grpc.grpc_service import decode_preview

    blob = place.blob("preview")
    return lambda: decode_preview(blob, "flux1")


def generation(place: Place) -> Run:
    """Prepare: a whole generation, from the prompt to the PNG file."""
    connected, path = client(place), place.out / "peer-generation.png"
    return lambda: connected.generate().to_file(path)


ROWS = {
    "small": to_png("fpzip-64-0"),
    "fpzip-512": to_png("fpzip-512-0"),
    "fpzip-1024": to_png("fpzip-1024-0"),
    "fpzip-2048": to_png("fpzip-2048-0"),
    "raw-1024": to_png("raw-1024-0"),
    "batch": batch,
    "frames": frames,
    "mp4": mp4,
    "from-pixels": from_pixels,
    "from-file": from_file,
    "preview": preview,
    "generation": generation,
}

if __name__ == "__main__":
    sys.exit(main(ROWS))
