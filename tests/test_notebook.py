"""The example notebook runs from top to bottom, and what is committed is what it shows."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "examples" / "notebook.ipynb"
MOST_BYTES = 1_000_000


def read(path: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    return cells


def shown(cells: list[dict[str, Any]], words: str, kind: str) -> list[Any]:
    """Return what the cell with these words shows of one kind."""
    (cell,) = (cell for cell in cells if cell["cell_type"] == "code" and words in "".join(cell["source"]))
    found = [output["data"][kind] for output in cell["outputs"] if kind in output.get("data", {})]
    return ["".join(each) for each in found]


def kinds(cell: dict[str, Any]) -> list[list[str]]:
    """Return the kinds of each output of a cell."""
    return [sorted(output["data"]) for output in cell.get("outputs", ())]


def png(text: str) -> Image.Image:
    image = Image.open(io.BytesIO(base64.b64decode(text)))
    image.load()
    assert image.format == "PNG"
    return image


def check(cells: list[dict[str, Any]]) -> None:
    """See that the outputs hold the pictures, the grid, the clip and the chart."""
    import av

    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    assert {output["output_type"] for output in outputs} == {"display_data", "execute_result"}
    assert [png(data).size for data in shown(cells, '"a red fox in the snow at sunset"', "image/png")] == [(320, 256)]
    assert [png(data).size for data in shown(cells, "server.edit", "image/png")] == [(320, 256)]
    assert [png(data).size for data in shown(cells, "AsyncDrawThings(", "image/png")] == [(192, 192)] * 2
    (boats,) = shown(cells, "batch_size=4", "text/html")
    assert boats.count('src="data:image/jpeg;base64,') == 4
    (sheet,) = shown(cells, "server.grid", "image/png")
    assert min(png(sheet).size) > 2 * 192
    (chart,) = shown(cells, "StepTimes()", "image/svg+xml")
    assert len(ET.fromstring(chart).findall(".//{*}title")) == 16  # noqa: S314 - our own
    (clip,) = re.findall(
        r'<video [^>]*src="data:video/mp4;base64,([^"]+)"', "".join(shown(cells, '"waves at a beach"', "text/html"))
    )
    with av.open(io.BytesIO(base64.b64decode(clip))) as file:
        assert len(list(file.decode(video=0))) == 17
    with av.open(io.BytesIO(base64.b64decode(clip))) as file:
        assert sum(frame.samples for frame in file.decode(audio=0)) > 0


def test_the_committed_notebook_shows_everything() -> None:
    assert NOTEBOOK.stat().st_size < MOST_BYTES
    cells = read(NOTEBOOK)
    check(cells)
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))


@pytest.mark.timeout(120)
def test_it_runs_headless_and_shows_the_same(tmp_path: Path) -> None:
    # A home without anything in it: the kernel is found because ipykernel is installed, and for no other reason.
    home = {name: str(tmp_path / "home") for name in ("HOME", "USERPROFILE", "APPDATA")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    target = tmp_path / "run.ipynb"
    run = subprocess.run(
        [sys.executable, ROOT / "scripts" / "notebook.py", "--output", target],
        env={**kept, **home},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert run.returncode == 0, run.stderr
    cells, committed = read(target), read(NOTEBOOK)
    check(cells)
    assert [cell["source"] for cell in cells] == [cell["source"] for cell in committed]
    assert [kinds(cell) for cell in cells] == [kinds(cell) for cell in committed]
