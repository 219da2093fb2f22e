"""Our side: the same rows by way of the public functions of ``drawthings``, and what bounds them.

Rows whose name begins with ``limit-`` are the part of a row that cannot be made faster here: the entropy chain of a
stream, the compression, the video encoder.
"""

from __future__ import annotations

import ctypes
import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from benches.place import BENCH_CORE, processors
from benches.worker import Place, main

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings import DrawThings, Plan

    Run = Callable[[], object]

SETTINGS: dict[str, Any] = {
    "model": "flux_1_schnell_q8p.ckpt",
    "width": 1024,
    "height": 1024,
    "steps": 4,
    "seed": 1,
}
FILM_SETTINGS: dict[str, Any] = {
    "model": "wan_v2.1_1.3b_480p_q8p.ckpt",
    "width": 832,
    "height": 448,
    "num_frames": 81,
    "seed": 1,
}
HEADER_BYTES = 68
_CLIENTS: list[DrawThings] = []


def client(place: Place) -> DrawThings:
    """Return the one client of this process, with everything as it is by default."""
    from drawthings import DrawThings

    if not _CLIENTS:
        _CLIENTS.append(DrawThings(f"127.0.0.1:{place.port}"))
    return _CLIENTS[0]


def plan(place: Place) -> Plan:
    """Return the plan of a generation, which says what is written into a file about it."""
    return client(place).prepare("a red fox in the snow", **SETTINGS)


def to_png(name: str) -> Callable[[Place], Run]:
    """Return the row: a blob becomes a PNG file, with the metadata that we write."""

    def prepare(place: Place) -> Run:
        from drawthings import Picture

        blob, path, decided = place.blob(name), place.out / "ours.png", plan(place)
        return lambda: Picture(blob, 0, 1, decided).save(path, overwrite=True)

    return prepare


def batch(place: Place) -> Run:
    """Prepare: four blobs become four PNG files."""
    from drawthings import Picture, Result

    decided, path = plan(place), place.out / "ours-batch.png"
    blobs = [place.blob(f"fpzip-1024-{index}") for index in range(4)]

    def run() -> None:
        pictures = tuple(Picture(blob, index, index, decided) for index, blob in enumerate(blobs))
        Result(pictures, decided).save(path, overwrite=True)

    return run


def frames(place: Place) -> Run:
    """Prepare: the blobs of a clip become RGB frames."""
    from drawthings import Film

    film = Film(tuple(place.film()), film_plan(place))

    def run() -> None:
        for _ in film.frames():
            pass

    return run


def film_plan(place: Place) -> Plan:
    """Return the plan of the clip."""
    return client(place).prepare("a motorcycle", **FILM_SETTINGS)


def mp4_same(place: Place) -> Run:
    """Prepare: the blobs of a clip become an MP4 file with the settings that the peer gives x264."""
    from drawthings import Film
    from drawthings.media.video import FilmForm, open_film

    film, path = Film(tuple(place.film()), film_plan(place)), place.out / "ours-same.mp4"
    width, height = film.size
    form = FilmForm(width=width, height=height, fps=16, preset="medium", crf=10)

    def run() -> None:
        file = open_film(path, form, overwrite=True)
        for pixels in film.frames():
            file.frame(pixels)
        file.close()

    return run


def mp4_default(place: Place) -> Run:
    """Prepare: the blobs of a clip become an MP4 file as we write it unless told otherwise."""
    from drawthings import Film

    film, path = Film(tuple(place.film()), film_plan(place)), place.out / "ours.mp4"
    return lambda: film.save(path, overwrite=True)


def limit_x264(preset: str, crf: int) -> Callable[[Place], Run]:
    """Return the limit: x264 alone, on frames that are decoded already."""

    def prepare(place: Place) -> Run:
        from drawthings import Film
        from drawthings.media.video import FilmForm, open_film

        film, path = Film(tuple(place.film()), film_plan(place)), place.out / "limit.mp4"
        decoded = list(film.frames())
        height, width, _ = decoded[0].shape
        form = FilmForm(width=width, height=height, fps=16, preset=preset, crf=crf)

        def run() -> None:
            file = open_film(path, form, overwrite=True)
            for pixels in decoded:
                file.frame(pixels)
            file.close()

        return run

    return prepare


