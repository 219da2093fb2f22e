"""The client of the command line asks once, and notes once."""

from __future__ import annotations

from drawthings.cli import memory
from drawthings.cli.client import RememberingClient


def test_what_is_known_already_is_not_noted_again(address: str) -> None:
    with RememberingClient(address) as client:
        client.models()
        (file,) = memory.folder().iterdir()
        file.unlink()
        client.models()
        assert not list(memory.folder().iterdir())
        client.models(refresh=True)
        assert [each.name for each in memory.folder().iterdir()] == [file.name]
