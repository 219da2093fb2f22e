"""``generate`` and ``edit`` through the real entry point, against a real embedded server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import grpc
import pytest
from PIL import Image

from drawthings.cli.main import main
from drawthings.media.metadata import read_metadata

if TYPE_CHECKING:
    from pathlib import Path

    from drawthings import EmbeddedServer

SD15 = "realdream_15sd15_q6p_q8p.ckpt"
QUICK = ("--model", SD15, "--size", "256", "--steps", "2")


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DRAWTHINGS_SERVER", address)


def test_the_path_goes_to_stdout_and_all_else_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "a red boat", *QUICK]) == 0
    shown = capsys.readouterr()
    assert shown.out == "output.png\n"
    assert "Seed" in shown.err
    assert "decoded" in shown.err
    assert size(tmp_path / "output.png") == (256, 256)


def test_nothing_is_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main(["generate", "x", *QUICK, "-q"]) == 0
    shown = capsys.readouterr()
    assert shown.out.split() == ["output.png", "output-1.png"]
    assert shown.err == ""


def test_json_tells_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["generate", "x", *QUICK, "--seed", "0", "--batch", "2", "-o", "{model}-{seed}-{index}.webp", "--json"]
    assert main(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    assert [picture["file"] for picture in told["pictures"]] == [
        "realdream_15sd15_q6p_q8p-0-0.webp",
        "realdream_15sd15_q6p_q8p-2925884533-1.webp",
    ]
    assert told["pictures"][0]["seed"] == 0
    assert told["configuration"]["batchSize"] == 2
    assert all((tmp_path / picture["file"]).is_file() for picture in told["pictures"])


def test_a_folder_gets_names_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "x", *QUICK, "--seed", "5", "-o", "new/"]) == 0
    assert capsys.readouterr().out == "new/realdream_15sd15_q6p_q8p-5.png\n"
    assert (tmp_path / "new" / "realdream_15sd15_q6p_q8p-5.png").is_file()


def test_options_win_over_set_and_set_over_config(plain_server: EmbeddedServer, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"steps": 9, "guidanceScale": 0, "shift": 2.5, "sharpness": 1}')
    more = ["--config", "config.json", "--set", "sharpness=2", "--set", "tiled-decoding=on", "--negative", "blurry"]
    assert main(["generate", "x", *QUICK, *more]) == 0
    received = plain_server.received[-1]
    sent = received.facts["configuration"]
    assert (sent.steps, sent.guidance_scale, sent.shift, sent.sharpness) == (2, 0.0, 2.5, 2.0)
    assert sent.tiled_decoding
    assert received.message.negativePrompt == "blurry"


def test_config_may_be_the_json_itself(plain_server: EmbeddedServer) -> None:
    assert main(["generate", "x", "--model", SD15, "--config", '{"width": 256, "height": 320, "steps": 1}']) == 0
    sent = plain_server.received[-1].facts["configuration"]
    assert (sent.width, sent.height, sent.steps) == (256, 320, 1)


def test_loras(plain_server: EmbeddedServer) -> None:
    lora = "qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16.ckpt"
    arguments = ["generate", "x", "--model", "qwen_image_edit_2511_q6p.ckpt", "--size", "256"]
    assert main([*arguments, "--lora", lora, "--lora-weight", "0.5"]) == 0
    sent = plain_server.received[-1].facts["configuration"]
    assert [(part.file, part.weight) for part in sent.loras] == [(lora, 0.5)]
    assert sent.steps == 4


def test_fit_snaps_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "x", "--model", SD15, "--width", "250", "--height", "256", "--steps", "2", "--fit"]) == 0
    assert "250" in capsys.readouterr().err


def test_the_latent_size_has_no_effect(plain_server: EmbeddedServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "x", *QUICK, "--latent-size", "128"]) == 0
    assert "no effect" in capsys.readouterr().err
    assert plain_server.received[-1].facts["configuration"].width == 256


def test_edit_takes_references(plain_server: EmbeddedServer, tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "green").save(tmp_path / "in.png")
    Image.new("RGB", (64, 64), "red").save(tmp_path / "ref.png")
    arguments = ["edit", "in.png", "make it snowy", "--ref", "ref.png", "--width", "384", "--steps", "2"]
    assert main([*arguments, "-o", "out.jpg"]) == 0
    assert size(tmp_path / "out.jpg") == (384, 256)
    message = plain_server.received[-1].message
    assert [hint.hintType for hint in message.hints] == ["shuffle"]
    assert len(message.contents) == 2


@pytest.mark.parametrize("words", [[""], [" "], ["--prompt", ""]])
def test_an_edit_needs_an_instruction(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    Image.new("RGB", (300, 200), "green").save(tmp_path / "in.png")
    assert main(["edit", "in.png", *words]) == 2
    assert "Error: The instruction is empty." in capsys.readouterr().err


def test_the_settings_are_in_the_file(tmp_path: Path) -> None:
    assert main(["generate", "a <b> & 狐", *QUICK, "--seed", "3"]) == 0
    found = read_metadata((tmp_path / "output.png").read_bytes())
    assert found is not None
    assert found.document["c"] == "a <b> & 狐"
    assert (found.document["seed"], found.document["size"], found.configuration["steps"]) == (3, "256x256", 2)


USAGE = {
    "size and width": (["--size", "256", "--width", "256"], "--size"),
    "a weight without a LoRA": (["--lora-weight", "0.5"], "--lora-weight"),
    "a LoRA's weight that is none": (["--lora", "a.ckpt:heavy"], "heavy"),
    "set without a value": (["--set", "steps"], "no value"),
    "set of nothing known": (["--set", "stepz=3"], "stepz"),
    "a switch that is no switch": (["--set", "tiled_decoding=perhaps"], "perhaps"),
    "a number that is none": (["--set", "shift=high"], "high"),
    "a configuration that is not there": (["--config", "missing.json"], "missing.json"),
    "a configuration that is none": (["--config", "{"], "line 1"),
    "no steps": (["--steps", "0"], "steps is 0"),
    "words for steps": (["--steps", "many"], "many"),
    "an unknown sampler": (["--sampler", "Eulerr"], "Eulerr"),
    "an unknown kind of file": (["-o", "x.bmp"], "bmp"),
    "an unknown option": (["--setp", "3"], "--setp"),
    "a secret that is not there": (["--secret-file", "missing"], "missing"),
    "an address that is none": (["--server", "a b"], "a b"),
    "an unknown profile": (["--profile", "nowhere"], "nowhere"),
}


@pytest.mark.parametrize("case", USAGE)
def test_wrong_use(plain_server: EmbeddedServer, capsys: pytest.CaptureFixture[str], case: str) -> None:
    more, words = USAGE[case]
    before = plain_server.asked
    assert main(["generate", "x", *more]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert words in shown.err
    assert "Traceback" not in shown.err
    assert plain_server.asked == before


def test_unreachable(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "x", "--server", "127.0.0.1:1"]) == 3
    shown = capsys.readouterr().err
    assert "Error: No server can be reached at 127.0.0.1, port 1" in shown
    assert "Hint: " in shown


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "x", "--server", "127.0.0.1:1", "--debug"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_pictures_that_had_arrived_are_kept(
    plain_server: EmbeddedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with plain_server.intercept() as script:
        script.fail("GenerateImage", grpc.StatusCode.INTERNAL, "out of memory", after_images=1)
        assert main(["generate", "x", *QUICK, "--batch", "2"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Kept: output.png" in shown.err
    assert size(tmp_path / "output.png") == (256, 256)


@pytest.mark.parametrize(
    "output", ["{foo}.png", "~nosuchuser/x.bmp", "~nosuchuser/x.png", "n" * 300 + "/", "in.png/x.png", "in.png/"]
)
def test_an_impossible_target_costs_no_generation(plain_server: EmbeddedServer, tmp_path: Path, output: str) -> None:
    (tmp_path / "in.png").touch()
    before = plain_server.asked
    assert main(["generate", "x", *QUICK, "-o", output]) in {1, 2}
    assert plain_server.asked == before


def test_a_picture_that_cannot_be_written_there_is_kept_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "kept").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "kept"))
    # As if the folder had gone only while the pictures were made.
    monkeypatch.setattr("drawthings.client.target.check_place", lambda _: None)
    assert main(["generate", "x", *QUICK, "--batch", "2", "-o", "file/x.png"]) == 1
    assert "Kept: " in capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["x-1.png", "x.png"]


def test_an_unreadable_picture_is_kept_as_it_came(
    plain_server: EmbeddedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with plain_server.intercept() as script:
        script.garbage_image()
        assert main(["generate", "x", *QUICK]) == 1
    assert "Kept: output.tensor" in capsys.readouterr().err
    assert (tmp_path / "output.tensor").stat().st_size > 0
