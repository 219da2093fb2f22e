"""A job on a terminal, drawn step by step without a thread or a clock."""

from __future__ import annotations

import io
import os
import pty
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyte
import pytest

from drawthings.cli.screen.live import PICTURE_S, Live
from drawthings.cli.screen.terminal import Size, Terminal
from drawthings.client.answers import pictures_of
from drawthings.request.note import Note
from drawthings.request.plan import Plan, plan
from drawthings.request.wishes import Wishes
from drawthings.stream import events
from drawthings.tensor.pixels import pixels_to_blob
from smallserver import small_catalogue
from terminals import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

SD15 = "realdream_15sd15_q6p_q8p.ckpt"
RED, BLUE = (255, 0, 0), (0, 0, 255)


class Preview(events.Preview):
    """A preview that counts how often it is decoded."""

    decoded = 0

    def pixels(self) -> np.ndarray | None:
        Preview.decoded += 1
        return np.full((8, 8, 3), self.blob[0], np.uint8)


class Watched:
    """A live screen on a terminal that is only played, at a time that stands still until a test moves it."""

    def __init__(self, kind: str = "blocks", size: Size | None = None) -> None:
        self.now_s = 0.0
        self.size = size or Size(80, 40)
        self.out = io.StringIO()
        self.screen = pyte.Screen(self.size.columns, self.size.rows)
        self._stream = pyte.Stream(self.screen)
        terminal = Terminal(pictures=kind)  # type: ignore[arg-type]
        self.live = Live(self.out, terminal, "mac.local", clock=lambda: self.now_s, size=lambda: self.size)

    def look(self) -> list[str]:
        """Return what is on the screen now."""
        self._stream.feed(self.out.getvalue())
        self.out.seek(0)
        self.out.truncate()
        return [row.rstrip() for row in self.screen.display if row.strip()]

    def tick(self, after_s: float = 0.1) -> list[str]:
        self.now_s += after_s
        self.live.tick()
        return self.look()


@pytest.fixture
def watched() -> Watched:
    Preview.decoded = 0
    return Watched()


def made(**settings: object) -> Plan:
    return plan(small_catalogue(), Wishes(prompt="x", settings={"model": SD15, "steps": 10, **settings}))


def image(colour: tuple[int, int, int]) -> bytes:
    return pixels_to_blob(np.full((64, 64, 3), colour, np.uint8))


def preview(level: int) -> Preview:
    return Preview(1, bytes([level]), "v1", progress=0.2)


def inks(watched: Watched) -> set[str]:
    return {ink for row in blocks(watched.screen) for ink, _ in row}


def test_the_line_follows_the_events(watched: Watched) -> None:
    assert watched.tick()[0].startswith("⠙ asking the server ")
    watched.live.expect(made())
    assert "waiting for the server" in watched.tick()[0]
    watched.live.show(events.Sampling(3, 10, progress=0.25))
    lines = watched.tick()
    assert len(lines) == 1
    assert "step 3 of 10" in lines[0]
    assert " 25%" in lines[0]
    assert lines[0].endswith("mac.local")


def test_a_preview_is_shown_above_the_line(watched: Watched) -> None:
    watched.live.show(events.Sampling(3, 10, progress=0.25))
    watched.live.show(preview(200))
    lines = watched.tick()
    assert len(lines) == 17
    assert set(lines[0]) == {"▀"}
    assert "step 3 of 10" in lines[-1]
    assert inks(watched) == {"c8c8c8"}


def test_only_the_latest_preview_is_decoded_and_not_too_often(watched: Watched) -> None:
    for level in range(10):
        watched.live.show(preview(level))
    watched.tick()
    assert Preview.decoded == 1
    assert inks(watched) == {"090909"}
    watched.live.show(preview(100))
    watched.tick(PICTURE_S / 2)
    watched.live.show(preview(150))
    watched.tick(PICTURE_S / 4)
    assert Preview.decoded == 1
    watched.tick(PICTURE_S)
    assert Preview.decoded == 2
    assert inks(watched) == {"969696"}


