"""``files check`` and ``files upload``."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import grpc
import pytest

from drawthings.cli.main import main
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SD15 = "realdream_15sd15_q6p_q8p.ckpt"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    models = tmp_path / "models"
    models.mkdir()
    return models


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(ServerOptions(tls=False, models_dir=folder)) as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lora.ckpt"
    path.write_bytes(bytes(range(256)) * 10)
    return path


def test_files_that_are_there(address: str, capsys: pytest.CaptureFixture[str]):
    assert main(["files", "check", SD15, "--server", address, "--hash"]) == 0
    line = capsys.readouterr().out.split()
    assert line[:2] == ["there", SD15]
    assert len(line[2]) == 64


def test_a_missing_one_is_told_by_the_exit_code(address: str, capsys: pytest.CaptureFixture[str]):
    assert main(["files", "check", SD15, "none.ckpt", "--server", address, "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == [
        {"file": SD15, "exists": True, "sha256": None},
        {"file": "none.ckpt", "exists": False, "sha256": None},
    ]


def test_an_upload_and_once_more(server: EmbeddedServer, folder: Path, file: Path, capsys: pytest.CaptureFixture[str]):
    upload = ["files", "upload", str(file), "--server", server.address]
    assert main(upload) == 0
    shown = capsys.readouterr()
    assert shown.out == "lora.ckpt\n"
    assert "100% sending lora.ckpt" in shown.err
    assert "new on the server" in shown.err
    assert (folder / "lora.ckpt").read_bytes() == file.read_bytes()

    assert main(upload) == 0
    assert "has it already" in capsys.readouterr().err
    assert main([*upload, "--force", "--name", "other.ckpt", "--json", "--quiet"]) == 0
    shown = capsys.readouterr()
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert json.loads(shown.out) == [{"file": "other.ckpt", "size": 2560, "sha256": digest, "sent": True}]
    assert shown.err == ""
    file.write_bytes(b"changed")
    assert main(upload) == 0
    assert "replaced another file" in capsys.readouterr().err
    assert main(["files", "check", "lora.ckpt", "other.ckpt", "--server", server.address]) == 0


def test_what_goes_wrong_is_one_line_and_a_hint(
    server: EmbeddedServer, folder: Path, file: Path, capsys: pytest.CaptureFixture[str]
):
    where = ["--server", server.address]
    assert main(["files", "upload", str(file), "--name", "../evil.ckpt", *where]) == 2
    assert "leads into a folder" in capsys.readouterr().err
    assert main(["files", "upload", str(file.with_name("none")), *where]) == 2
    assert "does not exist" in capsys.readouterr().err
    assert main(["files", "upload", str(file), str(file), "--name", "x", *where]) == 2
    assert "--name x is for one file" in capsys.readouterr().err
    with server.intercept() as script:
        script.fail("UploadFile", grpc.StatusCode.UNIMPLEMENTED)
        assert main(["files", "upload", str(file), *where]) == 1
    shown = capsys.readouterr().err
    assert "takes no uploads" in shown
    assert "Hint: " in shown
    assert list(folder.iterdir()) == []


def test_an_upload_step_by_step(server: EmbeddedServer, file: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["files", "upload", str(file), "--server", server.address, "--jsonl", "-q"]) == 0
    *steps, result = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {step["type"] for step in steps} == {"upload"}
    assert [step["stage"] for step in steps][-1] == "done"
    assert steps[-1]["done_bytes"] == steps[-1]["total_bytes"] == 2560
    assert result["type"] == "result"
    assert [(each["file"], each["sent"]) for each in result["files"]] == [("lora.ckpt", True)]
