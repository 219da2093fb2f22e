"""Watching a call: what is shown while it runs, when it is done, and when it fails."""

from __future__ import annotations

import asyncio
import io
import sys
import threading
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from drawthings import AsyncDrawThings, DrawThings, Note, watch
from drawthings.client.display import place as places
from drawthings.client.display import report
from drawthings.client.display.place import Output, Text
from drawthings.client.display.watch import Panel
from drawthings.errors import BadValue, Incomplete
from drawthings.stream.events import Preview, Sampling

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings import EmbeddedServer

SD15 = "realdream_15sd15_q6p_q8p.ckpt"
ASKED: dict[str, Any] = {"model": SD15, "width": 128, "height": 128, "steps": 2, "seed": 1}


class Notebook:
    """Stands in for IPython in a kernel, and keeps what each output shows."""

    def __init__(self) -> None:
        self.outputs: list[list[Any]] = []
        self.listening: list[Callable[..., object]] = []
        self.kernel = object()
        self.events = SimpleNamespace(register=self._register, unregister=self._unregister)

    def display(self, data: Any, *, display_id: bool, **more: Any) -> Any:
        assert display_id
        history = [(data, more.get("metadata"))]
        self.outputs.append(history)
        return SimpleNamespace(update=lambda data, **more: history.append((data, more.get("metadata"))))

    def _register(self, event: str, call: Callable[..., object]) -> None:
        assert event == "post_run_cell"
        if call not in self.listening:
            self.listening.append(call)

    def _unregister(self, event: str, call: Callable[..., object]) -> None:
        assert event == "post_run_cell"
        self.listening.remove(call)

    def end_cell(self) -> None:
        for call in list(self.listening):
            call(None)

    def last(self, output: int) -> Any:
        return self.outputs[output][-1][0]


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    made = Notebook()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: made))
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=made.display))
    monkeypatch.setattr(places, "_shown", [])
    return made


