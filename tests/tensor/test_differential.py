import pytest

import differential
from drawthings.tensor import core

# A share of what `make fuzz` compares.
pytestmark = pytest.mark.usefixtures("native")


@pytest.mark.parametrize("seed", range(4))
def test_core_and_library_agree_on_every_bit(seed: int):
    assert differential.run(200, seed) == []


def test_a_difference_is_seen(native: core.Core, monkeypatch: pytest.MonkeyPatch):
    encode = type(native).encode

    def flipped(self: core.Core, *arguments: object, **options: object) -> bytes:
        stream = bytearray(encode(self, *arguments, **options))
        stream[-1] ^= 1
        return bytes(stream)

    monkeypatch.setattr(type(native), "encode", flipped)
    (line, *_) = differential.run(1)
    assert line.startswith("tensor 0, bits")
    assert line.endswith("the streams differ")
