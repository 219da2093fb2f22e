"""A certificate and a key are tried before anything listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization

from drawthings.apps.http.certificate import check_certificate
from drawthings.errors import ConfigError
from drawthings.server.certificate import make_identity

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    made = make_identity(("localhost",))
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_bytes(made.certificate)
    key.write_bytes(made.key)
    return certificate, key


def refused(certificate: Path, key: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        check_certificate(certificate, key)
    assert caught.value.hint
    return caught.value


def test_a_pair_is_fine_also_in_one_file(pair: tuple[Path, Path], tmp_path: Path) -> None:
    check_certificate(*pair)
    both = tmp_path / "both.pem"
    both.write_bytes(pair[1].read_bytes() + pair[0].read_bytes())
    check_certificate(both, both)


def test_a_key_that_does_not_belong_is_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(make_identity(("localhost",)).key)
    assert f"The key {other} does not belong to the certificate {pair[0]}." in str(refused(pair[0], other))


@pytest.mark.parametrize("place", [0, 1])
def test_a_file_that_is_missing_or_a_folder_is_named(pair: tuple[Path, Path], tmp_path: Path, place: int) -> None:
    for path in (tmp_path / "nothing.pem", tmp_path):
        given = list(pair)
        given[place] = path
        error = refused(*given)
        assert str(error).startswith(f"The {('certificate', 'key')[place]} {path} cannot be read: ")
        assert error.value == str(path)


def test_files_in_the_wrong_places_or_of_another_kind_are_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    junk = tmp_path / "junk.pem"
    junk.write_bytes(b"\x30\x82 no PEM")
    for given in ((pair[1], pair[0]), (junk, pair[1]), (pair[0], junk)):
        assert "are no certificate and its key in PEM" in str(refused(*given))


def test_a_locked_key_is_refused_without_asking_for_its_password(pair: tuple[Path, Path], tmp_path: Path) -> None:
    key = serialization.load_pem_private_key(pair[1].read_bytes(), None)
    locked = tmp_path / "locked.pem"
    how = serialization.BestAvailableEncryption(b"secret")
    locked.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, how)
    )
    error = refused(pair[0], locked)
    assert str(error) == f"The key {locked} is locked with a password."
    assert "openssl pkey" in error.hint
