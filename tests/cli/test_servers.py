"""``servers``; that announcements are heard is tested in tests/wire/test_discovery.py."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from drawthings.cli.main import main
from drawthings.wire import discovery
from drawthings.wire.sightings import Found

STUDIO = Found("Studio", "10.0.0.5:7859", "studio.local", 7859, tls=True, addresses=("10.0.0.5",))
ODD = Found("ev\x1b[31mil", "10.0.0.6:7860", "h.local", 7860, tls=None)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Found]:
    servers: list[Found] = []

    def discover(seconds: float, *, interfaces: Any) -> tuple[Found, ...]:
        assert (seconds, interfaces) == (0.5, ("127.0.0.1",))
        return tuple(servers)

    monkeypatch.setattr(discovery, "discover", discover)
    return servers


@pytest.fixture
def profiles() -> None:
    Path(os.environ["DRAWTHINGS_CONFIG"]).write_text(
        "profile = 'home'\nmodel = 'm.ckpt'\n[profiles.home]\nserver = 'studio.local'\nsecret = 'hush'\n"
        "[profiles.away]\nmodel = 'n.ckpt'\n"
    )


RUN = ["servers", "--seconds", "0.5", "--interface", "127.0.0.1"]


@pytest.mark.usefixtures("profiles")
def test_servers_and_profiles(found: list[Found], capsys: pytest.CaptureFixture[str]):
    found += [STUDIO, ODD]
    assert main(RUN) == 0
    shown = capsys.readouterr()
    lines = [line.split() for line in shown.out.splitlines()]
    assert ["Studio", "10.0.0.5:7859", "TLS", "studio.local"] in lines
    assert ["ev?[31mil", "10.0.0.6:7860", "unknown", "h.local"] in lines
    assert ["home", "(default)", "studio.local", "m.ckpt"] in lines
    assert ["away", "n.ckpt"] in lines
    assert "hush" not in shown.out + shown.err


@pytest.mark.usefixtures("profiles")
def test_json(found: list[Found], capsys: pytest.CaptureFixture[str]):
    found.append(STUDIO)
    assert main([*RUN, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["servers"] == [
        {"name": "Studio", "server": "10.0.0.5:7859", "tls": True, "host": "studio.local", "addresses": ["10.0.0.5"]}
    ]
    assert told["profiles"][0] == {"name": "home", "server": "studio.local", "model": "m.ckpt", "default": True}
    assert "hush" not in json.dumps(told)


@pytest.mark.usefixtures("found")
def test_nobody_is_there(capsys: pytest.CaptureFixture[str]):
    assert main(RUN) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "--seconds 60" in shown.err
