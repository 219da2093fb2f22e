"""Opens the gRPC channel to a server that was looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio

from drawthings import __version__

if TYPE_CHECKING:
    from drawthings.wire.address import Address
    from drawthings.wire.tls import Security


def open_sync(address: Address, security: Security, connect_s: float) -> grpc.Channel:
    """Return a channel; it connects with the first call.

    Args:
        address: The server, as it was named.
        security: What to connect to and whom to trust.
        connect_s: Seconds until an attempt to connect is given up.
    """
    options = channel_options(address, security, connect_s)
    if security.roots is None:
        return grpc.insecure_channel(security.target, options)
    return grpc.secure_channel(security.target, grpc.ssl_channel_credentials(security.roots), options)


def open_async(address: Address, security: Security, connect_s: float) -> grpc.aio.Channel:
    """Return a channel for the running event loop; see ``open_sync``."""
    options = channel_options(address, security, connect_s)
    if security.roots is None:
        return grpc.aio.insecure_channel(security.target, options)
    return grpc.aio.secure_channel(security.target, grpc.ssl_channel_credentials(security.roots), options)


def channel_options(address: Address, security: Security, connect_s: float) -> list[tuple[str, Any]]:
    """Return the options of a channel.

    No keepalive is among them: the server counts pings without data as misbehaviour and hangs up, and it may be too
    busy to answer them.

    Source: ``ServerConnectionKeepalive`` of grpc-swift 1.
    """
    named = ("grpc.default_authority", address.endpoint)
    if security.name is not None:
        # The name also becomes the authority of each call; gRPC refuses another one.
        named = ("grpc.ssl_target_name_override", security.name)
    return [
        named,
        # One chunk of the answer is 4 MiB and a few bytes, just above gRPC's usual limit.
        ("grpc.max_receive_message_length", -1),
        ("grpc.max_send_message_length", -1),
        # Trying again is decided in retry.py, with the whole picture in view.
        ("grpc.enable_retries", 0),
        # The look at the server went straight to it; the calls go the same way.
        ("grpc.enable_http_proxy", 0),
        # A new channel is a new connection, without the pauses that an old one of the same name has earned.
        ("grpc.use_local_subchannel_pool", 1),
        # gRPC gives up an attempt to connect only after this time.
        ("grpc.min_reconnect_backoff_ms", max(int(connect_s * 1000), 1)),
        ("grpc.primary_user_agent", f"drawthings/{__version__}"),
    ]
