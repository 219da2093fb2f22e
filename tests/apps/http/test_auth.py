"""Who may ask: keys in all the places where clients put them, junk, trust, and the page's cookie."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
from typing import TYPE_CHECKING

import pytest

from drawthings.apps.http import auth
from drawthings.apps.http.keys import Keys, hash_of, new_key
from drawthings.apps.http.settings import GatewaySettings, networks
from drawthings.apps.jobs.owner import Owner
from drawthings.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

KEYS = Keys({"alice": hash_of("secret"), "bob": hash_of("other")})
LOCKED = GatewaySettings(keys=KEYS)


def basic(text: str) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer secret"},
        {"authorization": "bearer  secret "},
        basic("anybody:secret"),
        basic("secret:"),
        {"x-api-key": "secret"},
        {"api-key": "secret"},
    ],
)
def test_a_key_counts_wherever_clients_put_it(headers: dict[str, str]) -> None:
    assert auth.owner_of(headers, "10.0.0.9", LOCKED) == Owner("alice", "alice")


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic %"}, basic("undefined"), {"cookie": "=;"}],
)
def test_without_a_right_key_nobody_is_let_in_not_even_here(headers: dict[str, str]) -> None:
    assert auth.owner_of(headers, "127.0.0.1", LOCKED) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "127.0.0.5"])
def test_without_keys_junk_is_not_looked_at_and_the_own_machine_is_one(address: str) -> None:
    assert auth.owner_of(basic("undefined"), address, GatewaySettings()) == Owner("localhost")


@pytest.mark.parametrize("settings", [LOCKED, GatewaySettings()])
def test_trusted_networks_need_no_key_and_others_do(settings: GatewaySettings) -> None:
    trusting = GatewaySettings(keys=settings.keys, trust=networks(("192.168.0.0/16,10.1.2.3",)))
    assert auth.owner_of({}, "192.168.7.7", trusting) == Owner("192.168.7.7")
    assert auth.owner_of({}, "10.1.2.3", trusting) == Owner("10.1.2.3")
    assert auth.owner_of({}, "::ffff:192.168.7.7", trusting) is not None
    assert auth.owner_of({}, "10.1.2.4", trusting) is None
    assert auth.owner_of({}, "no address", trusting) is None


def test_networks_are_read_one_by_one_and_nonsense_is_refused() -> None:
    assert networks(("127.0.0.1", "fe80::/10")) == (
        ipaddress.ip_network("127.0.0.1"),
        ipaddress.ip_network("fe80::/10"),
    )
    with pytest.raises(ValueError, match="nonsense"):
        networks(("nonsense",))


def test_a_session_stands_for_a_key_until_it_is_closed() -> None:
    token = KEYS.open_session("bob")
    cookie = {"cookie": f"a=b; {auth.COOKIE}={token}"}
    assert auth.owner_of(cookie, "10.0.0.9", LOCKED) == Owner("bob", "bob")
    KEYS.close_session(token)
    assert auth.owner_of(cookie, "10.0.0.9", LOCKED) is None


def test_users_of_a_key_have_turns_of_their_own_and_one_gallery() -> None:
    owner = Owner("alice", "alice")
    assert owner.user("u1") != owner.user("u2")
    assert owner.user("u1").scope == owner.user("u2").scope == "alice"
    assert owner.user("") is owner


def test_a_file_of_keys_is_read_with_its_comments(tmp_path: Path) -> None:
    key, line = new_key("carol")
    (tmp_path / "keys").write_text(f"# ours\n\n{line}\n")
    keys = Keys.read(tmp_path / "keys")
    assert keys.name_of(key) == "carol"
    assert keys.name_of(hashlib.sha256(key.encode()).hexdigest()) is None


@pytest.mark.parametrize("text", ["", "alice:secret", f"a:{'0' * 64}\na:{'1' * 64}", "no colon"])
def test_a_file_of_keys_that_holds_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys").write_text(text)
    with pytest.raises(ConfigError):
        Keys.read(tmp_path / "keys")


@pytest.mark.parametrize(
    ("path", "page", "open_"),
    [
        ("/healthz", False, True),
        ("/", True, True),
        ("/", False, False),
        ("/api/state", True, False),
        ("/metrics", False, False),
        ("/playground/js/main.js", False, True),
        ("/v1/files/images/x.png", False, True),
        ("/v1/models", False, False),
    ],
)
def test_little_is_open_to_all(path: str, page: bool, open_: bool) -> None:
    assert auth.is_open(path, page=page) is open_
