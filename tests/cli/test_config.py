"""``config path`` and ``config show``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawthings.cli.main import main

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
