from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.errors import BadAddress
from drawthings.wire.address import Address, parse_address


@pytest.mark.parametrize(
    ("text", "address", "canonical"),
    [
        ("localhost", Address("localhost"), "localhost:7859"),
        ("Studio.LOCAL", Address("studio.local"), "studio.local:7859"),
        ("studio.local.", Address("studio.local"), "studio.local:7859"),
        ("gpu_1:80", Address("gpu_1", 80), "gpu_1:80"),
        ("192.168.1.20:07859", Address("192.168.1.20"), "192.168.1.20:7859"),
        ("[::1]:1", Address("::1", 1), "[::1]:1"),
        ("[::1]", Address("::1"), "[::1]:7859"),
        ("::1", Address("::1"), "[::1]:7859"),
        ("FE80:0::1%en0", Address("fe80::1%en0"), "[fe80::1%en0]:7859"),
        ("[fe80::1%en0]:65535", Address("fe80::1%en0", 65535), "[fe80::1%en0]:65535"),
        ("grpc://gpu", Address("gpu", scheme="plain"), "grpc://gpu:7859"),
        ("GRPCS://gpu:443", Address("gpu", 443, "tls"), "grpcs://gpu:443"),
        ("grpcs://[::1]:443", Address("::1", 443, "tls"), "grpcs://[::1]:443"),
        ("bücher.example", Address("xn--bcher-kva.example"), "xn--bcher-kva.example:7859"),
        ("embedded", Address("embedded", 0, "plain", embedded=True), "embedded"),
    ],
)
def test_what_names_a_server(text: str, address: Address, canonical: str):
    parsed = parse_address(text)
    assert parsed == address
    assert str(parsed) == canonical
    assert parse_address(canonical) == parsed


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "is empty"),
        (" gpu", "contains a space"),
        ("gpu 1", "contains a space"),
        ("gpu\n", "contains a space"),
        ("gpu\x00", "control character"),
        ("gpu:", "colon without a port"),
        ("gpu:abc", "'abc', which is no number"),
        ("gpu:٣", "which is no number"),
        ("gpu:-1", "'-1', which is no number"),
        ("gpu:0", "outside 1 to 65535"),
        ("gpu:65536", "outside 1 to 65535"),
        ("gpu:" + "9" * 5000, "outside 1 to 65535"),
        (":7859", "names no host"),
        ("grpc://", "names no host"),
        ("[]:1", "no IPv6 address"),
        ("[gpu]:1", "no IPv6 address"),
        ("[::1", "do not enclose"),
        ("[::1]7859", "do not enclose"),
        ("[::1]:", "colon without a port"),
        ("[:::1]", "neither host:port nor an IPv6"),
        ("gpu:1:2", "neither host:port nor an IPv6"),
        ("gpu/path", "contains a path"),
        ("grpc://gpu:1/", "contains a path"),
        ("gpu?x", "contains a path"),
        ("gpu#x", "contains a path"),
        ("a\\b", "contains a path"),
        ("http://gpu:7860", "is a web address"),
        ("https://gpu/path", "is a web address"),
        ("ftp://gpu", "unknown scheme"),
        ("://gpu", "unknown scheme"),
        ("a..b", "no valid host name"),
        ("-gpu", "no valid host name"),
        ("gpu-", "no valid host name"),
        ("gpu!", "no valid host name"),
        ("*", "no valid host name"),
        ("a" * 64, "no valid host name"),
        (".".join(["a" * 60] * 5), "no valid host name"),
        ("ü" * 80, "no valid host name"),
        ("256.1.1.1", "no complete IPv4"),
        ("127.1", "no complete IPv4"),
        ("7859", "no complete IPv4"),
    ],
)
def test_what_names_no_server(text: str, rule: str):
    with pytest.raises(BadAddress, match=rule) as caught:
        parse_address(text)
    assert caught.value.hint
    assert caught.value.field == "server"


@pytest.mark.parametrize("text", ["user:hunter2@gpu", "grpc://hunter2@gpu", "http://user:hunter2@gpu", "x://hunter2@g"])
def test_a_password_in_an_address_is_not_repeated(text: str):
    with pytest.raises(BadAddress) as caught:
        parse_address(text)
    assert "hunter2" not in repr(caught.value) + str(caught.value.details)


def test_only_text_names_a_server():
    with pytest.raises(BadAddress, match="not by int"):
        parse_address(7859)  # type: ignore[arg-type]


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str):
    try:
        address = parse_address(text)
    except BadAddress:
        return
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "gpu1",
        "127.0.0.1",
        "127.255.0.1",
        "0.0.0.0",  # noqa: S104 - as a target
        "::",
        "::1",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "169.254.1.1",
        "fe80::1",
        "fe80::1%en0",
        "fd00::1",
        "::ffff:192.168.0.1",
        "studio.local",
        "a.localhost",
        "host.docker.internal",
        "gpu.home.arpa",
    ],
)
def test_private_servers(host: str):
    assert parse_address(host).private


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "8.8.8.8",
        "172.32.0.1",
        "100.64.0.1",
        "2001:db8::1",
        "::ffff:8.8.8.8",
        "local.example.com",
        "nolocal.x",
    ],
)
def test_public_servers(host: str):
    assert not parse_address(host).private


def test_the_endpoint_forgets_the_scheme():
    assert {parse_address(text).endpoint for text in ("gpu", "grpc://GPU:7859", "grpcs://gpu")} == {"gpu:7859"}
