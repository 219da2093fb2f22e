import wave
from pathlib import Path

import numpy as np
from PIL import Image

from clips import moving, tone
from drawthings.media.video import FilmForm, open_film
from drawthings.media.xmp import Packet, find_packet, xmp_packet


def test_numbered_pictures_and_the_sound_beside_them(tmp_path: Path):
    packet = xmp_packet(Packet(description="a fox"))
    film = open_film(tmp_path / "walk.cycle.png", FilmForm(width=64, height=48, fps=16, audio_rate=24_000, xmp=packet))
    for index in range(3):
        film.frame(moving(index))
    film.sound(tone(24_000, 0.1))
    film.sound(tone(24_000, 0.1))
    folder = film.close()
    assert folder == tmp_path / "walk.cycle"
    names = sorted(path.name for path in folder.iterdir())
    assert names == [*(f"walk.cycle-000{number}.png" for number in (1, 2, 3)), "walk.cycle.wav"]
    for index in range(3):
        path = folder / names[index]
        assert find_packet(path.read_bytes()) == packet.encode()
        with Image.open(path) as image:
            assert np.array_equal(np.asarray(image), moving(index))
    with wave.open(str(folder / names[3])) as file:
        assert (file.getframerate(), file.getnframes()) == (24_000, 4800)


def test_without_sound_there_is_no_sound_file(tmp_path: Path):
    film = open_film(tmp_path / "a.png", FilmForm(width=64, height=48, fps=16, audio_rate=24_000))
    film.frame(moving(0))
    assert [path.name for path in film.close().iterdir()] == ["a-0001.png"]
