"""What the guide shows works: its programs are run against a gateway."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imagesgateway import opened, png

if TYPE_CHECKING:
    from PIL import Image

    from imagesgateway import Gateway

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "openai.md"
BLOCKS = re.findall(r"^```text\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
PROGRAMS = [block for block in BLOCKS if "from openai import" in block]
CALLS = [block for block in BLOCKS if block.startswith("curl")]


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_programs_run(gateway: Gateway, photo: Image.Image, tmp_path: Path, number: int) -> None:
    (tmp_path / "photo.jpg").write_bytes(png(photo))
    program = PROGRAMS[number].replace("http://127.0.0.1:7860", gateway.url)
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    made = list(tmp_path.glob("*.png"))
    assert made
    assert all(min(opened(path.read_bytes()).size) > 60 for path in made)


def test_there_are_programs_and_calls() -> None:
    assert (len(PROGRAMS), len(CALLS)) == (3, 1)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_call_in_the_shell_works(gateway: Gateway) -> None:
    command = CALLS[0].replace("http://127.0.0.1:7860", gateway.url)
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)  # noqa: S607 - of the system
    assert json.loads(done.stdout)["data"][0]["url"].startswith(gateway.url)
