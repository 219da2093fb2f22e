"""Whole sessions: the real command in a shell on a terminal, watched while the embedded server is made to wait.

Where a server waits at a gate, the screen can be looked at in peace; no test looks at a clock.
"""

from __future__ import annotations

import base64
import io
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from drawthings._generated import imageService_pb2 as pb
from drawthings.server.faults import Gate
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer
from terminals import PROMPT, Terminal, Tmux, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drawthings.server.faults import Answers, Script

JOB = "drawthings generate fox --model realdream_15sd15_q6p_q8p.ckpt --size 512 --steps 8 --seed 3"
CLIP = "drawthings video waves --model wan_v2.1_1.3b_480p_q8p.ckpt --size 128 --steps 2 --frames 9 --seed 3 -o clip.gif"
# Three messages before sampling, and one for each step from 0 on.
AT_STEP_6 = 2 + 7
HELD_S = 10.0
KITTY = re.compile(rb"\x1b_G([^;\x1b]*);?([^\x1b]*)\x1b\\")
ITERM = re.compile(
    rb"\x1b\]1337;File=inline=1;size=(\d+);width=(\d+);height=(\d+);preserveAspectRatio=1:([^\x07]*)\x07"
)
SIXEL = re.compile(rb'\x1bP0;1;0q"1;1;(\d+);(\d+)[^\x1b]*\x1b\\')


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedServer]:
    (tmp_path / "models").mkdir()
    with EmbeddedServer(ServerOptions(tls=False, model_browser=True)) as running:
        monkeypatch.setenv("DRAWTHINGS_SERVER", f"grpc://{running.address}")
        yield running


def hold(script: Script, after_images: int) -> Gate:
    """Let the next generation wait after so many pictures."""
    gate = Gate()

    def fault(answers: Answers) -> Answers:
        images = 0
        for answer in answers:
            yield answer
            images += len(answer.generatedImages)
            if answer.generatedImages and images == after_images:
                gate.pass_through(HELD_S)

    script.queue("GenerateImage", fault)
    return gate


