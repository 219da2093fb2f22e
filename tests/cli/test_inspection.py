"""``inspect`` on files of every kind."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from drawthings.cli.main import main
from drawthings.media.image import encode_image
from drawthings.media.metadata import Creation, app_metadata
from drawthings.request.configuration import Configuration
from drawthings.request.parts import Lora

if TYPE_CHECKING:
    from pathlib import Path

INFOTEXT = "a fox\nSteps: 5, Sampler: Heun, Seed: 1, Eta: 0.5, Version: v1.9"
LORAS = (Lora("style.ckpt", 0.8), Lora("other.ckpt", 1.5, "base"))


@pytest.fixture
def picture(tmp_path: Path) -> str:
    configuration = Configuration(
        model="sd.ckpt",
        seed=7,
        width=512,
        height=768,
        hires_fix=True,
        loras=LORAS,
        controls=["depth.ckpt"],
        extra={"later": [1]},
    )
    xmp = app_metadata(
        Creation(
            prompt="two\nlines \x1b[31m & <狐>",
            negative_prompt="bad",
            configuration=configuration.to_json_object(),
            seed=42,
            sampler_name=configuration.sampler.label,
            seed_mode_name=configuration.seed_mode.label,
            inputs=("image",),
        )
    )
    path = tmp_path / "fox.png"
    path.write_bytes(encode_image(np.zeros((8, 8, 3), np.uint8), "png", xmp=xmp))
    return str(path)


def test_what_is_shown(picture: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", picture]) == 0
    assert capsys.readouterr().out == (
        "from:            the app's metadata (png), written by Draw Things\n"
        "prompt:          two\n"
        "                 lines \ufffd[31m & <狐>\n"
        "negative prompt: bad\n"
        "model:           sd.ckpt\n"
        "size:            512x768\n"
        "seed:            42\n"
        "steps:           20\n"
        "guidance scale:  4.5\n"
        "sampler:         UniPC AYS\n"
        "strength:        1\n"
        "LoRA:            style.ckpt at 0.8\n"
        "LoRA:            other.ckpt at 1.5 (base)\n"
        "control:         depth.ckpt at 1\n"
        "other settings that differ from the defaults\n"
        "  hires_fix = on\n"
        "made from:       image (not in the file)\n"
        "unknown:         later: [1]\n"
    )


def test_json_tells_everything(picture: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", picture, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["prompt"] == "two\nlines \x1b[31m & <狐>"
    assert (told["kind"], told["container"], told["creator"]) == ("metadata", "png", "Draw Things")
    assert told["settings"]["sampler"] == "UniPC AYS"
    assert told["settings"]["loras"][0] == {"file": "style.ckpt", "weight": 0.8, "mode": "all"}
    assert told["settings"]["extra"] == {"later": [1]}
    assert told["configuration"]["hiresFix"] is True
    assert told["configuration"]["sampler"] == 18
    assert (told["inputs"], told["unknown"]) == (["image"], {"later": [1]})


def test_app_is_what_the_app_reads(picture: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", picture, "--app"]) == 0
    written = Configuration.from_json(capsys.readouterr().out)
    assert (written.seed, written.loras, written.extra) == (42, LORAS, {"later": [1]})


def test_app_fits_what_does_not_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "info.txt").write_text("x\nSteps: 5, Seed: 1, Size: 500x512")
    assert main(["inspect", str(tmp_path / "info.txt"), "--app"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["width"] == 512
    assert "width 500 became 512" in shown.err


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(INFOTEXT.encode())))
    assert main(["inspect", "-"]) == 0
    shown = capsys.readouterr()
    assert "written by Stable Diffusion web UI v1.9" in shown.out
    assert "unknown:         eta: 0.5" in shown.out
    assert "The sampler is left out: Draw Things has none like Heun." in shown.err


def test_presets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "custom_configs.json"
    path.write_text(json.dumps([{"name": name, "configuration": {"shift": 2.5}} for name in ("Quick", "Slow")]))
    assert main(["inspect", str(path), "--preset", "Quick"]) == 0
    assert capsys.readouterr().out == (
        "from:            a preset (text)\n"
        "preset:          Quick\n"
        "other settings that differ from the defaults\n"
        "  shift = 2.5\n"
    )
    assert main(["inspect", str(path), "--preset", "Quik"]) == 2
    assert "Did you mean Quick?" in capsys.readouterr().err


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"hello", b"{", b"\0"])
def test_files_that_say_nothing(data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_bytes(data)
    assert main(["inspect", str(tmp_path / "file")]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("Error: ")
    assert "Hint: " in shown
    assert "Traceback" not in shown
