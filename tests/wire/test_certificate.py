from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.errors import TlsMismatch
from drawthings.wire.certificate import Certificate, read_certificate

if TYPE_CHECKING:
    from collections.abc import Callable


def test_every_field_is_what_another_reader_finds(issue: Callable[..., Any]):
    issued = issue(dns=("localhost", "*", "*.example.com"), ips=("127.0.0.1", "fd00::1"), common_name="My Müller Mac")
    read = read_certificate(issued.der)
    assert read.dns == ("localhost", "*", "*.example.com")
    assert read.ips == ("127.0.0.1", "fd00::1")
    assert read.common_name == "My Müller Mac"
    assert read.not_before == issued.certificate.not_valid_before_utc
    assert read.not_after == issued.certificate.not_valid_after_utc
    assert read.fingerprint == issued.fingerprint
    assert ssl.PEM_cert_to_DER_cert(read.pem.decode()) == issued.der
    assert read.names == ("localhost", "*", "*.example.com", "127.0.0.1", "fd00::1")


def test_dates_of_both_forms(issue: Callable[..., Any]):
    issued = issue(days=(-365 * 60, 365 * 60))
    read = read_certificate(issued.der)
    assert read.not_before == issued.certificate.not_valid_before_utc
    assert read.not_before.year < 1970
    assert read.not_after == issued.certificate.not_valid_after_utc
    assert read.not_after.year > 2049


def test_names_are_shown_as_far_as_there_are_some(issue: Callable[..., Any]):
    assert read_certificate(issue(dns=(), ips=()).der).names == ("localhost",)
    assert read_certificate(issue(dns=(), ips=(), common_name="").der).names == ()


def test_a_name_with_terminal_controls_is_none(issue: Callable[..., Any]):
    issued = issue(dns=("evil\x1b[2J", "fine"), common_name="evil\x1b[2J")
    read = read_certificate(issued.der)
    assert read.dns == ("fine",)
    assert read.common_name == ""


@pytest.mark.parametrize(
    ("names", "host", "expected"),
    [
        ({"dns": ("localhost", "gpu"), "ips": ()}, "gpu", "gpu"),
        ({"dns": ("GPU",), "ips": ()}, "gpu", "gpu"),
        ({"dns": ("localhost", "*"), "ips": ("127.0.0.1",)}, "192.168.1.1", "localhost"),
        ({"dns": ("*", "localhost"), "ips": ()}, "gpu", "localhost"),
        ({"dns": ("localhost",), "ips": ("fd00::1",)}, "fd00::1", "fd00::1"),
        ({"dns": (), "ips": ("10.0.0.1",)}, "gpu", "10.0.0.1"),
        ({"dns": ("*.example.com",), "ips": ()}, "gpu", "drawthings.example.com"),
        ({"dns": ("*.example.com",), "ips": ()}, "gpu.example.com", "gpu.example.com"),
        ({"dns": ("*.example.com",), "ips": ()}, "a.gpu.example.com", "drawthings.example.com"),
        ({"dns": ("*.example.com",), "ips": ("10.0.0.1",)}, "gpu", "10.0.0.1"),
        ({"dns": (), "ips": (), "common_name": "My Mac"}, "gpu", "My Mac"),
        ({"dns": ("*",), "ips": (), "common_name": "My Mac"}, "gpu", None),
        ({"dns": ("*.local",), "ips": ()}, "gpu.local", None),
        ({"dns": (), "ips": (), "common_name": ""}, "gpu", None),
    ],
)
def test_which_name_passes(issue: Callable[..., Any], names: dict[str, Any], host: str, expected: str | None):
    read = read_certificate(issue(**names).der)
    assert read.name_for(host) == expected
    assert read.covers(host) == (expected == host)


def test_names_in_older_alphabets_are_read():
    assert _with_subject("Möwe".encode("utf-16-be"), 0x1E).common_name == "Möwe"
    assert _with_subject("Möwe".encode("latin-1"), 0x14).common_name == "Möwe"
    assert _with_subject(b"a", 0x0C, identifier="550406").common_name == ""


def test_a_certificate_without_version_and_extensions_is_read():
    read = _with_subject(b"gpu", 0x0C)
    assert (read.common_name, read.dns, read.ips) == ("gpu", (), ())


@pytest.mark.parametrize(
    "data", [b"", b"\x30", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"\x30\x03abc", b"not a certificate"]
)
def test_what_is_no_certificate_is_told(data: bytes):
    with pytest.raises(TlsMismatch, match="cannot be read"):
        read_certificate(data)


@given(st.data())
def test_damage_never_surprises(stranger: Any, data: st.DataObject):
    der = bytearray(stranger.der)
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(der)))
    for damaged in (bytes(der), bytes(der[:cut])):
        try:
            read = read_certificate(damaged)
        except TlsMismatch:
            continue
        assert read.name_for("gpu") is None or isinstance(read.name_for("gpu"), str)


def _item(tag: int, *content: bytes) -> bytes:
    data = b"".join(content)
    length = bytes([len(data)]) if len(data) < 128 else bytes([0x81, len(data)])
    return bytes([tag]) + length + data


def _with_subject(name: bytes, tag: int, identifier: str = "550403") -> Certificate:
    """Make the least certificate, of version 1."""
    subject = _item(0x30, _item(0x31, _item(0x30, _item(0x06, bytes.fromhex(identifier)), _item(tag, name))))
    dates = _item(0x30, _item(0x17, b"200101000000Z"), _item(0x17, b"490101000000Z"))
    fields = [_item(0x02, b"\x01"), _item(0x30), _item(0x30), dates, subject, _item(0x30)]
    return read_certificate(_item(0x30, _item(0x30, *fields)))
