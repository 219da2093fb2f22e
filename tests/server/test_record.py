from __future__ import annotations

from typing import TYPE_CHECKING

from drawthings._generated import imageService_pb2 as pb
from drawthings.server import record as module
from drawthings.server.record import Record

if TYPE_CHECKING:
    import pytest


def test_the_latest_are_kept():
    record = Record(2)
    for name in "abc":
        record.note("Echo", pb.EchoRequest(name=name)).facts["seen"] = name
    assert [(entry.message.name, entry.facts["seen"]) for entry in record.entries()] == [("b", "b"), ("c", "c")]


def test_nothing_is_kept_where_nothing_is_wanted():
    record = Record(0)
    assert record.note("Echo", pb.EchoRequest(name="a")).method == "Echo"
    assert record.entries() == ()


def test_large_requests_push_older_ones_out_but_never_the_last(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    record = Record(10)
    record.note("Echo", pb.EchoRequest(name="a" * 60))
    record.note("Echo", pb.EchoRequest(name="b" * 30))
    assert len(record.entries()) == 2
    record.note("Echo", pb.EchoRequest(name="c" * 500))
    assert [entry.message.name[0] for entry in record.entries()] == ["c"]
