"""``inpaint``, ``outpaint``, ``upscale`` and the options for hints and prompts, through the real entry point."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from drawthings.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

    from drawthings import EmbeddedServer

SD15 = "realdream_15sd15_q6p_q8p.ckpt"
QUICK = ("--model", SD15, "--size", "256", "--steps", "2", "--seed", "1")
SCRIBBLE = "controlnet_scribble_1.x_v1.1_f16.ckpt"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DRAWTHINGS_SERVER", address)
    Image.new("RGB", (256, 256), "steelblue").save("in.png")
    mask = Image.new("L", (256, 256))
    mask.paste(255, (50, 50, 150, 150))
    mask.save("mask.png")
    drawing = Image.new("RGB", (256, 256), "white")
    drawing.paste("black", (50, 50, 150, 60))
    drawing.save("drawing.png")


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


@pytest.mark.parametrize("mask", [["--mask", "mask.png"], ["--box", "50,50,150,150"], ["--box=0,0,9,9", "--invert"]])
def test_inpaint(plain_server: EmbeddedServer, tmp_path: Path, mask: list[str]) -> None:
    more = ["--mask-blur", "3", "--mask-outset", "4", "-o", "out.png"]
    assert main(["inpaint", "in.png", "a boat", *mask, *QUICK, *more]) == 0
    facts = plain_server.received[-1].facts
    assert facts["mask_codes"] == (0, 2)
    assert (facts["configuration"].mask_blur, facts["configuration"].mask_blur_outset) == (3.0, 4)
    assert size(tmp_path / "out.png") == (256, 256)


def test_inpaint_takes_the_transparency(plain_server: EmbeddedServer) -> None:
    image = Image.new("RGBA", (256, 256), "steelblue")
    image.paste((0, 0, 0, 0), (50, 50, 150, 150))
    image.save("cut.png")
    assert main(["inpaint", "cut.png", "a boat", *QUICK]) == 0
    assert plain_server.received[-1].facts["mask_codes"] == (0, 2)


def test_outpaint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["outpaint", "in.png", "a lake", "--left", "64", "--bottom", "60", "--model", SD15, "--steps", "2"]
    assert main([*arguments, "-o", "out.png"]) == 0
    assert size(tmp_path / "out.png") == (320, 320)
    assert "64 px left, 64 px bottom" in capsys.readouterr().err


def test_upscale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upscale", "in.png", "-o", "two.png"]) == 0
    assert size(tmp_path / "two.png") == (512, 512)
    assert "makes 512x512 of 256x256" in capsys.readouterr().err
    more = ["--factor", "4", "--upscaler", "remacri_4x_f16.ckpt", "--faces", "restoreformer", "-m", SD15]
    assert main(["upscale", "in.png", *more, "-o", "four.png"]) == 0
    assert size(tmp_path / "four.png") == (1024, 1024)


def test_hints_controls_and_references(plain_server: EmbeddedServer) -> None:
    more = ["--hint", "scribble=drawing.png:0.5", "--control", f"{SCRIBBLE}:0.7", "--image-fit", "stretch"]
    assert main(["generate", "a lake", *QUICK, *more]) == 0
    received = plain_server.received[-1]
    assert [(hint.hintType, hint.tensors[0].weight) for hint in received.message.hints] == [("scribble", 0.5)]
    (control,) = received.facts["configuration"].controls
    assert (control.file, round(control.weight, 3)) == (SCRIBBLE, 0.7)
    assert main(["generate", "a lake", *QUICK, "--ref", "in.png", "--hint", "shuffle=in.png"]) == 0
    assert len(plain_server.received[-1].message.hints[0].tensors) == 2


def test_a_picture_to_start_from(plain_server: EmbeddedServer) -> None:
    assert main(["generate", "a lake", *QUICK, "--image", "in.png", "--strength", "0.5"]) == 0
    assert plain_server.received[-1].facts["path"] == "image"


def test_prompts_from_files(plain_server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "prompt.txt").write_bytes("\ufeffein Fuchs 狐\nim Schnee\n".encode())
    standard_input = io.TextIOWrapper(io.BytesIO(b"blurry\n"))
    monkeypatch.setattr("sys.stdin", standard_input)
    assert main(["generate", "--prompt-file", "prompt.txt", "--negative-file", "-", *QUICK]) == 0
    message = plain_server.received[-1].message
    assert (message.prompt, message.negativePrompt) == ("ein Fuchs 狐\nim Schnee", "blurry")


def test_several_requests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "x", *QUICK, "--batch-count", "3", "-o", "x-{seed}.png", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [picture["seed"] for picture in told["pictures"]] == [1, 270369, 67634689]
    assert (tmp_path / "x-270369.png").is_file()


WRONG = {
    "two masks": (["inpaint", "in.png", "x", "--mask", "mask.png", "--box", "1,2,3,4"], "two masks"),
    "nothing to invert": (["inpaint", "in.png", "x", "--invert"], "--invert"),
    "no mask at all": (["inpaint", "in.png", "x"], "transparent"),
    "no box": (["inpaint", "in.png", "x", "--box", "1,2,3"], "no box"),
    "nothing to add": (["outpaint", "in.png", "x"], "No side"),
    "a factor of three": (["upscale", "in.png", "--factor", "3"], "factor is 3"),
    "a hint without a file": (["generate", "x", "--hint", "depth"], "no file"),
    "an unknown hint": (["generate", "x", "--hint", "dpeth=in.png"], "dpeth"),
    "no prompt": (["generate"], "--prompt-file"),
    "two prompts": (["generate", "x", "--prompt-file", "y"], "two prompts"),
    "a prompt file that is not there": (["generate", "--prompt-file", "missing"], "missing"),
    "a prompt file that is no text": (["generate", "--prompt-file", "in.png"], "no UTF-8"),
    "two negative prompts": (["generate", "x", "--negative", "a", "--negative-file", "b"], "two negative"),
    "standard input twice": (["generate", "--prompt-file", "-", "--negative-file", "-"], "Standard input"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"x")))
    arguments, words = WRONG[case]
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert words in shown.err
