from __future__ import annotations

import copy
import dataclasses
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drawthings.errors import (
    BadConfiguration,
    BadValue,
    OutOfRange,
    UnknownChoice,
    UnknownField,
    UnknownPreset,
)
from drawthings.profiles import ENVIRONMENT, config_file, config_folder
from drawthings.settings import Connection, Retry, Secret, Timeouts, Tls

if TYPE_CHECKING:
    from collections.abc import Callable

    Write = Callable[[str], Path]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DRAWTHINGS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "here.toml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv("DRAWTHINGS_CONFIG", str(path))
        return path

    return write


# ------------------------------------------------------------------------------------------------------ secrets


def test_a_secret_shows_itself_to_nobody_who_does_not_ask():
    secret = Secret("hunter2")
    connection = Connection(secret=secret)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>20}", repr(connection), repr([connection])]
    shown.append(str(dataclasses.asdict(connection)))
    assert not [text for text in shown if "hunter2" in text]
    assert secret.reveal() == "hunter2"


def test_a_secret_given_as_text_is_hidden_all_the_same():
    connection = Connection(secret="hunter2")  # type: ignore[arg-type]  # noqa: S106 - made up
    assert connection.secret == Secret("hunter2")
    assert "hunter2" not in repr(connection)


def test_secrets_compare_and_hash_by_their_text():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert Secret("a")
    assert not Secret("")


def test_a_connection_survives_pickling_and_copying():
    connection = Connection("gpu:1", "m.ckpt", Secret("hunter2"), Tls("on", Path("ca.pem")), Timeouts(1, 2, None))
    for made in (pickle.loads(pickle.dumps(connection)), copy.deepcopy(connection)):  # noqa: S301 - our own bytes
        assert made == connection
        assert made.secret.reveal() == "hunter2"


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"abc\n", "abc"), (b"abc\r\n", "abc"), (b"abc\n\n", "abc\n"), (b" abc", " abc"), (b"", ""), ("ü".encode(), "ü")],
)
def test_a_secret_file_loses_one_newline(tmp_path: Path, data: bytes, text: str):
    path = tmp_path / "secret"
    path.write_bytes(data)
    assert Secret.from_file(path).reveal() == text


def test_a_secret_file_that_cannot_be_used_is_told_without_its_content(tmp_path: Path):
    with pytest.raises(BadValue, match=r"cannot be read: no such file"):
        Secret.from_file(tmp_path / "none")
    path = tmp_path / "secret"
    path.write_bytes(b"hunter2\xff")
    with pytest.raises(BadValue, match=r"holds no UTF-8 text") as caught:
        Secret.from_file(path)
    assert caught.value.__cause__ is None
    assert "hunter2" not in repr(caught.value) + str(caught.value.details)


def test_a_secret_must_be_text_that_can_be_sent():
    with pytest.raises(BadValue, match="must be text"):
        Secret(b"hunter2")  # type: ignore[arg-type]
    with pytest.raises(BadValue, match="no UTF-8") as caught:
        Secret("hunter2\udc80")
    assert "hunter2" not in str(caught.value) + str(caught.value.details)
    assert caught.value.__cause__ is None


# -------------------------------------------------------------------------------------------- single dataclasses


def test_a_tls_mode_is_one_of_three():
    with pytest.raises(UnknownChoice, match="'onn' is none of auto, on, off") as caught:
        Tls("onn")  # type: ignore[arg-type]
    assert "on" in caught.value.suggestions
    with pytest.raises(UnknownChoice) as caught:
        Tls("zzz")  # type: ignore[arg-type]
    assert caught.value.suggestions == ("auto", "on", "off")


def test_paths_of_tls_start_at_home(tmp_path: Path):
    tls = Tls(ca_file="~/ca.pem", known_servers=Path("~/known"))  # type: ignore[arg-type]
    assert tls.ca_file == tmp_path / "ca.pem"
    assert tls.known_servers == tmp_path / "known"


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: Timeouts(connect_s=0), OutOfRange),
        (lambda: Timeouts(unary_s=-1), OutOfRange),
        (lambda: Timeouts(silence_s=0), OutOfRange),
        (lambda: Timeouts(connect_s=float("inf")), OutOfRange),
        (lambda: Timeouts(connect_s=float("nan")), OutOfRange),
        (lambda: Timeouts(connect_s="5"), BadValue),
        (lambda: Timeouts(connect_s=True), BadValue),
        (lambda: Timeouts(connect_s=None), BadValue),
        (lambda: Retry(tries=0), OutOfRange),
        (lambda: Retry(tries=1.5), BadValue),
        (lambda: Retry(first_s=-1), OutOfRange),
        (lambda: Retry(factor=0.5), OutOfRange),
        (lambda: Retry(most_s=-0.1), OutOfRange),
    ],
)
def test_limits_make_sense(make: Callable[[], object], kind: type[Exception]):
    with pytest.raises(kind):
        make()


