"""Grids over the wire, and what they leave on disk."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import grpc
import pytest
from PIL import Image

from drawthings import AsyncDrawThings, DrawThings
from drawthings.client.album import Album
from drawthings.errors import ModelNotFound, OutOfRange, OutputError, Rejected, ServerError, Unreachable
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drawthings import Cell

SMALL = {"width": 128, "height": 128, "steps": 2, "model": "realdream_15sd15_q6p_q8p.ckpt"}
GENERATE = "GenerateImage"


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    with EmbeddedServer(ServerOptions(tls=False, model_browser=True)) as running:
        yield running


@pytest.fixture
def client(server: EmbeddedServer) -> Iterator[DrawThings]:
    with DrawThings(f"grpc://{server.address}") as connected:
        yield connected


def asked(server: EmbeddedServer) -> list[tuple[str, int, float]]:
    calls = [call for call in server.received if call.method == GENERATE]
    return [(call.prompt, call.configuration.steps, call.configuration.guidance_scale) for call in calls]


def test_every_place_is_made_with_its_settings_and_one_seed(client: DrawThings, server: EmbeddedServer) -> None:
    seen: list[str] = []
    events: list[tuple[str, float]] = []
    grid = client.grid(
        "a {literal} fox",
        x=("steps", [1, 2]),
        y=("guidance_scale", [3.0, 7.5]),
        on_cell=lambda cell: seen.append(cell.label),
        on_event=lambda cell, event: events.append((cell.label, event.progress)),
        **SMALL,
    )
    assert asked(server) == [("a {literal} fox", steps, scale) for scale in (3.0, 7.5) for steps in (1, 2)]
    assert seen == [cell.label for cell in grid.cells]
    assert {label for label, _ in events} == set(seen)
    assert len({cell.result.seed for cell in grid.cells if cell.result}) == 1
    assert len({cell.pictures[0].pixels.tobytes() for cell in grid.cells}) == 4
    assert grid.sheet().shape[0] > 128


async def test_the_asynchronous_client_makes_the_same(client: DrawThings, server: EmbeddedServer) -> None:
    same = client.grid("a fox", x=("replace", ["fox", "hen"]), seed=5, **SMALL)
    async with AsyncDrawThings(f"grpc://{server.address}") as other:
        grid = await other.grid("a fox", x=("replace", ["fox", "hen"]), seed=5, **SMALL)
    assert grid.facts()["axes"] == same.facts()["axes"]
    assert (grid.sheet() == same.sheet()).all()


@pytest.mark.parametrize(
    ("values", "kind"), [([2, 0], OutOfRange), (["realdream_15sd15_q6p_q8p.ckpt", "none.ckpt"], ModelNotFound)]
)
def test_a_wrong_place_is_told_before_any_is_made(
    client: DrawThings, server: EmbeddedServer, values: list, kind: type[Exception]
) -> None:
    axis = "steps" if kind is OutOfRange else "model"
    with pytest.raises(kind):
        client.grid("a fox", x=(axis, values), **{**SMALL, "steps": 1})
    assert asked(server) == []


def test_a_place_that_fails_is_noted_and_the_others_go_on(
    client: DrawThings, server: EmbeddedServer, tmp_path: Path
) -> None:
    server.faults.normal()
    server.faults.fail(GENERATE, grpc.StatusCode.INVALID_ARGUMENT, "not today")
    album = Album(tmp_path / "grid")
    grid = client.grid("a fox", x=("steps", [1, 2, 3]), on_cell=album.add, **SMALL)
    assert [type(cell.error) for cell in grid.cells] == [type(None), Rejected, type(None)]
    *sheets, facts = album.finish(grid)
    told = json.loads(facts.read_text("utf-8"))["cells"]
    assert "not today" in told[1]["error"]["message"]
    assert [cell["files"] for cell in told] == [["01-01-01-steps-1.png"], [], ["01-01-03-steps-3.png"]]
    assert [sheet.name for sheet in sheets] == ["sheet.png"]
    for cell in (told[0], told[2]):
        with Image.open(tmp_path / "grid" / cell["files"][0]) as picture:
            assert picture.size == (128, 128)
        assert cell["configuration"]["steps"] == cell["varied"]["steps"]


def test_a_server_that_is_gone_ends_the_grid_and_keeps_what_there_is(server: EmbeddedServer) -> None:
    with DrawThings(f"grpc://{server.address}") as client:

        def gone(cell: Cell) -> None:
            if cell.place == (1, 0, 0):
                server.stop()

        grid = client.grid("a fox", x=("steps", [1, 2, 3, 4]), on_cell=gone, **SMALL)
    assert [bool(cell.pictures) for cell in grid.cells] == [True, True, False, False]
    assert isinstance(grid.cell(2).error, Unreachable)
    assert grid.cell(3).error is None


def test_a_grid_in_which_nothing_succeeds_is_an_error(client: DrawThings, server: EmbeddedServer) -> None:
    for _ in range(2):
        server.faults.fail(GENERATE, grpc.StatusCode.INTERNAL, "broken")
    with pytest.raises(ServerError, match="broken"):
        client.grid("a fox", x=("steps", [1, 2]), **SMALL)


def test_three_axes_give_sheets_and_a_used_folder_is_left_alone(client: DrawThings, tmp_path: Path) -> None:
    (tmp_path / "grid").mkdir()
    (tmp_path / "grid" / "mine.txt").write_text("mine")
    axes = {"x": ("steps", [1, 2]), "y": ("seed", [1, 2]), "z": ("prompt", ["a fox / <hen>", "a hen"])}
    album = Album(tmp_path / "grid")
    grid = client.grid("unused", **axes, on_cell=album.add, **SMALL)
    written = [path.name for path in album.finish(grid)]
    assert written == ["sheet-01.png", "sheet-02.png", "grid.json"]
    assert album.folder == tmp_path / "grid-1"
    assert len(list(album.folder.glob("0*.png"))) == 8
    assert [each.name for each in (tmp_path / "grid").iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        Album(f"{tmp_path}/{'x' * 400}")