def progress(terminal: Terminal) -> list[str]:
    """Return the lines of jobs on the screen."""
    return [line for line in terminal.lines if re.match(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] ", line)]


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_from_the_prompt_to_the_picture(server: EmbeddedServer, tmp_path: Path, columns: int) -> None:
    with server.intercept() as script, Terminal(tmp_path, columns) as terminal:
        gate = script.pause(after_messages=AT_STEP_6)
        terminal.run(JOB)
        terminal.wait_for("step 6 of 8")
        terminal.wait(lambda seen: len(blocks(seen.screen)) > 1)
        # One line of progress, at the bottom, and no wider than the terminal.
        assert progress(terminal) == terminal.lines[-1:]
        assert ("127.0.0.1" in terminal.lines[-1]) == (columns >= 60)
        # The notes stand above the preview, whole.
        assert re.search(r"8 steps, .*\.$", terminal.lines[-1 - len(blocks(terminal.screen)) - 1])
        assert {len(row) for row in blocks(terminal.screen)} == {32}
        assert len({ink for row in blocks(terminal.screen) for ink, _ in row}) > 20
        assert terminal.screen.cursor.hidden
        gate.open()
        terminal.wait_for_prompt()
        assert terminal.lines[-2] == "output.png"
        # The picture itself stays.
        assert len(blocks(terminal.screen)) >= 16
        assert progress(terminal) == []
        assert not terminal.screen.cursor.hidden
        assert terminal.status() == 0
    with Image.open(tmp_path / "output.png") as picture:
        assert picture.size == (512, 512)


def test_ctrl_c_cancels_and_keeps_what_is_there_and_the_prompt_is_back(server: EmbeddedServer, tmp_path: Path) -> None:
    with server.intercept() as script, Terminal(tmp_path) as terminal:
        script.normal("GenerateImage")
        script.pause(after_messages=AT_STEP_6)
        terminal.run(f"{JOB} --batch-count 2")
        terminal.wait_for("2/2: step 6 of 8")
        terminal.wait(lambda seen: blocks(seen.screen))
        terminal.press("\x03")
        terminal.wait_for_prompt()
        assert terminal.lines[-3:-1] == ["Kept: output.png", "Cancelled."]
        assert progress(terminal) == []
        assert blocks(terminal.screen) == []
        assert not terminal.screen.cursor.hidden
        assert terminal.status() == 130
    assert [path.name for path in tmp_path.glob("*.png")] == ["output.png"]


def test_warnings_come_above_the_line(server: EmbeddedServer, tmp_path: Path) -> None:
    with server.intercept() as script, Terminal(tmp_path, 120) as terminal:
        script.pause(after_messages=AT_STEP_6)
        terminal.run(JOB + " --cfg 1 --negative blurry")
        terminal.wait_for("step 6 of 8")
        lines = terminal.lines
        warning = next(place for place, line in enumerate(lines) if line.startswith("Warning: "))
        assert warning < lines.index(progress(terminal)[0]) == len(lines) - 1


def test_the_terminal_may_change_its_size(server: EmbeddedServer, tmp_path: Path) -> None:
    with server.intercept() as script, Terminal(tmp_path, 100) as terminal:
        gate = script.pause(after_messages=AT_STEP_6)
        terminal.run(JOB)
        terminal.wait_for("step 6 of 8")
        terminal.resize(50, 40)
        terminal.wait(lambda seen: progress(seen) and "127.0.0.1" not in progress(seen)[-1])
        assert len(progress(terminal)) == 1
        gate.open()
        terminal.wait_for_prompt()
        assert terminal.lines[-2] == "output.png"


def test_without_colours_there_are_none(server: EmbeddedServer, tmp_path: Path) -> None:
    with server.intercept() as script, Terminal(tmp_path, environment={"NO_COLOR": "1"}) as terminal:
        gate = script.pause(after_messages=AT_STEP_6)
        terminal.run(JOB)
        terminal.wait_for("step 6 of 8")
        gate.open()
        terminal.wait_for_prompt()
        assert re.findall(rb"\x1b\[[0-9;]*m", terminal.raw) == []
        assert blocks(terminal.screen) == []


@pytest.mark.usefixtures("server")
def test_a_dumb_terminal_gets_plain_lines(tmp_path: Path) -> None:
    with Terminal(tmp_path, environment={"TERM": "dumb"}) as terminal:
        terminal.run(JOB)
        terminal.wait_for_prompt()
        assert any(re.fullmatch(r" ?\d\d% step \d of 8", line) for line in terminal.lines)
        assert b"\x1b" not in terminal.raw
        assert terminal.lines[-2] == "output.png"


def test_into_a_pipe_goes_the_path_alone(server: EmbeddedServer, tmp_path: Path) -> None:
    with server.intercept() as script, Terminal(tmp_path) as terminal:
        gate = script.pause(after_messages=AT_STEP_6)
        terminal.run(f"{JOB} > told.txt")
        terminal.wait_for("step 6 of 8")
        gate.open()
        terminal.wait_for_prompt()
        assert "▀".encode() not in terminal.raw
    assert (tmp_path / "told.txt").read_text() == "output.png\n"


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(("how", "told"), [("--no-preview", True), ("--quiet", False)])
def test_no_preview_where_none_is_wanted(tmp_path: Path, how: str, told: bool) -> None:
    with Terminal(tmp_path, 120) as terminal:
        terminal.run(f"{JOB} {how}")
        terminal.wait_for_prompt()
        assert "▀".encode() not in terminal.raw
        assert terminal.lines[-2] == "output.png"
        assert (len(terminal.lines) > 3) == told


def watched(server: EmbeddedServer, folder: Path, environment: dict[str, str]) -> bytes:
    """Run a job that is seen at two steps, and return all that it wrote."""
    with server.intercept() as script, Terminal(folder, environment=environment) as terminal:
        gate = script.pause(after_messages=AT_STEP_6)
        terminal.run(JOB)
        terminal.wait_for("step 6 of 8")
        gate.open()
        terminal.wait_for_prompt()
        assert terminal.lines[-2] == "output.png"
        assert blocks(terminal.screen) == []
        return terminal.raw


def test_a_session_in_kitty(server: EmbeddedServer, tmp_path: Path) -> None:
    commands = KITTY.findall(watched(server, tmp_path, {"TERM": "xterm-kitty"}))
    shown = [keys for keys, _ in commands if keys.startswith(b"a=T")]
    numbers = [re.search(rb"i=(\d+)", keys)[1] for keys in shown]  # type: ignore[index]
    assert len(shown) >= 2
    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(rb"a=T,f=100,t=d,i=\d+,p=1,c=\d+,r=\d+,C=1,q=2,m=[01]", keys) for keys in shown)
    # Every preview is taken away again, and the result is not.
    gone = [keys for keys, _ in commands if keys.startswith(b"a=d")]
    assert gone == [b"a=d,d=I,i=%s,q=2" % number for number in numbers[:-1]]
    assert all(len(part) <= 4096 for _, part in commands)
    start = max(place for place, (keys, _) in enumerate(commands) if keys.startswith(b"a=T"))
    with Image.open(io.BytesIO(base64.b64decode(b"".join(part for _, part in commands[start:])))) as picture:
        assert (picture.format, picture.width) == ("PNG", picture.height)


