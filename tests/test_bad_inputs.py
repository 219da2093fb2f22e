"""Bad input, case by case: the exact error, words that name the value and the way out, and nothing sent or lost.

Every case runs against a real embedded server; the ones before the answer must not reach it.
"""

from __future__ import annotations

import io
import socket
import struct
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import fpzip
import grpc
import numpy as np
import pytest
from PIL import Image

from drawthings import (
    Configuration,
    Connection,
    DrawThings,
    Lora,
    Retry,
    Secret,
    Timeouts,
    Tls,
    errors,
    save_tensor_image,
)
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from drawthings import Result

SDXL = "juggernaut_xl_v9_q6p_q8p.ckpt"
LIGHTNING = "qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16.ckpt"
ONCE = Retry(tries=1)


def head(codec: int = 0, layout: int = 2, datatype: int = 0x20000, shape: tuple[int, ...] = (1, 8, 8, 3)) -> bytes:
    return struct.pack("<I16i", codec, 1, layout, datatype, 0, *shape, *[0] * (12 - len(shape)))


def a_png(width: int = 64, height: int = 64) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(buffer, "PNG")
    return buffer.getvalue()


def bomb() -> bytes:
    """A PNG of 60,000 x 60,000 pixels in a few bytes."""
    data = a_png()
    start = struct.pack(">II", 60_000, 60_000) + data[24:29]
    return data[:16] + start + struct.pack(">I", zlib.crc32(b"IHDR" + start)) + data[33:]


SETTINGS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "no steps": ({"steps": 0}, errors.OutOfRange, r"steps.*0"),
    "too many steps": ({"steps": 151}, errors.OutOfRange, r"steps.*151"),
    "half a step": ({"steps": 7.5}, errors.BadValue, r"steps.*7\.5"),
    "width off the grid": ({"width": 1000}, errors.OutOfRange, r"width.*1000"),
    "no width": ({"width": 0}, errors.OutOfRange, r"width.*0"),
    "a flag for a width": ({"width": True}, errors.BadValue, r"width.*True"),
    "a height beyond all bounds": ({"height": 16384}, errors.OutOfRange, r"height.*16384"),
    "negative guidance": ({"guidance_scale": -1}, errors.OutOfRange, r"guidance_scale.*-1"),
    "guidance that is no number": ({"guidance_scale": float("nan")}, errors.BadValue, r"guidance_scale.*nan"),
    "strength above one": ({"strength": 1.5}, errors.OutOfRange, r"strength.*1\.5"),
    "strength below nought": ({"strength": -0.1}, errors.OutOfRange, r"strength.*-0\.1"),
    "a seed of 33 bits": ({"seed": 2**32}, errors.OutOfRange, r"seed.*4294967296"),
    "a negative seed": ({"seed": -2}, errors.OutOfRange, r"seed.*-2"),
    "a word for a seed": ({"seed": "lucky"}, errors.BadValue, r"seed.*lucky"),
    "an unknown sampler": ({"sampler": "Eulerr"}, errors.UnknownChoice, r"Eulerr"),
    "a sampler number too high": ({"sampler": 99}, errors.UnknownChoice, r"99"),
    "an unknown seed mode": ({"seed_mode": "sometimes"}, errors.UnknownChoice, r"sometimes"),
    "no batch": ({"batch_size": 0}, errors.OutOfRange, r"batch_size.*0"),
    "a batch of five": ({"batch_size": 5}, errors.OutOfRange, r"batch_size.*5"),
    "no frames": ({"num_frames": 0}, errors.OutOfRange, r"num_frames.*0"),
    "an odd upscaler factor": ({"upscaler_scale_factor": 3}, errors.OutOfRange, r"upscaler_scale_factor.*3"),
    "a misspelt setting": ({"stepz": 3}, errors.UnknownField, r"stepz"),
    "the app's spelling": ({"guidanceScale": 3}, errors.UnknownField, r"guidanceScale"),
    "the wire's spelling": ({"start_width": 8}, errors.UnknownField, r"start_width"),
    "a number for a prompt": ({"prompt": 5}, errors.BadValue, r"prompt.*int"),
    "half a character": ({"prompt": "x\udcff"}, errors.BadValue, r"prompt.*position 1"),
    "no negative prompt": ({"negative_prompt": None}, errors.BadValue, r"negative_prompt.*NoneType"),
    "a number for a LoRA": ({"loras": [5]}, errors.BadValue, r"5"),
    "a LoRA of another family": ({"loras": [LIGHTNING], "model": SDXL}, errors.BadValue, r"qwen_image.*sdxl"),
    "an unknown model": ({"model": "juggernaut_xl_v8_q6p_q8p.ckpt"}, errors.ModelNotFound, r"juggernaut_xl_v8"),
    "an unknown LoRA": ({"loras": ["no_such_lora.ckpt"]}, errors.ModelNotFound, r"no_such_lora"),
    "an unknown refiner": ({"refiner_model": "no_such_refiner.ckpt"}, errors.ModelNotFound, r"no_such_refiner"),
    "an unknown upscaler": ({"upscaler": "no_such_upscaler.ckpt"}, errors.ModelNotFound, r"no_such_upscaler"),
    "a text for a width": ({"width": "512", "image": a_png()}, errors.BadValue, r"width.*512"),
    "no number for a width": ({"width": float("nan"), "image": a_png()}, errors.BadValue, r"width.*nan"),
    "a list for a height": ({"height": [1], "image": a_png()}, errors.BadValue, r"height"),
    "a number for a model": ({"model": 5}, errors.BadValue, r"model.*5"),
    "one reference alone": ({"references": "abc.png"}, errors.BadValue, r"references.*str"),
    "a dictionary for a configuration": ({"configuration": {"steps": 3}}, errors.BadValue, r"configuration.*dict"),
    "an unknown fit": ({"image": a_png(), "image_fit": "squeeze"}, errors.BadValue, r"squeeze"),
}

