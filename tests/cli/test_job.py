"""How a generation is told to programs and kept from harm: ``--jsonl``, ``-n``, pipes that break, full disks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from PIL import Image

from drawthings.cli.job import watched
from drawthings.cli.main import main
from drawthings.cli.options import MOST_PICTURES
from drawthings.cli.progress import Quiet
from drawthings.request.fields import BY_NAME

if TYPE_CHECKING:
    from drawthings import EmbeddedServer

QUICK = ("--model", "realdream_15sd15_q6p_q8p.ckpt", "--size", "256", "--steps", "2", "--seed", "1")
WAN = ("--model", "wan_v2.1_1.3b_480p_q8p.ckpt", "--size", "128", "--steps", "1", "--frames", "5")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DRAWTHINGS_SERVER", address)
    Image.linear_gradient("L").resize((256, 256)).convert("RGB").save("in.png")


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    "arguments",
    [
        ["generate", "x", *QUICK],
        ["edit", "in.png", "snow", *QUICK],
        ["inpaint", "in.png", "x", "--box", "9,9,99,99", *QUICK],
        ["outpaint", "in.png", "x", "--left", "64", *QUICK[:2], "--steps", "2"],
        ["upscale", "in.png"],
        ["video", "waves", *WAN, "-o", "clip.gif"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_events_are_lines_and_the_result_is_the_last(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main([*arguments, "--jsonl"]) == 0
    lines = told(capsys)
    *events, result = lines
    assert result["type"] == "result"
    files = [result["file"]] if arguments[0] == "video" else [picture["file"] for picture in result["pictures"]]
    assert files
    assert all(Path(file).is_file() for file in files)
    kinds = [event["type"] for event in events]
    assert "image_arrived" in kinds
    assert "result" not in kinds
    progress = [event["progress"] for event in events if "progress" in event]
    assert progress == sorted(progress)


def test_steps_previews_and_pictures_are_told_without_their_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "x", *QUICK, "--jsonl"]) == 0
    by_kind = {line["type"]: line for line in told(capsys)}
    assert by_kind["sampling"]["steps"] == 2
    assert by_kind["image_arrived"]["bytes"] > 1000
    assert "blob" not in by_kind["image_arrived"]


def test_an_error_is_a_line_too(plain_server: EmbeddedServer, capsys: pytest.CaptureFixture[str]) -> None:
    with plain_server.intercept() as script:
        script.fail("GenerateImage", grpc.StatusCode.INTERNAL, "out of memory", after_images=1)
        assert main(["generate", "x", *QUICK, "--batch", "2", "--jsonl"]) == 1
    *_, kept, error = told(capsys)
    assert kept == {"type": "kept", "file": "output.png"}
    assert (error["type"], error["exit_code"]) == ("error", 1)
    assert "out of memory" in error["message"]


@pytest.mark.parametrize(
    ("more", "terminal", "quiet"),
    [
        ([], False, False),
        ([], True, False),
        (["jsonl"], False, False),
        (["jsonl"], True, True),
        (["dry_run"], False, True),
    ],
)
def test_lines_and_progress_do_not_share_a_terminal(
    monkeypatch: pytest.MonkeyPatch, more: list[str], terminal: bool, quiet: bool
) -> None:
    monkeypatch.setattr("sys.stdout", SimpleNamespace(isatty=lambda: terminal))
    given = {"quiet": False, "dry_run": False, "jsonl": False, **dict.fromkeys(more, True)}
    with watched(given, "grpc://nowhere") as shown:
        assert isinstance(shown, Quiet) is quiet


def test_one_form_of_the_result_is_enough(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["generate", "x"], ["video", "x"]):
        assert main([*command, "--json", "--jsonl"]) == 2
        assert "--jsonl both say" in capsys.readouterr().err


def test_a_number_of_pictures_is_single_ones(plain_server: EmbeddedServer, capsys: pytest.CaptureFixture[str]) -> None:
    Path("config.json").write_text('{"batchSize": 4, "batchCount": 7}')
    assert main(["generate", "x", *QUICK, "-n", "2", "--config", "config.json", "-o", "{seed}.png", "-q"]) == 0
    assert capsys.readouterr().out.split() == ["1.png", "270369.png"]
    sent = [entry.facts["configuration"].batch_size for entry in plain_server.received[-2:]]
    assert sent == [1, 1]


def test_the_number_of_pictures_is_what_the_setting_allows() -> None:
    assert BY_NAME["batch_count"].maximum == MOST_PICTURES


def test_the_level_of_png_counts(capsys: pytest.CaptureFixture[str]) -> None:
    for level in ("fast", "best"):
        assert main(["generate", "x", *QUICK, "--png-level", level, "-o", f"{level}.png", "-q"]) == 0
    assert capsys.readouterr().out.split() == ["fast.png", "best.png"]
    assert Path("best.png").stat().st_size < Path("fast.png").stat().st_size


def test_a_webp_that_would_be_too_large_costs_no_generation(
    plain_server: EmbeddedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = plain_server.asked
    more = ["--width", "8192", "--height", "128", "--set", "upscaler=remacri_4x_f16.ckpt", "--force", "-o", "a.webp"]
    assert main(["generate", "x", "--model", QUICK[1], "--steps", "2", *more]) == 2
    assert "16383 px" in capsys.readouterr().err
    assert plain_server.asked == before


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "drawthings.cli.main", *arguments]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
@pytest.mark.parametrize("more", [[], ["--json"], ["--jsonl"]], ids=["paths", "json", "jsonl"])
def test_standard_output_that_is_full_costs_no_picture(more: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        job = command("generate", "x", *QUICK, "-q", *more)
        done = subprocess.run(job, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert "Error: Standard output cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    assert Path("output.png").is_file()


def test_a_reader_that_has_gone_is_no_failure() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        job = command("generate", "x", *QUICK, "-q")
        done = subprocess.run(job, stdout=gone, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert Path("output.png").is_file()
