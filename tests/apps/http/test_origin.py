"""By which names the gateway may be called."""

from __future__ import annotations

import socket

import pytest

from drawthings.apps.http.origin import check_host, check_origin
from drawthings.apps.http.settings import GatewaySettings
from drawthings.errors import NotAllowed

NAMED = GatewaySettings(hosts=("studio.example",), public_url="https://pictures.example/")


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1:7860", "192.168.1.9", "[::1]:7860", "localhost:7860", "gateway:7860", ""),
        *("host.docker.internal:7860", "host.containers.internal", "studio.example:7860", "pictures.example"),
        *(socket.gethostname(), f"{socket.gethostname().partition('.')[0]}.local:7860"),
    ],
)
def test_names_that_nobody_else_can_have_are_good(host: str) -> None:
    check_host(host, NAMED)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "internal.evil.example", "other.local", "a.b"])
def test_names_that_may_be_made_to_point_here_are_not(host: str) -> None:
    with pytest.raises(NotAllowed, match="none of this gateway's") as refused:
        check_host(host, NAMED)
    assert "--allow-host" in refused.value.hint


@pytest.mark.parametrize("origin", ["http://localhost:7860", "https://pictures.example", "https://friend.example"])
def test_pages_of_ours_and_of_friends_may_send(origin: str) -> None:
    friendly = GatewaySettings(public_url="https://pictures.example/", cors_origins=("https://friend.example",))
    check_origin("POST", origin, "localhost:7860", friendly)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://pictures.example", "http://[", "null", ""])
def test_pages_of_others_may_not_send_however_they_are_called(origin: str) -> None:
    with pytest.raises(NotAllowed):
        check_origin("POST", origin, "localhost:7860", NAMED)
    check_origin("GET", origin, "localhost:7860", NAMED)
