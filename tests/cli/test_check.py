"""``check`` through the real entry point, against a real embedded server that must never be asked to generate."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from drawthings.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drawthings import EmbeddedServer

SD15 = "realdream_15sd15_q6p_q8p.ckpt"
SDXL = "juggernaut_xl_v9_q6p_q8p.ckpt"
EDIT = "qwen_image_edit_2511_q6p.ckpt"
DOUBLE = "ootd_vton_hd_f16.ckpt"


@pytest.fixture(autouse=True)
def _here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, plain_server: EmbeddedServer
) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DRAWTHINGS_SERVER", address)
    Image.new("RGB", (512, 512), "green").save("in.png")
    Image.new("L", (512, 512), "black").save("black.png")
    before = plain_server.asked
    yield
    assert plain_server.asked == before
    assert not list(tmp_path.glob("output*"))


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["check", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def codes(told: dict[str, Any]) -> dict[str, str]:
    return {finding["code"]: finding["severity"] for finding in told["findings"]}


def test_a_good_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "a red fox", "--model", SD15, "--seed", "1"]) == 0
    shown = capsys.readouterr()
    assert shown.out.endswith("The server will do as asked.\n")
    assert "Refused" not in shown.out
    assert shown.err == ""


def test_findings_are_told_with_their_fix(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "x", "--model", DOUBLE, "--image", "in.png", "--strength", "0.5"]) == 1
    shown = capsys.readouterr().out
    assert "Refused (double-below-full-strength): " in shown
    assert "Use strength 1." in shown
    assert "will do as asked" not in shown


def test_json_has_everything(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = checked(capsys, "x", "--model", SDXL, "--cfg", "1", "--negative", "blurry", "--seed", "3")
    assert code == 0
    assert told["refused"] is False
    assert codes(told) == {"negative-prompt-unused": "warn"}
    assert told["model"] == SDXL
    assert told["configuration"]["seed"] == 3
    assert all(note["severity"] in {"note", "warn"} for note in told["notes"])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--model", SDXL, "--lora", "watercolour_style_sd_v1.5_lora_f16.ckpt"], "bad-value"),
        (["--model", "nowhere.ckpt"], "model-not-found"),
        (["--model", SD15, "--size", "100"], "out-of-range"),
        (["--model", SD15, "--image", "no.png"], "bad-image"),
        (["--model", SD15, "--image", "in.png", "--mask", "black.png"], "bad-mask"),
    ],
)
def test_what_cannot_even_be_decided_is_a_finding(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: str
) -> None:
    exit_code, told = checked(capsys, "x", *arguments)
    assert exit_code == 1
    assert codes(told) == {code: "refuse"}
    assert told["refused"] is True
    assert "configuration" not in told


def test_an_edit(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = checked(capsys, "make it snowy", "--model", EDIT, "--image", "in.png", "--ref", "in.png")
    assert (code, codes(told)) == (0, {})
    code, told = checked(capsys, "make it snowy", "--model", EDIT, "--image", "in.png", "--strength", "0.7")
    assert codes(told)["edit-strength"] == "warn"


def test_several_requests_are_each_like_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    _, told = checked(capsys, "x", "--model", SD15, "--batch-count", "3")
    assert codes(told) == {}


def test_quiet_leaves_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "x", "--model", DOUBLE, "--image", "in.png", "--strength", "0.5", "-q"]) == 1
    assert capsys.readouterr().out == ""
    assert main(["check", "x", "--model", SD15, "--size", "100", "-q"]) == 1


def test_an_error_without_a_plan_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "x", "--model", SD15, "--size", "100"]) == 1
    assert capsys.readouterr().out.startswith("Refused (out-of-range): ")


def test_a_server_that_does_not_answer_is_no_finding(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "x", "--server", "127.0.0.1:1"]) == 3
    assert "No server can be reached" in capsys.readouterr().err
