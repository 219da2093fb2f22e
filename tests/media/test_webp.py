from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clips import moving
from drawthings.media.video import FilmForm, open_film
from drawthings.media.xmp import Packet, find_packet, read_packet, xmp_packet

PACKET = Packet(description="a fox", comment='{"c":"狐"}', creator="x")


def write(path: Path, form: FilmForm, count: int) -> Path:
    film = open_film(path, form)
    for index in range(count):
        film.frame(moving(index, form.width, form.height))
    return film.close()


@pytest.mark.parametrize(("width", "height"), [(64, 48), (63, 47)])
def test_frames_times_and_settings(tmp_path: Path, width: int, height: int):
    form = FilmForm(width=width, height=height, fps=24, xmp=xmp_packet(PACKET))
    path = write(tmp_path / "a.webp", form, 13)
    packet = find_packet(path.read_bytes())
    assert packet is not None
    assert read_packet(packet) == PACKET
    with Image.open(path) as found:
        assert (found.format, found.size, found.n_frames, found.info["loop"]) == ("WEBP", (width, height), 13, 0)
        times = []
        for index in range(13):
            found.seek(index)
            shown = np.asarray(found.convert("RGB")).astype(int)
            assert np.abs(shown - moving(index, width, height)).mean() < 5
            times.append(found.info["timestamp"] + found.info["duration"])
    assert times == [round((index + 1) * 1000 / 24) for index in range(13)]


def test_without_settings(tmp_path: Path):
    path = write(tmp_path / "a.webp", FilmForm(width=64, height=48, fps=16), 2)
    assert find_packet(path.read_bytes()) is None
    assert int.from_bytes(path.read_bytes()[4:8], "little") == path.stat().st_size - 8
