"""Where results go, and what is refused before anything is generated for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from drawthings import DrawThings, EmbeddedServer
from drawthings.client.target import check_place, check_room, checked, is_folder, result_size
from drawthings.errors import BadValue, OutputError, UnknownField

if TYPE_CHECKING:
    from pathlib import Path

    from drawthings.request.plan import Plan

SD15 = "realdream_15sd15_q6p_q8p.ckpt"


def planned(server: EmbeddedServer, **wanted: object) -> Plan:
    with DrawThings(f"grpc://{server.address}") as client:
        return client.prepare("x", model=SD15, steps=2, check=False, **wanted)  # type: ignore[arg-type] # by name


def test_what_can_be_written_passes(tmp_path: Path) -> None:
    for name in ("a.png", "new/folder/", "new/{seed}.webp", "."):
        checked(f"{tmp_path}/{name}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "error"),
    [("a.bmp", BadValue), ("{colour}.png", UnknownField), ("file/a.png", OutputError), ("file/", OutputError)],
)
def test_what_can_never_be_written_is_refused(tmp_path: Path, name: str, error: type[Exception]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(error):
        checked(f"{tmp_path}/{name}")


def test_a_folder_that_may_not_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []

    def access(path: Path, mode: int) -> bool:
        asked.append(path)
        return not mode & os.W_OK

    monkeypatch.setattr("os.access", access)
    with pytest.raises(OutputError, match="may not be written to") as caught:
        check_place(tmp_path / "new" / "a.png")
    assert asked == [tmp_path]
    assert "--output" in caught.value.hint


@pytest.mark.parametrize("name", ["~nosuchuser/a.png", "~nosuchuser/"])
def test_the_home_of_nobody_is_refused(name: str) -> None:
    with pytest.raises(OutputError, match="no user 'nosuchuser'"):
        checked(name)


@pytest.mark.parametrize(("name", "folder"), [("a/", True), ("a\\", True), (".", True), ("a.png", False)])
def test_folders(name: str, folder: bool) -> None:
    assert is_folder(name) is folder


def test_the_size_of_results_counts_the_upscaler(plain_server: EmbeddedServer) -> None:
    assert result_size(planned(plain_server, width=256, height=320)) == (256, 320)
    upscaler = {"width": 256, "height": 320, "upscaler": "remacri_4x_f16.ckpt"}
    assert result_size(planned(plain_server, **upscaler)) == (1024, 1280)
    assert result_size(planned(plain_server, **upscaler, upscaler_scale_factor=2)) == (512, 640)


def test_a_kind_that_cannot_hold_the_picture_is_refused(plain_server: EmbeddedServer) -> None:
    large = planned(plain_server, width=8192, height=128, upscaler="remacri_4x_f16.ckpt")
    with pytest.raises(BadValue, match="32768x512 px is more than the 16383 px a side"):
        check_room("a.webp", large)
    for name in ("a.png", "a.jpg", "folder/"):
        check_room(name, large)
