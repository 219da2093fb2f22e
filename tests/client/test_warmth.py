"""Modules that are loaded while the server works."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

import pytest

from drawthings.client import warmth
from drawthings.tensor.core import native_core

needs_core = pytest.mark.skipif(native_core() is None, reason="the native core is not built, or switched off")


@pytest.mark.parametrize(
    ("what", "native", "loaded", "spared"),
    [
        ("PIXELS", "1", "numpy drawthings.tensor.pixels drawthings.media.image", "av PIL"),
        ("FILES", "0", "numpy drawthings.tensor.pixels drawthings.media.scanlines", "av PIL"),
        pytest.param("FILES", "1", "isal drawthings.tensor.levels drawthings.media.png", "numpy PIL", marks=needs_core),
        ("FILMS", "1", "numpy drawthings.media.video", ""),
    ],
)
def test_what_will_be_needed_is_loaded(what: str, native: str, loaded: str, spared: str) -> None:
    """In a process of its own, because this one has everything already."""
    program = (
        "import sys; from drawthings.client import warmth\n"
        f"assert 'numpy' not in sys.modules; warmth.warm(warmth.{what}).join()\n"
        f"assert set('{loaded}'.split()) <= set(sys.modules), sorted(sys.modules)\n"
        f"assert not set('{spared}'.split()) & set(sys.modules)\n"
    )
    environment = {**os.environ, "DRAWTHINGS_NATIVE": native}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


def test_a_broken_module_is_no_matter(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "drawthings.client"):
        thread = warmth.warm(("no_such_module_anywhere", "drawthings.media.image"))
        assert thread is not None
        thread.join(10)
    assert not thread.is_alive()
    assert "no_such_module_anywhere cannot be loaded ahead" in caplog.text
    assert not [record for record in caplog.records if record.levelno > logging.DEBUG]


def test_nothing_is_done_twice() -> None:
    assert warmth.warm(("sys", "drawthings.client.warmth")) is None
