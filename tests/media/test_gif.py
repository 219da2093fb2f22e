import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clips import moving
from drawthings.media.gif import take_apart
from drawthings.media.video import FilmForm, open_film


def write(path: Path, form: FilmForm, count: int) -> Image.Image:
    film = open_film(path, form)
    for index in range(count):
        film.frame(moving(index, form.width, form.height))
    return Image.open(film.close())


def test_frames_times_and_comment(tmp_path: Path):
    comment = json.dumps({"c": "狐 🦊 é <&>" + "x" * 600}, ensure_ascii=False)
    with write(tmp_path / "a.gif", FilmForm(width=64, height=48, fps=16, comment=comment), 17) as found:
        assert (found.format, found.size, found.n_frames, found.info["loop"]) == ("GIF", (64, 48), 17, 0)
        assert json.loads(found.info["comment"]) == json.loads(comment)
        times = []
        for index in range(17):
            found.seek(index)
            times.append(found.info["duration"])
            shown = np.asarray(found.convert("RGB")).astype(int)
            assert np.abs(shown - moving(index)).mean() < 6
    # 6.25 hundredths of a second each, which a GIF cannot say: some are longer, and all together are right.
    assert set(times) == {60, 70}
    assert sum(times) == pytest.approx(17 / 16 * 1000, abs=10)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 500), (17, 9)])
def test_odd_sizes_and_few_colours(tmp_path: Path, width: int, height: int):
    with write(tmp_path / "a.gif", FilmForm(width=width, height=height, fps=100), 2) as found:
        assert (found.size, found.n_frames) == ((width, height), 2)
        assert "comment" not in found.info
        assert found.info["duration"] == 20


def test_extensions_before_the_picture_are_passed_over():
    colours, own = bytes(range(6)), bytes(range(6, 12))
    head = b"GIF89a" + bytes([1, 0, 1, 0, 0x80, 0, 0]) + colours + b"\x21\xf9\x04abcd\0" + b"\x21\xfe\x02hi\x01!\0"
    picture = b"\x2c" + bytes([0, 0, 0, 0, 1, 0, 1, 0])
    assert take_apart(head + picture + b"\0" + b"data\0\x3b") == (colours, b"data\0")
    assert take_apart(head + picture + b"\x80" + own + b"data\0\x3b") == (own, b"data\0")


def test_a_gif_of_another_form_is_told():
    with pytest.raises(ValueError, match="not known"):
        take_apart(b"GIF89a" + bytes(7) + b"\x3b\x3b")