PICTURES: dict[str, tuple[Any, str]] = {
    "a missing file": ("missing.png", r"missing\.png"),
    "a folder": ("folder", r"folder"),
    "an empty file": ("empty.png", r"empty\.png"),
    "a text": ("text.png", r"text\.png"),
    "half a PNG": ("half.png", r"half\.png"),
    "a bomb": ("bomb.png", r"bomb\.png"),
    "bytes of nothing": (b"", r"empty"),
    "bytes of something else": (b"%PDF-1.4 no picture", r"PDF"),
    "a number": (5, r"int"),
    "an array of two channels": (np.zeros((8, 8, 2), np.uint8), r"2"),
    "an array of five dimensions": (np.zeros((1, 1, 8, 8, 3), np.uint8), r"5|shape"),
    "an array without pixels": (np.zeros((0, 8, 3), np.uint8), r"0"),
    "an array with NaN": (np.full((8, 8, 3), np.nan), r"(?i)nan|finite"),
}

ADDRESSES = [
    "",
    "   ",
    "host:99999",
    "host:0",
    "host:abc",
    "http://host",
    "a b",
    "user@host",
    "grpc://",
    "host/path",
    "[::1",
    "ftp://x",
]

BLOBS: dict[str, tuple[bytes, type[Exception], str]] = {
    "nothing": (b"", errors.TensorError, r"0 bytes|68"),
    "half a header": (head()[:40], errors.TensorError, r"40|68"),
    "an unknown codec": (head(codec=0x1234) + bytes(384), errors.UnsupportedCodec, r"0x1234"),
    "a palettised payload": (head(codec=0x8A1E4B) + bytes(384), errors.UnsupportedCodec, r"(?i)0x8a1e4b"),
    "an unknown number type": (head(datatype=0x123) + bytes(384), errors.UnsupportedDatatype, r"0x123|123"),
    "bfloat16": (head(datatype=0x80000) + bytes(384), errors.UnsupportedDatatype, r"(?i)bf|80000"),
    "an unknown layout": (head(layout=9) + bytes(384), errors.BadHeader, r"9"),
    "no dimensions": (head(shape=()) + bytes(384), errors.BadHeader, r"(?i)dim|shape"),
    "a negative dimension": (head(shape=(1, -8, 8, 3)) + bytes(384), errors.BadHeader, r"-8"),
    "two terabytes": (head(shape=(1, 600_000, 600_000, 3)), errors.TooLarge, r"600000|600,000"),
    "a short raw payload": (head() + bytes(383), errors.Truncated, r"383"),
    "a short fpzip payload": (
        head(0xF7217) + fpzip.compress(np.ones((1, 8, 8, 3), "f4"), precision=19, order="C")[:20],
        errors.TensorError,
        r".",
    ),
    "fpzip that is none": (head(0xF7217) + b"no fpzip here" * 9, errors.TensorError, r"."),
    "deflate that is none": (head(0x217) + b"\xff" * 50, errors.CorruptPayload, r"."),
    "a deflate bomb": (
        head(0x217) + zlib.compressobj(9, zlib.DEFLATED, -15).compress(b"") + zlib.compress(bytes(50_000_000), 9)[2:-4],
        errors.CorruptPayload,
        r".",
    ),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("this is no picture")
    (tmp_path / "half.png").write_bytes(a_png(256, 256)[:90])
    (tmp_path / "bomb.png").write_bytes(bomb())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def client(address: str) -> Iterator[DrawThings]:
    with DrawThings(address) as connected:
        yield connected


@contextmanager
def refused(server: EmbeddedServer, kind: type[Exception], words: str) -> Iterator[None]:
    """Expect an error of ours, with words and a hint, before the server hears of a generation."""
    before = server.asked
    with pytest.raises(kind, match=words) as caught:
        yield
    assert server.asked == before
    error = caught.value
    assert type(error) is kind or kind is errors.TensorError
    assert isinstance(error, errors.DrawThingsError)
    assert str(error).endswith((".", "?"))
    assert error.hint


@pytest.mark.parametrize("case", SETTINGS)
def test_settings(plain_server: EmbeddedServer, client: DrawThings, case: str) -> None:
    wanted, kind, words = SETTINGS[case]
    given = {"prompt": "x", **wanted}
    with refused(plain_server, kind, words):
        client.generate(**given)


@pytest.mark.parametrize("case", PICTURES)
def test_pictures(plain_server: EmbeddedServer, client: DrawThings, folder: Path, case: str) -> None:
    assert folder
    picture, words = PICTURES[case]
    with refused(plain_server, errors.BadImage, words):
        client.edit(picture, "make it snowy")


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses(address: str) -> None:
    with pytest.raises(errors.BadAddress) as caught:
        DrawThings(address)
    assert caught.value.hint


@pytest.mark.parametrize("case", BLOBS)
def test_blobs(tmp_path: Path, case: str) -> None:
    blob, kind, words = BLOBS[case]
    with pytest.raises(kind, match=words):
        save_tensor_image(blob, tmp_path / "x.png")
    assert list(tmp_path.glob("*.png")) == []


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: Configuration.from_json("{"), errors.BadConfiguration, "line 1"),
        (lambda: Configuration.from_json("[1]"), errors.BadConfiguration, "object"),
        (lambda: Configuration.from_json('{"sampler": 77}'), errors.UnknownChoice, "77"),
        (lambda: Configuration.from_json('{"width": 1000}'), errors.OutOfRange, "1000"),
        (lambda: Configuration.from_json(b"\xff\xfe"), errors.BadConfiguration, "utf-8"),
        (lambda: Lora(""), errors.BadValue, "(?i)lora|file"),
        (lambda: Lora("a.ckpt", float("inf")), errors.ConfigError, "inf"),
        (lambda: Tls(mode="perhaps"), errors.UnknownChoice, "perhaps"),
        (lambda: Timeouts(connect_s=0), errors.OutOfRange, "connect_s"),
        (lambda: Retry(tries=0), errors.OutOfRange, "tries"),
        (lambda: Secret.from_file("no/such/file"), errors.BadValue, "no/such/file"),
        (lambda: DrawThings(profile="nowhere"), errors.UnknownPreset, "nowhere"),
    ],
)
def test_what_is_wrong_before_a_server_is_known(make: Callable[[], object], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        make()


def ask(server: str, **more: Any) -> None:
    connection = Connection(server=server, retry=ONCE, timeouts=Timeouts(connect_s=3, unary_s=3), **more)
    with DrawThings(connection=connection) as client:
        client.models()


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(errors.Unreachable, match=f"127.0.0.1, port {port}") as caught:
            ask(f"127.0.0.1:{port}")
    assert caught.value.retryable
    assert "API Server" in caught.value.hint


def test_a_name_that_is_none() -> None:
    with pytest.raises(errors.ServerError, match=r"no-such-host\.invalid"):
        ask("no-such-host.invalid")


def test_tls_where_there_is_none(plain_server: EmbeddedServer) -> None:
    with pytest.raises(errors.TlsMismatch) as caught:
        ask(f"grpcs://{plain_server.address}")
    assert "grpc://" in caught.value.hint or "--tls off" in caught.value.hint


def test_plaintext_where_there_is_tls() -> None:
    with EmbeddedServer(ServerOptions()) as server, pytest.raises(errors.TlsMismatch):
        ask(f"grpc://{server.address}")


def test_another_certificate_than_before() -> None:
    with EmbeddedServer(ServerOptions()) as server:
        ask(server.address)
        port = server.port
    with EmbeddedServer(ServerOptions(port=port)) as server:
        with pytest.raises(errors.CertificateChanged, match="SHA256") as caught:
            ask(server.address)
        assert caught.value.known != caught.value.fingerprint
        assert "drawthings server trust" in caught.value.hint


@pytest.mark.parametrize("secret", [None, Secret("wrong")], ids=["missing", "wrong"])
def test_the_secret(secret: Secret | None) -> None:
    with EmbeddedServer(ServerOptions(tls=False, shared_secret="hush")) as server:  # noqa: S106 - a test's secret
        with pytest.raises(errors.SecretRequired) as caught:
            ask(server.address, secret=secret)
        assert server.asked == 0
    assert "wrong" not in f"{caught.value}{caught.value.hint}".replace("missing or wrong", "")


STREAMS: dict[str, tuple[Callable[[Any], None], type[Exception], int]] = {
    "an empty result": (lambda script: script.empty_result(), errors.EmptyResult, 0),
    "an end inside a picture": (lambda script: script.break_chunk(after_images=1), errors.Incomplete, 1),
    "a failure after a picture": (
        lambda script: script.fail("GenerateImage", grpc.StatusCode.RESOURCE_EXHAUSTED, "no memory", after_images=1),
        errors.Incomplete,
        1,
    ),
    "a failure before any picture": (
        lambda script: script.fail("GenerateImage", grpc.StatusCode.RESOURCE_EXHAUSTED, "no memory", after_messages=2),
        errors.Exhausted,
        0,
    ),
    "a crash": (lambda script: script.drop_connection(after_messages=3), errors.ServerCrashed, 0),
    "a refusal": (
        lambda script: script.fail("GenerateImage", grpc.StatusCode.INVALID_ARGUMENT, "not like this"),
        errors.Rejected,
        0,
    ),
}


@pytest.mark.parametrize("case", STREAMS)
def test_streams(plain_server: EmbeddedServer, address: str, tmp_path: Path, case: str) -> None:
    prepare, kind, images = STREAMS[case]
    with DrawThings(connection=Connection(server=address, retry=ONCE)) as client, plain_server.intercept() as script:
        prepare(script)
        with pytest.raises(errors.DrawThingsError) as caught:
            client.generate("x", model="realdream_15sd15_q6p_q8p.ckpt", width=256, height=256, steps=2, batch_size=2)
    assert type(caught.value) is kind
    kept = caught.value.details.get("images", ())
    assert len(kept) == images
    for picture in kept:
        assert picture.save(tmp_path / "kept.png").stat().st_size > 1000
        assert picture.size == (256, 256)


def test_silence_ends(plain_server: EmbeddedServer, address: str) -> None:
    connection = Connection(server=address, retry=ONCE, timeouts=Timeouts(silence_s=0.5))
    with DrawThings(connection=connection) as client, plain_server.intercept() as script:
        script.silence(5)
        with pytest.raises(errors.TimedOut, match=r"0\.5"):
            client.generate("x", model="realdream_15sd15_q6p_q8p.ckpt", width=256, height=256, steps=2)


def test_a_picture_that_is_none_stays_available_as_bytes(plain_server: EmbeddedServer, client: DrawThings) -> None:
    with plain_server.intercept() as script:
        script.garbage_image()
        result = client.generate("x", model="realdream_15sd15_q6p_q8p.ckpt", width=256, height=256, steps=2)
    with pytest.raises(errors.TensorError):
        _ = result.picture.pixels
    assert result.picture.blob


@pytest.fixture(scope="module")
def result(plain_server: EmbeddedServer) -> Result:
    with DrawThings(f"grpc://{plain_server.address}") as client:
        return client.generate("x", model="realdream_15sd15_q6p_q8p.ckpt", width=256, height=256, steps=2)


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("x.bmp", errors.BadValue),
        ("x", errors.BadValue),
        ("text.png/x.png", errors.OutputError),
        ("folder.png", errors.OutputError),
        ("n" * 400 + ".png", errors.OutputError),
        ("{sead}.png", errors.UnknownField),
    ],
)
def test_places_where_nothing_can_be_written(folder: Path, result: Result, target: str, kind: type[Exception]) -> None:
    (folder / "folder.png").mkdir()
    with pytest.raises(kind) as caught:
        result.picture.save(folder / target) if "{" not in target else result.save(folder / target)
    if kind is errors.OutputError:
        assert caught.value.data[:4] == b"\x89PNG"
