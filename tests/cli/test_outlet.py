"""Standard output that takes nothing more, in real processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = (sys.executable, "-m", "drawthings")
FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [["config", "fields"], ["config", "path"], ["-h"], ["a red fox", "-h"]])
def test_a_full_disk_is_one_line_and_a_hint(arguments: list[str]) -> None:
    with FULL.open("w") as full:
        done = subprocess.run([*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    error, hint = done.stderr.splitlines()[-2:]
    assert done.returncode == 1
    assert error == "Error: Standard output cannot be written: No space left on device."
    assert hint.startswith("Hint: ")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("arguments", [["config", "fields", "--json"], ["--help"]])
def test_a_reader_that_has_seen_enough_is_no_error(arguments: list[str]) -> None:
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0