def test_a_session_in_iterm(server: EmbeddedServer, tmp_path: Path) -> None:
    found = ITERM.findall(watched(server, tmp_path, {"LC_TERMINAL": "iTerm2"}))
    assert len(found) >= 2
    for size, columns, rows, data in found:
        file = base64.b64decode(data, validate=True)
        assert len(file) == int(size)
        assert int(columns) == 2 * int(rows)
        with Image.open(io.BytesIO(file)) as picture:
            assert picture.format == "PNG"


def test_a_session_with_sixels(server: EmbeddedServer, tmp_path: Path) -> None:
    found = SIXEL.findall(watched(server, tmp_path, {"DRAWTHINGS_PREVIEW": "sixel"}))
    assert len(found) >= 2
    # As large as the cells, in whole bands.
    assert all((int(width) % 8, int(height) % 6) == (0, 0) for width, height in found)


def test_a_clip_shows_its_frames_and_keeps_one_standing(server: EmbeddedServer, tmp_path: Path) -> None:
    with server.intercept() as script, Terminal(tmp_path) as terminal:
        gate = hold(script, after_images=4)
        terminal.run(CLIP)
        terminal.wait_for("frame 4 of 9 received")
        terminal.wait(lambda seen: blocks(seen.screen))
        gate.open()
        terminal.wait_for_prompt()
        assert terminal.lines[-2] == "clip.gif"
        assert len(blocks(terminal.screen)) >= 16
    assert (tmp_path / "clip.gif").exists()


def test_what_the_server_downloads_is_shown_as_that(server: EmbeddedServer, tmp_path: Path) -> None:
    gate = Gate()

    def fault(answers: Answers) -> Answers:
        state = {"bytesReceived": 1_400_000_000, "bytesExpected": 3_200_000_000, "item": 0, "itemsExpected": 2}
        yield pb.ImageGenerationResponse(remoteDownload=pb.RemoteDownloadResponse(**state))
        gate.pass_through(HELD_S)
        yield from answers

    with server.intercept() as script, Terminal(tmp_path) as terminal:
        script.queue("GenerateImage", fault)
        terminal.run(JOB)
        terminal.wait_for("the server downloads file 1 of 2, 1.4 of 3.2 GB")
        assert " 43%" in progress(terminal)[0]
        gate.open()
        terminal.wait_for_prompt()
        assert terminal.lines[-2] == "output.png"


def test_an_upload(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "lora.ckpt").write_bytes(bytes(range(256)) * 4096 * 20)
    with (
        EmbeddedServer(ServerOptions(tls=False, models_dir=tmp_path / "models")) as running,
        Terminal(tmp_path) as terminal,
    ):
        terminal.run(f"drawthings files upload lora.ckpt --server grpc://{running.address}")
        terminal.wait_for_prompt()
        assert terminal.lines[-3:-1] == ["lora.ckpt: new on the server.", "lora.ckpt"]
        assert progress(terminal) == []
        assert not terminal.screen.cursor.hidden


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
@pytest.mark.parametrize("columns", [80, 200])
def test_a_session_in_tmux(server: EmbeddedServer, tmp_path: Path, columns: int) -> None:
    with server.intercept() as script, Tmux(tmp_path, columns) as tmux:
        script.pause(after_messages=AT_STEP_6)
        tmux.run(JOB)
        lines = tmux.wait(lambda lines: "step 6 of 8" in lines[-1] and "▀▀▀▀" in lines[-2])
        assert len(lines[-1]) < columns
        assert {len(line) for line in lines if "▀" in line} == {32}
        tmux.press("C-c")
        lines = tmux.wait(lambda lines: lines[-1] == PROMPT.rstrip() and "Cancelled." in lines)
        assert not any("▀" in line or " step " in line for line in lines)