def test_pictures_that_take_long_come_less_often(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(event: Preview) -> np.ndarray:
        watched.now_s += 1.0
        return np.full((8, 8, 3), event.blob[0], np.uint8)

    monkeypatch.setattr(Preview, "pixels", slow)
    watched.live.show(preview(10))
    watched.tick()
    watched.live.show(preview(20))
    watched.tick(3.9)
    assert inks(watched) == {"0a0a0a"}
    watched.tick(1)
    assert inks(watched) == {"141414"}


def test_showing_an_event_writes_nothing(watched: Watched) -> None:
    watched.live.show(events.Sampling(3, 10, progress=0.25))
    watched.live.show(preview(200))
    assert watched.out.getvalue() == ""
    assert Preview.decoded == 0


@pytest.mark.parametrize(("kind", "size"), [("off", Size(80, 40)), ("blocks", Size(80, 10))])
def test_where_no_picture_is_wanted_or_fits_none_is_decoded(kind: str, size: Size) -> None:
    Preview.decoded = 0
    watched = Watched(kind, size)
    watched.live.show(preview(200))
    assert len(watched.tick()) == 1
    watched.live.finish(pictures_of([image(RED)], made()))
    assert watched.look() == []
    assert Preview.decoded == 0


def test_a_preview_that_cannot_be_read_is_left_out(watched: Watched) -> None:
    watched.live.show(events.Preview(1, b"nonsense", "v1", progress=0.2))
    assert len(watched.tick()) == 1
    watched.live.expect(made(batch_size=2))
    watched.live.show(events.ImageArrived(0, b"nonsense", progress=0.98))
    assert len(watched.tick()) == 1


def test_notes_are_above_everything_and_marked(watched: Watched) -> None:
    watched.live.show(preview(200))
    watched.tick()
    watched.live.note(Note("a", "warn", "too hot\x1b[2J"))
    watched.live.note(Note("b", "note", "a seed"))
    watched.live.tell("Kept: x.png")
    assert "\x1b[1mWarning: too hot [2J\x1b[0m\r\n" in watched.out.getvalue()
    lines = watched.look()
    assert lines[:3] == ["Warning: too hot [2J", "a seed", "Kept: x.png"]
    assert len(lines) == 3 + 17
    assert set(lines[3]) == {"▀"}


def test_notes_are_broken_at_words(watched: Watched) -> None:
    watched.tick()
    watched.live.note(Note("a", "note", "word " * 30))
    lines = watched.look()
    assert [len(line) for line in lines[:2]] == [79, 69]
    watched.size = Size(1, 40)
    watched.live.note(Note("a", "note", "a b"))


def test_a_picture_that_arrives_before_others_is_shown(watched: Watched) -> None:
    watched.live.expect(made(batch_size=2))
    watched.live.show(events.ImageArrived(0, image(RED), progress=0.98))
    assert "picture 1 of 2 received" in watched.tick()[-1]
    assert inks(watched) == {"ff0000"}
    # The last one is shown once, by ``finish``.
    watched.live.show(events.ImageArrived(1, image(BLUE), progress=0.99))
    watched.tick(PICTURE_S)
    assert inks(watched) == {"ff0000"}


def test_the_result_is_left_standing(watched: Watched) -> None:
    watched.live.show(preview(200))
    watched.tick()
    watched.live.finish(pictures_of([image(RED)], made()))
    assert watched.out.getvalue().count("\x1b[?25h") == 1
    lines = watched.look()
    assert len(lines) == 24
    assert inks(watched) == {"ff0000"}
    assert watched.screen.cursor.y == 24
    assert not watched.screen.cursor.hidden


def test_several_results_are_side_by_side(watched: Watched) -> None:
    watched.live.finish(pictures_of([image(RED), image(BLUE)], made(batch_size=2)))
    watched.look()
    assert {"ff0000", "0000ff"} <= inks(watched)


def test_of_very_many_results_some_are_shown(watched: Watched) -> None:
    pictures = pictures_of([image(RED)] * 16 + [b"never looked at"] * 84, made(batch_count=100))
    watched.live.finish(pictures)
    watched.look()
    assert "ff0000" in inks(watched)


def test_a_clip_leaves_its_first_frame() -> None:
    watched = Watched()
    still = made(num_frames=2)
    watched.live.expect(replace(still, model=replace(still.model, version="wan_v2.1_1.3b")))
    for index, colour in enumerate((RED, BLUE)):
        watched.live.show(events.ImageArrived(index, image(colour), progress=0.98))
    watched.live.finish()
    watched.look()
    assert inks(watched) == {"ff0000"}


def test_without_a_result_nothing_is_left(watched: Watched) -> None:
    watched.live.show(preview(200))
    watched.tick()
    watched.live.close()
    assert watched.look() == []
    assert not watched.screen.cursor.hidden


def test_a_broken_result_is_not_shown(watched: Watched) -> None:
    watched.live.finish(pictures_of([b"nonsense"], made()))
    assert watched.look() == []


def test_the_terminal_can_be_given_back_and_taken_again(watched: Watched) -> None:
    watched.tick()
    watched.live.rest()
    assert watched.look() == []
    assert not watched.screen.cursor.hidden
    watched.live.rest()
    assert watched.tick() == []
    watched.live.tell("a line")
    assert watched.look() == ["a line"]
    watched.live.resume()
    assert "asking the server" in watched.tick()[-1]
    assert watched.screen.cursor.hidden
    watched.live.close()
    watched.live.resume()
    assert watched.tick() == ["a line"]


def test_it_says_that_it_is_cancelling(watched: Watched) -> None:
    watched.live.show(events.Sampling(3, 10, progress=0.25))
    watched.live.cancelling()
    assert "cancelling; Ctrl-C again stops at once" in watched.tick()[0]


def test_a_handler_does_not_wait_for_a_write_that_hangs(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drawthings.cli.screen.drawn.PATIENCE_S", 0.01)
    watched.tick()
    with watched.live._screen:
        watched.live.rest()
    assert watched.look() == []


def test_uploads_and_other_work(watched: Watched) -> None:
    watched.live.doing("writing clip.mp4")
    assert "writing clip.mp4" in watched.tick()[0]


@pytest.fixture
def pair() -> Iterator[tuple[int, io.TextIOWrapper]]:
    ours, theirs = pty.openpty()
    with open(theirs, "w", encoding="ascii") as stream:  # noqa: PTH123 - it has no path
        yield ours, stream
    os.close(ours)


def test_a_thread_draws_on_a_real_terminal(pair: tuple[int, io.TextIOWrapper]) -> None:
    ours, stream = pair
    live = Live(stream, Terminal(unicode=False, styled=False))
    live.start()
    live.doing("step 狐")
    seen = b""
    # Only what the thread draws can have the words.
    while b"step ?" not in seen:
        seen += os.read(ours, 4096)
    assert "drawthings-screen" in {thread.name for thread in threading.enumerate()}
    live.close()
    assert not live._thread.is_alive()


def test_when_the_terminal_goes_the_job_goes_on() -> None:
    ours, theirs = pty.openpty()
    with open(theirs, "w", encoding="utf-8") as stream:  # noqa: PTH123 - it has no path
        live = Live(stream, Terminal())
        live.tick()
        os.close(ours)
        live.doing("something else")
        live.tick()
        live.tell("nobody reads this")
        live.close()
    assert live._end.is_set()
