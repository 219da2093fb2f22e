"""``--dry-run`` and ``--force`` through the real entry point: what is told is what the server would get."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from drawthings.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

    from drawthings import EmbeddedServer

SD15 = "realdream_15sd15_q6p_q8p.ckpt"
SDXL = "juggernaut_xl_v9_q6p_q8p.ckpt"
LORA = "watercolour_style_sd_v1.5_lora_f16.ckpt"
SCRIBBLE = "controlnet_scribble_1.x_v1.1_f16.ckpt"
WAN = "wan_v2.1_14b_i2v_480p_q8p.ckpt"
QUICK = ("--model", SD15, "--size", "256", "--steps", "2", "--seed", "1")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DRAWTHINGS_SERVER", address)
    Image.linear_gradient("L").resize((256, 256)).convert("RGB").save("in.png")


def rehearsed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main([*arguments, "--dry-run"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_it_is_what_the_server_gets(plain_server: EmbeddedServer, capsys: pytest.CaptureFixture[str]) -> None:
    hint = ("--hint", "scribble=in.png:0.5", "--control", f"{SCRIBBLE}:0.7", "--lora", f"{LORA}:0.8")
    asker = ("--user", "ann", "--device", "phone", "--keyword", "easynegative", "--negative", "blurry")
    arguments = ("generate", "a lake", *QUICK, "--image", "in.png", "--strength", "0.5", *hint, *asker)
    told = rehearsed(capsys, *arguments)
    assert main([*arguments, "-q"]) == 0
    message = plain_server.received[-1].message
    assert (told["prompt"], told["negative_prompt"]) == (message.prompt, message.negativePrompt)
    assert (told["user"], told["device"], told["keywords"]) == ("ann", "phone", ["easynegative"])
    assert (message.user, list(message.keywords)) == ("ann", ["easynegative"])
    assert told["image"]["sha256"] == message.image.hex()
    assert (told["image"]["shape"], told["image"]["type"]) == ([1, 256, 256, 3], "f16")
    (shown,) = told["hints"]
    assert (shown["type"], shown["tensors"][0]["weight"]) == ("scribble", 0.5)
    assert shown["tensors"][0]["sha256"] == message.hints[0].tensors[0].tensor.hex()
    sizes = {hashlib.sha256(blob).hexdigest(): len(blob) for blob in message.contents}
    assert told["image"]["bytes"] == sizes[told["image"]["sha256"]]
    assert told["override"]["loras"] == [LORA]
    assert (told["width"], told["height"], told["configuration"]["seed"]) == (256, 256, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        ["generate", "x", *QUICK],
        ["edit", "in.png", "snow", *QUICK],
        ["inpaint", "in.png", "x", "--box", "9,9,99,99", *QUICK],
        ["outpaint", "in.png", "x", "--left", "64", "--model", SD15],
        ["upscale", "in.png"],
        ["video", "waves", "--model", WAN, "--image", "in.png", "--size", "128", "--steps", "1", "--frames", "5"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_nothing_is_made(
    plain_server: EmbeddedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    before = plain_server.asked
    told = rehearsed(capsys, *arguments)
    assert told["configuration"]["model"] == told["model"]
    assert plain_server.asked == before
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


def test_several_requests_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    told = rehearsed(capsys, "generate", "x", *QUICK, "-n", "3")
    assert (told["requests"], told["seeds"]) == (3, [1, 270369, 67634689])


def test_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "x", *QUICK, "--dry-run", "--jsonl"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["type"] == "request"


@pytest.mark.parametrize("more", [["--lora", LORA], ["--control", SCRIBBLE, "--hint", "scribble=in.png"]])
def test_force_lets_through_what_the_guard_refuses(capsys: pytest.CaptureFixture[str], more: list[str]) -> None:
    arguments = ["generate", "x", "--model", SDXL, *more]
    assert main([*arguments, "--dry-run"]) == 2
    assert "is made for v1" in capsys.readouterr().err
    told = rehearsed(capsys, *arguments, "--force")
    assert any("is made for v1" in note["text"] and note["severity"] == "warn" for note in told["notes"])
