"""The public names, frozen: a change here is a change for users."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import drawthings

PUBLIC = {
    "AsyncDrawThings",
    "AsyncPool",
    "Axis",
    "Batch",
    "Catalogue",
    "Cell",
    "ComputeLimits",
    "Configuration",
    "Connection",
    "Control",
    "ControlInput",
    "ControlMode",
    "DrawThings",
    "DrawThingsError",
    "EmbeddedServer",
    "FilePresence",
    "Film",
    "FilmWriter",
    "Finding",
    "Finished",
    "Found",
    "Grid",
    "Lora",
    "LoraMode",
    "Mask",
    "ModelMetadata",
    "Note",
    "Observations",
    "Picture",
    "Plan",
    "Pool",
    "Recollection",
    "Result",
    "Retry",
    "Rules",
    "Sampler",
    "Secret",
    "SeedMode",
    "ServerInfo",
    "ServerOptions",
    "ServerStatus",
    "StepTimes",
    "Tally",
    "Template",
    "Timeouts",
    "Tls",
    "UploadStep",
    "Uploaded",
    "Wording",
    "diagnose",
    "discover",
    "discover_async",
    "examine",
    "examine_async",
    "generate_image",
    "read_settings",
    "read_template",
    "save_tensor_image",
    "watch",
}
HEAVY = ("numpy", "grpc", "PIL", "google.protobuf", "flatbuffers", "fpzip", "isal", "rich", "click", "asyncio", "ssl")


def test_all_is_frozen() -> None:
    assert set(drawthings.__all__) == PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_each_name_is_there_and_documented(name: str) -> None:
    value = getattr(drawthings, name)
    assert value.__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Unknown'"):
        importlib.import_module("drawthings").Unknown  # noqa: B018 - the access is the point


def test_dir_shows_the_public_names() -> None:
    assert set(dir(drawthings)) >= PUBLIC


@pytest.mark.parametrize("module", ["drawthings", "drawthings.errors", "drawthings.settings"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_help_loads_nothing_heavier_than_click() -> None:
    code = (
        "import sys; from drawthings.cli.main import main; main(['--help']); "
        f"print([name for name in {HEAVY!r} if name in sys.modules and name != 'click'])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip().splitlines()[-1] == "[]"