class Stage:
    """A place that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.pictures: list[tuple[Any, Any]] = []

    def status(self, text: str, html: str) -> None:
        assert html
        self.lines.append(text)

    def picture(self, data: Any, metadata: Any) -> None:
        self.pictures.append((data, metadata))

    def result(self, result: object) -> None:
        self.pictures.append((result, None))

    def close(self, text: str, html: str) -> None:
        self.status(text, html)


def preview(monkeypatch: pytest.MonkeyPatch, width: int, height: int) -> Preview:
    monkeypatch.setattr(Preview, "pixels", lambda _: np.full((height, width, 3), 7, np.uint8))
    return Preview(1, b"", "v1", progress=0.5)


def test_a_notebook_shows_one_line_and_one_picture(notebook: Notebook, address: str) -> None:
    with DrawThings(address) as client:
        result = watch(client.generate, "a fox", **ASKED)
    assert len(notebook.outputs) == 2
    assert notebook.last(0)["text/plain"].startswith("Done in ")
    assert "1 picture, 2 steps, seed 1, RealDream 15" in notebook.last(0)["text/html"]
    assert notebook.outputs[0][0][0]["text/html"].count("<progress") == 1
    assert notebook.last(1) is result


def test_the_cell_does_not_show_the_result_twice_but_the_next_one_does(notebook: Notebook, address: str) -> None:
    with DrawThings(address) as client:
        result = watch(client.generate, "a fox", **ASKED)
    assert result._repr_png_() is None
    notebook.end_cell()
    assert result._repr_png_() is not None
    assert notebook.listening == []


async def test_it_can_be_awaited(notebook: Notebook, address: str) -> None:
    async with AsyncDrawThings(address) as client:
        waiting = watch(client.generate, "a fox", **ASKED)
        assert notebook.outputs == []
        first, second = await asyncio.gather(waiting, watch(client.generate, "an owl", **ASKED))
    assert [notebook.last(1), notebook.last(3)] == [first, second]


def test_the_caller_hears_all_events_too(notebook: Notebook, address: str) -> None:
    heard: list[object] = []
    with DrawThings(address) as client:
        plan = client.prepare("a fox", **ASKED)
        result = watch(client.generate, plan, on_event=heard.append)
    assert heard[-1].result is result  # type: ignore[attr-defined]
    assert "waiting for the server" in notebook.outputs[0][0][0]["text/plain"]


def test_a_grid_is_counted_by_its_places(notebook: Notebook, address: str) -> None:
    heard: list[object] = []
    with DrawThings(address) as client:
        grid = watch(client.grid, "a fox", x=("steps", [1, 2]), on_event=lambda cell, _: heard.append(cell), **ASKED)
    assert len({id(cell) for cell in heard}) == 2
    assert notebook.last(0)["text/plain"].endswith("2 places.")
    assert notebook.last(1) is grid


def test_an_error_leaves_what_had_arrived(notebook: Notebook, plain_server: EmbeddedServer) -> None:
    with plain_server.intercept() as script, DrawThings(f"grpc://{plain_server.address}") as client:
        script.break_chunk(after_images=1)
        with pytest.raises(Incomplete):
            watch(client.generate, "a fox", **{**ASKED, "batch_size": 2})
    assert notebook.last(0)["text/plain"].startswith("Failed after ")
    assert notebook.last(1)["text/plain"] == "1 picture arrived."
    assert notebook.last(1)["text/html"].count("<img") == 1


def test_an_interrupted_cell_says_so_and_keeps_the_preview(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    event = preview(monkeypatch, 8, 4)

    def interrupted() -> None:
        with Panel(stage) as panel:
            panel.take(event)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stage.lines[-1].startswith("Stopped after ")
    ((data, metadata),) = stage.pictures
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata == {"image/png": {"width": 64, "height": 32, "alt": "a preview"}}


def test_only_the_latest_preview_is_shown_and_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    shown: list[int] = []
    event = preview(monkeypatch, 1024, 512)
    monkeypatch.setattr(Preview, "pixels", lambda self: shown.append(self.step) or np.zeros((512, 1024, 3), np.uint8))
    panel = Panel(stage)
    panel.take(event)
    panel.take(Preview(2, b"", "v1", progress=0.6))
    panel.tick()
    panel.tick()
    assert shown == [2]
    ((data, metadata),) = stage.pictures
    assert data["image/jpeg"].startswith(b"\xff\xd8")
    assert metadata["image/jpeg"] == {"width": 512, "height": 256, "alt": "a preview"}


@pytest.mark.parametrize("version", ["ltx2.3", None, "v1"])
def test_a_preview_nobody_can_read_is_passed_over(version: str | None, caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage()
    panel = Panel(stage)
    panel.take(Preview(1, b"broken", version, progress=0.5))
    panel.tick()
    assert stage.pictures == []
    assert len(stage.lines) == 1
    # Only one that should have been readable is worth a word.
    assert len(caplog.records) == (version == "v1")


def test_the_line_tells_step_and_time_left() -> None:
    now_s, stage = [0.0], Stage()
    panel = Panel(stage, clock=lambda: now_s[0])
    for step in range(5):
        now_s[0] = 10.0 * step
        panel.take(Sampling(step, 8, progress=step / 10))
    panel.tick()
    assert stage.lines == [" 40%  step 4 of 8, 40 s left"]


def test_each_place_of_a_grid_begins_anew() -> None:
    now_s, stage = [0.0], Stage()
    panel = Panel(stage, places=4, clock=lambda: now_s[0])
    for label in ("steps 4", "steps 8"):
        panel.take(SimpleNamespace(label=label), Sampling(1, 8, progress=0.2))
    panel.tick()
    assert stage.lines == [" 30%  steps 8 (2 of 4): step 1 of 8, 0:00"]


def test_a_thread_brings_it_up_to_date() -> None:
    stage, seen = Stage(), threading.Event()

    def status(text: str, html: str) -> None:
        assert html
        if "step 3 of 8" in text:
            seen.set()

    stage.status = status  # type: ignore[method-assign]
    with Panel(stage) as panel:
        panel.take(Sampling(3, 8, progress=0.3))
        assert seen.wait(10)
        panel.finished(None)


def test_a_place_that_breaks_does_not_break_the_job(caplog: pytest.LogCaptureFixture) -> None:
    stage, broken = Stage(), threading.Event()
    panel = Panel(stage)

    def gone() -> None:
        broken.set()
        raise OSError

    panel.__enter__()
    panel.tick = gone  # type: ignore[method-assign]
    assert broken.wait(10)
    panel.__exit__(None, None, None)
    assert "progress cannot be shown any more" in caplog.text


@pytest.mark.parametrize("work", ["models", "prepare"])
def test_a_call_without_events_cannot_be_watched(address: str, work: str) -> None:
    with DrawThings(address) as client, pytest.raises(BadValue, match=f"{work} cannot be watched") as caught:
        watch(getattr(client, work))
    assert "watch(server.generate" in caught.value.hint


def test_a_client_is_no_call(address: str) -> None:
    with DrawThings(address) as client, pytest.raises(BadValue, match="is no call"):
        watch(client, "a fox")  # type: ignore[arg-type]


def test_outside_a_notebook_the_end_is_told_on_standard_error(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    with DrawThings(address) as client:
        watch(client.generate, "a fox", **ASKED)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Done in ")
    assert captured.err.count("\n") == 1


def test_the_end_repeats_warnings_and_only_those(address: str) -> None:
    with DrawThings(address) as client:
        result = client.generate("a fox", **ASKED)
    notes = (Note("a", "note", "A choice."), Note("b", "warn", "Steps < 4 are few."))
    text, html = report.done(replace(result, plan=replace(result.plan, notes=notes)), 75)
    assert text.splitlines()[1:] == ["Warning: Steps < 4 are few."]
    assert text.startswith("Done in 1:15, 1 picture,")
    assert "Warning: Steps &lt; 4 are few." in html


def test_a_failure_tells_message_and_way_out() -> None:
    text, html = report.broken(BadValue("It is <odd>.", hint="Make it even."), 2)
    assert text == "Failed after 2.0 s: It is <odd>. Make it even."
    assert "It is &lt;odd&gt;. Make it even." in html
    assert report.broken(ValueError("odd"), 2)[0] == "Failed after 2.0 s: odd"
    assert report.arrived(ValueError("odd")) is None


def test_a_terminal_sees_one_line_that_changes() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    text = Text(stream)
    text.status("a long line", "-")
    text.picture({}, {})
    text.status("short", "-")
    text.result(None)
    text.close("done", "-")
    assert stream.getvalue() == "\ra long line\rshort      \rdone \n"


def test_a_shell_in_a_terminal_is_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=SimpleNamespace))
    assert isinstance(places.place(), Text)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert isinstance(places.place(), Text)


def test_a_line_that_did_not_change_is_not_sent_again(notebook: Notebook) -> None:
    output = places.place()
    assert isinstance(output, Output)
    output.status("a", "a")
    output.status("a", "a")
    output.status("b", "b")
    assert len(notebook.outputs[0]) == 2


def test_ipython_is_not_imported_for_it(address: str) -> None:
    import subprocess

    code = (
        "import sys; from drawthings import DrawThings, watch\n"
        f"with DrawThings({address!r}) as client: result = watch(client.generate, 'a fox', **{ASKED!r})\n"
        "assert result._repr_png_()\n"
        "print([name for name in sys.modules if name.partition('.')[0] in {'IPython', 'matplotlib'}])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_previews_that_are_pixels_are_shown_too(monkeypatch: pytest.MonkeyPatch) -> None:
    preview(monkeypatch, 64, 32)
    shown = report.preview(Preview(1, b"", "hidream_o1", progress=0.5))
    assert shown is not None
    assert shown[1]["image/png"]["width"] == 512