def test_pauses_grow_up_to_the_longest():
    assert list(Retry(tries=5, first_s=1, factor=3, most_s=5).pauses()) == [1, 3, 5, 5]
    assert list(Retry(tries=2, first_s=9, most_s=5).pauses()) == [5]
    assert list(Retry(tries=1).pauses()) == []


# --------------------------------------------------------------------------------------- file and environment


def test_without_anything_the_defaults_count():
    assert Connection.from_environment() == Connection()
    assert Connection().server == "localhost:7859"


def test_the_environment_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "secret").write_text("hunter2\n")
    monkeypatch.setenv("DRAWTHINGS_SERVER", "gpu:1")
    monkeypatch.setenv("DRAWTHINGS_MODEL", "m.ckpt")
    monkeypatch.setenv("DRAWTHINGS_TLS", "ON")
    monkeypatch.setenv("DRAWTHINGS_TLS_CA", "~/ca.pem")
    monkeypatch.setenv("DRAWTHINGS_SECRET_FILE", "~/secret")
    monkeypatch.setenv("DRAWTHINGS_KNOWN_SERVERS", "/known")
    tls = Tls("on", tmp_path / "ca.pem", known_servers=Path("/known"))
    assert Connection.from_environment() == Connection("gpu:1", "m.ckpt", Secret("hunter2"), tls)
    monkeypatch.setenv("DRAWTHINGS_SECRET", "other")
    assert Connection.from_environment().secret == Secret("other")


def test_the_upload_codec_comes_from_environment_and_file(write: Write, monkeypatch: pytest.MonkeyPatch):
    assert Connection().upload_codec == "auto"
    write('upload_codec = "deflate"')
    assert Connection.from_environment().upload_codec == "deflate"
    monkeypatch.setenv("DRAWTHINGS_UPLOAD_CODEC", "Raw")
    assert Connection.from_environment().upload_codec == "raw"
    monkeypatch.setenv("DRAWTHINGS_UPLOAD_CODEC", "deflat")
    with pytest.raises(UnknownChoice, match="upload codec 'deflat'") as caught:
        Connection.from_environment()
    assert caught.value.suggestions == ("deflate",)


def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch):
    for name in ENVIRONMENT:
        monkeypatch.setenv(name, "")
    assert Connection.from_environment() == Connection()


def test_a_profile_counts_over_the_top_of_the_file(write: Write, tmp_path: Path):
    write(
        """
        server = "top:1"
        silence_timeout_s = 0
        retry_tries = 7

        [profiles.studio]
        server = "studio.local"
        model = "m.ckpt"
        tls = "on"
        trust = true
        tls_ca = "ca.pem"
        known_servers = "/known"
        connect_timeout_s = 2
        unary_timeout_s = 3.5
        retry_first_s = 1
        retry_factor = 1
        retry_most_s = 2
        secret = "hunter2"

        [profiles.empty]
        """
    )
    top = Connection("top:1", timeouts=Timeouts(silence_s=None), retry=Retry(7))
    assert Connection.from_environment() == top
    assert Connection.from_environment("empty") == top
    assert Connection.from_environment("studio") == Connection(
        "studio.local",
        "m.ckpt",
        Secret("hunter2"),
        Tls("on", tmp_path / "ca.pem", trust=True, known_servers=Path("/known")),
        Timeouts(2, 3.5, None),
        Retry(7, 1, 1, 2),
    )


def test_which_profile_counts(write: Write, monkeypatch: pytest.MonkeyPatch):
    write('profile = "a"\n[profiles]\na = {server = "a"}\nb = {server = "b"}\nc = {server = "c"}')
    assert Connection.from_environment().server == "a"
    monkeypatch.setenv("DRAWTHINGS_PROFILE", "b")
    assert Connection.from_environment().server == "b"
    assert Connection.from_environment("c").server == "c"


def test_given_wins_over_environment_and_that_over_profile(write: Write, monkeypatch: pytest.MonkeyPatch):
    write('server = "file"\nmodel = "file"\ntls = "off"\ntls_ca = "/file"\ntrust = true\nsecret_file = "not-there"')
    monkeypatch.setenv("DRAWTHINGS_SERVER", "environment")
    monkeypatch.setenv("DRAWTHINGS_MODEL", "environment")
    monkeypatch.setenv("DRAWTHINGS_SECRET", "environment")
    made = Connection.from_environment(server="given", secret=Secret("given"), tls="on", tls_ca="/given", trust=False)
    assert made == Connection("given", "environment", Secret("given"), Tls("on", Path("/given")))
    assert Connection.from_environment(tls=Tls("auto")).tls == Tls("auto")
    assert Connection.from_environment().tls == Tls("off", Path("/file"), trust=True)


