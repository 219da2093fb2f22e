"""How pictures travel to a server."""

from __future__ import annotations

import pytest

from drawthings.client.link import upload_codec
from drawthings.settings import Connection


@pytest.mark.parametrize(
    ("server", "codec"),
    [
        ("embedded", "raw"),
        ("localhost", "raw"),
        ("127.0.0.1:1", "raw"),
        ("[::1]:7859", "raw"),
        ("192.168.1.20", "raw"),
        ("10.1.2.3", "raw"),
        ("169.254.7.7", "raw"),
        ("[fe80::1]:7859", "raw"),
        ("studio.local", "raw"),
        ("gpu1", "raw"),
        ("8.8.8.8", "deflate"),
        ("grpcs://gpu.example.com:443", "deflate"),
        ("[2001:4860::1]:7859", "deflate"),
    ],
)
def test_the_address_decides(server: str, codec: str) -> None:
    assert upload_codec(Connection(server)) == codec


@pytest.mark.parametrize("server", ["localhost", "gpu.example.com"])
def test_whoever_knows_better_decides(server: str) -> None:
    assert upload_codec(Connection(server, upload_codec="raw")) == "raw"
    assert upload_codec(Connection(server, upload_codec="deflate")) == "deflate"
