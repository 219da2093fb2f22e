"""``drawthings grid``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from PIL import Image

from drawthings import Lora
from drawthings.cli.grid import parse_axis
from drawthings.cli.main import EXIT_FAILED, EXIT_OK, EXIT_USAGE, main
from drawthings.client.grid import Axis
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMALL = ("--size", "128", "--seed", "3", "--model", "realdream_15sd15_q6p_q8p.ckpt")


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    with EmbeddedServer(ServerOptions(tls=False, model_browser=True)) as running:
        yield running


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("steps=4,8, 16", Axis("steps", (4, 8, 16))),
        ("steps=4..20:8", Axis("steps", (4, 12, 20))),
        ("seed=1..3", Axis("seed", (1, 2, 3))),
        ("strength=0.1..0.4:0.1", Axis("strength", (0.1, 0.2, 0.3, 0.4))),
        ("cfg=1.5", Axis("guidance_scale", (1.5,))),
        ("tiled-decoding=on,off", Axis("tiled_decoding", (True, False))),
        ('prompt=["a, b", "c"]', Axis("prompt", ("a, b", "c"))),
        ("replace=red,blue", Axis("replace", ("red", "blue"))),
        ("sampler=UniPC Trailing,DDIM Trailing", Axis("sampler", ("UniPC Trailing", "DDIM Trailing"))),
        ("lora=a.ckpt:0.5+b.ckpt,none", Axis("loras", ((Lora("a.ckpt", 0.5), Lora("b.ckpt")), ()))),
    ],
)
def test_axes_are_read(text: str, axis: Axis) -> None:
    assert parse_axis(text) == axis


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("steps", "is no axis"),
        ("steps=", "is no axis"),
        ("stpes=1,2", "steps"),
        ("steps=four", "four"),
        ("steps=9..3", "no range"),
        ("steps=1..5:0", "no range"),
        ("seed=1..99999", "no range"),
        ('prompt=["a"', "no JSON list"),
    ],
)
def test_what_is_no_axis_is_told(text: str, words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["grid", "x", "--x", text, "-o", str(tmp_path / "g"), "--server", "embedded"]) == EXIT_USAGE
    told = capsys.readouterr().err
    assert words in told
    assert "Hint: " in told
    assert not (tmp_path / "g").exists()


def run(server: EmbeddedServer, folder: Path, *arguments: str) -> int:
    return main(["grid", *arguments, *SMALL, "-o", str(folder), "--server", f"grpc://{server.address}"])


def test_pictures_sheet_and_facts_are_in_a_new_folder(
    server: EmbeddedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    axes = ("--x", "steps=1,2", "--y", "replace=fox,hen")
    assert run(server, tmp_path / "g", "a fox", *axes, "--json") == EXIT_OK
    facts: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert [(cell["prompt"], cell["configuration"]["steps"]) for cell in facts["cells"]] == [
        ("a fox", 1),
        ("a fox", 2),
        ("a hen", 1),
        ("a hen", 2),
    ]
    for cell in facts["cells"]:
        (file,) = cell["files"]
        with Image.open(tmp_path / "g" / file) as picture:
            assert picture.size == (128, 128)
    assert run(server, tmp_path / "g", "a fox", "--x", "steps=1") == EXIT_OK
    assert capsys.readouterr().out == f"{tmp_path / 'g-1' / 'sheet.png'}\n"


def test_a_place_that_fails_is_told_and_the_rest_is_there(
    server: EmbeddedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.faults.fail("GenerateImage", grpc.StatusCode.INVALID_ARGUMENT, "not today")
    assert run(server, tmp_path / "g", "a fox", "--x", "steps=1,2") == EXIT_OK
    told = capsys.readouterr().err
    assert "Failed: steps 1: " in told
    assert "not today" in told
    assert "1 of 2 places have no picture" in told
    assert [path.name for path in (tmp_path / "g").glob("01-*")] == ["01-01-02-steps-2.png"]


def test_when_all_fails_it_is_an_error(
    server: EmbeddedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.faults.fail("GenerateImage", grpc.StatusCode.INVALID_ARGUMENT, "not today")
    assert run(server, tmp_path / "g", "a fox", "--x", "steps=1") == EXIT_FAILED
    assert "Error: " in capsys.readouterr().err
