import errno
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings.errors import BadValue, OutputError, UnknownField
from drawthings.media.naming import expand_name, names_for, write_new, write_over

DATA = b"a whole picture"


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_several_names_from_one():
    assert names_for("x/out.png", 3) == [Path("x/out.png"), Path("x/out-1.png"), Path("x/out-2.png")]
    assert names_for(Path("out.png"), 1) == [Path("out.png")]
    assert names_for("out.png", 0) == []


def test_home_is_expanded_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert names_for("~/a.png", 2)[1] == tmp_path / "a-1.png"
    assert write_new("~/a.png", DATA) == tmp_path / "a.png"
    assert write_over("~/b.png", DATA) == tmp_path / "b.png"
    assert expand_name("~/{model}.png", model="m") == tmp_path / "m.png"
    assert listing(tmp_path) == ["a.png", "b.png"]


@pytest.mark.parametrize("path", ["", "/", "."])
def test_a_path_without_a_name_is_told(path: str):
    with pytest.raises(BadValue, match="names no file"):
        names_for(path, 2)


@pytest.mark.parametrize("links", [True, False])
def test_new_files_never_take_anothers_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool):
    if not links:
        monkeypatch.setattr(Path, "hardlink_to", _no_links)
    path = tmp_path / "out.png"
    path.write_bytes(b"mine")
    (tmp_path / "out-2.png").symlink_to(tmp_path / "nowhere")
    assert [write_new(path, DATA).name for _ in range(3)] == ["out-1.png", "out-3.png", "out-4.png"]
    assert path.read_bytes() == b"mine"
    assert (tmp_path / "out-3.png").read_bytes() == DATA
    assert listing(tmp_path) == ["out-1.png", "out-2.png", "out-3.png", "out-4.png", "out.png"]


def _no_links(_self: Path, _target: Path) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted")


@pytest.mark.parametrize("links", [True, False])
def test_threads_get_names_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool):
    if not links:
        monkeypatch.setattr(Path, "hardlink_to", _no_links)
    start, written = threading.Barrier(8), []

    def write(number: int) -> None:
        start.wait()
        written.extend((write_new(tmp_path / "out.png", b"%d" % number), number) for _ in range(5))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({path for path, _ in written}) == 40
    assert all(path.read_bytes() == b"%d" % number for path, number in written)
    assert len(listing(tmp_path)) == 40


def test_missing_folders_are_made(tmp_path: Path):
    assert write_new(tmp_path / "a" / "b" / "out.png", DATA).read_bytes() == DATA
    assert write_over(tmp_path / "c" / "d" / "out.png", DATA).read_bytes() == DATA


def test_a_user_s_umask_counts(tmp_path: Path):
    before = os.umask(0o027)
    try:
        path = write_new(tmp_path / "out.png", DATA)
    finally:
        os.umask(before)
    if os.name != "nt":
        assert path.stat().st_mode & 0o777 == 0o640
        assert path.stat().st_nlink == 1


def test_overwriting_replaces_only_that_file(tmp_path: Path):
    path = tmp_path / "out.png"
    path.write_bytes(b"old")
    assert write_over(path, DATA) == path
    assert path.read_bytes() == DATA
    assert listing(tmp_path) == ["out.png"]


def test_overwriting_follows_a_link(tmp_path: Path):
    real, link = tmp_path / "real.png", tmp_path / "link.png"
    real.write_bytes(b"old")
    link.symlink_to(real)
    assert write_over(link, DATA) == link
    assert link.is_symlink()
    assert real.read_bytes() == DATA


def _failing(error: OSError) -> object:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize("write", [write_new, write_over])
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission denied"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_failing_disk_keeps_the_picture_and_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: object, code: int, reason: str
):
    path = tmp_path / "out.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", _failing(OSError(code, os.strerror(code))))
    with pytest.raises(OutputError, match=reason) as caught:
        write(path, DATA)
    assert caught.value.data == DATA
    assert caught.value.path == path
    assert caught.value.hint
    assert str(path) in str(caught.value)
    assert path.read_bytes() == b"old"
    assert listing(tmp_path) == ["out.png"]


@pytest.mark.parametrize("write", [write_new, write_over])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("folder", "it is a folder"),
        ("file.txt/out.png", "is a file, not a folder"),
        ("file.txt/deeper/out.png", "is a file, not a folder"),
        ("x" * 300 + ".png", "name is too long"),
        ("a\0b.png", "null"),
    ],
)
def test_impossible_paths_keep_the_picture(tmp_path: Path, write: object, name: str, reason: str):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.txt").write_bytes(b"")
    with pytest.raises(OutputError, match=reason) as caught:
        write(tmp_path / name, DATA)
    assert caught.value.data == DATA
    assert listing(tmp_path) == ["file.txt", "folder"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a pipe in the file system")
@pytest.mark.parametrize("write", [write_new, write_over])
def test_devices_and_pipes_are_never_replaced(tmp_path: Path, write: object):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match="a device or a pipe"):
        write(pipe, DATA)
    assert pipe.is_fifo()
    assert listing(tmp_path) == ["pipe"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user who can be refused")
def test_a_folder_without_permission_is_told(tmp_path: Path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="permission denied"):
            write_new(tmp_path / "out.png", DATA)
    finally:
        tmp_path.chmod(0o700)


def test_an_error_while_naming_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Path, "hardlink_to", _failing(OSError(errno.EIO, "Input/output error")))
    with pytest.raises(OutputError, match="Input/output"):
        write_new(tmp_path / "out.png", DATA)
    assert listing(tmp_path) == []
    monkeypatch.setattr(Path, "hardlink_to", _no_links)
    monkeypatch.setattr(Path, "replace", _failing(OSError(errno.EIO, "Input/output error")))
    with pytest.raises(OutputError, match="Input/output"):
        write_new(tmp_path / "out.png", DATA)
    assert listing(tmp_path) == []


