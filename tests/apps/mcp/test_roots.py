from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from drawthings.apps.mcp import roots as module
from drawthings.apps.mcp.roots import Roots
from drawthings.errors import BadImage, ConfigError, NotAllowed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "pictures"
    (inside / "deep").mkdir(parents=True)
    (inside / "fox.png").write_bytes(b"fox")
    (inside / "deep" / "owl.png").write_bytes(b"owl")
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "pictures-of-others").mkdir()
    (tmp_path / "pictures-of-others" / "her.png").write_bytes(b"her")
    return inside


def test_files_below_a_folder_are_read(folder: Path) -> None:
    roots = Roots([folder])
    assert roots.read(str(folder / "fox.png")) == b"fox"
    assert roots.read("deep/owl.png") == b"owl"
    assert roots.read("deep/../fox.png") == b"fox"
    assert roots.read((folder / "fox.png").as_uri()) == b"fox"


def test_the_folder_that_has_a_file_is_found(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert Roots([other, folder]).read("fox.png") == b"fox"


OUTSIDE = (
    "../secret.png",
    "deep/../../secret.png",
    "{base}/secret.png",
    "{base}/pictures/../secret.png",
    "{base}/pictures-of-others/her.png",
    "../pictures-of-others/her.png",
    "file://{base}/secret.png",
    "file:///etc/passwd",
    "file://elsewhere/share/secret.png",
    "/etc/passwd",
    "/proc/self/environ",
    "~/.ssh/id_rsa",
    "fox.png\0.txt",
    "..",
    "/",
    "file://{base}/pictures/%2e%2e/secret.png",
)


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_outside_is_read_or_even_told_to_exist(path: str, folder: Path) -> None:
    given = path.format(base=folder.parent)
    told = []
    for name in (given, f"{given}/nowhere"):
        with pytest.raises((NotAllowed, BadImage)) as caught:
            Roots([folder]).read(name)
        told.append(caught.value.message.replace(repr(name)[1:-1], "it"))
        # A tilde is no home folder here but a name below the folder, and nothing is there.
        assert isinstance(caught.value, BadImage if path.startswith("~") else NotAllowed)
    assert told[0] == told[1]


def test_a_link_leads_nowhere_outside(folder: Path) -> None:
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    (folder / "up").symlink_to(folder.parent)
    (folder / "round").symlink_to(folder / "round")
    for path in ("link.png", "up/secret.png", str(folder / "link.png"), "round/x.png"):
        with pytest.raises((NotAllowed, BadImage)):
            Roots([folder]).read(path)


def test_a_folder_that_is_a_link_itself_counts_as_where_it_leads(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "shortcut").symlink_to(folder)
    assert Roots([tmp_path / "shortcut"]).read(str(folder / "fox.png")) == b"fox"
    assert Roots([folder]).read(str(tmp_path / "shortcut" / "fox.png")) == b"fox"


def test_without_a_folder_nothing_is_read(folder: Path) -> None:
    with pytest.raises(NotAllowed) as caught:
        Roots().read(str(folder / "fox.png"))
    assert "--allow-dir" in caught.value.hint


def test_what_is_no_file_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(folder / "pipe.png")
    for path in ("deep", "pipe.png", "nothing.png"):
        with pytest.raises(BadImage, match="There is no file"):
            Roots([folder]).read(path)
    monkeypatch.setattr(module, "MOST_BYTES", 2)
    with pytest.raises(BadImage, match="MiB"):
        Roots([folder]).read("fox.png")


def test_an_allowed_folder_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no folder"):
        Roots([tmp_path / "nowhere"])
