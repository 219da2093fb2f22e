"""``models list``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from drawthings.cli.main import main
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer

if TYPE_CHECKING:
    import pytest

SDXL = "juggernaut_xl_v9_q6p_q8p.ckpt"


def test_models(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--server", address]) == 0
    lines = capsys.readouterr().out.splitlines()
    row = next(line for line in lines if SDXL in line)
    assert "sdxl_base_v0.9" in row
    assert "1024" in row
    assert not any(line.startswith("loras") for line in lines)


def test_everything(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = ("loras", "controls", "upscalers", "embeddings")
    assert main(["models", "list", "--server", address, *(f"--{kind}" for kind in kinds)]) == 0
    text = capsys.readouterr().out
    assert all(f"\n{kind} (" in text for kind in kinds)
    assert "qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16.ckpt" in text


def test_json(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--server", address, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"models", "loras", "controls", "upscalers", "embeddings"}
    assert {"file": SDXL, "family": "sdxl_base_v0.9", "size": 1024}.items() <= next(
        row for row in told["models"] if row["file"] == SDXL
    ).items()


def test_a_server_that_tells_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with EmbeddedServer(ServerOptions(tls=False)) as server:
        assert main(["models", "list", "--server", server.address]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "--model-browser" in shown.err