def test_a_pattern_is_filled():
    path = expand_name("pics/{model}-{seed}-{index:03}.png", model="z_image.1", seed=42, index=7)
    assert path == Path("pics/z_image.1-42-007.png")


def test_braces_can_be_part_of_a_name():
    assert expand_name("{{x}}-{seed}.png", seed=1) == Path("{x}-1.png")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a red fox", "a-red-fox"),
        ("a/b\\c:d", "a_b_c_d"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "_"),
        ("", "_"),
        (" \n\t ", "_"),
        ('what? "x" <y>|*', "what_-_x_-_y___"),
        (".hidden", "hidden"),
        ("~root", "root"),
        ("line\nbreak\ttab", "line-break-tab"),
        ("a\0b\x1b[0m\u202egnp.exe", "ab[0mgnp.exe"),
        ("狐と🦊", "狐と🦊"),
        ("e\u0301", "é"),
        ("half \ud800 char", "half-char"),
        (None, "None"),
        (4.5, "4.5"),
    ],
)
def test_values_are_made_safe(value: object, expected: str):
    assert expand_name("x-{prompt}-y.png", prompt=value) == Path(f"x-{expected}-y.png")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("con", "_con.png"),
        ("COM1.backup", "_COM1.backup.png"),
        ("LPT9", "_LPT9.png"),
        ("console", "console.png"),
        ("con ", "_con.png"),
    ],
)
def test_names_of_devices_are_avoided(value: str, expected: str):
    assert expand_name("{model}.png", model=value).name == expected


def test_long_values_are_cut_between_characters():
    name = expand_name("{prompt}-{seed}.png", prompt="狐" * 500, seed=5).name
    assert name == "狐" * 26 + "-5.png"
    assert len(name.encode()) <= 90


def test_long_names_keep_their_suffix():
    facts = {letter: letter * 80 for letter in "abcdef"}
    name = expand_name("{a}{b}{c}{d}{e}{f}.webp", **facts).name
    assert len(name.encode()) == 200
    assert name.endswith("c.webp")


def test_the_end_of_a_sentence_is_no_suffix():
    assert len(expand_name("{a}. {b}", a="a" * 80, b="b" * 80).name) == 162
    assert len(expand_name("x" * 250 + ".{b}", b="b" * 80).name.encode()) == 200


@given(st.text(max_size=300))
def test_any_value_gives_one_usable_name(value: str):
    path = expand_name("folder/{prompt}.png", prompt=value)
    assert path.parent == Path("folder")
    assert path.suffix == ".png"
    assert 0 < len(os.fsencode(path.name)) <= 200
    assert not set('<>:"/\\|?*\0\n') & set(path.name)


@pytest.mark.parametrize("pattern", ["~{user}/x.png", "{user}/x.png"])
def test_a_value_brings_no_tilde(pattern: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    assert expand_name(pattern, user="~root").parts[0] in {"~root", "root"}
    assert expand_name(pattern, user="root").parts[0] in {"~root", "root"}


@pytest.mark.parametrize(
    ("pattern", "name", "suggestions"),
    [
        ("{modle}.png", "modle", ("model",)),
        ("{}.png", "", ()),
        ("{0}.png", "0", ()),
        ("{seed.real}.png", "seed.real", ()),
        ("{model[0]}.png", "model[0]", ("model",)),
    ],
)
def test_unknown_names_are_told_with_the_nearest(pattern: str, name: str, suggestions: tuple[str, ...]):
    with pytest.raises(UnknownField, match="means nothing here") as caught:
        expand_name(pattern, model="m", seed=1)
    assert caught.value.field == name
    assert set(suggestions) <= set(caught.value.suggestions)
    assert caught.value.hint == "It may have {model}, {seed}."


@pytest.mark.parametrize(
    "pattern", ["{model.png", "model}.png", "{seed:{width}}.png", "{model:03d}.png", "{seed!r}.png"]
)
def test_patterns_that_do_not_work_are_told(pattern: str):
    with pytest.raises(BadValue) as caught:
        expand_name(pattern, model="m", seed=1)
    assert caught.value.hint


def test_a_pattern_without_a_name_stays_a_folder():
    assert expand_name("/") == Path("/")