def from_pixels(place: Place) -> Run:
    """Prepare: pixels become the tensor of a request."""
    import numpy as np
    from PIL import Image

    from drawthings.tensor.pixels import pixels_to_blob

    pixels = np.array(Image.open(place.data / "picture-1024.png"))
    return lambda: pixels_to_blob(pixels)


def from_file(place: Place) -> Run:
    """Prepare: a PNG file becomes the tensor of a request, and its hash."""
    from drawthings.request.build import Contents
    from drawthings.request.pictures import load_picture, picture_blob

    return lambda: Contents().put(picture_blob(load_picture(place.data / "picture-1024.png")))


def limit_from_file(place: Place) -> Run:
    """Prepare the limit: what Pillow needs to read the file, and the hash."""
    from PIL import Image

    tensor = place.blob("raw-1024-0")

    def run() -> None:
        Image.open(place.data / "picture-1024.png").load()
        hashlib.sha256(tensor).digest()

    return run


def limit_copy(place: Place) -> Run:
    """Prepare the limit: writing as many bytes as the tensor has."""
    tensor = place.blob("raw-1024-0")
    return lambda: bytearray(tensor)


def limit_compress(place: Place) -> Run:
    """Prepare the limit: only the compression of the filtered rows, shared by all processors."""
    import numpy as np
    from isal import isal_zlib

    from drawthings.tensor.pixels import blob_to_pixels

    pixels = blob_to_pixels(place.blob("raw-1024-0")).reshape(1024, -1)
    filtered = np.diff(pixels, axis=0, prepend=np.zeros((1, pixels.shape[1]), np.uint8))
    strips = [part.tobytes() for part in np.array_split(filtered, processors())]
    pool = ThreadPoolExecutor(processors())
    return lambda: list(pool.map(lambda strip: isal_zlib.compress(strip, 1), strips))


def preview(place: Place) -> Run:
    """Prepare: a FLUX preview becomes RGB."""
    from drawthings.stream.events import Preview

    blob = place.blob("preview")
    return lambda: Preview(step=1, blob=blob, version="flux1", progress=0.5).pixels()


def decode(place: Place) -> Run:
    """Prepare: a blob becomes pixels, and nothing else."""
    from drawthings.tensor.pixels import blob_to_pixels

    blob = place.blob("fpzip-1024-0")
    return lambda: blob_to_pixels(blob)


def limit_entropy(name: str) -> Callable[[Place], Run]:
    """Return the limit: the serial chain of an fpzip stream, of which nothing is kept."""

    def prepare(place: Place) -> Run:
        library = ctypes.CDLL(str(BENCH_CORE))
        library.dt_bench_entropy.restype = ctypes.c_uint64
        library.dt_bench_entropy.argtypes = (ctypes.c_char_p, ctypes.c_size_t)
        stream = place.blob(name)[HEADER_BYTES:]
        return lambda: library.dt_bench_entropy(stream, len(stream))

    return prepare


def generation(place: Place) -> Run:
    """Prepare: a whole generation, from the prompt to the PNG file."""
    connected, path = client(place), place.out / "ours-generation.png"
    return lambda: connected.generate("a red fox in the snow", **SETTINGS).save(path, overwrite=True)


ROWS = {
    "small": to_png("fpzip-64-0"),
    "fpzip-512": to_png("fpzip-512-0"),
    "fpzip-1024": to_png("fpzip-1024-0"),
    "fpzip-2048": to_png("fpzip-2048-0"),
    "raw-1024": to_png("raw-1024-0"),
    "batch": batch,
    "frames": frames,
    "mp4-same": mp4_same,
    "mp4": mp4_default,
    "from-pixels": from_pixels,
    "from-file": from_file,
    "preview": preview,
    "decode": decode,
    "generation": generation,
    "limit-entropy": limit_entropy("fpzip-1024-0"),
    "limit-preview": limit_entropy("preview"),
    "limit-compress": limit_compress,
    "limit-copy": limit_copy,
    "limit-from-file": limit_from_file,
    "limit-mp4-same": limit_x264("medium", 10),
    "limit-mp4": limit_x264("veryfast", 17),
}

if __name__ == "__main__":
    sys.exit(main(ROWS))
