from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from drawthings.server import sockets as module
from drawthings.server.sockets import break_connections

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_connections_to_the_port_end_and_nothing_else():
    with socket.create_server(("127.0.0.1", 0)) as wanted, socket.create_server(("127.0.0.1", 0)) as spared:
        clients = [socket.create_connection(listener.getsockname()) for listener in (wanted, wanted, spared)]
        taken = [listener.accept()[0] for listener in (wanted, wanted, spared)]
        assert break_connections(wanted.getsockname()[1]) == 2
        assert [client.recv(1) for client in clients[:2]] == [b"", b""]
        taken[2].sendall(b"x")
        assert clients[2].recv(1) == b"x"
        # It still listens: that is ended in another way.
        again = socket.create_connection(wanted.getsockname())
        for one in (*clients, *taken, again):
            one.close()


def test_where_open_files_are_not_listed_nothing_happens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(module, "OPEN_FILES", (tmp_path / "none",))
    assert break_connections(1) == 0
    (tmp_path / "fd").mkdir()
    (tmp_path / "fd" / "99999").touch()
    (tmp_path / "fd" / "name").touch()
    monkeypatch.setattr(module, "OPEN_FILES", (tmp_path / "fd",))
    assert break_connections(1) == 0
