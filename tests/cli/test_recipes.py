"""``recipes list`` and ``recipes show``."""

from __future__ import annotations

import json

import pytest

from drawthings.cli.main import main
from drawthings.request.recipes import recipe_rows


def test_list_shows_every_row_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes", "list"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["NAME", "FAMILIES", "STEPS", "GUIDANCE", "SAMPLER", "SHIFT", "WHY"]
    assert [line.split()[0] for line in lines] == [row.name for row in recipe_rows()]
    line = next(line for line in lines if line.startswith("qwen-image-lightning "))
    assert "qwen_image" in line
    assert "UniPC Trailing" in line
    assert line.endswith("needs only the steps in its name.")
    assert any("automatic" in line for line in lines)


def test_list_of_one_family(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes", "list", "--family", "z_image", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows
    assert all(not row["families"] or "z_image" in row["families"] for row in rows)
    assert rows[0]["settings"]["steps"] == 8
    assert all(row["why"] and row["sources"] for row in rows)


def test_show_a_recipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes", "show", "qwen-image-lightning"]) == 0
    shown = capsys.readouterr().out
    assert "name:         qwen-image-lightning\n" in shown
    assert "  guidance_scale = 1\n" in shown
    assert "  resolution_dependent_shift = off\n" in shown


def test_show_what_a_model_gets(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes", "show", "z_image_turbo_1.0_q6p.ckpt", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["family"], told["settings"]["steps"]) == ("z_image", 8)
    assert told["known"] == "guessed from the file name"


@pytest.mark.parametrize("name", ["sdxl_base_v0.9", "sdxl-base-v0.9", "SDXL_base_v0.9"])
def test_show_what_a_family_gets(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes", "show", name]) == 0
    shown = capsys.readouterr().out
    assert "family:       sdxl_base_v0.9\n" in shown
    assert "size:         1024x1024\n" in shown


def test_every_family_of_the_list_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    for family in sorted({family for row in recipe_rows() for family in row.versions}):
        assert main(["recipes", "show", family]) == 0
    assert capsys.readouterr().err == ""


def test_show_what_a_model_of_a_server_gets(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["recipes", "show", "realdream_15sd15_q6p_q8p", "--server", address]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "known:        described by the server\n" in shown
    assert "family:       v1\n" in shown


def test_an_unknown_recipe_gets_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes", "show", "qwen-image-lightnin"]) == 2
    assert "qwen-image-lightning" in capsys.readouterr().err
