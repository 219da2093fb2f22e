import io
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drawthings.errors import BadImage
from drawthings.request import sources
from drawthings.request.sources import open_array, open_bytes, open_file, open_path, told


def png(size: object = (5, 4), color: object = (1, 2, 3), mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, color).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def photo(tmp_path: Path):
    path = tmp_path / "photo.png"
    path.write_bytes(png())
    return path


def test_a_file_is_opened(photo: Path):
    assert open_path(photo).size == (5, 4)


def test_tilde_is_the_home_folder(photo: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(photo.parent))
    monkeypatch.setenv("USERPROFILE", str(photo.parent))
    assert open_path(Path("~/photo.png")).size == (5, 4)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(BadImage, match="no file") as caught:
        open_path(tmp_path / "none.png")
    assert caught.value.source == str(tmp_path / "none.png")
    assert "spelling" in caught.value.hint


def test_a_folder_is_called_a_folder(tmp_path: Path):
    with pytest.raises(BadImage, match="is a folder"):
        open_path(tmp_path)


def test_windows_denies_folders_and_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Path, "open", lambda *_: _deny())
    with pytest.raises(BadImage, match="is a folder"):
        open_path(tmp_path)


def _deny() -> None:
    raise PermissionError(13, "Permission denied")


def test_a_file_without_permission_is_told(photo: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Path, "open", lambda *_: _deny())
    with pytest.raises(BadImage, match="permission denied") as caught:
        open_path(photo)
    assert "permissions" in caught.value.hint
    assert isinstance(caught.value.__cause__, PermissionError)


@pytest.mark.parametrize("name", ["a\0b.png", "x" * 5000, "~nobody-of-that-name/x.png"])
def test_impossible_paths_are_told(name: str):
    with pytest.raises(BadImage, match=r"cannot be read|no file"):
        open_path(Path(name))


def test_a_pipe_that_gives_pieces_is_read_to_its_end():
    data = png(size=(300, 300))
    end, start = os.pipe()
    os.write(start, data)
    os.close(start)
    with os.fdopen(end, "rb", buffering=0) as file:
        assert open_file(file).size == (300, 300)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"hello, I am a text\n", "it is text"),
        (b"\x01\x02\x03\x04" * 50, "no format that Pillow knows"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "a PostScript drawing"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"PK\x03\x04rest of an archive", "a ZIP archive"),
        (b"\x00\x00\x00\x18ftypheic\0\0\0\0", "a HEIC photo"),
        (b"\x00\x00\x00\x18ftypmp42\0\0\0\0", "a film"),
        (b"\xff\x0a rest", "a JPEG XL picture"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIH", "damaged or cut off"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, message: str):
    with pytest.raises(BadImage, match=message) as caught:
        open_bytes(data, "thing.bin")
    assert str(caught.value).startswith("thing.bin")
    assert caught.value.hint
    assert caught.value.source == "thing.bin"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_truncated_files_never_pass_as_pictures(kind: str):
    rng = np.random.default_rng(3)
    file = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(file, kind)
    data = file.getvalue()
    with pytest.raises(BadImage, match=r"photo cannot be decoded|photo is not readable"):
        open_bytes(data[: len(data) // 2], "photo")


@pytest.mark.parametrize("cut", range(1, 50, 7))
def test_a_header_cut_anywhere_is_told(cut: int):
    with pytest.raises(BadImage):
        open_bytes(png()[:cut], "photo")


def test_a_decompression_bomb_is_refused_without_a_warning(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    for size in [(40, 40), (400, 400)]:
        with pytest.raises(BadImage, match="more than 1,000 pixels") as caught:
            open_bytes(png(size=size), "bomb.png")
        assert "MAX_IMAGE_PIXELS" in caught.value.hint


def test_opening_leaves_the_warning_filters_alone():
    before = list(warnings.filters)
    open_bytes(png(), "photo")
    assert warnings.filters == before


def test_a_program_may_lift_the_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    assert open_bytes(png(), "photo").size == (5, 4)


def test_an_animation_gives_its_first_frame():
    file = io.BytesIO()
    frames = [Image.new("RGB", (3, 3), color) for color in ("red", "blue", "lime")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    assert open_bytes(file.getvalue(), "film.gif").convert("RGB").getpixel((0, 0)) == (255, 0, 0)


def test_a_file_object_is_read_from_its_beginning():
    file = io.BytesIO()
    file.write(png())
    assert open_file(file).size == (5, 4)


def test_a_file_object_that_cannot_be_rewound_is_read_as_it_stands():
    class Stream:
        def __init__(self) -> None:
            self.inner = io.BytesIO(png())

        def read(self, size: object) -> bytes:
            return self.inner.read(min(size, 7))

    assert open_file(Stream()).size == (5, 4)


def test_a_text_file_object_is_told_how_to_open(tmp_path: Path):
    path = tmp_path / "a.png"
    path.write_text("x")
    with path.open() as file, pytest.raises(BadImage, match="open as text") as caught:
        open_file(file)
    assert '"rb"' in caught.value.hint


class Broken:
    def __init__(self, answer: object) -> None:
        self.answer = answer

    def read(self, _size: int) -> object:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize("answer", ["text", OSError(5, "Input/output error"), ValueError("I/O on closed file"), 5])
def test_a_file_object_that_fails_is_told(answer: object):
    with pytest.raises(BadImage, match="The given file object cannot be read"):
        open_file(Broken(answer))


def test_endless_files_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sources, "MOST_BYTES", 2 << 20)
    with pytest.raises(BadImage, match="larger than 2 MiB"):
        open_file(Broken(b"x" * (1 << 20)))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 7, 255]], np.uint8), [0, 7, 255]),
        (np.array([[0, 256, 65535]], np.uint16), [0, 1, 255]),
        (np.array([[0, 256, 65535]], ">u2"), [0, 1, 255]),
        (np.array([[0, 0.5, 1.0005]], np.float32), [0, 128, 255]),
        (np.array([[-0.0005, 0.25, 1]], np.float64), [0, 64, 255]),
        (np.array([[0, 0.5, 1]], np.float16), [0, 128, 255]),
        (np.array([[False, True, True]]), [0, 255, 255]),
    ],
)
def test_arrays_of_each_type(values: object, expected: object):
    np.testing.assert_array_equal(np.asarray(open_array(values)), [expected])


