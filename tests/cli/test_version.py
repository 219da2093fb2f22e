"""``drawthings version``."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING

from drawthings import __version__
from drawthings.cli import version as module
from drawthings.cli.main import main
from drawthings.tensor.core import which

if TYPE_CHECKING:
    import pytest


def test_it_tells_what_decodes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["drawthings"] == __version__
    assert lines["decoder"] == which()
    assert lines["python"].startswith(platform.python_version())


def test_a_library_that_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "LIBRARIES", ("no-such-library", "numpy"))
    assert main(["version", "--json"]) == 0
    libraries = json.loads(capsys.readouterr().out)["libraries"]
    assert libraries["no-such-library"] is None
    assert libraries["numpy"]
    main(["version"])
    assert "no-such-library  not installed" in capsys.readouterr().out
