"""What is not loaded until it is needed: a picture is asked for and saved without most of what there is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from drawthings.tensor.core import native_core

BLOB = Path(__file__).parent / "fixtures" / "tensor" / "fpzip-f16-picture" / "blob.hex"
NEVER = {
    *("PIL", "av", "click", "email", "flatbuffers", "fpzip", "importlib.metadata", "ifaddr", "rich", "zeroconf"),
    *("drawthings.cli", "drawthings.server", "drawthings.batch"),
}
"""Not needed between ``import drawthings`` and a PNG file, whatever the way."""
PIXELS = {"numpy", "drawthings.tensor.pixels", "drawthings.request.pictures"}
RARE = {"difflib", "tomllib", "xml.etree", "drawthings.client.grid", "drawthings.wire.parcel"}
"""Only for wrong names, configuration files, reading metadata, grids and uploads."""
AT_REST = {"asyncio", "ssl", "google.protobuf", "grpc"}
"""Needed for a connection, but not for a mere import."""

PROGRAM = """
import json, sys
def tell():
    print(json.dumps(sorted(sys.modules)))
import drawthings
tell()
with drawthings.DrawThings(sys.argv[1]) as server:
    tell()
    plan = server.prepare("a red fox", width=256, height=256, steps=4, seed=1)
    plan.rounds()[0].request()
    tell()
with open(sys.argv[2]) as file:
    drawthings.Picture(bytes.fromhex(file.read()), 0, 1, plan).save(sys.argv[3])
tell()
"""


@pytest.fixture(scope="module")
def loaded(plain_server: object, tmp_path_factory: pytest.TempPathFactory) -> list[set[str]]:
    """What is loaded after the import, with a client, after a plan and its request, and after a file."""
    folder = tmp_path_factory.mktemp("imports")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DRAWTHINGS_")}
    environment |= {"XDG_CONFIG_HOME": str(folder), "HOME": str(folder), "APPDATA": str(folder)}
    arguments = [f"grpc://{plain_server.address}", str(BLOB), str(folder / "fox.png")]
    command = [sys.executable, "-c", PROGRAM, *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert (folder / "fox.png").stat().st_size > 0
    return [set(json.loads(line)) for line in run.stdout.splitlines()]


def test_the_import_loads_next_to_nothing(loaded: list[set[str]]):
    assert loaded[0] & (NEVER | PIXELS | RARE | AT_REST | {"typing", "dataclasses", "inspect"}) == set()


def test_a_client_waits_with_the_rest(loaded: list[set[str]]):
    assert loaded[1] & (NEVER | PIXELS | RARE) == set()


def test_a_request_without_pictures_needs_no_pixels(loaded: list[set[str]]):
    assert loaded[2] & (NEVER | PIXELS | RARE) == set()
    assert "grpc" in loaded[2]


@pytest.mark.skipif(native_core() is None, reason="the native core is not built, or switched off")
def test_the_core_makes_a_file_without_numpy(loaded: list[set[str]]):
    assert loaded[3] & (NEVER | PIXELS | RARE) == set()
    assert "drawthings.tensor.levels" in loaded[3]
