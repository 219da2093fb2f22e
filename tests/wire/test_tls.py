from __future__ import annotations

import dataclasses
import functools
import logging
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from drawthings.errors import (
    BadConfiguration,
    BadValue,
    CertificateChanged,
    CertificateUntrusted,
    OutputError,
    TlsDowngraded,
    TlsMismatch,
)
from drawthings.settings import Tls
from drawthings.wire import probe
from drawthings.wire.address import Address, parse_address
from drawthings.wire.known import KnownServers
from drawthings.wire.tls import Security, Trusted, effective_mode, secure, trust

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def known(tmp_path: Path) -> KnownServers:
    return KnownServers(tmp_path / "known")


@pytest.fixture
def tls(known: KnownServers) -> Tls:
    return Tls(known_servers=known.path)


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Address]:
    """Give a server a public name."""

    def public(fake: Any) -> Address:
        where = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", fake.port))]
        monkeypatch.setattr(probe.socket, "getaddrinfo", lambda *_, **__: where)
        # The loopback stands for an address outside.
        monkeypatch.setattr(probe.Face, "private", property(lambda _: False))
        return Address("gpu.example.com", fake.port)

    return public


@pytest.fixture
def system(root: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system trust the test authority."""
    (tmp_path / "system.pem").write_bytes(root.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "system.pem"))


@pytest.fixture
def by_root(issue: Callable[..., Any], root: Any) -> Callable[..., Any]:
    """Issue certificates that the test authority signs."""
    return functools.partial(issue, by=root)


def meet(address: Address, tls: Tls) -> Security:
    """Look at a server, and let it answer a first call."""
    security = secure(address, tls, 5)
    if security.introduction is not None:
        security.introduction.remember()
    return security


def local(fake: Any, scheme: Any = "auto") -> Address:
    return Address("127.0.0.1", fake.port, scheme)


# ------------------------------------------------------------------------------------------------- first sight


def test_a_name_that_leads_into_a_private_network_is_private(
    serve: Callable[..., Any], stranger: Any, tls: Tls, known: KnownServers, monkeypatch: pytest.MonkeyPatch
):
    fake = serve(stranger)
    where = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", fake.port))]
    monkeypatch.setattr(probe.socket, "getaddrinfo", lambda *_, **__: where)
    address = Address("gpu.lan", fake.port)
    assert not address.private
    assert meet(address, tls).roots == stranger.pem
    assert known.get(address.endpoint).fingerprint == stranger.fingerprint  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("peer", "private"), [("10.0.0.7", True), ("8.8.8.8", False), ("fe80::1%en0", True), ("", False)]
)
def test_an_address_that_answered_tells_whether_it_is_private(peer: str, private: bool):
    assert probe.Face(None, "", peer).private is private


def test_a_private_server_is_pinned_on_first_sight(
    serve: Callable[..., Any], stranger: Any, tls: Tls, known: KnownServers, caplog: pytest.LogCaptureFixture
):
    fake = serve(stranger)
    expected = Security(f"ipv4:127.0.0.1:{fake.port}", stranger.pem, "127.0.0.1")
    assert secure(local(fake), tls, 5) == expected
    assert not known.path.exists()
    assert not caplog.records
    assert meet(local(fake), tls) == expected
    assert known.get(fake.address).fingerprint == stranger.fingerprint  # type: ignore[union-attr]
    [record] = caplog.records
    assert (record.name, record.levelno) == ("drawthings.wire", logging.WARNING)
    assert stranger.fingerprint in record.getMessage()
    assert fake.address in record.getMessage()
    assert meet(local(fake), tls) == expected
    assert len(caplog.records) == 1


def test_what_somebody_else_wrote_meanwhile_stays(
    serve: Callable[..., Any], stranger: Any, tls: Tls, known: KnownServers
):
    fake = serve(stranger)
    introduction = secure(local(fake), tls, 5).introduction
    assert introduction is not None
    known.remember(fake.address, "SHA256:AB")
    introduction.remember()
    assert known.get(fake.address).fingerprint == "SHA256:AB"  # type: ignore[union-attr]


def test_the_name_checked_is_one_of_the_certificate(serve: Callable[..., Any], issue: Callable[..., Any], tls: Tls):
    assert secure(local(serve(issue(ips=()))), tls, 5).name == "localhost"


def test_a_server_without_tls_is_taken_as_it_is(
    fake: Any, tls: Tls, known: KnownServers, caplog: pytest.LogCaptureFixture
):
    assert secure(local(fake), tls, 5) == Security(f"ipv4:127.0.0.1:{fake.port}")
    assert not known.path.exists()
    assert not caplog.records


def test_a_public_server_needs_a_word_first(
    serve: Callable[..., Any], stranger: Any, tls: Tls, known: KnownServers, public: Callable[[Any], Address]
):
    fake = serve(stranger)
    address = public(fake)
    with pytest.raises(CertificateUntrusted) as caught:
        secure(address, tls, 5)
    assert stranger.fingerprint in str(caught.value)
    assert caught.value.fingerprint == stranger.fingerprint
    assert f"drawthings server trust gpu.example.com:{fake.port}" in caught.value.hint
    assert not known.path.exists()
    assert meet(address, dataclasses.replace(tls, trust=True)).name == "localhost"
    assert secure(address, tls, 5).roots == stranger.pem


def test_a_public_server_without_tls_is_told(
    fake: Any, tls: Tls, public: Callable[[Any], Address], caplog: pytest.LogCaptureFixture
):
    address = public(fake)
    secure(address, tls, 5)
    assert "gpu.example.com" in caplog.text
    assert "not encrypted" in caplog.text
    caplog.clear()
    secure(dataclasses.replace(address, scheme="plain"), tls, 5)
    assert not caplog.records


def test_an_unwritable_file_does_not_stop_the_first_contact(
    serve: Callable[..., Any], stranger: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "file").write_text("")
    tls = Tls(known_servers=tmp_path / "file" / "known")
    assert meet(local(serve(stranger)), tls).roots == stranger.pem
    assert "cannot be written" in caplog.text
    assert "accepted but not remembered" in caplog.text


# ------------------------------------------------------------------------------------------------ later changes


def test_a_changed_certificate_is_refused(serve: Callable[..., Any], stranger: Any, tls: Tls, known: KnownServers):
    fake = serve(stranger)
    old = "SHA256:" + ":".join(["00"] * 32)
    known.remember(fake.address, old)
    for trusting in (False, True):
        with pytest.raises(CertificateChanged) as caught:
            secure(local(fake), dataclasses.replace(tls, trust=trusting), 5)
        for text in (old, stranger.fingerprint):
            assert text in str(caught.value)
        assert (caught.value.known, caught.value.fingerprint) == (old, stranger.fingerprint)
        assert f"drawthings server trust {fake.address}" in caught.value.hint
    assert known.get(fake.address).fingerprint == old  # type: ignore[union-attr]


@pytest.mark.parametrize("mode", ["auto", "on"])
@pytest.mark.parametrize("fingerprint", [None, "SHA256:AB"])
def test_a_server_is_never_downgraded(fake: Any, known: KnownServers, mode: Any, fingerprint: str | None):
    known.remember(fake.address, fingerprint)
    with pytest.raises(TlsDowngraded, match="was seen with TLS before") as caught:
        secure(local(fake), Tls(mode, known_servers=known.path), 5)
    assert f"drawthings server trust {fake.address}" in caught.value.hint


def test_plaintext_on_demand_asks_nobody(fake: Any, known: KnownServers):
    known.remember(fake.address, None)
    assert secure(local(fake, "plain"), Tls(known_servers=known.path), 5).roots is None
    assert secure(local(fake), Tls("off", known_servers=known.path), 5).roots is None
    # Not even a broken file matters then.
    assert secure(local(fake), Tls("off", known_servers=known.path.parent), 5).roots is None


def test_an_unreadable_file_is_not_taken_for_an_empty_one(fake: Any, tmp_path: Path):
    with pytest.raises(BadConfiguration):
        secure(local(fake), Tls(known_servers=tmp_path), 5)


# --------------------------------------------------------------------------------------- what the system trusts


@pytest.mark.usefixtures("system")
def test_a_certificate_that_the_system_trusts_needs_nothing_more(
    serve: Callable[..., Any], by_root: Any, root: Any, tls: Tls, public: Callable[[Any], Address]
):
    issued = by_root(dns=("gpu.example.com",), ips=())
    address = public(serve(issued))
    security = meet(address, tls)
    assert security.name == "gpu.example.com"
    assert security.roots is not None
    assert security.roots.startswith(issued.pem)
    assert root.pem in security.roots
    known = KnownServers(tls.known_servers)
    assert known.get(address.endpoint).fingerprint is None  # type: ignore[union-attr]
    assert secure(address, tls, 5).introduction is None


@pytest.mark.usefixtures("system")
def test_a_pinned_server_may_get_a_certificate_that_the_system_trusts(
    serve: Callable[..., Any], issue: Callable[..., Any], root: Any, tls: Tls, known: KnownServers
):
    fake = serve(issue(by=root))
    known.remember(fake.address, "SHA256:AB")
    assert meet(local(fake), tls).name == "127.0.0.1"
    assert known.get(fake.address).fingerprint is None  # type: ignore[union-attr]


def test_a_server_that_the_system_trusted_may_not_lose_it(
    serve: Callable[..., Any], stranger: Any, tls: Tls, known: KnownServers
):
    fake = serve(stranger)
    known.remember(fake.address, None)
    with pytest.raises(CertificateChanged, match="it was one that the system trusted"):
        secure(local(fake), tls, 5)


# ------------------------------------------------------------------------------------------- modes and mismatches


@pytest.mark.parametrize(
    ("text", "tls", "mode"),
    [
        ("gpu", Tls(), "auto"),
        ("gpu", Tls("on"), "on"),
        ("gpu", Tls("off"), "off"),
        ("gpu", Tls(ca_file=Path("ca")), "on"),
        ("gpu", Tls("off", Path("ca")), "off"),
        ("grpc://gpu", Tls("on"), "off"),
        ("grpcs://gpu", Tls("off"), "on"),
    ],
)
def test_the_scheme_wins_over_the_mode(text: str, tls: Tls, mode: str):
    assert effective_mode(parse_address(text), tls) == mode


@pytest.mark.parametrize(("scheme", "mode"), [("tls", "auto"), ("auto", "on")])
def test_tls_on_one_side_only_is_told(fake: Any, scheme: Any, mode: Any):
    with pytest.raises(TlsMismatch, match="answers without TLS") as caught:
        secure(local(fake, scheme), Tls(mode), 5)
    assert "grpc://" in caught.value.hint


@pytest.mark.parametrize("names", [{"dns": ("*",), "ips": ()}, {"dns": (), "ips": (), "common_name": ""}])
def test_a_certificate_without_a_name_cannot_be_used(
    serve: Callable[..., Any], issue: Callable[..., Any], tls: Tls, known: KnownServers, names: Any
):
    with pytest.raises(TlsMismatch, match="without a name"):
        secure(local(serve(issue(**names))), tls, 5)
    assert not known.path.exists()


@pytest.mark.parametrize(("days", "message"), [((-9, -1), "expired on 20"), ((1, 9), "valid only from 20")])
def test_a_certificate_out_of_its_time_is_told(
    serve: Callable[..., Any], issue: Callable[..., Any], tls: Tls, days: Any, message: str
):
    issued = issue(days=days)
    known = KnownServers(tls.known_servers)
    fake = serve(issued)
    with pytest.raises(TlsMismatch, match=message):
        secure(local(fake), tls, 5)
    known.remember(fake.address, issued.fingerprint)
    with pytest.raises(TlsMismatch, match=message):
        secure(local(fake), tls, 5)


# ------------------------------------------------------------------------------------------------ own authority


@pytest.fixture
def own(root: Any, tmp_path: Path) -> Tls:
    (tmp_path / "ca.pem").write_text("A note: für uns\n" + root.pem.decode())
    return Tls(ca_file=tmp_path / "ca.pem", known_servers=tmp_path / "known")


def test_an_own_authority_counts_for_private_servers_of_any_name(
    serve: Callable[..., Any], by_root: Any, root: Any, own: Tls
):
    security = secure(local(serve(by_root(dns=("elsewhere",), ips=()))), own, 5)
    assert security.name == "elsewhere"
    assert security.roots is not None
    assert root.pem in security.roots
    assert own.known_servers is not None
    assert not own.known_servers.exists()


def test_an_own_authority_refuses_what_it_did_not_sign(
    serve: Callable[..., Any], by_root: Any, stranger: Any, own: Tls, fake: Any
):
    with pytest.raises(TlsMismatch, match="did not sign"):
        secure(local(serve(stranger)), own, 5)
    with pytest.raises(TlsMismatch, match="expired"):
        secure(local(serve(by_root(days=(-9, -1)))), own, 5)
    with pytest.raises(TlsMismatch, match="answers without TLS"):
        secure(local(fake), own, 5)


def test_an_own_authority_does_not_excuse_a_wrong_public_name(
    serve: Callable[..., Any], by_root: Any, own: Tls, public: Callable[[Any], Address]
):
    with pytest.raises(TlsMismatch, match=r"has a certificate for a\.example\.com, 10\.0\.0\.1"):
        secure(public(serve(by_root(dns=("a.example.com",), ips=("10.0.0.1",)))), own, 5)
    with pytest.raises(TlsMismatch, match="has a certificate for nobody"):
        secure(public(serve(by_root(dns=(), ips=(), common_name=""))), own, 5)
    good = secure(public(serve(by_root(dns=("gpu.example.com",), ips=()))), own, 5)
    assert good.name == "gpu.example.com"


@pytest.mark.parametrize(
    "text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_file_without_a_certificate_is_told_before_anything_is_sent(tmp_path: Path, text: str, free_port: int):
    (tmp_path / "ca.pem").write_text(text)
    with pytest.raises(BadValue, match="holds no certificate"):
        secure(Address("127.0.0.1", free_port), Tls(ca_file=tmp_path / "ca.pem"), 5)
    with pytest.raises(BadValue, match="cannot be read: no such file"):
        secure(Address("127.0.0.1", free_port), Tls(ca_file=tmp_path / "none.pem"), 5)


# ------------------------------------------------------------------------------------------------ the user's word


def test_trust_accepts_what_is_there_now(
    serve: Callable[..., Any], stranger: Any, fake: Any, tls: Tls, known: KnownServers
):
    secured = serve(stranger)
    known.remember(secured.address, "SHA256:AB")
    found = trust(local(secured), tls, 5)
    assert found.certificate is not None
    assert found.certificate.fingerprint == stranger.fingerprint
    assert found.forgotten
    assert not trust(local(secured), tls, 5).forgotten
    assert secure(local(secured), tls, 5).roots == stranger.pem
    known.remember(fake.address, "SHA256:AB")
    assert trust(local(fake), tls, 5) == Trusted(None, forgotten=True)
    assert trust(local(fake), tls, 5) == Trusted(None, forgotten=False)
    assert secure(local(fake), tls, 5).roots is None


@pytest.mark.usefixtures("system")
def test_trust_leaves_to_the_system_what_it_trusts(
    serve: Callable[..., Any], issue: Callable[..., Any], root: Any, tls: Tls, known: KnownServers
):
    fake = serve(issue(by=root))
    trust(local(fake), tls, 5)
    assert known.get(fake.address).fingerprint is None  # type: ignore[union-attr]


def test_trust_that_cannot_be_written_down_is_told(serve: Callable[..., Any], stranger: Any, tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        trust(local(serve(stranger)), Tls(known_servers=tmp_path / "file" / "known"), 5)
