"""``config path``, ``config show`` and ``config fields``."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from drawthings.cli.config import OPTIONS
from drawthings.cli.main import cli, main
from drawthings.request.fields import SETTINGS

if TYPE_CHECKING:
    import pytest


def rows(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    assert main(["config", "show", "--json", *options]) == 0
    return {row["name"]: row for row in json.loads(capsys.readouterr().out)}


def test_where_the_file_is(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert main(["config", "path"]) == 0
    assert capsys.readouterr().out.strip() == os.environ["DRAWTHINGS_CONFIG"]
    monkeypatch.setenv("DRAWTHINGS_CONFIG", str(tmp_path / "none.toml"))
    assert main(["config", "path"]) == 0
    assert "does not exist" in capsys.readouterr().err


def test_where_each_value_comes_from(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    path = Path(os.environ["DRAWTHINGS_CONFIG"])
    path.write_text(
        "model = 'm.ckpt'\nsilence_timeout_s = 0\nretry_tries = 5\n"
        "[profiles.home]\nserver = 'studio.local'\nretry_tries = 7\nsecret_file = 's'\n"
    )
    (path.parent / "s").write_text("hush")
    monkeypatch.setenv("DRAWTHINGS_TLS", "on")
    told = rows(capsys, "--profile", "home")
    assert told["server"] == {"name": "server", "value": "studio.local", "source": f"profile 'home' of {path}"}
    assert (told["model"]["value"], told["model"]["source"]) == ("m.ckpt", f"top of {path}")
    assert told["tls"]["source"] == "environment, DRAWTHINGS_TLS"
    assert (told["silence_timeout_s"]["value"], told["silence_timeout_s"]["source"]) == (None, f"top of {path}")
    assert (told["retry_tries"]["value"], told["connect_timeout_s"]["source"]) == (7, "default")
    assert told["secret"]["value"].startswith("******** (from the file ")
    ca = tmp_path / "ca.pem"
    monkeypatch.setenv("DRAWTHINGS_TLS_CA", str(ca))
    monkeypatch.setenv("DRAWTHINGS_SECRET_FILE", str(path.parent / "s"))
    told = rows(capsys)
    assert told["secret"]["source"] == "environment, DRAWTHINGS_SECRET_FILE"
    assert told["tls_ca"]["value"] == str(ca)
    monkeypatch.setenv("DRAWTHINGS_SECRET", "quiet")
    told = rows(capsys)
    assert (told["secret"]["value"], told["secret"]["source"]) == ("********", "environment, DRAWTHINGS_SECRET")
    assert "hush" not in json.dumps(told)


def test_lines_for_people_and_a_wrong_profile(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DRAWTHINGS_SECRET", "hush")
    assert main(["config", "show"]) == 0
    shown = capsys.readouterr().out
    assert "hush" not in shown
    assert ["server", "localhost:7859", "default"] in [line.split() for line in shown.splitlines()]
    assert main(["config", "show", "--profile", "none"]) == 2


def test_every_setting_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "fields"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["NAME", "DEFAULT", "VALUES"]
    assert [row.split()[0] for row in rows] == list(SETTINGS)
    assert any(re.fullmatch(r"width +1024 +px, 128 to 8192 in steps of 64", row) for row in rows)


def test_all_about_some_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "fields", "tiled-decoding", "sampler"]) == 0
    first, second = capsys.readouterr().out.split("\n\n")
    assert "values:  on or off" in first
    assert "default: off" in first
    assert second.startswith("sampler (--sampler)\n")
    assert "UniPC Trailing" in second
    assert max(map(len, second.splitlines())) <= 80


def test_everything_about_them_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "fields", "--json"]) == 0
    told = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert list(told) == list(SETTINGS)
    assert (
        told["width"] | {"unit": "px", "minimum": 128, "maximum": 8192, "step": 64, "option": "--width"}
        == told["width"]
    )
    assert "Euler Ancestral" in told["sampler"]["choices"]
    assert told["upscaler_scale_factor"]["choices"] == [0, 2, 4]
    assert (told["loras"]["default"], told["sampler"]["json"]) == ([], "sampler")
    assert all(row["doc"] for row in told.values())


def test_an_unknown_setting_gets_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "fields", "shft"]) == 2
    assert "Did you mean shift" in capsys.readouterr().err


def test_the_options_that_are_named_exist() -> None:
    known = {
        name
        for command in ("generate", "inpaint", "upscale", "video")
        if (found := cli.get_command(click.Context(cli), command)) is not None
        for param in found.params
        for name in param.opts
    }
    assert set(OPTIONS.values()) <= known
    assert set(OPTIONS) <= set(SETTINGS)
