"""Commands with several servers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from drawthings.cli.main import EXIT_FAILED, EXIT_OK, main
from drawthings.server.fleet import Fleet
from drawthings.server.options import ServerOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMALL = ("--size", "128", "--steps", "1", "--model", "sd_v1.5_f16.ckpt")


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    options = ServerOptions(tls=False, model_browser=True, sketch=True, catalogue=("v1",), ms_per_step=20)
    with Fleet(3, options) as running:
        yield running


def servers(fleet: Fleet) -> list[str]:
    return [word for server in fleet.servers for word in ("-s", f"grpc://{server.address}")]


def test_a_grid_is_shared_by_several_servers(fleet: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "grid"
    words = ["grid", "a fox", "--x", "seed=1..4", "--y", "cfg=2,4", "-o", str(out), *SMALL, *servers(fleet)]
    assert main(words) == EXIT_OK
    said = capsys.readouterr()
    assert said.out.splitlines() == [str(out / "sheet.png")]
    assert "of 8 done" in said.err
    assert len(list(out.glob("*seed*.png"))) == 8
    facts = json.loads((out / "grid.json").read_text("utf-8"))
    assert len(json.dumps(facts)) > 100
    assert sum(server.generations for server in fleet.servers) == 8
    assert all(server.generations and server.most_at_once == 1 for server in fleet.servers)


def test_the_same_grid_as_from_one_server(fleet: Fleet, tmp_path: Path) -> None:
    words = ["grid", "a fox", "--x", "seed=1..3", *SMALL, "-q"]
    assert main([*words, "-o", str(tmp_path / "one"), *servers(fleet)[:2]]) == EXIT_OK
    assert main([*words, "-o", str(tmp_path / "all"), *servers(fleet)]) == EXIT_OK
    one, every = (sorted((tmp_path / name).glob("*.png")) for name in ("one", "all"))
    assert [path.name for path in one] == [path.name for path in every]
    assert (tmp_path / "one" / "sheet.png").read_bytes() == (tmp_path / "all" / "sheet.png").read_bytes()


def test_places_that_fail_are_told(fleet: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for server in fleet.servers:
        for _ in range(2):
            server.faults.empty_result()
    words = ["grid", "a fox", "--x", "seed=1..2", "-q", "-o", str(tmp_path / "grid"), *SMALL, *servers(fleet)]
    assert main(words) == EXIT_FAILED
    said = capsys.readouterr().err
    assert "Failed: seed 1" in said
    assert "Failed: seed 2" in said
