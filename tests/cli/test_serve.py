"""``drawthings serve``: what it refuses, the keys it makes, and its whole life with one Ctrl-C."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import stat
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest

from drawthings.cli.main import main
from drawthings.server.certificate import make_identity

if TYPE_CHECKING:
    from pathlib import Path


def test_another_address_needs_a_key_or_trust(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--server", "embedded", "--host", "0.0.0.0", "--no-gallery"]) == 2  # noqa: S104 - it is refused
    told = capsys.readouterr().err
    assert "At 0.0.0.0 other machines could use the gateway" in told
    assert "--api-key-file" in told


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--tls-cert", "x"], "both --tls-cert and --tls-key"),
        (["--tls-key", "x"], "both --tls-cert and --tls-key"),
        (["--tls-cert", "/nowhere/a.pem", "--tls-key", "/nowhere/b.pem"], "The certificate /nowhere/a.pem cannot be"),
        (["--rate", "0"], "--rate"),
        (["--gallery", "x", "--no-gallery"], "exclude each other"),
        (["--trust", "nonsense"], "--trust"),
        (["--api-key-file", "/nowhere/keys"], "cannot be read"),
        (["--new-key", "a:b"], "no name for a key"),
        (["--new-key", "alice"], "needs the file"),
    ],
)
def test_what_makes_no_sense_is_told(options: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--server", "embedded", *options]) == 2
    assert words in capsys.readouterr().err


def test_a_key_of_another_certificate_is_refused_before_anything_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_bytes(make_identity(("localhost",)).certificate)
    key.write_bytes(make_identity(("localhost",)).key)
    options = ["--tls-cert", str(certificate), "--tls-key", str(key), "--gallery", str(tmp_path / "gallery")]
    assert main(["serve", "--server", "embedded", *options]) == 2
    told = capsys.readouterr().err
    assert f"The key {key} does not belong to the certificate {certificate}." in told
    assert "Listening" not in told
    assert not (tmp_path / "gallery").exists()


def test_a_missing_extra_is_told_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "uvicorn" else object())
    assert main(["serve"]) == 2
    assert 'pip install "drawthings[serve]"' in capsys.readouterr().err


def test_a_new_key_is_printed_once_and_kept_as_a_hash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "keys"
    assert main(["serve", "--new-key", "alice", "--api-key-file", str(file)]) == 0
    key = capsys.readouterr().out.strip()
    assert file.read_text() == f"alice:{hashlib.sha256(key.encode()).hexdigest()}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert main(["serve", "--new-key", "alice", "--api-key-file", str(file)]) == 2
    assert "already" in capsys.readouterr().err


def test_a_new_key_begins_a_line_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "keys"
    first = f"bob:{'0' * 64}"
    file.write_text(first)
    assert main(["serve", "--new-key", "alice", "--api-key-file", str(file)]) == 0
    assert file.read_text().splitlines()[0] == first
    assert len(file.read_text().splitlines()) == 2
    assert capsys.readouterr().out


@pytest.mark.timeout(60)
def test_it_serves_until_ctrl_c_and_its_gallery_stays(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "drawthings", "serve", "--server", "embedded", "--port", "0"]
    process = subprocess.Popen([*command, "--gallery", str(tmp_path / "g")], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/", process.stderr.readline())
        assert found is not None
        with urllib.request.urlopen(f"{found[0]}api/state", timeout=20) as answer:  # noqa: S310 - our own
            assert json.load(answer)["key_needed"] is False
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=20)[1]
    finally:
        process.kill()
    assert process.returncode == 0
    assert "Stopped." in rest
    assert (tmp_path / "g" / "gallery.sqlite3").exists()
