"""``video`` through the real entry point, against a real embedded server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import grpc
import pytest
from PIL import Image

from clips import probe
from drawthings._generated import imageService_pb2 as pb
from drawthings.cli.main import main
from drawthings.tensor.header import Header

if TYPE_CHECKING:
    from pathlib import Path

    from drawthings import EmbeddedServer

WAN = ("--model", "wan_v2.1_1.3b_480p_q8p.ckpt", "--size", "128", "--steps", "1")
LTX = ("--model", "ltx_2_19b_distilled_q6p.ckpt", "--size", "128", "--steps", "1")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DRAWTHINGS_SERVER", address)


def test_the_path_goes_to_stdout_and_all_else_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["video", "waves", *WAN, "--frames", "6"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "clip.mp4\n"
    assert "5 frames instead of 6" in shown.err
    assert "16 per second" in shown.err
    found = probe(tmp_path / "clip.mp4")
    assert (len(found.frames), found.rate, found.audio_codec) == (5, 16, None)


def test_json_tells_everything(
    plain_server: EmbeddedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["video", "waves", *LTX, "--seconds", "0.3", "--seed", "3", "-o", "{seed}.mov", "--json", "-q"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    told = json.loads(shown.out)
    assert (told["file"], told["frames"], told["fps"], told["seed"]) == ("3.mov", 9, 25, 3)
    assert (told["width"], told["height"], told["duration_seconds"]) == (128, 128, 0.36)
    assert told["sound"] == {"rate": 24_000, "seconds": 0.36}
    assert told["configuration"]["numFrames"] == 9
    assert plain_server.received[-1].facts["configuration"].num_frames == 9
    assert probe(tmp_path / "3.mov").audio_rate == 24_000


def test_without_a_model_one_for_clips_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["video", "x", "--size", "128", "--steps", "1", "--frames", "9", "-o", "out/", "-q", "--seed", "1"]
    assert main(arguments) == 0
    assert capsys.readouterr().out == "out/ltx_2.3_22b_distilled_1.1_q6p-1.mp4\n"
    assert (tmp_path / "out").is_dir()


def test_a_clip_begins_with_the_picture(plain_server: EmbeddedServer, tmp_path: Path) -> None:
    Image.new("RGB", (128, 128), (200, 30, 30)).save(tmp_path / "red.png")
    arguments = ["video", "she smiles", "--image", "red.png", "--steps", "1", "--frames", "5", "-q"]
    assert main([*arguments, "--model", "wan_v2.1_14b_i2v_480p_q8p.ckpt", "--size", "128", "-o", "a.png"]) == 0
    message = plain_server.received[-1].message
    assert len(message.contents) == 1
    with Image.open(tmp_path / "a" / "a-0001.png") as first:
        red, green, blue = first.convert("RGB").resize((1, 1)).getpixel((0, 0))
    assert red > 120 > green + blue


def test_another_rate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["video", "waves", *LTX, "--seconds", "0.75", "--fps", "12", "-o", "a.mp4"]) == 0
    found = probe(tmp_path / "a.mp4")
    assert (len(found.frames), found.rate) == (9, 12)
    assert "the sound is made for 25" in capsys.readouterr().err


def test_a_number_of_frames_that_is_rounded_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["video", "waves", *WAN, "--set", "num_frames=8", "-o", "a.gif"]) == 0
    assert "5 come back" in capsys.readouterr().err


def test_frames_that_had_arrived_are_kept(
    plain_server: EmbeddedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with plain_server.intercept() as script:
        script.fail("GenerateImage", grpc.StatusCode.INTERNAL, "out of memory", after_images=3)
        assert main(["video", "waves", *WAN, "--frames", "5"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Kept: clip-unfinished.mp4 (3 frames)" in shown.err
    assert len(probe(tmp_path / "clip-unfinished.mp4").frames) == 3


def test_nothing_is_left_of_a_clip_that_never_came(
    plain_server: EmbeddedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with plain_server.intercept() as script:
        script.fail("GenerateImage", grpc.StatusCode.INTERNAL, "out of memory")
        assert main(["video", "waves", *WAN, "--frames", "5"]) == 1
    assert "Kept" not in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_several_first_frames(plain_server: EmbeddedServer, tmp_path: Path) -> None:
    for name, colour in (("red.png", "red"), ("blue.png", "blue")):
        Image.new("RGB", (128, 128), colour).save(tmp_path / name)
    arguments = ["video", "she smiles", "--image", "red.png", "--input-image", "blue.png", *WAN[2:], "--frames", "9"]
    assert main([*arguments, "--model", "wan_v2.1_14b_i2v_480p_q8p.ckpt", "-o", "a.gif", "-q"]) == 0
    message = plain_server.received[-1].message
    (blob,) = (blob for blob in message.contents)
    assert Header.parse(blob).shape == (2, 128, 128, 3)


def test_prompts_from_files_and_who_asks(plain_server: EmbeddedServer, tmp_path: Path) -> None:
    (tmp_path / "prompt.txt").write_text("waves\n")
    (tmp_path / "not.txt").write_text("boats\n")
    files = ["--prompt-file", "prompt.txt", "--negative-file", "not.txt", "--user", "ann", "--device", "tablet"]
    assert main(["video", *files, *WAN, "--frames", "5", "--cfg", "5", "-o", "a.gif", "-q"]) == 0
    message = plain_server.received[-1].message
    assert (message.prompt, message.negativePrompt, message.user) == ("waves", "boats", "ann")
    assert pb.DeviceType.Name(message.device) == "TABLET"


def test_hints_and_force(plain_server: EmbeddedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (128, 128), "gray").save(tmp_path / "in.png")
    arguments = ["video", "waves", *WAN, "--frames", "5", "--hint", "color=in.png", "-o", "a.gif"]
    assert main(arguments) == 2
    assert "color" in capsys.readouterr().err
    # It is sent; the embedded server refuses by itself what the official one ignores.
    assert main([*arguments, "--force"]) == 1
    assert "refused GenerateImage" in capsys.readouterr().err
    assert [hint.hintType for hint in plain_server.received[-1].message.hints] == ["color"]


USAGE = {
    "two prompts": (["--prompt-file", "x.txt"], "two prompts"),
    "two lengths": (["--frames", "5", "--seconds", "1"], "one of them"),
    "no length": (["--seconds", "0"], "cannot last"),
    "no frames": (["--frames", "0"], "--frames is 0"),
    "several clips": ([*WAN, "-n", "3"], "one clip is made at a time"),
    "a place that is none": (["-o", "~nosuchuser/a.mp4"], "nosuchuser"),
    "no rate": (["--fps", "0"], "--fps"),
    "an unknown kind of file": (["-o", "a.avi"], "avi"),
    "a model for pictures": (["--model", "realdream_15sd15_q6p_q8p.ckpt"], "makes pictures"),
    "a model that needs a picture": (["--model", "svd_i2v_xt_1.1_q6p_q8p.ckpt"], "--image"),
    "an avatar without speech": (["--model", "longcat_video_avatar_v1.5_q8p.ckpt"], "needs a picture"),
}


@pytest.mark.parametrize("case", USAGE)
def test_wrong_use(plain_server: EmbeddedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str) -> None:
    more, words = USAGE[case]
    before = plain_server.asked
    assert main(["video", "x", *more]) in {1, 2}
    shown = capsys.readouterr()
    assert shown.out == ""
    assert words in shown.err
    assert "Traceback" not in shown.err
    assert plain_server.asked == before
    assert not list(tmp_path.iterdir())
