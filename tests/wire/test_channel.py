from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Any

import pytest

from drawthings.wire.address import parse_address
from drawthings.wire.calls import ask_async, ask_sync
from drawthings.wire.channel import channel_options, open_async, open_sync
from drawthings.wire.tls import Security

if TYPE_CHECKING:
    from collections.abc import Callable

GPU = parse_address("gpu:5")


def test_what_each_channel_is_told():
    options = dict(channel_options(GPU, Security("ipv4:1.2.3.4:5"), 2.5))
    assert options["grpc.default_authority"] == "gpu:5"
    assert options["grpc.max_receive_message_length"] == -1
    assert options["grpc.max_send_message_length"] == -1
    assert options["grpc.enable_retries"] == 0
    assert options["grpc.enable_http_proxy"] == 0
    assert options["grpc.min_reconnect_backoff_ms"] == 2500
    assert not [name for name in options if "keepalive" in name]


def test_with_tls_the_name_of_the_certificate_is_the_authority():
    options = dict(channel_options(GPU, Security("ipv4:1.2.3.4:5", b"pem", "localhost"), 0.0001))
    assert options["grpc.ssl_target_name_override"] == "localhost"
    assert "grpc.default_authority" not in options
    assert options["grpc.min_reconnect_backoff_ms"] == 1


def test_the_version_is_told():
    version = importlib.metadata.version("drawthings")
    assert ("grpc.primary_user_agent", f"drawthings/{version}") in channel_options(GPU, Security(""), 1)


@pytest.mark.parametrize("secured", [True, False])
async def test_both_forms_reach_the_server(serve: Callable[..., Any], stranger: Any, secured: bool):
    fake = serve(stranger if secured else None)
    target = f"ipv4:127.0.0.1:{fake.port}"
    security = Security(target, stranger.pem, "localhost") if secured else Security(target)
    address = parse_address(fake.address)
    with open_sync(address, security, 5) as blocking:
        assert b"HELLO" in ask_sync(blocking, "Echo", b"", 5)
    async with open_async(address, security, 5) as awaiting:
        assert b"HELLO" in await ask_async(awaiting, "Echo", b"", 5)
