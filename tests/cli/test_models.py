"""``models list``, and the lists of everything else."""

from __future__ import annotations

import json

import pytest

from drawthings.cli.main import main
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer

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


@pytest.mark.parametrize(
    ("noun", "heads", "file"),
    [
        ("loras", ["FILE", "FAMILY", "WEIGHT", "NAME"], "lcm_sd_xl_base_1.0_lora_f16.ckpt"),
        ("controls", ["FILE", "FAMILY", "READS", "TYPE", "NAME"], "controlnet_canny_sdxl_v1.0_mid_f16.ckpt"),
        ("upscalers", ["FILE", "SCALE", "NAME"], "remacri_4x_f16.ckpt"),
        ("embeddings", ["FILE", "FAMILY", "KEYWORD", "NAME"], "easynegative_ti_f16.ckpt"),
    ],
)
def test_each_noun_lists_its_files(
    noun: str, heads: list[str], file: str, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([noun, "list", "--server", address]) == 0
    first, *rows = capsys.readouterr().out.splitlines()
    assert first.split() == heads
    assert file in [row.split()[0] for row in rows]
    assert main([noun, "list", "--server", address, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["file"] for row in told] == [row.split()[0] for row in rows]
    assert [head.lower() for head in heads] == list(told[0])


@pytest.mark.parametrize("noun", ["loras", "controls", "embeddings"])
def test_only_what_is_for_a_model(noun: str, address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([noun, "list", "--for", "realdream_15sd15_q6p_q8p.ckpt", "--server", address, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told
    assert {row["family"] for row in told} == {"v1"}


def test_nothing_is_for_that_model(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["controls", "list", "--for", "ltx_2_19b_distilled_q6p.ckpt", "--server", address]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "None of the control nets is for ltx_2_19b_distilled_q6p.ckpt" in err


def test_a_server_that_tells_nothing_of_loras(capsys: pytest.CaptureFixture[str]) -> None:
    with EmbeddedServer(ServerOptions(tls=False)) as server:
        assert main(["loras", "list", "--server", server.address, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == []
    assert "--model-browser" in err
