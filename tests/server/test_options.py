from __future__ import annotations

import dataclasses
import socket
from typing import TYPE_CHECKING

import pytest

from drawthings.errors import BadValue, OutOfRange
from drawthings.server.options import DEFAULT_PORT, ServerOptions

if TYPE_CHECKING:
    from pathlib import Path


def test_the_defaults_are_those_of_the_official_server_but_for_the_address():
    options = ServerOptions()
    assert (options.address, options.port, DEFAULT_PORT) == ("127.0.0.1", 0, 7859)
    assert (options.tls, options.response_compression, options.model_browser) == (True, True, False)
    assert not options.faithful


def test_the_name_is_the_computers_unless_given():
    assert ServerOptions().server_name == socket.gethostname()
    assert ServerOptions(name="studio").server_name == "studio"


@pytest.mark.parametrize("name", ["ms_per_step", "model_switch_ms", "crash_after", "restart_ms", "keep_requests"])
def test_times_and_numbers_are_not_negative(name: str):
    assert getattr(ServerOptions(**{name: 0}), name) == 0  # type: ignore[arg-type]
    with pytest.raises(OutOfRange, match=f"{name} is -1"):
        ServerOptions(**{name: -1})  # type: ignore[arg-type]


@pytest.mark.parametrize("rate", [-0.1, 1.01, float("nan")])
def test_a_rate_is_a_share(rate: float):
    with pytest.raises(OutOfRange, match="fail_rate is"):
        ServerOptions(fail_rate=rate)


def test_what_is_installed_comes_from_one_place(tmp_path: Path):
    with pytest.raises(BadValue, match="both given"):
        ServerOptions(models_dir=tmp_path, catalogue=("flux1",))


def test_options_stay_as_they_are_and_keep_the_secret_to_themselves():
    options = ServerOptions(shared_secret="open sesame")  # noqa: S106 - it must not show up
    with pytest.raises(dataclasses.FrozenInstanceError):
        options.port = 1  # type: ignore[misc]
    assert "sesame" not in repr(options)
