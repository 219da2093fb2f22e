from __future__ import annotations

import dataclasses
import socket

import pytest

from drawthings.server.options import DEFAULT_PORT, ServerOptions


def test_the_defaults_are_those_of_the_official_server_but_for_the_address():
    options = ServerOptions()
    assert (options.address, options.port, DEFAULT_PORT) == ("127.0.0.1", 0, 7859)
    assert (options.tls, options.response_compression, options.model_browser) == (True, True, False)
    assert not options.faithful


def test_the_name_is_the_computers_unless_given():
    assert ServerOptions().server_name == socket.gethostname()
    assert ServerOptions(name="studio").server_name == "studio"


def test_options_stay_as_they_are_and_keep_the_secret_to_themselves():
    options = ServerOptions(shared_secret="open sesame")  # noqa: S106 - it must not show up
    with pytest.raises(dataclasses.FrozenInstanceError):
        options.port = 1  # type: ignore[misc]
    assert "sesame" not in repr(options)
