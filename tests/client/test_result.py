"""Pictures that know how they were made, and save themselves."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from drawthings import DrawThings
from drawthings.media.metadata import read_metadata

if TYPE_CHECKING:
    from pathlib import Path

    from drawthings import EmbeddedServer, Result

SD15 = "realdream_15sd15_q6p_q8p.ckpt"


@pytest.fixture(scope="module")
def pair(plain_server: EmbeddedServer) -> Result:
    with DrawThings(f"grpc://{plain_server.address}") as client:
        return client.generate("a red boat", model=SD15, width=256, height=192, steps=2, seed=3, batch_size=2)


def test_pixels_and_image_agree(pair: Result) -> None:
    assert pair.picture.pixels.shape == (192, 256, 3)
    assert np.array_equal(np.asarray(pair.picture.image()), pair.picture.pixels)


@pytest.mark.parametrize("kind", ["png", "webp", "jpeg"])
def test_every_kind_carries_the_settings_of_its_own_picture(pair: Result, kind: str) -> None:
    data = pair[1].encode(kind)
    found = read_metadata(data)
    assert found is not None
    assert found.document["seed"] == pair[1].seed != pair[0].seed
    assert found.configuration["model"] == SD15
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (256, 192)


def test_saving_never_overwrites_unless_told(pair: Result, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    first, second = pair.save(folder / "a.png")
    assert (first.name, second.name) == ("a.png", "a-1.png")
    third, fourth = pair.save(folder / "a.png")
    assert (third.name, fourth.name) == ("a-2.png", "a-3.png")
    again = pair.save(folder / "a.png", overwrite=True)
    assert again == [first, second]
    assert len(list(folder.iterdir())) == 4


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("new/", ["realdream_15sd15_q6p_q8p-3.png", "realdream_15sd15_q6p_q8p-811107.png"]),
        ("{index}.webp", ["0.webp", "1.webp"]),
        (".", ["realdream_15sd15_q6p_q8p-3.png", "realdream_15sd15_q6p_q8p-811107.png"]),
    ],
)
def test_folders_and_patterns(
    pair: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, names: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert [path.name for path in pair.save(target)] == names


def test_the_repr_is_short(pair: Result) -> None:
    assert len(repr(pair)) < 200
