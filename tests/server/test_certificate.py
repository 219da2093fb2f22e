from __future__ import annotations

import datetime as dt
import ipaddress
import os
import shutil
import socket
import ssl
import sys
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from drawthings.errors import TlsMismatch
from drawthings.server import certificate as module
from drawthings.server.certificate import (
    Identity,
    keep_identity,
    kept_identity,
    make_identity,
    names_for,
    noted_identity,
)

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("localhost", "127.0.0.1", "::1", "studio.local")


def without_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)


def described(identity: Identity) -> tuple[list[str], list[str]]:
    read = x509.load_pem_x509_certificate(identity.certificate)
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = names.get_values_for_type(x509.IPAddress)
    return names.get_values_for_type(x509.DNSName), [str(address) for address in addresses]


@pytest.mark.parametrize("way", ["package", "program"])
def test_a_certificate_is_good_for_its_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str):
    if way == "program" and shutil.which("openssl") is None:
        pytest.skip("openssl is not installed here")
    with monkeypatch.context() as here:
        if way == "program":
            without_package(here)
        identity = make_identity(NAMES)
    assert described(identity) == (["localhost", "studio.local"], ["127.0.0.1", "::1"])
    (tmp_path / "crt").write_bytes(identity.certificate)
    (tmp_path / "key").write_bytes(identity.key)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tmp_path / "crt", tmp_path / "key")
    assert "BEGIN" not in repr(identity)


def test_without_package_and_program_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch):
    without_package(monkeypatch)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(TlsMismatch, match="cannot make a certificate") as caught:
        make_identity(NAMES)
    assert "--no-tls" in caught.value.hint


def test_a_program_that_fails_is_told(monkeypatch: pytest.MonkeyPatch):
    without_package(monkeypatch)
    monkeypatch.setattr(shutil, "which", lambda _: "/bin/false")
    with pytest.raises(TlsMismatch, match="openssl could not make a certificate"):
        make_identity(NAMES)


def test_it_is_kept_and_its_key_is_for_its_owner_only(tmp_path: Path):
    folder = tmp_path / "new" / "server"
    assert kept_identity(folder, NAMES) is None
    first = noted_identity(NAMES)
    keep_identity(folder, first)
    assert kept_identity(folder, NAMES) == first
    assert described(first)[0] == ["localhost", "studio.local"]
    assert (folder / "server.key").stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(folder)) == ["server.crt", "server.key"]  # noqa: PTH208 - names, not paths


def test_one_for_other_names_stays_and_that_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    first = noted_identity(NAMES)
    keep_identity(tmp_path, first)
    assert kept_identity(tmp_path, NAMES[:2]) == first
    assert not caplog.records
    assert kept_identity(tmp_path, (*NAMES, "other", "second")) == first
    assert "is not for other, second; clients know it, so it stays" in caplog.text


def test_one_that_is_over_counts_no_more(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    first = noted_identity(NAMES)
    today = dt.datetime.now(dt.UTC).date()
    assert module._last_day(first.certificate) > today
    keep_identity(tmp_path, first)
    last = module._last_day(first.certificate).isoformat().encode()
    old = first.certificate.replace(last, today.isoformat().encode())
    (tmp_path / "server.crt").write_bytes(old)
    assert kept_identity(tmp_path, NAMES) is None
    assert "clients will notice" in caplog.text


@pytest.mark.parametrize("content", [b"", b"nonsense", b"Names: localhost, 127.0.0.1, ::1, studio.local\n"])
def test_what_is_no_certificate_counts_for_nothing(tmp_path: Path, content: bytes):
    keep_identity(tmp_path, noted_identity(NAMES))
    (tmp_path / "server.crt").write_bytes(content)
    assert kept_identity(tmp_path, NAMES) is None


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(TlsMismatch, match="cannot be kept") as caught:
        keep_identity(tmp_path / "file" / "server", Identity(b"", b""))
    assert "--no-tls" in caught.value.hint


def test_the_names_are_those_by_which_a_server_is_reached():
    own = [socket.gethostname()]
    assert names_for("127.0.0.1", "studio") == (*NAMES[:3], "studio", "studio.local", *own)
    assert names_for("0.0.0.0", "a.b") == (*NAMES[:3], "a.b", *own)  # noqa: S104 - the address is what is tested
    assert "192.168.1.5" in names_for("192.168.1.5", "")
    assert names_for("[::1]", "my Mac, ünïcode") == (*NAMES[:3], *own)


def test_it_lies_in_the_users_data_folder():
    folder = module.default_folder()
    assert folder.parts[-2:] == ("drawthings", "server")
    assert ipaddress.ip_address(module.ALWAYS[1]).is_loopback
