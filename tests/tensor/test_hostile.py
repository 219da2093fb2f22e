"""Streams that no encoder wrote, through the native core; what the fuzzer finds is kept here too."""

import contextlib
import random
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from drawthings.errors import TensorError, Truncated
from drawthings.tensor import core
from drawthings.tensor.core import Core, Mismatch, Unsupported
from drawthings.tensor.fpzip import CODEC, _library_path
from drawthings.tensor.geometry import read_geometry
from drawthings.tensor.header import Datatype, Format, Header
from drawthings.tensor.native import Geometry
from drawthings.tensor.worker import Pool

SHAPE = (1, 24, 24, 3)
GEOMETRY = Geometry(0, 19, 3, 24, 24, 1)

pytestmark = pytest.mark.usefixtures("native")


def description(double: int, precision: int, *sizes: int) -> bytes:
    """Write what a stream says of itself, with a range coder of its own."""
    low, width, written = 0, 2**32 - 1, bytearray()
    numbers = [(byte, 8) for byte in b"fpz\0"] + [(0x110, 16), (1, 8), (double, 1), (precision, 7)]
    for size in sizes:
        numbers += [(size & 0xFFFF, 16), (size >> 16, 16)]
    for number, bits in numbers:
        width >>= bits
        low = (low + width * number) & 0xFFFFFFFF
        while (low ^ (low + width)) & 0xFF000000 == 0:
            written.append(low >> 24)
            low, width = low << 8 & 0xFFFFFFFF, width << 8 & 0xFFFFFFFF
        if width < 1 << 16:
            written += bytes([low >> 24, low >> 16 & 0xFF])
            low = low << 16 & 0xFFFFFFFF
            width = -low & 0xFFFFFFFF
    return bytes(written) + low.to_bytes(4, "big")


def decode(native: Core, payload: bytes, geometry: Geometry = GEOMETRY):
    numbers = np.empty(geometry.samples, "f4")
    stream = native.stream(payload, geometry)
    stream.read(geometry.samples // geometry.nx, core.F32, numbers.ctypes.data, numbers.nbytes)
    return numbers


@pytest.fixture
def payload(smooth_picture: Callable[..., np.ndarray]) -> bytes:
    """A stream as a server sends it."""
    return CODEC.encode(smooth_picture(24, 24))


@pytest.fixture(scope="module")
def library():
    """The fpzip library in a process of its own, which it may bring down."""
    pool = Pool(1)

    def decode(payload: bytes) -> np.ndarray | None:
        numbers = np.empty(GEOMETRY.samples, "f4")
        with pool.worker(_library_path()) as process:
            used = process.decode(GEOMETRY, memoryview(payload), numbers)
        return numbers if used == len(payload) else None

    yield decode
    pool.close()


def test_the_description_is_what_encoders_write(payload: bytes):
    assert read_geometry(memoryview(description(0, 19, 3, 24, 24, 1))) == GEOMETRY
    assert payload[:20] == description(0, 19, 3, 24, 24, 1)[:20]


def test_what_the_core_accepts_of_changed_streams_the_library_decodes_alike(
    native: Core, payload: bytes, library: Callable[[bytes], np.ndarray | None]
):
    rng = random.Random(1)
    accepted = 0
    for _ in range(1500):
        changed = bytearray(payload)
        # Near the end: from an earlier change the two never find back to the right length.
        for _ in range(rng.randrange(1, 4)):
            changed[-1 - rng.randrange(40)] ^= 1 << rng.randrange(8)
        try:
            numbers = decode(native, changed)
        except (TensorError, Mismatch, Unsupported):
            continue
        expected = library(bytes(changed))
        assert expected is not None
        assert (numbers.view("u4") == expected.view("u4")).all()
        accepted += 1
        if accepted == 40:
            break
    assert accepted == 40


def test_every_shorter_stream_is_refused(native: Core, payload: bytes):
    kinds = set()
    for length in range(len(payload)):
        with pytest.raises(TensorError) as caught:
            decode(native, payload[:length])
        kinds.add(caught.type)
    assert Truncated in kinds


def test_every_longer_stream_is_refused(native: Core, payload: bytes):
    for more in (1, 2, 5, 3000, 10_000):
        with pytest.raises(TensorError, match=f"^{more} bytes follow"):
            decode(native, payload + bytes(more))


def test_changed_streams_are_refused_or_decoded(native: Core, payload: bytes):
    rng = random.Random(2)
    refused = 0
    for _ in range(3000):
        changed = bytearray(payload)
        for _ in range(rng.randrange(1, 5)):
            place = rng.randrange(len(changed))
            if rng.randrange(3):
                changed[place] = rng.randrange(256)
            else:
                changed[place : place + rng.randrange(20)] = rng.randbytes(rng.randrange(20))
        try:
            decode(native, changed)
        except (TensorError, Mismatch, Unsupported):
            refused += 1
    assert refused > 2500


@pytest.mark.parametrize("form", [core.F32, core.F16, core.LEVELS_OF_F16, core.LEVELS_OF_F32])
@pytest.mark.parametrize("words", [(19, 3, 9, 9, 2), (32, 1, 300, 1, 1), (9, 4, 7, 5, 1)])
def test_any_bytes_behind_a_description_are_refused_or_decoded(native: Core, form: int, words: tuple[int, ...]):
    geometry = Geometry(0, *words)
    rng = random.Random(3)
    head = description(*geometry)[:20]
    lines = geometry.samples // geometry.nx
    guard = bytes(range(256))
    size = geometry.samples * {core.F32: 4, core.F16: 2}.get(form, 1)
    for _ in range(200):
        target = bytearray(size) + guard
        with contextlib.suppress(TensorError, Mismatch, Unsupported):
            native.stream(head + rng.randbytes(rng.randrange(1500)), geometry).read(
                lines, form, core.address_of(target), size
            )
        assert target[size:] == guard


@pytest.mark.parametrize(
    "sizes", [(0, 24, 24, 1), (3, 24, 24, 0), (2**32 - 1,) * 4, (2**31, 2**31, 1, 1), (65536, 65536, 65536, 65536)]
)
def test_impossible_sizes_are_refused_even_if_expected(native: Core, sizes: tuple[int, ...]):
    with pytest.raises(TensorError):
        native.stream(description(0, 19, *sizes) + bytes(100), Geometry(0, 19, *sizes))


@pytest.mark.parametrize("precision", [33, 64, 127])
def test_impossible_precisions_are_refused(native: Core, precision: int):
    with pytest.raises(TensorError):
        native.stream(description(0, precision, 3, 24, 24, 1) + bytes(100), GEOMETRY)


GIGABYTE = """
import resource, sys
from drawthings.errors import TensorError
from drawthings.tensor.codec import decode_tensor
from drawthings.tensor.pixels import blob_to_pixels
blob = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for decode in (decode_tensor, blob_to_pixels):
    try:
        decode(blob)
    except TensorError:
        continue
    sys.exit("decoded")
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(grown // (1024 if sys.platform == "darwin" else 1))
"""


def test_a_short_stream_that_promises_a_gigabyte_takes_none():
    pytest.importorskip("resource")
    sizes = (1, 13000, 13000, 3)
    header = Header(CODEC.identifier, Format.NHWC, Datatype.F16, sizes)
    blob = header.to_bytes() + description(0, 19, *sizes[::-1]) + bytes(500)
    done = subprocess.run([sys.executable, "-c", GIGABYTE], input=blob, capture_output=True, check=True, timeout=15)
    assert int(done.stdout) < 30_000  # kilobytes; most of it for what the first call imports
