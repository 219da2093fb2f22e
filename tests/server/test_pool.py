from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from drawthings.server.pool import DaemonPool, as_thread_pool


def test_work_is_done_and_its_result_comes_back():
    pool = DaemonPool(4)
    assert pool.submit(lambda a, b: a + b, 1, b=2).result(10) == 3
    with pytest.raises(ZeroDivisionError):
        pool.submit(lambda: 1 / 0).result(10)
    pool.shutdown()
    assert as_thread_pool(pool) is pool


def test_there_are_never_more_threads_than_allowed_and_all_work_is_done():
    pool = DaemonPool(3)
    gate, started = threading.Event(), threading.Semaphore(0)

    def work() -> str:
        started.release()
        gate.wait(10)
        return threading.current_thread().name

    futures = [pool.submit(work) for _ in range(9)]
    for _ in range(3):
        assert started.acquire(timeout=10)
    assert pool.threads == 3
    gate.set()
    assert len([future.result(10) for future in futures]) == 9


def test_idle_threads_serve_again_and_then_end():
    pool = DaemonPool(8, idle_s=0.05)
    first = pool.submit(threading.current_thread).result(10)
    first.join(10)
    assert not first.is_alive()
    assert pool.threads == 0
    assert pool.submit(lambda: "again").result(10) == "again"


def test_cancelled_work_is_not_done():
    pool = DaemonPool(1)
    gate = threading.Event()
    busy = pool.submit(gate.wait, 10)
    waiting = pool.submit(lambda: pytest.fail("it ran"))
    assert waiting.cancel()
    gate.set()
    assert busy.result(10)
    assert pool.submit(lambda: 1).result(10) == 1


def test_a_program_ends_while_a_call_still_runs():
    program = (
        "import threading; from drawthings.server.pool import DaemonPool; started = threading.Event()\n"
        "DaemonPool(1).submit(lambda: (started.set(), threading.Event().wait()))\n"
        "started.wait(10)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=15)
