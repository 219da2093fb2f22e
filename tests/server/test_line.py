from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from drawthings.server.line import Line

if TYPE_CHECKING:
    import pytest


def test_work_is_done_in_order_and_one_at_a_time():
    line, done = Line(), []
    gate = threading.Event()
    line.put(lambda: (gate.wait(10), done.append(1)))
    line.put(lambda: done.append(2))
    line.put(lambda: done.append(3))
    assert not line.wait_for_all(0.01)
    assert done == []
    gate.set()
    assert line.wait_for_all(10)
    assert done == [1, 2, 3]
    line.close()


def test_broken_work_holds_nothing_up(caplog: pytest.LogCaptureFixture):
    line, done = Line(), []
    line.put(lambda: 1 / 0)
    line.put(lambda: done.append(1))
    assert line.wait_for_all(10)
    assert done == [1]
    assert "a piece of work broke" in caplog.text
    line.close()
