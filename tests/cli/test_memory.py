"""What servers had, remembered for completion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings.cli import memory
from drawthings.cli.client import RememberingClient
from drawthings.cli.memory import recall, remember, servers
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_client_notes_what_its_server_has(address: str) -> None:
    assert recall("models", address) == []
    with RememberingClient(address) as client:
        files = [(model.file, model.version) for model in client.models().models]
    assert recall("models", address) == recall("models") == files
    assert recall("loras", address)
    assert servers() == [address]
    assert recall("models", "elsewhere:7859") == []


def test_the_server_seen_last_counts_where_none_is_named(address: str) -> None:
    with EmbeddedServer(ServerOptions(tls=False, model_browser=True, catalogue=("sdxl_base_v0.9",))) as other:
        with RememberingClient(address) as client:
            client.models()
        with RememberingClient(f"grpc://{other.address}") as client:
            few = [(model.file, model.version) for model in client.models().models]
        for path in memory.folder().glob("*.json"):
            assert path.stat().st_size
    assert recall("models", f"grpc://{other.address}") == few != recall("models", address)


def test_a_server_that_does_not_tell_is_not_remembered() -> None:
    with EmbeddedServer(ServerOptions(tls=False)) as server, RememberingClient(f"grpc://{server.address}") as client:
        client.models()
    assert recall("models") == []


def test_what_cannot_be_written_or_read_is_nothing(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RememberingClient(address) as client:
        catalogue = client.models()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DRAWTHINGS_CACHE", str(tmp_path / "file"))
    remember("x", catalogue)
    assert recall("models", "x") == []
    monkeypatch.setenv("DRAWTHINGS_CACHE", str(tmp_path / "folder"))
    remember("x", catalogue)
    (written,) = (tmp_path / "folder").iterdir()
    assert servers() == ["x"]
    written.write_text("[1, 2")
    assert recall("models", "x") == []
    assert servers() == []
    written.write_text('{"models": 5}')
    assert recall("models", "x") == []


def test_without_a_folder_of_its_own_it_is_the_cache_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DRAWTHINGS_CACHE")
    assert memory.folder().parts[-2:] == ("drawthings", "catalogues")