@pytest.mark.parametrize(
    ("shape", "mode"), [((2, 3), "L"), ((2, 3, 1), "L"), ((2, 3, 3), "RGB"), ((2, 3, 4), "RGBA"), ((1, 1), "L")]
)
def test_array_shapes(shape: tuple[int, ...], mode: str):
    image = open_array(np.zeros(shape, np.uint8))
    assert (image.mode, image.size) == (mode, (shape[1], shape[0]))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((3, 20, 20), np.uint8), r"shape \(3, 20, 20\)"),
        (np.zeros((1, 4, 4, 3), np.uint8), "shape"),
        (np.zeros(5, np.uint8), "shape"),
        (np.zeros((4, 4, 2), np.uint8), "shape"),
        (np.zeros((0, 4, 3), np.uint8), "no pixels"),
        (np.zeros((4, 4), np.int64), "int64"),
        (np.zeros((4, 4), np.complex64), "complex64"),
        (np.array([["a"]]), "no picture"),
        (np.full((2, 2), 255.0), r"0\.\.1"),
        (np.full((2, 2), -1.0), r"0\.\.1"),
        (np.full((2, 2), np.nan), r"0\.\.1"),
        (np.full((2, 2), np.inf), r"0\.\.1"),
    ],
)
def test_arrays_that_are_no_pictures(values: object, message: str):
    with pytest.raises(BadImage, match=message) as caught:
        open_array(values)
    assert caught.value.hint


def test_an_array_is_copied():
    values = np.zeros((2, 2, 4), np.uint8)
    image = open_array(values)
    values[:] = 9
    assert image.getpixel((0, 0)) == (0, 0, 0, 0)


def test_memory_running_out_is_told():
    with pytest.raises(BadImage, match="memory"), told("huge.tif"):
        raise MemoryError


def test_errors_without_a_text_are_named_by_their_type():
    with pytest.raises(BadImage, match="IndexError"), told("odd.ico"):
        raise IndexError


def test_our_own_errors_pass_unchanged():
    with pytest.raises(BadImage, match=r"^mine$"), told("x"):
        raise BadImage("mine")
