"""Events as lines of JSON."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drawthings.cli.journal import Journal, snake_case
from drawthings.request.note import Note
from drawthings.stream import events
from drawthings.wire.parcel import UploadStep

if TYPE_CHECKING:
    from drawthings.client.answers import StreamEvent


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        (events.TextEncoded(progress=0.1), {"type": "text_encoded", "progress": 0.1}),
        (
            events.Sampling(progress=1 / 3, step=1, steps=3),
            {"type": "sampling", "progress": 0.3333, "step": 1, "steps": 3},
        ),
        (
            events.Preview(progress=0.5, step=2, blob=b"123", version="v1"),
            {"type": "preview", "progress": 0.5, "step": 2, "bytes": 3, "version": "v1"},
        ),
        (
            events.ImageArrived(progress=0.9, index=0, blob=b"12345"),
            {"type": "image_arrived", "progress": 0.9, "index": 0, "bytes": 5},
        ),
    ],
)
def test_an_event_is_a_line(event: StreamEvent, facts: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    Journal(wanted=True).event(event)
    assert lines(capsys) == [facts]


def test_everything_else_is_a_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal(wanted=True)
    journal.note(Note("seed", "note", "Seed 5."))
    journal.upload(UploadStep("sending", "a.ckpt", 5, 10))
    journal.kept(Path("a.png"))
    journal.event(events.Done(outcome=events.Outcome(images=(b"",))))
    journal.result({"pictures": []})
    told = lines(capsys)
    assert [line["type"] for line in told] == ["note", "upload", "kept", "result"]
    assert told[1]["done_bytes"] == 5
    assert journal.close() == 0


def test_nothing_is_written_where_nobody_asked(capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal(wanted=False)
    journal.result({})
    assert capsys.readouterr().out == ""
    assert journal.close() == 0


@pytest.mark.parametrize(("number", "code"), [(errno.EPIPE, 0), (errno.ENOSPC, 1)])
def test_a_reader_that_goes_away_stops_nothing(
    number: int, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tries = []

    def fail(text: str) -> None:
        tries.append(text)
        raise OSError(number, "gone")

    monkeypatch.setattr("click.echo", fail)
    journal = Journal(wanted=True)
    journal.kept(Path("a.png"))
    journal.kept(Path("b.png"))
    assert len(tries) == 1
    assert journal.close() == code
    assert ("Error: " in capsys.readouterr().err) == bool(code)


@pytest.mark.parametrize(
    ("name", "written"), [("Sampling", "sampling"), ("SecondPassSampling", "second_pass_sampling")]
)
def test_names(name: str, written: str) -> None:
    assert snake_case(name) == written
