"""What fits standard error: a live screen, plain lines, or nothing."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from drawthings.cli.progress import Lines, Quiet, sink, watching
from drawthings.cli.screen.live import Live
from drawthings.errors import BadValue
from drawthings.request.note import Note
from drawthings.request.plan import plan
from drawthings.request.wishes import Wishes
from drawthings.stream import events
from drawthings.wire.parcel import UploadStep
from smallserver import small_catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawthings.cli.progress import Sink


class Stream(io.StringIO):
    """A stream that may be a terminal."""

    def __init__(self, *, terminal: bool, encoding: str = "utf-8") -> None:
        super().__init__()
        self._terminal = terminal
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return self._terminal


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def place(*, out: bool = True, err: bool = True, encoding: str = "utf-8", **environment: str) -> None:
        monkeypatch.setattr(sys, "stdout", Stream(terminal=out))
        monkeypatch.setattr(sys, "stderr", Stream(terminal=err, encoding=encoding))
        for name in ("TMUX", "STY", "KITTY_WINDOW_ID", "TERM_PROGRAM", "LC_TERMINAL", "NO_COLOR", "COLORTERM"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"TERM": "xterm-256color", **environment}.items():
            monkeypatch.setenv(name, value)

    return place


def pictures(preview: str | None = None) -> str:
    with sink(quiet=False, preview=preview) as shown:
        assert isinstance(shown, Live)
        return shown._terminal.pictures


def test_a_terminal_gets_a_live_screen(streams: Callable[..., None]) -> None:
    streams()
    with sink(quiet=False, server="grpc://mac.local:7859") as shown:
        assert isinstance(shown, Live)
        assert "asking the server" in sys.stderr.getvalue()  # type: ignore[attr-defined]
        assert "  mac.local:7859" in sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert sys.stderr.getvalue().endswith("\x1b[?25h")  # type: ignore[attr-defined]


def test_the_screen_is_given_back_when_the_job_fails(streams: Callable[..., None]) -> None:
    streams()
    with pytest.raises(ZeroDivisionError), sink(quiet=False):
        raise ZeroDivisionError
    assert sys.stderr.getvalue().endswith("\x1b[J\x1b[?25h")  # type: ignore[attr-defined]


@pytest.mark.parametrize("case", [{"err": False}, {"TERM": "dumb"}, {"TERM": ""}])
def test_pipes_and_dumb_terminals_get_lines(streams: Callable[..., None], case: dict[str, str]) -> None:
    streams(**case)
    with sink(quiet=False) as shown:
        assert isinstance(shown, Lines)


def test_quiet_is_quiet_everywhere(streams: Callable[..., None]) -> None:
    streams()
    with sink(quiet=True) as shown:
        assert isinstance(shown, Quiet)
        use(shown)
    assert sys.stderr.getvalue() == ""  # type: ignore[attr-defined]


def test_how_pictures_are_drawn(streams: Callable[..., None]) -> None:
    streams()
    assert pictures() == "blocks"
    assert pictures("off") == "off"
    streams(DRAWTHINGS_PREVIEW="off")
    assert pictures() == "off"
    assert pictures("sixel") == "sixel"


def test_where_results_go_into_a_pipe_only_what_was_named_is_drawn(streams: Callable[..., None]) -> None:
    streams(out=False)
    assert pictures() == "off"
    streams(out=False, DRAWTHINGS_PREVIEW="blocks")
    assert pictures() == "blocks"


def test_where_there_is_only_ascii_there_are_no_blocks(streams: Callable[..., None]) -> None:
    streams(encoding="ascii")
    assert pictures() == "off"
    assert "." * 20 in sys.stderr.getvalue()  # type: ignore[attr-defined]


def test_a_wrong_variable_is_told_before_anything_is_sent(streams: Callable[..., None]) -> None:
    streams(DRAWTHINGS_PREVIEW="ascii", err=False)
    with pytest.raises(BadValue, match="ascii"), sink(quiet=False):
        pytest.fail("it went on")


def test_the_options_of_a_command(streams: Callable[..., None]) -> None:
    streams()
    with watching({"quiet": False, "no_preview": True}, "mac.local") as shown:
        assert isinstance(shown, Live)
        assert shown._terminal.pictures == "off"
    with watching({"quiet": True}, "mac.local") as shown:
        assert isinstance(shown, Quiet)


def use(shown: Sink) -> None:
    """Do everything that a job does."""
    shown.note(Note("a", "note", "Seed 3."))
    shown.note(Note("b", "warn", "It is hot."))
    settings = {"model": "realdream_15sd15_q6p_q8p.ckpt", "steps": 10, "batch_size": 2}
    shown.expect(plan(small_catalogue(), Wishes(prompt="x", settings=settings)))
    for step in range(11):
        shown.show(events.Sampling(step, 10, progress=0.05 + 0.08 * step))
        shown.show(events.Preview(step, b"", progress=0.05 + 0.08 * step))
    shown.show(events.ImageArrived(0, b"", progress=0.98))
    shown.doing("saving")
    for done in (0, 5, 10, 95, 100):
        shown.upload(UploadStep("sending", "x.ckpt", done * 10**6, 10**8))
    shown.upload(UploadStep("done", "x.ckpt", 10**8, 10**8, sent=True))
    shown.finish()


def test_lines_come_for_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    use(Lines())
    assert capsys.readouterr().err.splitlines() == [
        "Seed 3.",
        "Warning: It is hot.",
        "  5% step 0 of 10",
        " 21% step 2 of 10",
        " 37% step 4 of 10",
        " 53% step 6 of 10",
        " 69% step 8 of 10",
        " 85% step 10 of 10",
        " 98% picture 1 of 2 received",
        "  0% sending x.ckpt, 0.0 of 100.0 MB",
        " 10% sending x.ckpt, 10.0 of 100.0 MB",
        " 95% sending x.ckpt, 95.0 of 100.0 MB",
        "100% sent x.ckpt",
    ]


def test_the_command_line_starts_without_any_of_it() -> None:
    code = "import sys, drawthings.cli.main as m; m.main(['--help']); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "drawthings.cli.main" in told
    heavy = {"rich", "numpy", "PIL", "grpc", "drawthings.cli.progress", "drawthings.cli.screen.live"}
    assert heavy.isdisjoint(told)


def test_names_command_nothing_in_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    Lines().upload(UploadStep("hashing", "lora\x1b.ckpt", 0, 10))
    assert capsys.readouterr().err == "  0% reading lora .ckpt\n"