def test_a_secret_file_counts_from_the_folder_of_the_file(write: Write, tmp_path: Path):
    write('secret_file = "s"')
    (tmp_path / "s").write_text("hunter2\n")
    assert Connection.from_environment().secret == Secret("hunter2")
    write('secret_file = "s"\nsecret = "inline"')
    assert Connection.from_environment().secret == Secret("inline")


def test_the_file_is_in_the_configuration_folder_unless_named(monkeypatch: pytest.MonkeyPatch):
    assert config_file() == config_folder() / "config.toml"
    config_folder().mkdir(parents=True)
    config_file().write_text('server = "from-the-folder"')
    assert Connection.from_environment().server == "from-the-folder"
    monkeypatch.setenv("DRAWTHINGS_CONFIG", "~/other.toml")
    assert config_file() == Path.home() / "other.toml"
    with pytest.raises(BadConfiguration, match=r"other\.toml does not exist"):
        Connection.from_environment()


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ('servr = "x"', UnknownField, "no setting 'servr'"),
        ('[profiles.a]\nservre = "x"', UnknownField, "profile 'a' of"),
        ('[profiles.a]\nprofile = "x"', UnknownField, "'profile'"),
        ("zzzzzz = 1", UnknownField, "'zzzzzz'"),
        ("profile = 1", BadValue, "profile must be text, not int"),
        ('profile = "b"\n[profiles.a]', UnknownPreset, "no profile 'b'"),
        ("profiles = 1", BadConfiguration, "profiles must be tables"),
        ("[profiles]\na = 1", BadConfiguration, "profiles must be tables"),
        ("server = 1", BadValue, "server must be text, not int"),
        ("secret = 1", BadValue, "secret must be text"),
        ("tls_ca = []", BadValue, "tls_ca must be text, not list"),
        ("retry_tries = true", BadValue, "retry_tries must be a number, not bool"),
        ('connect_timeout_s = "5"', BadValue, "must be a number, not str"),
        ("trust = 1", BadValue, "trust must be true or false, not int"),
        ('tls = "onn"', UnknownChoice, "'onn'"),
        ("connect_timeout_s = 0", OutOfRange, "connect_s is 0"),
        ("retry_tries = 1.5", BadValue, "whole number"),
    ],
)
def test_what_the_file_must_not_say(write: Write, text: str, kind: type[Exception], message: str):
    write(text)
    with pytest.raises(kind, match=message):
        Connection.from_environment()


def test_nearest_names_come_along(write: Write):
    write('servr = "x"')
    with pytest.raises(UnknownField) as caught:
        Connection.from_environment()
    assert caught.value.suggestions[0] == "server"
    assert caught.value.hint == "Did you mean server?"
    write("[profiles.studio]")
    with pytest.raises(UnknownPreset) as caught_preset:
        Connection.from_environment("stduio")
    assert caught_preset.value.suggestions == ("studio",)
    assert caught_preset.value.hint == "There are: studio."


def test_a_profile_without_a_file_is_unknown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DRAWTHINGS_PROFILE", "studio")
    with pytest.raises(UnknownPreset, match="no profile 'studio'") as caught:
        Connection.from_environment()
    assert "[profiles.studio]" in caught.value.hint


def test_broken_toml_names_the_line_and_keeps_the_secret(write: Write):
    write('secret = "hunter2"\nserver = = "x"\n')
    with pytest.raises(BadConfiguration, match="no valid TOML in line 2") as caught:
        Connection.from_environment()
    assert caught.value.line == 2
    assert caught.value.__cause__ is None
    write('secret = "hunter2')
    with pytest.raises(BadConfiguration, match="no valid TOML") as caught:
        Connection.from_environment()
    assert "hunter2" not in repr(caught.value)


def test_a_file_that_cannot_be_read_is_told(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write("")
    path.write_bytes(b'secret = "hunter2\xff"')
    with pytest.raises(BadConfiguration, match="no UTF-8 text") as caught:
        Connection.from_environment()
    assert caught.value.__cause__ is None
    monkeypatch.setenv("DRAWTHINGS_CONFIG", str(tmp_path))
    with pytest.raises(BadConfiguration, match="cannot be read: is a directory"):
        Connection.from_environment()


def test_settings_are_light():
    heavy = {
        "numpy",
        "grpc",
        "PIL",
        "flatbuffers",
        "fpzip",
        "isal",
        "google.protobuf",
        "platformdirs",
        "tomllib",
        "ssl",
    }
    code = f"import sys, drawthings.settings; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"
