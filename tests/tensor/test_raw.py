import numpy as np
import pytest

from drawthings.errors import Truncated
from drawthings.tensor.header import Datatype, Format, Header
from drawthings.tensor.raw import CODEC

HEADER = Header(0, Format.NCHW, Datatype.I32, (2, 3))
NUMBERS = np.arange(6, dtype="<i4").reshape(2, 3)


def test_numbers_go_out_as_they_are():
    assert CODEC.encode(NUMBERS) == b"".join(n.to_bytes(4, "little") for n in range(6))


def test_decoding_looks_into_the_payload_and_cannot_change_it():
    payload = bytearray(NUMBERS.tobytes())
    decoded = CODEC.decode(memoryview(payload), HEADER)
    payload[0] = 9
    assert decoded[0, 0] == 9
    with pytest.raises(ValueError, match="read-only"):
        decoded[0, 0] = 1


def test_bytes_behind_the_numbers_are_ignored():
    assert (CODEC.decode(memoryview(NUMBERS.tobytes() + b"more"), HEADER) == NUMBERS).all()


@pytest.mark.parametrize("length", [0, 1, 23])
def test_too_few_bytes_are_truncated(length: int):
    with pytest.raises(Truncated, match=rf"24 bytes of numbers for shape \(2, 3\); only {length} follow"):
        CODEC.decode(memoryview(bytes(length)), HEADER)
