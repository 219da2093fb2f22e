"""``generate``, then ``replay``: the same picture again, on a real embedded server."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from drawthings.cli.main import main
from drawthings.media.image import encode_image
from drawthings.media.metadata import Creation, app_metadata
from drawthings.media.xmp import read_packet
from drawthings.request.configuration import Configuration

if TYPE_CHECKING:
    from pathlib import Path

    from drawthings import EmbeddedServer

SD15 = "realdream_15sd15_q6p_q8p.ckpt"
QUICK = ("--model", SD15, "--size", "256", "--steps", "2", "-q")
PROMPTS = [
    "a red fox in the snow",
    "<b>& \"quotes\" 'single' ]]> &amp;",
    "two\nlines, a forest",
    "狐 🦊 in the rain",
    "--help",
]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def metadata(inputs: tuple[str, ...] = (), **settings: Any) -> str:
    configuration = Configuration(**{"model": SD15, "width": 256, "height": 256, "steps": 2, **settings})
    creation = Creation(
        prompt="a boat",
        configuration=configuration.to_json_object(),
        seed=9,
        sampler_name=configuration.sampler.label,
        seed_mode_name=configuration.seed_mode.label,
        inputs=inputs,
    )
    return app_metadata(creation)


def picture(path: Path, inputs: tuple[str, ...] = (), **settings: Any) -> str:
    path.write_bytes(encode_image(np.zeros((8, 8, 3), np.uint8), "png", xmp=metadata(inputs, **settings)))
    return str(path)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DRAWTHINGS_SERVER", address)


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_a_replay_is_the_same_picture(
    prompt: str, suffix: str, tmp_path: Path, plain_server: EmbeddedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    more = [
        "--seed",
        "4294967295",
        "--cfg",
        "6.7",
        "--set",
        "clip_skip=2",
        "-o",
        "first.png",
        "--negative",
        "<&>\n悪い",
    ]
    assert main(["generate", *QUICK, *more, "--", prompt]) == 0
    first = plain_server.received[-1].message
    assert main(["replay", "first.png", "-o", f"again.{suffix}", "-q"]) == 0
    again = plain_server.received[-1].message
    assert (again.prompt, again.negativePrompt) == (prompt, "<&>\n悪い")
    assert again.configuration == first.configuration
    if suffix == "png":
        assert np.array_equal(pixels(tmp_path / "first.png"), pixels(tmp_path / "again.png"))
        assert (tmp_path / "first.png").read_bytes() == (tmp_path / "again.png").read_bytes()
    capsys.readouterr()
    assert main(["inspect", f"again.{suffix}", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["prompt"], told["negative_prompt"]) == (prompt, "<&>\n悪い")
    assert (told["settings"]["seed"], told["settings"]["guidance_scale"]) == (4294967295, 6.7)


def test_spaces_around_a_prompt_survive(plain_server: EmbeddedServer) -> None:
    assert main(["generate", " a fox \n", *QUICK, "-o", "first.png"]) == 0
    assert main(["replay", "first.png", "-q"]) == 0
    assert plain_server.received[-1].message.prompt == " a fox \n"


def test_one_of_a_batch_is_made_alone(tmp_path: Path, plain_server: EmbeddedServer) -> None:
    assert main(["generate", "a fox", *QUICK, "--batch", "3", "--seed", "1", "-o", "first.png"]) == 0
    assert main(["replay", "first-2.png", "-o", "again.png", "-q"]) == 0
    assert plain_server.received[-1].facts["configuration"].batch_size == 1
    assert np.array_equal(pixels(tmp_path / "first-2.png"), pixels(tmp_path / "again.png"))


def test_options_change_what_they_name(tmp_path: Path, plain_server: EmbeddedServer) -> None:
    (tmp_path / "more.json").write_text('{"sharpness": 2, "shift": 3}')
    arguments = ["--seed", "5", "--set", "shift=2", "--config", "more.json", "--prompt", "a cat", "--negative", "dogs"]
    assert main(["replay", picture(tmp_path / "a.png", clip_skip=2), *arguments, "-q"]) == 0
    received = plain_server.received[-1]
    sent = received.facts["configuration"]
    assert (sent.seed, sent.shift, sent.sharpness, sent.clip_skip, sent.steps) == (5, 2.0, 2.0, 2, 2)
    assert (received.message.prompt, received.message.negativePrompt) == ("a cat", "dogs")


def test_an_edit_needs_its_picture(
    tmp_path: Path, plain_server: EmbeddedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    made = picture(tmp_path / "a.png", ("image", "mask", "depth", "shuffle"), strength=0.5)
    assert main(["replay", made]) == 2
    assert "Give that picture with --image" in capsys.readouterr().err
    Image.new("RGB", (300, 200), "green").save(tmp_path / "in.png")
    assert main(["replay", made, "--image", "in.png", "-o", "b.png"]) == 0
    assert "also made from mask, depth, shuffle," in capsys.readouterr().err
    assert plain_server.received[-1].message.HasField("image")
    Image.new("L", (300, 200), 255).save(tmp_path / "mask.png")
    assert main(["replay", made, "--mask", "mask.png"]) == 2
    Image.effect_noise((300, 200), 99).point(lambda value: 255 * (value > 128)).save(tmp_path / "mask.png")
    capsys.readouterr()
    assert main(["replay", made, "--image", "in.png", "--mask", "mask.png", "--ref", "in.png", "-o", "c.png"]) == 0
    assert "also made from depth," in capsys.readouterr().err
    assert plain_server.received[-1].message.HasField("mask")


def test_a_mask_needs_its_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", picture(tmp_path / "a.png"), "--mask", "mask.png"]) == 2
    assert "--mask mask.png has no picture" in capsys.readouterr().err


def test_a_prompt_may_come_from_a_file(tmp_path: Path, plain_server: EmbeddedServer) -> None:
    (tmp_path / "prompt.txt").write_text("a cat")
    assert main(["replay", picture(tmp_path / "a.png"), "--prompt-file", "prompt.txt", "-q"]) == 0
    assert plain_server.received[-1].message.prompt == "a cat"


def test_strength_below_1_hints_at_a_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["replay", picture(tmp_path / "a.png", strength=0.5)])
    assert "give it with --image" in capsys.readouterr().err


def test_an_infotext(tmp_path: Path, plain_server: EmbeddedServer, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "info.txt").write_text("a fox\nSteps: 2, Sampler: Euler a, Seed: 6, Size: 256x320, Model: sd1")
    assert main(["replay", "info.txt", "--model", SD15]) == 0
    assert "the same seed gives another picture" in capsys.readouterr().err
    sent = plain_server.received[-1].facts["configuration"]
    assert (sent.seed, sent.width, sent.height, sent.steps) == (6, 256, 320, 2)


def test_a_preset_needs_a_prompt(
    tmp_path: Path, plain_server: EmbeddedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {"steps": 2, "width": 256, "height": 256, "model": SD15}
    (tmp_path / "p.json").write_text(json.dumps([{"name": "one", "negative": "bad", "configuration": settings}] * 2))
    assert main(["replay", "p.json", "--preset", "one"]) == 2
    assert "--prompt" in capsys.readouterr().err
    assert main(["replay", "p.json", "--preset", "one", "--prompt", "a boat", "-q"]) == 0
    assert plain_server.received[-1].message.negativePrompt == "bad"


def test_a_clip(tmp_path: Path, plain_server: EmbeddedServer) -> None:
    def box(kind: bytes, *content: bytes) -> bytes:
        return struct.pack(">I4s", sum(map(len, content)) + 8, kind) + b"".join(content)

    model = next(entry.file for entry in _models(plain_server) if entry.video)
    packet = read_packet(metadata(model=model, num_frames=9).encode())
    assert packet is not None
    value = box(b"data", struct.pack(">II", 1, 0), packet.comment.encode())
    meta = box(b"meta", bytes(4), box(b"hdlr", bytes(24)), box(b"ilst", box(b"\xa9cmt", value)))
    (tmp_path / "clip.mp4").write_bytes(box(b"ftyp", b"isom", bytes(4)) + box(b"moov", box(b"udta", meta)))
    assert main(["replay", "clip.mp4", "-o", "again.gif", "-q"]) == 0
    with Image.open(tmp_path / "again.gif") as clip:
        assert clip.n_frames == 9
    assert plain_server.received[-1].facts["configuration"].seed == 9


def _models(server: EmbeddedServer) -> Any:
    from drawthings import DrawThings

    with DrawThings(f"grpc://{server.address}") as client:
        return client.models().models


def test_an_outpainted_picture_grows_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shades = np.add.outer(np.arange(200), np.arange(256)).astype(np.uint8)
    Image.fromarray(np.stack([shades, shades.T[:200, :200].repeat(2, 1)[:, :256], shades], axis=2)).save("house.png")
    arguments = ["a house", "--left", "40", "--bottom", "100", "--model", SD15, "--set", "steps=2", "--seed", "3", "-q"]
    assert main(["outpaint", "house.png", *arguments, "-o", "first.png"]) == 0
    assert main(["replay", "first.png", "--image", "house.png", "-o", "again.png", "-q"]) == 0
    assert "Warning" not in capsys.readouterr().err
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "again.png").read_bytes()
    assert main(["inspect", "first.png"]) == 0
    shown = capsys.readouterr().out
    assert "image (not in the file)" in shown
    assert "40 px on the left, 100 px at the bottom" in shown
    assert main(["inspect", "first.png", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["borders"] == [40, 0, 0, 100]
    assert main(["replay", "first.png", "-q"]) == 2
    assert "made from another picture" in capsys.readouterr().err


def test_a_clip_takes_hints_and_prompts_from_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = picture(tmp_path / "a.png", model="wan_v2.1_14b_i2v_480p_q8p.ckpt", width=128, height=128)
    Image.new("RGB", (128, 128), "gray").save(tmp_path / "in.png")
    (tmp_path / "not.txt").write_text("boats")
    more = ["--hint", "color=in.png", "--force", "--negative-file", "not.txt", "--prompt", "waves", "--image", "in.png"]
    assert main(["replay", made, *more, "-o", "a.gif", "--dry-run"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["prompt"], told["negative_prompt"]) == ("waves", "boats")
    assert [hint["type"] for hint in told["hints"]] == ["color"]
    assert told["image"]["shape"] == [1, 128, 128, 3]
