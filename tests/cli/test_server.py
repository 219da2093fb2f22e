"""``server status`` and ``server trust``; ``server run`` is in test_main.py, as a process of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from drawthings.cli.main import main
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer

if TYPE_CHECKING:
    import pytest


def test_status(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["server", "status", address]) == 0
    shown = capsys.readouterr().out
    assert "HELLO drawthings" in shown
    assert "on" in shown


def test_status_as_json(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["server", "status", "--server", address, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["server"] == address
    assert told["model browser"] == "on"
    assert told["models"] > 30


def test_status_names_a_wrong_secret(capsys: pytest.CaptureFixture[str]) -> None:
    with EmbeddedServer(ServerOptions(tls=False, shared_secret="hush")) as server:  # noqa: S106 - a test's secret
        assert main(["server", "status", server.address]) == 1
    shown = capsys.readouterr()
    assert "wanted" in shown.out
    assert "unknown" in shown.out
    assert "DRAWTHINGS_SECRET" in shown.err


def test_a_changed_certificate_is_refused_until_trusted(capsys: pytest.CaptureFixture[str]) -> None:
    with EmbeddedServer(ServerOptions()) as server:
        assert main(["server", "status", server.address]) == 0
        assert "SHA256" in capsys.readouterr().err
        port = server.port
    with EmbeddedServer(ServerOptions(port=port)) as server:
        assert main(["server", "status", server.address]) == 3
        assert f"drawthings server trust {server.address}" in capsys.readouterr().err
        assert main(["server", "trust", server.address]) == 0
        assert "SHA256" in capsys.readouterr().out
        assert main(["server", "status", server.address]) == 0
        port = server.port
    with EmbeddedServer(ServerOptions(port=port, tls=False)) as server:
        assert main(["server", "status", server.address]) == 3
        assert main(["server", "trust", server.address]) == 0
        assert "plaintext" in capsys.readouterr().out
        assert main(["server", "status", server.address]) == 0
