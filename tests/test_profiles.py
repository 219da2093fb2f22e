"""The values themselves; what is made of them is tested in ``test_settings.py``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drawthings.profiles import (
    ENVIRONMENT,
    PROFILE_KEYS,
    Profile,
    all_profiles,
    config_folder,
    environment_values,
    file_layers,
    nearest,
    profile_values,
    reason,
)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DRAWTHINGS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_every_variable_says_something_and_nothing_else_is_read(monkeypatch: pytest.MonkeyPatch):
    assert environment_values() == {}
    for name in ENVIRONMENT:
        monkeypatch.setenv(name, "x")
    assert environment_values() == {
        "server": "x",
        "model": "x",
        "tls": "x",
        "upload_codec": "x",
        "tls_ca": Path("x"),
        "known_servers": Path("x"),
        "secret": "x",
    }
    monkeypatch.delenv("DRAWTHINGS_SECRET")
    assert environment_values()["secret"] == Path("x")


def test_a_profile_may_say_everything_but_which_profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert not {"profile", "profiles"} & set(PROFILE_KEYS)
    path = tmp_path / "c.toml"
    path.write_text("[profiles.a]\nsilence_timeout_s = 0\nsecret_file = '~/s'\ntls_ca = 'ca.pem'")
    monkeypatch.setenv("DRAWTHINGS_CONFIG", str(path))
    assert profile_values() == {}
    assert profile_values("a") == {
        "silence_timeout_s": None,
        "secret": tmp_path / "s",
        "tls_ca": tmp_path / "ca.pem",
    }


def test_the_folder_is_the_users_own(tmp_path: Path):
    assert config_folder().name == "drawthings"
    assert tmp_path in config_folder().parents


def test_small_words():
    assert nearest("sever", ["server", "model"]) == ("server",)
    assert nearest("zzz", ["server"]) == ()
    assert reason(FileNotFoundError(2, "No such file or directory")) == "no such file or directory"
    assert reason(OSError()) == "oserror"


def test_all_profiles_in_their_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    path = tmp_path / "c.toml"
    path.write_text("profile='b'\nserver='top'\n[profiles.b]\nserver='sb'\nmodel='m'\n[profiles.a]\n")
    monkeypatch.setenv("DRAWTHINGS_CONFIG", str(path))
    assert all_profiles() == (Profile("b", "sb", "m", default=True), Profile("a", "top", None, default=False))
    monkeypatch.setenv("DRAWTHINGS_PROFILE", "a")
    assert [one.default for one in all_profiles()] == [False, True]


def test_layers_say_where_they_stand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    path = tmp_path / "c.toml"
    path.write_text("server='top'\n[profiles.a]\nmodel='m'\n")
    monkeypatch.setenv("DRAWTHINGS_CONFIG", str(path))
    assert file_layers() == ((f"top of {path}", {"server": "top"}),)
    assert file_layers("a")[1] == (f"profile 'a' of {path}", {"model": "m"})
