import errno
import wave
from pathlib import Path

import numpy as np
import pytest

from clips import tone
from drawthings.errors import BadHeader, BadValue, OutOfRange, OutputError, Truncated, UnsupportedDatatype
from drawthings.media import audio
from drawthings.media.audio import WavFile, decode_sound, write_wav
from drawthings.tensor.codec import encode_tensor
from drawthings.tensor.header import Format


def blob(values: np.ndarray) -> bytes:
    return encode_tensor(values, codec="auto", format=Format.NCHW)


def test_several_tensors_are_joined_each_without_its_header():
    sound = tone(24_000, 0.1)
    joined = decode_sound([blob(sound[:, :1000]), blob(sound[:, 1000:])])
    assert joined.dtype == np.float32
    assert np.array_equal(joined, sound)


def test_no_tensor_is_no_sound():
    assert decode_sound([]).shape == (2, 0)


@pytest.mark.parametrize("shape", [(500,), (1, 500), (1, 1, 500)])
def test_one_channel_is_heard_on_both_sides(shape: tuple[int, ...]):
    values = np.linspace(-1, 1, 500, dtype=np.float32)
    assert np.array_equal(decode_sound([blob(values.reshape(shape))]), np.stack([values, values]))


def test_numbers_that_are_no_sound_become_silence_or_the_limit():
    values = np.array([[np.nan, np.inf, 2.0], [-np.inf, -3.0, 0.5]], np.float32)
    assert decode_sound([encode_tensor(values)]).tolist() == [[0, 0, 1], [0, -1, 0.5]]


@pytest.mark.parametrize("shape", [(3, 10), (2, 2, 10)])
def test_another_shape_is_told(shape: tuple[int, ...]):
    with pytest.raises(BadHeader, match=r"\(2, samples\)"):
        decode_sound([blob(np.zeros(shape, np.float32))])


def test_whole_numbers_and_broken_tensors_are_told():
    with pytest.raises(UnsupportedDatatype):
        decode_sound([encode_tensor(np.zeros((2, 10), np.uint8))])
    with pytest.raises(Truncated):
        decode_sound([blob(tone(8000, 0.1))[:50]])


def test_a_wav_file_holds_the_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(audio, "PIECE", 1000)
    sound = tone(48_000, 0.1)
    assert write_wav(tmp_path / "a.wav", sound, 48_000).name == "a.wav"
    assert write_wav(tmp_path / "a.wav", sound, 48_000).name == "a-1.wav"
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48_000, 2, 2)
        values = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).T
    assert np.abs(values / 32767 - sound).max() < 1 / 32767


def test_closing_twice_changes_nothing(tmp_path: Path):
    file = WavFile(tmp_path / "a.wav", 8000)
    file.write(tone(8000, 0.1))
    file.close()
    file.close()
    assert (tmp_path / "a.wav").stat().st_size == 44 + 800 * 4


def test_what_is_no_sound_is_not_written(tmp_path: Path):
    for wrong in (np.zeros(5, np.float32), np.zeros((2, 5), np.int16), np.zeros((3, 5), np.float32)):
        with pytest.raises(BadValue, match=r"\(2, samples\)"):
            write_wav(tmp_path / "a.wav", wrong, 48_000)
    with pytest.raises(OutOfRange, match="no rate"):
        write_wav(tmp_path / "a.wav", tone(8000, 0.1), 0)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(_self: WavFile, _samples: np.ndarray) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(WavFile, "write", full)
    with pytest.raises(OutputError, match="the disk is full"):
        write_wav(tmp_path / "a.wav", tone(8000, 0.1), 8000)
    assert not list(tmp_path.iterdir())
